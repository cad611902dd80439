"""The folder of a training run: its files, how they are written, and how another run is refused. Trains nothing.

Both ways of training keep their runs here, that by epochs (`aewidgets.training.autoencoders`) and that by steps
(`aewidgets.training.fitting.stepwise`). A folder holds:

    run.json          the settings that decide the run, and facts that were measured once, before its first step
    state.npz         what a run by epochs goes on from
    state.weights.h5  what a run by steps goes on from
    log.jsonl         one line for each epoch
    references.json   errors that a watched run is compared with
    record.json       the result of a run by epochs

Each file is written whole or not at all, and the state before the log. A run may therefore be ended at any moment, by
Ctrl-C, SIGTERM or SIGKILL, and goes on from its last state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from aewidgets.system.writing import write_text

__all__ = ["EPOCH_STATE", "STEP_STATE", "RunFolder"]

EPOCH_STATE = "state.npz"
STEP_STATE = "state.weights.h5"
_RUN, _LOG, _RECORD = "run.json", "log.jsonl", "record.json"


class RunFolder:
    """The folder of one training run. Without a path nothing is kept.

    Args:
        path: the folder, which is made where it does not exist; or None.
        run: the settings that decide the run: dataclasses and what JSON holds. Fields of a dataclass that an older
            `run.json` lacks take their defaults.
        measure: computes the facts that are kept with the settings; called for a new run only.

    Attributes:
        facts: what `measure` returned when the run began, as JSON holds it.

    Raises:
        ValueError: if the folder holds another run; says which settings differ.
    """

    def __init__(self, path: Path | None, run: Mapping[str, Any], measure: Callable[[], dict[str, Any]] = dict) -> None:
        self.path = path
        self.facts: dict[str, Any] = {}
        if path is None:
            self.facts = _plain(measure())
            return
        path.mkdir(parents=True, exist_ok=True)
        file, asked = path / _RUN, _plain(run)
        if not file.exists():
            write_text(file, json.dumps(asked | _plain(measure()), indent=1))
        known = json.loads(file.read_text(encoding="utf-8"))
        settings = {name: _defaults(value, known.get(name)) for name, value in run.items()}
        if differing := _differences(settings, asked):
            raise ValueError(
                f"{path} holds another run: {'; '.join(differing)}; give an empty folder or the same settings"
            )
        self.facts = {name: value for name, value in known.items() if name not in run}

    def find(self, name: str) -> Path | None:
        """Return the path of a file of the folder, or None where there is none."""
        file = self.path and self.path / name
        return file if file and file.exists() else None

    def log(self) -> list[dict[str, Any]]:
        """Return the entries of the log, one an epoch."""
        file = self.find(_LOG)
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file else []

    def save(self, name: str, write: Callable[[Path], object], log: Sequence[Mapping[str, Any]]) -> None:
        """Save the state of a run and then its log, each whole or not at all.

        Args:
            name: `EPOCH_STATE` or `STEP_STATE`.
            write: writes the state to a path, whose name ends like `name`.
            log: entries of all epochs so far.
        """
        if self.path is None:
            return
        part = self.path / f"part.{name}"  # Keras and NumPy judge by the end of the name
        try:
            write(part)
            part.replace(self.path / name)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        write_text(self.path / _LOG, "".join(json.dumps(entry) + "\n" for entry in log))

    def save_record(self, text: str) -> None:
        """Write the result of the run to `record.json`."""
        if self.path:
            write_text(self.path / _RECORD, text)

    def remember(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return the result of `compute`, read from the file `name`.json where an earlier session has computed it."""
        if file := self.find(f"{name}.json"):
            return json.loads(file.read_text(encoding="utf-8"))
        value = compute()
        if self.path:
            write_text(self.path / f"{name}.json", json.dumps(value))
        return value


def _plain(value: Any) -> Any:
    """Return a value as JSON gives it back: dataclasses become dictionaries, tuples become lists."""
    return json.loads(json.dumps(value, default=asdict))


def _defaults(setting: Any, known: Any) -> Any:
    """Return a recorded setting; fields that were added to its dataclass since then have their defaults."""
    if not is_dataclass(setting) or not isinstance(known, dict):
        return known
    return _plain({field.name: field.default for field in fields(setting) if field.default is not MISSING}) | known


def _differences(known: dict, asked: dict, path: str = "") -> list[str]:
    """Return one phrase for each value that differs between two trees of settings."""
    found = []
    for name in {**known, **asked}:
        a, b = known.get(name), asked.get(name)
        if isinstance(a, dict) and isinstance(b, dict):
            found += _differences(a, b, f"{path}{name} ")
        elif a != b:
            found.append(f"{path}{name} is {a!r} there, {b!r} here")
    return found
