"""Parts of a pass over latents: the protocol of coders, priors per channel, table numbers. NumPy only, no networks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from aewidgets.codec.coding.constants import INDEX_STEPS, MEAN_STEPS, NUM_KNOTS, NUM_TABLES, QUALITY_MAX

SYMBOL_LIMIT = (1 << 15) - 1
NARROW = 32000  # integers up to this are kept as int16; `stored` can still add a step less one


class Narrow:
    """Integers of which parts are set one after another: int16 while they are small, because millions may be there.

    Args:
        shape: shape of `values`, which are undefined where they are not set.
    """

    def __init__(self, shape: int | tuple[int, ...]):
        self.values = np.empty(shape, "int16")

    def put(self, where: Any, values: np.ndarray) -> None:
        """Set the part at an index of NumPy's to integers that int32 holds."""
        if self.values.dtype == "int16" and max(int(values.max(initial=0)), -int(values.min(initial=0))) > NARROW:
            self.values = self.values.astype("int32")
        self.values[where] = values


class Coder(Protocol):
    """Protocol of what gives the symbols of one part of the latents: an encoder rounds, a decoder reads."""

    def code(self, stream: int, mean: np.ndarray, index: np.ndarray, select: Callable) -> np.ndarray:
        """Return offsets, int32 (n,): decoded values less their means, multiples of 1/64; int16 up to `NARROW`.

        Args:
            stream: number of the substream that the part belongs to.
            mean: integers (n,), multiples of 1/64.
            index: uint8 (n,), table numbers.
            select: function that picks the part, of any shape with n entries in this order, out of the whole latents
                y, or for the first part out of z.
        """
        ...


@dataclass(frozen=True)
class Prior:
    """Mean and table index per channel as a function of quality: linear between knots, in integers.

    Args:
        mean: int32 (NUM_KNOTS, channels), multiples of 1/64.
        index: int32 (NUM_KNOTS, channels), multiples of 1/16 of a table.
    """

    mean: np.ndarray
    index: np.ndarray

    def __call__(self, quality: int) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and index at a stored quality, int32 (channels,) each."""
        position = quality * (NUM_KNOTS - 1)
        knot = min(position // QUALITY_MAX, NUM_KNOTS - 2)
        part = (position - knot * QUALITY_MAX) * 256 // QUALITY_MAX
        mean, index = ((t[knot] * (256 - part) + t[knot + 1] * part + 128) >> 8 for t in (self.mean, self.index))
        return mean, index


def table_index(index: np.ndarray) -> np.ndarray:
    """Return table numbers, uint8, of indexes in multiples of 1/16, rounded and clipped."""
    return np.clip((index + INDEX_STEPS // 2) // INDEX_STEPS, 0, NUM_TABLES - 1).astype("uint8")


def stored(offsets: np.ndarray) -> np.ndarray:
    """Return offsets as int16 symbols in whole steps, rounded away from zero; larger ones saturate.

    The synthesis needs only their signs.
    """
    steps = np.minimum((np.abs(offsets) + MEAN_STEPS - 1) // MEAN_STEPS, SYMBOL_LIMIT)
    return np.where(offsets < 0, -steps, steps).astype("int16")
