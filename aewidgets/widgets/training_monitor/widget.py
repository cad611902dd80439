"""TrainingMonitor: a run while it trains, with its controls, and as a record afterwards. No arithmetic, no tensors."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import traitlets

from aewidgets.training.watching import Ended, Plan, Snapshot
from aewidgets.widgets.base.widget import BaseWidget, built
from aewidgets.widgets.training_monitor import views
from aewidgets.widgets.training_monitor.clock import Clock
from aewidgets.widgets.training_monitor.controls import ReportingControls
from aewidgets.widgets.training_monitor.outputs import Outputs
from aewidgets.widgets.training_monitor.record import RunRecord, RunRecorder
from aewidgets.widgets.training_monitor.still import still

__all__ = ["TrainingMonitor"]

_SOONEST = 0.25  # seconds between two messages about batches
_AT_ONCE = 24  # epochs whose pictures go into one message


class TrainingMonitor(BaseWidget):
    """Shows a run while it trains: losses, reconstructions, what the code's units do; pauses and stops it.

    Show it, then hand it to the training: `train(model, splits, watcher=monitor)`. In JupyterLab its buttons work while
    the cell trains; where a host delivers no messages meanwhile, train in the background.

    Args:
        traits: any of those below that are not read-only, such as `scale="linear"`.

    A batch sends about 200 bytes, four times a second at most. An epoch sends its own numbers, one small PNG, five
    bytes a unit, and the list of at most 200 epochs whose pictures are kept, however long the run is; a page that is
    opened late asks for what it lacks. Numbers of all epochs are kept, pictures of at most 200 epochs or 32 MB of
    pixels, evenly spread, the best and the last among them.

    Two threads set traits and send messages: the one that trains, and the one that receives what pages ask.

    Attributes:
        controls: pause, resume, stop and the learning rate, for any thread.
    """

    _esm = built("monitor.js")
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
        self._recorder: RunRecorder | None = None
        self._runs = 0
        self._clock = Clock()
        self._outputs = Outputs()
        self._batch_sent = 0.0
        self._controls = ReportingControls(self._control_used)
        super().__init__(**traits)

    @property
    def controls(self) -> ReportingControls:
        """Pause, resume, stop and the learning rate, for any thread."""
        return self._controls

    @property
    def record(self) -> RunRecord:
        """The run so far; once it has ended, the whole run."""
        with self._lock:
            return self._recorder.record if self._recorder else RunRecord()

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """The epochs whose pictures are kept."""
        return self.record.snapshots

    # Calls from training, see `aewidgets.training.watching.Watcher`

    def begin(self, plan: Plan) -> None:
        """Begin a record; what an earlier run left is forgotten."""
        with self._lock:
            self._recorder, self._runs = RunRecorder(plan), self._runs + 1
            self._clock.restart()
            self._publish(
                plan=views.plan(plan, self._runs),
                originals=views.strip(plan.originals),
                now=self._now(epoch=plan.done + 1),
                ended={},
                epoch_shown=0,
                error="",
            )

    def batch(self, epoch: int, step: int, losses: Mapping[str, float]) -> None:
        """Show how many batches of this epoch are done; sent to pages at most four times a second."""
        moment = time.monotonic()
        if moment - self._batch_sent >= _SOONEST:
            self._batch_sent = moment
            finite = {name: views.finite(value) for name, value in losses.items()}
            with self._lock:
                asked = self.now.get("asked_rate")
                self._publish(now=self._now(epoch=epoch, step=step, losses=finite, asked_rate=asked))

    def epoch(self, snapshot: Snapshot) -> None:
        """Add an epoch that is over."""
        with self._lock:
            recorder = self._running()
            dropped = recorder.add(snapshot)
            self._clock.restart()
            self._send_epochs(recorder.epochs[-1:], [snapshot], dropped)
            self._publish(now=self._now(epoch=snapshot.epoch, step=recorder.plan.steps))

    def end(self, ended: Ended) -> None:
        """End the run; the widget becomes its record."""
        with self._lock:
            if self._recorder:  # otherwise it failed before it began
                self._recorder.ended = ended
            self._publish(ended=views.ended(ended), now={**self.now, "phase": ended.reason})
        self._outputs.update(self._repr_mimebundle_)

    def _running(self) -> RunRecorder:
        if self._recorder is None:
            raise ValueError("expected a run that has begun: call begin(plan) first")
        return self._recorder

    # Messages to pages

    def _phase(self) -> str:
        if self.controls.stopping:
            return "stopping"
        return "paused" if self.controls.paused else "training"

    def _now(self, **more: Any) -> dict[str, Any]:
        """Return the trait `now`, with `more` in it."""
        seconds = self._clock.seconds
        return {"step": 0, "losses": {}, "asked_rate": None, **more, "phase": self._phase(), "elapsed": seconds}

    def _send_epochs(
        self, epochs: Iterable[Mapping[str, Any]], pictured: Iterable[Snapshot], dropped: Iterable[int] = ()
    ) -> None:
        """Send numbers of some epochs and pictures of some, in one message."""
        recorder = self._running()
        pictures, buffers = views.buffers(map(views.picture, pictured))
        content = {
            "kind": "epochs",
            "run": self._runs,
            "rows": [views.row(recorder.plan, epoch) for epoch in epochs],
            "pictures": pictures,
            "kept": list(recorder.snapshots),
            "dropped": list(dropped),
        }
        self.send(content, buffers)

    def _control_used(self, what: str, rate: float | None) -> None:
        """Show on every page what a page or Python asked of the run."""
        with self._lock:
            if not self._goes_on:
                return
            if what == "pause":
                self._clock.hold()
            elif what in ("resume", "stop"):
                self._clock.go_on()
            asked = {"asked_rate": rate} if rate else {}
            self._publish(now={**self.now, **asked, "phase": self._phase(), "elapsed": self._clock.seconds})

    # Messages from pages

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
        return self._recorder is not None and self._recorder.ended is None

    def _catch_up(self, content: dict[str, Any]) -> None:
        """Send the epochs after the last one that a page has, and the pictures of the last."""
        with self._lock:
            if self._recorder and self._recorder.epochs:
                have = int(_number(content.get("have", 0))) if content.get("run") == self._runs else 0
                kept = list(self._recorder.snapshots.values())
                self._send_epochs([e for e in self._recorder.epochs if e["epoch"] > have], kept[-1:])

    def _send_pictures(self, content: dict[str, Any]) -> None:
        """Send the pictures of the epochs that a page names, if they are kept, in one message of bounded size."""
        with self._lock:
            if self._recorder:
                kept = self._recorder.snapshots
                asked = [kept[e] for e in list(content.get("epochs", ()))[:_AT_ONCE] if e in kept]
                self._send_epochs([], asked)

    # Pages without a kernel

    def _still(self) -> tuple[bytes, str]:
        return still(self.record), views.words(self.record)

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        return views.offline(self.record, self._asked_traits(), self.now, max_bytes)

    def _title(self) -> str:
        plan = self.record.plan
        return f"Training on {plan.data}" if plan else "Training"

    def _ipython_display_(self) -> None:
        """Show the widget in an output that the end of the run renews, so that a saved notebook shows all of it."""
        self._outputs.show(self._repr_mimebundle_())

    def __repr__(self) -> str:
        plan, epochs, ended = (record := self.record).plan, record.epochs, record.ended
        if plan is None:
            return "TrainingMonitor()"
        how = f", {ended.reason}" if ended else ""
        far = f"{len(epochs) + plan.done} of {plan.epochs} epochs{how}"
        return f"TrainingMonitor({plan.model!r} on {plan.data!r}, {far})"


def _number(value: Any) -> float:
    """Return a number that a page sent.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, got {value!r}")
    return float(value)
