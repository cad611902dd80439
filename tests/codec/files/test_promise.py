"""A quality is held by pictures that the transform has no place for, and photographs keep their bytes."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage.data import astronaut, chelsea, coffee

from aewidgets.codec import zoo
from aewidgets.codec.coding.constants import QUALITY_MAX
from aewidgets.codec.coding.container import parse
from aewidgets.codec.coding.lagrangian import lmbda_of
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.codec.compression import compress, decompress
from aewidgets.codec.files.packing import Packer
from aewidgets.codec.files.picture import picture_of

RNG = np.random.default_rng(0)
LEAST_DB = {50: 28.0, 75: 32.0, 100: 38.0}  # PSNR in dB by quality; photographs of photos-select have more


def stripes(channels, axis):
    image = np.zeros((90, 110, 3), "uint8")
    image.swapaxes(0, axis)[::2, :, channels] = 255
    return image


def mosaic():
    """Return the mosaic of a raw sensor, each sample in its colour: red, green, green and blue in squares of four."""
    image, out = astronaut()[:160, 60:220], np.zeros((160, 160, 3), "uint8")
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        out[row::2, column::2, channel] = image[row::2, column::2, channel]
    return out


def text(ground):
    """Return lines of small letters, each in a saturated colour, on a ground."""
    picture = Image.fromarray(ground)
    draw = ImageDraw.Draw(picture)
    colours = [(255, 0, 0), (0, 0, 255), (255, 0, 255), (0, 160, 0)]
    for line in range(ground.shape[0] // 10):
        draw.text((2, 10 * line), "Where a picture cannot be held to what it promises", fill=colours[line % 4])
    return np.asarray(picture)


MADE = {
    **{f"stripes {c} {axis}": stripes(c, axis) for c, axis in ((0, 0), (1, 1), (2, 0), ((0, 2), 1))},
    "mosaic": mosaic(),
    "mosaic, gray": mosaic().sum(axis=2).astype("uint8"),
    "pixel art": RNG.integers(0, 256, (16, 3), "uint8")[RNG.integers(0, 16, (64, 64))],
    "text on white": text(np.full((160, 200, 3), 255, "uint8")),
    "text on a photograph": text(chelsea()[:160, 100:300]),
    "noise": RNG.integers(0, 256, (64, 64, 3), "uint8"),
}
PHOTOGRAPHS = {
    "astronaut": astronaut()[:256, 60:316],
    "cat": chelsea()[40:260, 80:330],
    "cup": coffee()[90:300, 150:420],
}


@pytest.fixture(scope="module")
def codec():
    try:
        return zoo.load()
    except (ValueError, OSError):
        pytest.skip("the shipped weights are not in this checkout")


def squared(image, data):
    return float(((decompress(data).astype("float64") - image) ** 2).mean())


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("quality", LEAST_DB)
def test_a_quality_means_something(name, quality, codec):
    image, worth = MADE[name], lmbda_of(stored_quality(quality) / QUALITY_MAX)
    data, near = compress(image, quality), compress(image, max_error=16)
    assert 10 * np.log10(255**2 / max(squared(image, data), 1e-9)) > LEAST_DB[quality]
    pixels = image.shape[0] * image.shape[1]
    costs = [8 * len(d) / pixels + worth * squared(image, d) for d in (data, near)]
    assert costs[0] <= costs[1] or parse(data).max_error == 0


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("quality", [1, 50, 100])
def test_photographs_keep_their_bytes(name, quality, codec):
    image, stored = PHOTOGRAPHS[name], stored_quality(quality)
    lossy = Packer(picture_of(image), codec).lossy(stored)[0]
    assert compress(image, quality) == lossy
    worth = lmbda_of(stored / QUALITY_MAX) * image.shape[0] * image.shape[1] / 8
    assert worth * codec.unseen_error(image) < len(lossy) / 2, "half of what makes the encoder look further"


def test_half_transparent_pictures_are_held_to_it_too(codec):
    image, alpha = mosaic(), np.full((160, 160), 255, "uint8")
    alpha[:, 80:] = 0
    data = compress(np.dstack([image, alpha]), 100)
    assert parse(data).max_error == 4
    got = decompress(data)
    np.testing.assert_array_equal(got[..., 3], alpha)
    assert np.abs(got[:, :80, :3].astype(int) - image[:, :80]).max() <= 4


def test_what_the_transform_does_not_see_is_the_error_of_an_encoding_without_steps(codec):
    """Compare the estimate with the picture that the finest steps give: at least that much is wrong with it."""
    assert codec.unseen_error(MADE["mosaic, gray"]) == 0
    assert codec.unseen_error(np.full((1, 3, 3), 7, "uint8")) < 1e-9
    for name in ("mosaic", "noise", "text on a photograph"):
        image = MADE[name]
        packer = Packer(picture_of(image), codec)
        encoded = packer.lossy(QUALITY_MAX)[1]
        assert 0.5 < codec.unseen_error(image) / packer.squared_error(packer.decoded(encoded, QUALITY_MAX)) < 1.1, name
