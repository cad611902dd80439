"""Reads the types of parameters from annotations, and values as these types. Knows no ranges and no notebooks.

Python's own types are known, and their equals in `typing`: `int | None`, `list[float]`, `Literal["a", "b"]`.
"""

from __future__ import annotations

import ast
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from aewidgets.reports.parameters.yaml_values import yaml_value

__all__ = ["ANY", "TYPES", "Types", "Word", "annotated", "as_json_value", "fitted", "is_plain", "plain_of", "type_name"]

#: Types by name, narrow ones first: text is read as the first type that accepts it.
TYPES: dict[str, type] = {
    "bool": bool, "int": int, "float": float, "list": list, "dict": dict, "None": type(None), "str": str,
}  # fmt: skip
#: Types of a parameter about which nothing is known: any value is accepted.
ANY = tuple(TYPES)
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_NONE = ("none", "null")
_LISTS = {"list", "List", "tuple", "Tuple", "Sequence"}
_LONGEST_TEXT, _MOST_VALUES, _DEEPEST, _MOST_BITS = 100_000, 10_000, 20, 4096  # limits of one parameter


class Word(str):
    """Text from a command line, which may stand for a value of any type; other text stays text where any type fits."""


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


def fitted(value: Any, types: Sequence[str], items: Sequence[str] = (), any_keys: bool = False) -> Any:
    """Return a value as the first of the types that accepts it.

    Args:
        value: text, as a command line gives it, is parsed; the type of any other value must fit. NumPy's numbers and
            arrays, paths, dates and other simple values count as what `plain_of` makes of them.
        types: names of `TYPES` for the value. All of them (`ANY`) accept any value, and read a `Word` as papermill
            does: `true`, `none` and numbers as these, lists and dictionaries in brackets, anything else as text.
        items: names of `TYPES` for the items of a list.
        any_keys: whether keys of dictionaries may be numbers too.

    Raises:
        ValueError: if no type accepts the value.
    """
    if isinstance(value, Decimal) and "str" in types and not {"int", "float"} & set(types):
        return str(value)
    word, value = isinstance(value, Word), plain_of(value)
    if isinstance(value, str):
        if len(value) > _LONGEST_TEXT:
            raise ValueError
        if tuple(types) == ANY:
            return _read_any(value) if word else value
        if "None" in types and value.strip().lower() in _NONE:  # not a list of one text
            return None
        for name in types:
            try:
                return _read(value, name, types, items, any_keys)
            except ValueError:
                continue
        raise ValueError
    if isinstance(value, int) and not isinstance(value, bool) and "int" not in types and "float" in types:
        value = float(value)
    if type_name(value) not in types or not is_plain(value, any_keys or tuple(types) == ANY):
        raise ValueError
    return [fitted(item, items) for item in value] if isinstance(value, list) and items else value


def type_name(value: Any) -> str:
    """Return the name of a value's type, as in `TYPES` where it is one of them; a tuple counts as a list."""
    return "None" if value is None else "list" if isinstance(value, tuple) else type(value).__name__


def plain_of(value: Any) -> Any:
    """Return a value as Python's own plain types, where that loses nothing that a cell could miss.

    NumPy's numbers and small arrays become numbers and lists; paths, UUIDs, dates and times (ISO 8601) become texts; an
    Enum becomes its value, a Decimal or a Fraction a number; tuples, ranges and sets (sorted) become lists. Any other
    value is returned as it is.

    Raises:
        ValueError: for more values than a parameter may have, and for values that contain themselves.
    """
    count = 0

    def plain(inner: Any, depth: int) -> Any:
        """Return the plain value at this depth, and count it."""
        nonlocal count
        count += 1
        if depth > _DEEPEST or count > _MOST_VALUES:
            raise ValueError(f"expected at most {_MOST_VALUES:,} values, {_DEEPEST} deep")
        while isinstance(inner, Enum):
            inner = inner.value
        if type(inner) in (str, int, float, bool):
            return inner
        if callable(getattr(inner, "tolist", None)):  # NumPy, and arrays of other libraries
            size = getattr(inner, "size", 1)
            if isinstance(size, int) and size > _MOST_VALUES:
                raise ValueError(f"expected at most {_MOST_VALUES:,} values, got {size:,}")
            inner = inner.tolist()
        if isinstance(inner, set | frozenset):
            inner = sorted(inner, key=repr)
        if isinstance(inner, list | tuple | range):
            return [plain(item, depth + 1) for item in inner]
        if isinstance(inner, Mapping):
            return {plain(key, depth): plain(item, depth + 1) for key, item in inner.items()}
        return _plain_scalar(inner)

    return plain(value, 0)


def _plain_scalar(value: Any) -> Any:
    """Return one value as text or number, if it is of a type that is known; else as it is."""
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal | Fraction):
        return int(value) if math.isfinite(value) and value == int(value) else float(value)
    if isinstance(value, str):  # subclasses, such as NumPy's texts
        return str.__str__(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if isinstance(value, int) else float(value)
    return value


def as_json_value(value: Any) -> Any:
    """Return a plain value as JSON holds it: lists for tuples, and texts for the keys of dictionaries.

    Raises:
        ValueError: if two keys are one in JSON, such as 1 and "1".
    """
    if isinstance(value, list | tuple):
        return [as_json_value(item) for item in value]
    if isinstance(value, dict):
        keys = {None: "null", True: "true", False: "false"}
        named = [(keys[k] if k is None or isinstance(k, bool) else str(k), as_json_value(v)) for k, v in value.items()]
        if len(dict(named)) < len(named):
            raise ValueError("two keys that JSON cannot tell apart")
        return dict(named)
    return value


def is_plain(value: Any, any_keys: bool = False) -> bool:
    """Return True for a value that JSON can hold: finite numbers, texts, and small lists and dictionaries of them.

    Keys of dictionaries are texts, or with `any_keys` numbers too.
    """
    known = (str, int, float, bool, type(None)) if any_keys else (str,)
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
            return all(isinstance(key, known) and plain(key, depth) and plain(item, depth + 1)
                       for key, item in inner.items())  # fmt: skip
        if isinstance(inner, float):
            return math.isfinite(inner)
        if isinstance(inner, int):
            return inner.bit_length() <= _MOST_BITS
        return inner is None or (isinstance(inner, str) and len(inner) <= _LONGEST_TEXT)

    return plain(value, 0) and (not any_keys or _keeps_keys(value))


def _keeps_keys(value: Any) -> bool:
    """Return True if JSON can tell the keys of all dictionaries in a value apart."""
    try:
        as_json_value(value)
    except ValueError:
        return False
    return True


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


def _read_any(text: str) -> Any:
    """Return text as the value that it most likely is; text that is nothing else stays text."""
    word = text.strip()
    if word.lower() in ("true", "false"):
        return word.lower() == "true"
    if word.lower() in _NONE:
        return None
    for kind in (int, float):
        try:
            value = kind(word)
        except ValueError:
            continue
        return value if is_plain(value) else text
    if word[:1] + word[-1:] in ("[]", "{}"):
        try:
            value = plain_of(_from_yaml(word, commas=False))
        except (ValueError, TypeError):  # TypeError: a list cannot be a key
            return text
        return value if is_plain(value, any_keys=True) else text
    return text


def _read(text: str, kind: str, types: Sequence[str], items: Sequence[str], any_keys: bool) -> Any:
    """Return text parsed as one of the possible types; raise ValueError if the type refuses it."""
    word = text.strip().lower()
    sole = not set(types) - {kind, "None"}
    if kind == "bool":
        if word in _TRUE + _FALSE and not (word in ("0", "1") and {"int", "float"} & set(types)):
            return word in _TRUE
        raise ValueError
    if kind == "None":
        raise ValueError  # `fitted` knows the words for it
    if kind == "list" and sole and items and not set(text) & set("[]{}'\"#&*!|>%@`\n"):
        # `yes,12` is a list of two texts if texts are wanted; YAML would read a boolean and a number.
        return [fitted(item.strip(), items) for item in text.split(",")] if text.strip() else []
    if kind in ("list", "dict"):
        return fitted(_from_yaml(text, commas=kind == "list" and sole), [kind], items, any_keys)
    value = TYPES[kind](text)
    if not is_plain(value):
        raise ValueError
    return value


def _from_yaml(text: str, commas: bool) -> Any:
    """Return the list or dictionary that YAML reads; with `commas`, brackets around a list may be left out."""
    if commas and not text.lstrip().startswith("["):
        text = f"[{text}]"
    value = yaml_value(text)
    if isinstance(value, str):  # `fitted` would parse it once more
        raise ValueError
    return value
