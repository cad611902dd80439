"""Makes the record of a run for run.json: parameters and their hash, seeds, versions, machine. Writes no file.

Records are shared, so they name no machine and no person.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from aewidgets.reports.execution.cells import Failure
from aewidgets.reports.execution.dates import Dates
from aewidgets.reports.execution.sources import Source
from aewidgets.reports.parameters.cell import parameters_sha256
from aewidgets.reports.parameters.types import as_json_value
from aewidgets.reports.requirements.thresholds import Outcome

__all__ = ["Attempts", "all_parameters", "as_json", "record_of", "series_sha256", "time_now"]

_FORMAT = 1  # version of run.json; readers take absent keys for None
_PACKAGES = ("aewidgets", "keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy", "pillow",
             "scikit-image", "constriction", "plotly", "papermill", "nbconvert", "ipykernel")  # fmt: skip


def all_parameters(source: Source, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with which a notebook runs, as JSON: the given ones (already checked), defaults for the rest.

    Parameters that the notebook itself computes are left out: their values are not known before it runs.
    """
    known = (p for p in source.parameters if p.name in given or not p.computed)
    return {p.name: as_json_value(given.get(p.name, p.default)) for p in known}


def as_json(value: Any) -> bytes:
    """Return a value as the bytes of an indented JSON file in UTF-8."""
    # A kernel may send half a surrogate pair; it is written as its escape.
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def time_now() -> str:
    """Return the current time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def series_sha256(source: Source, given: Mapping[str, Any], relative: Mapping[str, Any]) -> str:
    """Return the hash of all parameters, relative dates as they were written: it is that of the whole series."""
    return parameters_sha256({**all_parameters(source, given), **relative})


class Attempts:
    """The attempts at one run, each with its number, start, duration, status and failure."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, status: str, started: str, seconds: float, failure: Failure | None) -> None:
        """Add an attempt that has ended."""
        reason = None if failure is None else {"name": failure.name, "message": failure.message}
        row = {"number": len(self.rows) + 1, "status": status, "started": started, "seconds": round(seconds, 1)}
        self.rows.append(row | {"failure": reason})


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
    left_out: Iterable[Outcome] = (),
    better: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    dates: Dates | None = None,
    local: tuple[str, str | None] | None = None,
    headline: Sequence[str] = (),
    better_said: Mapping[str, str] | None = None,
    last_good: str | None = None,
) -> dict[str, Any]:
    """Return the record of a run. Its `id` is None until publishing gives the folder its name.

    Args:
        source: the notebook.
        given: checked values of the parameters that were given.
        status: how the run ended, a key of `runner.EXIT_CODES`.
        exit_code: exit code of the command line for that status.
        failure: place and reason; None for a completed run.
        started: time at which the run started, as `time_now` returns it.
        seconds: duration of the run, all attempts and pauses included.
        attempts: every attempt at running the notebook.
        outcomes: the checked requirements.
        left_out: figures that were not compared with the earlier run, and why.
        better: "higher" or "lower" by name of figure, as the notebook recorded it.
        notes: what a reader should know about this run, in words.
        dates: the relative dates among the parameters, if there are any.
        local: the start as a clock showed it, and the name of its time zone, as `dates.local_start` returns them.
        headline: names of figures that the notebook put first.
        better_said: "higher" or "lower" by name of figure, as whoever started the run said it.
        last_good: name of the last good run, with which the page compares figures.
    """
    parameters = all_parameters(source, given)
    relative = dates.written if dates else {}
    return {
        "format": _FORMAT,
        "id": None,
        "notebook": source.name,
        "notebook_sha256": source.sha256,
        "notebook_place": source.place,
        "kernel": source.document.metadata.get("kernelspec", {}).get("name") or "python3",
        "status": status,
        "exit_code": exit_code,
        "failure": vars(failure) if failure else None,
        "parameters": parameters,
        "parameters_given": sorted(given),
        "parameters_changed": dict(_changed(source, given)),
        "parameters_computed": {p.name: p.computed for p in source.parameters if p.name not in parameters},
        "parameters_sha256": series_sha256(source, given, relative),
        "relative": relative,
        "today": dates.today.isoformat() if dates else None,
        "timezone": dates.zone if dates else None,
        "seeds": {name: value for name, value in parameters.items() if re.search(r"(^|_)seed$", name)},
        "started": started,
        "started_local": local[0] if local else None,
        "zone": local[1] if local else None,
        "finished": time_now(),
        "seconds": round(seconds, 1),
        "attempts": attempts.rows,
        "requirements": [vars(outcome) for outcome in outcomes],
        "not_compared": {outcome.metric or outcome.text: outcome.reason for outcome in left_out},
        "better": dict(better or {}),
        "better_said": dict(better_said or {}),
        "headline": list(headline),
        "last_good": last_good,
        "notes": list(notes),
        "machine": _machine(),
        "versions": _versions(_PACKAGES),
    }


def _changed(source: Source, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the given parameters whose value is not their default, each with {"default": ...}, {} if it is computed."""
    for parameter in source.parameters:
        if parameter.name in given:
            default: dict[str, Any] = {}
            with suppress(ValueError):  # a default that JSON cannot hold is that of no given value
                default = {} if parameter.computed else {"default": as_json_value(parameter.default)}
            now = {"default": as_json_value(given[parameter.name])}
            if json.dumps(now, sort_keys=True) != json.dumps(default, sort_keys=True):
                yield parameter.name, default


def _machine() -> dict[str, Any]:
    """Return platform, number of usable processors and Python version."""
    affinity = getattr(os, "sched_getaffinity", None)  # a container may have fewer processors than its host
    return {
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu_count": len(affinity(0)) if affinity else os.cpu_count(),
        "python": platform.python_version(),
    }


def _versions(packages: Sequence[str]) -> dict[str, str]:
    """Return the versions of Python and of those packages that are installed."""
    found = {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}"}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
