"""Noise of cameras is denoised as such, white noise as before, and a clean picture is left."""

import numpy as np
import pytest
from skimage.data import chelsea

from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.images.metrics import psnr
from aewidgets.restoration.corruptions import Camera, camera_noise, corrupt
from aewidgets.restoration.restoring import denoise

CLEAN = chelsea()[60:220, 120:300]
NOISY = to_uint8(camera_noise(to_float(CLEAN), Camera(shot=6e-3, smoothing=0.9), 0))


@pytest.mark.parametrize("level", [15, 50])
def test_white_noise_is_denoised_to_the_bit_as_if_nobody_looked(level):
    noisy = corrupt(CLEAN, "gaussian", level).image
    automatic, white = denoise(noisy), denoise(noisy, noise="white")
    np.testing.assert_array_equal(automatic.image, white.image)
    assert automatic.noise == white.noise == f"white noise: {white.noise_level:.1f}"


def test_camera_noise_is_found_and_removed():
    automatic, white = denoise(NOISY), denoise(NOISY, noise="white")
    assert automatic.noise.startswith("camera noise: ")
    assert automatic.noise.endswith(f"denoised as {automatic.noise_level:.0f}")
    assert psnr(CLEAN, automatic.image) > psnr(CLEAN, white.image) + 0.5


def test_gray_pictures_are_taken_for_cameras_where_that_is_said():
    noisy, clean = NOISY[..., 1], CLEAN[..., 1]
    assert denoise(noisy).noise.startswith("white noise: ")
    assert psnr(clean, denoise(noisy, 25, noise="camera").image) > psnr(clean, noisy) + 0.5


def test_strength_multiplies_the_level_and_nothing_is_taken_at_none():
    levels = [denoise(NOISY, strength=strength).noise_level for strength in (1, 2)]
    assert levels[1] == pytest.approx(2 * levels[0])
    np.testing.assert_array_equal(denoise(NOISY, strength=0).image, NOISY)
    np.testing.assert_array_equal(denoise(NOISY, 20, strength=0.5).image, denoise(NOISY, 10).image)


def test_a_flat_picture_is_left_as_it_is():
    flat = np.full((96, 96, 3), (90, 120, 60), "uint8")
    np.testing.assert_array_equal(denoise(flat).image, flat)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"noise": "pink"}, "noise: expected one of auto, white, camera"),
        ({"noise": "camera", "method": "nlm"}, "noise: only learned, blind"),
        ({"strength": 3.5}, "strength: expected a number from 0 to 3"),
        ({"strength": 0.5, "method": "blind"}, "strength: method blind"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        denoise(NOISY, **arguments)
