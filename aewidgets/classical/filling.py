"""Lost pixels filled from coarse to fine, in time and memory that grow with the picture alone. NumPy only."""

from __future__ import annotations

import numpy as np

__all__ = ["harmonic"]

SWEEPS = 4  # at each scale; of 4, 8, 16 and 32 the best over lost pixels on photos-select, and 0.2 dB short over holes


def harmonic(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Laplace's equation over what `mask` says is lost, nearly solved: pulled from coarser scales, then relaxed.

    The means of what is known go up the scales until nothing is missing; coming down, each scale begins with what the
    coarser one holds and is relaxed (Gortler et al. 1996, "The Lumigraph", section 3.4, and cascadic multigrid).

    Args:
        image: float (h, w) or (h, w, c).
        mask: bool (h, w), True where pixels are lost; what the image holds there is not looked at.

    Returns:
        float32 of the image's shape; what is known is unchanged.

    Raises:
        ValueError: when nothing is left.
    """
    if mask.all():
        raise ValueError("mask: expected pixels that are left, got a picture of which all is lost")
    planes = np.asarray(image, np.float32).reshape(*mask.shape, -1)
    return _filled(planes, ~mask).reshape(image.shape)


def _filled(x: np.ndarray, known: np.ndarray) -> np.ndarray:
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
    return x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]
