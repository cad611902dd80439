"""Filling by Laplace's equation keeps known pixels, their range, and planes."""

import numpy as np
import pytest

from aewidgets.classical.filling import harmonic


def lost(shape, share, seed=0):
    return np.random.default_rng(seed).random(shape) < share


@pytest.mark.parametrize("shape", [(37, 50), (37, 50, 3), (1, 9), (5, 1, 3)])
def test_a_flat_picture_is_filled_exactly_and_what_is_known_is_kept(shape):
    image = np.full(shape, 0.25, "float32")
    mask = lost(shape[:2], 0.7)
    mask[0, 0] = False
    corrupted = image.copy()
    corrupted[mask] = np.nan  # values of lost pixels are ignored
    np.testing.assert_array_equal(harmonic(corrupted, mask), image)


def test_a_slope_is_continued_nearly():
    image = np.add.outer(np.linspace(0, 0.5, 64), np.linspace(0, 0.5, 64)).astype("float32")
    mask = lost(image.shape, 0.8)
    filled = harmonic(image, mask)
    np.testing.assert_array_equal(filled[~mask], image[~mask])
    assert np.abs(filled - image).max() < 0.05
    assert np.sqrt(np.square(filled - image).mean()) < 0.006


def test_nothing_leaves_the_range_of_what_is_known():
    image = np.random.default_rng(1).random((40, 40, 3), "float32")
    filled = harmonic(image, lost((40, 40), 0.9))
    assert 0 <= filled.min() <= filled.max() <= 1


def test_no_lost_pixels_change_nothing_and_no_known_pixels_are_refused():
    image = np.random.default_rng(1).random((8, 8), "float32")
    np.testing.assert_array_equal(harmonic(image, np.zeros((8, 8), bool)), image)
    with pytest.raises(ValueError, match="all are lost"):
        harmonic(image, np.ones((8, 8), bool))
