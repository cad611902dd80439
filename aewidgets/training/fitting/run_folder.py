"""The folder of a training run: its files, how they are written, and how another run is refused. Trains nothing.

Both ways of training keep their runs here, that by epochs (`aewidgets.training.autoencoders`) and that by steps
(`aewidgets.training.fitting.stepwise`). A folder holds:

    run.json          all that decides the run: settings, digest of the pictures, digest of the weights that it starts
                      from; and facts that were measured once, before its first step
    state.npz         what a run goes on from
    log.jsonl         one line for each epoch
    references.json   errors that a watched run is compared with
    record.json       the result of a run by epochs
    .lock             held while a process trains here; the system releases it when the process ends, in whatever way

Each file is written whole or not at all, and the state before the log. A run may therefore be ended at any moment, by
Ctrl-C, SIGTERM or SIGKILL, and goes on from its last state.
"""

from __future__ import annotations

import errno
import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, BinaryIO

from aewidgets.system.locks import LockedError, file_lock
from aewidgets.system.writing import whole_file

__all__ = ["STATE", "RunFolder"]

STATE = "state.npz"
_RUN, _LOG, _RECORD, _LOCK = "run.json", "log.jsonl", "record.json", ".lock"
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class RunFolder:
    """The folder of one training run, held by it while the `with` block runs. Without a path nothing is kept.

    Args:
        path: the folder, which is made where it does not exist; or None.
        run: all that decides the run: dataclasses and what JSON holds. Fields of a dataclass that an older `run.json`
            lacks take their defaults.
        measure: computes the facts that are kept with the settings; called for a new run only.

    Attributes:
        facts: what `measure` returned when the run began, as JSON holds it.

    Raises:
        LockedError: on entering the block, if another run is being trained there.
        ValueError: on entering the block, if the folder holds another run, which says what differs; if `run.json` is
            damaged; or if a fact is not finite, in which case nothing is written.
        OSError: where the folder cannot be written, with its path.
    """

    def __init__(self, path: Path | None, run: Mapping[str, Any], measure: Callable[[], dict[str, Any]] = dict) -> None:
        self.path = path
        self.facts: dict[str, Any] = {}
        self._run, self._measure = run, measure
        self._held = ExitStack()

    def __enter__(self) -> RunFolder:
        with ExitStack() as held:
            self._begin(held)
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def _begin(self, held: ExitStack) -> None:
        """Take the folder, and compare the run that it holds with this one, or begin it."""
        if self.path is None:
            self.facts = _plain(self._measure())
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            held.enter_context(file_lock(self.path / _LOCK))
        except LockedError:
            raise LockedError(
                f"{self.path}: another process, or another thread of this one, trains in this folder; wait until it "
                "has ended, or give another folder (--checkpoint, or another --name)"
            ) from None
        except OSError as error:
            raise _unwritten(self.path, error) from error
        file, asked = self.path / _RUN, _plain(self._run)
        if not file.exists():
            facts = _plain(self._measure())
            if wrong := _not_finite(asked | facts):
                raise ValueError(f"{wrong}: expected finite numbers to begin with, got NaN or infinity")
            self._write(_RUN, json.dumps(asked | facts, indent=1, allow_nan=False))
        known = self._read(_RUN)
        if not isinstance(known, dict) or (wrong := _not_finite(known)):
            raise ValueError(f"{file} is damaged: expected settings with finite numbers; delete {self.path} to begin "
                             "again")  # fmt: skip
        settings = {name: _defaults(value, known.get(name)) for name, value in self._run.items()}
        if differing := _differences(settings, asked):
            raise ValueError(
                f"{self.path} holds another run: {'; '.join(differing)}; give an empty folder (--checkpoint, or "
                "another --name) or the same settings, pictures and start"
            )
        self.facts = {name: value for name, value in known.items() if name not in self._run}

    def find(self, name: str) -> Path | None:
        """Return the path of a file of the folder, or None where there is none."""
        file = self.path and self.path / name
        return file if file and file.exists() else None

    def log(self) -> list[dict[str, Any]]:
        """Return the entries of the log, one an epoch."""
        file = self.find(_LOG)
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file else []

    def save(self, write: Callable[[BinaryIO], object], log: Sequence[Mapping[str, Any]]) -> None:
        """Save the state of a run and then its log, each whole or not at all.

        Args:
            write: writes the state to an open file.
            log: entries of all epochs so far.
        """
        if self.path is None:
            return
        self._write(STATE, write)
        self._write(_LOG, "".join(json.dumps(entry) + "\n" for entry in log))

    def save_record(self, text: str) -> None:
        """Write the result of the run to `record.json`."""
        if self.path:
            self._write(_RECORD, text)

    def remember(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return the result of `compute`, read from the file `name`.json where an earlier session has computed it."""
        if self.find(f"{name}.json"):
            return self._read(f"{name}.json")
        value = compute()
        if self.path:
            self._write(f"{name}.json", json.dumps(value))
        return value

    def _read(self, name: str) -> Any:
        """Return what a JSON file of the folder holds."""
        assert self.path
        file = self.path / name
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{file} is damaged ({error}); delete {self.path} to begin again") from error

    def _write(self, name: str, content: str | Callable[[BinaryIO], object]) -> None:
        """Write a file of the folder, whole or not at all; an error names it and says what became of the run."""
        assert self.path
        path = self.path / name
        try:
            with whole_file(path) as file:
                if isinstance(content, str):
                    file.write(content.encode("utf-8"))
                else:
                    content(file)
        except OSError as error:
            raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> OSError:
    """Return the error of a file that could not be written, in words that name it."""
    why = error.strerror or str(error)
    if error.errno in _FULL:
        why = f"the disk is full ({why}); make room, then the same call goes on from the last state, which is kept"
    told = OSError(f"{path} cannot be written: {why}")
    told.errno = error.errno
    return told


def _plain(value: Any) -> Any:
    """Return a value as JSON gives it back: dataclasses become dictionaries, tuples become lists."""
    return json.loads(json.dumps(value, default=asdict))


def _not_finite(tree: Any, path: str = "") -> str:
    """Return where a tree as JSON holds it has NaN or infinity; "" where it has none."""
    if isinstance(tree, float):
        return "" if math.isfinite(tree) else path
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return next((found for name, value in items if (found := _not_finite(value, f"{path} {name}".strip()))), "")


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
