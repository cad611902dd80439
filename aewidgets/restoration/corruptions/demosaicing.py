"""Bayer mosaics, and three ways to make colours of them again. NumPy and SciPy only.

`bilinear` averages neighbours; `gradient_corrected` adds the Laplacian of the channel that is known (Malvar, He and
Cutler 2004, the filters of their figure 2); `directional` interpolates green along the direction of the least change
and then colour differences (Hamilton and Adams 1997, US patent 5,629,734). The second and the third leave noise that is
correlated in other ways than the first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import convolve, correlate1d

__all__ = ["DEMOSAICINGS", "mosaic", "mosaic_masks"]

BILINEAR = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / 4
GREEN = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]], np.float32) / 4

_AT_COLOUR = np.array(  # green where red or blue was measured
    [[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]], np.float32
) / 8  # fmt: skip
_IN_ROW = np.array(  # red or blue at a green pixel with that colour to its left and right
    [[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]], np.float32
) / 8  # fmt: skip
_ACROSS = np.array(  # red where blue was measured, and the other way round
    [[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]], np.float32
) / 8  # fmt: skip


def mosaic_masks(height: int, width: int, phase: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Return where red, green and blue are measured, bool (h, w, 3); `phase`: 0 or 1 for rows, and for columns."""
    rows = (np.arange(height)[:, None] + phase[0]) % 2
    columns = (np.arange(width)[None] + phase[1]) % 2
    return np.stack([(rows == 0) & (columns == 0), rows != columns, (rows == 1) & (columns == 1)], axis=-1)


def mosaic(image: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return the channel of (h, w, 3) that was measured at each pixel, float32 (h, w)."""
    return np.where(masks, image, np.float32(0)).sum(axis=-1, dtype=np.float32)


def bilinear(raw: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return the colours of a mosaic (h, w), float32 (h, w, 3), from the nearest pixels of each colour."""
    return np.stack([convolve(raw * masks[..., c], GREEN if c == 1 else BILINEAR, mode="mirror") for c in range(3)], -1)


def gradient_corrected(raw: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return the colours of a mosaic as `bilinear` does, corrected by the Laplacian of the channel that is known."""
    red, green, blue = (masks[..., c] for c in range(3))
    at_colour, in_row, in_column, across = (
        convolve(raw, kernel, mode="mirror") for kernel in (_AT_COLOUR, _IN_ROW, _IN_ROW.T, _ACROSS)
    )
    red_rows, blue_rows = red.any(axis=1, keepdims=True), blue.any(axis=1, keepdims=True)
    made = [np.where(red, raw, np.where(blue, across, np.where(red_rows, in_row, in_column))),
            np.where(green, raw, at_colour),
            np.where(blue, raw, np.where(red, across, np.where(blue_rows, in_row, in_column)))]  # fmt: skip
    return np.stack(made, axis=-1)


def directional(raw: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return the colours of a mosaic, green along the direction of least change, the others as differences to it."""
    greens, changes = [], []
    for axis in (0, 1):
        bend = correlate1d(raw, np.array([-1, 0, 2, 0, -1], np.float32), axis=axis, mode="mirror")
        mean = correlate1d(raw, np.array([0.5, 0, 0.5], np.float32), axis=axis, mode="mirror")
        step = correlate1d(raw, np.array([-1, 0, 1], np.float32), axis=axis, mode="mirror")
        greens.append(mean + bend / 4)
        changes.append(np.abs(step) + np.abs(bend))
    chosen = np.where(changes[0] < changes[1], *greens)
    chosen = np.where(changes[0] == changes[1], (greens[0] + greens[1]) / 2, chosen)
    green = np.where(masks[..., 1], raw, chosen)
    difference = raw - green
    red, blue = (green + convolve(difference * masks[..., c], BILINEAR, mode="mirror") for c in (0, 2))
    return np.stack([red, green, blue], axis=-1)


#: Function of a mosaic, float32 (h, w), and its masks, bool (h, w, 3), that returns float32 (h, w, 3); by name.
DEMOSAICINGS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "bilinear": bilinear,
    "gradient-corrected": gradient_corrected,
    "directional": directional,
}
