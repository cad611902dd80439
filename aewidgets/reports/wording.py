"""Says moments, durations and numbers in words, as pages and notices show them. Reads no file."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

__all__ = ["change_in_words", "duration_in_words", "moment_in_words", "number_in_words"]

# strftime would follow the locale of the process.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_MINUS = "\N{MINUS SIGN}"


def duration_in_words(seconds: float) -> str:
    """Return a duration in words: `4.2 s`, `3 min 5 s`, `2 h 10 min`."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds) // 60
    return f"{minutes} min {round(seconds) % 60} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def moment_in_words(moment: Any, zone: str | None = None) -> str:
    """Return a time in words: `Monday 30 November 2026, 07:00, Europe/Berlin (UTC+1)`.

    Args:
        moment: a time in ISO 8601, with its difference from UTC; without one it is taken as UTC. Anything else is
            "at an unknown time".
        zone: name of its time zone; None for the difference alone.
    """
    try:
        time = datetime.fromisoformat(moment)
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        offset = time.strftime("%z")
    except (TypeError, ValueError):
        return "at an unknown time"
    day = f"{_DAYS[time.weekday()]} {time.day} {_MONTHS[time.month - 1]} {time.year}, {time:%H:%M}"
    hours, minutes = offset[:3].replace("-", _MINUS).replace("+0", "+").replace(f"{_MINUS}0", _MINUS), offset[3:5]
    shift = "UTC" if offset[1:] == "0000" else f"UTC{hours}" + f":{minutes}" * (minutes != "00")
    return f"{day}, {zone} ({shift})" if zone and zone.rpartition("/")[2] != "UTC" else f"{day}, {shift}"


def number_in_words(value: float) -> str:
    """Return a number with four digits, thousands apart, as the index writes it: `1,234,567`, `0.1235`, `1.20e−7`.

    Infinity and NaN, which no file of a run holds, are words too.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "infinite", -math.inf: f"{_MINUS}infinite"}.get(value, "not a number")
    if value < 0:
        return f"{_MINUS}{number_in_words(-value)}"
    if value >= 10**300:
        return f"about 10^{len(str(value)) - 1}" if isinstance(value, int) else f"{value:.2e}"
    if value == int(value) and value < 1e9:
        return f"{int(value):,}"
    if value >= 1e6 or value < 1e-3:
        mantissa, exponent = f"{float(value):.2e}".split("e")
        return f"{mantissa}e{int(exponent):+d}".replace("-", _MINUS)
    rounded = float(f"{value:.4g}")
    if rounded == int(rounded):
        return f"{int(rounded):,}"
    return f"{rounded:,.{max(0, 3 - _magnitude(rounded))}f}".rstrip("0")


def change_in_words(difference: float, digits: int = 3) -> str:
    """Return a difference with its sign and some digits: `+0.52`, `−1.2`."""
    sign = _MINUS if difference < 0 else "+"
    return sign + number_in_words(float(f"{abs(difference):.{digits}g}"))


def _magnitude(value: float) -> int:
    """Return the power of ten of a positive number: 0 for 1 to 9.99, 2 for 100, -1 for 0.1."""
    return int(f"{value:e}".split("e")[1])
