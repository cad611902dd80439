"""Tables of runs for a terminal, and values of runs in one line. Reads no runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from aewidgets.reports.runs.run import Run

__all__ = ["one_line", "print_rows", "print_table", "short"]

_COLUMNS = 3  # figures in the table, if none are named
_STYLES = {"completed": "green", "threshold missed": "yellow", "running": "cyan"}  # of statuses; others failed


def print_table(kept: Sequence[Run], differ: dict[str, list[str]], metrics: Sequence[str]) -> None:
    """Print a table of runs.

    Args:
        kept: the runs, in the order of the table.
        differ: names of the parameters to show, for each notebook.
        metrics: dotted paths of the figures to show; if empty, the figures that most runs have.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from aewidgets.reports.runs.comparisons import figures_of

    figures = {run.id: figures_of(run.metrics) for run in kept}
    count: dict[str, int] = {}
    for values in figures.values():
        for name in values:
            count[name] = count.get(name, 0) + 1
    columns = list(metrics) or sorted(count, key=lambda name: -count[name])[:_COLUMNS]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("id", overflow="fold")
    for title in ("status", "started (UTC)"):
        table.add_column(title, no_wrap=True)
    table.add_column("seconds", justify="right")
    table.add_column("parameters that differ", overflow="fold")
    for name in columns:
        table.add_column(Text(name), justify="right", no_wrap=True)
    for run in kept:
        own = {name: run.parameters[name] for name in differ.get(run.stem, ()) if name in run.parameters}
        parameters = ", ".join(f"{name}={short(value)}" for name, value in own.items())
        numbers = (figures[run.id].get(name) for name in columns)
        table.add_row(
            Text(one_line(run.id)),
            Text(one_line(run.status), style=_STYLES.get(run.status, "bold red")),
            (run.started or "?")[:16].replace("T", " "),
            "?" if run.seconds is None else f"{run.seconds:g}",
            Text(parameters or "-"),
            *("-" if value is None else f"{value:.5g}" for value in numbers),
        )
    _print(table)


def print_rows(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> None:
    """Print a table of texts; a last cell that says `better` or `worse` is coloured.

    Args:
        titles: headings of the columns.
        rows: texts of the cells, row by row.
        numbers: places of the columns that hold numbers, which are not broken.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for place, title in enumerate(titles):
        number = place in numbers
        table.add_column(Text(title), justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        *first, last = map(Text, row)
        last.stylize({"better": "green", "worse": "bold red"}.get(last.plain[2:], ""))
        table.add_row(*first, last)
    _print(table)


def _print(table: Table) -> None:
    """Print a table; into a file or a pipe, which has no width, without a cut."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 400
    console.print(table)


def short(value: Any) -> str:
    """Return a value of JSON in at most 80 characters."""
    text = f"{value:.6g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
    return one_line(text if len(text) <= 80 else text[:79] + "…")


def one_line(text: str) -> str:
    """Replace characters that could control a terminal, which names from other people may hold."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
