"""One function on many items, on processes of this machine or on any Dask cluster. Knows no pictures and no notebooks.

A cluster's workers need the same aewidgets. Dask sends Python objects that its processes run: an address is as much
trusted as a shell on that machine; across machines use tls://.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["DEATHS", "ClusterError", "Outcome", "core_count", "spread", "thread_caps", "wanted"]

T = TypeVar("T")
R = TypeVar("R")
#: So many workers may die under an item before it is given up.
DEATHS = 3
_PATIENCE = 120.0  # seconds without any worker, in which one may be restarted
_ALONE = threading.Lock()


class ClusterError(RuntimeError):
    """A cluster that cannot be had, or is gone; what was finished before stays finished."""


class Outcome(NamedTuple, Generic[T, R]):
    """What became of an item: a result, or the exception that it raised (an `Exception`, else None)."""

    item: T
    result: R | None
    error: Exception | None


def spread(
    function: Callable[[T], R],
    items: Iterable[T],
    *,
    scheduler: str | None = None,
    workers: int | None = None,
    one_at_a_time: bool = False,
) -> Iterator[Outcome[T, R]]:
    """Call `function(item)` for every item in other processes, and yield what became of each, as it comes.

    What an item raises is its own: the others go on. What was under way when a worker died is done again on another;
    an item under which three workers died is given up, the last time with nothing else running beside it. Items are
    taken from their iterator only when there is room for them. Closing the iterator, as Ctrl-C does, cancels the rest.

    Args:
        function: importable by the workers; it and the items travel by pickle. It may ask `wanted()` meanwhile.
        items: any.
        scheduler: the address of a Dask scheduler, tcp://HOST:PORT or tls://HOST:PORT. None starts worker processes
            on this machine, reachable from it alone, and ends them at the end; a script that calls this then needs
            `if __name__ == "__main__":`, like all that start processes.
        workers: so many processes on this machine; by default one for each core, and not more than items.
        one_at_a_time: whether items may not run beside each other in threads of one worker.

    Raises:
        ClusterError: where `distributed` is not installed, the cluster cannot be reached, its workers have another
            aewidgets, or it goes away and does not come back.
        ValueError: for both a scheduler and a number of workers, a number below 1, or an address of another form.
    """
    if scheduler is not None and workers is not None:
        raise ValueError("a scheduler has workers of its own: give a scheduler, or a number of workers")
    if workers is not None and workers < 1:
        raise ValueError(f"expected at least 1 worker, got {workers}")
    if scheduler is not None and not scheduler.startswith(("tcp://", "tls://")):
        raise ValueError(f"expected the address of a scheduler as tcp://HOST:PORT or tls://HOST:PORT, got {scheduler!r}")
    try:
        import distributed  # noqa: F401 - whether it is there, before anything starts
    except ImportError as error:
        raise ClusterError(f"work on a cluster needs Dask: pip install 'aewidgets[dask]' ({error})") from None
    return _spread(function, items, scheduler, workers, one_at_a_time)


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


def _spread(function, items, scheduler, workers, one_at_a_time) -> Iterator[Outcome]:
    with ExitStack() as stack:
        if scheduler is None:
            count = workers or core_count()
            count = max(1, min(count, len(items))) if isinstance(items, Sized) else count
            client, threads = _local(stack, count), max(1, core_count() // count)
        else:
            client, threads = _remote(stack, scheduler), 1  # a thread of Dask's is one of the machine's
        yield from _run(client, _Call(function, threads, one_at_a_time), items, stack)


def _local(stack: ExitStack, count: int) -> Client:
    """Processes of our own. A death is told at once (allowed_failures), for here we count ourselves."""
    import logging

    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=0,  # Dask would stop processes by its own measure, of half the machine for each of two
        silence_logs=logging.CRITICAL + 1,
        scheduler_kwargs={"allowed_failures": 0},
    )
    stack.callback(cluster.close, timeout=10)
    return stack.enter_context(Client(cluster, set_as_default=False))


def _remote(stack: ExitStack, address: str) -> Client:
    """A cluster of somebody's, whose workers have the aewidgets that is here."""
    import pydoc

    from distributed import Client

    import aewidgets

    try:
        client = stack.enter_context(Client(address, timeout=10, set_as_default=False))
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        said = str(error).partition("\n")[0]
        raise ClusterError(f"no Dask scheduler answers at {address}: {said}; start one with `dask scheduler`") from None
    try:
        client.wait_for_workers(1, timeout=30)
    except TimeoutError:
        raise ClusterError(f"{address} has no workers; start some with `dask worker {address} --nthreads 1`") from None
    # A function of Python's own, since one of ours could not even be asked where aewidgets is missing.
    versions = client.run(pydoc.locate, "aewidgets.__version__", on_error="return")
    for worker, version in versions.items():
        if isinstance(version, Exception) or version is None:
            said = f" ({version})" if version else ""
            raise ClusterError(f"the worker {worker} has no aewidgets{said}; install the same one there as here")
        if version != aewidgets.__version__:
            raise ClusterError(f"the worker {worker} has aewidgets {version}, here is {aewidgets.__version__}")
    return client


class _Call(NamedTuple):
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


class _Flight(NamedTuple):
    number: int
    item: Any
    future: Future


def _run(client: Client, call: _Call, items: Iterable, stack: ExitStack) -> Iterator[Outcome]:
    import dask
    from distributed import KilledWorker

    name, left = f"aewidgets-{uuid.uuid4().hex[:12]}", enumerate(items)
    done: SimpleQueue[Future] = SimpleQueue()
    flying: dict[str, _Flight] = {}
    deaths: Counter[int] = Counter()
    again: list[tuple[int, Any]] = []  # their worker died, perhaps by the fault of another item
    alone: list[tuple[int, Any]] = []  # that has happened too often: to be tried with nothing beside them
    tried_alone: set[int] = set()
    stack.callback(lambda: client.cancel([flight.future for flight in flying.values()], force=True) if flying else None)

    def start(number: int, item: Any) -> None:
        key = f"{name}-{number}-{deaths[number]}"
        future = client.submit(call, item, key=key, pure=False)
        flying[key] = _Flight(number, item, future)
        future.add_done_callback(done.put)

    def fill() -> None:
        """As many as there are threads: what waits in a dead worker's queue would be blamed for its death."""
        room = max(1, sum(client.nthreads().values())) - len(flying)
        while room > 0:
            following = again.pop() if again else next(left, None)
            if following is None:
                break
            start(*following)
            room -= 1
        if not flying and alone:
            tried_alone.add(alone[-1][0])
            start(*alone.pop())

    # Dask advises against more than 10 MB with a call; a picture is what we have to send.
    stack.enter_context(dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}))
    seen = time.monotonic()
    fill()
    while flying:
        try:
            future = done.get(timeout=1)
        except Empty:
            seen = _patient(client, seen)
            fill()  # a worker may have come
            continue
        seen = time.monotonic()
        number, item, _ = flying.pop(future.key)
        status = future.status
        error = future.exception() if status == "error" else None
        if status not in ("finished", "error"):
            raise ClusterError("the cluster is gone, and with it what it was working on; give the command again")
        if isinstance(error, KilledWorker):
            deaths[number] += error.allowed_failures + 1  # a scheduler of somebody's tells only after several
            if deaths[number] < DEATHS - 1:
                again.append((number, item))
            elif number not in tried_alone:
                alone.append((number, item))
            else:
                words = f"its process died {deaths[number]} times, perhaps for want of memory"
                yield Outcome(item, None, RuntimeError(words))
        elif error is not None:
            yield Outcome(item, None, error)
        else:
            yield Outcome(item, future.result(), None)
        del future, item  # the scheduler forgets a result that nobody holds
        fill()


def _patient(client: Client, seen: float) -> float:
    """The time at which there was a worker last; ClusterError where that is too long ago, or nobody answers."""
    if client.status not in ("running", "connecting"):
        raise ClusterError("the scheduler is gone; what was finished is kept, give the command again")
    try:
        count = len(client.nthreads())
    except (OSError, RuntimeError) as error:
        raise ClusterError(f"the scheduler does not answer any more: {error}") from None
    if count:
        return time.monotonic()
    if time.monotonic() - seen > _PATIENCE:
        raise ClusterError(f"the cluster has had no worker for {_PATIENCE:.0f} s; start some, and give the command again")
    return seen
