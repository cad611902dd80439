"""Command `aewidgets schedule`, which prints files that run a report at set times. Schedules nothing itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aewidgets.commands.notebook_options import BETTER, BY, PARAMETER_FILE, PARAMETERS, find_notebook, given_parameters
from aewidgets.commands.notice_options import SECRETS, given_notices, notice_words, with_notices
from aewidgets.commands.numbers import SECONDS

if TYPE_CHECKING:
    from aewidgets.reports.schedules.schedule import Job, Recipe

_EXIT_USAGE, _EXIT_FILES = 2, 5
_KINDS = ("cron", "systemd", "github", "gitlab", "kubernetes", "airflow", "prefect", "dagster", "jupyter-scheduler")


@click.command()
@click.argument("notebook")
@click.option(
    "--cron", required=True, metavar="EXPRESSION", help="When to run: '0 6 * * 1' is Mondays at 6:00; or @daily."
)
@click.option(
    "--timezone",
    default="UTC",
    metavar="ZONE",
    show_default=True,
    help="Time zone of the expression, such as Europe/Berlin.",
)
@click.option("--print", "kind", type=click.Choice(_KINDS), required=True, help="The scheduler to print files for.")
@PARAMETERS
@PARAMETER_FILE
@click.option("--out", default="reports", metavar="DIR|URL", show_default=True, help="Folder or URL of the runs.")
@click.option("--require", multiple=True, metavar="TEXT", help="A threshold, such as 'psnr_db >= 30'; repeat for more.")
@click.option(
    "--no-worse-than",
    "than",
    metavar="latest|RUN",
    help="Run that figures are compared with, as in `aewidgets report`.",
)
@BY
@BETTER
@click.option("--run-timeout", type=SECONDS, metavar="SECONDS", help="Stop a run that takes longer than this.")
@click.option(
    "--retries",
    type=click.IntRange(0, 20),
    metavar="N",
    help="Try this many times again if Python dies or the store fails.",
)
@SECRETS
@with_notices
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the files into this folder, and print their paths instead.",
)
@click.option("--overwrite", is_flag=True, help="Replace files of the same name.")
@click.pass_context
def schedule(
    ctx: click.Context,
    notebook: str,
    cron: str,
    timezone: str,
    kind: str,
    given: tuple[tuple[str, str], ...],
    file: Path | None,
    out: str,
    require: tuple[str, ...],
    than: str | None,
    by: str | None,
    better: tuple[str, ...],
    run_timeout: float | None,
    retries: int | None,
    secrets: tuple[str, ...],
    notify: tuple[str, ...],
    smtp: str | None,
    mail_from: str | None,
    mail_page: str | None,
    runs_url: str | None,
    folder: Path | None,
    overwrite: bool,
) -> None:
    """Print files that make a scheduler run `aewidgets report NOTEBOOK` at set times. Installs nothing.

    Dates such as {today-7d} among the parameters are those of the day of the run, in --timezone.

    Notebook, parameters, thresholds, expression and time zone are checked first. The next three times are printed
    too. Paths become absolute. The notebook will run in its own folder, a bundled one in the current folder.

    \b
    cron                a line for crontab -e, with flock against overlapping runs
    systemd             a service and its timer; a missed run is made up for
    github              a workflow of GitHub Actions that keeps the report
    gitlab              a job of GitLab CI that keeps the report
    kubernetes          a CronJob; runs go to a URL
    airflow             a DAG, with this command or with PapermillOperator
    prefect, dagster    a flow, or a job with its schedule, that runs this command
    jupyter-scheduler   a job definition

    Exit codes: 0 success, 2 wrong usage or parameters, or a schedule that cannot be kept, 5 files could not be read or
    written.
    """
    try:
        from aewidgets.reports.notices.sender import NoticeError
        from aewidgets.reports.parameters.cell import ParameterError
        from aewidgets.reports.requirements.thresholds import RequirementError
        from aewidgets.reports.schedules.cron import ScheduleError
        from aewidgets.reports.schedules.recipes import RECIPES
        from aewidgets.reports.secrets import SecretError, secret_names

        now = datetime.now(UTC)
        options = _options(require, than, by, better, run_timeout, retries)
        notices = given_notices(notify, smtp, mail_from, mail_page, runs_url)
        pairs = notice_words(secrets, notify, smtp, mail_from, mail_page, runs_url)
        options += [word for pair in pairs for word in pair]
        variables = (*secret_names(secrets).values(), *(notices.variables() if notices else ()))
        recipes = RECIPES[kind](_job(notebook, cron, timezone, given, file, out, options, variables), now)
    except (NoticeError, ParameterError, RequirementError, ScheduleError, SecretError) as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(_EXIT_USAGE)
    except ImportError as error:
        raise click.UsageError(f"reports need more packages: pip install 'aewidgets[report]' ({error})") from None
    except OSError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(_EXIT_FILES)
    if folder is None:
        for number, recipe in enumerate(recipes):
            heading = f"# ---- {recipe.name}\n" if len(recipes) > 1 else ""
            click.echo("\n" * bool(number) + heading + recipe.text, nl=False)
    else:
        _write(ctx, folder, recipes, overwrite)
    for recipe in recipes:
        if recipe.note:
            click.echo(recipe.note, err=True)


def _job(
    notebook: str,
    cron: str,
    timezone: str,
    given: tuple[tuple[str, str], ...],
    file: Path | None,
    out: str,
    options: list[str],
    variables: tuple[str, ...],
) -> Job:
    """Check all arguments and return the job."""
    from aewidgets.reports.execution.sources import load_notebook
    from aewidgets.reports.parameters.cell import checked
    from aewidgets.reports.parameters.dates import expanded
    from aewidgets.reports.schedules.cron import parse_cron
    from aewidgets.reports.schedules.schedule import Job
    from aewidgets.reports.schedules.times import time_zone

    path = find_notebook(notebook)
    if isinstance(path, str):
        raise click.UsageError(f"expected a notebook in a file, or a bundled one; got {path}")
    source = load_notebook(path)
    zone = time_zone(timezone)
    dated, relative = expanded(given_parameters(file, given), datetime.now(zone).date())
    values: dict[str, Any] = checked(source.parameters, dated)
    for note in source.notes:
        click.echo(f"Note: {note}", err=True)
    return Job(
        notebook=path.absolute(),
        cron=parse_cron(cron),
        zone=zone,
        out=out,
        folder=Path.cwd(),
        texts=given,
        values={**values, **relative},
        relative=tuple(relative),
        file=file.absolute() if file else None,
        options=options,
        variables=tuple(dict.fromkeys(variables)),
        bundled=None if Path(notebook).is_file() else path.stem,
    )


def _options(
    require: tuple[str, ...], than: str | None, by: str | None, better: tuple[str, ...], run_timeout: float | None,
    retries: int | None,
) -> list[str]:  # fmt: skip
    """Return the options that are passed on to `aewidgets report`, checked as it checks them."""
    from aewidgets.reports.requirements.drift import NoWorse
    from aewidgets.reports.requirements.thresholds import Requirement

    for text in require:
        Requirement.of(text)
    if than:
        NoWorse.of(than, by or "0", (), better)
    elif by or better:
        raise click.UsageError("--by and --better say how --no-worse-than compares; give it too")
    pairs = [("--require", text) for text in require]
    pairs += [("--no-worse-than", than or ""), ("--by", by or ""), *(("--better", text) for text in better)]
    pairs += [("--run-timeout", f"{run_timeout:g}" if run_timeout else ""), ("--retries", str(retries or ""))]
    return [word for option, value in pairs if value for word in (option, value)]


def _write(ctx: click.Context, folder: Path, recipes: tuple[Recipe, ...], overwrite: bool) -> None:
    """Write the recipes into a folder and print their paths; replace files only if asked to."""
    from aewidgets.reports.stores.store import naming
    from aewidgets.system.writing import write_text

    taken = [str(folder / recipe.name) for recipe in recipes if (folder / recipe.name).exists()]
    if taken and not overwrite:
        raise click.UsageError(f"{', '.join(taken)} would be replaced; nothing was written. Name another folder, or "
                               "add --overwrite")  # fmt: skip
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for recipe in recipes:
            with naming(folder / recipe.name):
                write_text(folder / recipe.name, recipe.text)
            click.echo(folder / recipe.name)
    except OSError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(_EXIT_FILES)
