"""What the inspector is asked, and the form in which a target travels to the browser and back. No traits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aewidgets.studies.explanation.targets import Target

__all__ = ["RULES", "Asked", "Question", "methods_of", "target_from", "target_to"]

#: Rules of layer-wise relevance propagation -> what they are called.
RULES = {"epsilon": "epsilon", "gamma": "gamma", "alpha-beta": "alpha-beta", "z-box": "z-box"}
_GRADIENTS = ("grad-cam", "gradient", "integrated gradients")
_KINDS = ("code unit", "layer unit", "error at a place", "whole error")


class Asked(NamedTuple):
    """Surrogate that is asked for.

    Attributes:
        of: "labels", or "target" for the target's value.
        kind: "tree" or "linear".
        size: largest number of leaves, or of units with weights.
    """

    of: str
    kind: str
    size: int


class Question(NamedTuple):
    """Question about one picture.

    Attributes:
        picture: its index.
        target: the target.
        rule: a name of `RULES`.
        surrogate: the surrogate.
    """

    picture: int
    target: Target
    rule: str
    surrogate: Asked


def methods_of(rule: str) -> tuple[str, ...]:
    """Return the methods that are shown beside each other."""
    return (*_GRADIENTS, f"lrp-{rule}")


def target_to(target: Target, widget: Any = None) -> dict[str, Any]:
    """Return a target as JSON."""
    return {"kind": target.kind, "layer": target.layer, "at": list(target.at)}


def target_from(value: Any, widget: Any = None) -> Any:
    """Return the target that a browser sent; anything that is none stays as it is, and the trait refuses it."""
    if not isinstance(value, Mapping):
        return value
    at = value.get("at")
    if not isinstance(at, list) or not all(isinstance(i, int) and not isinstance(i, bool) for i in at):
        return value
    if value.get("kind") not in _KINDS or not isinstance(value.get("layer", ""), str):
        return value
    return Target(value["kind"], value.get("layer", ""), tuple(at))
