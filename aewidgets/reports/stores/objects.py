"""A store on any file system that fsspec reaches: no rename, no lock, one PUT a file. local.py is for folders.

S3 has neither folders nor renames, and a file handle of fsspec writes when it is closed, also after an error.
So files are put whole, run.json last, and listings are never taken from a cache.
"""

from __future__ import annotations

import errno
import mimetypes
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from aewidgets.reports.stores.store import RECORD, PlaceError, Store, StoreError, checked_name, names_from, run_files

__all__ = ["ObjectStore"]


class ObjectStore(Store):
    """A store under one prefix of a file system that fsspec reaches."""

    is_local = False

    def __init__(self, url: str):
        import fsspec

        self.url = url.rstrip("/")
        try:
            self._fs, root = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            extra = "aewidgets[s3]" if url.startswith(("s3:", "s3a:")) else str(error)
            raise ImportError(f"{self.url} needs another package, install it: {extra}") from error
        except ValueError as error:
            raise PlaceError(f"{self.url}: {error}; expected a folder, s3://bucket/prefix or the like") from error
        self._root = root.rstrip("/")
        protocols = self._fs.protocol if isinstance(self._fs.protocol, tuple) else (self._fs.protocol,)
        self._sets_types = "s3" in protocols

    def stamps(self) -> dict[str, str]:
        with self._as_os_error("list"):
            self._fs.invalidate_cache()
            try:
                found = self._fs.find(self._root, detail=True)
            except FileNotFoundError:
                return {}
        split = ((path[len(self._root) :].lstrip("/").split("/"), info) for path, info in found.items())
        return {parts[0]: _stamp(info) for parts, info in split if len(parts) == 2 and parts[1] == RECORD}

    def read(self, name: str, limit: int) -> bytes:
        path = self._path(name)
        with self._as_os_error(f"read {name} of"):
            size = self._fs.info(path).get("size")
            if size == 0:  # S3 refuses a range of an empty object
                return b""
            data = self._fs.cat_file(path, start=0, end=limit + 1) if size is None or size <= limit else None
        if data is None or len(data) > limit:
            raise ValueError(f"{self.url}/{name}: expected at most {limit:,} bytes, got more")
        return data

    def write(self, name: str, data: bytes) -> None:
        with self._as_os_error(f"write {name} to"):
            self._put(self._path(name), data)

    def exists(self, name: str) -> bool:
        with self._as_os_error(f"look for {name} in"):
            self._fs.invalidate_cache()
            return bool(self._fs.exists(self._path(name)))

    def put_run(
        self, folder: Path, name: str, exclusive: bool = False, named: Callable[[str], None] | None = None
    ) -> str:
        checked_name(name, path=False)
        files = run_files(folder)
        for free in names_from(name):
            # With `exclusive`, files without a run.json are the remains of a killed writer: overwrite them.
            if not self.exists(f"{free}/{RECORD}" if exclusive else free):
                if named:
                    named(free)
                with suppress(FileExistsError), self._as_os_error(f"write {free} to"):
                    self._put_files(files, free, exclusive)
                    return free
            if exclusive:
                raise FileExistsError(f"{self.url}/{free} exists already; its run.json was not overwritten")
        raise AssertionError("counting ended")

    def run_size(self, name: str) -> int | None:
        files = self._run_files(name)
        return None if files is None else sum(int(info.get("size") or 0) for info in files.values())

    def remove_run(self, name: str) -> bool:
        files = self._run_files(name)
        if files is None:
            return False
        record = self._path(f"{name}/{RECORD}")
        for path in (record, *(path for path in files if path != record)):  # without run.json it is no run
            with suppress(FileNotFoundError), self._as_os_error(f"remove {name} from"):
                self._fs.rm_file(path)
        return True

    def lock(self, name: str, wait: float | None = None) -> AbstractContextManager[None]:
        return nullcontext()

    def _run_files(self, name: str) -> dict[str, dict[str, Any]] | None:
        """Return the files of a run by their full paths; None if there is no run.json, or more than a run."""
        folder = self._path(checked_name(name, path=False))
        with self._as_os_error(f"list {name} of"):
            self._fs.invalidate_cache()
            try:
                found = self._fs.find(folder, detail=True)
            except FileNotFoundError:
                return None
        paths = {path: info for path, info in found.items() if path.startswith(f"{folder}/")}
        plain = all("/" not in path[len(folder) + 1 :] for path in paths)
        return paths if plain and f"{folder}/{RECORD}" in paths else None

    def _put_files(self, files: list[Path], name: str, exclusive: bool) -> None:
        """Put the files of a run, run.json last. The first PUT takes the name, if the store can refuse to replace.

        After an error the files written so far are removed, as far as the store still answers.
        """
        written: list[str] = []
        try:
            for index, file in enumerate(files):
                path = self._path(f"{name}/{file.name}")
                new = file.name == RECORD or (index == 0 and not exclusive)
                written.append(path)
                self._put(path, file.read_bytes(), new=new)
        except BaseException as error:
            if isinstance(error, FileExistsError) and (exclusive or len(written) == 1):
                raise  # the files belong to another run: do not remove them
            with suppress(Exception):
                for path in reversed(written):
                    with suppress(FileNotFoundError):  # the file whose PUT failed
                        self._fs.rm_file(path)
            raise

    def _put(self, path: str, data: bytes, new: bool = False) -> None:
        """Put one object; raise FileExistsError if it must be new and is not."""
        options: dict[str, Any] = {"mode": "create"} if new else {}
        if self._sets_types:  # a browser saves a page to disk unless its type says that it is HTML
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            options["ContentType"] = "text/html; charset=utf-8" if kind == "text/html" else kind
        if new and self._fs.exists(path):
            raise FileExistsError(path)
        try:
            self._fs.pipe_file(path, data, **options)
        except (NotImplementedError, OSError) as error:
            refused = _code(error) if new else ""
            if refused == "NotImplemented":  # the check above must be enough
                del options["mode"]
                self._fs.pipe_file(path, data, **options)
            elif refused == "PreconditionFailed":
                # A PUT whose answer was lost is sent again, and finds its own object.
                if not (path.endswith(f"/{RECORD}") and self._fs.cat_file(path) == data):
                    raise FileExistsError(path) from error
            else:
                raise

    def _path(self, name: str) -> str:
        """Return the full path of a name; raise PlaceError if the name leads out of the store."""
        return f"{self._root}/{checked_name(name)}"

    @contextmanager
    def _as_os_error(self, what: str) -> Iterator[None]:
        """Turn errors of other types, which fsspec's file systems raise too, into a StoreError that says `what`."""
        try:
            yield
        except (OSError, PlaceError):
            raise
        except Exception as error:
            raise StoreError(f"cannot {what} {self.url}: {type(error).__name__}: {error}") from error


def _stamp(info: dict[str, Any]) -> str:
    """Return the state of an object: its size, and its ETag or time under the name that its store uses."""
    known = (info.get(name) for name in ("ETag", "etag", "md5Hash", "LastModified", "mtime", "updated", "created"))
    return f"{info.get('size')}-{next((value for value in known if value), '')}"


def _code(error: BaseException) -> str:
    """Return S3's code for the error with which a store refused a PUT that must not replace; "" if it has none."""
    if isinstance(error, FileExistsError):
        return "PreconditionFailed"
    if isinstance(error, NotImplementedError) or getattr(error, "errno", None) == errno.ENOSYS:
        return "NotImplemented"
    answer = getattr(error.__cause__, "response", None) or {}
    code = str(answer.get("Error", {}).get("Code", ""))
    return "PreconditionFailed" if code in ("412", "ConditionalRequestConflict") else code
