"""Types of numbers and values on the command line: what is not finite is refused. Reads nothing."""

from __future__ import annotations

import ast
import math
from typing import Any

import click

__all__ = ["SECONDS", "FiniteRange", "Literal"]


class FiniteRange(click.FloatRange):
    """Type of a number in a range; NaN, which lies in every range for Click, and infinity are refused."""

    name = "float"

    def convert(self, value, param, ctx):
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"expected a finite number, got {value}", param, ctx)
        return number

    def _describe_range(self) -> str:
        """Return the range for help texts; "" where there is none, of which Click makes "x<=None"."""
        return "" if self.min is None and self.max is None else super()._describe_range()


#: Type of a time limit.
SECONDS = FiniteRange(min=0, min_open=True)


class Literal(click.ParamType):
    """Type of a value in Python's notation, such as a number, a tuple or a dictionary; anything else is a word.

    Args:
        several: a single number stands for the tuple of it, as help texts show the default.
    """

    name = "value"

    def __init__(self, several: bool = False):
        self.several = several

    def convert(self, value, param, ctx):
        if not isinstance(value, str):
            return value
        try:
            found = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            found = value
        if not _finite(found):
            self.fail(f"expected finite numbers, got {value}", param, ctx)
        return (found,) if self.several and isinstance(found, int | float) else found


def _finite(value: Any) -> bool:
    """Return whether a value, and all that it holds, is no number that is not finite, nor the word for one."""
    if isinstance(value, str):
        return value.strip().lower().lstrip("+-") not in ("nan", "inf", "infinity")
    if isinstance(value, complex) and not math.isfinite(abs(value)):
        return False
    if isinstance(value, float):
        return math.isfinite(value)
    items = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return all(_finite(item) for item in items)
