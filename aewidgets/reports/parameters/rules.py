"""Reads the range or the choices of a parameter from the comment beside it. Reads no types.

    quality: float = 50.0  # 1..100: of the codec           both ends are allowed
    sigma = 0.1  # 0..: noise level, image units            no upper end
    side: int | None = None  # 8..512 pixels: of the crop   with a unit; None stays allowed
    width = 3.5  # [mm] of the lens                         a unit alone
    method: str = "nlm"  # one of nlm, tv or wavelet: how noise is removed
    levels: list[float] = [15, 25]  # 1.. items in 0..255: noise levels           how many a list may have
    pair: list[int] = [3, 8]  # 2 items: two labels
    kinds: list[str] = ["a"]  # 1..3 items, one of a, b or c: of pictures

The rule of a list holds for every item. A comment that does not begin in one of these ways is only help. Choices may
also be written as `one of a, b and c`, `one of (a, b)` or `one of: a | b`.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from aewidgets.reports.parameters.types import ANY, Word, fitted, type_name

__all__ = ["Rule", "rule_of"]

_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
# Not `../folder`, which is a path.
_BEGINS = re.compile(rf"(?:{_NUMBER})?\s*\.\.(?:\s*{_NUMBER})?(?![.\w/\\])")
_RANGE = re.compile(
    rf"(?P<low>{_NUMBER})?\s*\.\.\s*(?P<high>{_NUMBER})?(?:\s+(?P<unit>[^:]{{1,40}}?))?\s*(?::\s*(?P<help>.*))?\Z"
)
_WORD = r"""(?:"[^"]*"|'[^']*'|[^\s,:"'()\[\]{}|]+)"""
_BETWEEN = r"(?:\s*,\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+|\s*\|\s*)"
_ONE_OF = re.compile(r"one of\b|choices\b", re.IGNORECASE)
_CHOICES = re.compile(
    rf"(?:one of|choices)\s*:?\s*[(\[{{]?\s*(?P<list>{_WORD}(?:{_BETWEEN}{_WORD})+)\s*[)\]}}]?"
    r"\s*(?::\s*(?P<help>.*))?\Z",
    re.IGNORECASE,
)
_CHOICE = re.compile(rf"({_WORD})(?:{_BETWEEN}|\Z)", re.IGNORECASE)
_COUNT = re.compile(r"(?P<least>\d+)(?P<range>\.\.(?P<most>\d+)?)? items?(?P<rest>(?:, one of | in |:|\Z).*)")
_UNIT = re.compile(r"\[(?P<unit>(?=[^\]]*[^\W\d_]|%|°)[^\]]{1,40})\]\s*:?\s*(?P<help>.*)\Z")


@dataclass(frozen=True)
class Rule:
    """The values that a parameter accepts, beyond its types.

    Attributes:
        low: least number; None for no limit.
        high: greatest number; None for no limit.
        unit: unit of the number, as the comment writes it.
        choices: accepted values; empty if there is no such list.
        free: names of types of which every value is accepted beside the choices.
        help: rest of the comment.
        fewest: least number of items of a list.
        most: greatest number of items of a list; None for no limit.
    """

    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[Any, ...] = ()
    free: tuple[str, ...] = ()
    help: str = ""
    fewest: int = 0
    most: int | None = None

    @property
    def text(self) -> str:
        """The rule in words, as an error names it; empty if every value is accepted."""
        if self.choices:
            return "one of " + ", ".join(map(repr, self.choices))
        if self.low is None and self.high is None:
            return ""
        low, high = ("" if end is None else f"{end:g}" for end in (self.low, self.high))
        return f"{low}..{high} {self.unit}".strip()

    @property
    def items(self) -> str:
        """Number of items of a list in words: `2 items`, `at least 1 item`; empty if any number is accepted."""
        if not self.fewest and self.most is None:
            return ""
        if self.most is None:
            return f"at least {_items(self.fewest)}"
        return _items(self.most) if self.fewest == self.most else f"{self.fewest} to {_items(self.most)}"

    def wrong(self, value: Any) -> str | None:
        """Return in words the value, or the item of a list, that the rule refuses; None if it accepts all."""
        if isinstance(value, list | tuple):
            if len(value) < self.fewest or (self.most is not None and len(value) > self.most):
                return _items(len(value))
            return next((f"{found} in it" for item in value if (found := self.wrong(item))), None)
        if self.choices and type_name(value) not in self.free and not any(_same(value, one) for one in self.choices):
            near = get_close_matches(str(value), map(str, self.choices), n=1)
            return f"{value!r:.80}" + (f", did you mean {near[0]!r}?" if near else "")
        if isinstance(value, int | float) and not isinstance(value, bool):
            low = -math.inf if self.low is None else self.low
            if not low <= value <= (math.inf if self.high is None else self.high):
                return f"{value!r:.80}"
        return None


def rule_of(comment: str, types: Sequence[str], items: Sequence[str]) -> Rule:
    """Return the rule with which a comment begins.

    Args:
        comment: the comment without its #.
        types: names of the types that the parameter accepts.
        items: names of the types that the items of its lists may have.

    Raises:
        ValueError: for a comment that begins like a rule and is none, or one that does not fit the types; the message
            says what a rule would look like.
    """
    text = comment if ":" in comment else re.sub(r"(?<=\w)\.\Z", "", comment)  # a sentence may end in a full stop
    if found := _COUNT.match(text):
        return _counted(found, types, items)
    single = [name for name in (*types, *items) if name not in ("list", "dict", "None")]
    if found := _CHOICES.match(text):
        words = [one[1] for one in _CHOICE.finditer(found["list"])]
        kinds = ANY if tuple(types) == ANY else single
        return Rule(choices=tuple(_choice(word, kinds) for word in words), free=("None",), help=found["help"] or "")
    if _ONE_OF.match(text):
        raise ValueError("expected choices such as `one of a, b or c: how it is done`")
    if _BEGINS.match(text) and any(character.isdigit() for character in text.partition(":")[0]):
        found = _RANGE.match(text)
        if not found:
            raise ValueError("expected a range such as `1..100: of the codec`")
        if not {"int", "float"} & set(single) and (single or types):
            raise ValueError(f"expected a range only beside numbers, got it beside {' or '.join(types)}")
        low, high = (None if found[end] is None else float(found[end]) for end in ("low", "high"))
        if low is not None and high is not None and low > high:
            raise ValueError("expected a range from a smaller to a greater number")
        return Rule(low, high, (found["unit"] or "").strip("[] "), help=found["help"] or "")
    if found := _UNIT.match(comment):
        return Rule(unit=found["unit"], help=found["help"])
    return Rule(help=comment)


def _items(count: int) -> str:
    """Return a number of items in words."""
    return f"{count} item" if count == 1 else f"{count} items"


def _counted(found: re.Match[str], types: Sequence[str], items: Sequence[str]) -> Rule:
    """Return the rule of a comment that begins with a number of items, and goes on with the rule of each."""
    if "list" not in types and types:
        raise ValueError(f"expected a number of items only beside lists, got it beside {' or '.join(types)}")
    fewest = int(found["least"])
    most = (None if found["most"] is None else int(found["most"])) if found["range"] else fewest
    if most is not None and fewest > most:
        raise ValueError("expected a range from a smaller to a greater number of items")
    rest = re.sub(r"\A(, | in |:\s*)", "", found["rest"])
    rule = Rule(help=rest) if found["rest"].startswith(":") else rule_of(rest, types, items)
    if found["rest"][:4] in (", on", " in ") and not rule.text:
        raise ValueError("expected after the number of items a range or choices")
    return replace(rule, fewest=fewest, most=most)


def _choice(word: str, types: Sequence[str]) -> Any:
    """Return one choice, as text if it is quoted, else as the first of the types that accepts it."""
    quoted = word[:1] in ("'", '"')
    try:
        return fitted(ast.literal_eval(word) if quoted else Word(word), ["str"] if quoted else types or ["str"])
    except ValueError:
        raise ValueError(f"expected choices of type {' or '.join(types)}, got {word}") from None


def _same(one: Any, other: Any) -> bool:
    """Return True if two values are equal; True is not the same as 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other
