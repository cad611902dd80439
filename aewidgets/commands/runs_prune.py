"""Command `aewidgets runs prune`, which removes old runs of a store, after it has said which. Runs nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from aewidgets.commands.run_reading import (
    AS_JSON,
    EXIT_FILES,
    STORE,
    opened,
    read_runs,
    refuse_unknown,
    stop,
)
from aewidgets.commands.run_tables import one_line

if TYPE_CHECKING:
    from aewidgets.reports.runs.pruning import Choice
    from aewidgets.reports.stores.store import Store

__all__ = ["prune"]


@click.command()
@STORE
@click.option(
    "--keep",
    type=click.IntRange(0),
    metavar="N",
    help="Leave the newest N runs of each series (one notebook, one parameter set) alone.",
)
@click.option("--older", metavar="AGE", help="Remove only runs that began longer ago: 12h, 90d, 4w.")
@click.option("--failed", is_flag=True, help="Remove only runs that did not reach their end.")
@click.option("--notebook", metavar="NAME", help="Remove only runs of this notebook, named with or without .ipynb.")
@click.option("--yes", is_flag=True, help="Remove them. Without this, only say which runs would go.")
@AS_JSON
@click.pass_context
def prune(
    ctx: click.Context, store: str, keep: int | None, older: str | None, failed: bool, notebook: str | None, yes: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Remove old runs; without --yes, only print which would go and how many bytes they take.

    A run goes if it fits all of the options given: `--keep 10 --older 90d --failed` removes failed runs that began more
    than 90 days ago and are not among the newest ten of their series. What is running stays, and so does the newest
    completed run of each series, with which the next one is compared, the run to which a -latest pointer leads, and a
    folder that cannot be read or holds more than a run. The index is brought up to date.

    Exit codes: 0 success, 2 wrong usage, 5 a run could not be read or removed.
    """
    from aewidgets.reports.runs.index import update_index
    from aewidgets.reports.runs.pruning import age_of, chosen, removed, with_sizes
    from aewidgets.reports.stores.store import without_suffix

    if keep is None and older is None and not failed:
        raise click.UsageError("say which runs may go: --keep N, --older 90d, --failed; together they ask for less")
    try:
        before = None if older is None else datetime.now(UTC) - age_of(older)
    except ValueError as error:
        raise click.UsageError(f"--older: {error}") from None
    place, runs = opened(store), read_runs(store)
    stem = notebook and without_suffix(notebook)
    if stem and runs:
        refuse_unknown(runs, stem, None)
    try:
        choices = with_sizes(place, chosen(place, runs, keep=keep, before=before, failed=failed, notebook=stem))
    except OSError as error:
        stop(EXIT_FILES, str(error))
    going = [one for one in choices if not one.kept]
    troubles: list[str] = []
    if yes and going:
        going, _ = removed(place, going, lambda one, error: troubles.append(f"{one.run.id}: {error}"))
        try:
            update_index(place)
        except OSError as error:
            troubles.append(f"the index is not up to date ({error}): aewidgets runs rebuild {store}")
    _print(place, choices, going, yes, as_json)
    for trouble in troubles:
        click.echo(f"Error: {one_line(trouble)}", err=True)
    ctx.exit(EXIT_FILES if troubles else 0)


def _print(place: Store, choices: Sequence[Choice], going: Sequence[Choice], done: bool, as_json: bool) -> None:
    """Print the runs that go, those that stay although they were asked for, and the bytes."""
    total = sum(one.size or 0 for one in going)
    if as_json:
        rows = [{"id": one.run.id, "status": one.run.status, "started": one.run.started, "bytes": one.size}
                for one in going]  # fmt: skip
        kept = {one.run.id: one.kept for one in choices if one.kept}
        click.echo(json.dumps({"removed": done, "runs": rows, "bytes": total, "kept": kept}, indent=1))
        return
    for one in going:
        name, status = one_line(one.run.id), one_line(one.run.status)
        click.echo(f"{'removed' if done else 'would go'}  {name}  {status}  {one.size or 0:,} bytes")
    for one in choices:
        if one.kept:
            click.echo(f"stays  {one_line(one.run.id)}: {one_line(one.kept)}")
    words = f"{len(going):,} run{'' if len(going) == 1 else 's'}, {total:,} bytes"
    ending = "removed" if done else "would go; nothing was removed" + ("; --yes removes them" if going else "")
    click.echo(f"{words}: {ending}")
