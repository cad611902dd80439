"""Reads the runs of a store for commands, finds one by its name, and says in words why that fails. Runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from aewidgets.reports.runs.run import Run
    from aewidgets.reports.stores.store import Store

__all__ = ["AS_JSON", "EXIT_FILES", "STORE", "of_notebook", "of_status", "one_run", "opened", "read_runs",
           "refuse_unknown", "stop"]  # fmt: skip

EXIT_FILES = 5
STORE = click.argument("store", metavar="[DIR|URL]", default="reports")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for scripts.")


def opened(store: str) -> Store:
    """Open a store; exit with words if that fails."""
    try:
        from aewidgets.reports.stores.local import LocalStore
        from aewidgets.reports.stores.opening import open_store

        found = open_store(store)
        if isinstance(found, LocalStore) and not found.root.is_dir():
            stop(EXIT_FILES, f"there is no folder {store}")
        return found
    except ImportError as error:
        raise click.UsageError(f"{error}; pip install 'aewidgets[report]'") from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def read_runs(store: str) -> list[Run]:
    """Read the runs of a store, newest first; exit with words if that fails."""
    from aewidgets.reports.runs.index import list_runs

    try:
        return list_runs(opened(store))
    except OSError as error:
        stop(EXIT_FILES, str(error))


def stop(code: int, words: str) -> NoReturn:
    """Print an error and exit."""
    click.echo(f"Error: {words}", err=True)
    raise click.exceptions.Exit(code)


def of_notebook(run: Run, name: str | None) -> bool:
    """Return whether a run is of the notebook of that name, with or without .ipynb; any is if there is no name."""
    from aewidgets.reports.stores.store import without_suffix

    return name is None or run.stem == without_suffix(name)


def of_status(run: Run, status: str | None) -> bool:
    """Return whether a run has that status; `failed` is that of all that did not reach their end."""
    return status is None or run.status == status or (status == "failed" and run.failed)


def refuse_unknown(found: Sequence[Run], notebook: str | None, status: str | None) -> None:
    """Raise UsageError, with what there is, for a filter that no run can pass: it is likely a slip."""
    from aewidgets.reports.stores.store import without_suffix

    for option, asked, known in (
        ("--notebook", notebook and without_suffix(notebook), sorted({run.stem for run in found})),
        ("--status", status, sorted({run.status for run in found} | {"failed"})),
    ):
        if asked and asked not in known:
            near = get_close_matches(asked, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known[:20])}"
            raise click.UsageError(f"{option} {asked}: no run has it; {hint}")


def one_run(found: Sequence[Run], name: str, store: str) -> Run:
    """Return the run of this name, or the only one whose name begins so; else raise UsageError."""
    same = [run for run in found if run.id == name] or [run for run in found if run.id.startswith(name)]
    if len(same) == 1:
        return same[0]
    if same:
        raise click.UsageError(f"{name} could be {', '.join(run.id for run in same[:5])}; write more of it")
    near = get_close_matches(name, [run.id for run in found], n=1, cutoff=0.4)
    raise click.UsageError(f"no run {name} in {store}" + (f"; did you mean {near[0]}?" if near else ""))
