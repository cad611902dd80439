"""What is known of each point of a sweep, from the runs of a store and from those that came in. Runs nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from aewidgets.reports.execution.sources import Source
from aewidgets.reports.requirements.thresholds import Requirement, outcomes_of
from aewidgets.reports.runs.index import list_runs
from aewidgets.reports.runs.run import Run
from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.store import Store
from aewidgets.reports.sweeps.grids import Point
from aewidgets.reports.sweeps.points import PointRun
from aewidgets.system.spreading import ItemResult

__all__ = ["FINISHED", "State", "after", "found", "tidy"]

#: How runs end that need not be run again.
FINISHED = ("completed", "threshold missed")


@dataclass(frozen=True)
class State:
    """What is known of a point.

    Attributes:
        point: the point.
        name: of its folder once it is finished: `<notebook>-<hash>`.
        status: "waiting", or a key of `EXIT_CODES`, or "no run" where there is nothing to show for it.
        run: name of the folder that there is: that of a failed run ends otherwise. None without one.
        failure: why, in words; None for a completed one.
        metrics: what was recorded.
        seconds: that it took.
        kept: whether an earlier sweep had finished it.
    """

    point: Point
    name: str
    status: str = "waiting"
    run: str | None = None
    failure: str | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    kept: bool = False


def found(store: Store, source: Source, points: Sequence[Point], wanted: Sequence[Requirement]) -> list[State]:
    """The points, with what is finished already."""
    there = {run.id: run for run in list_runs(store)}
    states = []
    for point in points:
        digest = hashlib.sha256(f"{source.sha256} {point.sha256}".encode()).hexdigest()[:12]
        state = State(point, f"{source.stem}-{digest}")
        run = there.get(state.name)
        if run is None:
            states.append(state)
            continue
        same = (run.notebook_sha256, run.parameters_sha256) == (source.sha256, point.sha256)
        if not same or run.status not in FINISHED:
            raise FileExistsError(
                f"{store.url}/{state.name} has the name of point {point.number} but is no finished run of it; "
                "move it away"
            )
        states.append(_kept(state, run, wanted))
    return states


def _kept(state: State, run: Run, wanted: Sequence[Requirement]) -> State:
    """A point with a finished run, held against the requirements of this sweep."""
    missed = "; ".join(f"{o.text}: {o.reason}" for o in outcomes_of(wanted, run.metrics) if o.met is False)
    return replace(
        state, status="threshold missed" if missed else "completed", run=run.id, failure=missed or None,
        metrics=run.metrics, seconds=run.seconds, kept=True,
    )  # fmt: skip


def after(state: State, outcome: ItemResult[Any, PointRun], store: Store, wanted: Sequence[Requirement]) -> State:
    """What became of a point that was run."""
    if outcome.result is None:
        return replace(state, status="no run", failure=str(outcome.error))
    run = outcome.result
    if run.there:  # published by a worker that died before it could say so
        there = next((one for one in list_runs(store) if one.id == state.name), None)
        if there is not None:
            return replace(_kept(state, there, wanted), kept=False)
    return replace(
        state, status=run.status, run=run.name, failure=run.failure, metrics=run.metrics, seconds=run.seconds
    )


def tidy(store: Store, states: Iterable[State]) -> None:
    """Remove hidden folders that processes killed with -9 were filling, of points that are finished since."""
    if not isinstance(store, LocalStore):
        return
    finished = {state.name for state in states if state.status in FINISHED}
    for entry in list(os.scandir(store.root)):
        name = entry.name[1:].rpartition(".")[0]
        if entry.name.startswith(".") and name in finished and entry.is_dir(follow_symlinks=False):
            with suppress(OSError):
                shutil.rmtree(entry.path)
