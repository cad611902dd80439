"""TrainingMonitor: a run while it trains, with its controls, and as a record afterwards. No arithmetic, no tensors."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import traitlets

from aewidgets.training.fitting.shown import ShownPictures
from aewidgets.training.watching import Ended, Plan, Snapshot
from aewidgets.widgets.base.keras_calls import KerasCalls
from aewidgets.widgets.base.widget import BaseWidget, built
from aewidgets.widgets.training_monitor import views
from aewidgets.widgets.training_monitor.clock import Clock
from aewidgets.widgets.training_monitor.controls import ReportingControls
from aewidgets.widgets.training_monitor.loading import run_of
from aewidgets.widgets.training_monitor.loop import Loop
from aewidgets.widgets.training_monitor.outputs import Outputs
from aewidgets.widgets.training_monitor.record import RunRecord, RunRecorder
from aewidgets.widgets.training_monitor.still import still

__all__ = ["TrainingMonitor"]

_SOONEST = 0.25  # seconds between two messages about batches
_AT_ONCE = 24  # epochs whose pictures go into one message
_COMPARED = 11  # earlier runs that are kept beside the one that is shown


class TrainingMonitor(KerasCalls, BaseWidget):
    """Shows a training while it runs: a chart for each metric, reconstructions, other runs; pauses and stops it.

    Show it in a cell, and train in the next one, in one of three ways:

    - Keras' own `fit`, of any model with any metrics: `model.fit(x, y, callbacks=[monitor])`.
    - This library's `train`: `train(model, splits, watcher=monitor)`.
    - A loop of your own, in torch, JAX or anything else: `begin`, `step`, `end`.

    A monitor that nothing shows yet appears in the cell in which a `fit` of Keras begins.

    A second training adds a run, which is drawn over the earlier ones; `named` says what it is called, `add_run` adds
    one that was not watched. Twelve runs are kept. In JupyterLab its buttons work while the cell trains; where a host
    delivers no messages meanwhile, train in a thread, as `train_in_background` does.

    Args:
        images: a few pictures in the form in which the model takes them, such as `x_val[:8]`, (n, h, w), (n, h, w, c),
            (n, c, h, w) or rows of a square's pixels, whole numbers from 0 to 255 or 65535, or floats in [0, 1],
            [-1, 1] or from 0 to 255. Where the model gives pictures of their shape, its reconstructions are shown
            after every epoch; where it does not, the widget says why. Ten at most are shown.
        traits: any of those below that are not read-only, such as `scale="linear"`.

    A batch sends about 200 bytes, four times a second at most. An epoch sends its own numbers, one small PNG, five
    bytes a unit, and the list of at most 200 epochs whose pictures are kept, however long the run is; a page that is
    opened late asks for what it lacks. Numbers of all epochs are kept, pictures of at most 200 epochs or 32 MB of
    pixels, evenly spread, the best and the last among them.

    Two threads set traits and send messages: the one that trains, and the one that receives what pages ask.

    Attributes:
        controls: pause, resume, stop and the learning rate, for any thread.

    Raises:
        ValueError: for images of another form.

    Example:
        >>> import keras, numpy as np
        >>> monitor = TrainingMonitor()
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")], name="small")
        >>> model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        >>> x = np.random.default_rng(0).random((64, 4)).astype("float32")
        >>> fitted = model.fit(x, x[:, 0] > 0.5, epochs=2, callbacks=[monitor], verbose=0)
        >>> monitor
        TrainingMonitor('small', 2 of 2 epochs, finished)
    """

    _esm = built("monitor.js")
    ASKED: ClassVar[tuple[str, ...]] = ("scale", "axis", "smoothing", "order", "epoch_shown", "hidden")

    scale = traitlets.Enum(("log", "linear"), "log", help="Of the charts; log where all values are above 0.").tag(
        sync=True
    )
    axis = traitlets.Enum(("epoch", "step", "time"), "epoch", help="What the charts are drawn over.").tag(sync=True)
    smoothing = traitlets.Float(
        0.0, min=0.0, max=0.99, help="Weight of the values before in a running mean; 0 draws the values themselves."
    ).tag(sync=True)
    order = traitlets.Enum(("index", "size"), "index", help="How the units are sorted.").tag(sync=True)
    epoch_shown = traitlets.Int(0, min=0, help="Whose reconstructions are shown; 0 is the latest.").tag(sync=True)
    hidden = traitlets.List(traitlets.Int(), help="Numbers of the runs that are not drawn.").tag(sync=True)

    plan = traitlets.Dict(read_only=True, help="What is trained.").tag(sync=True)
    originals = traitlets.Bytes(read_only=True, help="The pictures that are reconstructed, as one PNG.").tag(sync=True)
    now = traitlets.Dict(read_only=True, help="How far the run is, and what is asked of it.").tag(sync=True)
    ended = traitlets.Dict(read_only=True, help="How it ended; empty while it goes on.").tag(sync=True)
    others: traitlets.List = traitlets.List(read_only=True, help="The runs to compare with, their figures.").tag(
        sync=True
    )

    def __init__(self, images: Any = None, **traits: Any):
        self._pictures = None if images is None else ShownPictures(images)
        self._recorder: RunRecorder | None = None
        self._run = self._count = 0  # number of the run that is shown, and of the last one
        self._names: dict[int, str] = {}  # of all runs that are kept, by number
        self._earlier: dict[int, RunRecord] = {}
        self._next_name = ""
        self._loop: Loop | None = None
        self._columns: list[str] = []
        self._clock = Clock()
        self._outputs = Outputs()
        self._on_page = False  # whether a page has drawn it, in a box of widgets too
        self._batch_sent = 0.0
        self._controls = ReportingControls(self._control_used)
        super().__init__(**traits)

    @classmethod
    def from_history(cls, history: Any, name: str = "run", **traits: Any) -> TrainingMonitor:
        """Show a run that was not watched: a History of Keras, its dictionary, or a DataFrame; see `add_run`."""
        return cls(**traits).add_run(name, history)

    @classmethod
    def from_csv(cls, path: str | os.PathLike, name: str | None = None, **traits: Any) -> TrainingMonitor:
        """Show a run from a file that `keras.callbacks.CSVLogger` wrote; its name is that of the file by default."""
        return cls(**traits).add_run(name or Path(path).stem, path)

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

    @property
    def runs(self) -> dict[str, RunRecord]:
        """All runs that are kept, by name, in their order; the last is the one that is shown."""
        with self._lock:
            found = {self._names[run]: record for run, record in self._earlier.items()}
            return found | ({self._names[self._run]: self._recorder.record} if self._recorder else {})

    # Runs to compare

    def named(self, name: str) -> TrainingMonitor:
        """Name the next run, and return this monitor: `fit(..., callbacks=[monitor.named("rate 0.01")])`."""
        self._next_name = str(name)
        return self

    def add_run(self, name: str, source: Any) -> TrainingMonitor:
        """Add a run that was not watched, to be compared with the others, and return this monitor.

        Args:
            name: what the run is called.
            source: what `fit` returns (a `keras.callbacks.History`), or its `history`; lists of equal length by metric;
                a pandas DataFrame; the path of a file that `keras.callbacks.CSVLogger` wrote; what `train` returns; or
                `record` of another monitor. Validation metrics begin with "val_".

        Raises:
            ValueError: for anything else, with what was expected.
            OSError: for a file that cannot be read.

        Example:
            >>> TrainingMonitor().add_run("yesterday", {"loss": [0.5, 0.4], "val_loss": [0.6, 0.5]})
            TrainingMonitor('yesterday', 2 of 2 epochs, finished)
        """
        record = run_of(str(name), source)
        with self._lock:
            if self._recorder is None:  # the first one is shown whole
                self._take(RunRecorder.of(record), str(name), {})
                self.end(record.ended)
                self._catch_up({})
            else:
                self._count += 1
                self._names[self._count] = self._free_name(str(name))
                self._earlier[self._count] = RunRecord(record.plan, record.epochs, (), record.ended)
                self._forget()
                self._publish(others=self._others())
        return self

    # A loop of one's own

    def step(self, *, epoch: int | None = None, reconstructions: Any = None, **values: Any) -> bool:
        """Report a batch of a loop of your own, or values on validation data, whose names begin with "val_".

        It waits here while *Pause* is pressed.

        Args:
            epoch: the epoch of the batch, counted from 0 or 1; not needed where `begin` was told the steps.
            reconstructions: what the model makes of `images`, in their shape; the last ones of an epoch are shown.
            values: numbers, or arrays and tensors of one number, by name; `learning_rate` is shown as such. Of the
                values of an epoch their mean is shown.

        Returns:
            True to go on; False once *Stop* was pressed.

        Raises:
            ValueError: before `begin`, and for what is no single number.
        """
        if self._loop is None:
            raise ValueError("expected a loop that has begun: call begin() first")
        self._loop.step(epoch, reconstructions, values)
        self.controls.hold()
        return not self.controls.stopping

    # Calls from training, see `aewidgets.training.watching.Watcher`

    def begin(self, plan: Plan | str = "", *, epochs: int = 0, steps: int = 0) -> None:
        """Begin a run; the one before it is kept, to be compared with.

        Args:
            plan: name of the run; or the whole plan, as `train` gives it.
            epochs: number of epochs of a loop of your own, if it is known.
            steps: number of batches in an epoch, if it is known; without it, give `step` the epoch, or every call of
                `step` is an epoch.

        Raises:
            ValueError: for negative numbers.

        Example:
            >>> monitor = TrainingMonitor()
            >>> monitor.begin("my loop", epochs=2, steps=3)
            >>> for number in range(6):
            ...     if not monitor.step(loss=1 / (number + 1)):
            ...         break
            >>> monitor.end()
            >>> monitor
            TrainingMonitor('my loop', 2 of 2 epochs, finished)
        """
        own = not isinstance(plan, Plan)
        if own:
            for name, value in (("epochs", epochs), ("steps", steps)):
                if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                    raise ValueError(f"{name}: expected a whole number, 0 if it is not known, got {value!r}")
            originals = self._pictures.originals if self._pictures else views.NO_PICTURES
            plan = Plan(str(plan) or "loop", "", epochs, steps, "", (), {}, originals)
            self.controls.reset()
        assert isinstance(plan, Plan)
        with self._lock:
            self._leave()
            if self._recorder:
                record = self._recorder.record
                self._earlier[self._run] = RunRecord(record.plan, record.epochs, (), record.ended)
                self._forget()
            self._take(RunRecorder(plan), self._next_name or plan.model, self._now(epoch=plan.done + 1))
            self._next_name = ""
            self._loop = Loop(self, epochs, steps, self._pictures) if own else None

    def _take(self, recorder: RunRecorder, name: str, now: dict[str, Any]) -> None:
        """Show another run."""
        plan = recorder.plan
        self._recorder, self._columns = recorder, views.columns(plan, recorder.epochs)
        self._count += 1
        self._run = self._count
        self._names[self._run] = self._free_name(name)
        self._clock.restart()
        self._publish(
            plan=self._plan(),
            originals=views.strip(plan.originals),
            now={**now, "elapsed": 0.0} if now else self._now(epoch=plan.epochs),
            ended={},
            others=self._others(),
            epoch_shown=0,
            error="",
        )

    def _leave(self) -> None:
        """End a run that nobody has ended, since another one begins."""
        if self._goes_on:
            last = len(self._running().epochs) + self._running().plan.done
            self.end(Ended("failed", self._running().best, f"Left after epoch {last} without an end."))

    def _forget(self) -> None:
        """Forget the oldest runs where there are too many."""
        self._earlier = dict(sorted(self._earlier.items()))
        for run in list(self._earlier)[:-_COMPARED]:
            del self._earlier[run], self._names[run]

    def _free_name(self, name: str) -> str:
        """Return a name that no other run has."""
        number, free = 2, name
        while free in self._names.values():
            number, free = number + 1, f"{name} ({number})"
        return free

    def _others(self) -> list[dict[str, Any]]:
        return [views.other(record, run, self._names[run]) for run, record in self._earlier.items()]

    def _plan(self) -> dict[str, Any]:
        return views.plan(self._running().plan, self._run, self._names[self._run], self._columns)

    def _fit_callback(self) -> Any:
        from aewidgets.training.fitting.report import Report  # Keras is there by now

        return Report(self, pictures=self._pictures)

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin to report a fit; a monitor that nothing shows yet is shown in the cell that runs."""
        if self._outputs.wanted and not self._on_page:
            self._ipython_display_()
        super().on_train_begin(logs)

    def trouble(self, words: str) -> None:
        """Show that something that was asked cannot be done."""
        self._publish(error=words)

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
            if (names := views.grown(self._columns, recorder.epochs[-1])) != self._columns:
                self._columns = names
                self._publish(plan=self._plan())
            self._send_epochs(recorder.epochs[-1:], [snapshot], dropped)
            steps = snapshot.steps or recorder.plan.steps
            self._publish(now=self._now(epoch=snapshot.epoch, step=steps, note=snapshot.note))

    def end(self, ended: Ended | None = None) -> None:
        """End the run; the widget becomes its record.

        Args:
            ended: how it ended, as `train` says it; a loop of your own gives nothing.

        Raises:
            ValueError: without an argument where no loop has begun.
        """
        if ended is None:
            if self._loop is None:
                raise ValueError("expected a loop that has begun: call begin() first")
            loop, self._loop = self._loop, None
            loop.end(self.controls.stopping)
            return
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
        none = {"step": 0, "losses": {}, "asked_rate": None, "note": ""}
        return {**none, **more, "phase": self._phase(), "elapsed": seconds}

    def _send_epochs(
        self, epochs: Iterable[Mapping[str, Any]], pictured: Iterable[Snapshot], dropped: Iterable[int] = ()
    ) -> None:
        """Send numbers of some epochs and pictures of some, in one message."""
        recorder = self._running()
        pictures, buffers = views.buffers(map(views.picture, filter(views.has_picture, pictured)))
        content = {
            "kind": "epochs",
            "run": self._run,
            "rows": [views.row(self._columns, epoch) for epoch in epochs],
            "pictures": pictures,
            "kept": [epoch for epoch, snapshot in recorder.snapshots.items() if views.has_picture(snapshot)],
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
            self._on_page = True
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
                have = int(_number(content.get("have", 0))) if content.get("run") == self._run else 0
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
        with self._lock:
            others = self._others()
            names = ("plan", "now", "ended")
            traits = {**self._asked_traits(), **{name: getattr(self, name) for name in names}, "others": others}
            return views.offline(self.record, traits, others, max_bytes)

    def _title(self) -> str:
        return views.title(self.record)

    def _ipython_display_(self) -> None:
        """Show the widget in an output that the end of the run renews, so that a saved notebook shows all of it."""
        self._outputs.show(self._repr_mimebundle_())

    def __repr__(self) -> str:
        plan, epochs, ended = (record := self.record).plan, record.epochs, record.ended
        if plan is None:
            return "TrainingMonitor()"
        how = f", {ended.reason}" if ended else ""
        done = len(epochs) + plan.done
        far = f"{done} of {plan.epochs} epochs{how}" if plan.epochs else f"{done} epochs{how}"
        on = f" on {plan.data!r}" if plan.data else ""
        more = f", beside {len(self._earlier)} other{'s' * (len(self._earlier) > 1)}" if self._earlier else ""
        return f"TrainingMonitor({plan.model!r}{on}, {far}{more})"


def _number(value: Any) -> float:
    """Return a number that a page sent.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, got {value!r}")
    return float(value)
