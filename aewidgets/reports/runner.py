"""One headless run of a notebook into a folder of its own. Runs no cell and draws no page itself.

papermill takes unknown parameters with a warning and gives one exit code to all failures: here the first are
refused, and the others told apart.
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

from aewidgets.reports.execution import Failure, execute
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
        NotebookError: if the file is no notebook, or its kernel is not installed.
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
        status, failure, executed = execute(document, given, executed_file, cell_timeout, progress)
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
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        document = nbformat.reads(data.decode("utf-8"), as_version=4)
    except (ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
        raise NotebookError(f"{path}: not a notebook that Jupyter reads ({error})") from error
    kernel = document.metadata.get("kernelspec", {}).get("name", "python3")
    try:
        KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        raise NotebookError(
            f"{path}: wants the kernel {kernel!r}, which is not installed; save it with python3"
        ) from None
    return document


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
