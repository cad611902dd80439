"""Command `aewidgets schedule`, which prints files that run a report at set times. Schedules nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aewidgets.commands.notebook_options import PARAMETER_FILE, PARAMETERS, find_notebook, given_parameters
from aewidgets.commands.notice_options import given_notices
from aewidgets.commands.passing import words_of
from aewidgets.commands.report import report

if TYPE_CHECKING:
    from aewidgets.reports.notices.notice import Notices
    from aewidgets.reports.schedules.schedule import Job, Recipe

_EXIT_USAGE, _EXIT_FILES = 2, 5
_KINDS = ("cron", "systemd", "github", "gitlab", "kubernetes", "airflow", "prefect", "dagster", "jupyter-scheduler")
_HERE = ("cron", "systemd", "airflow", "prefect", "dagster")  # those that use the interpreter of this process
# Options of `aewidgets report` that a schedule has in its own way, always or never: runs of one name could not follow
# one another, and what tells of a killed run is a unit of its own. A job keeps --cwd by itself, because paths differ.
_OWN = {"given", "file", "out", "timezone", "name", "quiet", "killed"}
_PASSED = tuple(option for option in report.params if isinstance(option, click.Option) and option.name not in _OWN)


def _with_options_of_report(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `aewidgets report` that a schedule passes on, so that none of them is forgotten."""
    for option in reversed(_PASSED):
        command.__click_params__.append(option)  # type: ignore[attr-defined]
    return command


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
@_with_options_of_report
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
    folder: Path | None,
    overwrite: bool,
    **passed: Any,
) -> None:
    """Print files that make a scheduler run `aewidgets report NOTEBOOK` at set times. Installs nothing.

    Dates such as {today-7d} among the parameters are those of the day of the run, in --timezone, and so is the time in
    the head of the page.

    Notebook, parameters, thresholds, expression and time zone are checked first. The next three times are printed
    too. Paths become absolute. The notebook will run in its own folder, a bundled one in the current folder. Every
    other option is passed on to `aewidgets report`.

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
        notices = _checked(passed)
        variables = (*secret_names(passed["secrets"]).values(), *(notices.variables() if notices else ()))
        if "://" in out and (passed["lock"] or passed["lock_wait"] is not None):
            raise click.UsageError("--lock is for runs in a folder; keep runs at a URL apart by their schedule")
        options, cwd = words_of(ctx, [one for one in _PASSED if one.name != "cwd"]), passed["cwd"]
        job = _job(notebook, cron, timezone, given, file, out, options, variables, cwd, _known(passed["kernel"], kind))
        recipes = RECIPES[kind](job, now)
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
    cwd: str | None,
    kernel: str | None,
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
    source = load_notebook(path, kernel=kernel)
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
        cwd=cwd,
        variables=tuple(dict.fromkeys(variables)),
        bundled=None if Path(notebook).is_file() else path.stem,
    )


def _known(kernel: str | None, kind: str) -> str | None:
    """Return the kernel, if the runs are on this machine, where it must be installed."""
    return kernel if kind in _HERE else None


def _checked(passed: dict[str, Any]) -> Notices | None:
    """Check the options that are passed on to `aewidgets report` as it checks them; return who is told."""
    from aewidgets.reports.requirements.drift import NoWorse
    from aewidgets.reports.requirements.thresholds import Requirement

    for text in passed["requirements"]:
        Requirement.of(text)
    if passed["than"]:
        NoWorse.of(passed["than"], passed["by"] or "0", passed["metrics"], passed["better"])
    elif passed["by"] or passed["metrics"] or passed["better"]:
        raise click.UsageError("--by, --metric and --better say how --no-worse-than compares; give it too")
    return given_notices(*(passed[name] for name in ("notify", "smtp", "mail_from", "mail_page", "runs_url")))


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
