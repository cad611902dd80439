"""Recipes for GitHub Actions: a workflow that runs a report and keeps it. Starts nothing."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from datetime import datetime

from aewidgets.reports.schedules.repositories import package_of, words_in_repository
from aewidgets.reports.schedules.schedule import Job, Recipe, when

__all__ = ["github_workflow"]

_WORKFLOW = """\
# {notebook}, {when}
{next}
#
# Save it as .github/workflows/{name}.yml on the default branch; GitHub ignores schedules on other branches.
# GitHub starts runs late when it is busy, most of all at full hours, skips runs that are due more often than every five
# minutes, and stops the schedules of public repositories after 60 days without activity.
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
{environment}{upload}"""

_UPLOAD = """\
      - name: Keep the report, also a failed one
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: {name}
          path: {out}
          if-no-files-found: warn
"""


def github_workflow(job: Job, now: datetime) -> tuple[Recipe]:
    """Return a workflow for the repository that holds the notebook; its report is kept as an artifact.

    Raises:
        ScheduleError: for files outside the repository, which GitHub's runners do not have.
    """
    words = words_in_repository(job, "GitHub's runners")
    texts = {
        "title": f"Report {job.notebook.name}",
        "cron": job.cron.text,
        "zone": job.zone.key,
        "package": shlex.quote(package_of(job)),
        "command": shlex.join(words),
        "out": job.out,
    }
    # JSON strings are YAML strings. GitHub fills in expressions everywhere, so their brackets are escaped.
    safe = {key: json.dumps(text.replace("${{", "${{ '${{' }}"), ensure_ascii=False) for key, text in texts.items()}
    upload = "" if job.remote else _UPLOAD.format(name=job.name, out=safe["out"])
    lines = when(job, now)
    return (Recipe(f"{job.name}.yml", _WORKFLOW.format(
        notebook=job.notebook.name, when=lines[0], next="\n".join(f"# {line}" for line in lines[1:]), name=job.name,
        upload=upload, environment=_environment(job.variables),
        **{key: safe[key] for key in ("title", "cron", "zone", "package", "command")},
    )),)  # fmt: skip


def _environment(variables: Sequence[str]) -> str:
    """Return the lines that fill variables from the repository's secrets of the same names."""
    lines = [f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in variables]
    return "        env:  # of Settings > Secrets and variables > Actions\n" + "".join(lines) if lines else ""
