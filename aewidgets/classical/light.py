"""Conversion between sRGB values and linear light (IEC 61966-2-1), on float arrays of any shape."""

import numpy as np

__all__ = ["to_linear", "to_srgb"]


def to_linear(x: np.ndarray) -> np.ndarray:
    """Convert sRGB values to linear light; negative values are converted as positive ones and keep their sign."""
    size = np.abs(x)
    return np.sign(x) * np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)


def to_srgb(x: np.ndarray) -> np.ndarray:
    """Convert linear light to sRGB values, the inverse of `to_linear`."""
    size = np.abs(x)
    return np.sign(x) * np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)
