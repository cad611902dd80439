"""Runs of a notebook at the edges of its parameters, as their rules state them. Runs nothing itself.

The edges are read from the notebook's own rules, so that a new parameter is tried without a new line here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from aewidgets.reports.parameters.cell import Parameter

__all__ = ["edges_of", "outside", "runs"]


def edges_of(parameter: Parameter, most: float | None = None) -> list[Any]:
    """Return the values at the edges of a parameter, from the lowest to the highest; None, if taken, in between.

    Args:
        parameter: numbers give both ends of their range, choices each of them, lists the shortest of the lowest items,
            the last item alone, and all items.
        most: stands for the upper end where the rule has none; by default ten times the default.
    """
    rule, kinds = parameter.rule, {*parameter.types} - {"None", "str"}
    if "list" in kinds and not isinstance(parameter.default, str):
        found = _lists(parameter, most)
    elif rule.choices:
        found = list(rule.choices)
    elif "bool" in kinds:
        found = [False, True]
    elif kinds & {"int", "float"}:
        found = list(_ends(parameter, parameter.default, most))
    else:
        found = []
    extra = [None] if "None" in parameter.types else []
    return [*found[:1], *extra, *found[1:]]


def runs(parameters: Sequence[Parameter], cheap: Mapping[str, Any], most: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return sets of values: all lowest, all highest, then one for each edge that is left, of all parameters at once.

    Args:
        parameters: parameters of the notebook.
        cheap: values in place of defaults where nothing else is asked for.
        most: values for upper ends where rules have none.
    """
    edges = {p.name: edges_of(p, most.get(p.name)) for p in parameters}
    lowest = {name: found[0] for name, found in edges.items() if found}
    highest = {name: found[-1] for name, found in edges.items() if found}
    left = {name: found[1:-1] for name, found in edges.items()}
    others = [
        {name: value for name, value in zip(left, row, strict=True) if value is not ...}
        for row in zip_longest(*left.values(), fillvalue=...)
    ]
    return [{**cheap, **values} for values in (lowest, highest, *others)]


def outside(parameter: Parameter) -> list[Any]:
    """Return values just beyond the edges of a parameter, all of which its rule refuses."""
    rule = parameter.rule
    beyond: list[Any] = [end for end in (_below(rule.low), _below(rule.high, -1)) if end is not None]
    if "list" not in parameter.types or isinstance(parameter.default, str):
        return [*beyond, *(["no such choice"] if rule.choices else [])]
    shortest = _lists(parameter, None)[0]
    found = [[*shortest[1:], value] for value in beyond]
    return found + ([shortest[1:]] if rule.fewest else []) + ([shortest * (rule.most + 1)] if rule.most else [])


def _below(end: float | None, sign: int = 1) -> float | None:
    """Return a number a little below an end, or above it for a sign of -1; whole for whole ends."""
    return None if end is None else int(end - sign) if end == int(end) else end - sign * abs(end) / 100


def _ends(parameter: Parameter, default: Any, most: float | None) -> tuple[Any, Any]:
    """Return the least and the greatest number of a range, as the parameter's type."""
    rule, kinds = parameter.rule, {*parameter.types, *parameter.items}
    usual = default if isinstance(default, int | float) else 1
    low = min(usual, 0) if rule.low is None else rule.low
    high = (10 * max(usual, low, 1) if most is None else most) if rule.high is None else rule.high
    kind = float if "float" in kinds else int
    return kind(low), kind(high)


def _lists(parameter: Parameter, most: float | None) -> list[Any]:
    """Return the shortest list of the lowest items, the last item alone, and all items or both ends."""
    rule, default = parameter.rule, list(parameter.default or ())
    if {*parameter.items} & {"int", "float"}:
        low, high = _ends(parameter, max(default, default=1), most)
        shortest = [low + number for number in range(max(rule.fewest, 1))]
        longest = [low, high] if rule.most is None else [high - number for number in reversed(range(rule.most))]
        return [shortest, longest] if rule.fewest else [[], shortest, longest]
    items = list(rule.choices) or default
    alone = [[item] for item in items[1:]] if rule.choices else [items[-1:]]
    return [*([] if rule.fewest else [[]]), items[:1], *alone, items]
