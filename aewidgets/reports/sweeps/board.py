"""The two files that show a sweep, sweep.json and sweep.html, kept up to date while it runs. Runs nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from aewidgets.reports.execution.records import as_json, time_now
from aewidgets.reports.execution.sources import Source
from aewidgets.reports.stores.store import Store
from aewidgets.reports.sweeps.page import sweep_page
from aewidgets.reports.sweeps.points import MARK
from aewidgets.reports.sweeps.states import State

__all__ = ["PAGE", "Board"]

#: The page; the data beside it are `aewidgets.reports.sweeps.points.MARK`.
PAGE = "sweep.html"
_PAUSE = 2.0  # seconds at least between two writings


class Board:
    """The states of all points, and the two files that show them. Writes seldom enough that it costs little."""

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
        self._next = 0.0
        self._told("")

    def change(self, state: State) -> None:
        """A point has a new state."""
        self.states[state.name] = state
        self._told(state.name)
        if time.monotonic() >= self._next:
            self.write("running")

    def write(self, status: str) -> None:
        """sweep.json, then the page made of it."""
        clock = time.monotonic()
        record = _record(self, status)
        self.store.write(MARK, as_json(record))
        self.store.write(PAGE, sweep_page(record).encode("utf-8", "replace"))
        spent = time.monotonic() - clock
        self._next = time.monotonic() + max(_PAUSE, 20 * spent)

    def _told(self, last: str) -> None:
        if self.progress:
            done = sum(state.status != "waiting" for state in self.states.values())
            self.progress(done, len(self.states), last)


def _record(board: Board, status: str) -> dict[str, Any]:
    """What sweep.json holds. Points name what differs between them; what all share stands once."""
    states = list(board.states.values())
    names = [parameter.name for parameter in board.source.parameters]
    texts = {name: {repr(state.point.parameters[name]) for state in states} for name in names}
    varied = [name for name in names if len(texts[name]) > 1]
    shared = {name: states[0].point.parameters[name] for name in names if name not in varied}
    rows = [
        {
            "number": s.point.number, "status": s.status, "run": s.run, "failure": s.failure,
            "parameters": {name: s.point.parameters[name] for name in varied}, "parameters_sha256": s.point.sha256,
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
