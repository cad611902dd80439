"""Haar wavelets and BayesShrink in NumPy: scikit-image's would need PyWavelets as a further dependency."""

from __future__ import annotations

import numpy as np

__all__ = ["haar", "shrink_wavelets", "unhaar"]

ROOT = np.float32(0.5**0.5)
LEAST = np.finfo(float).eps  # smallest variance


def shrink_wavelets(channel: np.ndarray, sigma: float) -> np.ndarray:
    """Denoise a channel by BayesShrink (Chang, Yu and Vetterli 2000, doi:10.1109/83.862633).

    Each subband has a soft threshold: sigma**2 over the standard deviation that it would have without noise. All levels
    but the three coarsest that the image allows are used, as in scikit-image's `denoise_wavelet`.

    Args:
        channel: float (h, w).
        sigma: standard deviation of the noise, in the channel's units.

    Returns:
        float32 (h, w), not clipped.
    """
    levels = max(int(np.log2(min(channel.shape))) - 3, 1)
    low, details = np.asarray(channel, np.float32), []
    for _ in range(levels if min(channel.shape) > 1 else 0):
        details.append((low.shape, [_soft(band, sigma) for band in haar(low)[1:]]))
        low = haar(low)[0]
    for shape, bands in reversed(details):
        low = unhaar(low, *bands)[: shape[0], : shape[1]]
    return low


def haar(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return one level of the orthonormal transform: low pass, and vertical, horizontal and diagonal details.

    The last row or column of an odd side is repeated.
    """
    x = np.pad(x, [(0, side % 2) for side in x.shape], mode="edge")
    up, down = (x[::2] + x[1::2]) * ROOT, (x[::2] - x[1::2]) * ROOT
    halves = [((half[:, ::2] + half[:, 1::2]) * ROOT, (half[:, ::2] - half[:, 1::2]) * ROOT) for half in (up, down)]
    return halves[0][0], halves[1][0], halves[0][1], halves[1][1]


def unhaar(low: np.ndarray, down: np.ndarray, across: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Invert `haar`, for an image with even sides."""
    x = np.empty((2 * low.shape[0], 2 * low.shape[1]), np.float32)
    top, bottom = (low + down) / 2, (low - down) / 2
    right, other = (across + both) / 2, (across - both) / 2
    x[::2, ::2], x[::2, 1::2] = top + right, top - right
    x[1::2, ::2], x[1::2, 1::2] = bottom + other, bottom - other
    return x


def _soft(band: np.ndarray, sigma: float) -> np.ndarray:
    """Apply the soft threshold of BayesShrink to a subband."""
    signal = max(float(np.mean(np.square(band), dtype=np.float64)) - sigma**2, LEAST) ** 0.5
    threshold = np.float32(sigma**2 / signal)
    return np.sign(band) * np.maximum(np.abs(band) - threshold, 0)
