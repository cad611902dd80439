"""Trying again where that can help: what passes by itself, how often, and how long between. Runs nothing itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from aewidgets.reports.execution.sources import NotebookError
from aewidgets.system.locks import LockedError

__all__ = ["pause", "retried"]

T = TypeVar("T")
#: Seconds before the second try, and at most; they double in between.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: What stays as it is however often one asks.
_LASTING = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError, LockedError,
            NotebookError)  # fmt: skip


def pause(failures: int, longest: float = LONGEST_PAUSE) -> None:
    """Wait after so many failures: 1, 2, 4 ... 30 seconds, and not more than `longest`."""
    time.sleep(max(0.0, min(FIRST_PAUSE * 2 ** min(failures - 1, 30), LONGEST_PAUSE, longest)))


def retried(act: Callable[[], T], retries: int, failed: Callable[[OSError], None] | None = None) -> T:
    """The result of `act`, tried again after an OSError that may pass, as those of a network do.

    Args:
        act: what is tried.
        retries: how often at most it is tried again.
        failed: called with the error before every further try.
    """
    for failures in range(1, retries + 1):
        try:
            return act()
        except OSError as error:
            if isinstance(error, _LASTING):
                raise
            if failed:
                failed(error)
            pause(failures)
    return act()
