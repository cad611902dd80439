"""What runs in a worker around the function: threads, one at a time, whether anybody still waits. Starts nothing."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Call", "core_count", "thread_caps", "wanted"]

_ALONE = threading.Lock()


def wanted() -> bool:
    """Whether somebody still waits for the item that runs here: False after Ctrl-C, and when the client has died.

    Threads cannot be stopped from outside; a function that takes long asks now and then, and ends. True outside of
    `spread`.
    """
    if "distributed.worker" not in sys.modules:
        return True
    from distributed.worker import get_worker, thread_state

    key = getattr(thread_state, "key", None)
    if key is None:
        return True
    worker = get_worker()
    task = worker.state.tasks.get(key)
    going = worker.status.name in ("running", "paused", "closing_gracefully")
    return going and task is not None and task.state in ("executing", "long-running")


def core_count() -> int:
    """The cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux; containers are given fewer than there are
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def thread_caps(count: int) -> dict[str, str]:
    """Environment of a process that may use `count` threads: read by BLAS and by backends when they are loaded."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    return dict.fromkeys(names, str(count)) | {"TF_NUM_INTEROP_THREADS": "1"}


class Call(NamedTuple):
    """What runs on a worker, around the function."""

    function: Callable
    threads: int
    one_at_a_time: bool

    def __call__(self, item: Any) -> Any:
        from threadpoolctl import threadpool_limits

        os.environ.update(thread_caps(self.threads))
        try:
            with threadpool_limits(self.threads):
                if not self.one_at_a_time:
                    return self.function(item)
                with _ALONE:
                    return self.function(item)
        except (SystemExit, KeyboardInterrupt) as error:  # they would end the worker
            raise RuntimeError(f"{type(error).__name__}: {error}") from None
