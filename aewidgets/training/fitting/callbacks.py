"""Keras callbacks of a run: heeding what a person asks, keeping the best and the whole state. Shows nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from aewidgets.training.fitting.batches import Batches
from aewidgets.training.fitting.checkpoints import Checkpoint, State, load_variables, values_of
from aewidgets.training.fitting.records import Recipe
from aewidgets.training.watching import Controls

__all__ = ["Keep", "Obey", "rate_of", "run_variables", "set_rate", "validation_of"]


def set_rate(model: keras.Model, rate: float) -> None:
    """Sets the optimizer's learning rate, also between two batches of a fit."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()  # between batches JAX holds the variables; what is set in them would be lost
    model.optimizer.learning_rate = rate


def rate_of(model: keras.Model) -> float:
    """The optimizer's learning rate, between epochs."""
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


def run_variables(model: keras.Model) -> list:
    """All that a step changes: weights, states of random numbers, the optimizer's; without metrics."""
    return [*model.variables, *model.optimizer.variables]


def validation_of(logs: Mapping[str, Any]) -> dict[str, float]:
    """What Keras logged of the validation pictures, by the names of `Snapshot.validation`."""
    found = {name.removeprefix("val_"): float(value) for name, value in logs.items() if name.startswith("val_")}
    return {"error" if name == "mse" else name: value for name, value in found.items()}


class Obey(keras.callbacks.Callback):
    """Does at the next batch what `Controls` ask: waits, changes the learning rate, ends.

    Attributes:
        seconds: of this epoch so far, without pauses and what a subclass leaves out.
    """

    def __init__(self, controls: Controls):
        super().__init__()
        self.controls = controls
        self._begun = self._aside = 0.0

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._begun - self._aside

    def on_epoch_begin(self, epoch, logs=None):
        self._begun, self._aside = time.perf_counter(), 0.0

    def on_train_batch_begin(self, batch, logs=None):
        if self.controls.paused:
            begun = time.perf_counter()
            self.controls.hold()
            self._aside += time.perf_counter() - begun
        if (rate := self.controls.take_learning_rate()) is not None:
            set_rate(self.model, rate)

    def on_train_batch_end(self, batch, logs=None):
        self.end_where_asked()

    def on_epoch_end(self, epoch, logs=None):
        self.end_where_asked()

    def end_where_asked(self) -> None:
        """Has Keras end the fit where a stop is asked for."""
        if self.controls.stopping:
            self.model.stop_training = True


class Keep(keras.callbacks.Callback):
    """Sets the pace, notes each epoch, keeps the best weights, stops early, and saves the state.

    An epoch that a person cuts short is noted, and its weights are kept where they are the best; but the state on disk
    stays that of the last whole epoch, from which the run can go on as if nothing had been.

    Args:
        recipe: of the run.
        batches: of training; their `epoch` is set.
        state: of the run so far; changed.
        checkpoint: where it is saved.
        obey: knows the seconds and whether to end; comes before this one in the list of callbacks.
        report: called with each entry of `Record.epochs`.
    """

    def __init__(
        self,
        recipe: Recipe,
        batches: Batches,
        state: State,
        checkpoint: Checkpoint,
        obey: Obey,
        report: Callable[[dict[str, Any]], None] | None = None,
    ):
        super().__init__()
        self.recipe, self.batches, self.state, self.checkpoint = recipe, batches, state, checkpoint
        self.obey, self.report = obey, report
        self._steps = 0

    def on_train_begin(self, logs=None):
        """Only here does the state begin: when Keras first builds what it fits, it draws from the random numbers."""
        if self.state.variables:
            load_variables(run_variables(self.model), self.state.variables)
            return
        for number, variable in enumerate(v for v in self.model.variables if v.path.endswith("seed_generator_state")):
            variable.assign(np.array([self.recipe.seed, number]))
        self._save()  # a run that is killed in its first epoch begins with the same weights again

    def on_epoch_begin(self, epoch, logs=None):
        self.batches.epoch, self._steps = epoch + 1, 0
        if keras.backend.backend() == "torch":  # where dropout without a seed draws from torch's own state
            import torch

            torch.manual_seed(self.recipe.seed * 1_000_003 + epoch)
        set_rate(self.model, self.recipe.rate(epoch + 1) * self.state.factor)

    def on_train_batch_end(self, batch, logs=None):
        self._steps = batch + 1

    def on_epoch_end(self, epoch, logs=None):
        logs, state, seconds = logs or {}, self.state, self.obey.seconds
        losses = {n: float(v) for n, v in logs.items() if not n.startswith("val_") and n != "mse"}
        validation, rate = validation_of(logs), rate_of(self.model)
        entry = {"epoch": epoch + 1, **losses, "validation": validation, "learning_rate": rate}
        state.epochs.append(entry | {"seconds": seconds, "steps": self._steps})
        if not (math.isfinite(losses["loss"]) and math.isfinite(validation["loss"])):
            raise ArithmeticError(
                f"the loss is no finite number after epoch {epoch + 1}, at a learning rate of {rate:g}: "
                "begin again with a lower one"
            )
        scheduled = self.recipe.rate(epoch + 1)
        if abs(rate - scheduled * state.factor) > 1e-6 * rate:  # set by hand; the optimizer holds float32
            state.factor = rate / scheduled
        if validation["loss"] < state.best_loss:
            state.best, state.best_loss = epoch + 1, validation["loss"]
            state.best_weights = values_of(self.model.weights)
        if self._steps == len(self.batches):
            if epoch + 1 == self.recipe.epochs:
                state.reason = "finished"
            elif self.recipe.patience and state.waited >= self.recipe.patience:
                state.reason, self.model.stop_training = "early", True
            self._save()
        if self.report:
            self.report(state.epochs[-1])
            self.obey.end_where_asked()

    def _save(self) -> None:
        self.state.variables = values_of(run_variables(self.model))
        self.checkpoint.save(self.state)
