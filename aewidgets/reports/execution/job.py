"""Runs one notebook that was checked: attempts, judges, draws the page, publishes all of it in the store.

`aewidgets.reports.execution.runner` makes the job; cells are executed in cells.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aewidgets.reports.execution.cells import START, Failure, execute
from aewidgets.reports.execution.dates import Dates, local_start
from aewidgets.reports.execution.judging import Judge
from aewidgets.reports.execution.limits import Limits
from aewidgets.reports.execution.live import LiveLog
from aewidgets.reports.execution.records import Attempts, all_parameters, as_json, record_of, time_now
from aewidgets.reports.execution.report import EXIT_CODES, FINISHED, Report
from aewidgets.reports.execution.retries import pause, retried
from aewidgets.reports.execution.sources import Source
from aewidgets.reports.pages.losses import Losses
from aewidgets.reports.pages.printing import PAPERS, printed
from aewidgets.reports.pages.report import page_of, title_of
from aewidgets.reports.parameters.markdown import filled
from aewidgets.reports.requirements.drift import Baseline
from aewidgets.reports.requirements.figures import Figure
from aewidgets.reports.runs.head import Head, head_of
from aewidgets.reports.runs.run import DID_NOT_END
from aewidgets.reports.secrets import Secrets
from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.pending import pending_folder, point_latest
from aewidgets.reports.stores.store import RECORD, Store

__all__ = ["Job", "run_job"]


@dataclass(frozen=True)
class Job:
    """A run that is about to start.

    Attributes:
        source: the notebook.
        given: checked values of its parameters.
        name: name of the run's folder, if the run finishes.
        exclusive: whether the run must get exactly this name.
        retries: how many further attempts are allowed.
        latest: name of the pointer to its newest completed run.
        notes: what a reader should know about the run, in words.
        secrets: values for the kernel's environment, which no file of the run may hold.
        dates: the relative dates among its parameters; None if there are none.
        folder: working directory of the notebook.
        start_timeout: seconds that the kernel may take to start.
        timezone: time zone in which the page says when it ran; None for that of this machine.
        head: whether the page begins with a head.
        good: the last good run, with which the head compares figures; None if there is none.
        good_page: link to its page, from a run's own folder; empty if there is none.
        pictures: folders in which the page looks for the pictures that Markdown names.
        live: what shows the output of its cells while they run.
        browser: the browser that prints its page; None for no PDF.
        paper: size of the paper.
    """

    source: Source
    given: Mapping[str, Any]
    name: str
    exclusive: bool
    retries: int
    latest: str
    notes: tuple[str, ...]
    secrets: Secrets
    dates: Dates | None = None
    folder: Path | None = None
    start_timeout: float = START
    timezone: str | None = None
    head: bool = True
    good: Baseline | None = None
    good_page: str = ""
    pictures: tuple[Path, ...] = ()
    live: LiveLog | None = None
    browser: Path | None = None
    paper: str = PAPERS[0]


def run_job(
    job: Job,
    store: Store,
    limits: Limits,
    judge: Judge,
    progress: Callable[[int, int, str], None] | None,
) -> tuple[Report, dict[str, Any], str, tuple[Figure, ...]]:
    """Execute a job, judge its figures, draw its page, and publish all of it in the store.

    Returns:
        The report, its run.json, the title of the notebook, and its figures in the order in which they matter.
    """
    source, attempts = job.source, Attempts()
    document = filled(source.document, all_parameters(source, job.given))
    started, clock = time_now(), time.monotonic()
    with pending_folder(store, job.name, as_json(_record_if_killed(job, started))) as folder:
        status, failure, executed = _attempt(job, document, folder / f"{source.stem}.ipynb", limits, progress, attempts)
        seconds = time.monotonic() - clock
        judged = judge(executed)
        metrics, outcomes, left_out = judged.metrics, judged.outcomes, judged.left_out
        missed = "; ".join(f"{o.text}: {o.reason}" for o in outcomes if o.met is False)
        if status == "completed" and missed:
            status, failure = "threshold missed", Failure(None, None, "ThresholdMissed", missed)
        record = record_of(
            source, job.given, status=status, exit_code=EXIT_CODES[status], failure=failure, started=started,
            seconds=seconds, attempts=attempts, outcomes=outcomes, left_out=left_out, better=judged.better,
            notes=job.notes, dates=job.dates, local=local_start(started, job.timezone), headline=judged.headline,
            better_said=judged.better_said, last_good=job.good.name if job.good else None,
        )  # fmt: skip
        (folder / "metrics.json").write_bytes(as_json(metrics))
        page = folder / f"{source.stem}.html"
        head = Head(judged.figures, job.good, job.good_page)
        top = head_of(head, executed, record, metrics) if job.head else ""
        losses = Losses()
        page.write_bytes(page_of(executed, record, losses, job.pictures, top).encode("utf-8", "replace"))
        record["not_shown"] = [loss._asdict() for loss in losses.told()]
        notes = job.notes
        if job.browser:
            record["pdf"], said = printed(page, job.browser if status != "interrupted" else None, job.paper)
            notes = (*notes, *said)
            record["notes"] = list(notes)
        name = _publish(job, store, folder, record, attempts)
    if status == "completed":
        retried(lambda: point_latest(store, job.latest, name), job.retries)
    final = store.root / name if isinstance(store, LocalStore) else None
    report = Report(
        name, f"{store.url}/{name}", f"{store.url}/{name}/{page.name}", final, final and final / page.name,
        status, failure, metrics, outcomes, seconds, left_out, notes,
        not_shown=losses.told(),
    )  # fmt: skip
    return report, record, title_of(executed, source.stem), judged.figures


def _record_if_killed(job: Job, started: str) -> dict[str, Any]:
    """Return the record of a run of which nothing more is heard."""
    what = "its process was killed (kill -9, want of memory, loss of power), or its files could not be written"
    record = record_of(
        job.source, job.given, status=DID_NOT_END, exit_code=EXIT_CODES[DID_NOT_END],
        failure=Failure(None, None, "DidNotEnd", what), started=started, seconds=0.0, attempts=Attempts(),
        notes=job.notes, dates=job.dates, local=local_start(started, job.timezone),
    )  # fmt: skip
    return record | {"finished": None, "seconds": None}


def _attempt(
    job: Job,
    document: Any,
    target: Path,
    limits: Limits,
    progress: Callable[[int, int, str], None] | None,
    attempts: Attempts,
):
    """Execute the document of a notebook, again each time its kernel dies, while attempts and time are left.

    Returns:
        Status, failure and executed notebook of the last attempt, as `execute` returns them.
    """
    while True:
        started, clock = time_now(), time.monotonic()
        ended = execute(document, job.given, target, limits, progress, job.folder, job.start_timeout, job.secrets,
                        job.live)  # fmt: skip
        status, failure, executed = ended
        attempts.add(status, started, time.monotonic() - clock, failure)
        if status != "kernel died" or len(attempts.rows) > job.retries or limits.left <= 0:
            return ended
        try:
            pause(len(attempts.rows), limits.left)
        except KeyboardInterrupt:
            stopped = Failure(None, None, "KeyboardInterrupt", "stopped from outside, between two attempts")
            return "interrupted", stopped, executed


def _publish(job: Job, store: Store, folder: Path, record: dict[str, Any], attempts: Attempts) -> str:
    """Put a finished folder into the store, write its name into its run.json, and return that name."""
    started, clock = time_now(), time.monotonic()

    def named(name: str) -> None:
        (folder / RECORD).write_bytes(as_json(record | {"id": name}))

    def failed(error: OSError) -> None:
        what = Failure(None, None, type(error).__name__, str(error)[:500])
        attempts.add("storage failed", started, time.monotonic() - clock, what)

    finished = record["status"] in FINISHED
    name = job.name if finished else f"{job.name}-failed"
    named(name)
    return retried(lambda: store.put_run(folder, name, finished and job.exclusive, named), job.retries, failed)
