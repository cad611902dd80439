"""The cells of one notebook in one kernel, through papermill, and how that ended. Knows no folders, no pages.

papermill calls a notebook complete whose cell called `sys.exit(0)`, and fails one whose error was announced by
a tag: here the outputs decide. The limit of a run is kept between cells, and within one by what is left.
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

__all__ = ["Failure", "execute"]

_START = 60.0  # seconds that a kernel may take to answer at all, and to send what a cell that ended has shown
_STOPPED = "KeyboardInterrupt", "stopped from outside"
_LONGEST_MESSAGE = 2000  # characters of an error that a record keeps; the notebook has all of them


@dataclass(frozen=True)
class Failure:
    """Where and why a run stopped: index and id of the cell (None outside all cells), and the reason."""

    cell: int | None
    cell_id: str | None
    name: str
    message: str


class _RunTimeoutError(Exception):
    """There is no time left for another cell."""


def execute(
    document,
    given: Mapping[str, Any],
    target: Path,
    limits: Limits | None = None,
    progress: Callable[[int, int, str], None] | None = None,
):
    """Run all cells.

    Args:
        document: an nbformat notebook with Python cells; its outputs are replaced.
        given: parameters, already checked, for a cell of their own after the parameters cell.
        target: where the executed notebook is written, after every cell, so that it outlives this process.
        limits: of time.
        progress: called with (cells done, cells in all, what is next).

    Returns:
        Status ("completed", "cell failed", "timeout", "kernel died", "interrupted"), failure (None where
        completed), and the executed notebook. The kernel is gone, and what its cells started with it.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.iorw import write_ipynb
    from papermill.parameterize import parameterize_notebook

    limits = limits or Limits()
    for cell in document.cells:
        cell.metadata.setdefault("tags", [])  # papermill looks for it
        if cell.cell_type == "code":  # results of an earlier run must not read as results of this one
            cell.outputs, cell.execution_count = [], None
    document.metadata.setdefault("papermill", {})
    if given:
        document = parameterize_notebook(document, dict(given))
    document.metadata.papermill.update(parameters=dict(given), environment_variables={}, version=None)
    started: list[int] = []

    def starts(cell, cell_index: int) -> None:
        if limits.left <= 0:
            raise _RunTimeoutError
        started.append(cell_index)
        if progress:
            progress(cell_index, len(document.cells), _first_line(cell))

    status, reason = "completed", ("Skipped", "the run ended before this cell")
    try:
        with _for_a_page(), _quiet(), kernels_that_end() as kernels:
            papermill_engines.execute_notebook_with_engine(
                None,
                document,
                kernel_name=document.metadata.get("kernelspec", {}).get("name", "python3"),
                output_path=str(target),
                progress_bar=False,
                start_timeout=max(1, math.ceil(min(_START, limits.left))),
                timeout_func=limits.of_a_cell,
                iopub_timeout=int(_START),
                on_cell_start=starts,
                kernel_manager_class=kernels.manager,
                # Its greetings and stack traces are no news to a reader; its widgets become part of the page.
                extra_arguments=["--log-level=CRITICAL", "--ext=aewidgets.reports.pages.stills"],
            )
    except CellTimeoutError as error:
        if "IOPub" in str(error):  # no limit of ours
            status, reason = "kernel died", ("DeadKernelError", f"Python stopped answering for {_START:g} s")
        else:
            status, reason = "timeout", limits.reason()
    except _RunTimeoutError:
        status, reason = "timeout", limits.reason()
    except DeadKernelError:
        status, reason = "kernel died", ("DeadKernelError", "Python itself ended, often for want of memory")
    except KeyboardInterrupt:
        status, reason = "interrupted", _STOPPED
    except Exception as error:
        if started:  # a mistake of ours, or of the libraries: it should be seen
            raise
        status, reason = "kernel died", (type(error).__name__, f"Python did not start: {error}")
        if limits.left <= 0:
            status, reason = "timeout", limits.reason()
    if status == "kernel died" and kernels.ended:
        status, reason = "interrupted", _STOPPED
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
    """Kernels that start meanwhile know that what they show is for a page without a kernel."""
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
    """What papermill logs of a failure, the failure says."""
    from papermill.log import logger

    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _raised(document) -> Failure | None:
    """The first error that its cell's tags do not announce; `sys.exit(0)` is one."""
    for index, cell in enumerate(document.cells):
        if cell.cell_type == "code" and "raises-exception" not in cell.metadata.tags:
            for output in cell.outputs:
                if output.output_type == "error":
                    return _at(document, index, output.ename, output.evalue)
    return None


def _at(document, index: int | None, name: str, message: str) -> Failure:
    cell_id = None if index is None else document.cells[index].get("id")
    return Failure(index, cell_id, name[:100], message[:_LONGEST_MESSAGE])


def _first_line(cell) -> str:
    return next((line.strip("# ") for line in cell.source.splitlines() if line.strip()), "")[:60]
