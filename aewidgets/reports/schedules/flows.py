"""Recipes for Prefect and Dagster: a Python file each that runs `aewidgets report` at set times. Starts nothing."""

from __future__ import annotations

from datetime import datetime

from aewidgets.reports.schedules.schedule import Job, Recipe, when

__all__ = ["dagster_job", "prefect_flow"]

_HEAD = '''\
"""Report {title}, made by `aewidgets schedule`.

{when}

{how}
Paths are those of the machine that wrote this; whatever runs it must see the same.
"""

import os
import subprocess
'''
_SETTINGS = """
COMMAND = {command}
FOLDER = {folder}
ENVIRONMENT = {environment}
"""
_PREFECT = '''\
{head}
from prefect import flow
from prefect.schedules import Cron
{settings}

@flow(name={name})
def report() -> None:
    """Run the report; an exit code other than 0 fails the flow."""
    subprocess.run(COMMAND, cwd=FOLDER, env={{**os.environ, **ENVIRONMENT}}, check=True)


if __name__ == "__main__":
    # One run at a time: the next one waits.
    report.serve(name={name}, schedule=Cron({cron}, timezone={zone}), limit=1)
'''
_DAGSTER = '''\
{head}
import dagster as dg
{settings}

@dg.op
def run_report() -> None:
    """Run the report; an exit code other than 0 fails the job."""
    code = subprocess.run(COMMAND, cwd=FOLDER, env={{**os.environ, **ENVIRONMENT}}).returncode
    if code:
        raise dg.Failure(f"aewidgets report ended with exit code {{code}}", allow_retries=False)


@dg.job(name={name})
def report() -> None:
    run_report()


defs = dg.Definitions(
    jobs=[report],
    schedules=[
        dg.ScheduleDefinition(
            job=report,
            cron_schedule={cron},
            execution_timezone={zone},
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    ],
)
'''


def prefect_flow(job: Job, now: datetime) -> tuple[Recipe]:
    """Return a flow for Prefect 3 that serves itself."""
    how = "For Prefect 3. Keep it running where the report shall run: python {name}"
    return (_recipe(_PREFECT, job, now, how, job.name, job.local_words()),)


def dagster_job(job: Job, now: datetime) -> tuple[Recipe]:
    """Return a job and its schedule for Dagster; into a local folder, a run ends at once if another is under way."""
    how = "For Dagster 1.10 and later: dagster dev -f {name}, or add its `defs` to yours; schedules need the daemon."
    words = job.local_words() if job.remote or "--lock" in job.options else [*job.local_words(), "--lock"]
    return (_recipe(_DAGSTER, job, now, how, job.name.replace("-", "_"), words),)


def _recipe(form: str, job: Job, now: datetime, how: str, name: str, words: list[str]) -> Recipe:
    """Return the file of a form, filled in for a job."""
    file = f"{job.name.replace('-', '_')}.py"
    lines = when(job, now)
    if job.variables:
        lines.append(f"It needs {', '.join(job.variables)} in the environment.")
    title = job.notebook.name.replace("\\", "/").replace('"', "'")
    head = _HEAD.format(title=title, when="\n".join(lines), how=how.format(name=file))
    environment = repr(dict(job.environment))
    settings = _SETTINGS.format(command=repr(words), folder=repr(str(job.folder)), environment=environment)
    cron, zone = repr(job.cron.text), repr(job.zone.key)
    return Recipe(file, form.format(head=head, settings=settings, name=repr(name), cron=cron, zone=zone))
