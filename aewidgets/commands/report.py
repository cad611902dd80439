"""Command `aewidgets report`, which runs one notebook with checked parameters. Runs nothing itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aewidgets.commands import print_line, progress_bar
from aewidgets.commands.notebook_options import (
    BETTER,
    BY,
    PARAMETER_FILE,
    PARAMETERS,
    default_folder,
    find_notebook,
    given_parameters,
    parameter_rows,
)
from aewidgets.commands.notice_options import SECRETS, given_notices, with_notices
from aewidgets.commands.numbers import SECONDS

if TYPE_CHECKING:
    from aewidgets.reports.execution.runner import Report
    from aewidgets.reports.execution.teller import Teller
    from aewidgets.reports.notices.telling import Told

_EXIT_USAGE, _EXIT_FILES, _EXIT_INTERRUPTED = 2, 5, 130
_LISTED = 40  # figures that are printed, at most, compared and not


class _WithNotebook(click.Command):
    """Command whose help also lists the parameters of the notebook that is named beside --help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["arguments"] = list(args)
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        try:
            options, _, _ = self.make_parser(ctx).parse_args(args=list(ctx.meta.get("arguments", ())))
            notebook = options.get("notebook")
            if not isinstance(notebook, str):
                return
            rows = parameter_rows(find_notebook(notebook))
        except click.ClickException as error:
            formatter.write(f"\n{error.format_message()}\n")
        except (ImportError, OSError, ValueError) as error:
            formatter.write(f"\nThe parameters of {notebook} cannot be listed: {error}\n")
        else:
            with formatter.section(f"Parameters of {notebook}"):
                formatter.write_dl(rows or [("none", "it has no cell tagged `parameters`")])


@click.command(cls=_WithNotebook)
@click.argument("notebook")
@PARAMETERS
@PARAMETER_FILE
@click.option(
    "--out",
    default="reports",
    metavar="DIR|URL",
    show_default=True,
    help="Folder, or fsspec URL such as s3://bucket/runs, in which the run gets a folder of its own.",
)
@click.option(
    "--name", metavar="NAME", help="Name of the run's folder, which must not exist yet. Default: notebook and time."
)
@click.option(
    "--require",
    "requirements",
    multiple=True,
    metavar='"METRIC >= VALUE"',
    help="Exit with 6 if a recorded figure does not meet this or is missing; >= <= > < == !=. "
    "Nested figures are written worst.psnr_db or bytes[0].",
)
@click.option(
    "--no-worse-than",
    "than",
    metavar="latest|RUN",
    help="Exit with 6 if figures are worse than in the newest completed run with these parameters, or than in RUN.",
)
@BY
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME[:higher|:lower]",
    help="Figure to compare, and which way is better; repeat for more. "
    "Default: all whose better way is known (psnr_db, bpp, those recorded with better=), except times.",
)
@BETTER
@click.option(
    "--cell-timeout",
    type=SECONDS,
    metavar="SECONDS",
    help="Stop a cell that takes longer than this. Default: no limit.",
)
@click.option(
    "--run-timeout", type=SECONDS, metavar="SECONDS", help="Stop a run that takes longer than this. Default: no limit."
)
@click.option(
    "--retries",
    type=click.IntRange(0, 20),
    default=0,
    metavar="N",
    help="Try this many times again if Python dies or the store fails, after 1, 2, 4 ... 30 s; never if a cell fails.",
)
@click.option("--lock", is_flag=True, help="Exit with 5 if another --lock run of this notebook into DIR is under way.")
@click.option(
    "--lock-wait", type=SECONDS, metavar="SECONDS", help="Like --lock, but wait up to this long for the other run."
)
@click.option(
    "--cwd",
    metavar="notebook|DIR",
    help="Folder in which the notebook runs. Default: that of its file; the current one if it is bundled or at a URL.",
)
@click.option("--kernel", metavar="NAME", help="Kernel that runs it. Default: the one that the notebook names.")
@click.option(
    "--start-timeout",
    type=SECONDS,
    default=60,
    metavar="SECONDS",
    help="Give a kernel up that takes longer than this to start. Default: 60.",
)
@click.option(
    "--timezone",
    metavar="ZONE",
    help="Time zone of the page's head, and of dates such as {today-7d} among the parameters, such as Europe/Berlin. "
    "Default: this machine's.",
)
@click.option("--no-head", is_flag=True, help="Leave out the head of the page: how the run went, and its key figures.")
@SECRETS
@with_notices
@click.option(
    "--tell-only",
    "killed",
    metavar="REASON",
    help="Run nothing, but tell those of --notify failure= that a run was killed from outside. For schedulers.",
)
@click.option(
    "--log-output",
    is_flag=True,
    help="Show what the cells print while they run, on standard error, without secrets and escape sequences.",
)
@click.option(
    "--pdf",
    is_flag=True,
    help="Also print the page as a PDF, by Chromium, Chrome, Edge or Playwright, if one is on this machine.",
)
@click.option(
    "--paper", type=click.Choice(("a4", "letter")), default="a4", show_default=True, help="Paper of the PDF."
)
@click.option("--quiet", is_flag=True, help="Show no progress bar.")
@click.pass_context
def report(
    ctx: click.Context,
    notebook: str,
    given: tuple[tuple[str, str], ...],
    file: Path | None,
    out: str,
    name: str | None,
    requirements: tuple[str, ...],
    than: str | None,
    by: str | None,
    metrics: tuple[str, ...],
    better: tuple[str, ...],
    cell_timeout: float | None,
    run_timeout: float | None,
    retries: int,
    lock: bool,
    lock_wait: float | None,
    cwd: str | None,
    kernel: str | None,
    start_timeout: float,
    timezone: str | None,
    no_head: bool,
    secrets: tuple[str, ...],
    notify: tuple[str, ...],
    smtp: str | None,
    mail_from: str | None,
    mail_page: str | None,
    runs_url: str | None,
    killed: str | None,
    log_output: bool,
    pdf: bool,
    paper: str,
    quiet: bool,
) -> None:
    """Run NOTEBOOK and write it as one HTML page.

    NOTEBOOK is a file, an fsspec URL, or the name of a bundled notebook (04-compression). `aewidgets report NOTEBOOK
    --help` also lists its parameters.

    {today}, {today-7d} or {monday} in a parameter is a date that is read when the run starts: -p since "{today-7d}".
    In Markdown cells {{ name }} becomes the value of the parameter of that name.

    Parameters are checked before anything runs. The path of the page is printed. Its head says when and how the
    notebook ran, with what, and how its figures compare with thresholds and the last good run. Beside the page lie
    the executed notebook, metrics.json and run.json, with --pdf a PDF too. A failed run is kept too, in a folder whose
    name says so. Somebody who cannot be told, and a PDF that cannot be made, are named on standard error and in
    run.json, and change no exit code.

    Exit codes: 0 success, 1 a cell failed, 2 wrong usage or parameters, 3 a cell or the run took too long, 4 Python
    died, 5 files could not be read or written, or another run holds the lock, 6 a figure is not as required, 130
    interrupted.
    """
    # Kernels inherit this; without it TensorFlow prints a page of text.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if than is None and (by or metrics or better):
        raise click.UsageError("--by, --metric and --better say how --no-worse-than compares; give it too")
    hidden: Callable[[str], str] = str
    try:
        from aewidgets.reports.execution.runner import run_report
        from aewidgets.reports.execution.teller import Teller
        from aewidgets.reports.notices.sender import NoticeError
        from aewidgets.reports.pages.printing import PrintingError
        from aewidgets.reports.parameters.cell import ParameterError
        from aewidgets.reports.requirements.drift import NoWorse
        from aewidgets.reports.requirements.thresholds import RequirementError
        from aewidgets.reports.schedules.cron import ScheduleError
        from aewidgets.reports.secrets import SecretError, Secrets
        from aewidgets.reports.stores.store import PlaceError

        hidden = Secrets.of(secrets).hidden
        notices = given_notices(notify, smtp, mail_from, mail_page, runs_url)
        teller = Teller(notices, secrets)
        with teller.errors(notebook):  # a notebook that is gone is a failure of a schedule
            path, parameters = find_notebook(notebook), given_parameters(file, given)
            no_worse = NoWorse.of(than, by or "0", metrics, better) if than else None
        if killed is not None:
            _tell_only(ctx, teller, path, killed)
        with progress_bar(not quiet) as progress:
            result = run_report(
                path,
                parameters,
                out,
                name=name,
                requirements=requirements,
                no_worse=no_worse,
                cell_timeout=cell_timeout,
                run_timeout=run_timeout,
                retries=retries,
                lock=lock or lock_wait is not None,
                lock_wait=lock_wait or 0.0,
                timezone=timezone,
                cwd=cwd or default_folder(notebook),
                kernel=kernel,
                start_timeout=start_timeout,
                progress=progress,
                log_output=print_line if log_output else None,
                secrets=secrets,
                notices=notices,
                head=not no_head,
                pdf=pdf,
                paper=paper,
            )
    except ImportError as error:
        raise click.UsageError(f"reports need more packages: pip install 'aewidgets[report]' ({error})") from None
    except click.UsageError as error:
        for note in getattr(error, "__notes__", ()):
            click.echo(note, err=True)
        raise
    except (NoticeError, ParameterError, PlaceError, PrintingError, RequirementError, ScheduleError,
            SecretError) as error:  # fmt: skip
        _print_error(error, hidden)
        ctx.exit(_EXIT_USAGE)
    except OSError as error:
        _print_error(error, hidden)
        ctx.exit(_EXIT_FILES)
    except KeyboardInterrupt as error:
        _print_error(error, hidden)
        ctx.exit(_EXIT_INTERRUPTED)
    click.echo(result.page_url)
    for note in result.notes:
        click.echo(f"Note: {note}", err=True)
    for loss in result.not_shown[:_LISTED]:
        click.echo(f"Not shown: {loss}", err=True)
    if len(result.not_shown) > _LISTED:
        click.echo(f"Not shown: {len(result.not_shown) - _LISTED:,} more, which run.json lists", err=True)
    for line in _comparison(result):
        click.echo(line, err=True)
    if result.failure:
        where = "" if result.failure.cell is None else f" in cell {result.failure.cell + 1}"
        click.echo(f"Error: {result.status}{where}: {result.failure.name}: {result.failure.message}", err=True)
    _print_untold(result.told)
    ctx.exit(result.exit_code)


def _tell_only(ctx: click.Context, teller: Teller, path: Path | str, reason: str) -> None:
    """Tell of a run that was killed, and exit: with 5 if somebody could not be told."""
    if not teller:
        raise click.UsageError("--tell-only tells those of --notify; give it too")
    told = teller.killed(path, reason)
    _print_untold(told)
    ctx.exit(0 if all(one.sent for one in told) else _EXIT_FILES)


def _print_untold(told: Iterable[Told]) -> None:
    """Print on standard error who could not be told, and why."""
    for one in told:
        if not one.sent:
            click.echo(f"Not told: {one.text}", err=True)


def _comparison(result: Report) -> Iterator[str]:
    """Yield what was compared with the earlier run, which way, and what was not and why; the misses first."""
    from aewidgets.reports.requirements.thresholds import shown

    compared = sorted((one for one in result.requirements if one.better), key=lambda one: one.met is not False)
    lines = [
        f"Compared: {one.text}, {one.better} is better: it is {shown(one.value)}: {'met' if one.met else 'missed'}"
        for one in compared
    ]
    left_out = (one for one in (*result.requirements, *result.left_out) if one.met is None)
    for block in (lines, [f"Not compared: {one.metric or one.text}: {one.reason}" for one in left_out]):
        yield from block[:_LISTED]
        if len(block) > _LISTED:
            yield f"{block[0].partition(':')[0]}: {len(block) - _LISTED:,} more, which run.json lists"


def _print_error(error: BaseException, hidden: Callable[[str], str]) -> None:
    """Print an error on standard error without secrets, and with the place where the run was kept."""
    click.echo(hidden(f"Error: {error if str(error) else 'interrupted'}"), err=True)
    for note in getattr(error, "__notes__", ()):
        click.echo(hidden(note), err=True)
