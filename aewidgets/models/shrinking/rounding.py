"""Rounding of kernels to small integers with one step for each output channel. NumPy only.

A kernel is near step * integer, the integers from -127 to 127 with 8 bits and from -7 to 7 with 4: symmetric, so that
zero stays zero. The step of an output channel is its largest magnitude over the largest integer, rounded up to
`STEP_BITS` significant bits. Products of such a step and an integer are exact in float32, so that rounding a kernel
that was rounded before returns it bit for bit, on any machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["BITS", "Rounded", "pack_nibbles", "round_kernel", "unpack_nibbles"]

#: Numbers of bits that kernels can be rounded to.
BITS = (4, 8)
STEP_BITS = 16  # of float32's 24; an integer takes 7 of the others
TINY = 2.0**-100  # a channel below this is zero for every purpose, and its step would lose bits


@dataclass(frozen=True, eq=False)
class Rounded:
    """A kernel as integers and steps.

    Attributes:
        integers: int8, of the kernel's shape.
        step: float32, of as many axes; 1 along all axes but those of the output channels.
        bits: 4 or 8.
    """

    integers: np.ndarray
    step: np.ndarray
    bits: int

    def floats(self) -> np.ndarray:
        """Return the kernel that these stand for, float32."""
        return self.integers.astype("float32") * self.step


def round_kernel(kernel: np.ndarray, bits: int, channels: tuple[int, ...]) -> Rounded:
    """Round a kernel; no value moves by more than half the step of its channel.

    Args:
        kernel: finite numbers of any shape.
        bits: 4 or 8.
        channels: axes of the output channels, each position along which has a step of its own.

    Raises:
        ValueError: for another number of bits, or a kernel with NaN or infinity.
    """
    if bits not in BITS:
        raise ValueError(f"bits: expected one of {', '.join(map(str, BITS))}, got {bits!r}")
    kernel = np.asarray(kernel, "float32")
    if not np.isfinite(kernel).all():
        raise ValueError("kernel: expected finite numbers, got NaN or infinity; train again with a lower rate")
    most = 2 ** (bits - 1) - 1
    kept = {axis % kernel.ndim for axis in channels}
    others = tuple(axis for axis in range(kernel.ndim) if axis not in kept)
    largest = np.abs(kernel).max(axis=others, keepdims=True, initial=0.0).astype("float64")
    step = np.where(largest < TINY, 1.0, _rounded_up(largest / most)).astype("float32")
    return Rounded(np.rint(kernel / step).astype("int8"), step, bits)


def _rounded_up(values: np.ndarray) -> np.ndarray:
    """Return float64 values above zero, rounded up to `STEP_BITS` significant bits."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.ceil(np.ldexp(mantissa, STEP_BITS)), exponent - STEP_BITS)


def pack_nibbles(integers: np.ndarray) -> np.ndarray:
    """Return integers from -8 to 7 as uint8 (n,), two a byte, the first in the low bits; a last one alone gets a 0."""
    flat = np.asarray(integers, "int8").ravel()
    flat = np.append(flat, np.zeros(flat.size % 2, "int8")).view("uint8") & 15
    return flat[::2] | flat[1::2] << 4


def unpack_nibbles(packed: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the int8 array of that shape that `pack_nibbles` packed.

    Raises:
        ValueError: for another number of bytes than the shape takes, or another type.
    """
    size = math.prod(shape)
    if packed.dtype != np.uint8 or packed.shape != (-(-size // 2),):
        raise ValueError(f"expected {-(-size // 2)} bytes for {size} integers, got {packed.dtype} {packed.shape}")
    both = np.stack([packed & 15, packed >> 4], axis=-1).ravel()[:size].astype("int8")
    return np.where(both > 7, both - 16, both).astype("int8").reshape(shape)
