"""What all commands that train share: places checked before, pictures read whole, ends in words. Trains nothing."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aewidgets.commands import words_of
from aewidgets.commands.places import check_folder

if TYPE_CHECKING:
    import numpy as np

    from aewidgets.images.sets import ImageSet

__all__ = ["check_apart", "check_output", "command_line", "in_words", "opened"]

_INTERRUPTED = 130  # exit code after Ctrl-C, as shells have it


def command_line(*words: str) -> str:
    """Return the command line that repeats the command under way: its first words, and the options that were given."""
    context = click.get_current_context()
    line = [*words]
    for option in context.command.params:
        source = context.get_parameter_source(str(option.name))
        if not isinstance(option, click.Option) or source is None or source.name != "COMMANDLINE":
            continue
        value = context.params[str(option.name)]
        for each in value if option.multiple else [value]:
            line += [option.opts[0]] if each is True else [option.opts[0], str(each)]
    return shlex.join(line)


def check_output(out: Path, name: str) -> None:
    """Raise a usage error unless NAME.npz and NAME.json can be written into a folder; leave nothing behind.

    The folder need not exist yet.
    """
    if not name or name in (".", "..") or any(part in name for part in ("/", os.sep, "\0")):
        raise click.UsageError(f"--name: expected a name without slashes for NAME.npz and NAME.json, got {name!r}")
    place = check_folder(out, "--out")
    most = os.pathconf(place, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
    for file in (out / f"{name}.npz", out / f"{name}.json"):
        if len(os.fsencode(file.name)) > most:
            raise click.UsageError(f"--name: {file.name[:40]}... is too long for the name of a file")
        if file.is_dir():
            raise click.UsageError(f"--name: {file} is a folder; give another name or --out")


def opened(sources: Sequence[str], skip_bad: bool) -> list[ImageSet]:
    """Return image sets by their names or paths, every picture read; the errors name all that cannot be read."""
    from aewidgets.images.sets import load_images

    return [load_images(source).read_all(skip_bad) for source in sources]


def check_apart(evaluate: str, judges: ImageSet, seen: Sequence[np.ndarray], trained: Sequence[np.ndarray]) -> None:
    """Raise a usage error if pictures to judge by are trained on too, pixel for pixel, under whatever name.

    Args:
        evaluate: the source of the pictures, for the message.
        judges: the pictures, whose names the message gives.
        seen: the same pictures as the model sees them.
        trained: the pictures that are trained on.
    """
    from aewidgets.system.notices import named
    from aewidgets.training.data.pictures import positions_of_shared

    if shared := positions_of_shared(seen, trained):
        names = named([judges.names[position] for position in shared])
        raise click.UsageError(
            f"--evaluate {evaluate}: {len(shared)} of its {len(seen)} pictures are trained on too ({names}), and "
            "figures on them would be too good; choose others"
        )


def _interrupt() -> None:
    """Do what Ctrl-C does, also where a shell began the process in the background, which then ignores Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """Turn what ends a training early into words: errors into Click's, Ctrl-C and SIGTERM into where the run is.

    The exit code is 2 for wrong options and pictures, 1 where the training or the disk failed, 130 after Ctrl-C.

    Args:
        folder: where the run is kept.
    """
    from aewidgets.system.interrupts import on_interrupt
    from aewidgets.training.fitting.run_folder import STATE

    try:
        # SIGTERM takes the way of Ctrl-C, which whatever trains at that time knows to end in good order
        with on_interrupt(_interrupt, (signal.SIGTERM,)):
            yield
    except KeyboardInterrupt as error:
        told = "stopped before anything was saved"
        if (folder / STATE).exists():
            told = f"stopped; the run is saved in {folder} as far as it had come, and the same command goes on"
        click.echo(str(error) or told, err=True)
        raise click.exceptions.Exit(_INTERRUPTED) from None
    except (ValueError, TypeError, FileNotFoundError) as error:
        raise click.UsageError(str(error)) from error
    except ArithmeticError as error:
        raise click.ClickException(f"{error} (--learning-rate, and --checkpoint or --name)") from error
    except OSError as error:
        raise click.ClickException(words_of(error)) from error
