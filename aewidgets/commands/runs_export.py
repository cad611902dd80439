"""Command `aewidgets runs export`, which writes runs as a table for spreadsheets and data frames. Runs nothing."""

from __future__ import annotations

from pathlib import Path

import click

from aewidgets.commands.run_reading import (
    EXIT_FILES,
    STORE,
    of_notebook,
    of_status,
    opened,
    read_runs,
    refuse_unknown,
    stop,
)

__all__ = ["export"]


@click.command()
@STORE
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV: one row a run, one column a parameter and a figure.")
@click.option("--notebook", metavar="NAME", help="Export only runs of this notebook, named with or without .ipynb.")
@click.option("--status", metavar="STATUS", help="Export only runs of this status, as `aewidgets runs list` does.")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.csv",
    help="Write into this file, whole or not at all. Default: standard output.",
)
def export(store: str, as_csv: bool, notebook: str | None, status: str | None, out: Path | None) -> None:
    """Write all runs of a folder or an fsspec URL as a table, oldest first, with all digits.

    Columns have the order of their names, whatever the order of the runs. A text that a spreadsheet would take for a
    formula gets an apostrophe before it.

    Exit codes: 0 success, 2 wrong usage, 5 files could not be read or written.
    """
    from aewidgets.reports.runs.csv_table import csv_of
    from aewidgets.reports.runs.reading import all_metrics
    from aewidgets.system.writing import write_text

    if not as_csv:
        raise click.UsageError("say in which form: --csv")
    place, runs = opened(store), read_runs(store)
    kept = [run for run in runs if of_notebook(run, notebook) and of_status(run, status)]
    if runs and not kept:
        refuse_unknown(runs, notebook, status)
    try:
        text = csv_of(kept, [all_metrics(place, run) for run in kept])
        if out is None:
            click.echo(text, nl=False)
        else:
            write_text(out, text)
            click.echo(out)
    except OSError as error:
        stop(EXIT_FILES, str(error))
