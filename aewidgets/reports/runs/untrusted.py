"""Values of JSON files that others wrote: every one has a type and a largest size here. Opens no file.

What is kept ends in a terminal and in a page, so text loses control characters and marks that turn its direction.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

__all__ = ["bounded", "listed", "matching", "number", "parsed", "plain_name", "seconds", "text", "time", "whole"]

_LONGEST_TEXT, _LONGEST_VALUE, _LONGEST_ALL, _SHORT, _MOST_NAMES, _DEEPEST = 400, 2_000, 16_000, 80, 200, 6
# C0 and C1 without tab and line feed, what turns the direction of text, and halves of UTF-16 pairs.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def parsed(data: bytes | str) -> dict[str, Any]:
    """A JSON object. Infinity and NaN, which JSON does not know, are refused.

    Raises:
        ValueError: for anything else, in words.
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
    """Whether a file name is one that stays in its folder, on every system."""
    return not name.startswith(".") and not set(name) & set('/\\:*?"<>|\n\t') and 0 < len(name) <= 200


def text(value: Any) -> str | None:
    """At most 400 characters."""
    if not isinstance(value, str):
        return None
    cut = value if len(value) <= _LONGEST_TEXT else value[: _LONGEST_TEXT - 1] + "…"
    return _CONTROL.sub("\ufffd", cut)


def matching(value: Any, form: re.Pattern[str]) -> str | None:
    """Text of a form, else None."""
    return value if isinstance(value, str) and form.match(value) else None


def whole(value: Any) -> int | None:
    """A whole number of at most 31 bits."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 else None


def seconds(value: Any) -> float | None:
    """A number that is not negative."""
    found = number(value)
    return found if isinstance(found, int | float) and not isinstance(found, bool) and found >= 0 else None


def time(value: Any) -> str | None:
    """ISO 8601 in UTC, to the second; a time without a zone is taken for UTC."""
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")
    except (TypeError, ValueError, OverflowError):
        return None


def listed(value: Any) -> list[Any]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def bounded(values: Any) -> dict[str, Any]:
    """JSON values by name, so many and so long as a line has room for.

    A value of more than 2,000 characters is named, and its length told in its place; and so is any but a short one
    after 16,000 characters of them. What came out goes in unchanged.
    """
    found: dict[str, Any] = {}
    room = _LONGEST_ALL
    for name, value in list(values.items())[:_MOST_NAMES] if isinstance(values, dict) else ():
        plain = _plain(value)
        size = len(json.dumps(plain))
        if size > max(_SHORT, min(room, _LONGEST_VALUE)):
            plain = f"({size:,} characters, only in the run's files)"
        elif size > _SHORT:
            room -= size
        found[text(name) or ""] = plain
    return found


def number(value: Any) -> Any:
    """A number that a browser's floating point holds, a boolean, or None."""
    if value is None or isinstance(value, bool):
        return value
    try:
        return value if isinstance(value, int | float) and math.isfinite(float(value)) else None
    except OverflowError:
        return None


def _plain(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {text(name) or "": _plain(inner, depth + 1) for name, inner in list(value.items())[:_MOST_NAMES]}
    if isinstance(value, list):
        return [_plain(inner, depth + 1) for inner in value[:_LONGEST_VALUE]]
    return text(value) if isinstance(value, str) else number(value)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
