"""Recipes for Airflow: a DAG that runs a report, by `aewidgets report` or by Airflow's own operator. Starts nothing."""

from __future__ import annotations

import re
import shlex
from datetime import datetime, timedelta
from typing import Any

from aewidgets.reports.schedules.schedule import Job, Recipe, when
from aewidgets.reports.schedules.times import next_times

__all__ = ["airflow_dag"]

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

# True: `aewidgets report`, which checks parameters and thresholds, has an exit code for every kind of failure, treats
# sys.exit(0) in a cell as a failure, and keeps page, metrics and record of every run.
# False: Airflow's PapermillOperator, which does none of this, and needs the folder of its output to exist.
CHECKED = True

with DAG(
    dag_id={name},
    schedule=CronTriggerTimetable({cron}, timezone={zone}),
    start_date=pendulum.datetime({start}, tz={zone}),
    catchup=False,
    max_active_runs=1,  # the next run does not start before the last one has ended
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
            parameters={parameters},{note}
        )
'''


def airflow_dag(job: Job, now: datetime) -> tuple[Recipe]:
    """Return a DAG with `aewidgets report` in a BashOperator, and PapermillOperator as the alternative."""
    start = next_times(job.cron, job.zone, now, 1)[0] - timedelta(days=1)
    output = f"{job.local_out.rstrip('/')}/{job.name}-"
    lines = when(job, now)
    if job.variables:
        lines.append(f"It needs {', '.join(job.variables)} in the environment of the workers.")
    return (Recipe(f"{job.name.replace('-', '_')}.py", _DAG.format(
        title=f"Report {_in_docstring(job.notebook.name)}, made by `aewidgets schedule`.",
        when="\n".join(lines), name=repr(job.name), cron=repr(job.cron.text), zone=repr(job.zone.key),
        start=f"{start.year}, {start.month}, {start.day}",
        command=repr(_no_template(shlex.join(job.local_words()))),  # the operator sets the environment
        folder=repr(_no_template(f"{job.folder}/")),  # so that no folder called x.sh is taken for a script
        environment=repr({name: _no_template(value) for name, value in job.environment.items()}),
        notebook=repr(_no_template(str(job.notebook))),
        output=repr(_no_template(output) + "{{ run_id | replace(':', '') }}.ipynb"),
        parameters=repr(_no_template(dict(job.values))),
        note="  # papermill takes dates such as {today-7d} for text" * bool(job.relative)
        + "  # papermill reads .ipynb files alone" * job.text,
    )),)  # fmt: skip


def _no_template(value: Any) -> Any:
    """Return a value, with its texts escaped so that Airflow's rendering with Jinja gives the same value."""
    if isinstance(value, str):
        return re.sub(r"\{[{%#]", lambda found: f"{{{{ {found[0]!r} }}}}", value)
    if isinstance(value, dict):
        return {_no_template(key): _no_template(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_no_template(item) for item in value]
    return value


def _in_docstring(text: str) -> str:
    """Return text that can stand in a docstring, without backslashes and double quotes."""
    return text.replace("\\", "/").replace('"', "'")
