"""Parameters of a notebook: their types and rules, checks of values against them, and the hash of a set of values.

The cell tagged `parameters` declares them. The type of a literal, or an annotation made of Python's own types, says
which values are accepted, and the comment beside it may begin with a range or choices (rules.py). Nothing of the
notebook is executed; cell.py follows its statements.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from aewidgets.reports.parameters.rules import Rule, rule_of
from aewidgets.reports.parameters.types import ANY, TYPES, Types, annotated, as_json_value, fitted, is_plain, type_name

__all__ = ["Parameter", "ParameterError", "checked", "parameter_of", "parameters_sha256"]


class ParameterError(ValueError):
    """Raised for parameters that a notebook does not take; the message lists everything that is wrong."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes:
        name: name that the notebook assigns.
        default: value of the literal, as the first type that accepts it: 40 is 40.0 for a float. None if the notebook
            computes it.
        types: names of the accepted types: bool, int, float, str, list, dict, None.
        comment: comment beside the assignment, without its #.
        items: names of the types that the items of a list may have; empty if any.
        rule: range or choices, with unit and help.
        computed: the line that computes the default, if its value is not known before the notebook runs, or is none
            that JSON has; empty for all others.
        feeds: what the parameters cell computes from it: the names that get the result, and the line. A given value
            comes too late for them.
        stuck: why a value cannot be given, in words; empty if it can.
    """

    name: str
    default: Any
    types: tuple[str, ...]
    comment: str = ""
    items: tuple[str, ...] = ()
    rule: Rule = field(default=Rule())
    computed: str = ""
    feeds: tuple[tuple[frozenset[str], str], ...] = ()
    stuck: str = ""

    @property
    def kind(self) -> str:
        """Accepted types in words: `int or None`, `list of float`, `any`."""
        if self.types == ANY:
            return "any"
        names = [f"list of {' or '.join(self.items)}" if n == "list" and self.items else n for n in self.types]
        return " or ".join(names)

    @property
    def expected(self) -> str:
        """Accepted types and rule in words: `float in 1..100 dB`."""
        rule = self.rule.text
        each = f"{self.kind}{',' if self.rule.choices else ' in'} {rule}" if rule else self.kind
        return f"{each}; {self.rule.items}" if self.rule.items else each

    @property
    def default_text(self) -> str:
        """The default as Python writes it, or the line that computes it."""
        return f"computed by `{self.computed}`" if self.computed else repr(self.default)


def checked(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """Check values against the types, ranges and choices of a notebook's parameters.

    Args:
        parameters: parameters of the notebook.
        values: values by name. Text, as a command line gives it, is read as the parameter's type: `5`, `true`,
            `none`, `a,b,c` or YAML for lists, YAML for dictionaries. NumPy's numbers and arrays, paths, dates and enums
            are taken as the numbers, lists and texts that they stand for.

    Returns:
        The given values, each as the parameter's type; no defaults.

    Raises:
        ParameterError: the message names every unknown parameter and every value that does not fit or would come too
            late.
    """
    known = {p.name: p for p in parameters}
    found, wrong = {}, []
    for name, value in values.items():
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known) or 'none'}"
            wrong.append(f"the notebook has no parameter {name!r:.100}; {hint}")
            continue
        parameter = known[name]
        late = next((line for names, line in parameter.feeds if not names or not names <= set(values)), None)
        if parameter.stuck or late is not None:
            why = parameter.stuck or f"{late}, which would keep the default; compute that in a later cell"
            wrong.append(f"{name} cannot be given: {why}")
            continue
        try:
            found[name] = _as_type(parameter, value)
            got = parameter.rule.wrong(found[name])
        except (ValueError, TypeError, OverflowError, RecursionError):
            got = _written(value)
        if got:
            wrong.append(f"{name}: expected {parameter.expected}, got {got}; its default is {parameter.default_text}")
    if wrong:
        raise ParameterError("\n".join(wrong))
    return found


def parameters_sha256(parameters: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a set of values, as JSON with sorted keys, in hexadecimal; their order does not matter."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()


def parameter_of(
    name: str, value: Any, annotation: ast.expr | None, comment: str, line: str
) -> tuple[Parameter, str | None]:
    """Return the parameter that an assignment declares, and what is odd about it in words, if anything is.

    A comment that begins like a rule and is none is only help. A default that its own rule does not accept stays the
    default; given values are held against the rule.

    Args:
        name: name that is assigned.
        value: its default; `...` if it is not known before the notebook runs.
        annotation: annotation of the assignment.
        comment: comment beside it, without its #.
        line: the line that assigns it.
    """
    computed = value is ... or not is_plain(value, any_keys=True)
    default = None if computed else value
    said, comment = _type_comment(comment)
    types = _types(annotation or said, ... if computed else default)
    odd = None
    try:
        rule = rule_of(comment, types.names, types.items)
    except ValueError as error:
        rule = Rule(help=comment)
        odd = f"{name}: the comment {comment!r:.80} is read as help, not as a rule: {error}"
    if types.choices:
        rule = replace(rule, choices=types.choices, free=types.free)
    types = _narrowed(types, rule)
    parameter = Parameter(name, default, types.names, comment, types.items, rule, line if computed else "")
    if computed or default is None:
        return parameter, odd
    got = None
    try:
        if not isinstance(default, str):  # 40 and 40.0 must be one value of a float, with one hash
            parameter = replace(parameter, default=_as_type(parameter, default))
        got = rule.wrong(parameter.default)
    except ValueError:
        got = f"{default!r:.80}"
    if got and rule.unit and not rule.help:  # `10..20 files` is more likely words than a rule that is broken at once
        odd = f"{name}: the comment {comment!r:.80} is read as help, not as a rule: the default is {got}"
        return replace(parameter, rule=Rule(help=comment)), odd
    if got:
        odd = f"{name}: the notebook says {parameter.expected}, but its own default is {got}"
    return parameter, odd


def _written(value: Any) -> str:
    """Return any value as Python writes it, at most 80 characters."""
    try:
        return f"{value!r:.80}"
    except Exception as error:  # whatever its own method raises; Python itself writes no integer of 5,000 digits
        return f"a value of type {type(value).__name__} that cannot be written ({type(error).__name__})"


def _as_type(parameter: Parameter, value: Any) -> Any:
    """Return a value as a parameter's type, a tuple where the default is one; raise ValueError if it does not fit."""
    keyed = isinstance(parameter.default, dict) and not is_plain(parameter.default)
    made = fitted(value, parameter.types, parameter.items, keyed)
    as_json_value(made)
    return tuple(made) if isinstance(made, list) and isinstance(parameter.default, tuple) else made


def _type_comment(comment: str) -> tuple[ast.expr | None, str]:
    """Return the annotation in a comment such as `type: int  how many`, as papermill reads it, and the rest."""
    if comment.startswith("type:"):
        text, _, rest = comment[5:].strip().partition(" ")
        try:
            return ast.parse(text, mode="eval").body, rest.strip()
        except (SyntaxError, ValueError):
            return None, comment
    return None, comment


def _types(annotation: ast.expr | None, default: Any) -> Types:
    """Return the types of the annotation, if all of them are known, else the type of the default; `...` has none."""
    types = annotation and annotated(annotation)
    if default is ... and types:
        return types
    of_value = "" if default is ... else type_name(default)
    if not types or types.names == ("None",):
        return Types((of_value,) if of_value in TYPES and of_value != "None" else ANY)
    # Accept a default of None, or of int beside float, even if the annotation does not name that type.
    more = () if of_value in types.names or (of_value == "int" and "float" in types.names) else (of_value,)
    names = tuple(name for name in TYPES if name in (*types.names, *more))
    return types._replace(names=names, free=(*types.free, *more) if types.choices else ())


def _narrowed(types: Types, rule: Rule) -> Types:
    """Return the types that a rule leaves where nothing else is known: a range is beside numbers, a count of lists."""
    if types.names != ANY or rule.choices:
        return types
    numbers = ("int", "float") if rule.low is not None or rule.high is not None else ()
    if rule.items:
        return Types(("list", "None"), numbers)
    return Types((*numbers, "list", "None"), numbers) if numbers else types
