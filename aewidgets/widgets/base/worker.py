"""Work in a thread of its own: one question at a time, and at most one that waits, the latest. Knows no widgets.

Where threads cannot be started, as in Pyodide, the event loop makes one step after the other between two messages.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Stopped", "Worker"]


class Stopped(BaseException):
    """Raised at the next checkpoint of an answer that was cancelled, or when a newer question came.

    It is not an `Exception`, so that no answer takes it for a failure of its own.
    """


#: Whether this Python can start threads; WebAssembly's cannot.
THREADS = sys.platform not in ("emscripten", "wasi")


class Worker:
    """Answers the latest question in a thread that ends when nothing is left to do.

    Without threads a question is answered by the event loop, and one that comes meanwhile waits for that answer.

    Args:
        answer: called with a question; it calls `checkpoint` between steps that take long.
        idle: called after an answer; returns an iterator of short steps of further work. A step is made only while
            no question waits.
    """

    def __init__(self, answer: Callable[[Any], None], idle: Callable[[], Iterator[None]]):
        self._answer, self._idle = answer, idle
        self._changed = threading.Condition()
        self._waiting: list[Any] = []  # none or one question
        self._thread: threading.Thread | None = None
        self._looping = False  # whether the event loop works instead
        self._stop = False
        self._steps: Iterator[None] | None = None

    def ask(self, question: Any) -> None:
        """Put a question in place of the one that waits. The answer under way ends at its next checkpoint."""
        with self._changed:
            self._waiting = [question]
            self._stop = False
            self._changed.notify_all()
            if not self.busy:
                self._start()

    def cancel(self) -> None:
        """Drop the question that waits, and end the work at its next checkpoint."""
        with self._changed:
            self._waiting, self._stop = [], self.busy
            self._changed.notify_all()

    def forget(self) -> None:
        """Give up the further work that is under way. It begins anew after the next answer."""
        with self._changed:
            self._steps = None

    def checkpoint(self, quiet: float = 0) -> None:
        """Let an answer go on, or end it.

        Args:
            quiet: seconds without a question that must pass before the answer goes on.

        Raises:
            Stopped: when the answer was cancelled, or a newer question waits.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._stop or self._waiting, quiet if THREADS else 0):
                raise Stopped

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do; return whether that happened within `timeout` seconds.

        Without threads the work is done here, whatever the timeout.
        """
        while self._looping and self._turn():
            pass
        with self._changed:
            return self._changed.wait_for(lambda: not self.busy, timeout)

    @property
    def busy(self) -> bool:
        """Return whether anything is being done."""
        return self._thread is not None or self._looping

    def _start(self) -> None:
        if THREADS:
            self._thread = threading.Thread(target=self._run, name="aewidgets", daemon=True)
            self._thread.start()
        else:
            self._looping = True
            asyncio.get_event_loop().call_soon(self._in_loop)

    def _run(self) -> None:
        while self._turn():
            pass

    def _in_loop(self) -> None:
        if self._looping and self._turn():
            asyncio.get_event_loop().call_soon(self._in_loop)

    def _turn(self) -> bool:
        """Answer the question that waits, or else make one step of the further work; return whether any is left."""
        with self._changed:
            question = self._waiting.pop() if self._waiting else None
            if question is None and (self._stop or self._steps is None):
                self._thread, self._looping, self._stop, self._steps = None, False, False, None
                self._changed.notify_all()
                return False
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
            if self._steps is before:  # otherwise the work was given up meanwhile
                self._steps = steps
        return True
