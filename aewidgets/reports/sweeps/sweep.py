"""A sweep: one notebook at many points, each a process and a run; what is finished is not done again. Draws nothing.

The run folders are the truth: a point's folder is named by the hashes of notebook and parameters, so that whoever
gives the same sweep again finds what is there. sweep.json and sweep.html are made from that, and can be lost.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from aewidgets.reports.execution.sources import load_notebook
from aewidgets.reports.requirements.thresholds import Requirement
from aewidgets.reports.runs.index import update_index
from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.opening import open_store, read_url
from aewidgets.reports.stores.store import LockedError, Store
from aewidgets.reports.sweeps.board import PAGE, Board
from aewidgets.reports.sweeps.grids import GridError, points_of, read_grid
from aewidgets.reports.sweeps.points import PointRun, PointRunner, Task
from aewidgets.reports.sweeps.states import FINISHED, State, after, found, tidy
from aewidgets.system.interrupts import terminate_as_interrupt
from aewidgets.system.spreading import ItemResult, spread

__all__ = ["State", "Sweep", "run_sweep"]


@dataclass(frozen=True)
class Sweep:
    """A sweep that has ended.

    Attributes:
        states: of all points, in the order of the grid.
        dropped: numbers of points that repeat another.
        page_url: of sweep.html.
        interrupted: whether it was stopped from outside.
    """

    states: tuple[State, ...]
    dropped: tuple[int, ...]
    page_url: str
    interrupted: bool

    @property
    def counts(self) -> Mapping[str, int]:
        """How many points have each status, completed ones first."""
        counts = Counter(state.status for state in self.states)
        return dict(sorted(counts.items(), key=lambda item: (item[0] != "completed", item[0])))

    @property
    def exit_code(self) -> int:
        """0 where all completed, 1 where any failed, 6 where some only missed thresholds, 130 interrupted."""
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
    cell_timeout: float | None = None,
    run_timeout: float | None = None,
    retries: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
    tell: Callable[[State], None] | None = None,
) -> Sweep:
    """Run a notebook at every point of a grid, each in a process with a kernel of its own, on a Dask cluster.

    A point that fails stops no other. A point that is finished is not run again: after Ctrl-C, a killed client or a
    lost worker the same call goes on. Notebooks run in the current folder, where a worker has it.

    Args:
        notebook: an .ipynb file, by path or fsspec URL; read once, at the start.
        grid: GRID.yaml by path or URL, see `aewidgets.reports.sweeps.grids`.
        out: folder of all runs, or an fsspec URL, which all workers must reach.
        scheduler: address of a Dask cluster; None works on this machine.
        workers: so many processes on this machine; as many as it has cores if None.
        resume: whether points that are finished in `out` already count as done; otherwise they are refused.
        requirements, cell_timeout, run_timeout, retries: of every run, see `run_report`. Kept points are held
            against the requirements again.
        progress: called with (points done, points in all, what came last).
        tell: called with the state of every point that was run, as it comes.

    Raises:
        GridError: with everything that is wrong with the grid, before anything runs or is written.
        ParameterError, RequirementError, NotebookError, ValueError: likewise.
        FileExistsError: without `resume`, if points are finished in `out` already.
        LockedError: if another sweep is writing into the same local folder.
        ClusterError: if there is no cluster, or none any more; what is finished is kept.
        OSError: where reading or writing fails.
    """
    wanted = [Requirement.of(text) for text in requirements]
    source = load_notebook(notebook)
    try:
        text = read_url(grid, 1_000_000)
    except ValueError as error:
        raise GridError(str(error)) from error
    points, dropped = points_of(source, read_grid(text))
    store = _whole(out)
    lock = store.lock("sweep", 0)
    try:
        lock.__enter__()
    except LockedError as error:
        raise LockedError(f"another sweep is writing into {store.url}; wait for it, or give another folder") from error
    try:
        states = found(store, source, points, wanted)
        kept = [state for state in states if state.kept]
        if kept and not resume:
            raise FileExistsError(
                f"{len(kept)} of {len(states)} points are finished in {store.url}; nothing is overwritten: "
                "resume, or give another folder"
            )
        options = {"requirements": list(requirements), "cell_timeout": cell_timeout, "run_timeout": run_timeout}
        runner = PointRunner(
            source.data, f"{source.stem}.ipynb", store.url, str(Path.cwd()), options | {"retries": retries}, retries
        )
        todo = [Task(state.name, state.point.given) for state in states if state.status == "waiting"]
        outcomes = spread(runner, todo, scheduler=scheduler, workers=workers) if todo else None
        board = Board(store, source, states, dropped, progress)
        board.write("running")
        with terminate_as_interrupt():
            interrupted = _swept(board, outcomes, wanted, tell)
        tidy(store, board.states.values())
        return Sweep(tuple(board.states.values()), tuple(dropped), f"{store.url}/{PAGE}", interrupted)
    finally:
        lock.__exit__(None, None, None)


def _swept(
    board: Board,
    outcomes: Generator[ItemResult[Task, PointRun], None, None] | None,
    wanted: Sequence[Requirement],
    tell: Callable[[State], None] | None,
) -> bool:
    """Run what is waiting; whether it was interrupted."""
    ended = "interrupted"
    try:
        if outcomes:
            with closing(outcomes):
                for outcome in outcomes:
                    state = after(board.states[outcome.item.name], outcome, board.store, wanted)
                    board.change(state)
                    if tell:
                        tell(state)
        ended = "finished"
    except KeyboardInterrupt:
        return True
    finally:
        board.write(ended)
        if outcomes:
            update_index(board.store)  # of the last points, which the board has not waited for
    return False


def _whole(out: str | os.PathLike[str]) -> Store:
    """The store, a local one by its whole path: workers are in folders of their own."""
    store = open_store(out)
    return LocalStore(store.root.absolute()) if isinstance(store, LocalStore) else store
