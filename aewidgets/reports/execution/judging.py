"""Judges the figures of an executed notebook by thresholds, an earlier run and the last good one. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aewidgets.reports.recording import collect, collect_better, collect_headline
from aewidgets.reports.requirements.drift import Baseline, NoWorse
from aewidgets.reports.requirements.figures import Figure, figures_of
from aewidgets.reports.requirements.thresholds import Outcome, Requirement, outcomes_of

__all__ = ["Judge", "Judged"]


@dataclass(frozen=True)
class Judged:
    """What the figures of a run come to.

    Attributes:
        metrics: the figures.
        better: "higher" or "lower" by name of figure, as the notebook recorded it.
        outcomes: the checked requirements.
        left_out: figures that were not compared with the earlier run.
        figures: what is shown of them, in the order in which they matter.
        headline: names that the notebook put first.
        better_said: better ways, as whoever started the run said them.
    """

    metrics: dict[str, Any]
    better: dict[str, str]
    outcomes: tuple[Outcome, ...]
    left_out: tuple[Outcome, ...]
    figures: tuple[Figure, ...]
    headline: tuple[str, ...]
    better_said: dict[str, str]


@dataclass(frozen=True)
class Judge:
    """What the figures of a run are held against.

    Attributes:
        wanted: thresholds.
        no_worse: the condition that they are no worse than those of an earlier run.
        baseline: that earlier run.
        good: the last good run, beside which they are shown.
    """

    wanted: Sequence[Requirement]
    no_worse: NoWorse | None
    baseline: Baseline | None
    good: Baseline | None

    def __call__(self, executed: Mapping[str, Any]) -> Judged:
        """Return what the figures of an executed notebook come to."""
        metrics, better, first = collect(executed), collect_better(executed), collect_headline(executed)
        no_worse, baseline = self.no_worse, self.baseline
        compared = no_worse.outcomes(baseline, metrics, better) if no_worse else ()
        left_out = no_worse.left_out(baseline, metrics, better) if no_worse else ()
        outcomes = (*outcomes_of(self.wanted, metrics), *compared)
        said = (*no_worse.better, *no_worse.metrics) if no_worse else ()
        figures = figures_of(metrics, better, outcomes, self.good, first, said)
        ways = {metric.text: "higher" if higher else "lower" for metric, higher in said}
        return Judged(metrics, better, outcomes, tuple(left_out), figures, first, ways)
