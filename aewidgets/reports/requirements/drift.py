"""A run against an earlier one: figures that may not get worse than they were. Runs nothing.

Whether a figure should grow or fall is in its name, as `psnr_db` and `bpp` say it, or is said: `name:higher`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aewidgets.reports.requirements.thresholds import Metric, Outcome, RequirementError, shown
from aewidgets.reports.stores.store import RECORD, Store, checked_name

__all__ = ["Baseline", "NoWorse", "direction_of", "find_baseline"]

_LARGEST = 20_000_000  # bytes of a run.json or metrics.json
#: Words of a metric's name that say which way is better. A name with words of both kinds, or of none, says nothing.
_HIGHER = {"psnr", "db", "ssim", "accuracy", "precision", "recall", "auc", "r2", "saving", "score"}
_LOWER = {"mse", "rmse", "mae", "loss", "error", "errors", "bpp", "bytes", "bits", "nats", "lpips", "percent", "rate",
          "seconds", "milliseconds"}  # fmt: skip
#: Times differ from run to run: they are compared only when they are named.
_TIMES = {"seconds", "milliseconds"}


@dataclass(frozen=True)
class Baseline:
    """An earlier run: its name, and what it recorded."""

    name: str
    metrics: Mapping[str, Any]


@dataclass(frozen=True)
class NoWorse:
    """Figures may be worse than those of an earlier run by so much.

    Attributes:
        than: `latest`, the newest completed run of the same notebook with the same parameters; or a run's name.
        by: how much worse a figure may be, in its own unit.
        percent: whether `by` is in percent of the earlier figure instead.
        metrics: the figures, each with True if higher is better; empty for all whose names say which way is better.
    """

    than: str = "latest"
    by: float = 0.0
    percent: bool = False
    metrics: tuple[tuple[Metric, bool], ...] = ()

    @classmethod
    def of(cls, than: str, by: str = "0", metrics: Iterable[str] = ()) -> NoWorse:
        """Read what a command line says.

        Args:
            than: `latest` or the name of a run.
            by: a number that is not negative, also with % after it.
            metrics: names, with `:higher` or `:lower` where they do not say which way is better.

        Raises:
            RequirementError: for what cannot be read, or a name that says nothing.
        """
        if not re.fullmatch(r"\s*(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?\s*%?\s*", by):
            raise RequirementError(f"expected by how much, such as 0.2 or 2%, got {by!r}")
        try:
            checked_name(than, path=False)
        except ValueError as error:
            raise RequirementError(f"expected latest or the name of a run, got {than!r}") from error
        number, percent = min(float(by.strip().removesuffix("%")), 1e300), by.strip().endswith("%")
        return cls(than, number, percent, tuple(_directed(text) for text in metrics))

    def outcomes(self, baseline: Baseline | None, metrics: Mapping[str, Any]) -> Iterator[Outcome]:
        """Hold what a run recorded against the baseline."""
        if baseline is None:
            text = f"no worse than {self.than}"
            yield Outcome(text, "", None, None, "there is no completed run of this notebook with these parameters")
            return
        for metric, higher in self.metrics or _known(baseline.metrics):
            yield self._outcome(metric, higher, baseline, metrics)

    def _outcome(self, metric: Metric, higher: bool, baseline: Baseline, metrics: Mapping[str, Any]) -> Outcome:
        try:
            before = metric.find(baseline.metrics)
        except KeyError:
            before = None
        if not _is_number(before):
            reason = f"{baseline.name} did not record it as a number"
            return Outcome(f"{metric.text} no worse than in {baseline.name}", metric.text, None, None, reason)
        by = abs(before) * self.by / 100 if self.percent else self.by
        limit = before - by if higher else before + by
        text = f"{metric.text} {'>=' if higher else '<='} {shown(limit)} ({shown(before)} in {baseline.name})"
        try:
            value = metric.find(metrics)
        except KeyError as error:
            return Outcome(text, metric.text, None, False, error.args[0])
        if not _is_number(value):
            return Outcome(text, metric.text, value, False, "it is no number")
        met = value >= limit if higher else value <= limit
        return Outcome(text, metric.text, value, met, "" if met else f"it is {shown(value)}")


def direction_of(name: str) -> bool | None:
    """Whether a figure of this name is better when it is higher; None if the name does not say.

    >>> direction_of("psnr_db"), direction_of("bd_rate_percent"), direction_of("epochs")
    (True, False, None)
    """
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    higher, lower = bool(words & _HIGHER), bool(words & _LOWER)
    return higher if higher != lower else None


def find_baseline(store: Store, than: str, notebook: str, parameters_sha256: str) -> Baseline | None:
    """The run to compare with; None if no run fits `latest`.

    Raises:
        RequirementError: if a run is named that is not there, or did not complete.
    """
    if than != "latest":
        record = _read(store, f"{than}/{RECORD}")
        if record.get("status") != "completed":
            raise RequirementError(f"expected a completed run in {store.url}, got {than}")
        return Baseline(than, _read(store, f"{than}/metrics.json"))
    newest: tuple[str, str] | None = None
    for name in store.runs():
        record = _read(store, f"{name}/{RECORD}")
        same = record.get("notebook") == notebook and record.get("parameters_sha256") == parameters_sha256
        if same and record.get("status") == "completed":
            newest = max(newest or ("", ""), (str(record.get("finished") or record.get("started")), name))
    return None if newest is None else Baseline(newest[1], _read(store, f"{newest[1]}/metrics.json"))


def _read(store: Store, name: str) -> dict[str, Any]:
    """A JSON object of a store; an empty one if there is none that can be read."""
    try:
        value = json.loads(store.read(name, _LARGEST))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _directed(text: str) -> tuple[Metric, bool]:
    name, _, word = text.partition(":")
    metric = Metric.of(name)
    higher = {"higher": True, "lower": False}.get(word.strip()) if word else direction_of(metric.text)
    if higher is None:
        raise RequirementError(f"expected {name}:higher or {name}:lower, which is better; got {text!r}")
    return metric, higher


def _known(metrics: Mapping[str, Any]) -> Iterator[tuple[Metric, bool]]:
    """All figures whose names say which way is better, but times."""
    for name, value in metrics.items():
        higher = direction_of(name)
        if higher is not None and _is_number(value) and not set(name.split("_")) & _TIMES:
            yield Metric(name, (name,)), higher


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
