"""Recipes for this machine: a crontab, a systemd timer. Starts nothing."""

from __future__ import annotations

import re
import shlex
from datetime import datetime
from pathlib import Path

from aewidgets.reports.schedules.cron import ScheduleError
from aewidgets.reports.schedules.schedule import Job, Recipe, when
from aewidgets.reports.schedules.systemd_calendar import calendar_lines

__all__ = ["BUSY", "crontab", "systemd_units"]

#: Exit code of a crontab's `flock` while the last run is still going on: EX_TEMPFAIL, which no report exits with.
BUSY = 75
_LONGEST_LINE = 998  # characters of a crontab's line, in the crons that have a limit


def crontab(job: Job, now: datetime) -> tuple[Recipe]:
    """Return lines for `crontab -e`; the next run does not start before the last one has ended.

    Raises:
        ScheduleError: for a command that a crontab cannot hold.
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
    zone, (first, *more) = job.zone.key, when(job, now)
    return (Recipe(f"{job.name}.crontab", _lines(
        *_comments(
            f"{job.notebook.name}, {first}", *more, "",
            "crontab -e, then these lines at the end: CRON_TZ holds for all lines after it. cronie knows it (Fedora,",
            f"Arch, SUSE); the crons of Debian, Ubuntu and macOS use the machine's own zone. If that is not {zone},",
            "use --print systemd there.",
            f"flock (util-linux) exits at once with {BUSY} while the last run is still going on. Output: {log}",
            *_needed(job, "lines NAME=value above it, in a crontab that you alone can read"),
        ),
        f"CRON_TZ={zone}",
        line,
    )),)  # fmt: skip


def systemd_units(job: Job, now: datetime) -> tuple[Recipe, ...]:
    """Return a oneshot service and its timer. systemd starts no service that still runs, so runs never overlap.

    If the job tells somebody, a third unit tells of what the run itself cannot: that its process was killed.
    """
    tells = "--notify" in job.options
    said, (first, *more) = job.notebook.name.replace("%", "%%"), when(job, now)
    service = _lines(
        *_comments(
            f"{job.name}.service and {job.name}.timer go into ~/.config/systemd/user/, then:" if not tells else
            f"{job.name}.service, .timer and {job.name}-killed.service go into ~/.config/systemd/user/, then:",
            f"  systemctl --user daemon-reload && systemctl --user enable --now {job.name}.timer",
            "  loginctl enable-linger    # also while you are logged out",
            f"  journalctl --user -u {job.name}    # what it printed",
            *_needed(job, f"~/.config/aewidgets/{job.name}.env, a file of NAME=value with mode 0600"),
        ),
        "[Unit]",
        f"Description=aewidgets report {said}",
        *([f"OnFailure={job.name}-killed.service"] if tells else []),
        "",
        "[Service]",
        "Type=oneshot",
        f"WorkingDirectory={str(job.folder).replace('%', '%%')}",
        *([f"EnvironmentFile=%h/.config/aewidgets/{job.name}.env"] if job.variables else []),
        "ExecStart=" + " ".join(map(_unit_word, job.local_command())),
    )
    timer = _lines(
        *_comments(f"{job.notebook.name}, {first}", *more),
        "[Unit]",
        f"Description=aewidgets report {said}, on a schedule",
        "",
        "[Timer]",
        *(f"OnCalendar={line}" for line in calendar_lines(job.cron, job.zone.key)),
        "# A run that was missed while the machine was off starts once, when the machine is on again.",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    )
    killed = Recipe(f"{job.name}-killed.service", _killed_service(job, said))
    return Recipe(f"{job.name}.service", service), Recipe(f"{job.name}.timer", timer), *([killed] if tells else [])


def _killed_service(job: Job, said: str) -> str:
    """Return the unit that OnFailure= starts, which tells of a run whose process was killed.

    Exit codes from 1 to 6, and 130, are those of a run that has told by itself. Source: systemd.exec(5),
    `$MONITOR_SERVICE_RESULT`, which systemd sets since version 251.
    """
    told = 'case "$MONITOR_SERVICE_RESULT/$MONITOR_EXIT_STATUS" in exit-code/[1-6]|exit-code/130) exit 1;; esac'
    return _lines(
        *_comments(
            f"{job.name}.service starts it by OnFailure=. It tells of runs that were killed: by",
            "kill -9, for want of memory, by a limit of systemd. The run itself has told of other failures; before",
            "systemd 251 they are told twice.",
        ),
        "[Unit]",
        f"Description=tells that aewidgets report {said} was killed",
        "",
        "[Service]",
        "Type=oneshot",
        f"WorkingDirectory={str(job.folder).replace('%', '%%')}",
        *([f"EnvironmentFile=%h/.config/aewidgets/{job.name}.env"] if job.variables else []),
        "ExecCondition=" + " ".join(map(_unit_word, ["/bin/sh", "-c", told])),
        "ExecStart=" + " ".join(map(_unit_word, job.local_command()))
        + ' --tell-only "systemd ended it: ${MONITOR_SERVICE_RESULT}"',
    )  # fmt: skip


def _needed(job: Job, where: str) -> list[str]:
    """Return a line that says where the variables with secrets are put; none without such variables."""
    return [f"It needs {', '.join(job.variables)}: {where}."] if job.variables else []


def _unit_word(word: str) -> str:
    """Quote one word of ExecStart= as in systemd.service(5): % and $ doubled, quotes and backslashes escaped."""
    if re.fullmatch(r"[A-Za-z0-9_./:=@,+-]+", word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _comments(*lines: str) -> list[str]:
    """Return lines as comments."""
    return [f"# {line}".rstrip() for line in lines]


def _lines(*lines: str) -> str:
    """Join lines to the text of a file."""
    return "\n".join(lines) + "\n"
