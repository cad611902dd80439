"""The `aewidgets` command: a table of subcommands, each imported on first use. Does no work itself.

Exit codes: 0 success, 1 some files failed, 2 wrong usage (an option, a name or a source that does not exist).
"""

from __future__ import annotations

import errno
import sys
from importlib import import_module
from typing import Any, NamedTuple

import click

import aewidgets

__all__ = ["COMMANDS", "main"]


class Entry(NamedTuple):
    """Place of a subcommand and its line in `aewidgets --help`, which imports no subcommand."""

    module: str
    function: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "compress": Entry("codec", "compress", "Compress pictures to .aew files."),
    "decompress": Entry("codec", "decompress", "Decode .aew files to pictures."),
    "info": Entry("info", "info", "Describe an .aew file: sizes, model, quality."),
    "rd": Entry("rd", "rd", "Measure rate-distortion curves and BD-rates of codecs, all bytes counted."),
    "denoise": Entry("denoise", "denoise_command", "Remove noise from pictures."),
    "report": Entry("report", "report", "Run a notebook without a browser and write it as one HTML page."),
    "sweep": Entry("sweep", "sweep", "Run a notebook with many sets of parameters, on all cores or a Dask cluster."),
    "schedule": Entry("schedule", "schedule", "Print files that run a report at set times: cron, systemd, GitHub ..."),
    "runs": Entry("runs", "runs", "List the runs of reports, show one, or rebuild their index."),
    "train": Entry("train", "train", "Train a model; the same command resumes a stopped run."),
    "search": Entry("search", "search", "Find the best parameters of an autoencoder by cross-validation; resumes."),
    "shrink": Entry("shrink", "shrink_command", "Round or prune the weights of a model, and measure what it costs."),
    "export": Entry("export", "export", "Write a model as a file for ONNX, LiteRT or Keras, checked against Keras."),
    "models": Entry("info", "models", "List the shipped weights with their figures."),
    "data": Entry("data", "data", "List the image sets known by name, and which are on this machine."),
    "notebooks": Entry("notebooks", "notebooks", "Copy the bundled notebooks into a folder."),
}


class LazyGroup(click.Group):
    """Group of subcommands that are imported on first use, so that help and completion answer at once.

    The one place for what can go wrong with any file that any of them reads or writes: words instead of a traceback.
    """

    def invoke(self, ctx: click.Context) -> Any:
        if hasattr(sys.stdout, "reconfigure"):  # names of files may hold what the terminal's encoding does not
            sys.stdout.reconfigure(errors="backslashreplace")
        from aewidgets.commands import notices_as_lines, words_of
        from aewidgets.system.extras import ExtraError, extras_in_words

        try:
            with notices_as_lines(), extras_in_words():
                return super().invoke(ctx)
        except ExtraError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE and error.filename is None:
                raise  # nobody reads the output any more: Click ends quietly
            raise click.ClickException(words_of(error)) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        entry = COMMANDS[cmd_name]
        return getattr(import_module(f"aewidgets.commands.{entry.module}"), entry.function)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(aewidgets.__version__, prog_name="aewidgets")
def main() -> None:
    """Image autoencoders with real bytes: compress photographs, measure codecs, train, report.

    Exit codes: 0 success, 1 some files failed, 2 wrong usage.
    """


if __name__ == "__main__":
    main()
