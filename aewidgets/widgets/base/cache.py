"""Results kept for reuse, bounded by their size. The cache does not know what the results are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["ResultCache"]

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class ResultCache(Generic[Key, Result]):
    """A cache that drops the results used longest ago once all of them together are too large.

    Args:
        size_of: returns the size of a result, for example in bytes.
        most: sum of the sizes that is kept.
        fewest: number of results that are kept even where they are larger than `most`.
    """

    def __init__(self, size_of: Callable[[Result], int], most: int, fewest: int = 0):
        self._size_of, self._most, self._fewest = size_of, most, fewest
        self._lock = threading.Lock()
        self._results: OrderedDict[Key, Result] = OrderedDict()

    def __len__(self) -> int:
        return len(self._results)

    def __contains__(self, key: Key) -> bool:
        return key in self._results

    def get(self, key: Key) -> Result | None:
        """Return a result, which then counts as the one used last; None where there is none."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: Key, result: Result) -> None:
        """Keep a result as the one used last, in place of any other with its key."""
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            size = sum(map(self._size_of, self._results.values()))
            while size > self._most and len(self._results) > self._fewest:
                _, dropped = self._results.popitem(last=False)
                size -= self._size_of(dropped)

    def items(self) -> list[tuple[Key, Result]]:
        """List keys and results; the result used last comes last."""
        with self._lock:
            return list(self._results.items())
