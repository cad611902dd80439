"""Command `aewidgets search`, which chooses the parameters of an autoencoder by cross-validation."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from aewidgets.commands import print_line, progress_bar
from aewidgets.commands.batches import SCHEDULER
from aewidgets.commands.training import command_line

__all__ = ["METRICS", "search"]

METRICS = ("mse", "mae", "psnr", "ssim", "ms-ssim")  # a test holds them against aewidgets.selection.metrics
_EXIT_FAILED, _EXIT_INTERRUPTED = 1, 130
_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("family")
@click.option("--data", required=True, metavar="NAME", help="A data set that `aewidgets data` lists, or a folder.")
@click.option(
    "--grid", required=True, type=_PATH, metavar="GRID.yaml", help="The parameters to try, as in `aewidgets sweep`."
)
@click.option("--out", required=True, type=_PATH, metavar="DIR", help="Folder of the results.")
@click.option("--size", type=click.IntRange(1), help="Crop and resize pictures to squares of this side.")
@click.option("--limit", type=click.IntRange(1), help="Use at most this many pictures of each part.")
@click.option(
    "--sample",
    type=click.IntRange(4),
    help="Search on at most this many pictures, to save time; the winner is trained on all.",
)
@click.option("--folds", type=click.IntRange(2, 100), default=5, show_default=True, help="Number of folds.")
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=3, show_default=True, help="Trainings of a candidate on each fold."
)
@click.option(
    "--metric", type=click.Choice(METRICS), default="mse", show_default=True, help="Score that decides who wins."
)
@click.option("--random", type=click.IntRange(1), help="Try at most this many of the grid's points, drawn at random.")
@click.option(
    "--halving", is_flag=True, help="Begin with few epochs, and train only the best third of the candidates for longer."
)
@click.option(
    "--against",
    "rival",
    metavar="NAME",
    help="Compare the winner on the test pictures, one by one, with these "
    "weights: a name that `aewidgets models` lists, or a card.",
)
@SCHEDULER
@click.option(
    "--workers", type=click.IntRange(1, 256), help="Number of processes on this machine. Default: fit in this one."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for scripts.")
@click.option("--quiet", is_flag=True, help="Show no progress bar.")
@click.pass_context
def search(ctx: click.Context, family: str, grid: Path, out: Path, as_json: bool, quiet: bool, **options: Any) -> None:
    """Find the best parameters of FAMILY by cross-validation.

    GRID.yaml holds options of the family and of its training, as `aewidgets train FAMILY --help` lists them, such as

    \b
      base: {epochs: 20}
      grid: {latent_dim: [16, 64], learning_rate: [0.001, 0.003]}

    Every point is trained on all folds but one and measured on that one, for each fold and each seed. Folds are cut
    from the training and validation pictures; near duplicates are in one fold. The winner is trained once more and
    measured on the test pictures, which nothing else opens. After Ctrl-C or a crash, the same command does what is
    left. DIR gets search.html, search.json, and the winner's weights and card.

    Exit codes: 0 success, 1 some fits failed, 2 wrong usage or grid, 130 interrupted.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # workers inherit it: TensorFlow prints a page of text
    from aewidgets.system.spreading import ClusterError, ClusterLostError

    try:
        from aewidgets.reports.sweeps.grids import read_grid
        from aewidgets.selection.search import run_search

        points = read_grid(grid.read_bytes())
        with progress_bar(not quiet) as progress:
            record = run_search(
                family, points, options.pop("data"), out,
                command=command_line("aewidgets", "search", family), progress=progress,
                on_failure=print_line, **options,
            )  # fmt: skip
    except ImportError as error:
        raise click.UsageError(f"searches need more packages: pip install 'aewidgets[report,dask]' ({error})") from None
    except (ClusterError, ValueError) as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(_EXIT_FAILED if isinstance(error, ClusterLostError) else 2)
    _show(record, out, as_json)
    if record["status"] == "interrupted":
        click.echo("Interrupted; the same command goes on where this ended", err=True)
        ctx.exit(_EXIT_INTERRUPTED)
    failed = record["fits_failed"] or any(row["failures"] for row in record["candidates"])
    ctx.exit(_EXIT_FAILED if failed or record["status"] == "failed" else 0)


def _show(record: dict[str, Any], out: Path, as_json: bool) -> None:
    """Write the page, and print the record as JSON or in sentences."""
    from aewidgets.reports.pages.search import search_page, sentences_of
    from aewidgets.system.writing import write_text

    write_text(out / "search.html", search_page(record))
    if as_json:
        click.echo(json.dumps(record, indent=1))
        return
    earlier = f" ({record['fits_before']:,} by an earlier search)" if record["fits_before"] else ""
    click.echo(f"{record['fits']:,} fits{earlier}", err=True)
    for line in sentences_of(record):
        click.echo(line)
    click.echo(out / "search.html")
