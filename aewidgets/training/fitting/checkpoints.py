"""A run on disk: what it is, all of its state after the last whole epoch in one file, and a log. Runs nothing.

`run.json` says what decides the run, `state.npz` holds weights, optimizer, states of random numbers, the best weights
and the counters, `log.jsonl` a line an epoch, `record.json` what came of it, `references.json` what it is held against.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.system.writing import whole_file, write_text

__all__ = ["Checkpoint", "State", "load_variables", "values_of"]


@dataclass
class State:
    """A run after so many epochs; what is not in here does not outlive a kill.

    Attributes:
        epochs: entries of `Record.epochs`.
        factor: of the scheduled learning rate, where a person has set another one.
        best: the best epoch, 0 before the first.
        best_loss: its validation loss.
        reason: why the run is over; empty while it is not.
        variables: of model and optimizer, the states of random numbers among them.
        best_weights: of the model.
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
        """Epochs since the best."""
        return len(self.epochs) - self.best


class Checkpoint:
    """The folder of a run; with None for a folder, nothing is kept.

    Args:
        folder: made where it is not there.
        run: what decides the run, as JSON holds it.

    Raises:
        ValueError: for a folder that holds another run; says what differs.
    """

    def __init__(self, folder: Path | None, run: dict[str, Any]):
        self.folder = folder
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        path, run = folder / "run.json", json.loads(json.dumps(run))
        if not path.exists():
            write_text(path, json.dumps(run, indent=1))
        elif differing := _differences(json.loads(path.read_text(encoding="utf-8")), run):
            raise ValueError(
                f"{folder} holds another run: {'; '.join(differing)}; give an empty folder or the same settings"
            )

    def load(self) -> State | None:
        """The state after the last whole epoch, None before the first.

        Raises:
            ValueError: for a damaged file.
        """
        if self.folder is None or not (self.folder / "state.npz").exists():
            return None
        try:
            with (self.folder / "state.npz").open("rb") as file:  # NumPy leaves a damaged one open
                arrays = dict(np.load(file, allow_pickle=False))
            counters = json.loads(arrays.pop("counters").tobytes())
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ValueError(f"{self.folder / 'state.npz'} is damaged ({error}); delete it to begin again") from error
        variables, best = ([arrays[n] for n in sorted(arrays) if n.startswith(kind)] for kind in ("state", "best"))
        return State(**counters, variables=variables, best_weights=best)

    def save(self, state: State) -> None:
        """Keeps a state, whole or not at all, and its epochs in the log."""
        if self.folder is None:
            return
        counters = {name: getattr(state, name) for name in ("epochs", "factor", "best", "best_loss", "reason")}
        arrays = {"counters": np.frombuffer(json.dumps(counters).encode(), np.uint8)}
        arrays |= {f"state{i:05d}": value for i, value in enumerate(state.variables)}
        arrays |= {f"best{i:05d}": value for i, value in enumerate(state.best_weights)}
        with whole_file(self.folder / "state.npz") as file:
            np.savez(file, allow_pickle=False, **arrays)
        write_text(self.folder / "log.jsonl", "".join(json.dumps(entry) + "\n" for entry in state.epochs))

    def remember(self, name: str, compute) -> Any:
        """What `compute` gives, from the file `name`.json of the folder where it has been computed before."""
        path = self.folder and self.folder / f"{name}.json"
        if path and path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
        value = compute()
        if path:
            write_text(path, json.dumps(value))
        return value


def values_of(variables) -> list[np.ndarray]:
    """Copies of Keras variables as NumPy arrays, on any backend."""
    return [np.array(variable.numpy()) for variable in variables]


def load_variables(variables, values: list[np.ndarray]) -> None:
    """Puts values back where `values_of` found them.

    Raises:
        ValueError: for another number of values, or other shapes.
    """
    shapes, got = [tuple(v.shape) for v in variables], [v.shape for v in values]
    if shapes != got:
        raise ValueError(f"expected values of shapes {shapes}, got {got}; the state is of another model")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _differences(known: dict, asked: dict, path: str = "") -> list[str]:
    """What differs between two trees of settings, in words."""
    found = []
    for name in {**known, **asked}:
        a, b = known.get(name), asked.get(name)
        if isinstance(a, dict) and isinstance(b, dict):
            found += _differences(a, b, f"{path}{name} ")
        elif a != b:
            found.append(f"{path}{name} is {a!r} there, {b!r} here")
    return found
