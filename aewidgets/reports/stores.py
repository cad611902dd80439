"""Where runs are kept: a local folder, or a prefix that fsspec reaches (`s3://bucket/runs`). Knows no notebooks.

A run is a folder that holds a run.json. It appears whole: locally by one rename, on object stores by writing
run.json last.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aewidgets.reports.file_locks import LockedError, file_lock
from aewidgets.writing import write_bytes

__all__ = ["RECORD", "LocalStore", "LockedError", "Store", "StoreError", "open_store", "read_url"]

#: The file that makes a folder a run.
RECORD = "run.json"


class StoreError(OSError):
    """A store that cannot be reached, or that refuses; the message says which and why."""


class Store(ABC):
    """One place with runs. Names are relative paths with `/`; one that would lead out of the store is a ValueError.

    Attributes:
        url: where it is, without a slash at the end.
        is_local: whether it is a folder of this machine.
    """

    url: str
    is_local: bool

    def runs(self) -> list[str]:
        """Names of the folders that hold a run.json, sorted; none if the store is not there yet."""
        return sorted(self.stamps())

    @abstractmethod
    def stamps(self) -> dict[str, str]:
        """What tells one state of each run's run.json from another: its size and time, or its ETag."""

    @abstractmethod
    def read(self, name: str, limit: int) -> bytes:
        """What is under a name.

        Raises:
            FileNotFoundError: if there is nothing.
            ValueError: for more than `limit` bytes, before memory is taken for them.
            OSError: if it cannot be read.
        """

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Put bytes under a name, whole or not at all, in place of what was there; OSError if that fails."""

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Whether there is something under a name: a file or a folder."""

    @abstractmethod
    def put_run(self, folder: Path, name: str, exclusive: bool = False) -> str:
        """Publish a finished local folder as a run.

        The folder is copied and stays, except that a hidden folder which lies in a local store is moved.

        Args:
            folder: holds a run.json and further files; no folders, no links.
            name: of the run.
            exclusive: whether it must be this name.

        Returns:
            The name that it got: `name`, or the first of `name-2`, `name-3` ... that was free.

        Raises:
            FileExistsError: with `exclusive`, if a run of that name is there.
            OSError: if it could not be written; there is no run.json then.
        """

    @abstractmethod
    def lock(self, name: str, wait: float | None = None) -> AbstractContextManager[None]:
        """A lock of that name while a block runs: real on local folders, where it ends with its process; nothing
        on object stores, which have none.

        Args:
            name: what is locked; no path.
            wait: seconds to wait for whoever holds it; 0 tries once, None waits as long as it takes.

        Raises:
            LockedError: (an OSError) if it is still held then.
        """


def open_store(url: str | os.PathLike[str]) -> Store:
    """The store at a local path or an fsspec URL (`s3://bucket/prefix`, `memory://x`, `file:///x`).

    Nothing is made before something is written. Who may read and write is for the environment to say, as boto
    does it (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ~/.aws): a password in a URL would end in logs.

    Raises:
        ValueError: for a URL of an unknown kind, or with a password.
        ImportError: if the package that reaches such URLs is not installed; it says which.
    """
    text = os.fspath(url)
    if isinstance(url, os.PathLike) or "://" not in text:
        return LocalStore(Path(text))
    parts = urlsplit(text)
    if parts.password is not None:
        raise ValueError("expected a URL without a password; give it in the environment")
    if parts.scheme in ("file", "local"):
        return LocalStore(Path(unquote(text.partition("://")[2]) or "."))
    from aewidgets.reports.object_stores import ObjectStore

    return ObjectStore(text)


def read_url(url: str | os.PathLike[str], limit: int) -> bytes:
    """One file at a local path or an fsspec URL; raises as `Store.read` and `open_store` do."""
    text = os.fspath(url)
    if isinstance(url, os.PathLike) or "://" not in text:
        return _read_file(Path(text), limit)
    folder, _, name = text.rpartition("/")
    if folder.endswith(("/", ":")) or not name:
        raise ValueError(f"expected the URL of a file, such as s3://bucket/folder/file, got {text}")
    return open_store(folder).read(name, limit)


def checked_name(name: str, path: bool = True) -> str:
    """The name, if it stays inside a store.

    Args:
        name: relative, parts separated by `/`.
        path: whether it may have more than one part.
    """
    parts = name.split("/")
    odd = "\\" in name or (os.name == "nt" and ":" in name) or not name.isprintable() or len(name.encode()) > 900
    if odd or any(part in ("", ".", "..") for part in parts) or (len(parts) > 1 and not path):
        wanted = "a relative path inside the store" if path else "the name of a folder in the store"
        raise ValueError(f"expected {wanted}, got {name!r}")
    return name


def run_files(folder: Path) -> list[Path]:
    """The files of a finished run, run.json last; ValueError if there is none, or something that is no file."""
    files = sorted(folder.iterdir(), key=lambda path: (path.name == RECORD, path.name != "metrics.json", path.name))
    odd = [path.name for path in files if path.is_symlink() or not path.is_file()]
    if odd or not files or files[-1].name != RECORD:
        raise ValueError(f"expected files and a {RECORD} in {folder}, " + (f"got {odd[0]}" if odd else "found none"))
    return files


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
        return _read_file(self._path(name), limit)

    def write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)

    def exists(self, name: str) -> bool:
        return self._path(name).exists()

    def put_run(self, folder: Path, name: str, exclusive: bool = False) -> str:
        checked_name(name, path=False)
        files = run_files(folder)
        self.root.mkdir(parents=True, exist_ok=True)
        if folder.name.startswith(".") and folder.parent.resolve() == self.root.resolve():
            return self._rename(folder, name, exclusive)
        with _scratch(self.root, name) as copy:
            for file in files:
                shutil.copyfile(file, copy / file.name)
            return self._rename(copy, name, exclusive)

    def lock(self, name: str, wait: float | None = None) -> AbstractContextManager[None]:
        checked_name(name, path=False)
        self.root.mkdir(parents=True, exist_ok=True)
        return file_lock(self.root / f".{name}.lock", wait)

    def _rename(self, folder: Path, name: str, exclusive: bool) -> str:
        """One rename; a folder with something in it is never replaced by that."""
        for number in count(1):
            free = name if number == 1 else f"{name}-{number}"
            target = self.root / free
            if not target.exists():
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
            raise ValueError(f"expected a path inside {self.root}; {name!r} is a link that leads out of it")
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


def _read_file(path: Path, limit: int) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
        raise IsADirectoryError(f"expected a file, got {path}")
    with path.open("rb") as file:
        data = file.read(limit + 1) if path.stat().st_size <= limit else None
    if data is None or len(data) > limit:
        raise ValueError(f"{path}: expected at most {limit:,} bytes")
    return data
