"""Weights of portable decoders: arrays in one string of bytes, at a precision. Knows no layers.

An array is referred to by {"at", "shape", "type"}; it is little-endian and aligned to 4 bytes. One of "int8" has a
"scale", itself an array, with one factor for each element of its last axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["PRECISIONS", "NotPortable", "Packed", "rounded"]

#: Precisions of weights; biases are always float32.
PRECISIONS = ("float32", "float16", "int8")


class NotPortable(ValueError):
    """A decoder that has no portable form; the message names the layer."""


def rounded(weights: np.ndarray, precision: str) -> np.ndarray:
    """Round weights as packing at that precision does; float32 of the same shape."""
    _check_precision(precision)
    weights = np.asarray(weights, "float32")
    if precision == "float32":
        return weights
    if precision == "float16":
        return weights.astype("float16").astype("float32")
    scale = _scale(weights)
    return np.rint(weights / scale).astype("int8") * scale


def _check_precision(precision: str) -> None:
    """Raise ValueError for an unknown precision."""
    if precision not in PRECISIONS:
        raise ValueError(f"precision: expected one of {', '.join(PRECISIONS)}, got {precision!r}")


def _scale(weights: np.ndarray) -> np.ndarray:
    """Return the int8 step for each element of the last axis: the largest magnitude over 127, 1 where all are zero."""
    largest = np.abs(weights).reshape(-1, weights.shape[-1]).max(0)
    return np.where(largest > 0, largest / 127, 1).astype("float32")


class Packed:
    """Arrays packed into one string of bytes.

    Args:
        precision: precision of weights, one of `PRECISIONS`.

    Raises:
        ValueError: for another precision.
    """

    def __init__(self, precision: str):
        _check_precision(precision)
        self.precision, self.bytes = precision, b""

    def add(self, array: Any, precision: str = "float32") -> dict[str, Any]:
        """Append an array, and return the reference to it."""
        array = np.asarray(array, "float32")
        if not np.isfinite(array).all() or (precision == "float16" and np.abs(array).max(initial=0) > 65504):
            raise NotPortable(f"weights of shape {array.shape}: expected finite numbers that {precision} can hold")
        scale = self.add(_scale(array)) if precision == "int8" else None
        stored = np.rint(array / _scale(array)) if precision == "int8" else array
        data = stored.astype({"float32": "<f4", "float16": "<f2", "int8": "i1"}[precision]).tobytes()
        reference = {"at": len(self.bytes), "shape": list(array.shape), "type": precision}
        self.bytes += data + bytes(-len(data) % 4)
        return reference | ({"scale": scale} if scale else {})

    def weight(self, array: Any) -> dict[str, Any]:
        """Append weights at the precision of this object, and return the reference to them."""
        return self.add(array, self.precision)
