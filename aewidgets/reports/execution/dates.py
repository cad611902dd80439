"""Reads the relative dates among the parameters of a run that starts now. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from aewidgets.reports.parameters.dates import expanded
from aewidgets.reports.parameters.types import as_json_value
from aewidgets.reports.schedules.times import machine_zone, time_zone

__all__ = ["Dates", "dated", "local_start"]


class Dates(NamedTuple):
    """Relative dates among the parameters of a run.

    Attributes:
        written: the parameters that had some, as they were written, as JSON.
        today: the day that counts as today.
        zone: time zone in which it does, in words.
    """

    written: dict[str, Any]
    today: date
    zone: str


def dated(parameters: Mapping[str, Any], timezone: str | None) -> tuple[dict[str, Any], Dates | None]:
    """Return parameters with dates in place of relative ones, and these as a record keeps them; None without any.

    Args:
        parameters: parameters by name, not checked yet.
        timezone: name of the time zone whose day counts; None for that of this machine.

    Raises:
        ParameterError: for text that looks like a date and is none.
        ScheduleError: (a ValueError) if there is no such time zone.
    """
    zone = None if timezone is None else time_zone(timezone)
    now = datetime.now(UTC).astimezone(zone)
    values, written = expanded(parameters, now.date())
    if not written:
        return values, None
    where = timezone or f"this machine's, UTC{now.isoformat()[-6:]}"
    return values, Dates(as_json_value(written), now.date(), where)


def local_start(started: str, timezone: str | None) -> tuple[str, str | None]:
    """Return the start of a run as a clock showed it, and the name of that clock's time zone, if it has one.

    Args:
        started: the start, ISO 8601, UTC.
        timezone: name of the time zone; None for that of this machine.
    """
    zone = machine_zone() if timezone is None else time_zone(timezone)
    local = datetime.fromisoformat(started).astimezone(zone)
    return local.isoformat(timespec="seconds"), None if zone is None else zone.key
