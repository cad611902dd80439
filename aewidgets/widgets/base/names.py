"""Names of a widget's settings: those that its constructor takes, and words for one that it does not know."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from difflib import get_close_matches

import ipywidgets

__all__ = ["nearest", "taken"]


def taken(kind: type[ipywidgets.Widget]) -> set[str]:
    """Return every keyword that a widget of this kind takes: its own, its traits, and what ipywidgets takes."""
    given = set()
    for one in kind.__mro__:
        if "__init__" in vars(one) and issubclass(one, ipywidgets.Widget):
            parameters = inspect.signature(vars(one)["__init__"]).parameters.values()
            given |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return (given | {"model_id"} | set(kind.class_trait_names())) - {"self"}


def nearest(name: str, known: Collection[str]) -> str:
    """Return a hint for a name that is not known: the nearest one, or all of them."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"
