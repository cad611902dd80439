"""Steps of corruption, parsed from texts and tuples and checked: kinds, strengths, options and order."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from aewidgets.restoration.corruptions.kinds import CORRUPTIONS, Kind

__all__ = ["CheckedStep", "Step", "checked_steps", "parse_steps"]

MOST_STEPS = 8


class Step(NamedTuple):
    """One step of a corruption; a strength of None is the kind's default."""

    kind: str
    strength: float | None = None
    options: dict[str, float] = {}  # noqa: RUF012 - a default that is never written to


class CheckedStep(NamedTuple):
    """A step whose kind is known and whose parameters, defaults included, are in range."""

    kind: Kind
    strength: float
    options: dict[str, float]

    @property
    def description(self) -> str:
        """Description in words, such as "Gaussian blur, sigma 1.6 pixels"."""
        numbers = [(self.kind.strength, self.strength), *((o, self.options[o.name]) for o in self.kind.options)]
        words = (f"{p.name.replace('_', ' ')} {value:g} {p.unit}".strip() for p, value in numbers)
        return ", ".join([self.kind.label, *words])


def parse_steps(text: str) -> tuple[Step, ...]:
    """Parse steps as a command line or a notebook's parameter writes them.

    Args:
        text: kinds with their strengths, joined by "+": "blur:1.6+gaussian:2", "motion:15,angle=30", "jpeg".

    Returns:
        The steps, checked; defaults are filled in.

    Raises:
        ValueError: for a text that is no such steps, with the nearest name where there is one.
    """
    if not isinstance(text, str) or not text.strip() or len(text) > 500:
        raise ValueError(f"expected steps such as 'blur:1.6+gaussian:2', got {str(text)[:40]!r}")
    steps = []
    for piece in text.split("+"):
        head, *rest = piece.split(",")
        name, _, amount = (part.strip() for part in head.partition(":"))
        options = {}
        for option in rest:
            key, _, value = (part.strip() for part in option.partition("="))
            options[key] = _number(value, f"{name}: {key}")
        steps.append(Step(name, _number(amount, name) if amount else None, options))
    return tuple(Step(step.kind.name, step.strength, step.options) for step in checked_steps(steps))


def checked_steps(steps: Iterable) -> list[CheckedStep]:
    """Check steps, or tuples that stand for them, and fill in defaults.

    Raises:
        ValueError: for more than eight steps, malformed steps, unknown names, and parameters out of range.
    """
    steps = list(steps)
    if len(steps) > MOST_STEPS:
        raise ValueError(f"expected at most {MOST_STEPS} steps, got {len(steps)}")
    return [_checked(step) for step in steps]


def _checked(step: Any) -> CheckedStep:
    """Check one step, and fill in its defaults."""
    if not isinstance(step, tuple | list) or not 1 <= len(step) <= 3:
        raise ValueError(f"expected a step such as ('blur', 1.6), got {str(step)[:40]!r}")
    name, amount, given = Step(*step)
    kind = _known("corruption", name, CORRUPTIONS)
    options = {option.name: option for option in kind.options}
    if not isinstance(given, dict):
        raise ValueError(f"{name}: expected options such as {{'angle': 30}}, got {str(given)[:40]!r}")
    for key in given:
        _known(f"option of {name}", key, options)
    amount = kind.strength.check(kind.strength.default if amount is None else amount, name)
    return CheckedStep(kind, amount, {k: o.check(given.get(k, o.default), name) for k, o in options.items()})


def _known(what: str, name: Any, known: dict[str, Any]) -> Any:
    """Return the entry of a known name; ValueError with the nearest one for any other."""
    if isinstance(name, str) and name in known:
        return known[name]
    near = get_close_matches(str(name)[:40], known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(known) or 'none'}"
    raise ValueError(f"unknown {what} {str(name)[:40]!r}; {hint}")


def _number(text: str, what: str) -> float:
    """Parse a number; ValueError names what was expected."""
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{what[:80]}: expected a number, got {text[:40]!r}") from None
