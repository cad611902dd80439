"""Pruning of kernels by magnitude: the smallest weights become zero. NumPy only.

Each kernel loses the same share. One threshold for all kernels would measure how they were initialised: a layer with
many inputs has small weights, and would be emptied, though it works as well as the others.
"""

from __future__ import annotations

import numpy as np

__all__ = ["prune_kernel"]


def prune_kernel(kernel: np.ndarray, share: float) -> np.ndarray:
    """Return a kernel whose smallest weights are zero: the share of them to the nearest weight, or what it has more.

    Among equal magnitudes those that come first in memory go first.

    Args:
        kernel: finite numbers of any shape.
        share: of zeros, from 0 to 1.

    Raises:
        ValueError: for another share, or a kernel with NaN.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share: expected a number from 0 to 1, got {share}")
    kernel = np.array(kernel, "float32")
    if np.isnan(kernel).any():
        raise ValueError("kernel: expected numbers, got NaN; train again with a lower rate")
    smallest = np.argsort(np.abs(kernel).ravel(), kind="stable")[: int(np.rint(share * kernel.size))]
    kernel.reshape(-1)[smallest] = 0.0
    return kernel
