"""File locks that end with their process, by fcntl, or by msvcrt on Windows. Knows no stores."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["LockedError", "file_lock"]

_PAUSE = 0.05  # seconds between two tries


class LockedError(OSError):
    """A lock that another process, or another thread of this one, holds."""


@contextmanager
def file_lock(path: Path, wait: float | None = 0.0) -> Iterator[None]:
    """Hold a lock while the block runs.

    The file is not removed afterwards: two processes could then each lock a file of their own. The system releases the
    lock when the process ends, in whatever way. Child processes do not inherit it.

    Args:
        path: the lock's file; its folder must exist.
        wait: seconds to wait for a lock that is held; 0 tries once, None waits without limit.

    Raises:
        LockedError: if it is still held after `wait` seconds.
    """
    until = None if wait is None else time.monotonic() + wait
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    try:
        while not _taken(handle):
            if until is not None and time.monotonic() >= until:
                raise LockedError(f"{path} is locked by another process")
            time.sleep(_PAUSE)
        try:
            yield
        finally:
            _release(handle)
    finally:
        os.close(handle)


try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    def _taken(handle: int) -> bool:
        """Take the lock if it is free, and return whether it was."""
        os.lseek(handle, 0, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True

    def _release(handle: int) -> None:
        """Release the lock."""
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:

    def _taken(handle: int) -> bool:
        """Take the lock if it is free, and return whether it was.

        `flock` also keeps the threads of one process apart; `lockf` would not.
        """
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(handle: int) -> None:
        """Release the lock."""
        fcntl.flock(handle, fcntl.LOCK_UN)
