"""One run as its run.json and metrics.json describe it; their content is checked, not trusted. Reads no folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any

from aewidgets.reports.runs import untrusted
from aewidgets.reports.stores.store import without_suffix

__all__ = ["DID_NOT_END", "FINISHED", "KILLED", "RUNNING", "UNREADABLE", "Run", "checked_run", "from_line", "to_line",
           "unreadable"]  # fmt: skip

#: Status of a run whose run.json cannot be read.
UNREADABLE = "unreadable"
#: Status in the record that a run has from its start, and keeps if it cannot write another.
DID_NOT_END = "did not end"
#: Statuses of runs without an end: the process is gone, or it goes on.
KILLED, RUNNING = "killed", "running"
#: Statuses of runs that reached the last cell. The folders of all other runs end in `-failed`.
FINISHED = ("completed", "threshold missed")
_FORMAT, _MOST_REQUIREMENTS = 2, 50
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_PLACE = re.compile(r"[0-9a-f]{12}\Z")
_THUMBNAIL = re.compile(r"data:image/webp;base64,[A-Za-z0-9+/]{1,12000}={0,2}\Z")


@dataclass(frozen=True)
class Run:
    """One run of a notebook, as the index holds it.

    Values that its files lack, or give in a wrong type, are None or empty.

    Attributes:
        id: name of the run's folder.
        status: a key of `aewidgets.reports.execution.runner.EXIT_CODES`, or "killed", "running", "unreadable".
        notebook: file name of the notebook.
        notebook_sha256: SHA-256 of the notebook's bytes, in hexadecimal digits.
        notebook_place: short hash of the notebook's place, see `aewidgets.reports.execution.sources.Source`.
        exit_code: exit code of the command line for this run.
        started: start of the run, ISO 8601, UTC.
        finished: end of the run, ISO 8601, UTC.
        seconds: duration of the run.
        parameters: parameters by name.
        parameters_sha256: SHA-256 of the parameters, relative dates as they were written, as JSON with sorted keys.
        relative: those parameters that were given as relative dates, as they were written: `{today-7d}`.
        today: the day that they count from, ISO 8601.
        seeds: those parameters that are seeds.
        metrics: figures that the notebook recorded. A value of more than 2,000 characters is replaced by its length.
        better: "higher" or "lower" by name of figure, where the notebook said which is better.
        better_said: the same, where whoever started the run said it.
        last_good: name of the run with which its page compares figures.
        failure: place and reason of a failure: "cell", "name", "message".
        requirements: outcomes of the requirements: "text", "metric", "value", "met".
        versions: versions of packages by name.
        machine: platform, processors and Python version.
        links: paths of "page", "pdf", "notebook", "metrics" and "record" below the store.
        problem: why the run is unreadable, or which of its files could not be read.
        thumbnail: first image of the executed notebook, as a data URI of a small WebP.
    """

    id: str
    status: str
    notebook: str | None = None
    notebook_sha256: str | None = None
    notebook_place: str | None = None
    exit_code: int | None = None
    started: str | None = None
    finished: str | None = None
    seconds: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parameters_sha256: str | None = None
    relative: Mapping[str, Any] = field(default_factory=dict)
    today: str | None = None
    seeds: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    better: Mapping[str, Any] = field(default_factory=dict)
    better_said: Mapping[str, Any] = field(default_factory=dict)
    last_good: str | None = None
    failure: Mapping[str, Any] = field(default_factory=dict)
    requirements: tuple[Mapping[str, Any], ...] = ()
    versions: Mapping[str, Any] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    thumbnail: str | None = None

    @property
    def stem(self) -> str:
        """File name of the notebook without .ipynb; "?" if unknown."""
        return without_suffix(self.notebook or "?")

    @property
    def failed(self) -> bool:
        """Whether the run has ended, or was ended, before its last cell, or cannot be read."""
        return self.status not in (*FINISHED, RUNNING)

    @property
    def written(self) -> dict[str, Any]:
        """The parameters, relative dates as they were written: equal in all runs of one series."""
        return {**self.parameters, **self.relative}

    @property
    def why(self) -> str:
        """Reason in one line why the run failed, missed a threshold or cannot be read; empty for other runs."""
        unmet = (one for one in self.requirements if one.get("met") is False)
        missed = [f"{one.get('text')}: {one.get('reason') or 'missed'}" for one in unmet]
        failed = [str(self.failure[key]) for key in ("name", "message") if self.failure.get(key)]
        return "; ".join(missed) or ": ".join(failed) or self.problem or ""

    @property
    def order(self) -> tuple[str, str]:
        """Sort key by time; runs without a time come first."""
        return self.started or "", self.id


def unreadable(name: str, problem: str) -> Run:
    """Return the run for a folder whose run.json cannot be read."""
    return Run(name, UNREADABLE, problem=untrusted.text(problem))


def checked_run(
    name: str,
    record: Mapping[str, Any],
    metrics: Any,
    links: Mapping[str, Any],
    problem: str | None = None,
    thumbnail: Any = None,
) -> Run:
    """Return a run from the content of its files, with every value checked.

    Args:
        name: name of the run's folder.
        record: content of run.json.
        metrics: content of metrics.json.
        links: paths below the store; those that leave the run's folder are dropped.
        problem: which file could not be read, and why.
        thumbnail: a data URI.
    """
    status = untrusted.text(record.get("status"))
    if not status:
        return unreadable(name, "run.json has no status")
    requirements = [one for one in untrusted.listed(record.get("requirements")) if isinstance(one, dict)]
    requirements.sort(key=lambda one: one.get("met") is not False)  # the misses are kept, however many are met
    notebook = untrusted.text(record.get("notebook"))
    return Run(
        id=name,
        status=status,
        notebook=notebook if notebook and untrusted.plain_name(notebook) else None,
        notebook_sha256=untrusted.matching(record.get("notebook_sha256"), _SHA256),
        notebook_place=untrusted.matching(record.get("notebook_place"), _PLACE),
        exit_code=untrusted.whole(record.get("exit_code")),
        started=untrusted.time(record.get("started")),
        finished=untrusted.time(record.get("finished")),
        seconds=untrusted.seconds(record.get("seconds")),
        parameters=untrusted.bounded(record.get("parameters")),
        parameters_sha256=untrusted.matching(record.get("parameters_sha256"), _SHA256),
        relative=untrusted.bounded(record.get("relative")),
        today=untrusted.matching(record.get("today"), _DAY),
        seeds=untrusted.bounded(record.get("seeds")),
        metrics=untrusted.bounded(metrics),
        better=untrusted.bounded(record.get("better")),
        better_said=untrusted.bounded(record.get("better_said")),
        last_good=untrusted.text(record.get("last_good")),
        failure=untrusted.bounded(record.get("failure")),
        requirements=tuple(untrusted.bounded(one) for one in islice(requirements, _MOST_REQUIREMENTS)),
        versions=untrusted.bounded(record.get("versions")),
        machine=untrusted.bounded(record.get("machine")),
        links={kind: path for kind, path in links.items() if _inside(name, kind, path)},
        problem=untrusted.text(problem),
        thumbnail=untrusted.matching(thumbnail, _THUMBNAIL),
    )


def to_line(run: Run, stamp: str | None) -> str:
    """Return one line of index.jsonl, without a line feed. `stamp` is the state of run.json that was read."""
    values = {one.name: getattr(run, one.name) for one in fields(Run)}
    thumbnail = values.pop("thumbnail")  # comes last, because people read the other values
    return json.dumps({**values, "format": _FORMAT, "stamp": stamp, "thumbnail": thumbnail})


def from_line(line: str) -> tuple[Run, str | None]:
    """Return the run and the stamp in one line of index.jsonl, checked like the files themselves.

    Raises:
        ValueError: for a line that `to_line` did not write, or one of another format.
    """
    value = untrusted.parsed(line)
    name, links = value.get("id"), value.get("links")
    if value.get("format") != _FORMAT or not isinstance(name, str) or not isinstance(links, dict):
        raise ValueError("not a line of an index of this format")
    problem, thumbnail = value.get("problem"), value.get("thumbnail")
    run = checked_run(name, value, value.get("metrics"), links, problem, thumbnail)
    stamp = value.get("stamp")
    return run, stamp if isinstance(stamp, str) else None


def _inside(folder: str, kind: str, path: Any) -> bool:
    """Return True if a link has a known kind and leads to a file in the run's folder."""
    known = kind in ("page", "pdf", "notebook", "metrics", "record")
    if not known or not isinstance(path, str) or not path.startswith(f"{folder}/"):
        return False
    return untrusted.plain_name(path[len(folder) + 1 :])
