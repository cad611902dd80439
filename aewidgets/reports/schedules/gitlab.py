"""Recipes for GitLab CI: a job of a pipeline schedule that runs a report and keeps it. Starts nothing."""

from __future__ import annotations

import json
import shlex
from datetime import datetime

from aewidgets.reports.schedules.repositories import package_of, words_in_repository
from aewidgets.reports.schedules.schedule import Job, Recipe, when

__all__ = ["gitlab_job"]

_JOB = """\
# {notebook}, {when}
{next}
#
# Put it into .gitlab-ci.yml, or `include: {name}.gitlab-ci.yml` there. Then Build > Pipeline schedules > New schedule:
#   interval pattern {cron}, time zone {zone}, variable AEWIDGETS_REPORT with the value {name}
{variables}{name}:
  image: python:3.12-slim
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule" && $AEWIDGETS_REPORT == "{name}"
  resource_group: {name}  # one run at a time
  timeout: 2 hours
  script:
    - {install}
    - {command}
{artifacts}"""

_ARTIFACTS = """\
  artifacts:  # the report, also a failed one
    when: always
    paths:
      - {out}
"""


def gitlab_job(job: Job, now: datetime) -> tuple[Recipe]:
    """Return a job for the repository that holds the notebook; its report is kept as an artifact.

    Raises:
        ScheduleError: for files outside the repository, which GitLab's runners do not have.
    """
    command = shlex.join(words_in_repository(job, "GitLab's runners"))
    install = f"python -m pip install {shlex.quote(package_of(job))}"
    lines = when(job, now)
    needed = f"# Settings > CI/CD > Variables, masked: {', '.join(job.variables)}\n" if job.variables else ""
    # JSON strings are YAML strings. GitLab fills variables into the paths of artifacts, and nothing into a script.
    out = json.dumps(job.out.replace("$", "$$"), ensure_ascii=False)
    return (Recipe(f"{job.name}.gitlab-ci.yml", _JOB.format(
        notebook=job.notebook.name, when=lines[0], next="\n".join(f"# {line}" for line in lines[1:]), name=job.name,
        cron=job.cron.text, zone=job.zone.key, variables=needed, install=json.dumps(install, ensure_ascii=False),
        command=json.dumps(command, ensure_ascii=False), artifacts="" if job.remote else _ARTIFACTS.format(out=out),
    )),)  # fmt: skip
