"""Standard input and output in the place of files: "-" on the command line. Knows no file format."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["FILE", "STANDARD", "bytes_from", "check_input", "check_standard", "format_option", "opened", "put",
           "result_of", "shown"]  # fmt: skip

#: What "-" stands for among sources and targets.
STANDARD = Path("-")


class _File(click.ParamType):
    """Path of a file, or "-" for `STANDARD`; "./-" is a file with that name, as for other commands."""

    name = "file"

    def convert(self, value, param, ctx):
        if isinstance(value, Path):
            return value
        path = Path(value)
        return path.absolute() if path == STANDARD and value != "-" else path


#: Type of an argument that names a file, or is "-".
FILE = _File()


def check_standard(
    output: str | None, inputs: tuple[Path, ...], scheduler: str | None = None, keep_times: bool = False
) -> None:
    """Refuse what standard input and output cannot do, before anything is read.

    Raises:
        click.UsageError: for several inputs among which is "-", or with "-" as output; for a cluster; for a terminal at
            either end; and for times that are to be kept.
    """
    reads, writes = STANDARD in inputs, output == "-" or (output is None and STANDARD in inputs)
    if (reads or writes) and len(inputs) > 1:
        raise click.UsageError("'-' stands for one picture; give it alone, or name files")
    if (reads or writes) and scheduler:
        raise click.UsageError("--scheduler: a cluster does not see standard input and output; name files")
    if (reads or writes) and keep_times:
        raise click.UsageError("--keep-times: standard input and output have no times; name files")
    if writes and inputs[0].is_dir():
        raise click.UsageError(f"-o -: {inputs[0]} is a folder, and standard output takes one picture; give -o DIR/")
    check_input(inputs[0])
    if writes and sys.stdout is not None and sys.stdout.isatty():
        raise click.UsageError("the result would go to standard output, which is a terminal; give -o FILE, or pipe it")


def check_input(source: Path) -> None:
    """Refuse "-" where standard input is a terminal, which would wait without a word.

    Raises:
        click.UsageError: for such an input.
    """
    if source == STANDARD and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("'-' reads standard input, which is a terminal; pipe a file into it")


def format_option(words: str) -> Callable[[Any], Any]:
    """Return the option `--format`, for results whose file no suffix names; `words` are its help."""
    formats = ["png", "tif", "tiff", "webp", "bmp", "ppm", "pgm"]
    return click.option("--format", "suffix", type=click.Choice(formats), help=f"{words} [default: png]")


def opened(source: Path, name: str) -> io.BytesIO:
    """Return a source as a file in memory, with a name for messages; a pipe can be read only once."""
    file = io.BytesIO(bytes_from(source))
    file.name = name
    return file


def bytes_from(source: Path) -> bytes:
    """Return the bytes of a source."""
    return sys.stdin.buffer.read() if source == STANDARD else source.read_bytes()


def result_of(target: Path, suffix: str) -> tuple[Path, str]:
    """Return a path whose suffix names the format of a result, and the result's name in messages.

    Args:
        target: where the result goes.
        suffix: that of the format on standard output, such as ".png".
    """
    return (Path(f"picture{suffix}") if target == STANDARD else target), shown(target, "standard output")


def put(target: Path, data: bytes | memoryview) -> None:
    """Write a result: a file that appears whole or not at all, or standard output."""
    if target != STANDARD:
        from aewidgets.system.writing import write_bytes

        write_bytes(target, data)
        return
    stream = sys.stdout.buffer
    stream.write(data)
    stream.flush()


def shown(path: Path, words: str) -> str:
    """Return the name of a source or target in messages; `words` stand for `STANDARD`."""
    return words if path == STANDARD else os.fspath(path)
