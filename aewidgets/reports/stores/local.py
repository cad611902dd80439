"""A store in a folder of this machine: runs are renamed into place, locks are files. objects.py is for URLs."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from aewidgets.reports.stores.started import STARTED, forgotten, goes_on, note_of, started_in
from aewidgets.reports.stores.store import (
    GOES_ON,
    RECORD,
    PlaceError,
    Store,
    checked_name,
    names_from,
    naming,
    run_files,
)
from aewidgets.system.locks import file_lock
from aewidgets.system.writing import write_bytes

__all__ = ["LocalStore", "hidden_folder", "read_file"]

_GONE = ".removed-run."  # beginning of the names that folders have while their files are removed


class LocalStore(Store):
    """A store in a folder of this machine.

    Attributes:
        root: path of the folder; it need not exist.
    """

    is_local = True

    def __init__(self, root: Path):
        self.root, self.url = root, str(root)

    def stamps(self) -> dict[str, str]:
        try:
            entries = list(os.scandir(self.root))
        except FileNotFoundError:
            return {}
        found = {}
        for name in (e.name for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)):
            with suppress(OSError):  # not a run, or removed since the scan
                state = (self.root / name / RECORD).stat()
                if stat.S_ISREG(state.st_mode):
                    found[name] = f"{state.st_size}-{state.st_mtime_ns}"
        for folder, going in started_in(self.root):
            with suppress(OSError):  # removed since
                found[folder.name] = f"{GOES_ON if going else STARTED}-{note_of(folder).stat().st_mtime_ns}"
        return found

    def read(self, name: str, limit: int) -> bytes:
        return read_file(self._path(name), limit)

    def write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with naming(path):
            write_bytes(path, data)

    def exists(self, name: str) -> bool:
        return self._path(name).exists()

    def put_run(
        self, folder: Path, name: str, exclusive: bool = False, named: Callable[[str], None] | None = None
    ) -> str:
        checked_name(name, path=False)
        files = run_files(folder)
        self.root.mkdir(parents=True, exist_ok=True)
        if folder.name.startswith(".") and folder.parent.resolve() == self.root.resolve():
            return self._rename(folder, name, exclusive, named)
        copy = hidden_folder(self.root, name)

        def renamed(free: str) -> None:
            if named:
                named(free)
            shutil.copyfile(folder / RECORD, copy / RECORD)

        try:
            for file in files:
                shutil.copyfile(file, copy / file.name)
            return self._rename(copy, name, exclusive, renamed)
        finally:
            shutil.rmtree(copy, ignore_errors=True)  # after the rename there is nothing to remove

    def run_size(self, name: str) -> int | None:
        try:
            entries = list(os.scandir(self._run_folder(name)))
            if not all(one.is_file(follow_symlinks=False) for one in entries):
                return None
            return sum(one.stat(follow_symlinks=False).st_size for one in entries)
        except FileNotFoundError:
            return None

    def remove_run(self, name: str) -> bool:
        folder = self._run_folder(name)
        if self.run_size(name) is None or (name.startswith(".") and goes_on(folder) is not False):
            return False
        self._remove_leftovers()
        gone = self.root / f"{_GONE}{secrets.token_hex(8)}"
        try:
            folder.rename(gone)
        except FileNotFoundError:
            return False
        if name.startswith("."):
            forgotten(folder)
        shutil.rmtree(gone)
        return True

    def lock(self, name: str, wait: float | None = None) -> AbstractContextManager[None]:
        checked_name(name, path=False)
        self.root.mkdir(parents=True, exist_ok=True)
        return file_lock(self.root / f".{name}.lock", wait)

    def _rename(self, folder: Path, name: str, exclusive: bool, named: Callable[[str], None] | None) -> str:
        """Publish a folder by one rename and return its name. A rename never replaces a folder that is not empty."""
        for free in names_from(name):
            target = self.root / free
            if not target.exists():
                if named:
                    named(free)
                try:
                    folder.rename(target)
                    return free
                except OSError:
                    if not target.exists():  # otherwise another run has taken the name since
                        raise
            if exclusive:
                raise FileExistsError(f"{target} exists already; nothing was overwritten")
        raise AssertionError("counting ended")

    def _run_folder(self, name: str) -> Path:
        """Return the path of a run's folder, also of a hidden one; raise PlaceError for anything but a name."""
        checked_name(name.removeprefix("."), path=False)
        return self._path(name)

    def _remove_leftovers(self) -> None:
        """Remove the folders of runs whose removal was broken off."""
        for entry in list(os.scandir(self.root)):
            if entry.name.startswith(_GONE) and entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)

    def _path(self, name: str) -> Path:
        """Return the path of a name; raise PlaceError if the name, or a link, leads out of the store."""
        path = self.root / checked_name(name)
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise PlaceError(f"expected a path inside {self.root}; {name!r} is a link that leads out of it")
        return path


def hidden_folder(root: Path, name: str) -> Path:
    """Create a new folder `.NAME.xxxx` in `root`, which no listing of runs shows; who may read it, the umask says."""
    path = root / f".{name}.{secrets.token_hex(4)}"
    path.mkdir()
    return path


def read_file(path: Path, limit: int) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        IsADirectoryError: for anything but a regular file.
        ValueError: for more than `limit` bytes.
    """
    if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe would wait for its writer
        raise IsADirectoryError(f"expected a file, got {path}")
    with path.open("rb") as file:
        data = file.read(limit + 1) if path.stat().st_size <= limit else None
    if data is None or len(data) > limit:
        raise ValueError(f"{path}: expected at most {limit:,} bytes")
    return data
