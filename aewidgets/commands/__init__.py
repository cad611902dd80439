"""The subcommands of `aewidgets`, one module a family, with a progress bar and Ctrl-C. Heavy imports in functions."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = [
    "gathered_notices",
    "notices_as_lines",
    "print_line",
    "progress_bar",
    "stoppable",
    "trusted_pixels",
    "words_of",
]


@contextmanager
def notices_as_lines() -> Iterator[None]:
    """Print each `Notice` of the block as a line on standard error; other warnings are shown as they are."""
    with _notices_to(lambda text: print_line(f"note: {text}")):
        yield


@contextmanager
def gathered_notices() -> Iterator[list[str]]:
    """Yield a list that receives the text of each `Notice` of the block; other warnings are shown as they are."""
    found: list[str] = []
    with _notices_to(found.append):
        yield found


@contextmanager
def _notices_to(receive: Callable[[str], object]) -> Iterator[None]:
    """Give the text of each `Notice` of the block to a function."""
    import warnings

    from aewidgets.system.notices import Notice

    with warnings.catch_warnings():
        show = warnings.showwarning

        def line(message, category, *where, **more):
            if issubclass(category, Notice):
                receive(str(message))
            else:
                show(message, category, *where, **more)

        warnings.simplefilter("always", Notice)
        warnings.showwarning = line
        yield


def print_line(line: str, err: bool = True) -> None:
    """Print a line on standard error, or on standard output, above the progress bar that may be there.

    Rich takes over `sys.stderr` and `sys.stdout`; Click writes past it, into the middle of the bar.
    """
    print(line, file=sys.stderr if err else sys.stdout, flush=True)


@contextmanager
def progress_bar(shown: bool = True) -> Iterator[Callable[[int, int, str], None]]:
    """Show a progress bar on standard error; yield a function of (done, total, description).

    The bar is gone when done. Nothing is drawn if standard error is no terminal, or if not `shown`.
    """
    if not shown:  # loading rich takes longer than a small file
        yield lambda done, total, what: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("")
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns True once Ctrl-C was pressed; a second Ctrl-C interrupts as usual.

    Outside the main thread, which receives no signals, the function always returns False.
    """
    import threading

    from aewidgets.system.interrupts import on_interrupt

    pressed = threading.Event()
    with on_interrupt(pressed.set):
        yield pressed.is_set


def words_of(error: OSError) -> str:
    """Return what went wrong with which file, as "PATH: No space left on device", without a number."""
    if error.filename is None or not error.strerror:
        return str(error)
    return f"{os.fsdecode(error.filename)}: {error.strerror}"


@contextmanager
def trusted_pixels(given: int | None) -> Iterator[int]:
    """Yield the largest number of pixels that is read: what `--max-pixels` gave, else the default.

    Where the user gave a number it also replaces the limit of Pillow, which is between 100 and 200 million, within the
    block; which may run in another process than the command.
    """
    from PIL import Image

    from aewidgets.images.reading import MAX_PIXELS

    limit = Image.MAX_IMAGE_PIXELS
    try:
        if given is not None:
            Image.MAX_IMAGE_PIXELS = None
        yield MAX_PIXELS if given is None else given
    finally:
        Image.MAX_IMAGE_PIXELS = limit
