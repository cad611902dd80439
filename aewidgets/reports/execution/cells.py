"""Executes the cells of one notebook in one kernel, through papermill. Knows no stores and no pages.

papermill calls a notebook complete whose cell called `sys.exit(0)`, and fails one whose error was announced by
a tag; here the outputs decide. The time limit of a run is checked before each cell, and bounds each cell's own limit.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aewidgets.images.displays import REPORT_VARIABLE
from aewidgets.reports.execution.kernels import kernels_that_end
from aewidgets.reports.execution.limits import Limits
from aewidgets.reports.execution.live import LiveLog, following_engine
from aewidgets.reports.parameters.cell import injected
from aewidgets.reports.parameters.types import as_json_value
from aewidgets.reports.secrets import Secrets

__all__ = ["START", "Failure", "execute"]

_REST = 60.0  # seconds that a kernel may take to send the remaining outputs of a finished cell
#: Seconds that a kernel may take to start, if nothing else is asked for.
START = 60.0
_STOPPED = "KeyboardInterrupt", "stopped from outside"
_LONGEST_MESSAGE = 2000  # characters of an error that a record keeps; the notebook keeps all of them


@dataclass(frozen=True)
class Failure:
    """Place and reason at which a run stopped: index and id of the cell (None outside all cells), and the error."""

    cell: int | None
    cell_id: str | None
    name: str
    message: str


class _RunTimeoutError(Exception):
    """Raised when there is no time left for another cell."""


def execute(
    document,
    given: Mapping[str, Any],
    target: Path,
    limits: Limits | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    folder: Path | None = None,
    start_timeout: float = START,
    secrets: Secrets | None = None,
    live: LiveLog | None = None,
):
    """Run all cells of a notebook.

    Args:
        document: an nbformat notebook with Python cells, tags in each, and no outputs; it is not changed.
        given: checked parameters; they get a cell of their own after the parameters cell.
        target: file of the executed notebook, written after every cell, so that it survives this process.
        limits: time limits of cells and of the run.
        progress: called with (cells done, cells in all, first line of the next cell).
        folder: working directory of the kernel; None for the current one.
        start_timeout: seconds that the kernel may take to start.
        secrets: values for the kernel's environment, which the notebook that is written and returned does not hold.
        live: what shows the output of the cells while they run.

    Returns:
        Status ("completed", "cell failed", "timeout", "kernel died", "interrupted"), failure (None where
        completed), and the executed notebook. The kernel and the processes that its cells started have ended.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from nbformat import from_dict
    from papermill.engines import papermill_engines
    from papermill.iorw import write_ipynb

    from aewidgets.reports.execution.saving import hiding_engine

    limits, secrets = limits or Limits(), secrets or Secrets()
    document = injected(document, given)
    about = {"parameters": as_json_value(dict(given)), "environment_variables": {}, "version": None}
    document.metadata["papermill"] = from_dict(about)
    started: list[int] = []

    def starts(cell, cell_index: int) -> None:
        if limits.left <= 0:
            raise _RunTimeoutError
        started.append(cell_index)
        first = secrets.hidden(_first_line(cell))
        if live:
            live.cell(cell_index + 1, len(document.cells), first)
        if progress:
            progress(cell_index, len(document.cells), first)

    status, reason = "completed", ("Skipped", "the run ended before this cell")
    try:
        engine = papermill_engines.get_engine()
        engine = following_engine(live, engine) if live else engine
        engine = hiding_engine(secrets, target, engine) if secrets else engine
        with (
            _for_a_page(), _quiet(),
            kernels_that_end(secrets.kernel_environment if secrets else None) as kernels,
        ):  # fmt: skip
            engine.execute_notebook(
                document,
                document.metadata.get("kernelspec", {}).get("name") or "python3",
                output_path=None if secrets else str(target),  # the engine that hides them writes the file itself
                progress_bar=False,
                start_timeout=max(1, math.ceil(min(start_timeout, limits.left))),
                timeout_func=limits.of_a_cell,
                iopub_timeout=int(_REST),
                resources={"metadata": {"path": str(folder or "")}},
                on_cell_start=starts,
                kernel_manager_class=kernels.manager,
                # The kernel's own log does not help a reader; the extension makes widgets part of the page.
                extra_arguments=["--log-level=CRITICAL", "--ext=aewidgets.reports.pages.stills"],
            )
    except CellTimeoutError as error:
        if "IOPub" in str(error):  # nbclient's own limit, not one of the run's
            status, reason = "kernel died", ("DeadKernelError", f"Python stopped answering for {_REST:g} s")
        else:
            status, reason = "timeout", limits.reason()
    except _RunTimeoutError:
        status, reason = "timeout", limits.reason()
    except DeadKernelError:
        status, reason = "kernel died", ("DeadKernelError", "Python itself ended, often for want of memory")
    except KeyboardInterrupt:
        status, reason = "interrupted", _STOPPED
    except Exception as error:
        if started:  # a bug in this package or in a library: do not hide it
            raise
        status, reason = "kernel died", (type(error).__name__, f"Python did not start: {error}")
        if limits.left <= 0:
            status, reason = "timeout", limits.reason()
    if live:
        live.end()
    if status == "kernel died" and kernels.ended:
        status, reason = "interrupted", _STOPPED
    document = secrets.kept(document)
    failure = _raised(document)
    if status != "completed":
        failure = _at(document, started[-1] if started else None, *reason)
    elif failure is None:
        code = (i for i, c in enumerate(document.cells) if c.cell_type == "code" and c.source.strip())
        left = next((index for index in code if index not in started), None)
        failure = None if left is None else _at(document, left, *reason)
    if failure and status == "completed":
        status = "cell failed"
    write_ipynb(document, str(target))
    return status, failure, document


@contextmanager
def _for_a_page() -> Iterator[None]:
    """Set the variable by which kernels that start in this block know that they run for a page without a kernel."""
    before = os.environ.get(REPORT_VARIABLE)
    os.environ[REPORT_VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[REPORT_VARIABLE]
        else:
            os.environ[REPORT_VARIABLE] = before


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence papermill's log in this block: the failure that is returned says the same."""
    from papermill.log import logger

    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _raised(document) -> Failure | None:
    """Return the first error that its cell's tags do not announce, or None. A call of `sys.exit(0)` is an error."""
    for index, cell in enumerate(document.cells):
        if cell.cell_type == "code" and "raises-exception" not in cell.metadata.tags:
            for output in cell.outputs:
                if output.output_type == "error":
                    return _at(document, index, output.ename, output.evalue)
    return None


def _at(document, index: int | None, name: str, message: str) -> Failure:
    """Return the failure of the cell at an index, its texts cut to the lengths that a record keeps."""
    cell_id = None if index is None else document.cells[index].get("id")
    return Failure(index, cell_id, name[:100], message[:_LONGEST_MESSAGE])


def _first_line(cell) -> str:
    """Return the first line of a cell that is not empty, without `#`, at most 60 characters."""
    return next((line.strip("# ") for line in cell.source.splitlines() if line.strip()), "")[:60]
