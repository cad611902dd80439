"""Command `aewidgets runs compare`, which puts two runs side by side. Runs nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from aewidgets.commands.run_reading import AS_JSON, EXIT_FILES, STORE, one_run, opened, read_runs, stop
from aewidgets.commands.run_tables import one_line, print_rows, short

if TYPE_CHECKING:
    from aewidgets.reports.runs.run import Run
    from aewidgets.reports.runs.sides import Row, Sides
    from aewidgets.reports.stores.store import Store

__all__ = ["compare"]


@click.command()
@click.argument("before", metavar="ID")
@click.argument("after", metavar="ID")
@STORE
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PAGE.html",
    help="Also write one HTML page, with the pictures of both, that needs no network.",
)
@AS_JSON
def compare(before: str, after: str, store: str, out: Path | None, as_json: bool) -> None:
    """Compare two runs: parameters that differ, figures with their change, and on the page of --out pictures.

    Each ID is the name of a run, or a beginning of the name that no other run has. The second is held against the
    first: `better` and `worse` stand where the name of a figure, or the notebook, says which way is better.

    Exit codes: 0 success, 2 wrong usage, 5 files could not be read or written.
    """
    from aewidgets.reports.runs.pictures import pairs_of
    from aewidgets.reports.runs.reading import all_metrics, read_pictures
    from aewidgets.reports.runs.sides import sides_of
    from aewidgets.reports.runs.sides_page import sides_page
    from aewidgets.system.writing import write_text

    place, runs = opened(store), read_runs(store)
    one, two = one_run(runs, before, store), one_run(runs, after, store)
    if one.id == two.id:
        raise click.UsageError(f"expected two runs, got {one.id} twice")
    try:
        sides = sides_of(one, two, all_metrics(place, one), all_metrics(place, two))
        if out is not None:
            pairs, left_out = pairs_of(read_pictures(place, one), read_pictures(place, two))
            write_text(out, sides_page(sides, pairs, left_out, _links(place, (one, two), out)))
    except OSError as error:
        stop(EXIT_FILES, str(error))
    if as_json:
        click.echo(json.dumps(sides.as_json(), indent=1))
    else:
        _print(sides)
    if out is not None:
        click.echo(out, err=as_json)  # standard output is JSON alone


def _links(place: Store, runs: Sequence[Run], out: Path) -> dict[str, str]:
    """Return the relative URLs of the runs' pages from the folder of a page; none for a URL or another drive."""
    if not place.is_local:
        return {}
    folder, root = out.parent.absolute(), Path(place.url).absolute()
    try:
        paths = {run.id: os.path.relpath(root / run.links["page"], folder) for run in runs if "page" in run.links}
    except ValueError:  # another drive, on Windows
        return {}
    return {name: "./" + quote(Path(path).as_posix(), errors="surrogateescape") for name, path in paths.items()}


def _print(sides: Sides) -> None:
    """Print what differs, for people."""
    from aewidgets.reports.runs.sides_page import change_text, percent_text, value_text

    for title, run in (("before", sides.before), ("after", sides.after)):
        why = f", {one_line(run.why)}" if run.why else ""
        click.echo(f"{title:<7} {one_line(run.id)}: {one_line(run.status)}{why}")
    for note in sides.notes:
        click.echo(f"Note: {one_line(note)}")
    parts = {"parameters": sides.parameters, "other results": sides.others, "versions": sides.versions}
    for title, rows in parts.items():
        differ = [row for row in rows if not row.same]
        alike = f"{len(rows) - len(differ):,} the same in both"
        if differ:
            print_rows((f"{title} that differ", "before", "after"), [_texts(row) for row in differ], ())
        if rows and title == "parameters":
            click.echo(f"{title}: {alike}" if differ else f"{title}: none differs, {alike}")
    if not sides.figures:
        click.echo("neither recorded a number")
        return
    marks = {None: "", True: "✓ better", False: "✗ worse"}
    lines = [
        (one_line(row.name), *map(value_text, (row.before, row.after)), change_text(row), percent_text(row),
         marks[row.better]) for row in sides.figures
    ]  # fmt: skip
    print_rows(("figure", "before", "after", "change", "in percent", ""), lines, (1, 2, 3, 4))


def _texts(row: Row) -> tuple[str, str, str]:
    """Return the name and both values of a row in one line each."""
    from aewidgets.reports.runs.sides import ABSENT

    before, after = ("–" if value is ABSENT else short(value) for value in (row.before, row.after))
    return one_line(row.name), before, after
