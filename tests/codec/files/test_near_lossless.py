"""Every sample of a near-lossless file lies within its bound, the file says which, and no wrong bound is taken."""

import io
import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from odd import COLOUR, GRAY, drawing, round_alpha
from PIL import Image

import aewidgets.pillow  # noqa: F401 - registers the format
from aewidgets.cli import main
from aewidgets.codec.coding.container import BitstreamError, parse
from aewidgets.codec.compression import compress, decompress, open_aew

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: st.sampled_from([size, (*size, 1), (*size, 2), (*size, 3), (*size, 4)])
)


def visible(samples):
    """Return int16 samples in which colours under alpha 0 are black, as files without a model keep them."""
    out = samples.astype("int16")
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        out[samples[..., -1] == 0] = 0
    return out


@given(SHAPES.flatmap(lambda shape: arrays.arrays("uint8", shape)), st.integers(1, 16))
def test_every_sample_lies_within_the_bound_and_alpha_is_exact(samples, bound):
    data = compress(samples, max_error=bound)
    error = np.abs(visible(decompress(data)) - visible(samples))
    assert decompress(data).shape == samples.shape
    assert error.max() <= open_aew(data).max_error <= bound
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        assert not error[..., -1].any()


@pytest.mark.parametrize("bound", range(1, 17))
def test_every_level_stays_within_the_bound_and_black_and_white_stay(bound):
    levels = np.add.outer(np.arange(256), np.zeros(60, "uint8")).astype("uint8")
    levels[:, ::2] = np.random.default_rng(0).integers(0, 256, (256, 30))
    levels[:, 1] = 0, *[255] * 255
    got = decompress(compress(levels, max_error=bound)).astype(int)
    assert np.abs(got - levels).max() <= bound
    np.testing.assert_array_equal(got[:, 1], levels[:, 1])


@pytest.mark.parametrize("image", [COLOUR, GRAY], ids=["colour", "gray"])
def test_photographs_take_fewer_bytes_the_wider_the_bound(image):
    sizes = [len(compress(image, lossless=True)), *(len(compress(image, max_error=n)) for n in (1, 2, 4, 8))]
    assert all(after < 0.85 * before for before, after in pairwise(sizes))


def test_what_is_smaller_without_any_loss_is_kept_so():
    page = np.where(drawing() > 127, np.uint8(255), np.uint8(0))
    data = compress(page, max_error=4)
    assert data == compress(page, lossless=True) and open_aew(data).lossless


def test_command_plug_in_and_function_agree_and_the_file_says_its_bound(tmp_path):
    picture = np.dstack([COLOUR, round_alpha(soft=True)])
    Image.fromarray(picture).save(tmp_path / "a.png")

    def run(*arguments):
        done = CliRunner().invoke(main, [str(tmp_path / a) if "." in a else a for a in arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert ", near-lossless, within 2 levels" in run("compress", "a.png", "-o", "a.aew", "--max-error", "2")
    data = (tmp_path / "a.aew").read_bytes()
    assert data == compress(picture, max_error=2)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "AEW", max_error=2)
    assert buffer.getvalue() == data
    buffer.seek(0)
    np.testing.assert_array_equal(np.asarray(Image.open(buffer)), decompress(data))
    assert "colour and alpha, near-lossless, within 2 levels" in run("info", "a.aew")
    facts = json.loads(run("info", "a.aew", "--json"))
    assert facts["max_error"] == 2 and not facts["lossless"] and facts["quality"] is None
    assert "near-lossless, within 2 levels" in run("decompress", "a.aew", "-o", "b.png")
    Image.fromarray(COLOUR).save(tmp_path / "c.png")
    assert "near-lossless, within 1 level\n" in run("compress", "c.png", "--max-error", "1")


@pytest.mark.parametrize("bound", [0, 17, -1, 1.5, True, "2"])
def test_bounds_that_are_none_are_refused_in_words(bound):
    with pytest.raises(ValueError, match="max_error: expected a whole number of levels from 1 to 16"):
        compress(COLOUR, max_error=bound)
    with pytest.raises(ValueError, match="max_error: expected"):
        Image.fromarray(COLOUR).save(io.BytesIO(), "AEW", max_error=bound)


def test_a_bound_and_what_needs_a_model_exclude_each_other(tmp_path):
    Image.fromarray(COLOUR).save(tmp_path / "a.png")
    for more in ({"quality": 50}, {"effort": 1}, {"mask": COLOUR}, {"lossless": True}):
        with pytest.raises(ValueError, match="exclude each other"):
            compress(COLOUR, max_error=2, **more)
    for more in ({"bpp": 1}, {"quality": 50}, {"lossless": True}):
        with pytest.raises(ValueError, match="exclude each other"):
            Image.fromarray(COLOUR).save(io.BytesIO(), "AEW", max_error=2, **more)
    for more in (["--quality", "9"], ["--lossless"], ["--effort", "1"], ["--psnr", "30"]):
        done = CliRunner().invoke(main, ["compress", str(tmp_path / "a.png"), "--max-error", "2", *more])
        assert done.exit_code == 2 and "exclude each other" in done.stderr and not (tmp_path / "a.aew").exists()


def test_a_file_that_claims_an_impossible_bound_is_refused():
    good = parse(compress(COLOUR, max_error=16))
    assert good.max_error == 16
    with pytest.raises(BitstreamError, match="within 17 levels: expected at most 16"):
        parse(replace(good, quality=17).pack())
