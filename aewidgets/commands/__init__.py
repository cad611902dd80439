"""The subcommands of `aewidgets`, a module per family, and what they share. Heavy imports in functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar", "stoppable"]


@contextmanager
def progress_bar(shown: bool = True) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error, gone when done; yields a function of (done, total, what is next).

    Nothing is drawn where standard error is no terminal, nor if not `shown`.
    """
    if not shown:  # loading rich takes longer than a small file
        yield lambda done, total, what: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}")
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("")
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Yields a function that says whether Ctrl-C was pressed, once; a second time interrupts as ever.

    Outside the main thread, where signals cannot be had, it never was.
    """
    import threading

    from aewidgets.system.interrupts import on_interrupt

    pressed = threading.Event()
    with on_interrupt(pressed.set):
        yield pressed.is_set
