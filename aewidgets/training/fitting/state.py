"""State of a run, in memory and in its folder: arrays, and what counts how far it has come. Trains nothing."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from aewidgets.training.fitting.run_folder import STATE, RunFolder

__all__ = ["State", "check_finite", "load_arrays", "load_variables", "save_arrays", "values_of"]

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
            ValueError: if the file is damaged, or holds values that are not finite.
        """
        found = load_arrays(folder)
        if found is None:
            return cls()
        counters, groups = found
        return cls(**counters, variables=groups["state"], best_weights=groups["best"])

    def save(self, folder: RunFolder) -> None:
        """Write the state and the log of its epochs into a folder.

        Raises:
            ArithmeticError: for values that are not finite; the state on disk stays as it was.
        """
        counters = {name: getattr(self, name) for name in _COUNTERS}
        save_arrays(folder, counters, {"state": self.variables, "best": self.best_weights}, self.epochs)


def save_arrays(
    folder: RunFolder,
    counters: Mapping[str, Any],
    groups: Mapping[str, Sequence[np.ndarray]],
    log: Sequence[Mapping[str, Any]],
) -> None:
    """Write a state and its log into a folder.

    Args:
        folder: of the run.
        counters: what JSON holds.
        groups: arrays, by names of letters.
        log: entries of all epochs so far.

    Raises:
        ArithmeticError: for values that are not finite; the state on disk stays as it was.
    """
    for values in groups.values():
        check_finite(values)
    arrays = {"counters": np.frombuffer(json.dumps(counters).encode(), np.uint8)}
    arrays |= {f"{name}{i:05d}": value for name, values in groups.items() for i, value in enumerate(values)}

    def write(file: BinaryIO) -> None:
        np.savez(file, allow_pickle=False, **arrays)

    folder.save(write, log)


def load_arrays(folder: RunFolder) -> tuple[dict[str, Any], dict[str, list[np.ndarray]]] | None:
    """Return counters and arrays that `save_arrays` has written; None where a folder holds no state.

    Raises:
        ValueError: if the file is damaged, or holds values that are not finite.
    """
    path = folder.find(STATE)
    if path is None:
        return None
    try:
        with path.open("rb") as file:  # NumPy leaves a damaged file open
            arrays = dict(np.load(file, allow_pickle=False))
        counters = json.loads(arrays.pop("counters").tobytes())
        groups = _Groups()
        for name in sorted(arrays):
            groups[name.rstrip("0123456789")].append(arrays[name])
            check_finite([arrays[name]])
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, ArithmeticError) as error:
        raise ValueError(f"{path} is damaged ({error}); delete {path.parent} to begin again") from error
    return counters, groups


class _Groups(dict[str, list[np.ndarray]]):
    """Lists of arrays by name, empty where none was saved."""

    def __missing__(self, name: str) -> list[np.ndarray]:
        return self.setdefault(name, [])


def check_finite(values: Sequence[np.ndarray]) -> None:
    """Raise ArithmeticError if an array of numbers has NaN or infinity."""
    for value in values:
        if value.dtype.kind in "fc" and not np.isfinite(value).all():
            raise ArithmeticError("values that are not finite")


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
