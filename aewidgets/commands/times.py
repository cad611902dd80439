"""The option that gives results the times of their sources, so that collections stay in order. POSIX and Windows."""

from __future__ import annotations

import os
from pathlib import Path

import click

from aewidgets.commands.tasks import file_of
from aewidgets.system.writing import is_stream

__all__ = ["KEEP_TIMES", "pass_times"]

KEEP_TIMES = click.option(
    "--keep-times", is_flag=True, help="Give each result the times of its source (access and modification)."
)


def pass_times(source: Path, target: Path) -> None:
    """Give a file the times of access and modification of another; a pipe or a device has none to keep.

    Raises:
        OSError: where the times cannot be read or set; the result is there.
    """
    if not is_stream(target):
        state = file_of(source).stat()
        os.utime(target, ns=(state.st_atime_ns, state.st_mtime_ns))
