"""Convolutions on integers, exact on every machine. NumPy only, no Keras.

Integers are held in float32. Where an output is bounded by 2**24, every partial sum is an integer that float32 holds
exactly, whatever order a BLAS adds in; the bound is checked for each output when a layer is made.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from aewidgets.codec.coding.constants import ACTIVATION_MAX, EXACT_LIMIT
from aewidgets.codec.coding.integer.grids import convolve, surrounded


@dataclass(frozen=True)
class IntegerConv:
    """Stride-1 convolution with zero padding, then (sum + bias) / 2**shift rounded half up, then perhaps clipped.

    Inputs are integers within +-255. The Keras twin is `aewidgets.codec.model.layers.IntegerConv`.

    Args:
        kernel: int8 (k, k, in, out), k odd.
        bias: int32 (out,).
        shift: uint8 (out,), at most 16.
        relu: clip to 0 ... 255.

    Raises:
        ValueError: when some output could reach 2**24 and would not be exact.
    """

    kernel: np.ndarray
    bias: np.ndarray
    shift: np.ndarray
    relu: bool
    _kernel: np.ndarray = field(init=False, repr=False, compare=False)
    _offset: np.ndarray = field(init=False, repr=False, compare=False)
    _unit: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        k = self.kernel
        if k.dtype != np.int8 or k.ndim != 4 or k.shape[0] != k.shape[1] or k.shape[0] % 2 == 0:
            raise ValueError(f"expected an int8 kernel (k, k, in, out) with odd k, got {k.dtype} {k.shape}")
        if self.bias.shape != k.shape[3:] or self.shift.shape != k.shape[3:] or self.shift.max(initial=0) > 16:
            raise ValueError("expected a bias and a shift of at most 16 for each output channel")
        largest = self.largest_sums()
        if largest.size and largest.max() >= EXACT_LIMIT:
            raise ValueError(
                f"output {int(largest.argmax())} could reach {int(largest.max())}, beyond 2**24: not exact"
            )
        half = np.where(self.shift, 1 << np.maximum(self.shift.astype("int64") - 1, 0), 0)
        object.__setattr__(self, "_kernel", np.ascontiguousarray(k, "float32"))
        object.__setattr__(self, "_offset", (self.bias + half).astype("float32"))
        object.__setattr__(self, "_unit", np.exp2(-self.shift.astype("float32")))

    def largest_sums(self) -> np.ndarray:
        """(out,) the largest magnitude that the accumulator of each output can reach, rounding term included."""
        weights = np.abs(self.kernel.astype("int16")).sum(axis=(0, 1, 2), dtype="int64")
        return ACTIVATION_MAX * weights + np.abs(self.bias.astype("int64")) + (1 << self.shift.astype("int64"))

    @property
    def reach(self) -> int:
        """Positions that an output sees beyond its own, on each side."""
        return self.kernel.shape[0] // 2

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Integers (h, w, in) within +-255, of any type -> float32 integers (h, w, out)."""
        return self.inside(surrounded(x, self.reach))

    def inside(self, x: np.ndarray, stride: int = 1) -> np.ndarray:
        """The same of (h + 2 reach, w + 2 reach, in), for those positions that lie `reach` from its border.

        With a stride, for the first of them and each `stride`-th after it, in both directions.
        """
        return convolve(x, self._kernel, self._finish, stride=stride)

    def _finish(self, y):
        y += self._offset
        y *= self._unit
        np.floor(y, out=y)
        if self.relu:
            np.clip(y, 0, ACTIVATION_MAX, out=y)


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def single_thread() -> AbstractContextManager:
    """Keeps NumPy's BLAS on one thread: these products are small, and waiting for a busy second core costs tenfold."""
    return _controller().limit(limits=1, user_api="blas")


def reference_conv(conv: IntegerConv, x: np.ndarray) -> np.ndarray:
    """The same in 64-bit integers, by the definition: slow, and the reference in tests. int64 in and out."""
    size = conv.kernel.shape[0]
    padded = np.pad(x.astype("int64"), ((size // 2,) * 2, (size // 2,) * 2, (0, 0)))
    y = np.zeros((*x.shape[:2], conv.kernel.shape[3]), "int64")
    for i in range(size):
        for j in range(size):
            y += np.einsum(
                "hwc,co->hwo",
                padded[i : i + x.shape[0], j : j + x.shape[1]],
                conv.kernel[i, j].astype("int64"),
            )
    shift = conv.shift.astype("int64")
    y = (y + conv.bias + np.where(shift, 1 << np.maximum(shift - 1, 0), 0)) >> shift
    return np.clip(y, 0, ACTIVATION_MAX) if conv.relu else y
