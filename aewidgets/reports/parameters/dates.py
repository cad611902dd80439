"""Expands relative dates in parameters, such as `{today-7d}`, to dates. Reads no clock and no notebook.

Other text in braces is left alone: a dictionary in YAML has braces, too, and so have patterns of file names. Text that
looks like a relative date and is none is refused, because a notebook would take it for a date that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, NamedTuple

from aewidgets.reports.parameters.parameter import ParameterError
from aewidgets.reports.parameters.types import Word

__all__ = ["Expanded", "expanded", "has_dates", "mended"]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = ("today", *_DAYS)
_FORM = re.compile(r"([a-z]+)(?:([+-])(\d{1,4})([dw]))?")
# A date in braces, perhaps doubled: a known word, or a word with a number of days behind it.
_BRACES = re.compile(r"\{(\{?)(\s*[A-Za-z]+(?:\s*[+-][^{}:,]{0,20})?\s*)\}(\}?)")
_EXAMPLES = "{today}, {today-7d} or {monday-1w}"


class Expanded(NamedTuple):
    """Parameters with dates in place of relative ones, and those that had some as they were written."""

    values: dict[str, Any]
    written: dict[str, Any]


def expanded(values: Mapping[str, Any], today: date) -> Expanded:
    """Return parameters with every relative date in their texts as a date, `2026-11-23`.

    `{today}` is the day given, `{monday}` to `{sunday}` the latest such day that is not after it; `-7d`, `+1d`, `-2w`
    behind the word move it by days or weeks. Doubled braces stand for the text itself: `{{today}}` gives `{today}`.
    Texts in lists and dictionaries are read, too; keys are not.

    Args:
        values: parameters by name, not checked yet.
        today: the day on which the run starts.

    Raises:
        ParameterError: for text such as `{today-7}` or `{tody-7d}`; a number has four digits at most.
    """
    found, written, wrong = {}, {}, []
    for name, value in values.items():
        try:
            found[name] = _expanded(value, today)
        except ValueError as error:
            wrong.append(f"{name}: {error}")
        else:
            if _differ(found[name], value):
                written[name] = value
    if wrong:
        raise ParameterError("\n".join(wrong))
    return Expanded(found, written)


def has_dates(value: Any) -> bool:
    """Return whether a value holds a relative date, doubled braces, or text that `expanded` refuses."""
    try:
        return _differ(_expanded(value, date(2000, 1, 1)), value)
    except ValueError:
        return True


def mended(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a YAML file with `{today-7d}` as text, which YAML reads as a mapping without quotes."""
    return {name: _mended(value) for name, value in values.items()}


def _differ(one: Any, other: Any) -> bool:
    """Return whether expanding changed a value; a value that holds no text is the same object, whatever it is."""
    return one is not other and one != other


def _mended(value: Any) -> Any:
    if isinstance(value, list):
        return [_mended(one) for one in value]
    if isinstance(value, dict) and len(value) == 1:
        ((key, inner),) = value.items()
        if inner is None and isinstance(key, str) and _BRACES.fullmatch(f"{{{key}}}") and _known(key):
            return f"{{{key}}}"
    return {key: _mended(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _expanded(value: Any, today: date) -> Any:
    """Return a value with the relative dates in its texts expanded, of the same type."""
    if isinstance(value, str):
        text = _BRACES.sub(lambda found: _date(found, today), value)
        return value if text == value else Word(text) if isinstance(value, Word) else text
    if isinstance(value, list):
        return [_expanded(one, today) for one in value]
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(_expanded(one, today) for one in value)
    if isinstance(value, dict):
        return {key: _expanded(one, today) for key, one in value.items()}
    return value


def _date(found: re.Match[str], today: date) -> str:
    """Return the date for a match of `_BRACES`, or its text where that is no relative date."""
    before, text, after = found.groups()
    if not _known(text):
        return found[0]
    if before and after:
        return f"{{{text}}}"
    form = _FORM.fullmatch(text)
    if not form or form[1] not in _WORDS:
        word = _word(text)
        near = get_close_matches(word.lower(), _WORDS, n=1)
        hint = f"; did you mean {near[0]}?" if near and near[0] != word else ""
        raise ValueError(f"expected a date such as {_EXAMPLES}, got {{{text}}}{hint} {{{{{text}}}}} is the text itself")
    name, sign, count, unit = form.groups()
    day = today if name == "today" else today - timedelta((today.weekday() - _DAYS.index(name)) % 7)
    days = int(count or 0) * (7 if unit == "w" else 1)
    return before + (day + timedelta(-days if sign == "-" else days)).isoformat() + after


def _known(text: str) -> bool:
    """Return whether text in braces is a relative date, or so much like one that it must not be left alone."""
    name = _word(text)
    if name.lower() in _WORDS:
        return True
    moved = re.fullmatch(r"\s*[+-]\s*\d+\s*[dw]\s*", text.lstrip()[len(name) :])
    return bool(moved and get_close_matches(name.lower(), _WORDS, n=1, cutoff=0.7))


def _word(text: str) -> str:
    """Return the letters with which text begins, after white space."""
    found = re.match(r"\s*([A-Za-z]+)", text)
    return found[1] if found else ""
