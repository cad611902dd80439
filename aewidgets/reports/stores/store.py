"""Where runs are kept: a folder (local.py), or what fsspec reaches (objects.py). Knows no notebooks.

A run is a folder that holds a run.json. It appears whole: locally by one rename, on object stores by writing
run.json last.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

from aewidgets.system.locks import LockedError

__all__ = ["RECORD", "LockedError", "PlaceError", "Store", "StoreError", "checked_name", "names_from"]

#: The file that makes a folder a run.
RECORD = "run.json"


class StoreError(OSError):
    """A store that cannot be reached, or that refuses; the message says which and why."""


class PlaceError(ValueError):
    """A URL, or a name in a store, that cannot be one; the message says what is expected."""


class Store(ABC):
    """One place with runs. Names are relative paths with `/`; one that would lead out of the store is a PlaceError.

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
    def put_run(
        self, folder: Path, name: str, exclusive: bool = False, named: Callable[[str], None] | None = None
    ) -> str:
        """Publish a finished local folder as a run.

        The folder is copied and stays, except that a hidden folder which lies in a local store is moved.

        Args:
            folder: holds a run.json and further files; no folders, no links.
            name: of the run; not hidden.
            exclusive: whether it must be this name.
            named: called with every name that is tried, before a file is read, so that run.json can hold it.

        Returns:
            The name that it got: the first of `names_from(name)` that was free.

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


def checked_name(name: str, path: bool = True) -> str:
    """The name, if it stays inside a store.

    Args:
        name: relative, parts separated by `/`.
        path: whether it may have more than one part.
    """
    parts = name.split("/")
    odd = "\\" in name or (os.name == "nt" and ":" in name) or not name.isprintable() or len(name.encode()) > 900
    if odd or any(part in ("", ".", "..") for part in parts) or (not path and (len(parts) > 1 or name[0] == ".")):
        wanted = "a relative path inside the store" if path else "the name of a folder in the store"
        raise PlaceError(f"expected {wanted}, got {name!r:.200}")
    return name


def names_from(name: str) -> Iterator[str]:
    """`name`, `name-2`, `name-3` ...; an ending `-failed` stays at the end: `name-2-failed`."""
    ending = "-failed" if name.endswith("-failed") else ""
    yield name
    for number in count(2):
        yield f"{name.removesuffix(ending)}-{number}{ending}"


def run_files(folder: Path) -> list[Path]:
    """The files of a finished run, run.json last; ValueError if there is none, or something that is no file."""
    files = sorted(folder.iterdir(), key=lambda path: (path.name == RECORD, path.name != "metrics.json", path.name))
    odd = [path.name for path in files if path.is_symlink() or not path.is_file()]
    if odd or not files or files[-1].name != RECORD:
        raise ValueError(f"expected files and a {RECORD} in {folder}, " + (f"got {odd[0]}" if odd else "found none"))
    return files
