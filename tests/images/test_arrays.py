"""Conversions between bytes, floats, gray and colour keep values; padding and cropping undo each other."""

import numpy as np
import pytest
from skimage.data import camera, chelsea

from aewidgets.images.arrays import ImageError, crop, pad_to_multiple, to_float, to_rgb, to_uint8

COLOUR = chelsea()[:61, :97]
GRAY = camera()[:53, :71]


def test_eight_bits_survive_the_way_to_floats_and_back():
    every = np.arange(256, dtype=np.uint8)[None]
    assert to_float(every).dtype == np.float32
    np.testing.assert_array_equal(to_uint8(to_float(every)), every)


def test_floats_are_rounded_half_to_even_and_clipped():
    values = np.array([[0.5, 1.5, 2.5, -7.0, 300.0]]) / 255
    assert to_uint8(values).tolist() == [[0, 2, 2, 0, 255]]
    with pytest.raises(ImageError, match="NaN"):
        to_uint8(np.array([np.nan]))
    with pytest.raises(ImageError, match="uint8"):
        to_float(np.zeros((2, 2)))


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (17, 31, 3), (465, 719, 3)])
def test_crop_undoes_padding(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    padded = pad_to_multiple(image, 16)
    assert all(side % 16 == 0 for side in padded.shape[:2])
    np.testing.assert_array_equal(crop(padded, *shape[:2]), image)
    np.testing.assert_array_equal(padded[-1, -1], image[-1, -1])


def test_padding_and_cropping_refuse_what_they_cannot_do():
    with pytest.raises(ValueError, match="at least 1"):
        pad_to_multiple(GRAY, 0)
    with pytest.raises(ValueError, match="expected a size within"):
        crop(GRAY, 54, 10)


def test_gray_as_rgb_has_three_equal_channels():
    rgb = to_rgb(GRAY)
    assert all(np.array_equal(rgb[..., c], GRAY) for c in range(3))
    assert to_rgb(COLOUR) is COLOUR
    with pytest.raises(ImageError, match=r"\(H, W\)"):
        to_rgb(np.zeros((2, 2, 4), np.uint8))
