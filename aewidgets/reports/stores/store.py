"""The interface of a store of runs, and the rules for names in it. local.py and objects.py implement it.

A run is a folder that holds a run.json. It appears whole: in a local folder by one rename, on an object store by
writing run.json last.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

__all__ = ["GOES_ON", "RECORD", "TEXTS", "PlaceError", "Store", "StoreError", "checked_name", "names_from", "naming",
           "run_files", "stem_of", "without_suffix"]  # fmt: skip

_LONGEST_STEM = 150  # bytes of the longest beginning of a run's name; file systems take 255 in all
#: The file that makes a folder a run.
RECORD = "run.json"
#: Endings of the texts that are read as notebooks, by Jupytext.
TEXTS = (".py", ".md", ".markdown", ".Rmd", ".qmd")
#: Beginning of the stamp of a run that goes on.
GOES_ON = "goes on"


class StoreError(OSError):
    """Raised when a store cannot be reached or refuses; the message says which store and why."""


class PlaceError(ValueError):
    """Raised for a text that cannot be a URL of a store or a name in one; the message says what is expected."""


class Store(ABC):
    """A place that holds runs. Names in it are relative paths with `/`; a name that leads out is a PlaceError.

    Attributes:
        url: path or URL of the store, without a slash at the end.
        is_local: whether the store is a folder of this machine.
    """

    url: str
    is_local: bool

    def runs(self) -> list[str]:
        """Return the names of the folders that hold a run.json, sorted; none if the store does not exist yet."""
        return sorted(name for name in self.stamps() if not name.startswith("."))

    @abstractmethod
    def stamps(self) -> dict[str, str]:
        """Return, by name of run, a text that changes with its run.json: size and time, or the ETag.

        Hidden folders of runs that go on (their stamps begin with `GOES_ON`) or did not end are among them in a local
        store; see started.py. An object store knows of a run only once it has ended.
        """

    @abstractmethod
    def read(self, name: str, limit: int) -> bytes:
        """Return the bytes of the file of that name.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: for more than `limit` bytes, before memory is allocated for them.
            OSError: if the file cannot be read.
        """

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all, in place of one of that name; raise OSError if that fails."""

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Return True if there is a file or a folder of that name."""

    @abstractmethod
    def put_run(
        self, folder: Path, name: str, exclusive: bool = False, named: Callable[[str], None] | None = None
    ) -> str:
        """Publish a finished local folder as a run.

        The folder is copied and stays, except that a hidden folder inside a local store is moved.

        Args:
            folder: a folder with a run.json and further files; no folders, no links.
            name: name of the run; not hidden.
            exclusive: whether the run must get exactly this name.
            named: called with every name that is tried, before a file is read, so that run.json can hold it.

        Returns:
            The name that the run got: the first of `names_from(name)` that was free.

        Raises:
            FileExistsError: with `exclusive`, if a run of that name exists.
            OSError: if the run could not be written; the store has no run.json of it then.
        """

    @abstractmethod
    def run_size(self, name: str) -> int | None:
        """Return the bytes of a run's files; None if there is no such run, or its folder holds more than its files."""

    @abstractmethod
    def remove_run(self, name: str) -> bool:
        """Remove a run, whole or not at all: from one moment on no listing shows it, then its files go.

        A run that goes on is not removed.

        Returns:
            Whether there was a run of that name that could go.

        Raises:
            OSError: if the store refuses; an object store may then still hold files of it, without a run.json.
        """

    @abstractmethod
    def lock(self, name: str, wait: float | None = None) -> AbstractContextManager[None]:
        """Return a context manager that holds the lock of that name.

        In a local folder the lock ends with its process at the latest. Object stores have no locks: there the context
        manager does nothing.

        Args:
            name: name of the lock; not a path.
            wait: seconds to wait for the present holder; 0 tries once, None waits as long as it takes.

        Raises:
            LockedError: (an OSError) on entering, if another holds the lock after that time.
        """


@contextmanager
def naming(path: os.PathLike[str] | str) -> Iterator[None]:
    """Name a path in every OSError of the block that names none: a full disk does not say which file did not fit."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = os.fspath(path)
        raise


def checked_name(name: str, path: bool = True) -> str:
    """Return the name, if it stays inside a store.

    Args:
        name: a relative path, its parts separated by `/`.
        path: whether it may have more than one part.

    Raises:
        PlaceError: if the name leads out of a store, or is one that some system does not take.
    """
    parts = name.split("/")
    odd = "\\" in name or (os.name == "nt" and ":" in name) or not name.isprintable() or len(name.encode()) > 900
    if odd or any(part in ("", ".", "..") for part in parts) or (not path and (len(parts) > 1 or name[0] == ".")):
        wanted = "a relative path inside the store" if path else "the name of a folder in the store"
        raise PlaceError(f"expected {wanted}, got {name!r:.200}")
    return name


def names_from(name: str) -> Iterator[str]:
    """Yield `name`, `name-2`, `name-3` ... without end; an ending `-failed` stays at the end: `name-2-failed`."""
    ending = "-failed" if name.endswith("-failed") else ""
    yield name
    for number in count(2):
        yield f"{name.removesuffix(ending)}-{number}{ending}"


def without_suffix(name: str) -> str:
    """Return the file name of a notebook without its ending, .ipynb or that of a text that Jupytext reads."""
    return next((name.removesuffix(one) for one in (".ipynb", *TEXTS) if name.endswith(one) and name != one), name)


def stem_of(name: str) -> str:
    """Return the beginning of the names that runs of a notebook get: its file name, as every store accepts it."""
    # Not hidden, and free of characters with a meaning in shells and URLs.
    plain = re.sub(r"[^\w.,+@=()\[\] -]", "_", without_suffix(name)).lstrip(".")
    return plain.encode("utf-8", "replace")[:_LONGEST_STEM].decode("utf-8", "ignore").strip() or "notebook"


def run_files(folder: Path) -> list[Path]:
    """Return the files of a finished run, metrics.json first and run.json last.

    Raises:
        ValueError: if there is no run.json, or something that is not a file.
    """
    files = sorted(folder.iterdir(), key=lambda path: (path.name == RECORD, path.name != "metrics.json", path.name))
    odd = [path.name for path in files if path.is_symlink() or not path.is_file()]
    if odd or not files or files[-1].name != RECORD:
        raise ValueError(f"expected files and a {RECORD} in {folder}, " + (f"got {odd[0]}" if odd else "found none"))
    return files
