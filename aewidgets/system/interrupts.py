"""Handling of Ctrl-C and SIGTERM: the first one asks for an orderly end, a second one interrupts at once."""

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
    """Call `ask` at the first Ctrl-C within the block; a second one interrupts as usual.

    Args:
        ask: called without arguments, in the main thread.
        signals: signals to handle; each may come once before the usual handler is back.

    Outside the main thread, where Python receives no signals, the block simply runs.
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
    """Raise KeyboardInterrupt at the first SIGTERM within the block, and ignore further ones.

    Systems and schedulers send SIGTERM to end a process. Outside the main thread the block simply runs.
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
