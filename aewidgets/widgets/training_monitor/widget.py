"""TrainingMonitor: a run while it trains, with its controls, and as a record afterwards. No arithmetic, no tensors."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aewidgets.training.watching import Ended, Plan, Snapshot
from aewidgets.widgets.training_monitor import views
from aewidgets.widgets.training_monitor.outputs import Outputs
from aewidgets.widgets.training_monitor.pages import RunPages
from aewidgets.widgets.training_monitor.record import RunMemory, RunRecord
from aewidgets.widgets.training_monitor.still import still

__all__ = ["TrainingMonitor"]

_SOONEST = 0.25  # seconds between two messages about batches


class TrainingMonitor(RunPages):
    """Shows a run while it trains: losses, reconstructions, what the code's units do; pauses and stops it.

    Show it, then hand it to the training: `train(model, splits, watcher=monitor)`. In JupyterLab its buttons work while
    the cell trains; where a host delivers no messages meanwhile, train in the background.

    Args:
        traits: any of those below that are not read-only, such as `scale="linear"`.

    A batch sends about 200 bytes, four times a second at most. An epoch sends its own numbers, one small PNG, five
    bytes a unit, and the list of at most 200 epochs whose pictures are kept, whatever has gone before; a page that is
    opened late asks for what it lacks. Numbers of all epochs are kept, pictures of at most 200 epochs or 32 MB of
    pixels, evenly spread, the best and the last among them.

    Attributes:
        controls: pause, resume, stop and the learning rate, for any thread.
    """

    def __init__(self, **traits: Any):
        self._said = 0.0
        self._outputs = Outputs()
        super().__init__(**traits)

    @property
    def record(self) -> RunRecord:
        """The run so far, or as it was."""
        with self._lock:
            return self._memory.record if self._memory else RunRecord()

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """The epochs whose pictures are kept."""
        return self.record.snapshots

    # What training tells

    def begin(self, plan: Plan) -> None:
        """Training is about to start: what an earlier run left is forgotten."""
        with self._lock:
            self._memory, self._runs = RunMemory(plan), self._runs + 1
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
        """So many batches of this epoch are done; told further at most four times a second."""
        moment = time.monotonic()
        if moment - self._said >= _SOONEST:
            self._said = moment
            told = {name: views.finite(value) for name, value in losses.items()}
            with self._lock:
                asked = self.now.get("asked_rate")
                self._publish(now=self._now(epoch=epoch, step=step, losses=told, asked_rate=asked))

    def epoch(self, snapshot: Snapshot) -> None:
        """An epoch is over."""
        with self._lock:
            memory = self._remembered()
            dropped = memory.add(snapshot)
            self._clock.restart()
            self._send_epochs(memory.epochs[-1:], [snapshot], dropped)
            self._publish(now=self._now(epoch=snapshot.epoch, step=memory.plan.steps))

    def end(self, ended: Ended) -> None:
        """Training is over; the widget becomes its record."""
        with self._lock:
            if self._memory:  # otherwise it failed before it began
                self._memory.ended = ended
            self._publish(ended=views.ended(ended), now={**self.now, "phase": ended.reason})
        self._outputs.update(self._repr_mimebundle_)

    # Where there is no kernel

    def _still(self) -> tuple[bytes, str]:
        return still(self.record), views.words(self.record)

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        asked = {name: getattr(self, name) for name in self.ASKED}
        return views.offline(self.record, asked, self.now, max_bytes)

    def _title(self) -> str:
        plan = self.record.plan
        return f"Training on {plan.data}" if plan else "Training"

    def _ipython_display_(self) -> None:
        """Shown in a way that the end of the run can renew: what is saved shows the run, not its beginning."""
        self._outputs.show(self._repr_mimebundle_())

    def __repr__(self) -> str:
        plan, epochs, ended = (record := self.record).plan, record.epochs, record.ended
        if plan is None:
            return "TrainingMonitor()"
        how = f", {ended.reason}" if ended else ""
        far = f"{len(epochs) + plan.done} of {plan.epochs} epochs{how}"
        return f"TrainingMonitor({plan.model!r} on {plan.data!r}, {far})"
