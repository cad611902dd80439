"""States of the points of a sweep, from the runs of a store and from those that have just ended. Runs nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aewidgets.reports.execution.runner import FINISHED
from aewidgets.reports.execution.sources import Source
from aewidgets.reports.requirements.thresholds import Requirement, outcomes_of
from aewidgets.reports.runs.index import list_runs
from aewidgets.reports.runs.reading import read_metrics
from aewidgets.reports.runs.run import Run
from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.started import forgotten
from aewidgets.reports.stores.store import Store
from aewidgets.reports.sweeps.grids import Point
from aewidgets.reports.sweeps.points import PointRun
from aewidgets.system.spreading import ItemResult

__all__ = ["State", "known_states", "remove_leftovers", "state_after"]


@dataclass(frozen=True)
class State:
    """The state of one point of a sweep.

    Attributes:
        point: the point.
        name: name of its folder once it is finished: `<notebook>-<hash>`.
        status: "waiting", a key of `EXIT_CODES`, or "no run" if the point left none.
        run: name of the folder of its run; that of a failed run ends in `-failed`. None without a run.
        failure: the failure in words; None for a completed point.
        metrics: figures that the run recorded.
        seconds: duration of the run.
        kept: whether an earlier sweep had finished the point.
        left_out: figures that were not compared with an earlier run, and why.
    """

    point: Point
    name: str
    status: str = "waiting"
    run: str | None = None
    failure: str | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    kept: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)


def known_states(
    store: Store, source: Source, points: Sequence[Point], wanted: Sequence[Requirement], compared: bool = False
) -> list[State]:
    """Return the state of every point; a point that a run in the store has finished is kept, all others wait.

    With `compared`, kept points also miss what they missed when they were compared with an earlier run.

    Raises:
        FileExistsError: if the name of a point is taken by anything but a finished run of it, or by one whose figures
            cannot be read.
    """
    runs = {run.id: run for run in list_runs(store)}
    states = []
    for point in points:
        digest = hashlib.sha256(f"{source.sha256} {point.sha256}".encode()).hexdigest()[:12]
        state = State(point, f"{source.stem}-{digest}")
        run = runs.get(state.name)
        if run is None:
            states.append(state)
            continue
        same = (run.notebook_sha256, run.parameters_sha256) == (source.sha256, point.sha256)
        if not same or run.status not in FINISHED:
            raise FileExistsError(
                f"{store.url}/{state.name} has the name of point {point.number} but is no finished run of it; "
                "move it away"
            )
        states.append(_kept(store, state, run, wanted, compared))
    return states


def _kept(store: Store, state: State, run: Run, wanted: Sequence[Requirement], compared: bool) -> State:
    """Return the state of a point with a finished run, checked against the requirements of this sweep."""
    metrics = read_metrics(store, run.id)  # all of them: the index holds long lists by their length alone
    reasons = [f"{o.text}: {o.reason}" for o in outcomes_of(wanted, metrics) if o.met is False]
    worse = [one for one in run.requirements if compared and one.get("met") is False and one.get("better")]
    missed = "; ".join([*reasons, *(f"{one.get('text')}: {one.get('reason')}" for one in worse)])
    return replace(
        state, status="threshold missed" if missed else "completed", run=run.id, failure=missed or None,
        metrics=metrics, seconds=run.seconds, kept=True,
    )  # fmt: skip


def state_after(state: State, ended: ItemResult[Any, PointRun], store: Store, wanted: Sequence[Requirement]) -> State:
    """Return the state of a point after its run has ended."""
    if ended.result is None:
        return replace(state, status="no run", failure=str(ended.error))
    run = ended.result
    if run.there:  # published by a worker that died before it could answer
        published = next((one for one in list_runs(store) if one.id == state.name), None)
        if published is not None:
            return replace(_kept(store, state, published, wanted, compared=True), kept=False)
    return replace(
        state, status=run.status, run=run.name, failure=run.failure, metrics=run.metrics, seconds=run.seconds,
        left_out=run.left_out or {},
    )  # fmt: skip


def remove_leftovers(store: Store, states: Iterable[State]) -> None:
    """Remove the pending folders that killed processes have left, for points that have been finished since."""
    if not isinstance(store, LocalStore):
        return
    finished = {state.name for state in states if state.status in FINISHED}
    for entry in list(os.scandir(store.root)):
        name = entry.name[1:].rpartition(".")[0]
        if entry.name.startswith(".") and name in finished and entry.is_dir(follow_symlinks=False):
            with suppress(OSError):
                shutil.rmtree(entry.path)
            forgotten(Path(entry.path))
