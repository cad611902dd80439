"""Odd pictures come back in their shape with their alpha, or are refused in words: the table of tests/odd.py."""

import re

import numpy as np
import pytest
import tiny
from odd import COLOUR, LOSSLESS, ODD, happened, hidden_noise, round_alpha, saved, srgb

from aewidgets.codec.files.packing import Packer, unpack
from aewidgets.codec.files.picture import fill_hidden, picture_of, write_picture


@pytest.fixture(scope="module")
def codec():
    return tiny.trained()


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_what_comes_of_an_odd_picture(odd, codec):
    outcome = happened(odd, codec)
    if outcome.refusal is not None:
        assert re.search(odd.outcome, outcome.refusal), outcome.refusal
        assert len(outcome.refusal) > 40
        return
    read, decoded = outcome.read, outcome.decoded
    assert odd.outcome == ("lossless" if decoded.lossless else "coded"), outcome.in_words()
    assert odd.shape is None or decoded.samples.shape == odd.shape
    assert decoded.samples.dtype == read.samples.dtype
    assert decoded.samples.shape == read.samples.shape
    if read.alpha is not None:
        np.testing.assert_array_equal(decoded.alpha, read.alpha)
    if odd.outcome == LOSSLESS:
        seen = np.ones(read.colour.shape[:2], bool) if read.alpha is None else read.alpha > 0
        np.testing.assert_array_equal(decoded.colour[seen], read.colour[seen])
    assert odd.law is None or odd.law(read, decoded, outcome.data)


def test_the_table_has_at_least_30_rows_and_no_name_twice():
    assert len({odd.name for odd in ODD}) == len(ODD) >= 30


def test_noise_that_nobody_sees_costs_no_more_than_smooth_colour(codec):
    noisy = Packer(picture_of(hidden_noise()), codec).lossy(32768)[0]
    grey = hidden_noise()
    grey[grey[..., 3] == 0] = 0
    assert noisy == Packer(picture_of(grey), codec).lossy(32768)[0]


@pytest.mark.parametrize("colour", [COLOUR, COLOUR[..., 1]])
def test_filling_keeps_what_is_seen_and_stays_within_its_range(colour):
    alpha = round_alpha()
    filled = fill_hidden(colour, alpha)
    np.testing.assert_array_equal(filled[alpha > 0], colour[alpha > 0])
    assert filled.min() >= colour[alpha > 0].min() and filled.max() <= colour[alpha > 0].max()
    steps = np.abs(np.diff(filled[0].astype(int), axis=0)).max()
    assert steps < 16  # the first row is hidden, and smooth
    np.testing.assert_array_equal(fill_hidden(colour, np.full_like(alpha, 3)), colour)
    assert (fill_hidden(colour, np.zeros_like(alpha)) == 128).all()


def test_profile_and_metadata_are_written_with_the_picture(codec, tmp_path):
    from odd import exif
    from PIL import Image

    from aewidgets.codec.files.picture import read_picture

    read = read_picture(saved(COLOUR, "JPEG", icc_profile=srgb(), exif=exif(6)), metadata="safe")
    decoded = unpack(Packer(read, codec).pack(20000), lambda container: codec)
    for suffix in (".png", ".webp", ".tif"):
        write_picture(decoded, tmp_path / f"out{suffix}")
        with Image.open(tmp_path / f"out{suffix}") as picture:
            assert picture.info["icc_profile"] == srgb()
            assert picture.getexif()[0x010F] == "Camera works"
            assert 0x8825 not in picture.getexif() and 0x0112 not in picture.getexif()


def test_alpha_is_written_or_refused_never_lost(tmp_path):
    picture = picture_of(np.dstack([COLOUR, round_alpha()]))
    write_picture(picture, tmp_path / "out.png")
    with pytest.raises(ValueError, match=r"write \.png"):
        write_picture(picture, tmp_path / "out.bmp")
