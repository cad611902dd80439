"""Compares a run with an earlier one, whose figures it must not worsen. Runs nothing.

The better direction of a figure follows from its name, as in `psnr_db` and `bpp`, or is given: `name:higher`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aewidgets.reports.requirements.thresholds import Metric, Outcome, RequirementError, is_number, shown
from aewidgets.reports.stores.store import RECORD, Store, checked_name

__all__ = ["Baseline", "NoWorse", "direction_of", "find_baseline"]

_LARGEST = 20_000_000  # bytes of the largest run.json or metrics.json that is read
# Words in a metric's name that give the better direction. A name with words of both kinds, or of none, gives none.
_HIGHER = {"psnr", "db", "ssim", "accuracy", "precision", "recall", "auc", "r2", "saving", "score"}
_LOWER = {"mse", "rmse", "mae", "loss", "error", "errors", "bpp", "bytes", "bits", "nats", "lpips", "percent", "rate",
          "seconds", "milliseconds"}  # fmt: skip
# Times differ from run to run: they are compared only if they are named.
_TIMES = {"seconds", "milliseconds"}


@dataclass(frozen=True)
class Baseline:
    """An earlier run: its name, and the figures that it recorded."""

    name: str
    metrics: Mapping[str, Any]


@dataclass(frozen=True)
class NoWorse:
    """The condition that figures are no worse than those of an earlier run, or worse by a given amount at most.

    Attributes:
        than: `latest`, the newest completed run of the same notebook with the same parameters; or a run's name.
        by: how much worse a figure may be, in its own unit.
        percent: whether `by` is in percent of the earlier figure instead.
        metrics: figures to compare, each with True if higher is better; if empty, all figures whose names give the
            better direction.
    """

    than: str = "latest"
    by: float = 0.0
    percent: bool = False
    metrics: tuple[tuple[Metric, bool], ...] = ()

    @classmethod
    def of(cls, than: str, by: str = "0", metrics: Iterable[str] = ()) -> NoWorse:
        """Return the condition that texts from a command line describe.

        Args:
            than: `latest` or the name of a run.
            by: a number that is not negative, also with % after it.
            metrics: names of figures, with `:higher` or `:lower` if the name does not give the better direction.

        Raises:
            RequirementError: for a text of another form, or a name that gives no direction.
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
        """Yield the outcome of comparing each figure of a run with the baseline."""
        if baseline is None:
            text = f"no worse than {self.than}"
            yield Outcome(text, "", None, None, "there is no completed run of this notebook with these parameters")
            return
        for metric, higher in self.metrics or _known(baseline.metrics):
            yield self._outcome(metric, higher, baseline, metrics)

    def _outcome(self, metric: Metric, higher: bool, baseline: Baseline, metrics: Mapping[str, Any]) -> Outcome:
        """Return the outcome of comparing one figure."""
        try:
            before = metric.find(baseline.metrics)
        except KeyError:
            before = None
        if not is_number(before):
            reason = f"{baseline.name} did not record it as a number"
            return Outcome(f"{metric.text} no worse than in {baseline.name}", metric.text, None, None, reason)
        by = abs(before) * self.by / 100 if self.percent else self.by
        limit = before - by if higher else before + by
        text = f"{metric.text} {'>=' if higher else '<='} {shown(limit)} ({shown(before)} in {baseline.name})"
        try:
            value = metric.find(metrics)
        except KeyError as error:
            return Outcome(text, metric.text, None, False, error.args[0])
        if not is_number(value):
            return Outcome(text, metric.text, value, False, "it is not a number")
        met = value >= limit if higher else value <= limit
        return Outcome(text, metric.text, value, met, "" if met else f"it is {shown(value)}")


def direction_of(name: str) -> bool | None:
    """Return True if a figure of this name is better when higher, False when lower, None if the name does not say.

    >>> direction_of("psnr_db"), direction_of("bd_rate_percent"), direction_of("epochs")
    (True, False, None)
    """
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    higher, lower = bool(words & _HIGHER), bool(words & _LOWER)
    return higher if higher != lower else None


def find_baseline(store: Store, than: str, notebook: str, parameters_sha256: str) -> Baseline | None:
    """Return the run to compare with; None if `than` is `latest` and no run fits.

    Args:
        store: store of the runs.
        than: `latest`, or the name of a run.
        notebook: file name of the notebook, for `latest`.
        parameters_sha256: hash of its parameters, for `latest`.

    Raises:
        RequirementError: if the named run does not exist or did not complete.
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
    """Return the JSON object in a file of a store; an empty one if it cannot be read."""
    try:
        value = json.loads(store.read(name, _LARGEST))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _directed(text: str) -> tuple[Metric, bool]:
    """Return the metric in `NAME`, `NAME:higher` or `NAME:lower`, and True if higher is better."""
    name, _, word = text.partition(":")
    metric = Metric.of(name)
    higher = {"higher": True, "lower": False}.get(word.strip()) if word else direction_of(metric.text)
    if higher is None:
        raise RequirementError(f"expected {name}:higher or {name}:lower, which is better; got {text!r}")
    return metric, higher


def _known(metrics: Mapping[str, Any]) -> Iterator[tuple[Metric, bool]]:
    """Yield all figures, except times, whose names give the better direction."""
    for name, value in metrics.items():
        higher = direction_of(name)
        if higher is not None and is_number(value) and not set(name.split("_")) & _TIMES:
            yield Metric(name, (name,)), higher
