"""Parses and checks cron expressions. Knows no time zones and writes no recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["WEEKDAYS", "Cron", "ScheduleError", "parse_cron"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Names of weekdays in cron expressions, by number.
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Name, least and largest value, and the numbers of words. Sunday is 0 and 7.
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(WEEKDAYS)}),
)
_SHORT = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
_LONGEST = 200  # characters of the longest expression that is accepted


class ScheduleError(ValueError):
    """Raised for a schedule that cannot be kept; the message lists everything that is wrong with it."""


@dataclass(frozen=True)
class Cron:
    """A cron expression of five fields.

    Attributes:
        text: the expression in digits alone, without names or a 7 for Sunday, so that every cron reads the same.
        minutes: matching minutes, in order.
        hours: matching hours, in order.
        days: matching days of the month, in order.
        months: matching months, in order.
        weekdays: matching days of the week, in order; Sunday is 0.
        either_day: whether one of day of the month and day of the week is enough, which is cron's rule if both are
            given.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either_day: bool

    def on(self, day: date) -> bool:
        """Return True if the expression matches some time of that day."""
        matches = (day.day in self.days, day.isoweekday() % 7 in self.weekdays)
        return day.month in self.months and (any(matches) if self.either_day else all(matches))


def parse_cron(text: str) -> Cron:
    """Parse `minute hour day-of-month month day-of-week`, or a short form such as `@daily`.

    Numbers, names of months and weekdays, lists `1,3`, ranges `1-5`, steps `*/15` and `8-18/2` are accepted. If day
    of the month and day of the week are both given, either is enough.

    Raises:
        ScheduleError: for any other text, for days that no year has, and for the one case in which crons disagree:
            both days given, one of them as `*/n` or as every day there is.
    """
    if len(text) > _LONGEST:
        raise ScheduleError(f"expected a cron expression of five fields, got {len(text)} characters")
    parts = _SHORT.get(text.strip().lower(), text).split()
    if len(parts) != 5 or parts[0].startswith("@"):
        raise ScheduleError(
            f"expected five fields, minute, hour, day of the month, month and day of the week, got {len(parts)} in "
            f"{text!r}; 6 o'clock on Mondays is '0 6 * * 1'"
        )
    found, wrong = [], []
    for part, field in zip(parts, _FIELDS, strict=True):
        try:
            found.append(_values(part, *field))
        except ScheduleError as error:
            wrong.append(str(error))
    if wrong:
        raise ScheduleError("\n".join(wrong))
    minutes, hours, days, months, weekdays = found
    both = parts[2] != "*" and parts[4] != "*"
    if both and (parts[2][0] == "*" or parts[4][0] == "*" or len(days) == 31 or len(weekdays) == 7):
        raise ScheduleError(
            f"{parts[2]!r} as day of the month beside {parts[4]!r} as day of the week: some crons take the days that "
            "match both, others those that match either; write * for one of them, or name the days"
        )
    plain = [part if set(part) <= set("0123456789*/,-") else _listed(values)
             for part, values in zip(parts[:4], found[:4], strict=True)]  # fmt: skip
    plain.append(parts[4] if set(parts[4]) <= set("0123456*/,-") else _listed(weekdays))
    cron = Cron(" ".join(plain), minutes, hours, days, months, weekdays, both)
    if not any(cron.on(date(2096, 1, 1) + timedelta(n)) for n in range(366)):  # a leap year
        raise ScheduleError(f"{text!r} never comes: no year has such a day")
    return cron


def _values(part: str, name: str, least: int, largest: int, words: Mapping[str, int]) -> tuple[int, ...]:
    """Return the values that one field of an expression matches, in order."""
    found: set[int] = set()
    for item in part.split(","):
        span, slash, step_text = item.partition("/")
        step = _number(step_text, item, name, 1, largest, {}) if slash else 1
        if span == "*":
            first, last = least, largest - (name == "day of the week")
        else:
            start, dash, end = span.partition("-")
            first = _number(start, item, name, least, largest, words)
            if slash and not dash:
                raise ScheduleError(f"{name}: a step needs a range; instead of {item!r} write {start}-{largest}/{step}")
            last = _number(end, item, name, least, largest, words) if dash else first
        if first > last:
            raise ScheduleError(f"{name}: the range {item!r} ends before it begins; write it as two")
        found |= {value % 7 if name == "day of the week" else value for value in range(first, last + 1, step)}
    return tuple(sorted(found))


def _number(text: str, item: str, name: str, least: int, largest: int, words: Mapping[str, int]) -> int:
    """Return the number that digits or a word in a field mean."""
    if text.lower() in words:
        return words[text.lower()]
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= largest):
        also = f" or {', '.join(words)}" if words else ""
        raise ScheduleError(f"{name}: expected {least} to {largest}{also}, got {text!r} in {item!r}")
    return int(text)


def _listed(values: tuple[int, ...]) -> str:
    """Return values as a field of an expression."""
    return ",".join(map(str, values))
