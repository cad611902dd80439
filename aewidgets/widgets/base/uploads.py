"""Files that a page sends in parts, and paths below the working folder. Nothing is opened here."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["LARGEST", "PART", "Uploads", "inside"]

#: Bytes of a part: Jupyter's servers end a connection whose message is larger than 10 MB.
PART = 4_000_000
#: Bytes of a file.
LARGEST = 64_000_000


class Uploads:
    """Puts a file together from its parts. A new file takes the place of one that is not whole yet.

    A part is a message {"id", "name", "size", "offset", "crc"} with one buffer: "size" is that of the whole file,
    "offset" that of the part in it, "crc" the CRC-32 of everything up to the end of the part. Each part is answered
    with {"id", "next"}: the offset of the part that is expected now, or null if none is.

    Args:
        answer: sends such an answer.
        opened: called with the bytes of a whole file, and its name.
    """

    def __init__(self, answer: Callable[[dict[str, Any]], None], opened: Callable[[bytes, str], None]):
        self._answer, self._opened = answer, opened
        self.stop()

    def stop(self) -> None:
        """Forget the file that is not whole."""
        self._id: Any = None
        self._data = bytearray()
        self._crc = 0

    def take(self, content: dict[str, Any], buffers: list[Any]) -> None:
        """Take one part.

        Raises:
            ValueError: for a part at the wrong place, a damaged one, and one of a file that is too large; and whatever
                `opened` raises.
        """
        expected = None
        name = Path(str(content.get("name", ""))).name[:200] or "the file"
        try:
            whole = self._whole(name, content, buffers)
            if whole is None:
                expected = len(self._data)
            else:
                self.stop()
                self._opened(whole, name)
        except ValueError:
            self.stop()
            raise
        finally:
            self._answer({"kind": "upload", "id": content.get("id"), "next": expected})

    def _whole(self, name: str, content: dict[str, Any], buffers: list[Any]) -> bytes | None:
        """Add a part; return the file once it is whole."""
        size, offset, crc = (content.get(key) for key in ("size", "offset", "crc"))
        if not (isinstance(size, int) and isinstance(offset, int) and len(buffers) == 1):
            raise ValueError(f"{name}: an upload says its size and offset, and has one part; reload the page")
        part = bytes(buffers[0])
        if size > LARGEST:
            raise ValueError(f"{name}: {size:,} bytes; uploads end at {LARGEST:,}: use .look_at(path)")
        if not 0 < len(part) <= min(PART, size - offset):
            raise ValueError(f"{name}: expected a part of 1 to {PART:,} bytes inside the file, got {len(part):,}")
        if offset == 0:
            self.stop()
            self._id = content.get("id")
        if offset != len(self._data) or self._id != content.get("id"):
            raise ValueError(f"{name}: a part is missing; open the file again")
        self._crc = zlib.crc32(part, self._crc)
        if self._crc != crc:
            raise ValueError(f"{name}: damaged on its way here; open the file again")
        self._data += part
        return bytes(self._data) if len(self._data) == size else None


def inside(path: str) -> Path:
    """Resolve a path that was typed into the page. Only paths below the working folder are allowed there.

    Raises:
        ValueError: for any other path.
    """
    here = Path.cwd().resolve()
    target = (here / path.strip()).resolve()
    if not path.strip() or not target.is_relative_to(here):
        raise ValueError(f"{path}: expected a path below {here.name}/; from Python, studio.look_at(path) takes any")
    return target
