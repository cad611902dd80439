"""Finds the parameters that a notebook declares, by following its cells; injects given values. Runs nothing.

A record must tell what ran, so defaults are the values with which the cells below start: an injected cell that an
earlier run left counts, and so does a later line of the parameters cell. A parameter that a later cell sets again
cannot be given, and one whose value only the run can tell is no part of the record until it is given.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from aewidgets.reports.parameters.parameter import (
    Parameter,
    ParameterError,
    checked,
    parameter_of,
    parameters_sha256,
)
from aewidgets.reports.parameters.statements import Statement, constant, statements_of
from aewidgets.reports.parameters.types import is_plain

__all__ = ["INJECTED", "Declared", "Parameter", "ParameterError", "checked", "declared_by", "injected",
           "parameters_of", "parameters_sha256", "tags_of"]  # fmt: skip

_PARAMETERS = "parameters"
#: Tag of the cell that holds given values, as papermill writes it.
INJECTED = "injected-parameters"
_LOOKS = {"print", "display", "len", "repr", "help", "type"}  # calls that change nothing
_ASSIGNS = (ast.Assign, ast.AnnAssign, ast.AugAssign)
_MAY_RUN = (ast.If, ast.Try, ast.While, ast.Match, getattr(ast, "TryStar", ast.Try))
_GONE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Delete)


class Declared(NamedTuple):
    """The parameters of a notebook.

    Attributes:
        parameters: the parameters, in order.
        notes: what a reader should know about them, in words.
        injected: names whose values come from a cell that an earlier run injected.
    """

    parameters: tuple[Parameter, ...] = ()
    notes: tuple[str, ...] = ()
    injected: tuple[str, ...] = ()


@dataclass
class _Draft:
    """What is known of a parameter so far; a value of `...` is not known before the notebook runs."""

    value: Any
    line: str
    annotation: ast.expr | None = None
    comment: str = ""
    injected: bool = False
    feeds: list[tuple[frozenset[str], str]] = field(default_factory=list)
    stuck: str = ""


def parameters_of(notebook: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Return the parameters of a notebook, as `declared_by` does."""
    return declared_by(notebook).parameters


def declared_by(notebook: Mapping[str, Any]) -> Declared:
    """Return the parameters of a notebook (nbformat 4), in order; none if no code cell is tagged `parameters`.

    Several such cells count as one, and so do cells tagged `injected-parameters`. Imports, comments, magics and
    function definitions may stand beside the assignments.

    Raises:
        ParameterError: if such a cell is not Python.
    """
    cells = list(notebook["cells"])
    tagged = [index for index, cell in enumerate(cells) if _declares(cell)]
    if not tagged:
        return Declared()
    found: dict[str, _Draft] = {}
    for index in range(tagged[0], tagged[-1] + 1):
        _follow(cells[index], index, index in tagged, found)
    notes = list(_set_again(cells, tagged[-1] + 1, found))
    notes += [f"{name}: {draft.stuck}" for name, draft in found.items() if draft.stuck]
    parameters = []
    for name, draft in found.items():
        parameter, odd = parameter_of(name, draft.value, draft.annotation, draft.comment, draft.line)
        parameters.append(replace(parameter, feeds=tuple(draft.feeds), stuck=draft.stuck))
        notes += [odd] if odd else []
    kept = tuple(p.name for p in parameters if found[p.name].injected and not p.computed)
    if kept:
        values = ", ".join(f"{p.name} = {p.default!r:.40}" for p in parameters if p.name in kept)
        notes.append(f"an earlier run injected parameters into this notebook; they count as its defaults: {values}")
    return Declared(tuple(parameters), tuple(notes), kept)


def injected(document: Any, given: Mapping[str, Any]) -> Any:
    """Return a copy of a notebook with a cell of given values, below the cells that declare the parameters.

    The cell takes the place of those that earlier runs injected, and keeps their other values.

    Args:
        document: an nbformat notebook.
        given: checked values of its parameters.
    """
    from nbformat.v4 import new_code_cell

    made = copy.deepcopy(document)
    if not given:
        return made
    parameters, _, kept = declared_by(document)
    values = {p.name: p.default for p in parameters if p.name in kept} | dict(given)
    source = "\n".join(["# Parameters", *(f"{name} = {value!r}" for name, value in values.items())])
    last = max(index for index, cell in enumerate(made.cells) if _declares(cell))
    cell = new_code_cell(source, metadata={"tags": [INJECTED]})
    made.cells.insert(last + 1, cell)
    made.cells = [one for one in made.cells if one is cell or not _holds_values_alone(one)]
    return made


def tags_of(cell: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tags of a cell as texts, whatever its metadata hold."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
    tags = [tags] if isinstance(tags, str) else tags
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list | tuple) else ()


def _declares(cell: Mapping[str, Any]) -> bool:
    """Return True for a code cell with one of the two tags, in capitals or not."""
    tags = {tag.strip().casefold() for tag in tags_of(cell)}
    return cell.get("cell_type", "code") == "code" and bool(tags & {_PARAMETERS, INJECTED})


def _is_injected(cell: Mapping[str, Any]) -> bool:
    """Return True for a cell that a run injected."""
    return _declares(cell) and _PARAMETERS not in {tag.strip().casefold() for tag in tags_of(cell)}


def _holds_values_alone(cell: Mapping[str, Any]) -> bool:
    """Return True for an injected cell that holds nothing but values, as runs write it."""
    if not _is_injected(cell):
        return False
    draft: dict[str, _Draft] = {}
    statements = _statements(cell)
    _follow(cell, 0, True, draft)
    plain = all(isinstance(s.node, ast.Assign) and isinstance(s.node.targets[0], ast.Name) for s in statements)
    return plain and all(is_plain(one.value, any_keys=True) for one in draft.values())


def _statements(cell: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Return the statements of a cell; none for cells that hold no Python."""
    source = cell.get("source") or ""
    return statements_of("".join(source)) if cell.get("cell_type", "code") == "code" else ()


def _follow(cell: Mapping[str, Any], index: int, declares: bool, found: dict[str, _Draft]) -> None:
    """Follow the statements of a cell that stands before the injected one; only a tagged cell declares new names."""
    try:
        statements = _statements(cell)
    except SyntaxError as error:
        if declares:
            raise ParameterError(f"the parameters cell is not Python: {error}") from error
        return
    for statement in statements:
        for name in statement.read & set(found):
            others = statement.bound - {name}
            if not declares:  # such a cell runs before given values are there
                found[name].feeds.append((frozenset(), f"cell {index + 1} uses it first (`{statement.line}`)"))
            elif others:
                what = f"the parameters cell computes {', '.join(sorted(others))} from it (`{statement.line}`)"
                found[name].feeds.append((frozenset(others), what))
        known = {name: draft.value for name, draft in found.items() if draft.value is not ...}
        for name, value in _assigned(statement, known):
            if value is None and isinstance(statement.node, _GONE):
                found.pop(name, None)
            elif name in found:
                draft = found[name]
                draft.value, draft.line, draft.injected = value, statement.line, _is_injected(cell)
                draft.annotation = getattr(statement.node, "annotation", None) or draft.annotation
                draft.comment = draft.comment if draft.injected else statement.comment or draft.comment
            elif declares and name != "_" and name in statement.bound and not isinstance(statement.node, _GONE):
                annotation = getattr(statement.node, "annotation", None)
                found[name] = _Draft(value, statement.line, annotation, statement.comment, _is_injected(cell))


def _assigned(statement: Statement, known: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every name that a statement may change, with its new value, or `...` if that is not known.

    A name that an import, a definition or `del` takes comes with None.
    """
    node = statement.node
    if isinstance(node, _GONE):
        yield from ((name, None) for name in statement.bound)
    elif isinstance(node, ast.Assign):
        value = _value(node.value, known)
        for target in node.targets:
            yield from _parts(target, value)
    elif isinstance(node, ast.AnnAssign):
        if node.value is not None:
            yield from _parts(node.target, _value(node.value, known))
        elif isinstance(node.target, ast.Name) and node.target.id not in known:
            yield node.target.id, ...
    elif isinstance(node, ast.AugAssign):
        value = ...
        if isinstance(node.target, ast.Name):
            value = _value(ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value), known)
        yield from _parts(node.target, value)
    elif isinstance(node, ast.Expr):
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        looks = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _LOOKS
        if isinstance(call, ast.Call) and not looks:  # it may change a list that it is called on, or given
            yield from ((n, ...) for n in sorted(statement.read) if isinstance(known.get(n), list | dict | set))
        yield from ((name, ...) for name in statement.bound)
    else:
        made = {n.id for part in ast.walk(node) if isinstance(part, _ASSIGNS) for n in ast.walk(part)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}  # fmt: skip
        yield from ((name, ...) for name in sorted(statement.bound) if name in made or name in known)


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """Return the value of an expression; `...` if it is not known before the notebook runs."""
    try:
        value = constant(node, known)
    except (ValueError, RecursionError, MemoryError):
        return ...
    return copy.deepcopy(value)


def _parts(target: ast.expr, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names that one target of an assignment changes, each with its value."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        fits = isinstance(value, list | tuple) and len(value) == len(target.elts)
        plain = fits and not any(isinstance(part, ast.Starred) for part in target.elts)
        for part, one in zip(target.elts, value if plain else [...] * len(target.elts), strict=True):
            yield from _parts(part, one)
    elif isinstance(target, ast.Starred | ast.Subscript | ast.Attribute):
        yield from _parts(target.value, ...)


def _set_again(cells: list[Any], first: int, found: dict[str, _Draft]) -> Iterator[str]:
    """Find parameters that a cell below the injected one sets again, and yield notes about those that may be.

    A cell that reads the parameter before it sets it, such as `n = int(n)`, takes the given value. So does a notebook
    that has used the value before the name gets a new meaning, unless that is a constant.
    """
    used, over, said = set[str](), set[str](), set[str]()
    for index in range(first, len(cells)):
        try:
            statements = _statements(cells[index])
        except SyntaxError:
            continue
        for statement in statements:
            for name in sorted(set(found) & (statement.read | statement.bound) - over):
                if name in statement.read:
                    used.add(name)
                    continue
                where = f"cell {index + 1} sets it again (`{statement.line}`)"
                if isinstance(statement.node, _MAY_RUN):
                    if name not in used | said:
                        said.add(name)
                        yield f"{name}: {where.replace('sets', 'may set')}"
                    continue
                plain = isinstance(statement.node, ast.Assign | ast.AnnAssign)
                value = dict(_assigned(statement, {})).get(name, ...) if plain else ...
                over.add(name)
                draft = found[name]
                if name not in used:
                    draft.value, draft.line, draft.injected, draft.stuck = value, statement.line, False, where
                elif value is not ...:
                    draft.stuck = where
