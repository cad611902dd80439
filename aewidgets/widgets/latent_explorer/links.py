"""Explorers that are linked: what is selected in one is selected in all of them. Knows no traits but those two."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

__all__ = ["Links"]


class Links:
    """The other explorers that one is linked with.

    A page knows them by a name that they share, the trait `linked`: there the pages' own halves tell each other what is
    under the pointer, and without a kernel also what is selected.
    """

    def __init__(self, own: Any):
        self._own, self.others = own, list[Any]()

    def join(self, explorers: Iterable[Any]) -> None:
        """Link explorers with this one, and with all that they or it are linked with.

        Raises:
            TypeError: for what is no explorer.
            ValueError: for one of another number of points, or itself.
        """
        own, added = self._own, list(explorers)
        for other in added:
            if not isinstance(getattr(other, "_links", None), Links):
                raise TypeError(f"link: expected an explorer, got {type(other).__name__}")
            if other is own:
                raise ValueError("link: expected another explorer, got this one itself")
            if other._count != own._count:
                raise ValueError(
                    f"link: expected explorers of the same points, got {own._count:,} and {other._count:,}; make both "
                    "of the same rows, in the same order"
                )
        theirs = [one for other in added for one in (other, *other._links.others)]
        group = list(dict.fromkeys([own, *self.others, *theirs]))
        name = uuid.uuid4().hex
        for one in group:
            one._links.others = [other for other in group if other is not one]
            one._publish(linked=name)
        self.tell()

    def tell(self) -> None:
        """Select everywhere what is selected in this one."""
        for other in self.others:
            if other.selection != self._own.selection:
                other.selection = self._own.selection

    def leave(self) -> None:
        """End the links with all others, which stay linked with each other."""
        others, self.others = self.others, []
        for other in others:
            other._links.others = [one for one in other._links.others if one is not self._own]
            if not other._links.others:
                other._publish(linked="")
