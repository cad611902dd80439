"""Noise on pictures, one plain function a kind. Seeds are the caller's.

Each takes float (h, w) or (h, w, 3) in units of [0, 1] and gives float32 of the same shape, a new array. Nothing is
clipped: published denoising figures are of noise that leaves [0, 1]. `rng` is a `numpy.random.RandomState` or a
`Generator`, and is drawn from in the order of the pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Rng", "gaussian_noise", "in_bands", "poisson_noise", "salt_and_pepper", "speckle_noise"]

Rng = np.random.RandomState | np.random.Generator

BAND = 1 << 20  # numbers drawn at once: they are float64, 600 MB for a picture of 24 million pixels in colour


def gaussian_noise(image: np.ndarray, noise_level: float, rng: Rng) -> np.ndarray:
    """White noise of standard deviation `noise_level` / 255, not clipped."""
    return in_bands(image, lambda part: part + rng.normal(0, noise_level / 255, part.shape))


def poisson_noise(image: np.ndarray, peak: float, rng: Rng) -> np.ndarray:
    """The noise of counting photons, where white is `peak` of them; what is below 0 counts none."""
    return in_bands(image, lambda part: rng.poisson(np.maximum(part, 0) * np.float64(peak)) / peak)


def speckle_noise(image: np.ndarray, sigma: float, rng: Rng) -> np.ndarray:
    """Noise that is multiplied on: each number times 1 + a normal one of standard deviation `sigma`."""
    return in_bands(image, lambda part: part * (1 + rng.normal(0, sigma, part.shape)))


def salt_and_pepper(image: np.ndarray, share: float, rng: Rng) -> np.ndarray:
    """A share of the numbers, in colour each channel for itself, becomes 0 or 1, as many of either on average."""

    def corrupt_part(part):
        drawn = rng.random(part.shape)
        return np.where(drawn < share, drawn < share / 2, part)

    return in_bands(image, corrupt_part)


def in_bands(image: np.ndarray, change: Callable[[np.ndarray], Any]) -> np.ndarray:
    """`change` of some rows after the other: the same numbers are drawn as for all at once, in less memory."""
    x = np.asarray(image, np.float32)
    out = np.empty_like(x)
    rows = max(1, BAND // max(1, x[0].size)) if len(x) else 1
    for top in range(0, len(x), rows):
        out[top : top + rows] = change(x[top : top + rows])
    return out
