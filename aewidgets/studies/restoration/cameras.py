"""Pictures with the noise of cameras, made from fixed seeds, for comparisons. No drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from aewidgets.classical.noise_levels import block_means
from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.images.metrics import psnr
from aewidgets.restoration.corruptions.camera import camera_noise, random_camera

__all__ = ["SHOTS", "coarse_level", "mean_psnr", "photographed"]

SHOTS = (1e-3, 3e-3, 1e-2)  # shot noise of the tables: weak, usual and strong


def photographed(picture: np.ndarray, shot: float, number: int, **fields: Any) -> np.ndarray:
    """Return a picture as a random camera would have taken it, uint8 of the same shape.

    Args:
        picture: uint8 (h, w) or (h, w, 3).
        shot: shot noise, as `aewidgets.restoration.corruptions.Camera` has it.
        number: decides the camera and its noise; the number of the picture in its set.
        fields: of the camera, in place of those that are drawn.
    """
    rng = np.random.default_rng((2026, number))
    camera = replace(random_camera(rng, shot), **fields)
    return to_uint8(camera_noise(to_float(picture), camera, rng))


def coarse_level(noisy: np.ndarray, clean: np.ndarray) -> float:
    """Return the true level of noise on means of 4 x 4 pixels, times four, 0 to 255; that of the pixels if white."""
    return 4 * float(np.std(block_means(noisy.astype(np.float32) - clean, 4)))


def mean_psnr(
    pictures: Sequence[np.ndarray], shot: float, method: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> float:
    """Return the mean PSNR in dB of results from (noisy, clean), rounded to 8 bits, at one shot noise."""
    noisy = [photographed(picture, shot, number) for number, picture in enumerate(pictures)]
    results = [to_uint8(np.clip(method(*pair), 0, 1)) for pair in zip(noisy, pictures, strict=True)]
    return float(np.mean([psnr(*pair) for pair in zip(pictures, results, strict=True)]))
