"""Compares a run with an earlier one, whose figures it must not worsen. Runs nothing.

The better way of a figure is what `--better` or `--metric` says, else what `record(..., better=)` said, else what its
name says without doubt (directions.py). Every figure that is not compared is named with the reason.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aewidgets.reports.requirements.directions import WAYS, direction_of, is_time, leaves, said_of, said_ways
from aewidgets.reports.requirements.thresholds import Metric, Outcome, RequirementError, as_number, is_number, shown
from aewidgets.reports.stores.store import RECORD, Store, checked_name

__all__ = ["Baseline", "NoWorse", "baseline_of", "find_baseline", "same_notebook"]

_MOST_BITS = 1000  # of an integer that is compared
_LARGEST = 20_000_000  # bytes of the largest run.json or metrics.json that is read


@dataclass(frozen=True)
class Baseline:
    """An earlier run: its name, figures, their better ways, the hash of its notebook, and when it started."""

    name: str
    metrics: Mapping[str, Any]
    better: Mapping[str, str] = field(default_factory=dict)
    notebook_sha256: str | None = None
    started: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class NoWorse:
    """The condition that figures are no worse than those of an earlier run, or worse by a given amount at most.

    Attributes:
        than: `latest`, the newest completed run of the same notebook with the same parameters; or a run's name.
        by: how much worse a figure may be, in its own unit.
        percent: whether `by` is in percent of the earlier figure instead.
        metrics: figures to compare, each with True if higher is better; if empty, all figures whose better way is
            known, except times.
        better: figures, or names of what holds them, each with True if higher is better.
    """

    than: str = "latest"
    by: float = 0.0
    percent: bool = False
    metrics: tuple[tuple[Metric, bool], ...] = ()
    better: tuple[tuple[Metric, bool], ...] = ()

    @classmethod
    def of(cls, than: str, by: str = "0", metrics: Iterable[str] = (), better: Iterable[str] = ()) -> NoWorse:
        """Return the condition that texts from a command line describe.

        Args:
            than: `latest` or the name of a run.
            by: a number that is not negative, also with % after it.
            metrics: names of figures, with `:higher` or `:lower` if neither their names nor `better` say it.
            better: `NAME=higher` or `NAME=lower`, which way a figure is better.

        Raises:
            RequirementError: for a text of another form, or a name in `metrics` that gives no direction.
        """
        if not re.fullmatch(r"\s*(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?\s*%?\s*", by):
            raise RequirementError(f"expected by how much, such as 0.2 or 2%, got {by!r}")
        try:
            checked_name(than, path=False)
        except ValueError as error:
            raise RequirementError(f"expected latest or the name of a run, got {than!r}") from error
        number, percent = min(float(by.strip().removesuffix("%")), 1e300), by.strip().endswith("%")
        said = said_ways(better)
        return cls(than, number, percent, tuple(_directed(text, said) for text in metrics), said)

    @property
    def texts(self) -> dict[str, Any]:
        """The arguments of `of`, as plain texts that a process can send to another."""
        word = {True: "higher", False: "lower"}
        return {
            "than": self.than,
            "by": f"{self.by!r}{'%' * self.percent}",
            "metrics": [f"{metric.text}:{word[higher]}" for metric, higher in self.metrics],
            "better": [f"{metric.text}={word[higher]}" for metric, higher in self.better],
        }

    def outcomes(
        self, baseline: Baseline | None, metrics: Mapping[str, Any], better: Mapping[str, str] | None = None
    ) -> Iterator[Outcome]:
        """Yield the outcome of comparing each figure of a run with the baseline.

        Args:
            baseline: the earlier run; None if there is none.
            metrics: figures that the run recorded.
            better: "higher" or "lower" by name of figure, as the run recorded it.
        """
        yield from (one for one in self._all(baseline, metrics, better) if one.better or self.metrics or not baseline)

    def left_out(
        self, baseline: Baseline | None, metrics: Mapping[str, Any], better: Mapping[str, str] | None = None
    ) -> Iterator[Outcome]:
        """Yield every figure that `outcomes` does not compare, with the reason; arguments as there."""
        if baseline and not self.metrics:
            yield from (one for one in self._all(baseline, metrics, better) if not one.better)

    def _all(
        self, baseline: Baseline | None, metrics: Mapping[str, Any], better: Mapping[str, str] | None
    ) -> Iterator[Outcome]:
        """Yield the outcome for each figure of a run or of the baseline; `met` is None for those not compared."""
        if baseline is None:
            text, reason = (
                f"no worse than {self.than}",
                "there is no completed run of this notebook with these parameters",
            )
            yield Outcome(text, "", None, None, reason)
            return
        before, now = dict(leaves(baseline.metrics)), dict(leaves(metrics))
        recorded = tuple((Metric.of(n), WAYS[w]) for n, w in {**baseline.better, **(better or {})}.items())
        asked = (*self.metrics, *self.better)
        found = [one for one in {**before, **now} if not self.metrics or said_of(one.path, self.metrics) is not None]
        for metric in found:
            way = next(
                (w for said in (self.metrics, self.better, recorded) if (w := said_of(metric.path, said)) is not None),
                None,
            )
            if way is None and not is_time(metric.text):
                way = direction_of(metric.text)
            yield self._outcome(metric, way, baseline, before, metrics, now)
        for metric, _ in asked:
            if not any(one.path[: len(metric.path)] == metric.path for one in {**before, **now}):
                yield _unlike(metric, f"{baseline.name} did not record it, and neither did this run")
        if not found and not asked:
            yield Outcome(f"no worse than {baseline.name}", "", None, None, "no figure was recorded then or now")

    def _outcome(
        self, metric: Metric, higher: bool | None, baseline: Baseline, before: Mapping[Metric, Any],
        metrics: Mapping[str, Any], now: Mapping[Metric, Any],
    ) -> Outcome:  # fmt: skip
        """Return the outcome of comparing one figure."""
        was: Any = as_number(before.get(metric))
        value: Any = as_number(now.get(metric))
        recorded = now.get(metric)
        if metric not in before:
            return _unlike(metric, f"{baseline.name} did not record it", recorded)
        if not _comparable(was):
            return _unlike(metric, f"{baseline.name} did not record it as a number", recorded)
        if higher is None:
            hint = f"--better {metric.text}=higher or --better {metric.text}=lower"
            reason = "times differ from run to run" if is_time(metric.text) else "nothing says which way it is better"
            return _unlike(metric, f"{reason}; {hint} compares it", recorded)
        by = abs(was) * self.by / 100 if self.percent else self.by
        limit = was if math.isinf(was) else was - by if higher else was + by
        text = f"{metric.text} {'>=' if higher else '<='} {shown(limit)} ({shown(was)} in {baseline.name})"
        way = "higher" if higher else "lower"
        if metric not in now:
            try:
                metric.find(metrics)
                reason = "it is not a number"
            except KeyError as error:
                reason = error.args[0]
            return Outcome(text, metric.text, None, False, reason, way)
        if not _comparable(value):
            return Outcome(text, metric.text, recorded, False, "it is not a number", way)
        met = value >= limit if higher else value <= limit
        return Outcome(text, metric.text, recorded, met, "" if met else f"it is {shown(value)}", way)


def find_baseline(
    store: Store, than: str, notebook: str, parameters_sha256: str, place: str | None = None, sha256: str | None = None
) -> Baseline | None:
    """Return the run to compare with; None if `than` is `latest` and no run fits.

    Args:
        store: store of the runs.
        than: `latest`, or the name of a run.
        notebook: file name of the notebook, for `latest`.
        parameters_sha256: hash of its parameters, for `latest`.
        place: hash of the notebook's place, for `latest`; runs of another notebook of this file name do not fit.
        sha256: hash of the notebook, for `latest`.

    Raises:
        RequirementError: if the named run does not exist or did not complete, or the figures of the run to compare with
            cannot be read.
    """
    if than != "latest":
        record = _read(store, f"{than}/{RECORD}")
        if record.get("status") != "completed":
            raise RequirementError(f"expected a completed run in {store.url}, got {than}")
        return baseline_of(store, than, record)
    newest: tuple[str, str, dict[str, Any]] | None = None
    for name in store.runs():
        record = _read(store, f"{name}/{RECORD}")
        same = record.get("notebook") == notebook and record.get("parameters_sha256") == parameters_sha256
        if same and record.get("status") == "completed" and same_notebook(record, place, sha256):
            moment = str(record.get("finished") or record.get("started"))
            newest = max(newest or ("", "", {}), (moment, name, record), key=lambda one: one[:2])
    return None if newest is None else baseline_of(store, *newest[1:])


def same_notebook(record: Mapping[str, Any], place: str | None, sha256: str | None) -> bool:
    """Return True if a run may be of the notebook at this place: it lay there, has the same bytes, or does not say."""
    known = record.get("notebook_place")
    return known is None or place is None or known == place or record.get("notebook_sha256") == sha256


def baseline_of(store: Store, name: str, record: Mapping[str, Any]) -> Baseline:
    """Return a run to compare with, from its run.json; raise RequirementError if its figures cannot be read."""
    try:
        metrics = json.loads(store.read(f"{name}/metrics.json", _LARGEST))
        if not isinstance(metrics, dict):
            raise ValueError("expected a JSON object")
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            raise
        raise RequirementError(
            f"the figures of {name} in {store.url}, to compare with, cannot be read: {error}"
        ) from error
    said = record.get("better")
    better = {n: w for n, w in said.items() if w in WAYS and _named(n)} if isinstance(said, dict) else {}
    sha256 = record.get("notebook_sha256")
    hashed, started = (value if isinstance(value, str) else None for value in (sha256, record.get("started")))
    return Baseline(name, metrics, better, hashed, started)


def _named(text: str) -> bool:
    """Return True for the name of a figure."""
    try:
        return bool(Metric.of(text))
    except RequirementError:
        return False


def _unlike(metric: Metric, reason: str, value: Any = None) -> Outcome:
    """Return the outcome of a figure that is not compared."""
    return Outcome(f"{metric.text} no worse than before", metric.text, value, None, reason)


def _comparable(value: Any) -> bool:
    """Return True for a number that can be compared: not NaN, and no integer beyond what a float holds."""
    if isinstance(value, float):
        return not math.isnan(value)
    return is_number(value) and value.bit_length() <= _MOST_BITS


def _read(store: Store, name: str) -> dict[str, Any]:
    """Return the JSON object in a file of a store; an empty one if it cannot be read."""
    try:
        value = json.loads(store.read(name, _LARGEST))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _directed(text: str, said: tuple[tuple[Metric, bool], ...]) -> tuple[Metric, bool]:
    """Return the metric in `NAME`, `NAME:higher` or `NAME:lower`, and True if higher is better."""
    name, _, word = text.rpartition(":") if text.rpartition(":")[2].strip() in WAYS else (text, "", "")
    metric = Metric.of(name)
    higher = WAYS.get(word.strip()) if word else said_of(metric.path, said)
    if higher is None and not word:
        higher = direction_of(metric.text)
    if higher is None:
        raise RequirementError(f"expected {name}:higher or {name}:lower, which is better; got {text!r}")
    return metric, higher
