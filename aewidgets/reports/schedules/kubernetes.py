"""Recipes for Kubernetes: a CronJob that runs a report into an object store. Starts nothing."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from datetime import datetime
from pathlib import Path

from aewidgets.reports.schedules.cron import ScheduleError
from aewidgets.reports.schedules.schedule import NOTEBOOK, Job, Recipe, when

__all__ = ["kubernetes_cron_job"]

_CRON_JOB = """\
# {notebook}, {when}
{next}
#
{steps}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
spec:
  schedule: {cron}
  timeZone: {zone}
  concurrencyPolicy: Forbid  # the next run does not start before the last one has ended
  jobTemplate:
    spec:
      backoffLimit: 0  # a run that failed has told why; --retries repeats what may pass
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: report
              image: python:3.12-slim
              workingDir: /tmp
              command: ["sh", "-c", {command}]
{environment}{mounts}"""

_MOUNTS = """\
              volumeMounts:
                - name: files
                  mountPath: /files
                  readOnly: true
          volumes:
            - name: files
              configMap:
                name: {name}
"""
_LONGEST = 52  # characters of a CronJob's name: Kubernetes adds eleven to the names of its jobs


def kubernetes_cron_job(job: Job, now: datetime) -> tuple[Recipe]:
    """Return a CronJob. Notebook and YAML file go into a ConfigMap, variables with secrets come from a Secret.

    Raises:
        ScheduleError: for runs in a folder, which would be gone with the pod.
    """
    if not job.remote:
        raise ScheduleError(f"--out: expected a URL such as s3://bucket/runs, got {job.out}; a pod keeps no folder")
    name = _name(job)
    files = [path for path in (None if job.bundled else job.notebook, job.file) if path]
    notebook = job.bundled or f"/files/{_key(job.notebook)}"
    if job.cwd not in (None, NOTEBOOK) and not str(job.cwd).startswith("/"):
        raise ScheduleError(f"--cwd: expected an absolute path in the pod, or {NOTEBOOK}, got {job.cwd}")
    file, start = f"/files/{_key(job.file)}" if job.file else None, ("exec", "aewidgets")
    words = job.command(notebook, job.out, file, start, job.cwd)
    command = f"python -m pip install {shlex.quote('aewidgets' + job.extras)} && {shlex.join(words)}"
    steps = []
    if files:
        sources = " ".join(f"--from-file={_key(path)}={shlex.quote(str(path))}" for path in files)
        steps.append(f"kubectl create configmap {name} {sources}    # up to 1 MiB")
    if job.variables:
        values = " ".join(f'--from-literal={variable}="${variable}"' for variable in job.variables)
        steps.append(f"kubectl create secret generic {name} {values}")
    lines = when(job, now)
    return (Recipe(f"{name}.yaml", _CRON_JOB.format(
        notebook=job.notebook.name, when=lines[0], next="\n".join(f"# {line}" for line in lines[1:]), name=name,
        steps="\n".join(f"# {line}" for line in (*steps, f"kubectl apply -f {name}.yaml")),
        cron=json.dumps(job.cron.text), zone=json.dumps(job.zone.key),
        command=json.dumps(command.replace("$", "$$"), ensure_ascii=False),  # Kubernetes fills in $(NAME)
        environment=_environment(name, job), mounts=_MOUNTS.format(name=name) if files else "",
    )),)  # fmt: skip


def _name(job: Job) -> str:
    """Return the name of the CronJob: lower case, short enough, and as different as the job's own."""
    name = job.name.lower()
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 7].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _key(path: Path) -> str:
    """Return the name of a file in the ConfigMap, in the characters that Kubernetes takes."""
    return re.sub(r"[^-._a-zA-Z0-9]", "-", path.name)


def _environment(name: str, job: Job) -> str:
    """Return the lines that fill variables from a Secret."""
    lines = ["              env:\n"] * bool(job.variables)
    for variable in job.variables:
        lines.append(f"                - name: {variable}\n                  valueFrom:\n")
        lines.append(f"                    secretKeyRef: {{name: {name}, key: {variable}}}\n")
    return "".join(lines)
