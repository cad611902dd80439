"""The steps of one run: alone where that is asked, executed and tried again, published, indexed. Judges nothing."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aewidgets.reports.execution.cells import Failure, execute
from aewidgets.reports.execution.limits import Limits
from aewidgets.reports.execution.records import Attempts, as_json, time_now
from aewidgets.reports.execution.retries import pause, retried
from aewidgets.reports.execution.sources import Source
from aewidgets.reports.runs.index import update_index
from aewidgets.reports.stores.store import RECORD, LockedError, Store

__all__ = ["WHOLE", "Job", "alone", "attempted", "indexed", "published"]

#: Runs that reached their end; folders of the others are called `-failed`.
WHOLE = ("completed", "threshold missed")


@dataclass(frozen=True)
class Job:
    """A run that may start: what, with which values, under which name, and how often it is tried again."""

    source: Source
    given: Mapping[str, Any]
    name: str
    exclusive: bool
    retries: int


def attempted(
    job: Job,
    target: Path,
    limits: Limits,
    progress: Callable[[int, int, str], None] | None,
    attempts: Attempts,
):
    """Execute, and again after a death of Python's, while tries and time are left."""
    while True:
        started, clock = time_now(), time.monotonic()
        ended = execute(copy.deepcopy(job.source.document), job.given, target, limits, progress)
        status, failure, executed = ended
        attempts.add(status, started, time.monotonic() - clock, failure)
        if status != "kernel died" or len(attempts.rows) > job.retries or limits.left <= 0:
            return ended
        try:
            pause(len(attempts.rows), limits.left)
        except KeyboardInterrupt:
            stopped = Failure(None, None, "KeyboardInterrupt", "stopped from outside, between two attempts")
            return "interrupted", stopped, executed


def published(job: Job, store: Store, folder: Path, record: dict[str, Any], attempts: Attempts) -> str:
    """Put the folder into the store, its name in its run.json; the name."""
    started, clock = time_now(), time.monotonic()

    def named(name: str) -> None:
        (folder / RECORD).write_bytes(as_json(record | {"id": name}))

    def failed(error: OSError) -> None:
        what = Failure(None, None, type(error).__name__, str(error)[:500])
        attempts.add("storage failed", started, time.monotonic() - clock, what)

    whole = record["status"] in WHOLE
    name = job.name if whole else f"{job.name}-failed"
    named(name)
    return retried(lambda: store.put_run(folder, name, whole and job.exclusive, named), job.retries, failed)


def indexed(store: Store, name: str, retries: int) -> None:
    """Bring the store's index up to date; the run itself is whole by now, so a failure is only told."""
    try:
        retried(lambda: update_index(store), retries)
    except OSError as error:
        said = f"{store.url}/{name} is whole, but the index is not up to date ({error}): aewidgets runs rebuild"
        warnings.warn(said, RuntimeWarning, stacklevel=2)


@contextmanager
def alone(store: Store, source: Source, wait: float | None) -> Iterator[None]:
    """The lock of a notebook in a store; LockedError in words a reader of the command line can use."""
    # The body is not inside the `try`: a LockedError of its own would be told as this one.
    lock = store.lock(f"report-{source.stem}", wait)
    try:
        lock.__enter__()
    except LockedError as error:
        said = f"another report of {source.name} into {store.url} is running; --lock-wait SECONDS waits for it"
        raise LockedError(said) from error
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
