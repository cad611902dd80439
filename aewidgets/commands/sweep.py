"""Command `aewidgets sweep`, which runs one notebook with many sets of parameters. Runs nothing itself."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import click

from aewidgets.commands import print_line, progress_bar
from aewidgets.commands.batches import SCHEDULER
from aewidgets.commands.notebook_options import BETTER, BY, default_folder, find_notebook
from aewidgets.commands.notice_options import SECRETS
from aewidgets.commands.numbers import SECONDS

if TYPE_CHECKING:
    from aewidgets.reports.sweeps.sweep import State, Sweep

_EXIT_FAILED, _EXIT_USAGE, _EXIT_FILES, _EXIT_INTERRUPTED = 1, 2, 5, 130
_LISTED = 50  # failures of earlier sweeps that are printed, at most


@click.command()
@click.argument("notebook")
@click.argument("grid", metavar="GRID.yaml")
@click.option(
    "--out",
    required=True,
    metavar="DIR|URL",
    help="Folder, or URL such as s3://bucket/runs, in which every run gets a folder.",
)
@SCHEDULER
@click.option(
    "--workers", type=click.IntRange(1, 256), help="Number of processes on this machine. Default: one for each core."
)
@click.option(
    "--resume/--no-resume",
    default=True,
    show_default=True,
    help="Go on where an earlier sweep ended, or refuse points that are finished.",
)
@click.option(
    "--retries", type=click.IntRange(0, 20), default=0, help="Try this many times again if Python dies at a point."
)
@click.option(
    "--cwd", metavar="notebook|DIR", help="Folder in which the notebooks run. Default: that of the notebook's file."
)
@click.option("--cell-timeout", type=SECONDS, metavar="SECONDS", help="Stop a cell that takes longer than this.")
@click.option("--run-timeout", type=SECONDS, metavar="SECONDS", help="Stop a run that takes longer than this.")
@click.option(
    "--require",
    "requirements",
    multiple=True,
    metavar="TEXT",
    help='A threshold for every run, such as "psnr_db >= 30"; repeat for more.',
)
@click.option(
    "--no-worse-than",
    "than",
    metavar="latest|RUN",
    help="Figures are a miss if they are worse than in the newest completed run with the same parameters, or in RUN.",
)
@BY
@BETTER
@SECRETS
@click.option("--quiet", is_flag=True, help="Show no progress bar.")
@click.pass_context
def sweep(
    ctx: click.Context, notebook: str, grid: str, out: str, scheduler: str | None, workers: int | None,
    than: str | None, by: str | None, better: tuple[str, ...], cwd: str | None, quiet: bool, **options,
) -> None:  # fmt: skip
    """Run NOTEBOOK with every set of parameters in GRID.yaml.

    NOTEBOOK is a file or the name of a bundled notebook. GRID.yaml holds one of

    \b
      grid: {quality: [10, 50, 90], effort: [0, 5]}     every combination
      list: [{quality: 10}, {quality: 50, effort: 5}]   these points

    and may hold `base: {image: cat.png}` for all points. Every point is checked before anything runs, and runs in a
    process and a kernel of its own. After Ctrl-C or a crash, the same command does what is left. The path of
    sweep.html is printed, a page with table, parallel coordinates and trends; sweep.json beside it holds the data.

    Exit codes: 0 all completed, 1 some failed, 2 wrong usage or grid, 5 files could not be read or written, 6 some
    missed a threshold but none failed, 130 interrupted.
    """
    if than is None and (by or better):
        raise click.UsageError("--by and --better say how --no-worse-than compares; give it too")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # kernels inherit it: TensorFlow prints a page of text
    from aewidgets.system.spreading import ClusterError, ClusterLostError

    try:
        from aewidgets.reports.requirements.drift import NoWorse
        from aewidgets.reports.sweeps.sweep import run_sweep

        with progress_bar(not quiet) as progress:
            result = run_sweep(
                find_notebook(notebook), grid, out, scheduler=scheduler, workers=workers, progress=progress,
                on_point=_print_failure, no_worse=NoWorse.of(than, by or "0", (), better) if than else None,
                cwd=cwd or default_folder(notebook), **options,
            )  # fmt: skip
    except ImportError as error:
        raise click.UsageError(f"sweeps need more packages: pip install 'aewidgets[report,dask]' ({error})") from None
    except KeyboardInterrupt:  # before the first point; later ones end the sweep in good order
        ctx.exit(_EXIT_INTERRUPTED)
    except (ClusterError, ValueError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        if isinstance(error, ClusterLostError):
            ctx.exit(_EXIT_FAILED)
        ctx.exit(_EXIT_USAGE if isinstance(error, ClusterError | ValueError | FileExistsError) else _EXIT_FILES)
    _sum_up(result)
    ctx.exit(result.exit_code)


def _print_failure(state: State) -> None:
    """Print a point that did not complete, as soon as it has ended."""
    if state.status != "completed":
        print_line(f"point {state.point.number}: {state.status}: {state.failure}")


def _sum_up(result: Sweep) -> None:
    """Print failures of earlier sweeps, the number of points by status, and the path of the page."""
    for note in result.notes:
        click.echo(f"Note: {note}", err=True)
    kept = [state for state in result.states if state.kept]
    left_out = Counter(pair for state in result.states for pair in state.left_out.items())
    for (name, reason), count in left_out.most_common(_LISTED):
        click.echo(f"Not compared at {count:,} point{'s' * (count > 1)}: {name}: {reason}", err=True)
    if len(left_out) > _LISTED:
        click.echo(f"Not compared: {len(left_out) - _LISTED:,} more, which the run.json of each point lists", err=True)
    for state in [state for state in kept if state.status != "completed"][:_LISTED]:
        click.echo(f"point {state.point.number}: {state.status}: {state.failure}", err=True)
    counts = ", ".join(f"{count:,} {status}" for status, count in result.counts.items())
    earlier = f" ({len(kept):,} by an earlier sweep)" if kept else ""
    click.echo(f"{len(result.states):,} points: {counts}{earlier}", err=True)
    if result.dropped:
        click.echo(f"{len(result.dropped):,} points repeated others and were left out", err=True)
    if result.interrupted:
        click.echo("Interrupted; the same command goes on where this ended", err=True)
    click.echo(result.page_url)
