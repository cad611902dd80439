"""Reads the parameters of a notebook from its parameters cell, checks values against them, and hashes them.

The cell tagged `parameters` holds assignments of literals and nothing else. The type of a literal, or an annotation
made of Python's own types, says which values are accepted, and the comment beside it may begin with a range or choices
(rules.py). Nothing of the notebook is executed.
"""

from __future__ import annotations

import ast
import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from aewidgets.reports.parameters.rules import Rule, rule_of
from aewidgets.reports.parameters.types import TYPES, Types, annotated, fitted, is_plain, type_name

__all__ = ["Parameter", "ParameterError", "checked", "parameters_of", "parameters_sha256"]


class ParameterError(ValueError):
    """Raised for parameters that a notebook does not take; the message lists everything that is wrong."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes:
        name: name that the notebook assigns.
        default: value of the literal, as the first type that accepts it: 40 is 40.0 for a float.
        types: names of the accepted types: bool, int, float, str, list, dict, None.
        comment: comment beside the assignment, without its #.
        items: names of the types that the items of a list may have; empty if any.
        rule: range or choices, with unit and help.
    """

    name: str
    default: Any
    types: tuple[str, ...]
    comment: str = ""
    items: tuple[str, ...] = ()
    rule: Rule = field(default=Rule())

    @property
    def kind(self) -> str:
        """Accepted types in words: `int or None`, `list of float`."""
        names = [f"list of {' or '.join(self.items)}" if n == "list" and self.items else n for n in self.types]
        return " or ".join(names)

    @property
    def expected(self) -> str:
        """Accepted types and rule in words: `float in 1..100 dB`."""
        rule = self.rule.text
        each = f"{self.kind}{',' if self.rule.choices else ' in'} {rule}" if rule else self.kind
        return f"{each}; {self.rule.items}" if self.rule.items else each


def parameters_of(notebook: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Return the parameters of a notebook (nbformat 4), in order; none if no cell is tagged `parameters`.

    Raises:
        ParameterError: for two such cells, or one that holds more than assignments of literals or contradicts
            itself; the message lists every wrong line.
    """
    cells = [c for c in notebook["cells"] if "parameters" in c.get("metadata", {}).get("tags", ())]
    if len(cells) > 1:
        raise ParameterError(f"expected one cell tagged `parameters`, found {len(cells)}; untag the others")
    if not cells:
        return ()
    source = "".join(cells[0]["source"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in the cell's texts
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ParameterError(f"the parameters cell is not Python: {error}") from error
    found: dict[str, Parameter] = {}
    wrong = []
    for statement in tree.body:
        try:
            parameter = _parameter(statement, source.splitlines())
            if parameter.name in found:
                raise ParameterError(f"the parameters cell assigns {parameter.name} twice")
            found[parameter.name] = parameter
        except ParameterError as error:
            wrong.append(str(error))
    if wrong:
        raise ParameterError("\n".join(wrong))
    return tuple(found.values())


def checked(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """Check values against the types, ranges and choices of a notebook's parameters.

    Args:
        parameters: parameters of the notebook.
        values: values by name. Text, as a command line gives it, is read as the parameter's type: `5`, `true`,
            `none`, `a,b,c` or YAML for lists, YAML for dictionaries.

    Returns:
        The given values, each as the parameter's type; no defaults.

    Raises:
        ParameterError: the message names every unknown parameter and every value that does not fit.
    """
    known = {p.name: p for p in parameters}
    found, wrong = {}, []
    for name, value in values.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known) or 'none'}"
            wrong.append(f"the notebook has no parameter {name!r:.100}; {hint}")
            continue
        parameter = known[name]
        try:
            found[name] = fitted(value, parameter.types, parameter.items)
            got = parameter.rule.wrong(found[name])
        except (ValueError, RecursionError):
            got = f"{value!r:.80}"
        if got:
            wrong.append(f"{name}: expected {parameter.expected}, got {got}; its default is {parameter.default!r}")
    if wrong:
        raise ParameterError("\n".join(wrong))
    return found


def parameters_sha256(parameters: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a set of values, as JSON with sorted keys, in hexadecimal; their order does not matter."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()


def _parameter(statement: ast.stmt, lines: Sequence[str]) -> Parameter:
    """Return the parameter that one statement of the cell assigns; raise ParameterError if it is wrong."""
    text = lines[statement.lineno - 1].strip()[:100]
    target: ast.expr | None = None
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    if not isinstance(target, ast.Name):
        raise ParameterError(f"the parameters cell may hold only `name = literal`, not {text!r}")
    try:
        default = ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        default = ...
    if not is_plain(default):
        raise ParameterError(
            f"the parameters cell may hold only literals that JSON has too, not {text!r}: "
            "a value derived there goes stale when a parameter is given"
        )
    comment = _comment(statement, lines)
    types = _types(statement, default)
    try:
        rule = rule_of(comment, types.names, types.items)
    except ValueError as error:
        raise ParameterError(f"{target.id}: the comment beside it is not a rule: {error}") from error
    if types.choices:
        rule = replace(rule, choices=types.choices, free=types.free)
    try:
        if not isinstance(default, str):  # 40 and 40.0 must be one value of a float, with one hash
            default = fitted(default, types.names, types.items)
        got = rule.wrong(default)
    except ValueError:
        got = f"{default!r:.80}"
    parameter = Parameter(target.id, default, types.names, comment, types.items, rule)
    if got:
        raise ParameterError(f"{target.id}: the notebook says {parameter.expected}, but its own default is {got}")
    return parameter


def _comment(statement: ast.stmt, lines: Sequence[str]) -> str:
    """Return the comment on the last line of a statement, without its #."""
    # ast counts columns in bytes of UTF-8, not in characters.
    last = lines[(statement.end_lineno or statement.lineno) - 1]
    rest = last.encode()[statement.end_col_offset or 0 :].decode().strip()
    return rest[1:].strip() if rest.startswith("#") else ""


def _types(statement: ast.stmt, default: Any) -> Types:
    """Return the types of the annotation, if all of them are known, else the type of the literal."""
    of_value = type_name(default)
    types = annotated(statement.annotation) if isinstance(statement, ast.AnnAssign) else None
    if types is None:
        return Types((of_value,) if of_value in TYPES else tuple(TYPES))
    # Accept a default of None, or of int beside float, even if the annotation does not name that type.
    more = () if of_value in types.names or (of_value == "int" and "float" in types.names) else (of_value,)
    names = tuple(name for name in TYPES if name in (*types.names, *more))
    return types._replace(names=names, free=(*types.free, *more) if types.choices else ())
