"""Thresholds that a run must meet, such as `psnr_db >= 30`: read, and held against recorded figures. No eval."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

__all__ = ["Metric", "Outcome", "Requirement", "RequirementError", "outcomes_of"]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_STEP = re.compile(r"""\.?([A-Za-z_]\w*)|\[(-?\d{1,9})\]|\[("[^"\\]*"|'[^'\\]*')\]""", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?\Z")
_LONGEST = 500  # characters of a requirement


class RequirementError(ValueError):
    """What is no requirement; the message says what one looks like."""


@dataclass(frozen=True)
class Metric:
    """A recorded figure by name: `psnr_db`, `worst.psnr_db`, `substream_bytes[0]`, `images["a b.png"].bpp`."""

    text: str
    path: tuple[str | int, ...]

    @classmethod
    def of(cls, text: str) -> Metric:
        """Read a name; RequirementError if it is none."""
        path: list[str | int] = []
        at, text = 0, text.strip()
        while at < len(text) and (step := _STEP.match(text, at)) and bool(path) == (text[at] in ".["):
            name, index, key = step.groups()
            path.append(name if name else int(index) if index else key[1:-1])
            at = step.end()
        if not path or at < len(text) or len(text) > _LONGEST:
            raise RequirementError(f"expected the name of a metric, such as psnr_db or worst.bpp[0], got {text!r}")
        return cls(text, tuple(path))

    def find(self, metrics: Mapping[str, Any]) -> Any:
        """Its value; KeyError, with a name that is near, if it was not recorded."""
        value: Any = metrics
        for step in self.path:
            inside = isinstance(value, Mapping) if isinstance(step, str) else isinstance(value, list)
            try:
                value = value[step] if inside else _missing()
            except (KeyError, IndexError):
                names = list(value) if isinstance(value, Mapping) else []
                near = get_close_matches(str(step), names, n=1)
                known = f"did you mean {near[0]}?" if near else f"there are {', '.join(names[:20]) or 'none'}"
                raise KeyError(f"{self.text} was not recorded; {known}") from None
        return value


def _missing() -> Any:
    raise KeyError


@dataclass(frozen=True)
class Outcome:
    """What became of a requirement.

    Attributes:
        text: the requirement in words.
        metric: the name of the figure.
        value: the figure; None if it was not recorded.
        met: whether it is as required; None where there was nothing to compare it with.
        reason: why not; empty if it is.
    """

    text: str
    metric: str
    value: Any
    met: bool | None
    reason: str = ""


@dataclass(frozen=True)
class Requirement:
    """`METRIC OPERATOR VALUE`."""

    text: str
    metric: Metric
    operator: str
    limit: Any

    @classmethod
    def of(cls, text: str) -> Requirement:
        """Read a requirement.

        Args:
            text: a metric, one of >= <= > < == !=, and a number; for == and != also true, false, null or "text".

        Raises:
            RequirementError: for anything else.
        """
        parts = re.split(r"(>=|<=|==|!=|>|<)", text, maxsplit=1)
        if len(parts) != 3 or len(text) > _LONGEST:
            raise RequirementError(f"expected a requirement such as 'psnr_db >= 30', got {text[:_LONGEST]!r}")
        metric, sign, limit = Metric.of(parts[0]), parts[1], _limit(parts[2].strip())
        if not _is_number(limit) and sign not in ("==", "!="):
            raise RequirementError(f"expected a number after {sign}, got {parts[2].strip()!r} in {text!r}")
        return cls(" ".join(text.split()), metric, sign, limit)

    def outcome(self, metrics: Mapping[str, Any]) -> Outcome:
        """Hold it against what a run recorded."""
        try:
            value = self.metric.find(metrics)
        except KeyError as error:
            return Outcome(self.text, self.metric.text, None, False, error.args[0])
        if not _is_number(value) and self.operator not in ("==", "!="):
            what = type(value).__name__
            return Outcome(self.text, self.metric.text, value, False, f"{self.metric.text} is no number but a {what}")
        alike = _is_number(value) == _is_number(self.limit) and isinstance(value, bool) == isinstance(self.limit, bool)
        met = _OPERATORS[self.operator](value, self.limit) if alike else self.operator == "!="
        return Outcome(self.text, self.metric.text, value, bool(met), "" if met else f"it is {shown(value)}")


def outcomes_of(requirements: Iterable[Requirement], metrics: Mapping[str, Any]) -> tuple[Outcome, ...]:
    """All requirements, held against what a run recorded."""
    return tuple(requirement.outcome(metrics) for requirement in requirements)


def shown(value: Any) -> str:
    """A figure as sentences show it: six digits, and no more than a line."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)[:80]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _limit(text: str) -> Any:
    if _NUMBER.match(text) and math.isfinite(float(text)):
        return float(text) if re.search(r"[.eE]", text) else int(text)
    try:
        value = json.loads(text)
    except ValueError:
        value = ()
    if value is None or isinstance(value, bool | str):
        return value
    raise RequirementError(f"expected a number, true, false, null or \"text\" to compare with, got {text!r}")
