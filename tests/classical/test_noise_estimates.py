"""Kinds of noise are told apart: white noise, that of cameras, and texture or nothing."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from aewidgets.classical.noise_estimates import CAMERA, NONE, WHITE, estimate_noise
from aewidgets.classical.noise_levels import block_means, estimate_noise_level
from aewidgets.restoration.corruptions import Camera, camera_noise, corrupt

SLOPE = np.linspace(0.3, 0.7, 192, dtype="float32")[:, None, None] + np.zeros((192, 192, 3), "float32")


def test_block_means_cut_what_fills_no_block():
    means = block_means(np.arange(35.0).reshape(5, 7), 2)
    np.testing.assert_allclose(means, [[4, 6, 8], [18, 20, 22]])
    assert block_means(np.zeros((9, 8, 3)), 4).shape == (2, 2, 3)


@pytest.mark.parametrize("level", [2, 50])
@pytest.mark.parametrize("image", [SLOPE[..., 0], SLOPE[:20, :40]])
def test_white_noise_is_told_as_today(image, level):
    noisy = corrupt(image, "gaussian", level).image
    found = estimate_noise(noisy)
    assert (found.verdict, found.level) == (WHITE, estimate_noise_level(noisy))
    assert found.words == f"white noise: {found.fine:.1f}"


@pytest.mark.parametrize("gray", [False, True])
def test_camera_noise_is_seen_at_four_pixels(gray):
    clean = SLOPE[..., 0] if gray else SLOPE
    levels = []
    for shot in (1e-3, 1e-2):
        found = estimate_noise(camera_noise(clean, Camera(shot=shot, smoothing=1.0), 0))
        assert found.verdict == CAMERA
        assert found.four > 1.5 * found.two > 1.5 * found.fine
        assert found.words.startswith(f"camera noise: {found.fine:.1f} at the finest scale, {found.four:.1f} at four")
        levels.append(found.level)
    assert levels[1] > 2 * levels[0] > 10


def test_clean_pictures_and_gray_texture_are_no_noise():
    texture = gaussian_filter(np.random.default_rng(0).normal(size=(192, 192)), 1.0)[..., None]
    for clean in (np.full((96, 96, 3), 0.5, "float32"), (SLOPE * (1, 0.9, 0.8) + texture * 0.1).clip(0, 1)):
        found = estimate_noise(clean.astype("float32"))
        assert found.level < 0.5
        assert found.verdict == NONE and found.words.startswith("no noise found")


def test_arrays_of_eight_bits_and_gray_as_rgb_are_as_floats():
    noisy = camera_noise(SLOPE[..., 0], Camera(), 0)
    expected = estimate_noise(noisy)
    for same in ((noisy * 255).round().astype("uint8"), noisy[..., None], np.repeat(noisy[..., None], 3, axis=2)):
        assert estimate_noise(same).level == pytest.approx(expected.level, rel=1e-3)
