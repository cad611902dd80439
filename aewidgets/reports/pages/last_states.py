"""Keeps the stills of displayed widgets as their widgets are, so that a report shows how each of them ended.

This is an IPython extension, which the runner loads into a report's kernel. Every displayed widget gets a still and a
display id. When the widget or anything in it changes, the still is drawn again, and an `update_display_data` message
puts it in place of the first: at most about once a second while a cell runs, and at the end of each cell.
"""

from __future__ import annotations

import html
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from aewidgets.reports.pages.stills import Still, is_closed, own_bundle, still_of

__all__ = ["MARK", "LastStates", "load_ipython_extension"]

#: MIME type that marks the still of a widget: `id` of its display, `nested` bundles, and whether it is `closed`.
MARK = "application/vnd.aewidgets.still+json"

_PAUSE = 1.0  # seconds between two stills of a running cell, and at least ten times what drawing takes


def load_ipython_extension(shell: Any) -> None:
    """Register the formatter of widgets. IPython's `%load_ext` calls this with its shell."""
    LastStates(shell)


class _Shown:
    """A displayed widget, the ids of its displays, and the bundle that was sent last."""

    def __init__(self, widget: Any):
        self.widget = widget
        self.name = f"aewidgets-{uuid.uuid4().hex}"
        self.ids = {self.name}
        self.bundle: dict[str, Any] = {}
        self.stale = False

    def draw(self) -> dict[str, Any]:
        """Return the MIME bundle of the widget as it is now."""
        if is_closed(self.widget):
            return {MARK: {"id": self.name, "closed": True}, "text/plain": ""}
        try:
            own, still = own_bundle(self.widget), still_of(self.widget)
        except Exception as error:  # a widget of anybody; a cell must not fail because it cannot be drawn
            words = f"{type(self.widget).__name__}: a widget that could not be drawn ({type(error).__name__}: {error})"
            own, still = {"text/plain": words}, Still(f"<p>{html.escape(words)}</p>")
        if self.widget.model_id in still.nested:  # a chart, which the page draws from its own bundle
            return {**own, MARK: {"id": self.name}}
        return {**own, "text/html": still.html, MARK: {"id": self.name, "nested": dict(still.nested)}}

    @property
    def lives(self) -> bool:
        """Return whether the last still holds a script, which makes it costly to draw."""
        return "<script" in self.bundle.get("text/html", "")


class LastStates:
    """The displayed widgets of one kernel.

    Args:
        shell: IPython's shell, whose formatter, publisher and events are used from now on.
    """

    def __init__(self, shell: Any):
        self._shell = shell
        self._shown: dict[str, _Shown] = {}
        self._lock = threading.RLock()
        self._in_cell = False
        self._next = 0.0
        self._timer: threading.Timer | None = None
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.for_type_by_name("ipywidgets.widgets.widget", "Widget", self._bundle)
        self._publish: Callable[..., None] = shell.display_pub.publish
        shell.display_pub.publish = self._publish_with_id
        shell.events.register("pre_run_cell", self._cell_starts)
        shell.events.register("post_run_cell", self._cell_ends)

    def _bundle(self, widget: Any) -> dict[str, Any]:
        """Return the MIME bundle of a widget that is being displayed."""
        if is_closed(widget):
            return own_bundle(widget)
        own = own_bundle(widget)
        text = own.get("text/html", "")
        if "<script" in text or (widget._view_name is None and "image/png" not in own):
            return own  # it lives by itself, or shows nothing, as `jslink` does
        with self._lock:
            one = self._shown.setdefault(widget.model_id, _Shown(widget))
            self._watch(one)
            one.bundle, one.stale = one.draw(), False
            self._name_result(one)
            return one.bundle

    def _name_result(self, one: _Shown) -> None:
        """Give the result of a cell, if the widget is that, the id of its display, as `publish` can for others."""
        message = getattr(self._shell.displayhook, "msg", None)
        if message:
            message["content"]["transient"] = {"display_id": one.name}

    def _publish_with_id(self, data: Any, metadata: Any = None, **options: Any) -> None:
        """Publish a display; that of a widget gets an id by which its still can be renewed."""
        mark = data.get(MARK) if isinstance(data, dict) else None
        transient = options.get("transient") or {}
        if mark and not transient.get("display_id"):
            options["transient"] = {**transient, "display_id": mark["id"]}
        elif transient.get("display_id"):
            with self._lock:
                for one in self._shown.values():  # a display that was given an id by its notebook shows one thing
                    one.ids.discard(transient["display_id"])
                    if mark and one.name == mark["id"]:
                        one.ids.add(transient["display_id"])
        self._publish(data, metadata, **options)

    def _watch(self, one: _Shown) -> None:
        """Ask a widget and all that it holds to tell of their changes."""

        def changed(_: Any) -> None:
            one.stale = True
            self._soon()

        seen: set[int] = set()
        for part in _parts(one.widget, seen):
            watched = part.__dict__.setdefault("_aewidgets_watched", set())
            if one.name not in watched:
                watched.add(one.name)
                part.observe(changed)

    def _soon(self) -> None:
        """Renew what has changed, now or when the pause is over; only a running cell can be told."""
        if not self._in_cell or not self._lock.acquire(blocking=False):
            return
        try:
            wait = self._next - time.monotonic()
            if wait <= 0:
                self._renew(costly=False)
            elif self._timer is None:
                self._timer = threading.Timer(wait, self._after_the_pause)
                self._timer.daemon = True
                self._timer.start()
        finally:
            self._lock.release()

    def _after_the_pause(self) -> None:
        """Renew what has changed in the pause."""
        with self._lock:
            if self._in_cell:
                self._renew(costly=False)

    def _cell_starts(self, *_: Any) -> None:
        """Renew what threads have changed since the last cell."""
        self._in_cell = True
        with self._lock:
            self._renew()

    def _cell_ends(self, *_: Any) -> None:
        """Renew what the cell has changed."""
        with self._lock:
            self._renew()
            self._in_cell = False

    def _renew(self, costly: bool = True) -> None:
        """Send each still that has changed; those that live only if `costly`."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        started = time.monotonic()
        for one in list(self._shown.values()):
            if not one.stale or (one.lives and not costly):
                continue
            one.stale = False
            self._watch(one)
            bundle = one.draw()
            if bundle != one.bundle:
                one.bundle = bundle
                for name in one.ids:
                    self._publish(bundle, {}, transient={"display_id": name}, update=True)
        now = time.monotonic()
        self._next = now + max(_PAUSE, 10 * (now - started))


def _parts(widget: Any, seen: set[int]) -> Iterator[Any]:
    """Yield a widget and all that it holds, each once."""
    if id(widget) in seen:
        return
    seen.add(id(widget))
    yield widget
    for name in ("children", "style", "layout"):
        inner = getattr(widget, name, ())
        for part in inner if isinstance(inner, tuple | list) else (inner,):
            if hasattr(part, "observe") and hasattr(part, "comm"):
                yield from _parts(part, seen)
