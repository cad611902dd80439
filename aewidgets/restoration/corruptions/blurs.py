"""Gaussian blur and motion blur, and their kernels.

Each blur takes float (h, w) or (h, w, 3) and returns a new float32 array of the same shape. Borders are reflected, and
the pixel at the edge is repeated.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage, signal

__all__ = ["gaussian_blur", "gaussian_psf", "motion_blur", "motion_psf"]


def gaussian_psf(sigma: float) -> np.ndarray:
    """Return the kernel of `gaussian_blur`: float32 (n, n) of sum 1, n odd, cut at four standard deviations."""
    x = np.arange(-_radius(sigma), _radius(sigma) + 1)
    line = np.exp(-0.5 * np.square(x / sigma)) if sigma else np.ones(1)
    return np.outer(line / line.sum(), line / line.sum()).astype(np.float32)


def gaussian_blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Convolve an image with a Gaussian of standard deviation `sigma` pixels."""
    x = np.array(image, np.float32)
    for axis in (0, 1) if sigma else ():
        x = ndimage.gaussian_filter1d(x, sigma, axis, mode="reflect", radius=_radius(sigma))
    return x


def motion_psf(length: float, angle: float = 0.0) -> np.ndarray:
    """Return a straight line as a kernel: float32 (n, n) of sum 1, n odd, symmetric under half a turn.

    Args:
        length: length of the line in pixels, at least 1, which does not blur.
        angle: degrees, counter-clockwise from the horizontal.
    """
    reach = math.ceil((length - 1) / 2)
    turn = math.radians(angle)
    along = np.linspace(-(length - 1) / 2, (length - 1) / 2, math.ceil(length)) if reach else np.zeros(1)
    down, across = reach - along * math.sin(turn), reach + along * math.cos(turn)
    psf = np.zeros((2 * reach + 1, 2 * reach + 1))
    # Each point of the line is spread over its four neighbours (bilinear weights).
    top, left = np.floor(np.round(down, 9)).astype(int), np.floor(np.round(across, 9)).astype(int)
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        weight = np.maximum(1 - abs(down - top - i), 0) * np.maximum(1 - abs(across - left - j), 0)
        inside = (top + i <= 2 * reach) & (left + j <= 2 * reach)
        np.add.at(psf, (top[inside] + i, left[inside] + j), weight[inside])
    psf += psf[::-1, ::-1]
    return (psf / psf.sum()).astype(np.float32)


def motion_blur(image: np.ndarray, length: float, angle: float = 0.0) -> np.ndarray:
    """Convolve an image with `motion_psf(length, angle)`."""
    psf = motion_psf(length, angle)
    reach = len(psf) // 2
    x = np.asarray(image, np.float32)
    if not reach:
        return x.copy()
    padded = np.pad(x, [(reach, reach), (reach, reach)] + [(0, 0)] * (x.ndim - 2), mode="symmetric")
    return signal.oaconvolve(padded, psf if x.ndim == 2 else psf[..., None], "valid", axes=(0, 1)).astype(np.float32)


def _radius(sigma: float) -> int:
    """Return the radius of a Gaussian kernel in pixels."""
    return math.ceil(4 * sigma)
