"""Finds the next times of a cron expression in a time zone, and those that a change of clocks affects. Runs nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aewidgets.reports.schedules.cron import Cron, ScheduleError

__all__ = ["clock_changes", "machine_zone", "next_times", "time_zone"]

_HORIZON = 3660  # days to search: around 2100 there is no 29th of February for eight years


def time_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name in the IANA database, such as Europe/Berlin.

    Raises:
        ScheduleError: if there is no such zone; the message names the nearest.
    """
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    try:
        if name not in available_timezones():  # also keeps paths from being looked up
            raise ZoneInfoNotFoundError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(name, sorted(available_timezones()), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "names are like Europe/Berlin; on Windows: pip install tzdata"
        raise ScheduleError(f"no time zone {name!r}; {hint}") from None


def machine_zone() -> ZoneInfo | None:
    """Return the time zone of this machine; None if it has no name that the IANA database knows.

    It is what the variable TZ says, else where /etc/localtime leads.
    """
    from zoneinfo import available_timezones

    said = os.environ.get("TZ", "").lstrip(":")
    name = said or os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name) if name in available_timezones() else None
    return None


def next_times(cron: Cron, zone: ZoneInfo, after: datetime, count: int = 3) -> tuple[datetime, ...]:
    """Return the next times of an expression, in the zone.

    A time that a change of clocks skips is left out; one that comes twice counts once.

    Args:
        cron: the expression.
        zone: time zone in which it is read.
        after: a moment with a time zone; all times are later.
        count: largest number of times.
    """
    found: list[datetime] = []
    for moment in _local_times(cron, after.astimezone(zone).date()):
        aware = moment.replace(tzinfo=zone)
        if aware.astimezone(UTC) > after.astimezone(UTC) and not _skipped(aware):
            found.append(aware)
            if len(found) == count:
                break
    return tuple(found)


def clock_changes(cron: Cron, zone: ZoneInfo, after: datetime, days: int = 366) -> tuple[tuple[datetime, bool], ...]:
    """Return the first time of the coming days that a change of clocks skips (True) and that it repeats (False)."""
    found: dict[bool, datetime] = {}
    start = after.astimezone(zone).date()
    for moment in _local_times(cron, start, days):
        aware = moment.replace(tzinfo=zone)
        if aware.utcoffset() != aware.replace(fold=1).utcoffset():
            found.setdefault(_skipped(aware), aware)
    return tuple(sorted((moment, skipped) for skipped, moment in found.items()))


def _local_times(cron: Cron, start: date, days: int = _HORIZON) -> Iterator[datetime]:
    """Yield the matching readings of the wall clock, in order, from the beginning of a day."""
    for number in range(days):
        day = start + timedelta(number)
        if cron.on(day):
            for hour in cron.hours:
                for minute in cron.minutes:
                    yield datetime(day.year, day.month, day.day, hour, minute)


def _skipped(moment: datetime) -> bool:
    """Return True if clocks jump over this reading."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) != moment.replace(tzinfo=None)
