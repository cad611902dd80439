"""Worker side of a call: thread limits, one item at a time, whether the result is still wanted. Starts nothing."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Call", "core_count", "thread_caps", "wanted"]

_ALONE = threading.Lock()


def wanted() -> bool:
    """Return whether the result of the running item is still wanted: False after Ctrl-C and when the client has died.

    Threads cannot be stopped from outside: a long function calls this now and then, and ends on False. Always True
    outside of `spread`.
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
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux; a container may use fewer cores than the machine has
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def thread_caps(count: int) -> dict[str, str]:
    """Return environment variables that limit a process to `count` threads; BLAS and backends read them when loaded."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    return dict.fromkeys(names, str(count)) | {"TF_NUM_INTEROP_THREADS": "1"}


class Call(NamedTuple):
    """The function with its limits, as it is sent to a worker.

    Attributes:
        function: called with the item.
        threads: number of threads that numerical libraries may use.
        one_at_a_time: True if only one item may run in this process at a time.
    """

    function: Callable
    threads: int
    one_at_a_time: bool

    def __call__(self, item: Any) -> Any:
        """Call the function on an item; an exit of the function becomes a RuntimeError, so that the worker lives on."""
        from threadpoolctl import threadpool_limits

        os.environ.update(thread_caps(self.threads))
        try:
            with threadpool_limits(self.threads):
                if not self.one_at_a_time:
                    return self.function(item)
                with _ALONE:
                    return self.function(item)
        except (SystemExit, KeyboardInterrupt) as error:
            raise RuntimeError(f"{type(error).__name__}: {error}") from None
