"""Recipes for schedulers of other people: GitHub Actions, Airflow, jupyter-scheduler. Starts nothing."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aewidgets.reports.cron import ScheduleError, next_times
from aewidgets.reports.schedules import Job, Recipe, crontab, repository_of, systemd_units, when

__all__ = ["RECIPES", "airflow_dag", "github_workflow", "jupyter_scheduler_job"]

_WORKFLOW = """\
# {notebook}, {when}
{next}
#
# Save it as .github/workflows/{name}.yml on the default branch; schedules elsewhere are not looked at.
# GitHub starts late when it is busy, at full hours above all, skips what is due more often than every five minutes,
# and stops the schedules of public repositories that nothing happens in for 60 days.
name: {title}
"on":
  schedule:
    - cron: {cron}
      timezone: {zone}
  workflow_dispatch: {{}}
# One run at a time: the next waits, and of several that wait the newest is kept.
concurrency:
  group: {name}
  cancel-in-progress: false
permissions:
  contents: read
jobs:
  report:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-python@v6
        with:
          python-version: "3.12"
      - name: Install
        run: python -m pip install {package}
      - name: Run the report
        shell: bash
        run: {command}
{upload}"""

_UPLOAD = """\
      - name: Keep the report, also a failed one
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: {name}
          path: {out}
          if-no-files-found: warn
"""

_DAG = '''\
"""{title}

{when}

Save it in the folder of your DAGs. Paths are those of the machine that wrote this; workers must see the same. For
Airflow 3, with apache-airflow-providers-standard and -papermill; on Airflow 2 take DAG from `airflow` and BashOperator
from `airflow.operators.bash`.
"""

import pendulum
from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.timetables.trigger import CronTriggerTimetable

# True: `aewidgets report`, which checks parameters and thresholds before and after, tells failures apart by their exit
# code, takes sys.exit(0) in a cell for the failure that it is, and keeps page, metrics and record of every run.
# False: Airflow's PapermillOperator, which has none of this, and wants the folder of its output to be there.
CHECKED = True

with DAG(
    dag_id={name},
    schedule=CronTriggerTimetable({cron}, timezone={zone}),
    start_date=pendulum.datetime({start}, tz={zone}),
    catchup=False,
    max_active_runs=1,  # a run that still goes on keeps the next from starting
) as dag:
    if CHECKED:
        BashOperator(
            task_id="report",
            bash_command={command},
            cwd={folder},
            append_env=True,
            env={environment},
        )
    else:
        PapermillOperator(
            task_id="papermill",
            input_nb={notebook},
            output_nb={output},
            parameters={parameters},
        )
'''


def github_workflow(job: Job, now: datetime) -> tuple[Recipe]:
    """A workflow for the repository that holds the notebook; its report is kept as an artifact.

    Raises:
        ScheduleError: for files outside the repository, which its runners do not have.
    """
    root, why = repository_of(job.notebook), "GitHub's runners have the repository alone"
    if job.bundled and (root is None or job.notebook.parent.name == "_notebooks"):
        notebook = job.bundled
    else:
        notebook = _inside(job.notebook, root, "notebook", why)
    file = _inside(job.file, root or repository_of(job.file), "--file", why) if job.file else None
    if not job.remote and (Path(job.out).is_absolute() or ".." in Path(job.out).parts):
        raise ScheduleError(f"--out: expected a folder inside the repository, or a URL, got {job.out}")
    if not job.remote and "--no-worse-than" in job.options:
        raise ScheduleError("--no-worse-than: GitHub's runners begin empty; keep the runs at a URL: --out s3://...")
    ours = bool(root and (root / "aewidgets" / "__init__.py").is_file())
    extras = "[report,s3]" if job.out.startswith("s3://") else "[report]"
    texts = {
        "title": f"Report {job.notebook.name}",
        "cron": job.cron.text,
        "zone": job.zone.key,
        "package": shlex.quote(("." if ours else "aewidgets") + extras),
        "command": shlex.join(job.command(notebook, job.out, file)),
        "out": job.out,
    }
    # JSON's strings are YAML's; an expression would be filled in wherever it stands, so its brackets become text.
    safe = {key: json.dumps(text.replace("${{", "${{ '${{' }}"), ensure_ascii=False) for key, text in texts.items()}
    upload = "" if job.remote else _UPLOAD.format(name=job.name, out=safe["out"])
    lines = when(job, now)
    return (Recipe(f"{job.name}.yml", _WORKFLOW.format(
        notebook=job.notebook.name, when=lines[0], next="\n".join(f"# {line}" for line in lines[1:]), name=job.name,
        upload=upload, **{key: safe[key] for key in ("title", "cron", "zone", "package", "command")},
    )),)  # fmt: skip


def airflow_dag(job: Job, now: datetime) -> tuple[Recipe]:
    """A DAG with `aewidgets report` in a BashOperator, and PapermillOperator as the other choice."""
    start = next_times(job.cron, job.zone, now, 1)[0] - timedelta(days=1)
    output = f"{job.local_out.rstrip('/')}/{job.name}-"
    lines = when(job, now)
    return (Recipe(f"{job.name.replace('-', '_')}.py", _DAG.format(
        title=f"Report {_in_docstring(job.notebook.name)}, made by `aewidgets schedule`.",
        when="\n".join(lines), name=repr(job.name), cron=repr(job.cron.text), zone=repr(job.zone.key),
        start=f"{start.year}, {start.month}, {start.day}",
        command=repr(_no_template(shlex.join(_without_settings(job)))),
        folder=repr(_no_template(f"{job.folder}/")),  # so that no folder called x.sh is taken for a script
        environment=repr({name: _no_template(value) for name, value in job.environment.items()}),
        notebook=repr(_no_template(str(job.notebook))),
        output=repr(_no_template(output) + "{{ run_id | replace(':', '') }}.ipynb"),
        parameters=repr(_no_template(dict(job.values))),
    )),)  # fmt: skip


def jupyter_scheduler_job(job: Job, now: datetime) -> tuple[Recipe]:
    """A job definition: what jupyter-scheduler's POST /scheduler/job_definitions takes.

    It writes `name = text` into a cell, so that the text is Python. It knows no limits and no exit codes.

    Raises:
        ScheduleError: for what it has no word for.
    """
    if job.options:
        raise ScheduleError(
            f"jupyter-scheduler knows nothing like {job.options[0]}; leave it out, or take another scheduler"
        )
    path = _inside(job.notebook, job.folder, "notebook", "jupyter-scheduler takes files below Lab's own folder alone")
    document = {
        "name": job.name,
        "input_uri": path,
        "runtime_environment_name": "jupyterlab-env",
        "output_formats": ["ipynb", "html"],
        "parameters": {name: repr(value) for name, value in job.values.items()},
        "schedule": job.cron.text,
        "timezone": job.zone.key,
    }
    note = "\n".join((
        *when(job, now),
        f"POST it to /scheduler/job_definitions of a Lab that was started in {job.folder}; for jupyterlab-env put the",
        "name of an environment as Lab's own form offers it. Nothing keeps runs from overlapping there, and a cell",
        "that calls sys.exit(0) reads as completed.",
    ))  # fmt: skip
    return (Recipe(f"{job.name}.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n", note),)


#: Recipe by the name of its scheduler: a function of a job and the time it is now.
RECIPES: Mapping[str, Callable[[Job, datetime], tuple[Recipe, ...]]] = {
    "cron": crontab,
    "systemd": systemd_units,
    "github": github_workflow,
    "airflow": airflow_dag,
    "jupyter-scheduler": jupyter_scheduler_job,
}


def _inside(path: Path, root: Path | None, what: str, why: str) -> str:
    if root is None or not path.is_relative_to(root):
        where = f"inside {root}" if root else "in a git repository"
        raise ScheduleError(f"{what}: expected a file {where}, got {path}; {why}")
    return path.relative_to(root).as_posix()


def _without_settings(job: Job) -> list[str]:
    """The local command alone; the operator sets the environment."""
    words = job.local_command()
    return words[1 + len(job.environment):] if job.environment else words  # fmt: skip


def _no_template(value: Any) -> Any:
    """The same value after Airflow has rendered it with Jinja."""
    if isinstance(value, str):
        return re.sub(r"\{[{%#]", lambda found: f"{{{{ {found[0]!r} }}}}", value)
    if isinstance(value, dict):
        return {_no_template(key): _no_template(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_no_template(item) for item in value]
    return value


def _in_docstring(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'")
