"""Puts the figures of a run in order, each beside its thresholds and the last good run. Reads no file.

The head of a page and the notices show the same figures by this one function, so that they never disagree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aewidgets.reports.requirements.directions import is_time, leaves
from aewidgets.reports.requirements.drift import Baseline, NoWorse
from aewidgets.reports.requirements.thresholds import Metric, Outcome, as_number, is_number, shown

__all__ = ["Figure", "figures_of"]

_LONGEST_NAME, _LONGEST_TEXT = 120, 200  # characters


@dataclass(frozen=True)
class Figure:
    """One figure of a run.

    Attributes:
        metric: its name.
        value: the figure as it was recorded; None if it was not.
        thresholds: what was required of it: "text", "met", "reason".
        before: the figure in the last good run; None if there is none.
        change: "better", "worse" or "same" than before; None where it is not known.
        headline: whether the notebook put it first.
    """

    metric: str
    value: Any
    thresholds: tuple[Mapping[str, Any], ...] = ()
    before: Any = None
    change: str | None = None
    headline: bool = False

    @property
    def missed(self) -> bool:
        """True if a threshold was missed."""
        return any(not one["met"] for one in self.thresholds)

    @property
    def difference(self) -> float | None:
        """The figure less that of the last good run; None where one of them is no number, or is infinite."""
        value, before = as_number(self.value), as_number(self.before)
        if not (is_number(value) and is_number(before)):
            return None
        try:
            difference = float(value - before)
        except OverflowError:
            return None
        return difference if math.isfinite(difference) else None

    @property
    def percent(self) -> float | None:
        """The difference in percent of the figure in the last good run; None where that says nothing."""
        if self.difference is None or not self.before:
            return None
        try:
            percent = 100 * self.difference / abs(float(self.before))
        except OverflowError:
            return None
        return percent if math.isfinite(percent) else None

    def text(self) -> str:
        """Return the figure as one line."""
        wanted = [(str(one["text"]).removeprefix(self.metric).strip(), one["met"]) for one in self.thresholds]
        parts = [f"required {text}: {'met' if met else 'MISSED'}" for text, met in wanted]
        if self.before is not None and self.change is not None:
            by = "" if self.change == "same" or self.difference is None else f" by {shown(abs(self.difference))}"
            parts.append(f"{shown(self.before)} in the last good run, {self.change}{by}")
        elif self.before is not None:
            parts.append(f"{shown(self.before)} in the last good run")
        value = "not recorded" if self.value is None else shown(self.value)
        return f"{self.metric}: {value}" + (f" ({'; '.join(parts)})" if parts else "")


def figures_of(
    metrics: Mapping[str, Any],
    better: Mapping[str, str],
    outcomes: Iterable[Outcome],
    baseline: Baseline | None,
    headline: Sequence[str] = (),
    said: Iterable[tuple[Metric, bool]] = (),
) -> tuple[Figure, ...]:
    """Return the figures to tell of: those that missed a threshold, headlines, those that met one, others, times.

    Others are single numbers; what stands in a list is left out unless something is required of it. A headline may be
    any single value.

    Args:
        metrics: figures that the run recorded.
        better: "higher" or "lower" by name of figure, as the notebook recorded it.
        outcomes: the checked requirements.
        baseline: the last good run; None if there is none.
        headline: names that the notebook put first.
        said: figures, each with True if higher is better, as whoever started the run said it.
    """
    now = {metric.text: (metric.path, value) for metric, value in leaves(metrics)}
    before = {metric.text: value for metric, value in leaves(baseline.metrics)} if baseline else {}
    compared = NoWorse(better=tuple(said)).outcomes(baseline, metrics, better) if baseline else ()
    ways = {outcome.metric: outcome.better for outcome in compared if outcome.better}
    thresholds: dict[str, list[Mapping[str, Any]]] = {}
    for outcome in outcomes:
        if outcome.met is not None:
            one = {"text": outcome.text, "met": outcome.met, "reason": outcome.reason}
            thresholds.setdefault(outcome.metric, []).append(one)
            now.setdefault(outcome.metric, ((), outcome.value))
    found = []
    for name, (path, value) in now.items():
        first = bool(path) and path[0] in headline
        listed = any(isinstance(step, int) for step in path)
        if name not in thresholds and (listed or not (first or is_number(value))):
            continue
        change = _change(as_number(value), as_number(before.get(name)), ways.get(name))
        kept, was = _short(value), _short(before.get(name))
        required = tuple(thresholds.get(name, ()))
        found.append(Figure(name[:_LONGEST_NAME], kept, required, was, change, first))
    found.sort(key=lambda f: (not f.missed, not f.headline, not f.thresholds, is_time(f.metric)))
    return tuple(found)


def _change(value: Any, before: Any, better: str | None) -> str | None:
    """Return "better", "worse" or "same", where it is known."""
    if better is None or not (is_number(value) and is_number(before)):
        return None
    if value == before:
        return "same"
    return "better" if (value > before) == (better == "higher") else "worse"


def _short(value: Any) -> Any:
    """Return a single value, a text cut to 200 characters; anything larger as the beginning of its text."""
    return value if value is None or isinstance(value, bool | int | float) else str(value)[:_LONGEST_TEXT]
