"""One headless run of a notebook, through papermill, into a folder of its own. Draws no page itself.

papermill takes unknown parameters with a warning, calls a notebook complete whose cell called `sys.exit(0)`,
and gives one exit code to all failures: here the first is refused, the second is a failure, and the last
are told apart.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from aewidgets.reports.folders import pending_folder, point_latest
from aewidgets.reports.metrics import collect
from aewidgets.reports.parameters import checked, parameters_of

__all__ = ["EXIT_CODES", "Failure", "NotebookError", "Report", "run_report"]

#: How a run can end, and what the command line exits with. 2 (usage) and 5 (files) end before there is a run.
EXIT_CODES = {"completed": 0, "cell failed": 1, "timeout": 3, "kernel died": 4, "interrupted": 130}
_PACKAGES = ("aewidgets", "keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy", "pillow",
             "scikit-image", "constriction", "plotly", "papermill", "nbconvert", "ipykernel")  # fmt: skip


class NotebookError(OSError):
    """A notebook that cannot be read; the message says why."""


@dataclass(frozen=True)
class Failure:
    """Where and why a run stopped: index and id of the cell (None outside all cells), and the reason."""

    cell: int | None
    cell_id: str | None
    name: str
    message: str


@dataclass(frozen=True)
class Report:
    """A run that took place.

    Attributes:
        folder: holds the executed notebook, the page, metrics.json and run.json.
        page: the HTML file.
        status: a key of `EXIT_CODES`.
        failure: None for a completed run.
        metrics: what the notebook recorded.
        seconds: that it took.
    """

    folder: Path
    page: Path
    status: str
    failure: Failure | None
    metrics: Mapping[str, Any]
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
    cell_timeout: float | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Run a notebook and keep what came of it, also where it failed.

    The notebook runs in the current folder, so that paths among the parameters mean what they say. Its file is
    only read. All that is written goes to `<out>/<notebook>-<UTC time>`, which appears when everything in
    it is there; its name ends in `-failed` if the notebook did. `<out>/<notebook>-latest` leads to the newest
    completed run.

    Args:
        notebook: an .ipynb file with Python cells.
        parameters: values for its parameters cell; text is read as the type that is there.
        out: folder of all runs; made if it is not there.
        cell_timeout: seconds that one cell may take; no limit if None.
        progress: called with (cells done, cells in all, what is next).

    Raises:
        ParameterError: before anything runs or is written, if the notebook does not take the parameters.
        NotebookError: if the file is no notebook.
        OSError: where reading or writing fails.
    """
    path = Path(notebook)
    data = path.read_bytes()
    document = _parsed(data, path)
    known = parameters_of(document)
    given = checked(known, parameters or {})
    started, clock = datetime.now(UTC), time.perf_counter()
    with pending_folder(Path(out), f"{path.stem}-{started:%Y%m%dT%H%M%SZ}") as folder:
        executed_file = folder.path / f"{path.stem}.ipynb"
        status, failure, executed = _execute(document, given, executed_file, cell_timeout, progress)
        seconds = time.perf_counter() - clock
        metrics = collect(executed)
        record = {
            "notebook": path.name,
            "notebook_sha256": hashlib.sha256(data).hexdigest(),
            "status": status,
            "exit_code": EXIT_CODES[status],
            "failure": vars(failure) if failure else None,
            "parameters": {p.name: given.get(p.name, p.default) for p in known},
            "parameters_given": sorted(given),
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(seconds, 1),
            "versions": _versions(),
        }
        _write_json(folder.path / "metrics.json", metrics)
        _write_json(folder.path / "run.json", record)
        from aewidgets.reports.page import page_of

        page = folder.path / f"{path.stem}.html"
        page.write_text(page_of(executed, record), encoding="utf-8")
        final = folder.publish("" if status == "completed" else "-failed")
    if status == "completed":
        point_latest(Path(out), f"{path.stem}-latest", final)
    return Report(final, final / page.name, status, failure, metrics, seconds)


def _parsed(data: bytes, path: Path):
    import nbformat

    try:
        return nbformat.reads(data.decode("utf-8"), as_version=4)
    except (ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
        raise NotebookError(f"{path}: not a notebook that Jupyter reads ({error})") from error


def _execute(document, given: Mapping[str, Any], target: Path, cell_timeout: float | None, progress):
    """Status, failure and the executed notebook, which also lies at `target`, saved after every cell."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.iorw import write_ipynb
    from papermill.parameterize import parameterize_notebook

    for cell in document.cells:
        cell.metadata.setdefault("tags", [])  # papermill looks for it
        if cell.cell_type == "code":  # results of an earlier run must not read as results of this one
            cell.outputs, cell.execution_count = [], None
    document.metadata.setdefault("papermill", {})
    if given:
        document = parameterize_notebook(document, dict(given))
    document.metadata.papermill.update(parameters=dict(given), environment_variables={}, version=None)
    started = []

    def starts(cell, cell_index: int) -> None:
        started.append(cell_index)
        if progress:
            progress(cell_index, len(document.cells), _first_line(cell))

    status, reason = "completed", ("Skipped", "the run ended before this cell")
    try:
        papermill_engines.execute_notebook_with_engine(
            None,
            document,
            kernel_name=document.metadata.get("kernelspec", {}).get("name", "python3"),
            output_path=str(target),
            progress_bar=False,
            execution_timeout=cell_timeout,
            on_cell_start=starts,
            extra_arguments=["--log-level=CRITICAL"],  # its greetings and stack traces are no news to a reader
        )
    except CellTimeoutError:
        status, reason = "timeout", ("CellTimeoutError", f"a cell took more than {cell_timeout:g} s")
    except DeadKernelError:
        status, reason = "kernel died", ("DeadKernelError", "Python itself ended, often for want of memory")
    except KeyboardInterrupt:
        status, reason = "interrupted", ("KeyboardInterrupt", "stopped from outside")
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
    return Failure(index, cell_id, name, message)


def _first_line(cell) -> str:
    return next((line.strip("# ") for line in cell.source.splitlines() if line.strip()), "")[:60]


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}"}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
