"""Runs in a folder of this machine: renamed into place, locked by files. URLs are for objects.py."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from aewidgets.reports.stores.store import RECORD, PlaceError, Store, checked_name, names_from, run_files
from aewidgets.system.locks import file_lock
from aewidgets.system.writing import write_bytes

__all__ = ["LocalStore", "read_file"]


class LocalStore(Store):
    """A folder of this machine."""

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
            with suppress(OSError):  # no run, or gone meanwhile
                state = (self.root / name / RECORD).stat()
                if stat.S_ISREG(state.st_mode):
                    found[name] = f"{state.st_size}-{state.st_mtime_ns}"
        return found

    def read(self, name: str, limit: int) -> bytes:
        return read_file(self._path(name), limit)

    def write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
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
        with _scratch(self.root, name) as copy:

            def told(free: str) -> None:
                if named:
                    named(free)
                shutil.copyfile(folder / RECORD, copy / RECORD)

            for file in files:
                shutil.copyfile(file, copy / file.name)
            return self._rename(copy, name, exclusive, told)

    def lock(self, name: str, wait: float | None = None) -> AbstractContextManager[None]:
        checked_name(name, path=False)
        self.root.mkdir(parents=True, exist_ok=True)
        return file_lock(self.root / f".{name}.lock", wait)

    def _rename(self, folder: Path, name: str, exclusive: bool, named: Callable[[str], None] | None) -> str:
        """One rename; a folder with something in it is never replaced by that."""
        for free in names_from(name):
            target = self.root / free
            if not target.exists():
                if named:
                    named(free)
                try:
                    folder.rename(target)
                    return free
                except OSError:
                    if not target.exists():  # otherwise another run took the name in between
                        raise
            if exclusive:
                raise FileExistsError(f"{target} is there already; nothing was overwritten")
        raise AssertionError("counting ended")

    def _path(self, name: str) -> Path:
        path = self.root / checked_name(name)
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise PlaceError(f"expected a path inside {self.root}; {name!r} is a link that leads out of it")
        return path


@contextmanager
def _scratch(root: Path, name: str) -> Iterator[Path]:
    """A hidden folder, gone at the end if it is still there."""
    path = Path(tempfile.mkdtemp(dir=root, prefix=f".{name}."))
    path.chmod(0o755)  # mkdtemp makes folders that only their owner may read
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def read_file(path: Path, limit: int) -> bytes:
    """What a regular file holds; ValueError for more than `limit` bytes."""
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
        raise IsADirectoryError(f"expected a file, got {path}")
    with path.open("rb") as file:
        data = file.read(limit + 1) if path.stat().st_size <= limit else None
    if data is None or len(data) > limit:
        raise ValueError(f"{path}: expected at most {limit:,} bytes")
    return data
