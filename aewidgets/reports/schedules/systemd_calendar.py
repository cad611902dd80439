"""Turns cron expressions into systemd's calendar events. Writes no unit."""

from __future__ import annotations

from aewidgets.reports.schedules.cron import WEEKDAYS, Cron

__all__ = ["calendar_lines"]


def calendar_lines(cron: Cron, zone: str) -> tuple[str, ...]:
    """Return a cron expression as systemd's calendar events.

    There are two events if either day is enough, because one event of systemd needs both days to match.

    Source: systemd.time(7), "Calendar events".
    """
    names = [WEEKDAYS[n].title() for n in (1, 2, 3, 4, 5, 6, 0)]
    chosen = sorted((n - 1) % 7 for n in cron.weekdays)
    weekdays = "" if len(chosen) == 7 else ",".join(_runs(chosen, names)) + " "
    months = _padded(cron.months, 1, 12)
    days = _padded(cron.days, 1, 31)
    time = f"{_padded(cron.hours, 0, 23)}:{_padded(cron.minutes, 0, 59)}:00 {zone}"
    if cron.either_day:
        return (f"*-{months}-{days} {time}", f"{weekdays}*-{months}-* {time}")
    return (f"{weekdays}*-{months}-{days} {time}",)


def _padded(values: tuple[int, ...], least: int, largest: int) -> str:
    """Return values in two digits each, ranges as `first..last`; `*` for all of them."""
    every = [f"{value:02d}" for value in range(least, largest + 1)]
    chosen = [value - least for value in values]
    return "*" if len(chosen) == len(every) else ",".join(_runs(chosen, every))


def _runs(chosen: list[int], names: list[str]) -> list[str]:
    """Return the names of the chosen numbers, three or more in a row as `first..last`."""
    runs: list[list[int]] = []
    for number in chosen:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [f"{names[run[0]]}..{names[run[-1]]}" if len(run) > 2 else ",".join(names[n] for n in run) for run in runs]
