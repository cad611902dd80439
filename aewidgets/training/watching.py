"""What a training run tells whoever watches it, and what they may ask of it. No Keras, no widgets.

Training (`aewidgets.training.autoencoders`) calls a `Watcher` from its own thread; a watcher answers through its `Controls`, which
any thread may use while a cell trains.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

__all__ = ["Controls", "Ended", "Plan", "Snapshot", "Units", "Watcher"]


@dataclass(frozen=True, eq=False)
class Plan:
    """What is about to be trained.

    Attributes:
        model: in words, with its code size, such as "dense, code of 64 values for images of 784".
        data: name of the data set.
        epochs: to be trained at most.
        steps: batches an epoch.
        loss: name of the reconstruction loss, such as "mse".
        parts: names of what the loss is the sum of, such as ("reconstruction", "kl"); each is in the logs.
        references: lines to beat: mean squared errors on the validation pictures, such as {"PCA, 64 numbers": 0.009}.
        originals: uint8 (k, h, w, c), the validation pictures that are reconstructed after every epoch.
        done: epochs that an earlier part of the same run has trained.
    """

    model: str
    data: str
    epochs: int
    steps: int
    loss: str
    parts: tuple[str, ...]
    references: Mapping[str, float]
    originals: np.ndarray
    done: int = 0


@dataclass(frozen=True)
class Units:
    """What the units of a code do, over a few hundred validation pictures.

    Attributes:
        measure: "kl" (nats a picture) or "activity" (share of the pictures in which the unit is not zero).
        values: one a unit.
        marks: one a unit: "", "collapsed", "dead" or "always on".
    """

    measure: str
    values: tuple[float, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run after one epoch.

    Attributes:
        epoch: counted from 1.
        losses: means over the epoch's batches: "loss" and the plan's parts.
        validation: the same on validation pictures, and "error": the mean squared error, to hold against references.
        learning_rate: at the end of the epoch.
        seconds: that the epoch took, watching and pauses left out.
        watching: seconds that making this took.
        reconstructions: uint8, of the plan's originals.
        units: of the code; None where nothing is to be said.
        best: whether this epoch is the best so far.
    """

    epoch: int
    losses: Mapping[str, float]
    validation: Mapping[str, float]
    learning_rate: float
    seconds: float
    watching: float
    reconstructions: np.ndarray
    units: Units | None
    best: bool


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        reason: "finished", "early" (nothing gained for so many epochs), "stopped" (by hand) or "failed".
        best: the epoch whose weights are kept.
        text: in words.
    """

    reason: str
    best: int
    text: str


class Controls:
    """What a person asks of a run that goes on; for any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = self._stopping = False
        self._rate: float | None = None

    @property
    def paused(self) -> bool:
        """Whether a pause is asked for."""
        return self._paused

    @property
    def stopping(self) -> bool:
        """Whether the end is asked for."""
        return self._stopping

    def pause(self) -> None:
        """Hold the run at its next batch."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Let it go on."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def stop(self) -> None:
        """End it at its next batch, also out of a pause; the best weights are kept."""
        with self._changed:
            self._stopping, self._paused = True, False
            self._changed.notify_all()

    def reset(self) -> None:
        """Forget all that was asked: another run begins."""
        with self._changed:
            self._paused = self._stopping = False
            self._rate = None
            self._changed.notify_all()

    def set_learning_rate(self, rate: float) -> None:
        """Ask for another learning rate from the next batch on.

        Raises:
            ValueError: for a rate that is not positive and finite.
        """
        if not (np.isfinite(rate) and rate > 0):
            raise ValueError(f"learning rate: expected a positive number, got {rate}")
        with self._changed:
            self._rate = float(rate)

    def take_learning_rate(self) -> float | None:
        """The rate asked for since it was last taken, None where none was."""
        with self._changed:
            rate, self._rate = self._rate, None
            return rate

    def hold(self) -> None:
        """Wait as long as a pause is asked for."""
        with self._changed:
            self._changed.wait_for(lambda: not self._paused)


class Watcher(Protocol):
    """Whoever watches a run. All calls come from the training thread, and cost it time: return soon."""

    controls: Controls

    def begin(self, plan: Plan) -> None:
        """Training is about to start; `controls` have been reset."""

    def batch(self, epoch: int, step: int, losses: Mapping[str, float]) -> None:
        """A few times a second: so many batches of this epoch are done, with these means so far."""

    def epoch(self, snapshot: Snapshot) -> None:
        """An epoch is over."""

    def end(self, ended: Ended) -> None:
        """Training is over, whatever the reason."""
