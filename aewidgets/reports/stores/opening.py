"""Opening a store by its address: a folder, or any URL that fsspec knows; and reading one file by URL."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from aewidgets.reports.stores.store import PlaceError, Store


def open_store(url: str | os.PathLike[str]) -> Store:
    """The store at a local path or an fsspec URL (`s3://bucket/prefix`, `memory://x`, `file:///x`).

    Nothing is made before something is written. Who may read and write is for the environment to say, as boto
    does it (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ~/.aws): a password in a URL would end in logs.

    Raises:
        PlaceError: (a ValueError) for a URL of an unknown kind, or with a password.
        ImportError: if the package that reaches such URLs is not installed; it says which.
    """
    path = _local_path(url)
    if path is not None:
        from aewidgets.reports.stores.local import LocalStore

        return LocalStore(path)
    from aewidgets.reports.stores.objects import ObjectStore

    return ObjectStore(os.fspath(url))


def read_url(url: str | os.PathLike[str], limit: int) -> bytes:
    """One file at a local path or an fsspec URL; raises as `Store.read` and `open_store` do."""
    path = _local_path(url)
    if path is not None:
        from aewidgets.reports.stores.local import read_file

        return read_file(path, limit)
    folder, _, name = os.fspath(url).rpartition("/")
    if folder.endswith(("/", ":")) or not name:
        raise PlaceError(f"expected the URL of a file, such as s3://bucket/folder/file, got {os.fspath(url)}")
    return open_store(folder).read(name, limit)


def _local_path(url: str | os.PathLike[str]) -> Path | None:
    """The path, if it is one of this machine; as in fsspec, `file://` is followed by a path as it is."""
    text = os.fspath(url)
    kind, mark, place = text.partition("://")
    if isinstance(url, os.PathLike) or not mark:
        return Path(text)
    try:
        password = urlsplit(text).password
    except ValueError as error:
        raise PlaceError(f"not a URL: {error}") from error
    if password is not None:
        raise PlaceError("expected a URL without a password; give it in the environment")
    if not place.strip("/") or "::" in kind:
        raise PlaceError(f"expected a folder or a URL such as s3://bucket/runs, got {text!r:.200}")
    return Path(place) if kind in ("file", "local") else None
