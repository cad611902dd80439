"""Reads the points of a sweep from GRID.yaml and checks them against a notebook's parameters. Runs nothing.

The file holds either `grid` or `list`, and `base` if it is needed:

    base: {image: kodim01.png}              # for every point
    grid: {quality: [10, 50, 90], effort: [0, 5]}     # every combination; or
    list: [{quality: 10}, {quality: 50, effort: 5}]   # these points
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from aewidgets.reports.execution.records import all_parameters
from aewidgets.reports.execution.sources import Source
from aewidgets.reports.parameters.cell import ParameterError, checked, parameters_sha256
from aewidgets.reports.parameters.dates import has_dates
from aewidgets.reports.parameters.yaml_values import yaml_value

__all__ = ["LONGEST", "MOST", "GridError", "Point", "points_of", "read_grid"]

#: Largest number of points of a sweep, and of bytes of its file.
MOST, LONGEST = 10_000, 1_000_000
_NODES = 200_000  # largest number of values in a file; an alias counts as often as it is used
_LISTED = 20  # errors that a message lists


class GridError(ValueError):
    """Raised for a grid that cannot be swept; the message lists everything that is wrong with it."""


@dataclass(frozen=True)
class Point:
    """One point of a sweep, which is one run of its notebook.

    Attributes:
        number: number of the point, from 1, in the order of the file.
        given: checked values that the grid gives.
        parameters: all parameters: the given values, and the notebook's defaults for the rest.
        sha256: hash of `parameters`, see `parameters_sha256`.
    """

    number: int
    given: Mapping[str, Any]
    parameters: Mapping[str, Any]
    sha256: str


def read_grid(data: bytes) -> list[dict[str, Any]]:
    """Return the values of each point in a file, in order; in a grid the last name changes fastest.

    Raises:
        GridError: if the file is not a grid, or has more than `MOST` points.
    """
    if len(data) > LONGEST:
        raise GridError(f"expected at most {LONGEST:,} bytes, got {len(data):,}; a grid holds values, not data")
    try:
        document = yaml_value(data.decode("utf-8"))
    except ValueError as error:
        raise GridError(f"expected a YAML file, but the text is not YAML: {error}") from error
    if next(islice(_nodes(document), _NODES, None), None) is not None:
        raise GridError(f"expected at most {_NODES:,} values; aliases count as often as they are used")
    keys = set(document) if isinstance(document, dict) else None
    if keys is None or not keys <= {"grid", "list", "base"} or len(keys & {"grid", "list"}) != 1:
        raise GridError("expected `grid: {name: [values]}` or `list: [{name: value}]`, beside it perhaps `base: {...}`")
    base = document.get("base") or {}
    wrong = [] if _named(base) else ["base: expected names with a value each"]
    if "grid" in keys:
        points = _product(document["grid"], base, wrong)
    else:
        points = _listed(document["list"], base, wrong)
    if wrong:
        raise GridError(_together(wrong))
    return points


def points_of(source: Source, values: list[dict[str, Any]]) -> tuple[list[Point], list[int]]:
    """Return the points of a sweep, each once, and the numbers of those that repeat another.

    Args:
        source: the notebook.
        values: values by name, for each point.

    Raises:
        GridError: if the notebook does not take some values; the message lists them for all points.
    """
    found: dict[str, Point] = {}
    dropped: list[int] = []
    wrong: dict[str, list[int]] = {}
    for number, value in enumerate(values, 1):
        try:
            if dated := [name for name, one in value.items() if has_dates(one)]:
                raise ParameterError(f"{dated[0]}: expected the date itself, got {_short(value[dated[0]])}; a sweep "
                                     "that is resumed on another day must find its points")  # fmt: skip
            given = checked(source.parameters, value)
        except ParameterError as error:
            for line in str(error).splitlines():
                wrong.setdefault(line, []).append(number)
            continue
        parameters = all_parameters(source, given)
        point = Point(number, given, parameters, parameters_sha256(parameters))
        if found.setdefault(point.sha256, point) is not point:
            dropped.append(number)
    if wrong:
        raise GridError(_together([f"{line} ({_where(numbers, len(values))})" for line, numbers in wrong.items()]))
    return list(found.values()), dropped


def _product(grid: Any, base: dict[str, Any], wrong: list[str]) -> list[dict[str, Any]]:
    """Return the values of every combination in `grid`; add what is wrong with it to `wrong`."""
    if not _named(grid) or not grid:
        wrong.append("grid: expected names with a list of values each")
        return []
    for name, values in grid.items():
        if not isinstance(values, list) or not values:
            wrong.append(f"grid: {name}: expected a list of values, such as [1, 2], got {_short(values)}")
        elif _named(base) and name in base:
            wrong.append(f"{name} is in base and in grid; leave it in one of them")
    if wrong:
        return []
    count = math.prod(map(len, grid.values()))
    if count > MOST:
        raise GridError(f"expected at most {MOST:,} points, got {count:,}; sweep a part of them, or give a list")
    return [base | dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def _listed(points: Any, base: dict[str, Any], wrong: list[str]) -> list[dict[str, Any]]:
    """Return the values of every point in `list`; add what is wrong with them to `wrong`."""
    if not isinstance(points, list) or not points:
        wrong.append("list: expected points, such as [{quality: 10}, {quality: 50}]")
        return []
    if len(points) > MOST:
        raise GridError(f"expected at most {MOST:,} points, got {len(points):,}")
    wrong += [f"list: point {n}: expected names with a value each" for n, p in enumerate(points, 1) if not _named(p)]
    return [] if wrong else [base | point for point in points]


def _nodes(value: Any, depth: int = 0) -> Iterator[Any]:
    """Yield every value in a document, those of aliases as often as they are used; without end if it is too deep."""
    yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for inner in inside:
        if depth < 50:
            yield from _nodes(inner, depth + 1)
        else:
            yield from iter(lambda: 0, 1)


def _named(value: Any) -> bool:
    """Return True for a dictionary whose keys are texts."""
    return isinstance(value, dict) and all(isinstance(name, str) for name in value)


def _where(numbers: list[int], total: int) -> str:
    """Return the numbers of points in words, the first five of many."""
    if len(numbers) == total:
        return "every point"
    shown = ", ".join(map(str, numbers[:5])) + (" ..." if len(numbers) > 5 else "")
    return f"point {shown}" if len(numbers) == 1 else f"{len(numbers)} points: {shown}"


def _together(wrong: list[str]) -> str:
    """Return the first errors as lines of one message, and how many more there are."""
    more = len(wrong) - _LISTED
    return "\n".join([*wrong[:_LISTED], *([f"and {more} more"] if more > 0 else [])])


def _short(value: Any) -> str:
    """Return the repr of a value, cut to 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
