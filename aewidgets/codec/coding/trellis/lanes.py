"""Lanes: runs of consecutive symbols that are coded side by side. They know no states, no levels and no tables."""

from dataclasses import dataclass

import numpy as np

from aewidgets.codec.coding.constants import TRELLIS_LANE


@dataclass(frozen=True)
class Lanes:
    """Division of `count` symbols into lanes of `steps` consecutive ones; the last lane may have fewer."""

    count: int
    steps: int

    @classmethod
    def of(cls, count: int) -> "Lanes":
        """Return the lanes into which a part of `count` symbols is cut."""
        number = max(1, -(-count // TRELLIS_LANE))
        return cls(count, max(1, -(-count // number)))

    @property
    def number(self) -> int:
        """Number of lanes."""
        return -(-self.count // self.steps)

    def at(self, step: int) -> int:
        """Return the number of lanes that have a symbol at a step; they are the first ones."""
        return -(-(self.count - step) // self.steps)

    def split(self, values: np.ndarray) -> np.ndarray:
        """Arrange values (..., count) as (steps, ..., lanes), with zeros after the last symbol."""
        padded = np.zeros((*values.shape[:-1], self.number * self.steps), values.dtype)
        padded[..., : self.count] = values
        return np.ascontiguousarray(np.moveaxis(padded.reshape(*values.shape[:-1], self.number, self.steps), -1, 0))

    def join(self, values: np.ndarray) -> np.ndarray:
        """Arrange values (steps, lanes) as (count,): the inverse of `split`."""
        return values.T.reshape(-1)[: self.count]
