"""Keras callback that counts the epochs of a run, keeps its best weights and saves its state. Shows nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from aewidgets.training.fitting.batches import Batches
from aewidgets.training.fitting.logs import losses_of, validation_of
from aewidgets.training.fitting.obey import Obey, rate_of, set_rate
from aewidgets.training.fitting.records import Recipe
from aewidgets.training.fitting.run_folder import RunFolder
from aewidgets.training.fitting.state import State, load_variables, values_of

__all__ = ["Keep"]


class Keep(keras.callbacks.Callback):
    """Callback that sets the learning rate, records epochs, keeps the best weights, stops early and saves the state.

    An epoch that a person cuts short is recorded, and its weights are kept where they are the best. The state on disk
    stays that of the last whole epoch, so that the run can go on as if it had not been interrupted.

    Args:
        recipe: the recipe of the run.
        batches: the training batches, whose `epoch` is set.
        state: the run so far; changed.
        folder: where the state is saved.
        obey: counts the seconds and ends the fit; comes before this callback in the list.
        report: called with each entry of `Record.epochs`.
    """

    def __init__(
        self,
        recipe: Recipe,
        batches: Batches,
        state: State,
        folder: RunFolder,
        obey: Obey,
        report: Callable[[dict[str, Any]], None] | None = None,
    ):
        super().__init__()
        self.recipe, self.batches, self.state, self.folder = recipe, batches, state, folder
        self.obey, self.report = obey, report
        self._steps = 0

    def on_train_begin(self, logs=None):
        """Restore the state, or begin it: only here, since Keras draws random numbers when it builds what it fits."""
        if self.state.variables:
            load_variables(self._variables(), self.state.variables)
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
        state, seconds = self.state, self.obey.seconds
        losses, validation, rate = losses_of(logs), validation_of(logs), rate_of(self.model)
        entry = {"epoch": epoch + 1, **losses, "validation": validation, "learning_rate": rate}
        state.epochs.append(entry | {"seconds": seconds, "steps": self._steps})
        if not (math.isfinite(losses["loss"]) and math.isfinite(validation["loss"])):
            raise ArithmeticError(self._diverged("loss", epoch + 1))
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

    def _variables(self) -> list:
        """Return all that a step changes: weights, states of random generators, the optimizer's; no metrics."""
        return [*self.model.variables, *self.model.optimizer.variables]

    def _save(self) -> None:
        self.state.variables = values_of(self._variables())
        try:
            self.state.save(self.folder)
        except ArithmeticError as error:
            raise ArithmeticError(self._diverged("state", len(self.state.epochs))) from error

    def _diverged(self, what: str, epoch: int) -> str:
        """Return the message for a run whose loss or state is not finite."""
        kept = f"; the last state that was finite is kept in {self.folder.path}" if self.folder.path else ""
        return (
            f"the {what} is not finite after epoch {epoch}, at a learning rate of {rate_of(self.model):g}: begin again "
            f"with a lower one, in another folder{kept}"
        )
