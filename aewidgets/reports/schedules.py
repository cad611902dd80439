"""What is run on a schedule, and the recipes for this machine: a crontab, a systemd timer. Starts nothing.

Recipes for other people's schedulers are in schedules_elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aewidgets.reports.cron import Cron, ScheduleError, calendar_lines, clock_changes, next_times

__all__ = ["BUSY", "Job", "Recipe", "crontab", "repository_of", "systemd_units", "when"]

#: What a crontab's `flock` exits with where the last run is still going on: EX_TEMPFAIL, and none of our codes.
BUSY = 75
_LONGEST_LINE = 998  # of a crontab, in the crons that have a limit
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

    def local_command(self) -> list[str]:
        """The same on this machine, whatever the folder, the path and the environment that it is called in."""
        start = (self.python, "-m", "aewidgets")
        words = self.command(str(self.notebook), self.local_out, str(self.file) if self.file else None, start)
        settings = [f"{name}={value}" for name, value in self.environment.items()]
        return ["/usr/bin/env", *settings, *words] if settings else words

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


def crontab(job: Job, now: datetime) -> tuple[Recipe]:
    """Lines for `crontab -e`; a run that still goes on keeps the next from starting.

    Raises:
        ScheduleError: for what a crontab cannot hold.
    """
    folder = Path.home() / ".local" / "state" / "aewidgets" if job.remote else Path(job.local_out)
    lock, log = folder / f".{job.name}.lock", folder / f"{job.name}.log"
    words = ["flock", "-n", "-E", str(BUSY), str(lock), *job.local_command()]
    line = (
        f"cd {shlex.quote(str(job.folder))} && mkdir -p {shlex.quote(str(folder))} && "
        f"{shlex.join(words)} >> {shlex.quote(str(log))} 2>&1"
    )
    if "\\" in line:
        raise ScheduleError("crons read backslashes in ways of their own; put such parameters into a --file")
    line = f"{job.cron.text} {line.replace('%', chr(92) + '%')}"  # a bare % ends the command
    if len(line) > _LONGEST_LINE:
        raise ScheduleError(
            f"expected a line of {_LONGEST_LINE} characters at most, as crons take it, got {len(line)}; "
            "put parameters into a --file"
        )
    zone = job.zone.key
    return (Recipe(f"{job.name}.crontab", _lines(
        *_comments(
            f"{job.notebook.name}, {when(job, now)[0]}", *when(job, now)[1:], "",
            "crontab -e, then these lines at the end: CRON_TZ holds for all that follow it. cronie knows it (Fedora,",
            f"Arch, SUSE); the crons of Debian, Ubuntu and macOS go by the machine's own zone. If that is not {zone},",
            "take --print systemd there.",
            f"flock (util-linux) ends at once, with {BUSY}, while the last run still goes on. Output: {log}",
        ),
        f"CRON_TZ={zone}",
        line,
    )),)  # fmt: skip


def systemd_units(job: Job, now: datetime) -> tuple[Recipe, Recipe]:
    """A oneshot service and its timer. systemd starts no service that is still running, so nothing overlaps."""
    said = job.notebook.name.replace("%", "%%")
    service = _lines(
        *_comments(
            f"{job.name}.service and {job.name}.timer go into ~/.config/systemd/user/, then:",
            f"  systemctl --user daemon-reload && systemctl --user enable --now {job.name}.timer",
            "  loginctl enable-linger    # also while you are logged out",
            f"  journalctl --user -u {job.name}    # what it printed",
        ),
        "[Unit]",
        f"Description=aewidgets report {said}",
        "",
        "[Service]",
        "Type=oneshot",
        f"WorkingDirectory={str(job.folder).replace('%', '%%')}",
        "ExecStart=" + " ".join(map(_unit_word, job.local_command())),
    )
    timer = _lines(
        *_comments(f"{job.notebook.name}, {when(job, now)[0]}", *when(job, now)[1:]),
        "[Unit]",
        f"Description=aewidgets report {said}, on a schedule",
        "",
        "[Timer]",
        *(f"OnCalendar={line}" for line in calendar_lines(job.cron, job.zone.key)),
        "# A run that was missed while the machine was off is made up for, once.",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    )
    return Recipe(f"{job.name}.service", service), Recipe(f"{job.name}.timer", timer)


def repository_of(path: Path) -> Path | None:
    """The git checkout that holds a file, if one does."""
    return next((folder for folder in path.parents if (folder / ".git").exists()), None)


def _unit_word(word: str) -> str:
    """One word of ExecStart=, as systemd.service(5) wants it: % and $ doubled, quotes and backslashes escaped."""
    if re.fullmatch(r"[A-Za-z0-9_./:=@,+-]+", word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _comments(*lines: str) -> list[str]:
    return [f"# {line}".rstrip() for line in lines]


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
