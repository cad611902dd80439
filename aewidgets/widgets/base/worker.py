"""Work beside the kernel's own thread: one job at a time, at most one waiting, the latest. Knows no widgets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Stopped", "Worker"]


class Stopped(BaseException):
    """Raised inside a job, at its next checkpoint, when it was cancelled or a newer question came.

    Not an `Exception`, so that no job takes it for a failure of its own.
    """


class Worker:
    """Answers the latest question in a thread that ends when there is nothing to do.

    Args:
        answer: called with a question; calls `checkpoint` between steps that take long.
        idle: called after an answer; an iterator over small steps of further work, each made only while no
            question waits.
    """

    def __init__(self, answer: Callable[[Any], None], idle: Callable[[], Iterator[None]]):
        self._answer, self._idle = answer, idle
        self._changed = threading.Condition()
        self._waiting: list[Any] = []  # none or one question
        self._thread: threading.Thread | None = None
        self._stop = False
        self._steps: Iterator[None] | None = None

    def ask(self, question: Any) -> None:
        """Put a question in place of the one that waits; the one being answered ends at its next checkpoint."""
        with self._changed:
            self._waiting = [question]
            self._stop = False
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="aewidgets", daemon=True)
                self._thread.start()

    def cancel(self) -> None:
        """Drop the question that waits and end the work at its next checkpoint."""
        with self._changed:
            self._waiting, self._stop = [], self._thread is not None
            self._changed.notify_all()

    def forget(self) -> None:
        """Give up the further work that is under way; the next answer asks for it anew."""
        with self._changed:
            self._steps = None

    def checkpoint(self, quiet: float = 0) -> None:
        """Called by an answer between its steps.

        Args:
            quiet: seconds for which nobody may ask before the answer goes on.

        Raises:
            Stopped: when it was cancelled, or a newer question waits.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._stop or self._waiting, quiet):
                raise Stopped

    def wait(self, timeout: float | None = None) -> bool:
        """Until there is nothing to do; whether that came about within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout)

    @property
    def busy(self) -> bool:
        """Whether anything is being done."""
        return self._thread is not None

    def _run(self) -> None:
        while True:
            with self._changed:
                question = self._waiting.pop() if self._waiting else None
                if question is None and (self._stop or self._steps is None):
                    self._thread, self._stop, self._steps = None, False, None
                    self._changed.notify_all()
                    return
                before = steps = self._steps
            try:
                if question is not None:
                    self._answer(question)
                    steps = steps or self._idle()
                elif steps is not None and next(steps, self) is self:
                    steps = None
            except Stopped:
                pass
            with self._changed:
                if self._steps is before:  # otherwise it was forgotten meanwhile
                    self._steps = steps
