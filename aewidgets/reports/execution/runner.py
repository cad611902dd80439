"""One headless run of a notebook into a folder of its own. Runs no cell and draws no page itself.

papermill takes unknown parameters with a warning and gives one exit code to all failures: here the first are
refused, and the others told apart.
"""

from __future__ import annotations

import copy
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aewidgets.reports.execution.cells import Failure, execute
from aewidgets.reports.execution.limits import Limits
from aewidgets.reports.execution.records import Attempts, all_parameters, as_json, record_of, time_now
from aewidgets.reports.execution.retries import pause, retried
from aewidgets.reports.execution.sources import NotebookError, Source, load_notebook
from aewidgets.reports.parameters.cell import checked, parameters_sha256
from aewidgets.reports.recording import collect
from aewidgets.reports.requirements.drift import NoWorse, find_baseline
from aewidgets.reports.requirements.thresholds import Outcome, Requirement, outcomes_of
from aewidgets.reports.runs.index import update_index
from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.stores.pending import pending_folder, point_latest
from aewidgets.reports.stores.store import RECORD, LockedError, PlaceError, Store, checked_name
from aewidgets.system.interrupts import terminate_as_interrupt

__all__ = [
    "EXIT_CODES",
    "WHOLE",
    "Failure",
    "Job",
    "NotebookError",
    "Report",
    "alone",
    "attempted",
    "indexed",
    "published",
    "run_report",
]

#: Runs that reached their end; folders of the others are called `-failed`.
WHOLE = ("completed", "threshold missed")

#: How a run can end, and what the command line exits with. 2 (usage) and 5 (files) end before there is a run, or
#: after it, where it could not be written.
EXIT_CODES = {"completed": 0, "cell failed": 1, "timeout": 3, "kernel died": 4, "threshold missed": 6,
              "interrupted": 130}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """A run that took place.

    Attributes:
        name: of its folder.
        url: of its folder, which holds the executed notebook, the page, metrics.json and run.json.
        page_url: of the HTML file.
        folder: the folder as a path; None on object stores, as is `page`.
        page: the HTML file as a path.
        status: a key of `EXIT_CODES`.
        failure: None for a completed run.
        metrics: what the notebook recorded.
        requirements: what became of each.
        seconds: that it took.
    """

    name: str
    url: str
    page_url: str
    folder: Path | None
    page: Path | None
    status: str
    failure: Failure | None
    metrics: Mapping[str, Any]
    requirements: tuple[Outcome, ...]
    seconds: float

    @property
    def exit_code(self) -> int:
        """What the command line exits with."""
        return EXIT_CODES[self.status]


def run_report(
    notebook: str | os.PathLike[str],
    parameters: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] = "reports",
    *,
    name: str | None = None,
    requirements: Sequence[str | Requirement] = (),
    no_worse: NoWorse | None = None,
    cell_timeout: float | None = None,
    run_timeout: float | None = None,
    retries: int = 0,
    lock: bool = False,
    lock_wait: float | None = 0.0,
    index: bool = True,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Run a notebook and keep what came of it, also where it failed.

    The notebook runs in the current folder, so that paths among the parameters mean what they say. Its file is
    only read. All that is written goes to `<out>/<notebook>-<UTC time>`, which appears when everything in
    it is there; its name ends in `-failed` if the notebook did. `<out>/<notebook>-latest` leads to the newest
    completed run, and not to one that missed a threshold. `<out>/index.html` and index.jsonl list all runs.

    Args:
        notebook: an .ipynb file with Python cells, by path or fsspec URL (`s3://bucket/04.ipynb`).
        parameters: values for its parameters cell; text is read as the type that is there.
        out: folder of all runs, or an fsspec URL; made if it is not there.
        name: of the run's folder, which must be free then. Runs that do not complete get `name-failed`.
        requirements: such as `psnr_db >= 30`, of what the notebook records. One that is not met makes the run's
            status "threshold missed"; nothing of it is lost.
        no_worse: the same, against an earlier run.
        cell_timeout: seconds that one cell may take; no limit if None.
        run_timeout: seconds that the run may take, all attempts included; no limit if None.
        retries: how often Python's death, a kernel that does not start, and errors of the store are met by another
            try, after 1, 2, 4 ... 30 seconds. What the notebook itself does wrong is never tried again.
        lock: whether another run of this notebook into the same local folder, also with `lock`, is waited for.
        lock_wait: seconds to wait for it; None for as long as it takes.
        index: whether index.html and index.jsonl are brought up to date; `update_index` does it for many runs at once.
        progress: called with (cells done, cells in all, what is next).

    Raises:
        ParameterError: (like the next) before anything runs or is written, if the notebook does not take the
            parameters.
        RequirementError: for what is no requirement.
        PlaceError: for `out` of an unknown kind, a `name` that is a path, or a lock where there are none.
        FileExistsError: if a run called `name` is there.
        LockedError: if the other run takes longer than `lock_wait`.
        NotebookError: if the file is no notebook, or its kernel is not installed.
        OSError: where reading or writing fails. A note of the error says where the run was kept.
    """
    wanted = [Requirement.of(text) if isinstance(text, str) else text for text in requirements]
    store = open_store(out)
    if name is not None:
        checked_name(name, path=False)
    if lock and not store.is_local:
        raise PlaceError(f"{store.url} has no locks, object stores have none; keep runs apart by their schedule")
    with terminate_as_interrupt():
        source = retried(lambda: load_notebook(notebook), retries)
        given = checked(source.parameters, parameters or {})
        sha256 = parameters_sha256(all_parameters(source, given))
        with alone(store, source, lock_wait) if lock else nullcontext():
            if name is not None and retried(lambda: store.exists(f"{name}/{RECORD}"), retries):
                raise FileExistsError(f"{store.url} holds a run called {name} already; nothing was started")
            if not store.is_local:  # an hour later would be late to hear that it cannot be reached
                retried(lambda: store.exists(f"{source.stem}-latest.txt"), retries)
            baseline = None
            if no_worse:
                baseline = retried(lambda: find_baseline(store, no_worse.than, source.name, sha256), retries)
            started = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            job = Job(source, given, name or f"{source.stem}-{started}", name is not None, retries)
            limits = Limits(cell_timeout, run_timeout)

            def judged(metrics: Mapping[str, Any]) -> tuple[Outcome, ...]:
                compared = no_worse.outcomes(baseline, metrics) if no_worse else ()
                return (*outcomes_of(wanted, metrics), *compared)

            report = _reported(job, store, limits, judged, progress)
            if index:
                indexed(store, report.name, retries)
            return report


def _reported(
    job: Job,
    store: Store,
    limits: Limits,
    judged: Callable[[Mapping[str, Any]], tuple[Outcome, ...]],
    progress: Callable[[int, int, str], None] | None,
) -> Report:
    """Run, judge, draw, publish."""
    source, attempts = job.source, Attempts()
    started, clock = time_now(), time.monotonic()
    with pending_folder(store, job.name) as folder:
        status, failure, executed = attempted(job, folder / f"{source.stem}.ipynb", limits, progress, attempts)
        seconds = time.monotonic() - clock
        metrics = collect(executed)
        outcomes = judged(metrics)
        missed = "; ".join(f"{o.text}: {o.reason}" for o in outcomes if o.met is False)
        if status == "completed" and missed:
            status, failure = "threshold missed", Failure(None, None, "ThresholdMissed", missed)
        record = record_of(
            source, job.given, status=status, exit_code=EXIT_CODES[status], failure=failure, started=started,
            seconds=seconds, attempts=attempts, outcomes=outcomes,
        )  # fmt: skip
        (folder / "metrics.json").write_bytes(as_json(metrics))
        from aewidgets.reports.pages.report import page_of

        page = folder / f"{source.stem}.html"
        page.write_bytes(page_of(executed, record).encode("utf-8", "replace"))
        name = published(job, store, folder, record, attempts)
    if status == "completed":
        retried(lambda: point_latest(store, f"{source.stem}-latest", name), job.retries)
    final = store.root / name if isinstance(store, LocalStore) else None
    return Report(
        name, f"{store.url}/{name}", f"{store.url}/{name}/{page.name}", final, final and final / page.name,
        status, failure, metrics, outcomes, seconds,
    )  # fmt: skip


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
