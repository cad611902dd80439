"""The noise of cameras: seeded, correlated as that of real pictures, in the units that it states."""

from dataclasses import replace

import numpy as np
import pytest

from aewidgets.classical.noise_levels import block_means
from aewidgets.restoration.corruptions.camera import LUMA, Camera, camera_noise, random_camera
from aewidgets.restoration.corruptions.demosaicing import DEMOSAICINGS, mosaic, mosaic_masks

QUIET = Camera(shot=0, read=0, quality=None)
GRAY = np.full((128, 128, 3), 0.5, "float32")


@pytest.mark.parametrize("name", DEMOSAICINGS)
@pytest.mark.parametrize("phase", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_demosaicing_gives_flat_and_ramped_colours_back(name, phase):
    ramp = np.linspace(0.2, 0.6, 24, dtype="float32")[:, None, None] + np.linspace(0, 0.3, 20)[None, :, None]
    for image in (np.full((24, 20, 3), (0.2, 0.5, 0.9), "float32"), np.repeat(ramp, 3, axis=2).astype("float32")):
        masks = mosaic_masks(24, 20, phase)
        assert (masks.sum(-1) == 1).all() and masks[..., 1].sum() == 24 * 20 / 2
        raw = mosaic(image, masks)
        np.testing.assert_allclose(DEMOSAICINGS[name](raw, masks)[4:-4, 4:-4], image[4:-4, 4:-4], atol=2e-6)


@pytest.mark.parametrize("contrast", [False, True])
def test_without_noise_the_picture_stays(photo, contrast):
    x = photo.astype("float32") / 255
    np.testing.assert_allclose(camera_noise(x, replace(QUIET, contrast=contrast), 0), x, atol=1e-6)


def test_the_seed_decides_everything():
    assert random_camera(np.random.default_rng(3)) == random_camera(np.random.default_rng(3))
    camera = random_camera(np.random.default_rng(3))
    one, same, other = (camera_noise(GRAY, camera, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_noise_at_the_sensor_has_the_variance_that_is_stated():
    """Green, at half of the pixels, is as it was measured where nothing smooths it and colours are not mixed."""
    camera = Camera(shot=1e-4, read=1e-6, exposure=0.5, smoothing=0, chroma=9, quality=None, demosaicing="bilinear")
    light = 0.2140 * 0.5  # of sRGB's 0.5, at half exposure
    slope = 2.4 / 1.055 * ((0.5 + 0.055) / 1.055) ** 1.4  # of light by value
    matrix = camera.matrix
    noise = camera_noise(np.full((400, 400, 3), 0.5, "float32"), camera, 0) - 0.5
    seen = (noise * slope) @ matrix.T * 0.5  # back at the sensor, to first order
    green = seen[mosaic_masks(400, 400)[..., 1]][:, 1]
    assert green.std() == pytest.approx(np.sqrt(1e-4 * light + 1e-6), rel=0.03)


def test_noise_is_correlated_as_in_real_pictures():
    """Published pictures have about 1.7 and 2.6, .6 and .2 for levels on block means and neighbours' correlation."""
    draws = np.random.default_rng(0)
    ratios, near = [], []
    for _ in range(12):
        noise = camera_noise(GRAY, random_camera(draws, 3e-3), draws) - 0.5
        ratios.append([side * block_means(noise, side).std() / noise.std() for side in (2, 4)])
        luma = noise @ LUMA
        luma -= luma.mean()
        near.append([(luma[:, by:] * luma[:, :-by]).mean() / luma.var() for by in (1, 2)])
    assert np.mean(ratios, axis=0) == pytest.approx([1.7, 2.6], rel=0.15)
    assert np.mean(near, axis=0) == pytest.approx([0.65, 0.25], abs=0.15)


def test_colour_noise_is_weaker_than_brightness_noise():
    noise = camera_noise(GRAY, Camera(chroma=0.4, quality=None), 0) - 0.5
    luma = noise @ LUMA
    assert np.sqrt(np.mean((noise - luma[..., None]) ** 2)) == pytest.approx(0.4 * luma.std(), rel=0.05)


def test_gray_pictures_get_the_luma_of_the_noise():
    camera = Camera(quality=None)
    np.testing.assert_allclose(
        camera_noise(GRAY[..., 0], camera, 5), camera_noise(GRAY, camera, 5) @ LUMA, atol=1.5 / 255
    )


@pytest.mark.parametrize("block", [(0, 0), (3, 5)])
@pytest.mark.parametrize("shape", [(9, 8, 3), (17, 30), (8, 8)])
def test_any_size_and_block_phase_keeps_shape_and_range(shape, block):
    out = camera_noise(np.linspace(0, 1, np.prod(shape), dtype="float32").reshape(shape), Camera(block=block), 0)
    assert out.shape == shape and out.dtype == np.float32 and out.min() >= 0 and out.max() <= 1


@pytest.mark.parametrize(
    "wrong", [{"demosaicing": "nearest"}, {"shot": -1.0}, {"exposure": 0.0}, {"red": 0.5}, {"quality": 0}]
)
def test_cameras_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Camera(**wrong)
