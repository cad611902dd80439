"""Crops with the noise of cameras: seed and step decide them, and the network is told about their coarse level or 0."""

import numpy as np
from skimage.data import astronaut

from aewidgets.classical.noise_levels import block_means
from aewidgets.training.camera_noise import DOUBT, TOLD, CameraCrops


def test_seed_and_step_decide_a_batch_and_what_is_told_is_near_the_coarse_level():
    images = [astronaut()[:160, :160]]
    (one, clean), (same, _), (other, _) = (CameraCrops(images, seed)[3] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one["x"], same["x"])
    np.testing.assert_array_equal(one["maps"], same["maps"])
    assert one["x"].shape != other["x"].shape or (one["x"] != other["x"]).any()
    assert one["x"].shape == clean.shape and one["maps"].shape == (*clean.shape[:3], 1)
    told = one["maps"][:, 0, 0, 0]
    levels = np.array([TOLD * 4 * block_means(field, 4).std() for field in one["x"] - clean])
    noisy = (told > 0) & (levels > 0)
    assert noisy.any()
    ratio = told[noisy] / levels[noisy]
    assert (ratio >= DOUBT - 1e-4).all() and (ratio <= 1 / DOUBT + 1e-4).all()
