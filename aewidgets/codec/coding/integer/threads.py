"""NumPy's BLAS kept on one thread while the codec works, in whatever threads and processes it does."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    """Return the controller of the thread pools of NumPy's BLAS."""
    return ThreadpoolController()


class _Limit:
    """Limit of one thread, set by the first who wants it and lifted by the last.

    A limit holds for the whole process. Were each to restore what it found, the end of one picture would lift the
    limit of another, whose floats then depend on threads, or leave the process on one thread for ever.
    """

    def __init__(self) -> None:
        self.lock, self.users = threading.Lock(), 0
        self.limiter: Any = None  # of threadpoolctl, which lifts what it set

    def enter(self) -> None:
        with self.lock:
            if not self.users:
                self.limiter = _controller().limit(limits=1, user_api="blas")
            self.users += 1

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            if not self.users:
                self.limiter.restore_original_limits()


_limit = _Limit()


@contextmanager
def single_thread() -> Iterator[None]:
    """Keep NumPy's BLAS on one thread; contexts may overlap, in one thread of Python or in several.

    The products here are small, and waiting for a busy second core would make them ten times slower. One thread also
    gives the same floats every time.
    """
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()


def _after_fork() -> None:
    """Lift the limit in a forked process: the threads that wanted it are not in it, and the lock may be held."""
    global _limit
    old, _limit = _limit, _Limit()
    if old.users and old.limiter is not None:
        old.limiter.restore_original_limits()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
