"""Places of results, checked before the work begins that may take hours. Writes nothing that stays."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

__all__ = ["check_file", "check_folder"]


def check_folder(folder: Path, option: str) -> Path:
    """Raise a usage error unless files can be written into a folder, which need not exist yet.

    Args:
        folder: of results.
        option: its name on the command line, for the message.

    Returns:
        The folder, or the nearest of those above it that exists.
    """
    try:
        place = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
        with tempfile.TemporaryFile(dir=place):
            return place
    except OSError as error:
        words = f"{option}: nothing can be written into {folder}: {error.strerror or error}"
        raise click.UsageError(words) from error


def check_file(file: Path, option: str) -> None:
    """Raise a usage error unless a file can be written into its folder, which must exist."""
    if not file.parent.is_dir():
        raise click.UsageError(f"{option} {file}: the folder {file.parent} does not exist; make it first")
    if file.is_dir():
        raise click.UsageError(f"{option} {file} is a folder; give the name of a file")
    check_folder(file.parent, option)
