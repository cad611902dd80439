"""Inputs of the restoring network: the first step, the maps, and the gain that brightens dark images."""

import numpy as np
import pytest
from skimage.data import astronaut

from aewidgets.classical.light import brighten, gain_to_white
from aewidgets.restoration.corruptions import gaussian_psf, low_light, missing_pixels, motion_blur, motion_psf
from aewidgets.restoration.network_inputs import (
    NUM_MAPS,
    TASKS,
    maps_for,
    restorer_inputs,
    spread,
)


@pytest.mark.parametrize("task", TASKS)
def test_one_map_says_the_task(task):
    maps = maps_for(task, 3, 5, 0.25)
    assert maps.shape == (3, 5, NUM_MAPS)
    assert (maps[..., :-1].sum(-1) == 1).all()
    assert (maps[..., list(TASKS).index(task)] == 1).all()
    assert (maps[..., -1] == 0.25).all()


def test_unknown_tasks_are_refused():
    with pytest.raises(ValueError, match="one of jpeg, blur, inpainting, low-light"):
        maps_for("noise", 3, 5)


@pytest.mark.parametrize("exposure", [1.0, 0.3, 0.05])
def test_a_dark_picture_becomes_as_bright_as_others(exposure):
    image = astronaut() / np.float32(255)
    dark = low_light(image, exposure, 0, np.random.default_rng(0))
    gain = gain_to_white(dark)
    assert gain * exposure == pytest.approx(gain_to_white(image), rel=0.02)
    np.testing.assert_allclose(brighten(dark, gain * gain_to_white(image) ** -1), image, atol=0.01)


def test_the_right_gain_gives_the_light_back():
    image = astronaut()[::4, ::4] / np.float32(255)
    dark = low_light(image, 0.1, 0, np.random.default_rng(0))
    np.testing.assert_allclose(brighten(dark, 10), image, atol=1e-4)


def test_black_stays_black():
    assert gain_to_white(np.zeros((20, 20), "float32")) == pytest.approx(256, rel=1e-3)
    assert not brighten(np.zeros((20, 20), "float32"), 256).any()


@pytest.mark.parametrize("sigma", [0.8, 1.6, 3.0])
def test_the_spread_of_a_gaussian_is_its_standard_deviation(sigma):
    assert spread(gaussian_psf(sigma)) == pytest.approx(sigma, rel=0.02)


def test_the_spread_of_a_movement_grows_with_it_and_not_with_its_angle():
    assert spread(motion_psf(1)) == 0
    for length in (5, 9):
        assert spread(motion_psf(length, 30)) == pytest.approx(length / np.sqrt(24), rel=0.15)


def test_a_known_kernel_is_undone_first_and_mapped_and_an_unknown_one_is_neither():
    image = astronaut()[:64, :64] / np.float32(255)
    blurred = motion_blur(image, 9, 30)
    x, maps = restorer_inputs("blur", blurred, psf=motion_psf(9, 30))
    assert np.square(x - image).mean() < 0.5 * np.square(blurred - image).mean()
    assert maps[0, 0, -1] == pytest.approx(spread(motion_psf(9, 30)) / 10)
    for psf in (None, gaussian_psf(0.1)):
        x, maps = restorer_inputs("blur", blurred, psf=psf)
        np.testing.assert_array_equal(x, blurred)
        assert not maps[..., -1].any()


def test_lost_pixels_are_filled_and_marked_and_the_others_stay():
    image = astronaut()[:64, :60] / np.float32(255)
    corrupted, lost = missing_pixels(image, 0.8, np.random.default_rng(0))
    x, maps = restorer_inputs("inpainting", corrupted, mask=lost)
    np.testing.assert_array_equal(x[~lost], image[~lost])
    np.testing.assert_array_equal(maps[..., -1] == 1, lost)
    assert np.square(x - image).mean() < 0.05 * np.square(corrupted - image).mean()


def test_a_known_quality_is_mapped():
    image = astronaut()[:16, :16] / np.float32(255)
    assert restorer_inputs("jpeg", image, quality=20)[1][0, 0, -1] == pytest.approx(0.2)
    assert restorer_inputs("jpeg", image, quality=95)[1][0, 0, -1] == pytest.approx(0.75)  # the highest in training
    assert not restorer_inputs("jpeg", image)[1][..., -1].any()
