"""Files that appear whole or not at all: written under a temporary name beside their own, then moved into place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["whole_file", "write_bytes", "write_text"]


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write into, which is `path` once the block ends, and gone if it fails. Its folder must be there."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(temporary).chmod(0o644)  # mkstemp makes files that only their owner may read
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all; its folder must be there."""
    with whole_file(path) as file:
        file.write(data)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 that appears whole or not at all; its folder must be there."""
    write_bytes(path, text.encode("utf-8"))
