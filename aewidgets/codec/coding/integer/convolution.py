"""Convolutions on integers, exact on every machine. NumPy only, no Keras.

Integers are held in float32. Where an output is bounded by 2**24, every partial sum is an integer that float32 holds
exactly, in whatever order a BLAS adds; the bound is checked for each output when a layer is made.
"""

from dataclasses import dataclass, field

import numpy as np

from aewidgets.codec.coding.constants import ACTIVATION_MAX, EXACT_LIMIT
from aewidgets.codec.coding.integer.grids import convolve, surrounded


@dataclass(frozen=True)
class IntegerConv:
    """Integer convolution of stride 1 with zero padding.

    The result is (sum + bias) / 2**shift, rounded half up, and clipped where `relu` is set. Inputs are integers within
    +-255. The Keras twin is `aewidgets.codec.model.layers.IntegerConv`.

    Args:
        kernel: int8 (k, k, in, out), k odd.
        bias: int32 (out,).
        shift: uint8 (out,), at most 16.
        relu: whether to clip results to 0 ... 255.

    Raises:
        ValueError: for arrays of other shapes or types, and when an output could reach 2**24 and would not be exact.
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
        """Return the largest magnitude that each output's accumulator can reach, rounding included, int64 (out,)."""
        weights = np.abs(self.kernel.astype("int16")).sum(axis=(0, 1, 2), dtype="int64")
        return ACTIVATION_MAX * weights + np.abs(self.bias.astype("int64")) + (1 << self.shift.astype("int64"))

    @property
    def reach(self) -> int:
        """Number of positions on each side, beyond its own, that an output depends on."""
        return self.kernel.shape[0] // 2

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Convolve integers (h, w, in) within +-255, of any type, to float32 integers (h, w, out)."""
        return self.inside(surrounded(x, self.reach))

    def inside(self, x: np.ndarray, stride: int = 1) -> np.ndarray:
        """Convolve an array with its margins, (h + 2 reach, w + 2 reach, in), to float32 (h, w, out), without padding.

        With a stride, only the first and each `stride`-th position after it are computed, in both directions.
        """
        return convolve(x, self._kernel, self._finish, stride=stride)

    def _finish(self, y):
        """Add the bias, divide, round and clip a block of sums, in place."""
        y += self._offset
        y *= self._unit
        np.floor(y, out=y)
        if self.relu:
            np.clip(y, 0, ACTIVATION_MAX, out=y)


def reference_conv(conv: IntegerConv, x: np.ndarray) -> np.ndarray:
    """Convolve as `conv` does, in 64-bit integers and by the definition: slow, and the reference in tests.

    Args:
        conv: the layer.
        x: integers (h, w, in) within +-255.

    Returns:
        int64 (h, w, out).
    """
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
