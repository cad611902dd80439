"""The `aewidgets` command: a table of subcommands, each imported when asked for. Does no work itself.

Exit codes: 0 fine, 1 some files failed, 2 usage (an option, a name or a source that does not exist).
"""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

import click

import aewidgets

__all__ = ["COMMANDS", "main"]


class Entry(NamedTuple):
    """Where a subcommand lies, and its line in `aewidgets --help`, which imports none of them."""

    module: str
    function: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "compress": Entry("codec", "compress", "Compress pictures to .aew files."),
    "decompress": Entry("codec", "decompress", "Turn .aew files back into pictures."),
    "info": Entry("info", "info", "What an .aew file says about itself."),
    "rd": Entry("rd", "rd", "Rate-distortion curves and BD-rates of codecs, all bytes counted."),
    "denoise": Entry("denoise", "denoise_command", "Take noise out of pictures."),
    "report": Entry("report", "report", "Run a notebook headless and write it as one HTML page."),
    "sweep": Entry("sweep", "sweep", "Run a notebook at many points, on all cores or a Dask cluster."),
    "schedule": Entry("schedule", "schedule", "Recipes that run a report at set times: cron, systemd, GitHub ..."),
    "runs": Entry("runs", "runs", "The runs of reports: list, show, rebuild their index."),
    "train": Entry("train", "train", "Train a model; checkpoints and resumes."),
    "models": Entry("info", "models", "The weights that are shipped, and what they reach."),
    "data": Entry("data", "data", "The image sets known by name, and which are here."),
    "notebooks": Entry("notebooks", "notebooks", "Copy the notebooks into a folder of yours."),
}


class LazyGroup(click.Group):
    """A group whose subcommands are imported on first use, so that help and completion answer at once."""

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

    Exit codes: 0 fine, 1 some files failed, 2 usage.
    """


if __name__ == "__main__":
    main()
