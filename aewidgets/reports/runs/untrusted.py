"""Checks values from JSON files of unknown origin: each function accepts one type and a largest size. Opens no file.

The values are shown in terminals and pages, so text loses control characters and marks that change its direction.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["bounded", "is_cut", "listed", "matching", "number", "parsed", "plain_name", "seconds", "text", "time",
           "whole"]  # fmt: skip

_ELSEWHERE = " characters, only in the run's files)"  # how the words end that stand for a long value
_LONGEST_TEXT, _LONGEST_VALUE, _LONGEST_ALL, _SHORT, _MOST_NAMES, _DEEPEST = 400, 2_000, 16_000, 80, 200, 6
# C0 and C1 without tab and line feed, marks that change the direction of text, and halves of UTF-16 pairs.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def parsed(data: bytes | str) -> dict[str, Any]:
    """Parse a JSON object. Infinity and NaN, which JSON does not know, are refused.

    Raises:
        ValueError: for anything but a JSON object; the message says why.
    """
    try:
        value = json.loads(data, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, got {type(value).__name__}")
    return value


def plain_name(name: str) -> bool:
    """Return True if a file name stays in its folder on every system."""
    return not name.startswith(".") and not set(name) & set('/\\:*?"<>|\n\t') and 0 < len(name) <= 200


def text(value: Any) -> str | None:
    """Return text, cut to 400 characters; None for any other type."""
    if not isinstance(value, str):
        return None
    cut = value if len(value) <= _LONGEST_TEXT else value[: _LONGEST_TEXT - 1] + "…"
    return _CONTROL.sub("\ufffd", cut)


def matching(value: Any, form: re.Pattern[str]) -> str | None:
    """Return text that matches a pattern from its start, else None."""
    return value if isinstance(value, str) and form.match(value) else None


def whole(value: Any) -> int | None:
    """Return a whole number of at most 31 bits, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 else None


def seconds(value: Any) -> float | None:
    """Return a number that is not negative, else None."""
    found = number(value)
    return found if isinstance(found, int | float) and not isinstance(found, bool) and found >= 0 else None


def time(value: Any) -> str | None:
    """Return an ISO 8601 time in UTC, to the second, else None; a time without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")
    except (TypeError, ValueError, OverflowError):
        return None


def listed(value: Any) -> list[Any]:
    """Return a list; an empty one for any other type."""
    return value if isinstance(value, list) else []


def bounded(values: Any) -> dict[str, Any]:
    """Return JSON values by name, limited in number and in length so that they fit into a line of the index.

    A value of more than 2,000 characters is replaced by its length, as is any value that is not short after the first
    16,000 characters. The result passes unchanged through this function.
    """
    found: dict[str, Any] = {}
    room = _LONGEST_ALL
    for name, value in list(values.items())[:_MOST_NAMES] if isinstance(values, dict) else ():
        plain = _plain(value)
        size = len(json.dumps(plain))
        if size > max(_SHORT, min(room, _LONGEST_VALUE)):
            plain = f"({size:,}{_ELSEWHERE}"
        elif size > _SHORT:
            room -= size
        found[text(name) or ""] = plain
    return found


def is_cut(values: Mapping[str, Any]) -> bool:
    """Return whether `bounded` may have left out something of the values that it returned."""
    return len(values) >= _MOST_NAMES or any(isinstance(v, str) and v.endswith(_ELSEWHERE) for v in values.values())


def number(value: Any) -> Any:
    """Return a number that a browser's floating point can hold, or a boolean; None for anything else."""
    if value is None or isinstance(value, bool):
        return value
    try:
        return value if isinstance(value, int | float) and math.isfinite(float(value)) else None
    except OverflowError:
        return None


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a JSON value with its texts, numbers, lengths and depth limited."""
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {text(name) or "": _plain(inner, depth + 1) for name, inner in list(value.items())[:_MOST_NAMES]}
    if isinstance(value, list):
        return [_plain(inner, depth + 1) for inner in value[:_LONGEST_VALUE]]
    return text(value) if isinstance(value, str) else number(value)


def _refuse(name: str) -> Any:
    """Raise ValueError for a constant that JSON does not know."""
    raise ValueError(f"{name} is not JSON")
