"""Keras callback that reports any fit to a watcher and obeys its controls. Draws nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from aewidgets.system.inference import outputs_of
from aewidgets.training.fitting.leaving import Leaving, said_of
from aewidgets.training.fitting.logs import numbers_of
from aewidgets.training.fitting.obey import Obey, rate_of
from aewidgets.training.fitting.shown import ShownPictures
from aewidgets.training.watching import Ended, Plan, Snapshot, Units, Watcher

__all__ = ["Report"]

EVERY = 0.25  # seconds between two reports of batches, at least
SHARE = 0.01  # of the time that reports of batches take, at most
_NONE = np.zeros((0, 1, 1, 1), "uint8")


class Report(Obey):
    """Callback that reports the fit of any Keras model, with whatever metrics it has, and obeys the watcher's controls.

    The best epoch is that of the lowest validation loss; of the lowest loss where there is no validation.

    Args:
        watcher: receives the reports, in the thread that trains.
        name: what the run is called; the model's name when "".
        pictures: what the model is to reconstruct after every epoch; nothing when None.
    """

    def __init__(self, watcher: Watcher, name: str = "", pictures: ShownPictures | None = None):
        super().__init__(watcher.controls)
        self.watcher, self.name, self.pictures = watcher, name, pictures
        self._best, self._best_loss = 0, math.inf
        self._epoch = self._steps = self._validated = 0
        self._lost = 0  # the epoch from which on the loss is not finite
        self._begun_run = False
        self._next = 0.0
        self._leaving: Leaving | None = None

    # What a subclass knows better

    def planned(self, done: int) -> Plan:
        """Return the plan of the run, of which `done` epochs were trained before."""
        loss = getattr(self.model, "loss", None)
        params = self.params or {}
        originals = self.pictures.originals if self.pictures else _NONE
        return Plan(
            self.name or self.model.name, "", params.get("epochs") or 0, params.get("steps") or 0,
            loss if isinstance(loss, str) else "", (), {}, originals, done,
        )  # fmt: skip

    def training_of(self, logs: Mapping[str, Any] | None) -> dict[str, float]:
        """Return the values on the training data, by name."""
        return {name: value for name, value in numbers_of(logs).items() if not name.startswith("val_")}

    def validation_of(self, logs: Mapping[str, Any] | None) -> dict[str, float]:
        """Return the values on the validation data, by name."""
        return {n.removeprefix("val_"): value for n, value in numbers_of(logs).items() if n.startswith("val_")}

    def reconstructions(self) -> tuple[np.ndarray, str]:
        """Return the reconstructions as bytes, or none and the reason; an exception of the model is such a reason."""
        if self.pictures is None:
            return _NONE, ""
        try:
            return self.pictures.made(outputs_of(self.model, self.pictures.inputs))
        except Exception as error:
            return self.pictures.originals[:0], f"no reconstructions: the model fails on the images ({said_of(error)})"

    def measured(self) -> Units | None:
        """Return the units of the code; None where there is no such measure."""
        return None

    # Calls of Keras

    def on_train_begin(self, logs=None):
        self.controls.reset()
        self._begun_run, self._next, self._lost = False, 0.0, 0
        self._leaving = Leaving(self.left)

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        self._epoch, self._steps = epoch + 1, 0
        if not self._begun_run:
            self._begun_run = True
            self.watcher.begin(self.planned(epoch))

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        # Where several steps are run at once, Keras counts the last ones whole, also where the data end before.
        self._steps = min(batch + 1, (self.params or {}).get("steps") or batch + 1)
        begun = time.perf_counter()
        if begun < self._next:
            return
        self.watcher.batch(self._epoch, self._steps, self.training_of(logs))
        ended = time.perf_counter()
        self._aside += ended - begun
        self._next = ended + max(EVERY, (ended - begun) / SHARE)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        seconds, begun = self.seconds, time.perf_counter()
        losses, validation = self.training_of(logs), self.validation_of(logs)
        best = self._is_best(losses, validation)
        finite = math.isfinite(losses.get("loss", 0.0))
        self._lost = 0 if finite else (self._lost or epoch + 1)
        if best:
            self._best = epoch + 1
        reconstructions, note = self.reconstructions()
        measured = self.measured()
        watching, rate = time.perf_counter() - begun, math.nan
        with suppress(AttributeError, TypeError, ValueError):  # no optimizer, or none of Keras'
            rate = rate_of(self.model)
        figures = (epoch + 1, losses, validation, rate, seconds, watching)
        self.watcher.epoch(Snapshot(*figures, reconstructions, measured, best, self._steps, note))
        self._aside += time.perf_counter() - begun

    def on_train_end(self, logs=None):
        self._close()
        if not self._begun_run:
            return  # a fit of no epochs
        if self._epoch >= ((self.params or {}).get("epochs") or 0):
            reason, how = "finished", "Finished"
        elif self.controls.stopping:
            reason, how = "stopped", "Stopped by hand"
        else:
            reason, how = "early", self.early
        self.watcher.end(Ended(reason, self._best, f"{how} after epoch {self._epoch}{self.kept}."))

    early = "Stopped early by a callback"

    @property
    def kept(self) -> str:
        """What is known of the weights, to end a sentence with."""
        best = f"; epoch {self._best} was the best" if self._best else ""
        return f"{best}; the loss is not finite from epoch {self._lost} on" if self._lost else best

    def left(self, words: str) -> None:
        """Report that the fit was left by an exception."""
        self._close()
        if self._begun_run:
            self._begun_run = False
            self.watcher.end(Ended("failed", self._best, f"Broke off in epoch {self._epoch}: {words}"))

    def refused(self, words: str) -> None:
        """Say that something that was asked cannot be done."""
        if hasattr(self.watcher, "trouble"):
            self.watcher.trouble(words)

    def _close(self) -> None:
        if self._leaving:
            self._leaving.close()
            self._leaving = None

    def _is_best(self, losses: Mapping[str, float], validation: Mapping[str, float]) -> bool:
        """Return whether the epoch that ends is the best so far, and keep its loss if so."""
        if "loss" in validation and not self._validated:
            self._validated, self._best_loss = 1, math.inf  # epochs without validation do not count any more
        loss = (validation if self._validated else losses).get("loss", math.nan)
        if not loss < self._best_loss:
            return False
        self._best_loss = loss
        return True


