"""Short texts of results, as a notebook shows the last value of a cell: arrays by their shapes, lists by their lengths.

A result type takes it by the decorator `shown_briefly`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

__all__ = ["LONGEST", "brief", "shown_briefly"]

T = TypeVar("T", bound=type)

LONGEST = 300  # characters of a text, at most
_WORD, _FEW = 40, 3


def brief(value: Any) -> str:
    """Return a text of at most `LONGEST` characters for a dataclass or a named tuple: its fields, shortened."""
    names = [field.name for field in fields(value) if field.repr] if is_dataclass(value) else list(value._fields)
    begin = f"{type(value).__name__}("
    shown: list[str] = []
    for name in names:
        part = f"{name}={_short(getattr(value, name))}"
        if len(begin) + sum(map(len, shown)) + 2 * len(shown) + len(part) + 6 > LONGEST:
            shown.append("...")
            break
        shown.append(part)
    return f"{begin}{', '.join(shown)})"


def shown_briefly(kind: T) -> T:
    """Give a dataclass or a named tuple the text that `brief` returns, as a decorator."""
    kind.__repr__ = brief  # type: ignore[method-assign,assignment]
    return kind


def _short(value: Any) -> str:
    """Return a short text for the value of a field."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{value.dtype} {tuple(value.shape)}"
    if is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__}(...)"
    if isinstance(value, tuple | list | Mapping | set | frozenset):
        plain = not isinstance(value, tuple) or not hasattr(value, "_fields")
        text = _text(value) if plain and len(value) <= _FEW and not any(map(_is_long, value)) else ""
        kinds = {type(item).__name__ for item in value}
        return text if 0 < len(text) <= 2 * _WORD else f"<{len(value)} {kinds.pop() if len(kinds) == 1 else 'items'}>"
    text = _text(value)
    return text if len(text) <= 2 * _WORD else f"{text[: _WORD - 3]}..."


def _text(value: Any) -> str:
    """Return `repr` of a value, with floats of five digits."""
    return f"{value:.5g}" if isinstance(value, float) else repr(value)


def _is_long(item: Any) -> bool:
    """Return whether an item of a list is more than a number or a word."""
    return not isinstance(item, str | int | float | bool | None)
