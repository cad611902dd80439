"""Bytes of a file that a caller names by its path, gives as bytes, or has open."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["bytes_of", "is_open_file"]


def bytes_of(source: Any) -> bytes:
    """Return the bytes of a file.

    Args:
        source: a path; bytes, or what lies in memory like bytes; or a file open for reading, which is read from its
            beginning where it can be rewound, as Pillow does.

    Raises:
        TypeError: for anything else, also a file that was opened as text.
        OSError: from the file system.
    """
    if isinstance(source, str | os.PathLike):
        return Path(source).read_bytes()
    if is_open_file(source):
        with suppress(AttributeError, OSError):  # a pipe has no beginning to go back to
            source.seek(0)
        data = source.read()
        if isinstance(data, str):
            raise TypeError("expected a file of bytes, got one that was opened as text; open it with 'rb'")
        return bytes(data)
    try:
        view = memoryview(source)
    except TypeError:
        view = None
    if view is None or view.ndim != 1 or view.itemsize != 1:
        shape = f" of shape {source.shape}" if hasattr(source, "shape") else ""
        raise TypeError(f"expected a path, bytes or an open file, got {type(source).__name__}{shape}")
    return bytes(view)


def is_open_file(source: Any) -> bool:
    """Return whether an object is a file open for reading, as far as its methods tell."""
    return callable(getattr(source, "read", None)) and not isinstance(source, type)
