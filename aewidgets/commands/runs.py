"""Command `aewidgets runs`, which lists, shows, compares, exports and prunes runs of reports. Runs nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aewidgets.commands.run_reading import (
    AS_JSON,
    EXIT_FILES,
    STORE,
    of_notebook,
    of_status,
    one_run,
    opened,
    read_runs,
    refuse_unknown,
    stop,
)
from aewidgets.commands.run_tables import one_line, print_table, short
from aewidgets.commands.runs_compare import compare
from aewidgets.commands.runs_export import export
from aewidgets.commands.runs_prune import prune

if TYPE_CHECKING:
    from aewidgets.reports.runs.run import Run


class _ListByDefault(click.Group):
    """Group whose default is `list`: `runs DIR` means `runs list DIR`. A folder called `show` is written `./show`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListByDefault)
def runs() -> None:
    """List the runs of `report` and `sweep` in a folder or at an fsspec URL, by default in `reports`.

    \b
    aewidgets runs [list] [DIR|URL] [--notebook N] [--status S] [--last N] [--json]
    aewidgets runs show ID [DIR|URL]
    aewidgets runs compare ID ID [DIR|URL] [--out PAGE.html]
    aewidgets runs export [DIR|URL] --csv
    aewidgets runs prune [DIR|URL] --keep N --older 90d --failed [--yes]
    aewidgets runs rebuild [DIR|URL]

    A run is `running` while its process goes on, and `killed` if that ended without a word; object stores know only
    of runs that have ended.

    Exit codes: 0 success, 2 wrong usage, 5 runs could not be read or the index could not be written.
    """


@runs.command("list")
@STORE
@click.option("--notebook", metavar="NAME", help="List only runs of this notebook, named with or without .ipynb.")
@click.option(
    "--status", metavar="STATUS", help="List only runs of this status; `failed` means all that did not reach their end."
)
@click.option("--last", type=click.IntRange(1), metavar="N", help="List only the newest N runs.")
@click.option(
    "--metric", "metrics", multiple=True, metavar="NAME", help="Show this figure in a column; repeat for more."
)
@AS_JSON
def list_command(
    store: str, notebook: str | None, status: str | None, last: int | None, metrics: tuple[str, ...], as_json: bool
) -> None:
    """List runs, newest first, with status, start, seconds, the parameters that differ, and figures.

    Give a folder, or an fsspec URL such as s3://bucket/runs. Run folders that the index lacks are read too.
    """
    from aewidgets.reports.runs.comparisons import differing

    found = read_runs(store)
    kept = [run for run in found if of_notebook(run, notebook) and of_status(run, status)][:last]
    if as_json:
        click.echo(json.dumps([_plain(run) for run in kept], indent=1))
        return
    if not found:
        click.echo(f"no runs in {store} yet; `aewidgets report NOTEBOOK --out {store}` makes one")
        return
    if not kept:
        refuse_unknown(found, notebook, status)
    print_table(kept, differing(found), metrics)
    click.echo(f"{len(kept):,} of {len(found):,} runs" if len(kept) < len(found) else f"{len(found):,} runs")


@runs.command()
@click.argument("run_id", metavar="ID")
@STORE
@AS_JSON
def show(run_id: str, store: str, as_json: bool) -> None:
    """Show one run. ID is its name, or a beginning of the name that no other run has."""
    from aewidgets.reports.runs.comparisons import figures_of, last_good

    found = read_runs(store)
    run = one_run(found, run_id, store)
    if as_json:
        click.echo(json.dumps(_plain(run), indent=1))
        return
    good = last_good(found, run)
    before = figures_of(good.metrics) if good else {}
    click.echo(f"{one_line(run.id)}: {one_line(run.status)}" + (f", {one_line(run.why)}" if run.why else ""))
    click.echo(f"notebook   {run.notebook or '?'} (SHA-256 {(run.notebook_sha256 or '?')[:12]})")
    click.echo(f"started    {run.started or '?'}, {'?' if run.seconds is None else f'{run.seconds:g}'} s")
    for title, values in (("parameters", run.parameters), ("machine", run.machine), ("versions", run.versions)):
        click.echo(f"{title:<10} " + (", ".join(f"{name} = {short(value)}" for name, value in values.items()) or "-"))
    if run.relative:
        today = f", today = {one_line(run.today)}" if run.today else ""
        written = ", ".join(f"{name} = {short(value)}" for name, value in run.relative.items())
        click.echo(f"as written {written}{today}")
    for kind, path in run.links.items():
        click.echo(f"{kind:<10} {store.rstrip('/')}/{one_line(path)}")
    if good:
        changed = good.notebook_sha256 != run.notebook_sha256
        click.echo(f"last good  {one_line(good.id)}" + ("; the notebook has changed since" if changed else ""))
    figures = figures_of(run.metrics)
    for name, value in figures.items():
        change = f", last good {before[name]:.6g}, {value - before[name]:+.4g}" if name in before else ""
        click.echo(f"  {name} = {value:.6g}{change}")
    for name, value in run.metrics.items():
        if not figures_of({name: value}):
            click.echo(f"  {name} = {short(value)}")


@runs.command()
@STORE
def rebuild(store: str) -> None:
    """Rebuild the index, index.jsonl and index.html, from the run folders alone."""
    from aewidgets.reports.runs.index import INDEX, PAGE, rebuild_index
    from aewidgets.reports.runs.run import UNREADABLE

    place = opened(store)
    try:
        found = rebuild_index(place)
    except OSError as error:
        stop(EXIT_FILES, str(error))
    lost = [one_line(run.id) for run in found if run.status == UNREADABLE]
    click.echo(f"{store.rstrip('/')}/{PAGE} and {INDEX}: {len(found):,} runs")
    if lost:
        click.echo(f"{len(lost):,} cannot be read: {', '.join(lost[:10])}", err=True)


for _command in (compare, export, prune):
    runs.add_command(_command)


def _plain(run: Run) -> dict[str, Any]:
    """Return a run as JSON holds it, without the picture, which nobody reads in a terminal."""
    from aewidgets.reports.runs.run import to_line

    values = json.loads(to_line(run, None))
    return {name: value for name, value in values.items() if name not in ("thumbnail", "stamp", "format")}
