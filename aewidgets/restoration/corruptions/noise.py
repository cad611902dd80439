"""Noise: one function per kind. The caller gives the random source.

Each takes float (h, w) or (h, w, 3) in units of [0, 1] and returns a new float32 array of the same shape. Nothing is
clipped: published denoising figures are measured with noise that leaves [0, 1]. `rng` is a `numpy.random.RandomState`
or a `Generator`, and is drawn from in the order of the pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Rng", "gaussian_noise", "in_bands", "poisson_noise", "salt_and_pepper", "speckle_noise"]

Rng = np.random.RandomState | np.random.Generator

BAND = 1 << 20  # values drawn at once, as float64: all at once, 24 million pixels in colour would take 600 MB


def gaussian_noise(image: np.ndarray, noise_level: float, rng: Rng) -> np.ndarray:
    """Add white Gaussian noise of standard deviation `noise_level` / 255."""
    return in_bands(image, lambda part: part + rng.normal(0, noise_level / 255, part.shape))


def poisson_noise(image: np.ndarray, peak: float, rng: Rng) -> np.ndarray:
    """Replace each value by a photon count over `peak`, the expected count at white; negative values count as 0."""
    return in_bands(image, lambda part: rng.poisson(np.maximum(part, 0) * np.float64(peak)) / peak)


def speckle_noise(image: np.ndarray, sigma: float, rng: Rng) -> np.ndarray:
    """Multiply each value by 1 plus Gaussian noise of standard deviation `sigma`."""
    return in_bands(image, lambda part: part * (1 + rng.normal(0, sigma, part.shape)))


def salt_and_pepper(image: np.ndarray, share: float, rng: Rng) -> np.ndarray:
    """Set a share of the values, in each channel separately, to 0 or 1 with equal probability."""

    def corrupt_part(part):
        drawn = rng.random(part.shape)
        return np.where(drawn < share, drawn < share / 2, part)

    return in_bands(image, corrupt_part)


def in_bands(image: np.ndarray, change: Callable[[np.ndarray], Any]) -> np.ndarray:
    """Apply `change` to bands of rows in order, which draws the same random numbers as all at once in less memory."""
    x = np.asarray(image, np.float32)
    out = np.empty_like(x)
    rows = max(1, BAND // max(1, x[0].size)) if len(x) else 1
    for top in range(0, len(x), rows):
        out[top : top + rows] = change(x[top : top + rows])
    return out
