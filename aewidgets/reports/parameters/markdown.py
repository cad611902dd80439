"""Puts the values of parameters into the Markdown cells of a notebook, where `{{ name }}` stands. Runs nothing.

A value is text there, whatever it holds: its punctuation is escaped, so that it makes no markup. In code it stands as
it is, and in a formula only if it is a number or a plain word, since LaTeX has braces of its own.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["filled", "filled_text"]

_NAME = re.compile(r"(?<!\{)\{\{(\s*)([A-Za-z_]\w*)(\s*)\}\}(?!\})", re.ASCII)
_PARTS = re.compile(
    r"(?P<fence>^ {0,3}(?P<mark>`{3,}|~{3,})[^\n]*$.*?(?:^ {0,3}(?P=mark)[`~]*[ \t]*$|\Z))"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<math>\$\$.+?\$\$|(?<!\\)\$(?!\s)[^$\n]+?(?<!\s)\$|\\\\?\(.+?\\\\?\)|\\\\?\[.+?\\\\?\]"
    r"|\\begin\{(?P<name>\w+\*?)\}.*?\\end\{(?P=name)\})",
    re.DOTALL | re.MULTILINE,
)
_PLAIN = re.compile(r"[A-Za-z0-9 .,+-]*", re.ASCII)
_PUNCTUATION = re.compile(r"[!-+\--/:-@\[-`{-~]")  # all of ASCII but the comma
_INSIDE = ".-:/"  # no markup between two letters or digits


def filled(document: Any, values: Mapping[str, Any]) -> Any:
    """Return a copy of a notebook whose Markdown cells have the values of parameters in place of `{{ name }}`.

    A name that is no parameter is left as it is, and so is a notebook in which there is nothing to replace.

    Args:
        document: an nbformat notebook; it is not changed.
        values: values of its parameters, as JSON.
    """
    made = copy.deepcopy(document)
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = filled_text(cell.source, values)
    return made


def filled_text(source: str, values: Mapping[str, Any]) -> str:
    """Return Markdown with the values of parameters in place of `{{ name }}`."""
    made, at = [], 0
    for part in _PARTS.finditer(source):
        made.append(_replaced(source[at : part.start()], values, _escaped))
        how = _in_math if part["math"] else _in_code
        made.append(_replaced(part[0], values, how, spaced=bool(part["math"])))
        at = part.end()
    made.append(_replaced(source[at:], values, _escaped))
    return "".join(made)


def _replaced(text: str, values: Mapping[str, Any], how: Any, spaced: bool = False) -> str:
    """Return text with every known name replaced, as `how` writes the value; if `spaced`, only names between spaces."""

    def value_of(found: re.Match[str]) -> str:
        """Return the value for one name, or the text itself."""
        before, name, after = found.groups()
        if name not in values or (spaced and not (before and after)):
            return found[0]
        written = how(_text(values[name]))
        return found[0] if written is None else written

    return _NAME.sub(value_of, text)


def _text(value: Any) -> str:
    """Return a value on one line: a list as its items, a dictionary as JSON, all else as Python writes it."""
    if isinstance(value, list | tuple):
        text = ", ".join(_text(item) for item in value)
    else:
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return " ".join(text.split())


def _escaped(text: str) -> str:
    """Return text in which every sign that could be markup is a character reference."""

    def reference(found: re.Match[str]) -> str:
        """Return the reference for a sign, or the sign between two letters or digits, where it means nothing."""
        around = text[found.start() - 1 : found.start()] + text[found.end() : found.end() + 1]
        inside = found.start() > 0 and len(around) == 2 and around.isalnum()
        return found[0] if inside and found[0] in _INSIDE else f"&#{ord(found[0])};"

    return _PUNCTUATION.sub(reference, text)


def _in_code(text: str) -> str:
    """Return text for code, where nothing is markup but the mark that ends it."""
    return text.replace("`", "'").replace("~~~", "~ ~ ~")


def _in_math(text: str) -> str | None:
    """Return text for a formula; None if it could be a command there."""
    return text if _PLAIN.fullmatch(text) else None
