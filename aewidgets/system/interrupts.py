"""Ctrl-C, and a system's SIGTERM, as wishes to end in good order: once to ask, twice to break off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

__all__ = ["on_interrupt", "terminate_as_interrupt"]


@contextmanager
def on_interrupt(
    ask: Callable[[], object], signals: Sequence[signal.Signals] = (signal.SIGINT,)
) -> Iterator[None]:
    """Calls `ask` at the first Ctrl-C within the block; a second one interrupts as ever. So for other signals.

    Does nothing outside the main thread, where signals cannot be had.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def note(number, frame):
        signal.signal(number, before[number])
        ask()

    before = {number: signal.signal(number, note) for number in signals}
    try:
        yield
    finally:
        for number in signals:
            signal.signal(number, before[number])


@contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """Within the block SIGTERM, which systems and schedulers send, raises KeyboardInterrupt; further ones do nothing.

    Does nothing outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number, frame):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
