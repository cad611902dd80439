"""Batches made ahead of their use. No Keras."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

__all__ = ["Ahead"]


class Ahead:
    """Batches that are made in a thread of their own while the one before is trained on; `ahead[step]` is one.

    Args:
        batches: `batches[step]` is the batch of a step, made from its number alone.
        steps: number of the last step.
        count: number of batches that are kept ready.
    """

    def __init__(self, batches: Any, steps: int, count: int = 3):
        self.batches, self.steps, self.count = batches, steps, count
        self._ready: dict[int, Future] = {}
        self._maker: ThreadPoolExecutor | None = None

    def __getitem__(self, step: int) -> Any:
        if self._maker is None:
            self._maker = ThreadPoolExecutor(1, thread_name_prefix="batches")
        wanted = range(step, min(step + self.count, self.steps) + 1)
        for number in [number for number in self._ready if number not in wanted]:
            self._ready.pop(number).cancel()
        for number in wanted:
            if number not in self._ready:
                self._ready[number] = self._maker.submit(self.batches.__getitem__, number)
        made = self._ready.pop(step).result()
        if step >= self.steps:
            self._maker.shutdown()
            self._maker = None
        return made
