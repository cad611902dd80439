"""Sweeps a notebook over many points, each a process and a run; finished points are not run again. Draws no page.

The run folders hold the results: a point's folder is named by the hashes of notebook and parameters, so a second sweep
over the same points finds them. sweep.json and sweep.html are made from the runs, and nothing is lost with them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from aewidgets.reports.execution.folders import NOTEBOOK, elsewhere, working_folder
from aewidgets.reports.execution.runner import FINISHED
from aewidgets.reports.execution.sources import load_notebook
from aewidgets.reports.requirements.drift import NoWorse, find_baseline
from aewidgets.reports.requirements.thresholds import Requirement
from aewidgets.reports.runs.index import update_index
from aewidgets.reports.secrets import Secrets, secret_names
from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.opening import open_store, read_url
from aewidgets.reports.stores.store import Store
from aewidgets.reports.sweeps.board import PAGE, Board
from aewidgets.reports.sweeps.grids import LONGEST, GridError, points_of, read_grid
from aewidgets.reports.sweeps.points import PointRun, PointRunner, Task
from aewidgets.reports.sweeps.states import State, known_states, remove_leftovers, state_after
from aewidgets.system.interrupts import terminate_as_interrupt
from aewidgets.system.locks import LockedError
from aewidgets.system.spreading import ItemResult, spread

__all__ = ["State", "Sweep", "run_sweep"]

_STRAYS = 5  # notes, at most, about files that lie in the current folder alone


@dataclass(frozen=True)
class Sweep:
    """A sweep that has ended.

    Attributes:
        states: states of all points, in the order of the grid.
        dropped: numbers of points that repeat another.
        page_url: URL of sweep.html.
        interrupted: whether the sweep was stopped from outside.
        notes: what a reader should know about the notebook's parameters, in words.
    """

    states: tuple[State, ...]
    dropped: tuple[int, ...]
    page_url: str
    interrupted: bool
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of points by status, "completed" first."""
        counts = Counter(state.status for state in self.states)
        return dict(sorted(counts.items(), key=lambda item: (item[0] != "completed", item[0])))

    @property
    def exit_code(self) -> int:
        """Exit code: 0 if all points completed, 1 if any failed, 6 if some only missed thresholds, 130 interrupted."""
        if self.interrupted:
            return 130
        if set(self.counts) - set(FINISHED):
            return 1
        return 6 if "threshold missed" in self.counts else 0


def run_sweep(
    notebook: str | os.PathLike[str],
    grid: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    scheduler: str | None = None,
    workers: int | None = None,
    resume: bool = True,
    requirements: Sequence[str] = (),
    no_worse: NoWorse | None = None,
    cell_timeout: float | None = None,
    run_timeout: float | None = None,
    retries: int = 0,
    cwd: str | os.PathLike[str] = NOTEBOOK,
    secrets: Sequence[str] = (),
    progress: Callable[[int, int, str], None] | None = None,
    on_point: Callable[[State], None] | None = None,
) -> Sweep:
    """Run a notebook at every point of a grid, each in a process with a kernel of its own, on a Dask cluster.

    A point that fails does not stop the others. A finished point is not run again: after Ctrl-C, a killed client or a
    lost worker the same call continues the sweep. Notebooks run in the folder of the notebook's
    file, or in `cwd`, if a worker has it.

    Args:
        notebook: an .ipynb file, or a text that Jupytext reads, by path or fsspec URL; read once, at the start.
        grid: GRID.yaml by path or URL, see `aewidgets.reports.sweeps.grids`.
        out: folder of all runs, or an fsspec URL, which all workers must reach.
        scheduler: address of a Dask cluster; None runs the points on this machine.
        workers: number of processes on this machine; None for one a core.
        resume: whether points that are finished in `out` count as done; otherwise they are an error.
        requirements: conditions on the figures of every run, see `run_report`; finished points are checked again.
        no_worse: that the figures of every run are no worse than those of an earlier run, see `run_report`. Finished
            points are not compared again; what they missed when they ran counts.
        cell_timeout: seconds that one cell may take; None for no limit.
        run_timeout: seconds that one run may take; None for no limit.
        retries: how many further attempts every run may make, see `run_report`.
        cwd: folder in which the notebooks run, or `notebook`, see `run_report`.
        secrets: variables for every kernel, from variables of the process that starts it: `TOKEN=env:CI_TOKEN`, see
            `run_report`. On a cluster the workers must have them; values are not sent.
        progress: called with (points done, points in all, name of the last point).
        on_point: called with the state of every point that was run, as its run ends.

    Returns:
        The sweep, whatever the status of its points.

    Raises:
        GridError: if the grid cannot be swept; the message lists everything that is wrong. It is raised before
            anything runs or is written, as is the next line.
        ParameterError, RequirementError, SecretError, NotebookError, ValueError: if notebook or arguments are wrong.
        FileExistsError: without `resume`, if points are finished in `out` already.
        LockedError: if another sweep is writing into the same local folder.
        ClusterError: if there is no cluster, or it is lost; finished points are kept.
        OSError: if reading or writing fails.
    """
    wanted = [Requirement.of(text) for text in requirements]
    folder = working_folder(notebook, cwd)
    if scheduler is None:
        Secrets.of(secrets)  # the variables are there
    else:
        secret_names(secrets)
    source = load_notebook(notebook)
    try:
        text = read_url(grid, LONGEST)
    except ValueError as error:
        raise GridError(str(error)) from error
    points, dropped = points_of(source, read_grid(text))
    store = _whole(out)
    if no_worse and no_worse.than != "latest":
        find_baseline(store, no_worse.than, source.name, "")  # raises, if there is no such run
    lock = store.lock("sweep", 0)
    try:
        lock.__enter__()
    except LockedError as error:
        raise LockedError(f"another sweep is writing into {store.url}; wait for it, or give another folder") from error
    try:
        states = known_states(store, source, points, wanted, compared=no_worse is not None)
        kept = [state for state in states if state.kept]
        if kept and not resume:
            raise FileExistsError(
                f"{len(kept)} of {len(states)} points are finished in {store.url}; nothing is overwritten: "
                "resume, or give another folder"
            )
        options = {
            "requirements": list(requirements), "cell_timeout": cell_timeout, "run_timeout": run_timeout,
            "place": source.place, "no_worse": no_worse and no_worse.texts,
            "secrets": list(secrets),
        }  # fmt: skip
        runner = PointRunner(
            source.data, source.file_name, store.url, str(folder), options | {"retries": retries}, retries
        )
        todo = [Task(state.name, state.point.given) for state in states if state.status == "waiting"]
        outcomes = spread(runner, todo, scheduler=scheduler, workers=workers) if todo else None
        board = Board(store, source, states, dropped, progress)
        board.write("running")
        with terminate_as_interrupt():
            interrupted = _sweep(board, outcomes, wanted, on_point)
        remove_leftovers(store, board.states.values())
        strays = dict.fromkeys(note for point in points for note in elsewhere(point.given, folder))
        notes = (*source.notes, *islice(strays, _STRAYS))
        return Sweep(tuple(board.states.values()), tuple(dropped), f"{store.url}/{PAGE}", interrupted, notes)
    finally:
        lock.__exit__(None, None, None)


def _sweep(
    board: Board,
    outcomes: Generator[ItemResult[Task, PointRun], None, None] | None,
    wanted: Sequence[Requirement],
    on_point: Callable[[State], None] | None,
) -> bool:
    """Run the waiting points and keep the board up to date; return True if the sweep was interrupted."""
    ended = "interrupted"
    try:
        if outcomes:
            with closing(outcomes):
                for outcome in outcomes:
                    state = state_after(board.states[outcome.item.name], outcome, board.store, wanted)
                    board.change(state)
                    if on_point:
                        on_point(state)
        ended = "finished"
    except KeyboardInterrupt:
        return True
    finally:
        board.write(ended)
        if outcomes:
            update_index(board.store)  # the board may have skipped the last points
    return False


def _whole(out: str | os.PathLike[str]) -> Store:
    """Open a store, a local one by its absolute path, because workers run in folders of their own."""
    store = open_store(out)
    return LocalStore(store.root.absolute()) if isinstance(store, LocalStore) else store
