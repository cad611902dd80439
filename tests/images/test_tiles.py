"""Tiles leave no seam and lose no pixel at any size."""

import numpy as np
import pytest
from scipy import ndimage

from aewidgets.images.tiles import in_tiles


def smooth(x):
    """Filter an image over 4 pixels, with its own borders at the tile's edge."""
    return ndimage.uniform_filter(x, (1, 9, 9, 1), mode="constant")


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (16, 16), (37, 41), (64, 33)])
def test_tiles_give_what_one_piece_gives(size):
    image = np.random.default_rng(0).random((*size, 3)).astype("float32")
    whole = in_tiles(smooth, image, 8, 8, tile=64)
    np.testing.assert_allclose(in_tiles(smooth, image, 8, 8, tile=16), whole, atol=1e-6)
    np.testing.assert_allclose(whole, ndimage.uniform_filter(image, (9, 9, 1), mode="reflect"), atol=1e-5)


def test_a_network_may_change_the_number_of_channels():
    image = np.ones((20, 10, 2), "float32")
    assert in_tiles(lambda x: x.sum(-1, keepdims=True), image, 4, 4, tile=8).shape == (20, 10, 1)


def test_progress_counts_tiles_and_stop_stops():
    reports = []
    in_tiles(smooth, np.zeros((32, 16, 1), "float32"), 8, 8, 16, lambda *done: reports.append(done))
    assert reports == [(1, 2), (2, 2)]
    with pytest.raises(KeyboardInterrupt):
        in_tiles(smooth, np.zeros((32, 16, 1), "float32"), 8, 8, 16, stop=lambda: True)


def test_tiles_are_multiples():
    with pytest.raises(ValueError, match="multiples of 8"):
        in_tiles(smooth, np.zeros((8, 8, 1), "float32"), 8, 8, tile=20)
