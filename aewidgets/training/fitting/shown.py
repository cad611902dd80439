"""A few pictures that a model is shown while it trains, and what it makes of them, for the eye. No Keras."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["ShownPictures"]

COUNT = 10  # pictures that are shown, at most
_NEARLY = 1 + 1e-3  # floats up to here are taken for the scale of [0, 1]


class ShownPictures:
    """Pictures in the form in which a model takes them, and as bytes.

    Args:
        images: pictures of any form that a model may take, NumPy or a tensor: (n, h, w), (n, h, w, c), (n, c, h, w) or
            rows (n, side * side); whole numbers from 0 to 255 or 65535, or floats in [0, 1], in [-1, 1] or from 0 to
            255. The first ten are shown.

    Raises:
        ValueError: for other shapes, other numbers, and no pictures.

    Attributes:
        inputs: the first pictures, unchanged.
        originals: uint8 (k, h, w, c), c = 1 or 3.
    """

    def __init__(self, images: Any):
        found = _array(images)
        if found.dtype.kind not in "biuf" or found.ndim not in (2, 3, 4) or not found.size:
            raise ValueError(
                "images: expected pictures (n, h, w) or (n, h, w, c) as the model takes them, such as x_val[:8], got "
                f"{found.dtype} of shape {found.shape}"
            )
        self.inputs = found[:COUNT]
        if found.dtype.kind == "f" and not np.isfinite(self.inputs).all():
            raise ValueError("images: expected finite numbers, got NaN or infinity among the pixels")
        self._layout = _layout(self.inputs.shape)
        self._low, self._high = _scale(self.inputs)
        self.originals = self._bytes(self.inputs, self._low, self._high)

    def made(self, outputs: Any) -> tuple[np.ndarray, str]:
        """Return what a model made of the inputs as bytes, and "".

        Args:
            outputs: whatever the model returned.

        Returns:
            uint8 of the shape of `originals`; or none of them, and the reason in words.
        """
        none = self.originals[:0]
        if isinstance(outputs, list | tuple | dict):
            return none, f"no reconstructions: the model has {len(outputs)} outputs, and none is said to be the picture"
        values = _array(outputs)
        if values.shape != self.inputs.shape:
            if values.size != self.inputs.size or values.shape[:1] != self.inputs.shape[:1]:
                got, want = values.shape[1:], self.inputs.shape[1:]
                return none, f"no reconstructions: the model gives {got} for a picture of {want}, which is no picture"
            values = values.reshape(self.inputs.shape)
        if values.dtype.kind not in "biuf":
            return none, f"no reconstructions: the model gives {values.dtype}, and pixels are numbers"
        low, high = self._low, self._high
        if high > 1 and values.dtype.kind == "f" and np.nan_to_num(values).max(initial=0) <= _NEARLY:
            low, high = 0.0, 1.0  # a model may divide its input by 255 itself
        return self._bytes(np.nan_to_num(values), low, high), ""

    def _bytes(self, values: np.ndarray, low: float, high: float) -> np.ndarray:
        """Return values from `low` to `high` as uint8 (k, h, w, c)."""
        shape, channels_first = self._layout
        unit = (np.asarray(values, "float64") - low) / (high - low)
        made = np.rint(255 * np.clip(unit, 0, 1)).astype("uint8")
        if channels_first:
            made = np.moveaxis(made, 1, -1)
        return np.ascontiguousarray(made.reshape(len(values), *shape)[..., :3])


def _array(values: Any) -> np.ndarray:
    """Return an array of an array or a tensor of any library."""
    if hasattr(values, "detach"):  # torch's, which may be on a device and in a graph
        values = values.detach().cpu()
    return np.asarray(values)


def _layout(shape: tuple[int, ...]) -> tuple[tuple[int, int, int], bool]:
    """Return height, width and channels of a picture, and whether the channels come first."""
    if len(shape) == 2 and math.isqrt(shape[1]) ** 2 == shape[1] > 1:
        return (math.isqrt(shape[1]), math.isqrt(shape[1]), 1), False
    if len(shape) == 3:
        return (shape[1], shape[2], 1), False
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        return (shape[1], shape[2], shape[3]), False
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        return (shape[2], shape[3], shape[1]), True
    raise ValueError(
        f"images: expected (n, h, w), (n, h, w, c) or (n, c, h, w) with 1, 3 or 4 channels, or rows of a square's "
        f"pixels, got {shape}"
    )


def _scale(values: np.ndarray) -> tuple[float, float]:
    """Return the numbers that stand for black and for white.

    Raises:
        ValueError: where they cannot be known.
    """
    least, most = float(values.min()), float(values.max())
    if values.dtype.kind == "b":
        return 0.0, 1.0
    if values.dtype.kind == "u":
        return 0.0, float(np.iinfo(values.dtype).max) if values.dtype.itemsize < 4 else 255.0
    if least >= 0 and most <= _NEARLY and values.dtype.kind == "f":
        return 0.0, 1.0
    if least >= 0 and most <= 255:
        return 0.0, 255.0
    if -_NEARLY <= least < 0 and most <= _NEARLY:
        return -1.0, 1.0
    raise ValueError(
        f"images: expected values in [0, 1], in [-1, 1] or from 0 to 255, got {least:g} to {most:g}; leave images out "
        "where they are standardised otherwise"
    )
