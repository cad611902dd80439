"""Runs a notebook headless into a folder of its own: checks what is asked for, runs the job, tells and indexes it.

papermill accepts unknown parameters with a warning and exits with one code for every failure. Here unknown
parameters are refused, and every kind of failure has its own exit code. The run itself is in job.py.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aewidgets.reports.execution.cells import START
from aewidgets.reports.execution.dates import dated
from aewidgets.reports.execution.folders import NOTEBOOK, elsewhere, working_folder
from aewidgets.reports.execution.job import Job, run_job
from aewidgets.reports.execution.judging import Judge
from aewidgets.reports.execution.limits import Limits
from aewidgets.reports.execution.live import LiveLog
from aewidgets.reports.execution.records import (
    all_parameters,
    series_sha256,
)
from aewidgets.reports.execution.report import EXIT_CODES, FINISHED, Report
from aewidgets.reports.execution.retries import retried
from aewidgets.reports.execution.sources import Source, load_notebook
from aewidgets.reports.execution.teller import Teller
from aewidgets.reports.notices.notice import Notices
from aewidgets.reports.pages.printing import PAPERS, find_browser
from aewidgets.reports.parameters.cell import checked
from aewidgets.reports.requirements.drift import Baseline, NoWorse, find_baseline, same_notebook
from aewidgets.reports.requirements.thresholds import Requirement
from aewidgets.reports.runs.finding import find_last_good
from aewidgets.reports.runs.index import update_index
from aewidgets.reports.secrets import SecretError, Secrets
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.stores.pending import latest_target
from aewidgets.reports.stores.store import RECORD, PlaceError, Store, checked_name
from aewidgets.system.interrupts import terminate_as_interrupt
from aewidgets.system.locks import LockedError

__all__ = ["EXIT_CODES", "FINISHED", "Report", "run_report"]

_RECORD_BYTES = 20_000_000  # bytes of the largest run.json that is read


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
    place: str | None = None,
    timezone: str | None = None,
    cwd: str | os.PathLike[str] = NOTEBOOK,
    kernel: str | None = None,
    start_timeout: float = START,
    progress: Callable[[int, int, str], None] | None = None,
    log_output: Callable[[str], None] | None = None,
    secrets: Sequence[str] = (),
    notices: Notices | None = None,
    head: bool = True,
    pdf: bool = False,
    paper: str = PAPERS[0],
) -> Report:
    """Run a notebook and keep its results, also if it fails.

    The notebook runs in the folder of its file, so relative paths among the parameters start there; `cwd` names
    another one. Its file is only read. All results go to `<out>/<notebook>-<UTC time>`, a folder that appears once it
    is complete; its name ends in `-failed` if the notebook did not reach its end. `<out>/<notebook>-latest` points to
    the newest completed run, never to one that missed a threshold; a second notebook of the same file name gets a
    pointer of its own.
    `<out>/index.html` and `<out>/index.jsonl` list all runs.

    Args:
        notebook: an .ipynb file with Python cells, by path or fsspec URL (`s3://bucket/04.ipynb`); a script or Markdown
            (.py, .md, .Rmd, .qmd) is read by Jupytext, if that is installed. What is kept is an .ipynb file.
        parameters: values for its parameters cell; text is read as the type of the parameter, and `{today-7d}` or
            `{monday}` in it is the date on the day of the run, see `aewidgets.reports.parameters.dates.expanded`.
        out: folder of all runs, or an fsspec URL; created if it does not exist.
        name: name of the run's folder, which must be free. Runs that do not finish are called `name-failed`.
        requirements: conditions on the recorded figures, such as `psnr_db >= 30`. If one is not met, the run's status
            is "threshold missed"; its results are kept like any other.
        no_worse: further conditions: the figures of an earlier run.
        cell_timeout: seconds that one cell may take; None for no limit.
        run_timeout: seconds that the run may take, all attempts included; None for no limit.
        retries: how many further attempts follow the death of a kernel, a kernel that does not start, or an error of
            the store, after pauses of 1, 2, 4 ... 30 seconds. A cell that fails is never run again.
        lock: whether to wait for another run of this notebook into the same local folder that also uses `lock`.
        lock_wait: seconds to wait for it; None waits as long as it takes.
        index: whether index.html and index.jsonl are updated; `update_index` can do it once for many runs. The head of
            the page compares nothing then, unless `no_worse` does.
        place: `Source.place` of the notebook, if this file is a copy of it.
        timezone: time zone of relative dates and of the head of the page, such as Europe/Berlin; None for that of this
            machine.
        cwd: folder in which the notebook runs, or `notebook` for that of its file, see `folders.working_folder`.
        kernel: name of an installed kernel of Python; None for the one that the notebook names.
        start_timeout: seconds that a kernel may take to start.
        progress: called with (cells done, cells in all, first line of the next cell).
        log_output: called with each line that a cell prints, while it runs: tracebacks too, the kind of a figure, and
            now and then the state of a progress bar. Lines hold no secret and nothing that controls a terminal.
        secrets: variables for the kernel's environment, from variables of this one: `TOKEN=env:CI_TOKEN`. In the files
            of the run, and in what is printed, *** stands in the place of their values.
        notices: who is told how the run went. A notice that cannot be sent changes nothing but `Report.told` and
            run.json. Errors that are raised before there is a run are told as failures, except those of secrets and
            notices themselves.
        head: whether the page begins with what a reader asks first: when the notebook ran, how it ended, and its
            figures against their thresholds and the last good run.
        pdf: whether the page is also printed as a PDF, by a browser of this machine. If that fails, a note says so.
        paper: its paper: "a4" or "letter".

    Returns:
        The report, whatever the status of the run.

    Raises:
        SecretError: if a variable is not set, or its value is too short to be hidden, or stands among what run.json
            holds. It is raised before anything runs or is written, as are the next eight.
        NoticeError: if a notice cannot be sent as it is described.
        PrintingError: for a PDF without a browser, or for an unknown paper.
        ParameterError: if the notebook does not take the parameters.
        RequirementError: for text that is not a requirement.
        PlaceError: for `out` of an unknown kind, a `cwd` that is no folder, a `name` that is a path, or a lock on an
            object store.
        FileExistsError: if a run called `name` exists.
        LockedError: if the other run takes longer than `lock_wait`.
        NotebookError: if the file is not a notebook, or the kernel is not installed.
        OSError: if reading or writing fails. A note of the error says where the run was kept.
    """
    teller = Teller(notices, secrets)
    hidden = teller.secrets
    _refuse_kept(hidden, {
        "--require": [str(getattr(one, "text", one)) for one in requirements], "--name": name, "--out": os.fspath(out),
        "NOTEBOOK": os.fspath(notebook), "parameters": parameters,
    })  # fmt: skip
    with terminate_as_interrupt(), teller.errors(notebook):
        wanted = [Requirement.of(text) if isinstance(text, str) else text for text in requirements]
        store, folder = open_store(out), working_folder(notebook, cwd)
        browser = find_browser(paper) if pdf else None
        if name is not None:
            checked_name(name, path=False)
        if lock and not store.is_local:
            raise PlaceError(
                f"expected a local folder for a lock, got {store.url}; object stores have none, "
                "keep runs apart by their schedule"
            )
        source = retried(lambda: load_notebook(notebook, place, kernel), retries)
        values, dates = dated(parameters or {}, timezone)
        given = checked(source.parameters, values)
        _refuse_kept(hidden, {
            "parameters": [all_parameters(source, given), *(str(p.computed) for p in source.parameters)],
        })  # fmt: skip
        sha256 = series_sha256(source, given, dates.written if dates else {})

        def baseline_of(than: str) -> Baseline | None:
            place, data = source.place, source.sha256
            return retried(lambda: find_baseline(store, than, source.name, sha256, place, data), retries)

        with _report_lock(store, source, lock_wait) if lock else nullcontext():
            if name is not None and retried(lambda: store.exists(f"{name}/{RECORD}"), retries):
                raise FileExistsError(f"{store.url} holds a run called {name} already; nothing was started")
            if not store.is_local:  # find out before the notebook runs that the store cannot be reached
                retried(lambda: store.exists(f"{source.stem}-latest.txt"), retries)
            baseline = baseline_of(no_worse.than) if no_worse else None
            good = baseline if no_worse and no_worse.than == "latest" else None
            if not good and (teller or (head and index)):
                good = find_last_good(store, source.name, sha256, source.place, source.sha256)
            if good:
                good = replace(good, metrics=hidden.redacted(good.metrics))  # it may be older than the secret
            latest, other = retried(lambda: _pointer(store, source), retries)
            notes = (*source.notes, *_changed(source, baseline), *other, *elsewhere(given, folder))
            started = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            own = name or f"{source.stem}-{started}"
            live = LiveLog(log_output, hidden) if log_output else None
            job = Job(source, given, own, name is not None, retries, latest, notes, hidden, dates, folder,
                      start_timeout, timezone, head, good, _page_link(store, good, source),
                      _beside(notebook, folder), live, browser, paper)  # fmt: skip
            limits = Limits(cell_timeout, run_timeout)

            judge = Judge(wanted, no_worse, baseline, good)
            report, record, title, figures = run_job(job, store, limits, judge, progress)
        report = replace(report, told=teller.tell(store, report, record, title, figures))
        if index:
            _index(store, report.name, retries)
        return report


def _refuse_kept(secrets: Secrets, texts: Mapping[str, Any]) -> None:
    """Raise SecretError if a secret stands among what the files of a run hold by their nature."""
    for what, value in texts.items():
        if secrets.inside(value):
            raise SecretError(
                f"{what}: expected no secret there, because run.json and the page show it, and found the value of one; "
                "a notebook reads it from os.environ"
            )


def _beside(notebook: str | os.PathLike[str], folder: Path) -> tuple[Path, ...]:
    """Return the folders of a notebook's pictures: its own, unless it comes from a URL, and that in which it runs."""
    own = () if "://" in os.fspath(notebook) else (working_folder(notebook),)
    return (*own, folder)


def _changed(source: Source, baseline: Baseline | None) -> Iterator[str]:
    """Yield a note if the notebook is not the one that made the baseline."""
    if baseline and baseline.notebook_sha256 and baseline.notebook_sha256 != source.sha256:
        was, now = baseline.notebook_sha256[:12], source.sha256[:12]
        yield f"the notebook has changed since {baseline.name}, with which it is compared: SHA-256 was {was}, is {now}"


def _page_link(store: Store, good: Baseline | None, source: Source) -> str:
    """Return the link from a run's folder to the page of an earlier run; empty if there is no such page."""
    if good is not None:
        with suppress(OSError, ValueError):
            if store.exists(f"{good.name}/{source.stem}.html"):
                return f"../{quote(good.name)}/{quote(source.stem)}.html"
    return ""


def _pointer(store: Store, source: Source) -> tuple[str, tuple[str, ...]]:
    """Return the name of the pointer to a notebook's newest run, and a note if another notebook has the usual one."""
    usual, own = f"{source.stem}-latest", f"{source.stem}-{source.place[:6]}-latest"
    target = latest_target(store, usual)
    if target is None:
        return usual, ()
    try:
        record = json.loads(store.read(f"{target}/{RECORD}", _RECORD_BYTES))
    except (FileNotFoundError, ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or same_notebook(record, source.place, source.sha256):
        return usual, ()
    where = f"in {store.url} {usual} points to runs of another notebook called {record.get('notebook')}"
    return own, (f"{where}; the newest run of this one is {own}",)


def _index(store: Store, name: str, retries: int) -> None:
    """Update the store's index. The run is published by now, so a failure is only a warning."""
    try:
        retried(lambda: update_index(store), retries)
    except OSError as error:
        message = f"{store.url}/{name} is whole, but the index is not up to date ({error}): aewidgets runs rebuild"
        warnings.warn(message, RuntimeWarning, stacklevel=2)


@contextmanager
def _report_lock(store: Store, source: Source, wait: float | None) -> Iterator[None]:
    """Hold the lock of a notebook in a store; a LockedError names the option of the command line that helps."""
    # The block is not inside this `try`: a LockedError that it raises must not be reworded.
    lock = store.lock(f"report-{source.stem}", wait)
    try:
        lock.__enter__()
    except LockedError as error:
        message = f"another report of {source.name} into {store.url} is running; --lock-wait SECONDS waits for it"
        raise LockedError(message) from error
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
