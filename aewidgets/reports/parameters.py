"""Parameters of a notebook: read from its parameters cell, and values checked against them. Runs nothing.

The cell tagged `parameters` holds assignments of literals, nothing else; a literal's type, or an annotation
made of Python's own types, says what is taken. Nothing of the notebook is executed to find out.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

__all__ = ["Parameter", "ParameterError", "checked", "parameters_of"]

_TYPES: dict[str, type] = {
    "bool": bool, "int": int, "float": float, "list": list, "dict": dict, "None": type(None), "str": str,
}  # fmt: skip
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class ParameterError(ValueError):
    """Parameters that a notebook does not take; lists everything that is wrong with them."""


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes:
        name: as the notebook assigns it.
        default: the literal's value.
        types: names of the types that are taken: bool, int, float, str, list, dict, None.
        comment: what the line says about unit and meaning.
    """

    name: str
    default: Any
    types: tuple[str, ...]
    comment: str = ""


def parameters_of(notebook: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """The parameters of a notebook (nbformat 4), in order; none if no cell is tagged `parameters`.

    Raises:
        ParameterError: for two such cells, or one that holds more than assignments of literals.
    """
    cells = [c for c in notebook["cells"] if "parameters" in c.get("metadata", {}).get("tags", ())]
    if len(cells) > 1:
        raise ParameterError(f"expected one cell tagged `parameters`, found {len(cells)}; untag the others")
    if not cells:
        return ()
    source = "".join(cells[0]["source"])
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ParameterError(f"the parameters cell is not Python: {error}") from error
    return tuple(_parameter(statement, source.splitlines()) for statement in tree.body)


def checked(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the types that the parameters take.

    Args:
        parameters: what the notebook has.
        values: by name; text, as a command line gives it, is read as the parameter's type: `5`, `true`,
            `none`, `a,b,c` or YAML for lists, YAML for dictionaries.

    Returns:
        The given values only.

    Raises:
        ParameterError: naming every parameter that is unknown and every value that does not fit.
    """
    known = {p.name: p for p in parameters}
    found, wrong = {}, []
    for name, value in values.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known) or 'none'}"
            wrong.append(f"the notebook has no parameter {name!r}; {hint}")
            continue
        try:
            found[name] = _fitted(value, known[name].types)
        except ValueError:
            wanted = " or ".join(known[name].types)
            default = f"its default is {known[name].default!r}"
            wrong.append(f"{name}: expected {wanted}, got {value!r}; {default}")
    if wrong:
        raise ParameterError("\n".join(wrong))
    return found


def _parameter(statement: ast.stmt, lines: Sequence[str]) -> Parameter:
    text = lines[statement.lineno - 1]
    target: ast.expr | None = None
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    if not isinstance(target, ast.Name):
        raise ParameterError(f"the parameters cell may hold only `name = literal`, not {text!r}")
    try:
        default = ast.literal_eval(value)
    except ValueError:
        raise ParameterError(
            f"the parameters cell may hold only literals, not {text!r}: "
            "what is derived there goes stale when a parameter is given"
        ) from None
    last = lines[(statement.end_lineno or statement.lineno) - 1]
    comment = last.encode()[statement.end_col_offset or 0 :].decode().strip().removeprefix("#").strip()
    return Parameter(target.id, default, _types(statement, default), comment)


def _types(statement: ast.stmt, default: Any) -> tuple[str, ...]:
    """From the annotation where it is made of known types, else the type of the literal."""
    of_value = "None" if default is None else "list" if isinstance(default, tuple) else type(default).__name__
    if isinstance(statement, ast.AnnAssign):
        text = ast.unparse(statement.annotation).strip("'\"")
        names = {part.split("[")[0].strip().replace("tuple", "list") for part in text.split("|")}
        if names <= set(_TYPES):
            return tuple(name for name in _TYPES if name in names | {of_value})
    return (of_value,) if of_value in _TYPES else tuple(_TYPES)


def _fitted(value: Any, types: Sequence[str]) -> Any:
    """The value as the first of the types that takes it, narrow ones first; ValueError if none does."""
    if isinstance(value, tuple):
        value = list(value)
    if not isinstance(value, str):
        if type(value).__name__ in types or (value is None and "None" in types):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and "float" in types:
            return float(value)
        raise ValueError
    for name in types:
        try:
            return _read(value, name, sole=len(types) == 1)
        except ValueError:
            continue
    raise ValueError


def _read(text: str, kind: str, sole: bool) -> Any:
    word = text.strip().lower()
    if kind == "bool":
        if word in _TRUE + _FALSE:
            return word in _TRUE
        raise ValueError
    if kind == "None":
        if word in ("none", "null"):
            return None
        raise ValueError
    if kind in ("list", "dict"):
        return _from_yaml(text, _TYPES[kind], commas=kind == "list" and sole)
    return _TYPES[kind](text)


def _from_yaml(text: str, wanted: type, commas: bool) -> Any:
    import yaml

    if commas and not text.lstrip().startswith("["):
        text = f"[{text}]"
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError from error
    if not isinstance(value, wanted):
        raise ValueError
    return value
