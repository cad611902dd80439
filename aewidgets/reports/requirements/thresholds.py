"""Parses thresholds such as `psnr_db >= 30` and checks recorded figures against them. Evaluates no code."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

__all__ = ["Metric", "Outcome", "Requirement", "RequirementError", "as_number", "is_number", "outcomes_of", "shown"]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_STEP = re.compile(r"""\.?([A-Za-z_]\w*)|\[(-?\d{1,9})\]|\[("[^"\\]*"|'[^'\\]*')\]""", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?\Z")
_INFINITE = {"infinite": math.inf, "-infinite": -math.inf}
_LONGEST = 500  # characters of the longest requirement that is accepted


class RequirementError(ValueError):
    """Raised for text that is not a requirement; the message says what one looks like."""


@dataclass(frozen=True)
class Metric:
    """The name of a recorded figure: `psnr_db`, `worst.psnr_db`, `substream_bytes[0]`, `images["a b.png"].bpp`.

    Attributes:
        text: the name as it was given.
        path: keys and indices that lead to the figure.
    """

    text: str
    path: tuple[str | int, ...]

    @classmethod
    def of(cls, text: str) -> Metric:
        """Return the metric of a name; raise RequirementError if the text is not a name."""
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
        """Return the value of the figure; raise KeyError, with the nearest name, if it was not recorded."""
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
    """Raise KeyError, in an expression."""
    raise KeyError


@dataclass(frozen=True)
class Outcome:
    """The outcome of checking one requirement.

    Attributes:
        text: the requirement in words.
        metric: name of the figure.
        value: the figure; None if it was not recorded.
        met: whether the figure is as required; None if it was not compared.
        reason: why it is not met, or was not compared; empty if it is met.
        better: "higher" or "lower", where it was compared with an earlier run.
    """

    text: str
    metric: str
    value: Any
    met: bool | None
    reason: str = ""
    better: str | None = None


@dataclass(frozen=True)
class Requirement:
    """A threshold for one figure, `METRIC OPERATOR VALUE`.

    Attributes:
        text: the requirement as it was given.
        metric: name of the figure.
        operator: one of >= <= > < == !=.
        limit: number, text, boolean or None with which the figure is compared.
    """

    text: str
    metric: Metric
    operator: str
    limit: Any

    @classmethod
    def of(cls, text: str) -> Requirement:
        """Parse a requirement.

        Args:
            text: a metric, one of >= <= > < == !=, and a number; for == and != also true, false, null or "text".

        Raises:
            RequirementError: for text of another form.
        """
        parts = re.split(r"(>=|<=|==|!=|>|<)", text, maxsplit=1)
        if len(parts) != 3 or len(text) > _LONGEST:
            raise RequirementError(f"expected a requirement such as 'psnr_db >= 30', got {text[:_LONGEST]!r}")
        metric, sign, limit = Metric.of(parts[0]), parts[1], _limit(parts[2].strip())
        if not is_number(limit) and sign not in ("==", "!="):
            raise RequirementError(f"expected a number after {sign}, got {parts[2].strip()!r} in {text!r}")
        return cls(" ".join(text.split()), metric, sign, limit)

    def outcome(self, metrics: Mapping[str, Any]) -> Outcome:
        """Return the outcome of checking the figures of a run."""
        try:
            value = self.metric.find(metrics)
        except KeyError as error:
            return Outcome(self.text, self.metric.text, None, False, error.args[0])
        if is_number(self.limit):
            value = as_number(value)
        if not is_number(value) and self.operator not in ("==", "!="):
            what = type(value).__name__
            reason = f"{self.metric.text} is not a number but a {what}"
            return Outcome(self.text, self.metric.text, value, False, reason)
        alike = is_number(value) == is_number(self.limit) and isinstance(value, bool) == isinstance(self.limit, bool)
        met = _OPERATORS[self.operator](value, self.limit) if alike else self.operator == "!="
        value = self.metric.find(metrics)  # as JSON holds it
        return Outcome(self.text, self.metric.text, value, bool(met), "" if met else f"it is {shown(value)}")


def outcomes_of(requirements: Iterable[Requirement], metrics: Mapping[str, Any]) -> tuple[Outcome, ...]:
    """Return the outcome of each requirement for the figures of a run."""
    return tuple(requirement.outcome(metrics) for requirement in requirements)


def shown(value: Any) -> str:
    """Return a figure as text for a sentence: a float with six digits, anything else cut to 80 characters."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)[:80]


def as_number(value: Any) -> Any:
    """Return infinity for the text by which `aewidgets.reports.finite` records it; any other value as it is."""
    return _INFINITE.get(value, value) if isinstance(value, str) else value


def is_number(value: Any) -> bool:
    """Return True for an integer or a float; a boolean is not a number here."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _limit(text: str) -> Any:
    """Return the number, text, boolean or None that stands after the operator."""
    if _NUMBER.match(text) and math.isfinite(float(text)):
        return float(text) if re.search(r"[.eE]", text) else int(text)
    try:
        value = json.loads(text)
    except ValueError:
        value = ()
    if value is None or isinstance(value, bool | str):
        return value
    raise RequirementError(f'expected a number, true, false, null or "text" to compare with, got {text!r}')
