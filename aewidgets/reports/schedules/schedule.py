"""A scheduled report (`Job`), files for a scheduler (`Recipe`), and what all recipes share. Writes no recipe."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aewidgets.reports.schedules.cron import Cron, ScheduleError
from aewidgets.reports.schedules.times import clock_changes, next_times
from aewidgets.reports.stores.store import TEXTS

__all__ = ["NOTEBOOK", "Job", "Recipe", "path_inside", "repository_of", "when"]

# Variables of this shell that a scheduled run needs too.
_KEPT = ("AEWIDGETS_DATA", "KERAS_BACKEND", "TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")
#: The word for the folder of the notebook, as `execution.folders` has it.
NOTEBOOK = "notebook"
_DAY = "%a %Y-%m-%d %H:%M %Z"


@dataclass(frozen=True)
class Recipe:
    """One file for a scheduler: its name, its text, and how to install it, if the text cannot say so itself."""

    name: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Job:
    """A report and its schedule. A ScheduleError is raised for text that is not printable or not on one line.

    Attributes:
        notebook: absolute path of the notebook.
        cron: cron expression of its times.
        zone: time zone of these times.
        out: folder or URL of all runs, as it was given.
        folder: absolute path of the working directory of the command; a bundled notebook runs there, any other in its
            own folder.
        texts: parameters as the command line takes them.
        values: all given parameters, checked, as Python's own types; relative dates as they were written.
        relative: names of the parameters that hold relative dates, such as `{today-7d}`.
        file: absolute path of a YAML file with parameters.
        options: further options of `aewidgets report`, checked: `("--require", "psnr_db >= 30")`.
        variables: variables with secrets that the run needs, whose values no recipe holds.
        cwd: folder in which the notebook runs, as it was given; `notebook` for its own.
        bundled: name of the notebook, if it comes with the package.
        python: path of the interpreter.
        environment: variables of this shell that the run needs.
    """

    notebook: Path
    cron: Cron
    zone: ZoneInfo
    out: str
    folder: Path
    texts: Sequence[tuple[str, str]] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    relative: Sequence[str] = ()
    file: Path | None = None
    options: Sequence[str] = ()
    variables: Sequence[str] = ()
    cwd: str | None = None
    bundled: str | None = None
    python: str = sys.executable
    environment: Mapping[str, str] = field(default_factory=lambda: {n: os.environ[n] for n in _KEPT if n in os.environ})

    def __post_init__(self) -> None:
        parts = [str(self.notebook), self.out, str(self.folder), str(self.file or ""), self.python, *self.options]
        parts += [self.cwd or ""]
        parts += [part for pair in (*self.texts, *self.environment.items()) for part in pair]
        for text in parts:
            if not text.isprintable():
                raise ScheduleError(
                    f"expected text on one line without control characters, got {text!r}; "
                    "put such parameters into a file and name it with --file"
                )

    @property
    def name(self) -> str:
        """Name of units, DAGs and locks, in letters, digits and hyphens; it differs for other parameters."""
        stem = re.sub(r"[^A-Za-z0-9]+", "-", self.notebook.stem).strip("-") or "report"
        given = json.dumps([list(map(list, self.texts)), str(self.file or "")])
        ending = f"-{hashlib.sha256(given.encode()).hexdigest()[:6]}" if self.texts or self.file else ""
        return f"aewidgets-{stem}{ending}"

    @property
    def text(self) -> bool:
        """True if the notebook is a script or Markdown, which Jupytext reads."""
        return self.notebook.suffix in TEXTS

    @property
    def extras(self) -> str:
        """The extras of this package that the job needs, as pip takes them: `[report,s3]`."""
        wanted = {"report": True, "s3": self.out.startswith("s3://"), "jupytext": self.text}
        return f"[{','.join(name for name, needed in wanted.items() if needed)}]"

    @property
    def remote(self) -> bool:
        """True if the runs go to a URL."""
        return "://" in self.out

    def command(
        self, notebook: str, out: str, file: str | None, start: Sequence[str] = ("aewidgets",), cwd: str | None = None
    ) -> list[str]:
        """Return the words of the command that runs the report; `cwd` is where, as its machine names the folder."""
        words = [*start, "report", notebook, "--out", out]
        words += ["--file", file] if file else []
        for name, text in self.texts:
            words += ["-p", name, text]
        words += ["--cwd", cwd] if cwd else []
        return [*words, "--timezone", self.zone.key, *self.options, "--quiet"]

    def local_words(self) -> list[str]:
        """Return the words of the command on this machine, which works in any folder; it sets no environment."""
        start = (self.python, "-m", "aewidgets")
        cwd = self.cwd if self.cwd in (None, NOTEBOOK) else str(self.folder / str(self.cwd))
        cwd = cwd or ("." if self.bundled else None)
        return self.command(str(self.notebook), self.local_out, str(self.file) if self.file else None, start, cwd)

    def local_command(self) -> list[str]:
        """Return `local_words` after an `env` that sets the job's variables, so that any environment will do."""
        settings = [f"{name}={value}" for name, value in self.environment.items()]
        return ["/usr/bin/env", *settings, *self.local_words()] if settings else self.local_words()

    @property
    def local_out(self) -> str:
        """URL, or absolute path, of all runs."""
        return self.out if self.remote else str(self.folder / self.out)


def when(job: Job, now: datetime) -> list[str]:
    """Return lines about a job's times: the expression with its zone, the next three, and those that clocks change."""
    zone = job.zone.key
    lines = [f"{job.cron.text} in {zone}; next:"]
    lines += [f"  {moment.strftime(_DAY)}" for moment in next_times(job.cron, job.zone, now)]
    for moment, skipped in clock_changes(job.cron, job.zone, now):
        how = "does not come" if skipped else "comes twice"
        lines.append(f"{moment:%Y-%m-%d %H:%M} {how}, because clocks change; schedulers differ in what they do then.")
    return lines


def repository_of(path: Path) -> Path | None:
    """Return the git checkout that holds a file; None if there is none."""
    return next((folder for folder in path.parents if (folder / ".git").exists()), None)


def path_inside(path: Path, root: Path | None, what: str, why: str) -> str:
    """Return a file's path relative to a folder, with `/` between its parts.

    Raises:
        ScheduleError: for a file outside the folder; the message begins with `what` and ends with `why`.
    """
    if root is None or not path.is_relative_to(root):
        where = f"inside {root}" if root else "in a git repository"
        raise ScheduleError(f"{what}: expected a file {where}, got {path}; {why}")
    return path.relative_to(root).as_posix()
