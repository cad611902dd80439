"""Recipes for jupyter-scheduler: a job definition for its server. Starts nothing."""

from __future__ import annotations

import json
from datetime import datetime

from aewidgets.reports.schedules.cron import ScheduleError
from aewidgets.reports.schedules.schedule import Job, Recipe, path_inside, when

__all__ = ["jupyter_scheduler_job"]


def jupyter_scheduler_job(job: Job, now: datetime) -> tuple[Recipe]:
    """Return a job definition, the body of a POST to jupyter-scheduler's /scheduler/job_definitions.

    jupyter-scheduler writes `name = text` into a cell, so every text is Python. It knows no limits and no exit codes.

    Raises:
        ScheduleError: for options that jupyter-scheduler does not know, notebooks outside Lab's folder, and texts that
            Jupytext reads.
    """
    unknown = [*job.options, *(["--cwd"] if job.cwd else [])]
    if unknown:
        raise ScheduleError(
            f"jupyter-scheduler knows nothing like {unknown[0]}; leave it out, or take another scheduler"
        )
    if job.text:
        raise ScheduleError(f"jupyter-scheduler takes .ipynb files, got {job.notebook.name}; take another scheduler")
    if job.relative:
        raise ScheduleError(
            f"{job.relative[0]}: jupyter-scheduler knows no dates such as {{today-7d}}; take another scheduler"
        )
    why = "jupyter-scheduler takes files below Lab's own folder alone"
    path = path_inside(job.notebook, job.folder, "notebook", why)
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
