"""Sending of items to workers, and collection of results, errors and worker deaths. Starts no cluster itself."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sized
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from aewidgets.system.spreading.clusters import ClusterError, ClusterLostError, local_client, patient, remote_client
from aewidgets.system.spreading.workers import Call, core_count

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["DEATHS", "ItemResult", "spread"]

T = TypeVar("T")
R = TypeVar("R")
#: Number of workers that may die while running one item before the item is given up.
DEATHS = 3


class ItemResult(NamedTuple, Generic[T, R]):
    """Result of one item, or the exception that it raised; the other one is None."""

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
) -> Generator[ItemResult[T, R], None, None]:
    """Call `function(item)` for every item in other processes, and yield each result as it comes.

    An exception stops its own item only. Items that were running when a worker died are run again on another worker; an
    item is given up when three workers died while running it, the last one with nothing else running beside it. Items
    are taken from their iterator only when a worker is free. Closing the iterator, as Ctrl-C does, cancels the rest.

    Args:
        function: importable by the workers; it and the items are pickled. It may call `wanted()` while it runs.
        items: arguments of the function.
        scheduler: the address of a Dask scheduler, tcp://HOST:PORT or tls://HOST:PORT. None starts worker processes
            on this machine, reachable from it alone, and ends them at the end; a script that calls this then needs
            `if __name__ == "__main__":`, like all that start processes.
        workers: number of processes on this machine; by default one per core, and not more than items.
        one_at_a_time: True if two items must not run in threads of one worker at the same time.

    Raises:
        ClusterError: where `distributed` is not installed, the cluster cannot be reached, or its workers have another
            aewidgets; `ClusterLostError` where it is lost during the work.
        ValueError: for a scheduler together with a number of workers, a number below 1, or a malformed address.
    """
    if scheduler is not None and workers is not None:
        raise ValueError("a scheduler has workers of its own: expected a scheduler or a number of workers, got both")
    if workers is not None and workers < 1:
        raise ValueError(f"expected at least 1 worker, got {workers}")
    if scheduler is not None and not scheduler.startswith(("tcp://", "tls://")):
        raise ValueError(f"expected a scheduler's address, tcp://HOST:PORT or tls://HOST:PORT, got {scheduler!r}")
    try:
        import distributed  # noqa: F401 - fails here, before anything starts
    except ImportError as error:
        raise ClusterError(f"work on a cluster needs Dask: pip install 'aewidgets[dask]' ({error})") from None
    return _spread(function, items, scheduler, workers, one_at_a_time)


def _spread(function, items, scheduler, workers, one_at_a_time) -> Generator[ItemResult, None, None]:
    """Start or reach the cluster, run the items, and end the cluster."""
    with ExitStack() as stack:
        if scheduler is None:
            count = workers or core_count()
            count = max(1, min(count, len(items))) if isinstance(items, Sized) else count
            client, threads = local_client(stack, count), max(1, core_count() // count)
        else:
            client, threads = remote_client(stack, scheduler), 1  # one thread of Dask stands for one core
        yield from _run(client, Call(function, threads, one_at_a_time), items, stack)


class _Flight(NamedTuple):
    """An item that is running, and the future of its result."""
    number: int
    item: Any
    future: Future


def _run(client: Client, call: Call, items: Iterable, stack: ExitStack) -> Generator[ItemResult, None, None]:
    """Run the items on the client's cluster, and yield their results."""
    import dask
    from distributed import KilledWorker

    name, left = f"aewidgets-{uuid.uuid4().hex[:12]}", enumerate(items)
    done: SimpleQueue[Future] = SimpleQueue()
    flying: dict[str, _Flight] = {}
    deaths: Counter[int] = Counter()
    again: list[tuple[int, Any]] = []  # their worker died, perhaps because of another item
    alone: list[tuple[int, Any]] = []  # their workers died too often: to be run with nothing beside them
    tried_alone: set[int] = set()
    stack.callback(lambda: client.cancel([flight.future for flight in flying.values()], force=True) if flying else None)

    def start(number: int, item: Any) -> None:
        """Submit an item to the cluster."""
        key = f"{name}-{number}-{deaths[number]}"
        future: Future = client.submit(cast("Callable[..., Any]", call), item, key=key, pure=False)
        flying[key] = _Flight(number, item, future)
        future.add_done_callback(done.put)

    def fill() -> None:
        """Start as many items as there are threads: items waiting in a worker's queue would be blamed for its death."""
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

    # Dask warns of calls with more than 10 MB of arguments, which pictures often are.
    stack.enter_context(dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}))
    seen = time.monotonic()
    fill()
    while flying:
        try:
            future = done.get(timeout=1)
        except Empty:
            seen = patient(client, seen)
            fill()  # a worker may have started
            continue
        seen = time.monotonic()
        number, item, _ = flying.pop(str(future.key))
        status = future.status
        error = future.exception() if status == "error" else None
        if status not in ("finished", "error"):
            raise ClusterLostError("the cluster is gone, and with it the running items; give the command again")
        if isinstance(error, KilledWorker):
            deaths[number] += error.allowed_failures + 1  # other schedulers report only after several deaths
            if deaths[number] < DEATHS - 1:
                again.append((number, item))
            elif number not in tried_alone:
                alone.append((number, item))
            else:
                words = f"its process died {deaths[number]} times, perhaps for lack of memory"
                yield ItemResult(item, None, RuntimeError(words))
        elif error is not None:
            yield ItemResult(item, None, error)
        else:
            yield ItemResult(item, future.result(), None)
        del future, item  # the scheduler keeps a result as long as somebody holds its future
        fill()
