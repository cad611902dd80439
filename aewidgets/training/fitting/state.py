"""State of a run by epochs, in memory and in its folder. Trains nothing."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.training.fitting.run_folder import EPOCH_STATE, RunFolder

__all__ = ["State", "load_variables", "values_of"]

_COUNTERS = ("epochs", "factor", "best", "best_loss", "reason")


@dataclass
class State:
    """The complete state of a run by epochs, from which it goes on after its last whole epoch.

    Attributes:
        epochs: entries of `Record.epochs`.
        factor: learning rate over the scheduled one; not 1 where a person has set another rate.
        best: the best epoch, 0 before the first.
        best_loss: validation loss of the best epoch.
        reason: why the run is over; empty while it is not.
        variables: values of the variables of model and optimizer, with the states of random generators.
        best_weights: weights of the model after the best epoch.
    """

    epochs: list[dict[str, Any]] = field(default_factory=list)
    factor: float = 1.0
    best: int = 0
    best_loss: float = float("inf")
    reason: str = ""
    variables: list[np.ndarray] = field(default_factory=list)
    best_weights: list[np.ndarray] = field(default_factory=list)

    @property
    def waited(self) -> int:
        """Number of epochs since the best."""
        return len(self.epochs) - self.best

    @classmethod
    def load(cls, folder: RunFolder) -> State:
        """Return the state that a folder holds, or a new one.

        Raises:
            ValueError: if the file is damaged.
        """
        path = folder.find(EPOCH_STATE)
        if path is None:
            return cls()
        try:
            with path.open("rb") as file:  # NumPy leaves a damaged file open
                arrays = dict(np.load(file, allow_pickle=False))
            counters = json.loads(arrays.pop("counters").tobytes())
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is damaged ({error}); delete it to begin again") from error
        variables, best = ([arrays[n] for n in sorted(arrays) if n.startswith(kind)] for kind in ("state", "best"))
        return cls(**counters, variables=variables, best_weights=best)

    def save(self, folder: RunFolder) -> None:
        """Write the state and the log of its epochs into a folder."""
        counters = {name: getattr(self, name) for name in _COUNTERS}
        arrays = {"counters": np.frombuffer(json.dumps(counters).encode(), np.uint8)}
        arrays |= {f"state{i:05d}": value for i, value in enumerate(self.variables)}
        arrays |= {f"best{i:05d}": value for i, value in enumerate(self.best_weights)}

        def write(path: Path) -> None:
            np.savez(path, allow_pickle=False, **arrays)

        folder.save(EPOCH_STATE, write, self.epochs)


def values_of(variables) -> list[np.ndarray]:
    """Copy Keras variables to NumPy arrays, on any backend."""
    return [np.array(variable.numpy()) for variable in variables]


def load_variables(variables, values: list[np.ndarray]) -> None:
    """Assign the values that `values_of` returned to Keras variables.

    Raises:
        ValueError: if number or shapes of the values differ.
    """
    shapes, got = [tuple(v.shape) for v in variables], [v.shape for v in values]
    if shapes != got:
        raise ValueError(f"expected values of shapes {shapes}, got {got}; the state belongs to another model")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
