"""Writes the files that show a sweep while it runs: sweep.json, sweep.html, and the store's index. Runs nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from aewidgets.reports.execution.records import as_json, time_now
from aewidgets.reports.execution.sources import Source
from aewidgets.reports.runs.index import update_index
from aewidgets.reports.stores.store import Store
from aewidgets.reports.sweeps.page import sweep_page
from aewidgets.reports.sweeps.points import MARK
from aewidgets.reports.sweeps.states import State

__all__ = ["PAGE", "Board"]

#: File name of the page; its data are in `aewidgets.reports.sweeps.points.MARK` beside it.
PAGE = "sweep.html"
_PAUSE = 2.0  # least seconds between two writes


class _Pace:
    """Paces work that is repeated and costs time, so that it takes a twentieth of the time at most."""

    def __init__(self) -> None:
        self._next = 0.0

    @property
    def due(self) -> bool:
        """True if the work may be done again."""
        return time.monotonic() >= self._next

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Measure the work in this block and set the time of the next."""
        clock = time.monotonic()
        try:
            yield
        finally:
            now = time.monotonic()
            self._next = now + max(_PAUSE, 20 * (now - clock))


class Board:
    """The states of all points of a sweep, and the files that show them.

    Runs of a sweep do not update the store's index; the board does it for many runs at once.

    Args:
        store: store of the runs.
        source: the notebook.
        states: first state of every point.
        dropped: numbers of points that repeat another.
        progress: called with (points done, points in all, name of the last point).
    """

    def __init__(
        self,
        store: Store,
        source: Source,
        states: Sequence[State],
        dropped: Sequence[int],
        progress: Callable[[int, int, str], None] | None,
    ):
        self.store, self.source, self.dropped, self.progress = store, source, dropped, progress
        self.states = {state.name: state for state in states}
        self.started = time_now()
        self._files, self._index = _Pace(), _Pace()
        self._report_progress("")

    def change(self, state: State) -> None:
        """Set the new state of a point, and write the files and the index if it is time."""
        self.states[state.name] = state
        self._report_progress(state.name)
        if self._files.due:
            self.write("running")
        if self._index.due:
            # Another writer may hold the index, or the network may fail. The update at the end raises such an error.
            with self._index.spending(), suppress(OSError):
                update_index(self.store, wait=0)

    def write(self, status: str) -> None:
        """Write sweep.json and then the page that is made of it."""
        with self._files.spending():
            record = _record(self, status)
            self.store.write(MARK, as_json(record))
            self.store.write(PAGE, sweep_page(record).encode("utf-8", "replace"))

    def _report_progress(self, last: str) -> None:
        """Call `progress` with the number of points that are done."""
        if self.progress:
            done = sum(state.status != "waiting" for state in self.states.values())
            self.progress(done, len(self.states), last)


def _record(board: Board, status: str) -> dict[str, Any]:
    """Return the content of sweep.json. Parameters that all points share are stored once, the others by point."""
    states = list(board.states.values())
    names = [p.name for p in board.source.parameters if any(p.name in state.point.parameters for state in states)]
    # What the notebook itself computes has no value at points that do not give one.
    texts = {name: {repr(state.point.parameters.get(name)) for state in states} for name in names}
    varied = [name for name in names if len(texts[name]) > 1]
    shared = {name: states[0].point.parameters[name] for name in names if name not in varied}
    rows = [
        {
            "number": s.point.number, "status": s.status, "run": s.run, "failure": s.failure,
            "parameters": {name: s.point.parameters.get(name) for name in varied}, "parameters_sha256": s.point.sha256,
            "metrics": dict(s.metrics), "seconds": s.seconds, "kept": s.kept,
        }
        for s in states
    ]  # fmt: skip
    return {
        "format": 1, "notebook": board.source.name, "stem": board.source.stem,
        "notebook_sha256": board.source.sha256, "status": status,
        "started": board.started, "written": time_now(), "varied": varied, "shared": shared,
        "dropped": list(board.dropped), "points": rows,
    }  # fmt: skip
