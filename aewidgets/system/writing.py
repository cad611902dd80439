"""Writing of files that appear whole or not at all: under a temporary name first, then moved into place."""

from __future__ import annotations

import errno
import io
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["hidden_name", "is_stream", "whole_file", "write_bytes", "write_text"]

_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.part")  # what `hidden_name` returns


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file for writing that becomes `path` when the block ends, and is removed if the block fails.

    The folder of `path` must exist. A new file has the permissions that the umask leaves; one that is replaced passes
    on its permissions and, where that is allowed, its owner. A link is followed: the file it leads to is replaced. A
    named pipe or a device is not replaced: all bytes are written into it when the block ends.

    Raises:
        OSError: when the file cannot be written; `filename` is `path`. A folder, a socket, a disk, and a file that is
            protected against writing are refused.
    """
    with _about(path):
        if is_stream(path):
            buffer = io.BytesIO()
            yield buffer
            with path.open("wb", buffering=0) as stream:
                _write_all(stream, buffer.getbuffer())
            return
        target = Path(os.path.realpath(path))  # through links
        handle, temporary = _temporary(target, old := _replaceable(target))
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                if old is not None:
                    _like(file.fileno(), old)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """Write a file that appears whole or not at all, as `whole_file` does; its folder must exist."""
    with whole_file(path) as file:
        file.write(data)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 that appears whole or not at all; its folder must exist.

    Bytes of file names that are not UTF-8, which Python keeps as lone surrogates, are written as in "\\udcff".
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def is_stream(path: Path) -> bool:
    """Return whether a path leads to a named pipe, a terminal or a device such as /dev/null: nothing to replace."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def hidden_name() -> str:
    """Return a new hidden name for a temporary file: short, however long the name of the final file is."""
    return f".{secrets.token_hex(8)}.part"


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Name `path` in each OSError that names no file, as that of a full disk does, or only the temporary one."""
    try:
        yield
    except OSError as error:
        named = error.filename is not None and not _TEMPORARY.fullmatch(Path(os.fsdecode(error.filename)).name)
        if error.errno is None or named:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replaceable(target: Path) -> os.stat_result | None:
    """Return the state of the file that will be replaced, None where there is none; refuse what is no file."""
    try:
        old = target.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(old.st_mode):
        raise OSError(errno.ELOOP, "expected a file or a new name, got a link that leads in a circle")
    if stat.S_ISDIR(old.st_mode):
        raise IsADirectoryError(errno.EISDIR, "expected a file or a new name, got a folder")
    if not stat.S_ISREG(old.st_mode):
        raise OSError(errno.EINVAL, "expected a file or a new name, got a socket or a disk")
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is protected against writing")
    return old


def _temporary(target: Path, old: os.stat_result | None) -> tuple[int, Path]:
    """Create a hidden file beside `target`; return its handle and its path.

    It is created with the permissions that it may have, so that at no time may more people read it than the result.
    """
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o600
    while True:
        temporary = target.parent / hidden_name()
        with suppress(FileExistsError):
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
            return os.open(temporary, flags, mode), temporary


def _like(handle: int, old: os.stat_result) -> None:
    """Give an open file the permissions of another and, where that is allowed, its owner and group."""
    if not hasattr(os, "fchmod"):  # Windows before Python 3.13
        return
    now = os.fstat(handle)
    if (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid):
        with suppress(PermissionError):
            os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _write_all(stream: io.FileIO, data: memoryview) -> None:
    """Write every byte into an unbuffered file, which may take them in parts."""
    while data:
        data = data[stream.write(data) or 0 :]
