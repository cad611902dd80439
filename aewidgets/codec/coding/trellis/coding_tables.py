"""Coding tables of a codec: those of plain symbols and of its trellis, and the bits that symbols cost by them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aewidgets.codec.coding.constants import MEAN_STEPS
from aewidgets.codec.coding.entropy.tables import ideal_bits
from aewidgets.codec.coding.trellis.paths import Paths
from aewidgets.codec.coding.trellis.trellis import Trellis, follow, split


@dataclass(frozen=True)
class CodingTables:
    """Probability tables of a codec.

    Args:
        tables: tables of plain symbols, by table number.
        trellis: tables of levels; None where all symbols are plain.
    """

    tables: list[np.ndarray]
    trellis: Trellis | None = None

    @property
    def all_tables(self) -> list[np.ndarray]:
        """Tables of plain symbols and of the trellis, as `aewidgets.codec.coding.entropy.symbols` takes them."""
        return self.tables + (self.trellis.tables if self.trellis else [])

    @cached_property
    def paths(self) -> Paths | None:
        """Path finder of the trellis; None where there is no trellis."""
        return Paths(self.trellis) if self.trellis else None

    def plain(self) -> "CodingTables":
        """Return the tables without the trellis, for the hyper-latent, which never goes through it."""
        return CodingTables(self.tables)

    def checked(self, offsets: np.ndarray) -> np.ndarray:
        """Return the integers that a substream's check covers: symbols, or with a trellis the offsets themselves."""
        return offsets if self.trellis else offsets // MEAN_STEPS

    def bits(self, offsets: np.ndarray, index: np.ndarray) -> np.ndarray:
        """Return the information content in bits, float64 (n,), of the symbols or levels that offsets were coded as.

        Args:
            offsets: int32 (n,), multiples of 1/64, all symbols of one part of the latents.
            index: uint8 (n,), table numbers.
        """
        if self.paths is None:
            return ideal_bits(self.tables, offsets // MEAN_STEPS, index)
        bits = np.empty(len(index))
        plain, order = split(index)
        bits[plain] = ideal_bits(self.tables, offsets[plain] // MEAN_STEPS, index[plain])
        levels, states = follow(offsets[order])
        bits[order] = self.paths.bits(levels, states, index[order])
        return bits
