"""Command `aewidgets runs`, which lists and shows runs of reports and rebuilds their index. Runs nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

import click

from aewidgets.commands.run_tables import one_line, print_table, short

if TYPE_CHECKING:
    from aewidgets.reports.runs.run import Run
    from aewidgets.reports.stores.store import Store

_EXIT_FILES = 5


class _ListByDefault(click.Group):
    """Group whose default is `list`: `runs DIR` means `runs list DIR`. A folder called `show` is written `./show`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


_STORE = click.argument("store", metavar="[DIR|URL]", default="reports")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for scripts.")


@click.group(cls=_ListByDefault)
def runs() -> None:
    """List the runs of `report` and `sweep` in a folder or at an fsspec URL, by default in `reports`.

    \b
    aewidgets runs [list] [DIR|URL] [--notebook N] [--status S] [--last N] [--json]
    aewidgets runs show ID [DIR|URL]
    aewidgets runs rebuild [DIR|URL]

    Exit codes: 0 success, 2 wrong usage, 5 runs could not be read or the index could not be written.
    """


@runs.command("list")
@_STORE
@click.option("--notebook", metavar="NAME", help="List only runs of this notebook, named with or without .ipynb.")
@click.option(
    "--status", metavar="STATUS", help="List only runs of this status; `failed` means all that did not complete."
)
@click.option("--last", type=click.IntRange(1), metavar="N", help="List only the newest N runs.")
@click.option(
    "--metric", "metrics", multiple=True, metavar="NAME", help="Show this figure in a column; repeat for more."
)
@_JSON
def list_command(
    store: str, notebook: str | None, status: str | None, last: int | None, metrics: tuple[str, ...], as_json: bool
) -> None:
    """List runs, newest first, with status, start, seconds, the parameters that differ, and figures.

    Give a folder, or an fsspec URL such as s3://bucket/runs. Run folders that the index lacks are read too.
    """
    from aewidgets.reports.runs.comparisons import differing

    found = _read(store)
    kept = [run for run in found if _of_notebook(run, notebook) and _of_status(run, status)][:last]
    if as_json:
        click.echo(json.dumps([_plain(run) for run in kept], indent=1))
        return
    if not found:
        click.echo(f"no runs in {store} yet; `aewidgets report NOTEBOOK --out {store}` makes one")
        return
    if not kept:
        _refuse_unknown(found, notebook, status)
    print_table(kept, differing(found), metrics)
    click.echo(f"{len(kept):,} of {len(found):,} runs" if len(kept) < len(found) else f"{len(found):,} runs")


@runs.command()
@click.argument("run_id", metavar="ID")
@_STORE
@_JSON
def show(run_id: str, store: str, as_json: bool) -> None:
    """Show one run. ID is its name, or a beginning of the name that no other run has."""
    from aewidgets.reports.runs.comparisons import figures_of, last_good

    found = _read(store)
    run = _one(found, run_id, store)
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
@_STORE
def rebuild(store: str) -> None:
    """Rebuild the index, index.jsonl and index.html, from the run folders alone."""
    from aewidgets.reports.runs.index import INDEX, PAGE, rebuild_index
    from aewidgets.reports.runs.run import UNREADABLE

    opened = _opened(store)
    try:
        found = rebuild_index(opened)
    except OSError as error:
        _stop(_EXIT_FILES, str(error))
    lost = [one_line(run.id) for run in found if run.status == UNREADABLE]
    click.echo(f"{store.rstrip('/')}/{PAGE} and {INDEX}: {len(found):,} runs")
    if lost:
        click.echo(f"{len(lost):,} cannot be read: {', '.join(lost[:10])}", err=True)


def _opened(store: str) -> Store:
    """Open a store; exit with words if that fails."""
    try:
        from aewidgets.reports.stores.local import LocalStore
        from aewidgets.reports.stores.opening import open_store

        opened = open_store(store)
        if isinstance(opened, LocalStore) and not opened.root.is_dir():
            _stop(_EXIT_FILES, f"there is no folder {store}")
        return opened
    except ImportError as error:
        raise click.UsageError(f"{error}; pip install 'aewidgets[report]'") from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _read(store: str) -> list[Run]:
    """Read the runs of a store, newest first; exit with words if that fails."""
    from aewidgets.reports.runs.index import list_runs

    try:
        return list_runs(_opened(store))
    except OSError as error:
        _stop(_EXIT_FILES, str(error))


def _stop(code: int, words: str) -> NoReturn:
    """Print an error and exit."""
    click.echo(f"Error: {words}", err=True)
    raise click.exceptions.Exit(code)


def _of_notebook(run: Run, name: str | None) -> bool:
    return name is None or run.stem == name.removesuffix(".ipynb")


def _of_status(run: Run, status: str | None) -> bool:
    return status is None or run.status == status or (status == "failed" and run.status != "completed")


def _refuse_unknown(found: Sequence[Run], notebook: str | None, status: str | None) -> None:
    """Raise UsageError, with what there is, for a filter that no run can pass: it is likely a slip."""
    for option, asked, known in (
        ("--notebook", notebook and notebook.removesuffix(".ipynb"), sorted({run.stem for run in found})),
        ("--status", status, sorted({run.status for run in found} | {"failed"})),
    ):
        if asked and asked not in known:
            near = get_close_matches(asked, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known[:20])}"
            raise click.UsageError(f"{option} {asked}: no run has it; {hint}")


def _one(found: Sequence[Run], name: str, store: str) -> Run:
    """Return the run of this name, or the only one whose name begins so; else raise UsageError."""
    same = [run for run in found if run.id == name] or [run for run in found if run.id.startswith(name)]
    if len(same) == 1:
        return same[0]
    if same:
        raise click.UsageError(f"{name} could be {', '.join(run.id for run in same[:5])}; write more of it")
    near = get_close_matches(name, [run.id for run in found], n=1, cutoff=0.4)
    raise click.UsageError(f"no run {name} in {store}" + (f"; did you mean {near[0]}?" if near else ""))


def _plain(run: Run) -> dict[str, Any]:
    """Return a run as JSON holds it, without the picture, which nobody reads in a terminal."""
    from aewidgets.reports.runs.run import to_line

    values = json.loads(to_line(run, None))
    return {name: value for name, value in values.items() if name not in ("thumbnail", "stamp", "format")}
