"""Repeats a call after errors that may pass, with growing pauses. Knows no notebooks and no stores."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from aewidgets.reports.execution.sources import NotebookError
from aewidgets.system.locks import LockedError

__all__ = ["pause", "retried"]

T = TypeVar("T")
#: Seconds before the second attempt, and the longest pause; pauses double in between.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: Errors that another attempt would only meet again.
_LASTING = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError, LockedError,
            NotebookError)  # fmt: skip


def pause(failures: int, longest: float = LONGEST_PAUSE) -> None:
    """Wait after the given number of failures: 1, 2, 4 ... 30 seconds, but at most `longest` seconds."""
    time.sleep(max(0.0, min(FIRST_PAUSE * 2 ** min(failures - 1, 30), LONGEST_PAUSE, longest)))


def retried(act: Callable[[], T], retries: int, failed: Callable[[OSError], None] | None = None) -> T:
    """Return the result of `act`, called again after an OSError that may pass, such as those of a network.

    Args:
        act: the call.
        retries: how many further calls are allowed.
        failed: called with the error before every further call.

    Raises:
        OSError: from the last call, or at once if another call cannot help.
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
