"""Puts two runs side by side: parameters, figures, versions, and which figures are better. Reads no file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from aewidgets.reports.runs.comparisons import figures_of, ways_of
from aewidgets.reports.runs.run import Run

__all__ = ["ABSENT", "Row", "Sides", "sides_of"]


class _Absent:
    """The value of what one of two runs does not have; None is a value of its own."""

    def __repr__(self) -> str:
        return "–"


ABSENT = _Absent()


class Row(NamedTuple):
    """One value of two runs.

    Attributes:
        name: name of the parameter, figure or package.
        before: value in the first run, or ABSENT.
        after: value in the second run, or ABSENT.
        better: whether the second is better; None where it is equal, and where nothing says which way is better.
    """

    name: str
    before: Any
    after: Any
    better: bool | None = None

    @property
    def same(self) -> bool:
        """Whether both runs have the value, and it is one."""
        return isinstance(self.before, bool) == isinstance(self.after, bool) and self.before == self.after

    @property
    def change(self) -> float | None:
        """The second number less the first; None where one of them is no number."""
        numbers = (self.before, self.after)
        if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
            return None
        try:
            change = float(self.after) - float(self.before)
        except OverflowError:
            return None
        return change if math.isfinite(change) else None

    @property
    def percent(self) -> float | None:
        """The change in percent of the first number; None where that says nothing."""
        change = self.change
        return None if change is None or not self.before else 100 * change / abs(float(self.before))


class Sides(NamedTuple):
    """Two runs side by side, every row in the order of the first run, what only the second has at the end."""

    before: Run
    after: Run
    parameters: tuple[Row, ...]
    figures: tuple[Row, ...]
    others: tuple[Row, ...]
    versions: tuple[Row, ...]

    @property
    def notes(self) -> list[str]:
        """What a reader should know about the comparison, in words."""
        said = []
        if self.before.stem != self.after.stem:
            said.append("the runs are of two notebooks")
        elif self.before.notebook_sha256 != self.after.notebook_sha256:
            said.append("the notebook has changed between the runs")
        said += [f"{run.id} has status {run.status}" for run in (self.before, self.after) if run.status != "completed"]
        return said

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as values of JSON; a value that a run lacks is left out of its row."""
        return {
            "before": _about(self.before),
            "after": _about(self.after),
            "notes": self.notes,
            "parameters": [_plain(row) for row in self.parameters],
            "figures": [_plain(row) | _change(row) for row in self.figures],
            "other_metrics": [_plain(row) for row in self.others],
            "versions": [_plain(row) for row in self.versions if not row.same],
        }


def sides_of(before: Run, after: Run, metrics_before: Mapping[str, Any], metrics_after: Mapping[str, Any]) -> Sides:
    """Return two runs side by side.

    Args:
        before: the run that is compared with.
        after: the run that is compared.
        metrics_before: all metrics of the first, which `Run.metrics` may shorten.
        metrics_after: all metrics of the second.
    """
    figures = _rows(figures_of(metrics_before), figures_of(metrics_after))
    ways = ways_of((row.name for row in figures), before.better, after.better)
    rest = [{n: v for n, v in one.items() if not figures_of({n: v})} for one in (metrics_before, metrics_after)]
    return Sides(
        before,
        after,
        tuple(_rows(before.parameters, after.parameters)),
        tuple(row._replace(better=_better(row, ways.get(row.name))) for row in figures),
        tuple(_rows(*rest)),
        tuple(_rows(before.versions, after.versions)),
    )


def _rows(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    return [Row(name, before.get(name, ABSENT), after.get(name, ABSENT)) for name in _names(before, after)]


def _names(*values: Iterable[str]) -> list[str]:
    """Return every name once, in the order in which they come first."""
    return list(dict.fromkeys(name for one in values for name in one))


def _better(row: Row, higher: bool | None) -> bool | None:
    """Return whether the second value is better, by the better way of the figure."""
    return None if higher is None or not row.change else (row.change > 0) == higher


def _about(run: Run) -> dict[str, Any]:
    return {"id": run.id, "status": run.status, "started": run.started, "seconds": run.seconds, "why": run.why}


def _plain(row: Row) -> dict[str, Any]:
    there = {"before": row.before, "after": row.after}
    return {"name": row.name} | {side: value for side, value in there.items() if value is not ABSENT}


def _change(row: Row) -> dict[str, Any]:
    known = {None: None, True: "better", False: "worse"}[row.better]
    return {"change": row.change, "percent": row.percent, "verdict": known}
