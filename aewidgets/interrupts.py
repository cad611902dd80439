"""Ctrl-C as a wish to end in good order: once to ask, twice to break off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["on_interrupt"]


@contextmanager
def on_interrupt(ask: Callable[[], object]) -> Iterator[None]:
    """Calls `ask` at the first Ctrl-C within the block; a second one interrupts as ever.

    Does nothing outside the main thread, where signals cannot be had.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def note(number, frame):
        signal.signal(signal.SIGINT, before)
        ask()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
