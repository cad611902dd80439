"""Opens the store at a local path or an fsspec URL, and reads single files by URL. Knows no runs."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from aewidgets.reports.stores.local import LocalStore, read_file
from aewidgets.reports.stores.objects import ObjectStore
from aewidgets.reports.stores.store import PlaceError, Store

__all__ = ["open_store", "read_url"]


def open_store(url: str | os.PathLike[str]) -> Store:
    """Return the store at a local path or an fsspec URL (`s3://bucket/prefix`, `memory://x`, `file:///x`).

    Nothing is created before something is written. Credentials come from the environment, as boto reads it
    (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ~/.aws): a password in a URL would end in logs.

    Raises:
        PlaceError: (a ValueError) for a URL of an unknown kind, or with a password.
        ImportError: if the package that reaches such URLs is not installed; the message names it.
    """
    path = _local_path(url)
    return ObjectStore(os.fspath(url)) if path is None else LocalStore(path)


def read_url(url: str | os.PathLike[str], limit: int) -> bytes:
    """Return the bytes of one file at a local path or an fsspec URL, at most `limit`.

    Raises:
        PlaceError, ImportError: as `open_store` does.
        FileNotFoundError, ValueError, OSError: as `Store.read` does.
    """
    path = _local_path(url)
    if path is not None:
        return read_file(path, limit)
    folder, _, name = os.fspath(url).rpartition("/")
    if folder.endswith(("/", ":")) or not name:
        raise PlaceError(f"expected the URL of a file, such as s3://bucket/folder/file, got {os.fspath(url)}")
    return open_store(folder).read(name, limit)


def _local_path(url: str | os.PathLike[str]) -> Path | None:
    """Return the path that an address means on this machine, None for other URLs; a plain path follows `file://`."""
    text = os.fspath(url)
    kind, mark, place = text.partition("://")
    if isinstance(url, os.PathLike) or not mark:
        return Path(text)
    try:
        password = urlsplit(text).password
    except ValueError as error:
        raise PlaceError(f"expected a URL such as s3://bucket/runs, got text that is not one: {error}") from error
    if password is not None:
        raise PlaceError("expected a URL without a password; give it in the environment")
    if not place.strip("/") or "::" in kind:
        raise PlaceError(f"expected a folder or a URL such as s3://bucket/runs, got {text!r:.200}")
    return Path(place) if kind in ("file", "local") else None
