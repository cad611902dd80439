"""The probability tables of a codec, plain and of its trellis, and what its symbols cost by them. NumPy only."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aewidgets.codec.coding.constants import MEAN_STEPS
from aewidgets.codec.coding.entropy.tables import ideal_bits
from aewidgets.codec.coding.trellis.paths import Paths
from aewidgets.codec.coding.trellis.trellis import Trellis, follow, split


@dataclass(frozen=True)
class CodingTables:
    """The probability tables of a codec.

    Args:
        tables: of plain symbols.
        trellis: None where all symbols are plain.
    """

    tables: list[np.ndarray]
    trellis: Trellis | None = None

    @property
    def all_tables(self) -> list[np.ndarray]:
        """As `aewidgets.codec.coding.entropy.symbols` takes them."""
        return self.tables + (self.trellis.tables if self.trellis else [])

    @cached_property
    def paths(self) -> Paths | None:
        """What finds paths through the trellis, where there is one, and what they cost."""
        return Paths(self.trellis) if self.trellis else None

    def plain(self) -> "CodingTables":
        """For what never goes through the trellis: the hyper-latent."""
        return CodingTables(self.tables)

    def checked(self, offsets: np.ndarray) -> np.ndarray:
        """What the check of a substream is of: plain symbols, or with a trellis all offsets."""
        return offsets if self.trellis else offsets // MEAN_STEPS

    def bits(self, offsets: np.ndarray, index: np.ndarray) -> np.ndarray:
        """Information content of what offsets (n,) were coded as, one by one."""
        if self.paths is None:
            return ideal_bits(self.tables, offsets // MEAN_STEPS, index)
        bits = np.empty(len(index))
        plain, order = split(index)
        bits[plain] = ideal_bits(self.tables, offsets[plain] // MEAN_STEPS, index[plain])
        levels, states = follow(offsets[order])
        bits[order] = self.paths.bits(levels, states, index[order])
        return bits
