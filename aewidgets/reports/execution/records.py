"""What run.json says about a run: parameters and their hash, seeds, versions, the machine. Writes nothing.

No name of a machine or a person is among it: records are shared.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from aewidgets.reports.execution.cells import Failure
from aewidgets.reports.execution.sources import Source
from aewidgets.reports.parameters.cell import parameters_sha256
from aewidgets.reports.requirements.thresholds import Outcome

__all__ = ["FORMAT", "Attempts", "all_parameters", "as_json", "record_of", "time_now"]

#: Of run.json. Readers take absent keys for None.
FORMAT = 1
_PACKAGES = ("aewidgets", "keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy", "pillow",
             "scikit-image", "constriction", "plotly", "papermill", "nbconvert", "ipykernel")  # fmt: skip


def all_parameters(source: Source, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values with which a notebook runs: those given (already checked), else the defaults."""
    return {p.name: given.get(p.name, p.default) for p in source.parameters}


def as_json(value: Any) -> bytes:
    """A file of JSON that people can read too."""
    # Half a surrogate pair, which a kernel may send, becomes its escape.
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def time_now() -> str:
    """Now, to the second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Attempts:
    """The tries of one run: each with its number, start, status and failure."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, status: str, started: str, seconds: float, failure: Failure | None) -> None:
        """Note a try that has ended."""
        told = None if failure is None else {"name": failure.name, "message": failure.message}
        row = {"number": len(self.rows) + 1, "status": status, "started": started, "seconds": round(seconds, 1)}
        self.rows.append(row | {"failure": told})


def record_of(
    source: Source,
    given: Mapping[str, Any],
    *,
    status: str,
    exit_code: int,
    failure: Failure | None,
    started: str,
    seconds: float,
    attempts: Attempts,
    outcomes: Iterable[Outcome] = (),
) -> dict[str, Any]:
    """The record, but for `id`: the name of the folder is known when it is published.

    Args:
        source: the notebook.
        given: values that were given, checked.
        status: how the run ended, and `exit_code` what the command line makes of it.
        failure: None for a completed run.
        started: as `time_now` tells it.
        seconds: that the run took, all attempts and pauses included.
        attempts: of running it.
        outcomes: what became of the requirements.
    """
    parameters = all_parameters(source, given)
    return {
        "format": FORMAT,
        "id": None,
        "notebook": source.name,
        "notebook_sha256": source.sha256,
        "status": status,
        "exit_code": exit_code,
        "failure": vars(failure) if failure else None,
        "parameters": parameters,
        "parameters_given": sorted(given),
        "parameters_sha256": parameters_sha256(parameters),
        "seeds": {name: value for name, value in parameters.items() if re.search(r"(^|_)seed$", name)},
        "started": started,
        "finished": time_now(),
        "seconds": round(seconds, 1),
        "attempts": attempts.rows,
        "requirements": [vars(outcome) for outcome in outcomes],
        "machine": _machine(),
        "versions": _versions(_PACKAGES),
    }


def _machine() -> dict[str, Any]:
    affinity = getattr(os, "sched_getaffinity", None)  # a container may have fewer processors than its host
    return {
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu_count": len(affinity(0)) if affinity else os.cpu_count(),
        "python": platform.python_version(),
    }


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}"}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
