"""Notices: what was done otherwise than a person may think, such as pictures that were left out. Shows nothing."""

from __future__ import annotations

import warnings
from collections.abc import Collection

__all__ = ["Notice", "counted", "named", "tell"]

_NAMED = 5


class Notice(UserWarning):
    """A warning that nothing went wrong, but not all of what was given was used. Commands print it as a line."""


def tell(text: str) -> None:
    """Issue a `Notice`, which Python shows as a warning and a command as a line on standard error."""
    warnings.warn(text, Notice, stacklevel=3)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, such as "1 picture" or "2 pictures"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def named(names: Collection[object]) -> str:
    """Return a few names and how many more there are, such as "a.png, b.png and 7 more"."""
    first = ", ".join(str(name) for name in list(names)[:_NAMED])
    return f"{first} and {len(names) - _NAMED} more" if len(names) > _NAMED else first
