"""Keras callback that carries out what a person asks of a run, and the learning rate of a model. Shows nothing."""

from __future__ import annotations

import time

import keras

from aewidgets.training.watching import Controls

__all__ = ["Obey", "rate_of", "set_rate"]


def set_rate(model: keras.Model, rate: float) -> None:
    """Set the optimizer's learning rate; may be called between two batches of a fit."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()  # between batches JAX holds the variables; what is set in them would be lost
    model.optimizer.learning_rate = rate


def rate_of(model: keras.Model) -> float:
    """Return the optimizer's learning rate; may be called between epochs."""
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


class Obey(keras.callbacks.Callback):
    """Callback that obeys `Controls` at the next batch: pauses, changes the learning rate, ends the fit."""

    def __init__(self, controls: Controls):
        super().__init__()
        self.controls = controls
        self._begun = self._aside = 0.0

    @property
    def seconds(self) -> float:
        """Seconds of this epoch so far, without pauses and without what a subclass leaves out."""
        return time.perf_counter() - self._begun - self._aside

    def on_epoch_begin(self, epoch, logs=None):
        self._begun, self._aside = time.perf_counter(), 0.0

    def on_train_batch_begin(self, batch, logs=None):
        if self.controls.paused:
            begun = time.perf_counter()
            self.controls.hold()
            self._aside += time.perf_counter() - begun
        if (rate := self.controls.take_learning_rate()) is not None:
            try:
                set_rate(self.model, rate)
            except (AttributeError, TypeError) as error:  # no optimizer, or a schedule of Keras' own
                self.refused(f"the learning rate stays: {str(error) or type(error).__name__}")

    def on_train_batch_end(self, batch, logs=None):
        self.end_where_asked()

    def on_epoch_end(self, epoch, logs=None):
        self.end_where_asked()

    def refused(self, words: str) -> None:
        """Take in words that something that was asked cannot be done; here nobody hears them."""

    def end_where_asked(self) -> None:
        """Make Keras end the fit if a stop was asked for."""
        if self.controls.stopping:
            self.model.stop_training = True
