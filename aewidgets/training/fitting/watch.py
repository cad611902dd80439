"""Keras callback that reports a fit to a watcher; `aewidgets.training.watching` defines the reports. Draws nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import numpy as np

from aewidgets.images.arrays import to_uint8
from aewidgets.models.autoencoder import Autoencoder
from aewidgets.system.inference import outputs_of
from aewidgets.training.data.parts import Part, Splits
from aewidgets.training.diagnosis import units
from aewidgets.training.fitting.logs import losses_of, validation_of
from aewidgets.training.fitting.obey import Obey, rate_of
from aewidgets.training.watching import Ended, Plan, Snapshot, Watcher

__all__ = ["Watch"]

ORIGINALS = 8  # validation pictures that are reconstructed
DIAGNOSED = 256  # validation pictures from which the units of the code are judged
EVERY = 0.25  # seconds between two reports of batches, at least
SHARE = 0.01  # of the time that reports of batches take, at most


class Watch(Obey):
    """Callback that reports a fit to a watcher and obeys its controls, for `train` or Keras's own `fit`.

    The model is an `aewidgets` autoencoder, or any Keras model from pictures to pictures of the same shape; it is
    compiled with the metric "mse" and fitted with validation pictures.

    Args:
        watcher: receives the reports, in the thread that trains.
        splits: the data; its validation pictures are reconstructed, and the code is judged from them.
        loss: name of the reconstruction loss.
        references: errors to compare the run with, as in `Plan`.
        done: number of epochs that an earlier session has trained.
        best: the best of those epochs.
        best_loss: validation loss of the best epoch.
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

    @property
    def ours(self) -> bool:
        """True for an `aewidgets` autoencoder, false for another Keras model."""
        return isinstance(self.model, Autoencoder)

    @property
    def described(self) -> str:
        """Description of the model; of another Keras model, its name."""
        return self.model.describe() if self.ours else self.model.name

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the terms of the loss that are in the logs."""
        return self.model.parts if self.ours else ()

    def reconstructed(self, part: Part) -> np.ndarray:
        """Return what the model makes of the first pictures of a part, float (k, h, w, c)."""
        if self.ours:
            return self.model.reconstruct(part.images[:ORIGINALS])
        made = np.asarray(outputs_of(self.model, part.floats(slice(ORIGINALS))), "float32")
        if made.shape[1:] != self.splits.image_shape:
            raise ValueError(f"model: expected pictures of {self.splits.image_shape} as outputs, got {made.shape[1:]}")
        return made

    def on_train_begin(self, logs=None):
        self.controls.reset()
        originals = np.array(self.splits.validation.images[:ORIGINALS])
        plan = Plan(
            self.described, self.splits.title, self.params["epochs"], self.params["steps"], self.loss, self.parts,
            self.references, originals, self.done,
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
        self.watcher.batch(self._epoch, batch + 1, losses_of(logs))
        ended = time.perf_counter()
        self._aside += ended - begun
        self._next = ended + max(EVERY, (ended - begun) / SHARE)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        seconds, begun = self.seconds, time.perf_counter()
        losses, validation = losses_of(logs), validation_of(logs)
        if best := validation["loss"] < self._best_loss:
            self._best, self._best_loss = epoch + 1, validation["loss"]
        part = self.splits.validation
        reconstructions = to_uint8(np.clip(np.nan_to_num(self.reconstructed(part)), 0, 1))
        measured = units(self.model.code_statistics(part.images[:DIAGNOSED])) if self.ours else None
        watching, rate = time.perf_counter() - begun, rate_of(self.model)
        self.watcher.epoch(
            Snapshot(epoch + 1, losses, validation, rate, seconds, watching, reconstructions, measured, best)
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
        """Report that an error has ended the training."""
        self.watcher.end(Ended("failed", self._best, f"Broke off in epoch {self._epoch}: {error}"))
