"""Compares runs: their figures, the parameters that differ, the last good run. Reads no file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aewidgets.reports.runs.run import Run

__all__ = ["differing", "figures_of", "grouped", "last_good"]


def figures_of(metrics: Mapping[str, Any], before: str = "") -> dict[str, float]:
    """Return the numbers among metrics by their dotted path, `bd_rate.jpeg`; numbers in lists are left out."""
    found: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            found |= figures_of(value, f"{before}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[before + name] = value
    return found


def differing(runs: Iterable[Run]) -> dict[str, list[str]]:
    """Return, by notebook (file name without .ipynb), the parameters that differ between its runs."""
    seen: dict[str, dict[str, set[str]]] = {}
    for run in runs:
        for name, value in run.parameters.items():
            seen.setdefault(run.stem, {}).setdefault(name, set()).add(json.dumps(value, sort_keys=True))
    return {stem: [name for name, values in names.items() if len(values) > 1] for stem, names in seen.items()}


def grouped(runs: Iterable[Run]) -> dict[tuple[str, str], list[Run]]:
    """Group runs by notebook and parameter set, in the order given; unreadable runs are left out."""
    found: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.notebook:
            found.setdefault(run.group, []).append(run)
    return found


def last_good(runs: Iterable[Run], run: Run) -> Run | None:
    """Return the newest completed run of the same notebook and parameter set that began before a run, or None."""
    earlier = (one for one in runs if one.group == run.group and one.order < run.order and one.status == "completed")
    return max(earlier, key=lambda one: one.order, default=None)
