"""Figures of pairs of pictures, measured when they are first asked for. No traits, no browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from aewidgets.studies.comparison import FittedPicture, PairFigures, compare_pair
from aewidgets.studies.subjects import Subject

__all__ = ["PairCache"]


class PairCache:
    """Pictures as they are compared, and figures of their pairs. One thread at a time measures any.

    Args:
        subjects: pictures as they were given.
        fitted: the same, of one size.
    """

    def __init__(self, subjects: Sequence[Subject], fitted: Sequence[FittedPicture]):
        self.subjects, self.pictures = tuple(subjects), tuple(fitted)
        self.names = [picture.name for picture in self.pictures]
        self._computing = threading.RLock()  # both a cell that reads results and the worker may ask
        self._figures: dict[tuple[int, int], PairFigures] = {}

    def pair(self, one: int, other: int) -> PairFigures:
        """Return the figures of two pictures, by their numbers in any order."""
        key = min(one, other), max(one, other)
        with self._computing:
            if key not in self._figures:
                self._figures[key] = compare_pair(self.pictures[key[0]], self.pictures[key[1]])
            return self._figures[key]

    def missing(self) -> Iterator[tuple[int, int]]:
        """Yield the numbers of every pair that is not measured yet."""
        count = len(self.pictures)
        pairs = [(one, other) for one in range(count) for other in range(one + 1, count)]
        yield from (pair for pair in pairs if pair not in self._figures)

    def known(self) -> list[tuple[int, int, PairFigures]]:
        """List the numbers and the figures of every pair that is measured."""
        return [(*key, figures) for key, figures in sorted(self._figures.copy().items())]
