"""Reports of a training run to a watcher, and the controls by which a watcher steers it. No Keras, no widgets.

Training (`aewidgets.training.autoencoders`) calls a `Watcher` from its own thread. The watcher steers the run by its
`Controls`, which any thread may use.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aewidgets.system.brief import shown_briefly

__all__ = ["Controls", "Ended", "Plan", "Snapshot", "Units", "Watcher"]


@shown_briefly
@dataclass(frozen=True, eq=False)
class Plan:
    """A run that is about to begin.

    Attributes:
        model: description of the model with its code size, as `Autoencoder.describe` returns it.
        data: name of the data set.
        epochs: number of epochs to train, at most.
        steps: number of batches in an epoch.
        loss: name of the reconstruction loss, such as "mse".
        parts: names of the terms of the loss, such as ("reconstruction", "kl"); each is in the logs.
        references: mean squared errors on the validation pictures to compare with, such as {"PCA, 64 numbers": 0.009}.
        originals: uint8 (k, h, w, c), the validation pictures that are reconstructed after every epoch; k may be 0.
        done: number of epochs that an earlier session of the same run has trained.

    `epochs` and `steps` are 0 where nobody knows them before the end, `data` and `loss` are "" where they have no name.
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


@shown_briefly
@dataclass(frozen=True)
class Units:
    """Activity of the units of a code over a few hundred validation pictures.

    Attributes:
        measure: "kl" (nats per picture) or "activity" (share of the pictures in which the unit is not zero).
        values: the measure of each unit.
        marks: "", "collapsed", "dead" or "always on" for each unit.
    """

    measure: str
    values: tuple[float, ...]
    marks: tuple[str, ...]


@shown_briefly
@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run after one epoch.

    Attributes:
        epoch: counted from 1.
        losses: "loss" and the plan's parts, means over the epoch's batches.
        validation: the same on validation pictures, and "error", the mean squared error, comparable with references.
        learning_rate: learning rate at the end of the epoch; NaN where there is none.
        seconds: time that the epoch took, without watching and pauses.
        watching: seconds that it took to make this snapshot.
        reconstructions: uint8 (k, h, w, c), of the plan's originals; k is 0 where there are none.
        units: the units of the code; None for models whose codes have no such measure.
        best: True if this epoch is the best so far.
        steps: number of batches in this epoch; 0 where nobody counted.
        note: reason why there are no reconstructions although there are originals; "" where there are some.
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
    steps: int = 0
    note: str = ""


@dataclass(frozen=True)
class Ended:
    """The end of a run.

    Attributes:
        reason: "finished", "early" (no gain for `Recipe.patience` epochs), "stopped" (by hand) or "failed".
        best: the epoch whose weights are kept.
        text: a sentence that says so.
    """

    reason: str
    best: int
    text: str


class Controls:
    """Requests of a person to a run: pause, stop, another learning rate. Any thread may use them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = self._stopping = False
        self._rate: float | None = None

    @property
    def paused(self) -> bool:
        """True while a pause is asked for."""
        return self._paused

    @property
    def stopping(self) -> bool:
        """True once the end is asked for."""
        return self._stopping

    def pause(self) -> None:
        """Hold the run at its next batch."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Let a paused run go on."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def stop(self) -> None:
        """End the run at its next batch, also out of a pause; the best weights are kept."""
        with self._changed:
            self._stopping, self._paused = True, False
            self._changed.notify_all()

    def reset(self) -> None:
        """Forget all requests, since another run begins."""
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
        """Return the learning rate that was asked for since the last call, or None."""
        with self._changed:
            rate, self._rate = self._rate, None
            return rate

    def hold(self) -> None:
        """Block while a pause is asked for."""
        with self._changed:
            self._changed.wait_for(lambda: not self._paused)


class Watcher(Protocol):
    """Receiver of the reports of a run. All calls come from the training thread and cost it time: return soon."""

    controls: Controls

    def begin(self, plan: Plan) -> None:
        """Receive the plan before training starts; `controls` have been reset."""

    def batch(self, epoch: int, step: int, losses: Mapping[str, float]) -> None:
        """Receive the number of batches done in this epoch and the mean losses so far; called a few times a second."""

    def epoch(self, snapshot: Snapshot) -> None:
        """Receive the snapshot after an epoch."""

    def end(self, ended: Ended) -> None:
        """Receive the end of the run, whatever its reason."""
