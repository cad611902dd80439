"""A training loop of somebody's own, of which only numbers are known: batches become epochs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from aewidgets.training.fitting.shown import ShownPictures
from aewidgets.training.watching import Ended, Snapshot, Watcher

__all__ = ["Loop"]

RATES = ("learning_rate", "lr")


class Loop:
    """Makes the reports of a run from the calls of a loop.

    An epoch is over when `steps` batches are, or when a batch of another epoch comes; where neither is known, every
    call is an epoch.

    Args:
        watcher: receives the reports; it has begun.
        epochs: number of epochs, 0 if it is not known.
        steps: number of batches in an epoch, 0 if it is not known.
        pictures: originals, of which `step` may be given reconstructions.
        time_of: returns the present time in seconds.
    """

    def __init__(
        self, watcher: Watcher, epochs: int, steps: int, pictures: ShownPictures | None,
        time_of: Callable[[], float] = time.perf_counter,
    ):  # fmt: skip
        self._watcher, self._epochs, self._steps, self._pictures = watcher, epochs, steps, pictures
        self._time, self._start = time_of, time_of()
        self._best, self._best_loss, self._validated = 0, math.inf, False
        self._epoch = 1
        self._given: int | None = None  # the epoch as the loop counts
        self._count = 0
        self._sums: dict[str, list[float]] = {}
        self._validation: dict[str, float] = {}
        self._rate = math.nan
        self._made: Any = None

    def step(self, epoch: int | None, reconstructions: Any, values: Mapping[str, Any]) -> None:
        """Take a batch, or values on validation data.

        Raises:
            ValueError: for a value that is no single number, an epoch that is no whole number or before the last, and
                no values.
        """
        found = {name: _number(name, value) for name, value in values.items()}
        if not found:
            raise ValueError("step: expected values by name, such as step(loss=0.1, accuracy=0.9), got none")
        rates = [found.pop(name) for name in RATES if name in found]
        validation = {n.removeprefix("val_"): v for n, v in found.items() if n.startswith("val_")}
        training = {name: value for name, value in found.items() if not name.startswith("val_")}
        self._turn(epoch, bool(training))
        self._rate = rates[0] if rates else self._rate
        self._made = self._made if reconstructions is None else reconstructions
        self._validation |= validation
        for name, value in training.items():
            self._sums.setdefault(name, []).append(value)
        if training:
            self._count += 1
            self._watcher.batch(self._epoch, self._count, self._means())
        full = self._steps and self._count >= self._steps
        if (full and validation) or (not self._steps and epoch is None):
            self._close()

    def end(self, stopping: bool, words: str = "") -> None:
        """End the run; `words` say what broke it off, if anything did."""
        self._close()
        last = self._epoch - 1
        best = f"; epoch {self._best} was the best" if self._best else ""
        if words:
            self._watcher.end(Ended("failed", self._best, f"Broke off in epoch {self._epoch}: {words}"))
        elif self._epochs and last < self._epochs:
            reason, how = ("stopped", "Stopped by hand") if stopping else ("early", "Ended early")
            self._watcher.end(Ended(reason, self._best, f"{how} after epoch {last}{best}."))
        else:
            reason, how = ("stopped", "Stopped by hand") if stopping and not self._epochs else ("finished", "Finished")
            self._watcher.end(Ended(reason, self._best, f"{how} after epoch {last}{best}."))

    def _turn(self, epoch: int | None, trains: bool) -> None:
        """Close the epoch that is over before this call."""
        if epoch is not None:
            if isinstance(epoch, bool) or not isinstance(epoch, int | np.integer):
                raise ValueError(f"epoch: expected a whole number, got {epoch!r}")
            if self._given is not None and epoch < self._given:
                raise ValueError(f"epoch: expected {self._given} or a later one, got {epoch}")
            if self._given is not None and epoch > self._given:
                self._close()
            self._given = int(epoch)
        elif trains and self._steps and self._count >= self._steps:
            self._close()

    def _means(self) -> dict[str, float]:
        return {name: float(np.mean(values)) for name, values in self._sums.items()}

    def _close(self) -> None:
        """Report the epoch that is over, if there was anything in it."""
        losses, validation = self._means(), self._validation
        if not losses and not validation:
            return
        note, made = "", np.zeros((0, 1, 1, 1), "uint8")
        if self._pictures is not None:
            made, note = self._pictures.originals[:0], "no reconstructions: step was given none"
            if self._made is not None:
                made, note = self._pictures.made(self._made)
        if "loss" in validation and not self._validated:
            self._validated, self._best_loss = True, math.inf
        loss = (validation if self._validated else losses).get("loss", math.nan)
        best = loss < self._best_loss
        if best:
            self._best, self._best_loss = self._epoch, loss
        now = self._time()
        seconds, self._start = now - self._start, now
        over = Snapshot(self._epoch, losses, validation, self._rate, seconds, 0.0, made, None, best, self._count, note)
        self._watcher.epoch(over)
        self._epoch, self._count, self._made = self._epoch + 1, 0, None
        self._sums, self._validation = {}, {}


def _number(name: str, value: Any) -> float:
    """Return a number, or the only one in an array or tensor.

    Raises:
        ValueError: for anything else.
    """
    if hasattr(value, "detach"):  # torch warns of numbers taken out of a graph
        value = value.detach()
    try:
        if value is None or isinstance(value, str | bytes):  # which NumPy would make numbers of
            raise TypeError
        return float(np.asarray(value, "float64").reshape(()))
    except Exception as error:  # whatever a tensor of any library raises
        shape = getattr(value, "shape", None)
        got = f"{type(value).__name__} of shape {tuple(shape)}" if shape is not None else repr(value)[:80]
        raise ValueError(f"step: {name}: expected one number, got {got}; give its mean") from error
