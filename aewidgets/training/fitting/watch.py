"""The callback between Keras and whoever watches: `aewidgets.training.watching` says what is told. Draws nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import numpy as np

from aewidgets.images.arrays import to_uint8
from aewidgets.training.data.parts import Splits
from aewidgets.training.diagnosis import units
from aewidgets.training.fitting.callbacks import Obey, rate_of, validation_of
from aewidgets.training.watching import Ended, Plan, Snapshot, Watcher

__all__ = ["Watch"]

ORIGINALS = 8  # validation pictures that are reconstructed
DIAGNOSED = 256  # validation pictures that the code's units are judged by
EVERY = 0.25  # seconds between two tellings of batches, at least
SHARE = 0.01  # of the time, at most, that tellings of batches take


class Watch(Obey):
    """Tells a watcher what a fit does and obeys its controls; for `model.fit(..., callbacks=[Watch(...)])` or `train`.

    The model is an `aewidgets` autoencoder, compiled with the metric "mse" and fitted with validation pictures.

    Args:
        watcher: is told, in the thread that trains.
        splits: validation pictures are reconstructed and the code judged by them.
        loss: name of the reconstruction loss.
        references: lines to beat, as in `Plan`.
        done: epochs that an earlier part of the run has trained.
        best: the best of those.
        best_loss: its validation loss.
    """

    def __init__(
        self,
        watcher: Watcher,
        splits: Splits,
        *,
        loss: str = "mse",
        references: Mapping[str, float] | None = None,
        done: int = 0,
        best: int = 0,
        best_loss: float = math.inf,
    ):
        super().__init__(watcher.controls)
        self.watcher, self.splits, self.loss, self.references = watcher, splits, loss, dict(references or {})
        self.done, self._best, self._best_loss = done, best, best_loss
        self._epoch = done
        self._next = 0.0

    def on_train_begin(self, logs=None):
        self.controls.reset()
        originals = np.array(self.splits.validation.images[:ORIGINALS])
        plan = Plan(
            self.model.describe(), self.splits.title, self.params["epochs"], self.params["steps"], self.loss,
            self.model.parts, self.references, originals, self.done,
        )  # fmt: skip
        self.watcher.begin(plan)

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        begun = time.perf_counter()
        if begun < self._next:
            return
        self.watcher.batch(self._epoch, batch + 1, _losses(logs))
        ended = time.perf_counter()
        self._aside += ended - begun
        self._next = ended + max(EVERY, (ended - begun) / SHARE)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        seconds, begun = self.seconds, time.perf_counter()
        losses, validation = _losses(logs), validation_of(logs or {})
        if best := validation["loss"] < self._best_loss:
            self._best, self._best_loss = epoch + 1, validation["loss"]
        part = self.splits.validation
        reconstructions = to_uint8(np.nan_to_num(self.model.reconstruct(part.images[:ORIGINALS])))
        told = units(self.model.code_statistics(part.images[:DIAGNOSED]))
        watching, rate = time.perf_counter() - begun, rate_of(self.model)
        self.watcher.epoch(
            Snapshot(epoch + 1, losses, validation, rate, seconds, watching, reconstructions, told, best)
        )
        self._aside += time.perf_counter() - begun

    def on_train_end(self, logs=None):
        if self._epoch >= self.params["epochs"]:
            reason, how = "finished", "Finished"
        elif self.controls.stopping:
            reason, how = "stopped", "Stopped by hand"
        else:
            reason, how = "early", "Stopped early, since nothing was gained"
        text = f"{how} after epoch {self._epoch}; the weights of epoch {self._best} are the best."
        self.watcher.end(Ended(reason, self._best, text))

    def failed(self, error: BaseException) -> None:
        """Tells that training broke off."""
        self.watcher.end(Ended("failed", self._best, f"Broke off in epoch {self._epoch}: {error}"))


def _losses(logs) -> dict[str, float]:
    """Means over batches, "loss" and its parts; reading them waits for the device."""
    return {name: float(value) for name, value in (logs or {}).items() if name != "mse" and not name.startswith("val_")}
