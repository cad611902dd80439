"""Methods of one's own by name, beside those that come with the package. Runs none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aewidgets.restoration.own_methods import OwnMethod, own_method

__all__ = ["OwnMethods"]


class OwnMethods:
    """Methods of one's own by name. An object keeps its name; another object of that name is numbered."""

    def __init__(self) -> None:
        self._by_name: dict[str, OwnMethod] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[OwnMethod]:
        return iter(self._by_name.values())

    def take(self, given: Any) -> str:
        """Keep a method, and return the name that it has from now on.

        Raises:
            ValueError: as `aewidgets.restoration.own_methods.own_method`.
        """
        method, number = own_method(given), 1
        name = method.name
        while (known := self._by_name.get(name)) and known.function is not method.function:
            number += 1
            name = f"{method.name} {number}"
        self._by_name.setdefault(name, replace(method, name=name))
        return name

    def named(self, name: str) -> OwnMethod | str:
        """Return the method of a name; the name itself where none of these has it."""
        return self._by_name.get(name, name)
