"""Sizes are met from below and PSNRs to 0.05 dB, in few encodings; errors say what can be reached."""

import math

import numpy as np
import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st
from odd import COLOUR, GRAY, drawing, round_alpha

from aewidgets.codec.coding.constants import QUALITY_MAX
from aewidgets.codec.coding.container import parse
from aewidgets.codec.files import targets
from aewidgets.codec.files.packing import Packer, unpack
from aewidgets.codec.files.picture import picture_of
from aewidgets.codec.files.targets import Target, TargetError, search
from aewidgets.images.metrics import psnr


@pytest.fixture(scope="module")
def codec():
    return tiny.trained()


@pytest.mark.parametrize("samples", [COLOUR, GRAY, np.dstack([COLOUR, round_alpha()])], ids=["colour", "gray", "alpha"])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_a_size_is_met_from_below(codec, samples, share):
    packer = Packer(picture_of(samples), codec)
    low, high = (len(packer.lossy(q)[0]) for q in (0, QUALITY_MAX))
    wanted = round(low + share * (high - low))
    found = search(packer, Target(num_bytes=wanted))
    assert 0.98 * wanted <= len(found.data) <= wanted
    assert found.encodings <= 10
    assert parse(found.data).quality == found.quality
    assert unpack(found.data, lambda container: codec).samples.shape == samples.shape


def test_bits_per_pixel_are_bytes(codec):
    packer = Packer(picture_of(COLOUR), codec)
    pixels = COLOUR.shape[0] * COLOUR.shape[1]
    found = search(packer, Target(bpp=0.5))
    assert found.data == search(packer, Target(num_bytes=pixels // 16)).data
    assert 0.98 * 0.5 <= 8 * len(found.data) / pixels <= 0.5


class Model:
    """A codec whose bytes and errors follow given laws of the quality; `search` uses nothing else of a codec."""

    fingerprint = b"test"

    def __init__(self, size, shift):
        self.size, self.shift = size, shift

    def encode(self, image, quality, levels):
        from aewidgets.codec.coding.latents import Encoded

        return Encoded((bytes(self.size(quality)),), (0,), np.array(quality), np.array(0), None)

    def container(self, image, encoded, quality, levels):
        from aewidgets.codec.coding.container import Container

        return Container(self.fingerprint, *image.shape[:2], quality, False, encoded.streams, encoded.checks)

    def picture(self, y_hat, symbols, quality, levels):
        return np.clip(self.shift(quality) + NOISE.astype("float64"), 0, 255)


NOISE = np.random.default_rng(0).integers(60, 190, (200, 200, 3), dtype="uint8")


# A law of a lower power rises so steeply at the lowest qualities that files of a few hundred bytes can need more steps.
@given(st.integers(200, 100_000), st.floats(1e-5, 2e-4), st.floats(0.6, 3))
def test_any_rising_law_is_searched_in_few_steps(wanted, rate, power):
    model = Model(lambda q: int(150 * math.exp(rate * QUALITY_MAX * (q / QUALITY_MAX) ** power)), None)
    top = model.size(QUALITY_MAX)
    found = search(Packer(picture_of(NOISE), model), Target(num_bytes=wanted))
    assert len(found.data) <= wanted
    assert found.encodings <= 18
    neighbour = min(found.quality + 1, QUALITY_MAX)
    assert len(found.data) >= 0.98 * wanted or model.size(neighbour) + 30 > wanted or found.quality == QUALITY_MAX
    assert found.quality < QUALITY_MAX or top <= wanted


@given(st.floats(22, 45))
def test_a_psnr_is_met_to_a_twentieth_of_a_decibel(wanted):
    model = Model(lambda q: 200 + q // 50, lambda q: 255 * 10 ** -((20 + 30 * (q / QUALITY_MAX) ** 1.3) / 20))
    found = search(Packer(picture_of(NOISE), model), Target(psnr_db=wanted))
    assert found.psnr_db == pytest.approx(wanted, abs=0.05)
    assert found.encodings <= 10


def test_the_psnr_is_that_of_the_decoded_picture(codec):
    for samples in (COLOUR, GRAY):
        packer = Packer(picture_of(samples), codec)
        encoded = packer.lossy(30_000)
        decoded = unpack(encoded[0], lambda container: codec).colour
        assert targets._psnr(packer, encoded[1], 30_000) == pytest.approx(psnr(samples, decoded), abs=1e-4)


def test_hidden_pixels_do_not_count_in_the_psnr(codec):
    alpha = round_alpha()
    packer = Packer(picture_of(np.dstack([COLOUR, alpha])), codec)
    data, encoded = packer.lossy(30_000)
    decoded = unpack(data, lambda container: codec).colour
    error = np.mean((decoded[alpha > 0].astype(float) - COLOUR[alpha > 0]) ** 2)
    assert targets._psnr(packer, encoded, 30_000) == pytest.approx(10 * math.log10(255**2 / error), abs=1e-4)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(num_bytes=40), "needs at least"),
        (Target(bpp=0.01), "needs at least"),
        (Target(psnr_db=90), "no more than .* at quality 100"),
        (Target(psnr_db=2), "no less than .* at quality 1;"),
    ],
)
def test_an_error_says_what_can_be_reached(codec, target, words):
    with pytest.raises(TargetError, match=words):
        search(Packer(picture_of(COLOUR), codec), target)


def test_a_file_of_the_best_quality_is_not_padded_to_a_larger_target(codec):
    best = Packer(picture_of(COLOUR), codec).lossy(QUALITY_MAX)[0]
    found = search(Packer(picture_of(COLOUR), codec), Target(num_bytes=2 * len(best)))
    assert (found.data, found.quality) == (best, QUALITY_MAX)


def test_a_lossless_file_that_fits_is_the_answer_to_any_target(codec):
    for target in (Target(num_bytes=60_000), Target(bpp=8)):
        found = search(Packer(picture_of(drawing()), codec), target)
        assert found.quality is None and found.encodings == 0
        np.testing.assert_array_equal(unpack(found.data, None).samples, drawing())
    flat = Packer(picture_of(np.full((90, 90, 3), 77, "uint8")), codec)
    assert search(flat, Target(psnr_db=35)).psnr_db == math.inf


@pytest.mark.parametrize("values", [{}, {"bpp": 1, "psnr_db": 30}, {"num_bytes": 0}, {"bpp": -1}, {"bpp": math.nan}])
def test_a_target_is_one_positive_number(values):
    with pytest.raises(TargetError, match="one positive number"):
        Target(**values)
