"""Keras callback that reports a fit to a watcher; `aewidgets.training.watching` defines the reports. Draws nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from aewidgets.images.arrays import to_uint8
from aewidgets.models.autoencoder import Autoencoder
from aewidgets.system.inference import outputs_of
from aewidgets.training.data.parts import Part, Splits
from aewidgets.training.diagnosis import units
from aewidgets.training.fitting.logs import losses_of, validation_of
from aewidgets.training.fitting.report import Report
from aewidgets.training.watching import Ended, Plan, Units, Watcher

__all__ = ["Watch"]

ORIGINALS = 8  # validation pictures that are reconstructed
DIAGNOSED = 256  # validation pictures from which the units of the code are judged


class Watch(Report):
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
        super().__init__(watcher)
        self.splits, self.loss, self.references = splits, loss, dict(references or {})
        self.done, self._best, self._best_loss = done, best, best_loss
        self._validated = 1
        self._epoch = done

    early = "Stopped early, since nothing was gained"

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

    def planned(self, done: int) -> Plan:
        originals = to_uint8(self.splits.validation.floats(slice(ORIGINALS)))
        return Plan(
            self.described, self.splits.title, self.params["epochs"], self.params["steps"], self.loss, self.parts,
            self.references, originals, self.done,
        )  # fmt: skip

    def training_of(self, logs: Mapping[str, Any] | None) -> dict[str, float]:
        return losses_of(logs)

    def validation_of(self, logs: Mapping[str, Any] | None) -> dict[str, float]:
        return validation_of(logs)

    def reconstructions(self) -> tuple[np.ndarray, str]:
        return to_uint8(np.clip(np.nan_to_num(self.reconstructed(self.splits.validation)), 0, 1)), ""

    def measured(self) -> Units | None:
        return units(self.model.code_statistics(self.splits.validation.images[:DIAGNOSED])) if self.ours else None

    @property
    def kept(self) -> str:
        return f"; the weights of epoch {self._best} are the best"

    def failed(self, error: BaseException) -> None:
        """Report that an error has ended the training, or kept it from beginning."""
        self._close()
        self.watcher.end(Ended("failed", self._best, f"Broke off in epoch {self._epoch}: {error}"))
