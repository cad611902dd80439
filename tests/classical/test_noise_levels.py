"""The noise level is found from the picture alone, in gray and in colour, also where 8 bits clipped it."""

import numpy as np
import pytest
from skimage.data import camera, chelsea, coffee

from aewidgets.classical.noise_levels import PATCHES, estimate_noise_level
from aewidgets.images.sets import load_images
from aewidgets.restoration.corruptions import corrupt


@pytest.mark.parametrize("level", [5, 10, 15, 25, 50, 75])
@pytest.mark.parametrize("picture", [camera, chelsea, coffee])
def test_added_noise_is_found_beside_the_pictures_own(picture, level):
    noisy = corrupt(picture(), "gaussian", level).image
    expected = np.hypot(level, estimate_noise_level(picture()))
    assert estimate_noise_level(noisy) == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("level", [5, 15, 25])
def test_noise_that_8_bits_clipped_is_found_within_a_tenth(level):
    noisy = corrupt(coffee(), "gaussian", level).image
    assert estimate_noise_level((noisy.clip(0, 1) * 255).round().astype("uint8")) == pytest.approx(level, rel=0.1)


@pytest.mark.parametrize("side", [16, 24, 40, 64])
def test_pure_noise_is_found_in_small_pictures(side):
    """The mean over images is tested, since one of 16x16 has few patches."""
    found = [
        estimate_noise_level(corrupt(np.full((side, side), 0.5), "gaussian", 20, seed=seed).image) for seed in range(20)
    ]
    assert np.mean(found) == pytest.approx(20, rel=0.12)


def test_a_flat_picture_has_none():
    assert estimate_noise_level(np.full((40, 30), 0.3, "float32")) == pytest.approx(0, abs=1e-3)
    assert estimate_noise_level(np.zeros((20, 30, 3), "uint8")) == 0


def test_bytes_and_fractions_have_the_same_level(photo):
    assert estimate_noise_level(photo) == pytest.approx(estimate_noise_level(photo / 255.0), abs=1e-3)


def test_scaling_the_picture_scales_its_noise(photo):
    noisy = 0.3 + 0.2 * corrupt(photo, "gaussian", 25).image
    assert estimate_noise_level(noisy) == pytest.approx(5, rel=0.05)


def test_the_level_of_colour_is_the_root_mean_square_of_its_channels():
    grey = np.full((200, 200, 3), 0.5)
    noisy = grey + np.random.default_rng(0).normal(0, 1, grey.shape) * (10 / 255, 20 / 255, 30 / 255)
    assert estimate_noise_level(noisy) == pytest.approx(np.sqrt((100 + 400 + 900) / 3), rel=0.03)


def test_large_images_are_estimated_from_a_limited_number_of_patches():
    """The sides lie on both sides of the limit from which patches are left out."""
    side = int(PATCHES**0.5)
    small, large = (corrupt(np.full((s, s), 0.5), "gaussian", 15).image for s in (side, 3 * side))
    assert [estimate_noise_level(x) for x in (small, large)] == pytest.approx([15, 15], rel=0.02)


@pytest.mark.slow
def test_the_mean_error_on_photographs_is_below_a_fifth_of_a_level(data_root):
    """Every fifth image of photos-select, its middle of half the size; scikit-image's estimate errs by 0.3 to 0.7."""
    pictures = [image[128:384, 128:384] for _, image in load_images("photos-select")[::5]]
    for level in (5, 15, 25):
        errors = [estimate_noise_level(corrupt(p, "gaussian", level).image) - level for p in pictures]
        assert np.mean(np.abs(errors)) < 0.2, level


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((15, 40)), "at least 16 pixels a side"),
        (np.zeros((40, 40, 4)), r"got \(40, 40, 4\)"),
        (np.full((40, 40), 256, "int32"), "int32"),
        (np.full((40, 40), np.nan), "expected finite numbers"),
    ],
)
def test_impossible_arguments_are_refused(image, words):
    with pytest.raises(ValueError, match=words):
        estimate_noise_level(image)
