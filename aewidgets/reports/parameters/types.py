"""Reads the types of parameters from annotations, and values as these types. Knows no ranges and no notebooks.

Python's own types are known, and their equals in `typing`: `int | None`, `list[float]`, `Literal["a", "b"]`.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

__all__ = ["TYPES", "Types", "annotated", "fitted", "is_plain", "type_name"]

#: Types by name, narrow ones first: text is read as the first type that accepts it.
TYPES: dict[str, type] = {
    "bool": bool, "int": int, "float": float, "list": list, "dict": dict, "None": type(None), "str": str,
}  # fmt: skip
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_NONE = ("none", "null")
_LISTS = {"list", "List", "tuple", "Tuple", "Sequence"}
_LONGEST_TEXT, _MOST_VALUES, _DEEPEST = 100_000, 10_000, 20  # limits of one parameter


class Types(NamedTuple):
    """The types and choices that an annotation accepts.

    Attributes:
        names: accepted names of `TYPES`, in their order.
        items: names of the types of a list's items; empty if the annotation does not say.
        choices: values of a `Literal`; empty without one.
        free: names of types beside the `Literal`, of which every value is accepted.
    """

    names: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    choices: tuple[Any, ...] = ()
    free: tuple[str, ...] = ()


def annotated(node: ast.expr) -> Types | None:
    """Return the types that an annotation names, also one in quotes; None if it names a type that is not known."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return annotated(ast.parse(node.value.strip(), mode="eval").body)
        except (SyntaxError, ValueError):
            return None
    if isinstance(node, ast.Constant) and node.value is None:
        return Types(("None",), free=("None",))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _either([node.left, node.right])
    if isinstance(node, ast.Subscript):
        return _subscript(_name(node.value), node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice])
    name = "list" if _name(node) in _LISTS else _name(node)
    return Types((name,), free=(name,)) if name in TYPES else None


def fitted(value: Any, types: Sequence[str], items: Sequence[str] = ()) -> Any:
    """Return a value as the first of the types that accepts it.

    Args:
        value: text, as a command line gives it, is parsed; the type of any other value must fit.
        types: names of `TYPES` for the value.
        items: names of `TYPES` for the items of a list.

    Raises:
        ValueError: if no type accepts the value.
    """
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, str):
        if len(value) > _LONGEST_TEXT:
            raise ValueError
        if "None" in types and value.strip().lower() in _NONE:  # not a list of one text
            return None
        for name in types:
            try:
                return _read(value, name, items, sole=not set(types) - {name, "None"})
            except ValueError:
                continue
        raise ValueError
    if isinstance(value, int) and not isinstance(value, bool) and "int" not in types and "float" in types:
        value = float(value)
    if type_name(value) not in types or not is_plain(value):
        raise ValueError
    return [fitted(item, items) for item in value] if isinstance(value, list) and items else value


def type_name(value: Any) -> str:
    """Return the name of a value's type, as in `TYPES` where it is one of them; a tuple counts as a list."""
    return "None" if value is None else "list" if isinstance(value, tuple) else type(value).__name__


def is_plain(value: Any) -> bool:
    """Return True for a value that JSON can hold: finite numbers, texts, and small lists and dictionaries of them."""
    count = 0

    def plain(inner: Any, depth: int) -> bool:
        """Return True if the value at this depth is plain, and count it."""
        nonlocal count
        count += 1
        if depth > _DEEPEST or count > _MOST_VALUES:
            return False
        if isinstance(inner, list | tuple):
            return all(plain(item, depth + 1) for item in inner)
        if isinstance(inner, dict):
            return all(isinstance(key, str) and plain(item, depth + 1) for key, item in inner.items())
        if isinstance(inner, float):
            return math.isfinite(inner)
        return inner is None or (isinstance(inner, str) and len(inner) <= _LONGEST_TEXT) or isinstance(inner, int)

    return plain(value, 0)


def _name(node: ast.expr) -> str:
    """Return the last name of an expression such as `int` or `typing.List`, or ""."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _subscript(name: str, inner: list[ast.expr]) -> Types | None:
    """Return the types of an annotation of the form `name[inner, ...]`; None if it is not known."""
    if name == "Literal":
        values = tuple(node.value for node in inner if isinstance(node, ast.Constant))
        known = len(values) == len(inner) and all(type_name(value) in TYPES for value in values)
        return Types(_ordered(type_name(value) for value in values), choices=values) if known else None
    if name in ("Optional", "Union"):
        return _either([*inner, *[ast.Constant(None)] * (name == "Optional")])
    if name in ("dict", "Dict", "Mapping"):
        return Types(("dict",), free=("dict",))
    if name in _LISTS:
        items = _either([node for node in inner if not (isinstance(node, ast.Constant) and node.value is ...)])
        return items and Types(("list",), items.names, items.choices, () if items.choices else ("list",))
    return None


def _either(nodes: Sequence[ast.expr]) -> Types | None:
    """Return the union of the types of several annotations; None if one of them is not known."""
    found = [annotated(node) for node in nodes]
    if not found or None in found:
        return None
    known = [types for types in found if types]
    return Types(
        _ordered(name for types in known for name in types.names),
        _ordered(name for types in known for name in types.items),
        tuple(choice for types in known for choice in types.choices),
        _ordered(name for types in known for name in types.free),
    )


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of types in the order of `TYPES`, each once."""
    wanted = set(names)
    return tuple(name for name in TYPES if name in wanted)


def _read(text: str, kind: str, items: Sequence[str], sole: bool) -> Any:
    """Return text parsed as one type, `sole` if no other is possible; raise ValueError if the type refuses it."""
    word = text.strip().lower()
    if kind == "bool":
        if word in _TRUE + _FALSE:
            return word in _TRUE
        raise ValueError
    if kind == "None":
        raise ValueError  # `fitted` knows the words for it
    if kind == "list" and sole and items and not set(text) & set("[]{}'\"#&*!|>%@`\n"):
        # `yes,12` is a list of two texts if texts are wanted; YAML would read a boolean and a number.
        return [fitted(item.strip(), items) for item in text.split(",")] if text.strip() else []
    if kind in ("list", "dict"):
        return fitted(_from_yaml(text, commas=kind == "list" and sole), [kind], items)
    value = TYPES[kind](text)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError
    return value


def _from_yaml(text: str, commas: bool) -> Any:
    """Return the list or dictionary that YAML reads; with `commas`, brackets around a list may be left out."""
    import yaml

    if commas and not text.lstrip().startswith("["):
        text = f"[{text}]"
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError from error
    if isinstance(value, str):  # `fitted` would parse it once more
        raise ValueError
    return value
