"""What is run on a schedule: a report, its times, and the files that other programs are given. Writes no recipe."""

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

__all__ = ["Job", "Recipe", "path_inside", "repository_of", "when"]

_KEPT = ("AEWIDGETS_DATA", "KERAS_BACKEND", "TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")
_DAY = "%a %Y-%m-%d %H:%M %Z"


@dataclass(frozen=True)
class Recipe:
    """One file: its name, its text, and what to do with it where the text cannot say so itself."""

    name: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Job:
    """A report and its schedule. Every text is printable and on one line, or a ScheduleError is raised.

    Attributes:
        notebook: an absolute path.
        cron, zone: when.
        out: a folder or a URL, as it was given.
        folder: where it runs, so that paths among the parameters mean what they say; absolute.
        texts: parameters as the command line takes them.
        values: all that are given, checked, as Python's own types.
        file: a YAML file with parameters, absolute.
        options: others of `aewidgets report`, checked: `("--require", "psnr_db >= 30")`.
        bundled: the notebook's name among those that come with the package.
        python: the interpreter.
        environment: what the run needs of this shell's variables.
    """

    notebook: Path
    cron: Cron
    zone: ZoneInfo
    out: str
    folder: Path
    texts: Sequence[tuple[str, str]] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    options: Sequence[str] = ()
    bundled: str | None = None
    python: str = sys.executable
    environment: Mapping[str, str] = field(default_factory=lambda: {n: os.environ[n] for n in _KEPT if n in os.environ})

    def __post_init__(self) -> None:
        told = [str(self.notebook), self.out, str(self.folder), str(self.file or ""), self.python, *self.options]
        told += [part for pair in (*self.texts, *self.environment.items()) for part in pair]
        for text in told:
            if not text.isprintable():
                raise ScheduleError(
                    f"expected text on one line without control characters, got {text!r}; "
                    "put such parameters into a file and name it with --file"
                )

    @property
    def name(self) -> str:
        """Of units, DAGs and locks: letters, digits and hyphens; other parameters, another name."""
        stem = re.sub(r"[^A-Za-z0-9]+", "-", self.notebook.stem).strip("-") or "report"
        given = json.dumps([list(map(list, self.texts)), str(self.file or "")])
        told = f"-{hashlib.sha256(given.encode()).hexdigest()[:6]}" if self.texts or self.file else ""
        return f"aewidgets-{stem}{told}"

    @property
    def remote(self) -> bool:
        """Whether runs go to a URL."""
        return "://" in self.out

    def command(self, notebook: str, out: str, file: str | None, start: Sequence[str] = ("aewidgets",)) -> list[str]:
        """The words of the report's command."""
        words = [*start, "report", notebook, "--out", out]
        words += ["--file", file] if file else []
        for name, text in self.texts:
            words += ["-p", name, text]
        return [*words, *self.options, "--quiet"]

    def local_words(self) -> list[str]:
        """The same on this machine, whatever the folder and the path that it is called in; sets no environment."""
        start = (self.python, "-m", "aewidgets")
        return self.command(str(self.notebook), self.local_out, str(self.file) if self.file else None, start)

    def local_command(self) -> list[str]:
        """`local_words`, whatever the environment that they are called in."""
        settings = [f"{name}={value}" for name, value in self.environment.items()]
        return ["/usr/bin/env", *settings, *self.local_words()] if settings else self.local_words()

    @property
    def local_out(self) -> str:
        """The URL, or an absolute path."""
        return self.out if self.remote else str(self.folder / self.out)


def when(job: Job, now: datetime) -> list[str]:
    """Lines that say when it runs: the expression with its zone, the next three times, and what clocks do to it."""
    zone = job.zone.key
    lines = [f"{job.cron.text} in {zone}; next:"]
    lines += [f"  {moment.strftime(_DAY)}" for moment in next_times(job.cron, job.zone, now)]
    for moment, skipped in clock_changes(job.cron, job.zone, now):
        how = "does not come" if skipped else "comes twice"
        lines.append(f"{moment:%Y-%m-%d %H:%M} {how}, for clocks change; schedulers differ in what they do then.")
    return lines


def repository_of(path: Path) -> Path | None:
    """The git checkout that holds a file, if one does."""
    return next((folder for folder in path.parents if (folder / ".git").exists()), None)


def path_inside(path: Path, root: Path | None, what: str, why: str) -> str:
    """A file's path below a folder, with `/` between its parts.

    Raises:
        ScheduleError: for a file elsewhere, which begins with `what` and ends with `why`.
    """
    if root is None or not path.is_relative_to(root):
        where = f"inside {root}" if root else "in a git repository"
        raise ScheduleError(f"{what}: expected a file {where}, got {path}; {why}")
    return path.relative_to(root).as_posix()
