"""Filling of lost pixels from coarse to fine, in time and memory proportional to the image. NumPy only."""

from __future__ import annotations

import numpy as np

__all__ = ["harmonic"]

SWEEPS = 4  # per scale; of 4, 8, 16 and 32 the best for lost pixels on photos-select, 0.2 dB below the best for holes


def harmonic(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Fill lost pixels with an approximate solution of Laplace's equation.

    Means of the known pixels are taken to coarser scales until nothing is missing. Back down, each scale starts from
    the coarser one and is relaxed (Gortler et al. 1996, "The Lumigraph", section 3.4, and cascadic multigrid).

    Args:
        image: float (h, w) or (h, w, c).
        mask: bool (h, w), True where pixels are lost; their values are ignored.

    Returns:
        float32 of the image's shape; known pixels are unchanged.

    Raises:
        ValueError: when all pixels are lost.
    """
    if mask.all():
        raise ValueError("mask: expected some known pixels, got a mask by which all are lost")
    planes = np.asarray(image, np.float32).reshape(*mask.shape, -1)
    return _filled(planes, ~mask).reshape(image.shape)


def _filled(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fill the unknown pixels of planes (h, w, c) from the next coarser scale."""
    if known.all():
        return x
    height, width = known.shape
    there = known[..., None]
    even = [(0, height % 2), (0, width % 2), (0, 0)]
    sums = _quads(np.pad(np.where(there, x, np.float32(0)), even))
    count = _quads(np.pad(there.astype(np.float32), even))
    coarse = _filled(sums / np.maximum(count, 1), count[..., 0] > 0)
    y = np.where(there, x, coarse.repeat(2, 0).repeat(2, 1)[:height, :width])
    for _ in range(SWEEPS):
        beyond = np.pad(y, [(1, 1), (1, 1), (0, 0)], mode="edge")
        around = beyond[:-2, 1:-1] + beyond[2:, 1:-1] + beyond[1:-1, :-2] + beyond[1:-1, 2:]
        y = np.where(there, x, around / 4)
    return y


def _quads(x: np.ndarray) -> np.ndarray:
    """Sum each block of 2x2 pixels; both sides are even."""
    return x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]
