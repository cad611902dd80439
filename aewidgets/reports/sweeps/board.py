"""The files that show a sweep while it runs: sweep.json, sweep.html, and the store's index. Runs nothing."""

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

#: The page; the data beside it are `aewidgets.reports.sweeps.points.MARK`.
PAGE = "sweep.html"
_PAUSE = 2.0  # seconds at least between two writings


class Pace:
    """When to do something again that costs: it takes a twentieth of the time at most."""

    def __init__(self) -> None:
        self._next = 0.0

    @property
    def due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._next

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Around the doing of it."""
        clock = time.monotonic()
        try:
            yield
        finally:
            now = time.monotonic()
            self._next = now + max(_PAUSE, 20 * (now - clock))


class Board:
    """The states of all points, and the files that show them. Points leave the index to it: it does that for many."""

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
        self._files, self._index = Pace(), Pace()
        self._told("")

    def change(self, state: State) -> None:
        """A point has a new state."""
        self.states[state.name] = state
        self._told(state.name)
        if self._files.due:
            self.write("running")
        if self._index.due:
            # Another's turn, a network's whim: the last update, when the sweep has ended, tells what is wrong.
            with self._index.spending(), suppress(OSError):
                update_index(self.store, wait=0)

    def write(self, status: str) -> None:
        """sweep.json, then the page made of it."""
        with self._files.spending():
            record = _record(self, status)
            self.store.write(MARK, as_json(record))
            self.store.write(PAGE, sweep_page(record).encode("utf-8", "replace"))

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
