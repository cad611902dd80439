"""What the pages that show a run are sent, and what they ask of it: traits, messages, controls. Trains nothing."""

from __future__ import annotations

from typing import Any, ClassVar

import traitlets

from aewidgets.widgets.base.widget import STATIC, BaseWidget
from aewidgets.widgets.training_monitor import views
from aewidgets.widgets.training_monitor.record import Clock, RunMemory, ToldControls

__all__ = ["RunPages"]

_AT_ONCE = 24  # epochs whose pictures go into one message


class RunPages(BaseWidget):
    """A run as pages show it. Two threads set and send: the one that trains, and the one that hears the pages."""

    _esm = STATIC / "monitor.js"
    ASKED: ClassVar[tuple[str, ...]] = ("scale", "part", "order", "epoch_shown")

    scale = traitlets.Enum(("log", "linear"), "log", help="Of the losses' axes.").tag(sync=True)
    part = traitlets.Unicode("loss", help="What the left chart shows: the loss or the name of a part of it.").tag(
        sync=True
    )
    order = traitlets.Enum(("index", "size"), "index", help="How the units are sorted.").tag(sync=True)
    epoch_shown = traitlets.Int(0, min=0, help="Whose reconstructions are shown; 0 is the latest.").tag(sync=True)

    plan = traitlets.Dict(read_only=True, help="What is trained.").tag(sync=True)
    originals = traitlets.Bytes(read_only=True, help="The pictures that are reconstructed, as one PNG.").tag(sync=True)
    now = traitlets.Dict(read_only=True, help="How far the run is, and what is asked of it.").tag(sync=True)
    ended = traitlets.Dict(read_only=True, help="How it ended; empty while it goes on.").tag(sync=True)

    def __init__(self, **traits: Any):
        self._memory: RunMemory | None = None
        self._runs = 0
        self._clock = Clock()
        self.controls = ToldControls(self._told)
        super().__init__(**traits)

    def _remembered(self) -> RunMemory:
        if self._memory is None:
            raise ValueError("expected a run that has begun: call begin(plan) first")
        return self._memory

    def _phase(self) -> str:
        if self.controls.stopping:
            return "stopping"
        return "paused" if self.controls.paused else "training"

    def _now(self, **more: Any) -> dict[str, Any]:
        seconds = self._clock.seconds
        return {"step": 0, "losses": {}, "asked_rate": None, **more, "phase": self._phase(), "elapsed": seconds}

    def _send_epochs(self, epochs: Any, pictured: Any, dropped: Any = ()) -> None:
        """Numbers of some epochs and pictures of some, in one message."""
        memory = self._remembered()
        pictures, buffers = views.buffers(map(views.picture, pictured))
        content = {
            "kind": "epochs",
            "run": self._runs,
            "rows": [views.row(memory.plan, epoch) for epoch in epochs],
            "pictures": pictures,
            "kept": list(memory.snapshots),
            "dropped": list(dropped),
        }
        self.send(content, buffers)

    def _told(self, what: str, rate: float | None) -> None:
        """Something was asked of the run, by a page or from Python: every page shows it."""
        with self._lock:
            if not self._goes_on:
                return
            if what == "pause":
                self._clock.hold()
            elif what in ("resume", "stop"):
                self._clock.go_on()
            asked = {"asked_rate": rate} if rate else {}
            self._publish(now={**self.now, **asked, "phase": self._phase(), "elapsed": self._clock.seconds})

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        if kind == "shown":
            self._catch_up(content)
        elif kind == "pictures":
            self._send_pictures(content)
        elif kind in ("pause", "resume", "stop", "rate"):
            if self._goes_on:  # otherwise it ended while the message was under way
                self._control(kind, content)
        else:
            super()._message(kind, content, buffers)

    def _control(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "rate":
            self.controls.set_learning_rate(_number(content.get("value")))
        else:
            getattr(self.controls, kind)()

    @property
    def _goes_on(self) -> bool:
        return self._memory is not None and self._memory.ended is None

    def _catch_up(self, content: dict[str, Any]) -> None:
        """The epochs after the last one that a page has, and the pictures of the last."""
        with self._lock:
            if self._memory and self._memory.epochs:
                have = int(_number(content.get("have", 0))) if content.get("run") == self._runs else 0
                kept = list(self._memory.snapshots.values())
                self._send_epochs([e for e in self._memory.epochs if e["epoch"] > have], kept[-1:])

    def _send_pictures(self, content: dict[str, Any]) -> None:
        """The pictures of those epochs that a page names, if they are kept; not too many at once."""
        with self._lock:
            if self._memory:
                kept = self._memory.snapshots
                asked = [kept[e] for e in list(content.get("epochs", ()))[:_AT_ONCE] if e in kept]
                self._send_epochs([], asked)


def _number(value: Any) -> float:
    """A number that a page sent.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, got {value!r}")
    return float(value)
