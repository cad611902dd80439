"""What a pass over latents is made of: who gives symbols, priors by channel, table numbers. NumPy only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aewidgets.codec.coding.constants import INDEX_STEPS, MEAN_STEPS, NUM_KNOTS, NUM_TABLES, QUALITY_MAX

SYMBOL_LIMIT = (1 << 15) - 1


class Coder(Protocol):
    """Decodes one part of the latents: an encoder by rounding, a decoder by reading."""

    def code(self, stream: int, mean: np.ndarray, index: np.ndarray, select: Callable) -> np.ndarray:
        """Offsets (n,) int32: decoded values less their means, multiples of 1/64.

        Args:
            stream: substream the part belongs to.
            mean: (n,) int32, multiples of 1/64.
            index: (n,) uint8 tables.
            select: picks the part, of any shape with n entries in this order, out of whole latents y, or out of z
                for the first part.
        """
        ...


@dataclass(frozen=True)
class Prior:
    """Mean and table index per channel as a function of quality, linear between knots, in integers.

    Args:
        mean: int32 (NUM_KNOTS, channels), multiples of 1/64.
        index: int32 (NUM_KNOTS, channels), multiples of 1/16 of a table.
    """

    mean: np.ndarray
    index: np.ndarray

    def __call__(self, quality: int) -> tuple[np.ndarray, np.ndarray]:
        """Stored quality -> mean and index, (channels,) int32."""
        position = quality * (NUM_KNOTS - 1)
        knot = min(position // QUALITY_MAX, NUM_KNOTS - 2)
        part = (position - knot * QUALITY_MAX) * 256 // QUALITY_MAX
        mean, index = ((t[knot] * (256 - part) + t[knot + 1] * part + 128) >> 8 for t in (self.mean, self.index))
        return mean, index


def table_index(index: np.ndarray) -> np.ndarray:
    """Multiples of 1/16 -> uint8 table numbers, rounded and clipped."""
    return np.clip((index + INDEX_STEPS // 2) // INDEX_STEPS, 0, NUM_TABLES - 1).astype("uint8")


def stored(offsets: np.ndarray) -> np.ndarray:
    """Offsets -> int16 symbols: in whole steps, away from zero; those beyond saturate. A synthesis asks for signs."""
    steps = np.minimum((np.abs(offsets) + MEAN_STEPS - 1) // MEAN_STEPS, SYMBOL_LIMIT)
    return np.where(offsets < 0, -steps, steps).astype("int16")
