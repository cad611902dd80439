"""What is known of one run, out of its run.json and metrics.json, hostile until checked. Reads no folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any

from aewidgets.reports.runs import untrusted

__all__ = ["UNREADABLE", "Run", "checked_run", "from_line", "to_line", "unreadable"]

#: The status of a run whose run.json cannot be read.
UNREADABLE = "unreadable"
_FORMAT, _MOST_REQUIREMENTS = 1, 50
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_THUMBNAIL = re.compile(r"data:image/webp;base64,[A-Za-z0-9+/]{1,12000}={0,2}\Z")


@dataclass(frozen=True)
class Run:
    """One run, as the index holds it. What its files do not say, or say in a wrong type, is None or empty.

    Attributes:
        id: name of its folder.
        notebook: file name of the notebook; notebook_sha256 is of its bytes, in hexadecimal digits.
        status: a key of `aewidgets.reports.execution.runner.EXIT_CODES`, or "unreadable".
        parameters: by name; parameters_sha256 is of them as JSON with sorted keys.
        seeds: the parameters that are seeds.
        started, finished: ISO 8601, in UTC; seconds is what it took.
        metrics: what the notebook recorded. Values of more than 2,000 characters are named, not kept.
        failure: where and why it stopped: "cell", "name", "message".
        requirements: thresholds that it was held against: "text", "metric", "value", "met".
        links: paths of "page", "notebook", "metrics" and "record" below the store.
        problem: why a run is unreadable, or what of it could not be read.
        thumbnail: the first picture of the executed notebook, a data URI of a small WebP.
    """

    id: str
    status: str
    notebook: str | None = None
    notebook_sha256: str | None = None
    exit_code: int | None = None
    started: str | None = None
    finished: str | None = None
    seconds: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parameters_sha256: str | None = None
    seeds: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    failure: Mapping[str, Any] = field(default_factory=dict)
    requirements: tuple[Mapping[str, Any], ...] = ()
    versions: Mapping[str, Any] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    thumbnail: str | None = None

    @property
    def stem(self) -> str:
        """The notebook's name without its ending; "?" if unknown."""
        return (self.notebook or "?").removesuffix(".ipynb")

    @property
    def group(self) -> tuple[str, str]:
        """Runs of one notebook and one parameter set share it."""
        return self.stem, self.parameters_sha256 or ""

    @property
    def why(self) -> str:
        """Why it failed, what it missed or why it cannot be read, in a line; empty for others."""
        unmet = (one for one in self.requirements if one.get("met") is False)
        missed = [f"{one.get('text')}: {one.get('reason') or 'missed'}" for one in unmet]
        told = [str(self.failure[key]) for key in ("name", "message") if self.failure.get(key)]
        return "; ".join(missed) or ": ".join(told) or self.problem or ""

    @property
    def order(self) -> tuple[str, str]:
        """Sorts runs by time; those without one come first."""
        return self.started or "", self.id


def unreadable(name: str, problem: str) -> Run:
    """The row of a run whose run.json cannot be read."""
    return Run(name, UNREADABLE, problem=untrusted.text(problem))


def checked_run(
    name: str,
    record: Mapping[str, Any],
    metrics: Any,
    links: Mapping[str, Any],
    problem: str | None = None,
    thumbnail: Any = None,
) -> Run:
    """A run of what its files hold.

    Args:
        name: of its folder.
        record: what run.json holds.
        metrics: what metrics.json holds.
        links: paths below the store; those that leave the run's folder are dropped.
        problem: what could not be read.
        thumbnail: a data URI.
    """
    status = untrusted.text(record.get("status"))
    if not status:
        return unreadable(name, "run.json has no status")
    requirements = (one for one in untrusted.listed(record.get("requirements")) if isinstance(one, dict))
    notebook = untrusted.text(record.get("notebook"))
    return Run(
        id=name,
        status=status,
        notebook=notebook if notebook and untrusted.plain_name(notebook) else None,
        notebook_sha256=untrusted.matching(record.get("notebook_sha256"), _SHA256),
        exit_code=untrusted.whole(record.get("exit_code")),
        started=untrusted.time(record.get("started")),
        finished=untrusted.time(record.get("finished")),
        seconds=untrusted.seconds(record.get("seconds")),
        parameters=untrusted.bounded(record.get("parameters")),
        parameters_sha256=untrusted.matching(record.get("parameters_sha256"), _SHA256),
        seeds=untrusted.bounded(record.get("seeds")),
        metrics=untrusted.bounded(metrics),
        failure=untrusted.bounded(record.get("failure")),
        requirements=tuple(untrusted.bounded(one) for one in islice(requirements, _MOST_REQUIREMENTS)),
        versions=untrusted.bounded(record.get("versions")),
        machine=untrusted.bounded(record.get("machine")),
        links={kind: path for kind, path in links.items() if _inside(name, kind, path)},
        problem=untrusted.text(problem),
        thumbnail=untrusted.matching(thumbnail, _THUMBNAIL),
    )


def to_line(run: Run, stamp: str | None) -> str:
    """One line of index.jsonl, without its end. `stamp` says by what state of run.json it was made."""
    values = {one.name: getattr(run, one.name) for one in fields(Run)}
    thumbnail = values.pop("thumbnail")  # last, so that what people read comes first
    return json.dumps({**values, "format": _FORMAT, "stamp": stamp, "thumbnail": thumbnail})


def from_line(line: str) -> tuple[Run, str | None]:
    """The run and the stamp of one line of index.jsonl, checked as the files themselves are.

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
    known = kind in ("page", "notebook", "metrics", "record")
    if not known or not isinstance(path, str) or not path.startswith(f"{folder}/"):
        return False
    return untrusted.plain_name(path[len(folder) + 1 :])
