"""Compares runs: their figures, the parameters that differ, the last good run. Reads no file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aewidgets.reports.requirements.directions import WAYS, direction_of, is_time
from aewidgets.reports.runs.run import Run

__all__ = ["differing", "figures_of", "grouped", "last_good", "notebooks_of", "ways_of"]


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
        for name, value in run.written.items():
            seen.setdefault(run.stem, {}).setdefault(name, set()).add(json.dumps(value, sort_keys=True))
    return {stem: [name for name, values in names.items() if len(values) > 1] for stem, names in seen.items()}


def notebooks_of(runs: Iterable[Run]) -> dict[str, str]:
    """Return, by run, its notebook: the file name without .ipynb, and `(2)` ... for further notebooks of that name.

    Two runs are of one notebook if it lay in the same place or had the same bytes. Older runs do not say where it lay;
    they count as runs of the first.
    """
    known: dict[str, list[set[str | None]]] = {}
    found: dict[str, str] = {}
    for run in sorted(runs, key=lambda one: one.order):
        notebooks = known.setdefault(run.stem, [{None}])
        marks = {run.notebook_place, run.notebook_sha256} - {None}
        number = next(
            (n for n, of in enumerate(notebooks) if run.notebook_place is None or of & marks or of == {None}), None
        )
        if number is None:
            number = len(notebooks)
            notebooks.append(set())
        notebooks[number] |= marks if run.notebook_place else set()
        found[run.id] = run.stem if number == 0 else f"{run.stem} ({number + 1})"
    return found


def grouped(runs: Sequence[Run]) -> dict[tuple[str, str], list[Run]]:
    """Group runs by notebook and parameter set, in the order given; unreadable runs are left out."""
    found: dict[tuple[str, str], list[Run]] = {}
    names = notebooks_of(runs)
    for run in runs:
        if run.notebook:
            found.setdefault((names[run.id], run.parameters_sha256 or ""), []).append(run)
    return found


def ways_of(names: Iterable[str], *recorded: Mapping[str, Any]) -> dict[str, bool]:
    """Return by name, of the figures whose better way is known, whether higher is better.

    A duration has no better way unless the notebook said so: it differs from run to run.

    Args:
        names: dotted paths of figures, as `figures_of` returns them.
        recorded: "higher" or "lower" by name, as notebooks recorded it; what stands last counts.
    """
    said = {name: WAYS[way] for one in recorded for name, way in one.items() if isinstance(way, str) and way in WAYS}
    found: dict[str, bool | None] = {}
    for name in names:
        holders = [holder for holder in said if name == holder or name.startswith(f"{holder}.")]
        if holders:
            found[name] = said[max(holders, key=len)]
        elif not is_time(name):
            found[name] = direction_of(name)
    return {name: way for name, way in found.items() if way is not None}


def last_good(runs: Sequence[Run], run: Run) -> Run | None:
    """Return the newest completed run of the same notebook and parameter set that began before a run, or None."""
    names = notebooks_of(runs)
    key = (names[run.id], run.parameters_sha256)
    earlier = (
        one for one in runs
        if one.status == "completed" and one.order < run.order and (names[one.id], one.parameters_sha256) == key
    )  # fmt: skip
    return max(earlier, key=lambda one: one.order, default=None)
