"""Writes runs as CSV: one row a run, one column a figure. Reads no run.

Spreadsheets run a text that begins with `=`, `+`, `-` or `@` as a formula, and runs may hold texts of other people.
Such a text gets an apostrophe before it, as OWASP advises; numbers are written as numbers.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from aewidgets.reports.runs.comparisons import figures_of
from aewidgets.reports.runs.run import Run

__all__ = ["csv_of"]

_ABOUT = ("run", "notebook", "status", "exit_code", "started", "finished", "seconds", "why", "notebook_sha256",
          "parameters_sha256")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # and their full-width forms


def csv_of(runs: Sequence[Run], metrics: Sequence[Mapping[str, Any]]) -> str:
    """Return runs as CSV, oldest first, with a heading; text is quoted, numbers have all their digits.

    The columns are what every run has, then `parameter NAME` by name, then `figure NAME` by name: the same runs give
    the same columns in whatever order they come, and an absent value is an empty cell.

    Args:
        runs: the runs, in any order.
        metrics: all metrics of each; `Run.metrics` may be shortened.
    """
    rows = sorted(zip(runs, map(figures_of, metrics), strict=True), key=lambda row: row[0].order)
    parameters = sorted({name for run in runs for name in run.parameters})
    figures = sorted({name for _, found in rows for name in found})
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    heading = [*_ABOUT, *(f"parameter {name}" for name in parameters), *(f"figure {name}" for name in figures)]
    writer.writerow(map(_cell, heading))
    for run, found in rows:
        about = [run.id, *(getattr(run, name) for name in _ABOUT[1:])]
        own = [run.parameters.get(name) for name in parameters]
        writer.writerow(map(_cell, [*about, *own, *(found.get(name) for name in figures)]))
    return target.getvalue()


def _cell(value: Any) -> Any:
    """Return a value as a cell: numbers as they are, text on one line that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    plain = "".join(c if c.isprintable() else " " for c in text)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) else plain
