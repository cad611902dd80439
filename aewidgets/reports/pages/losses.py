"""What a page could not show, and where: told at the spot, on standard error and in run.json. Draws no output itself.

A page makes no request and runs no kernel, so some of what a notebook shows cannot be shown. Nothing is left out in
silence: whoever leaves something out asks `Losses.note` for the note that stands in its place.
"""

from __future__ import annotations

import html
from typing import NamedTuple

__all__ = ["NUMBER", "Loss", "Losses"]

#: Key of the metadata that holds the number of a cell while a page is made.
NUMBER = "aewidgets_cell_number"

_LONGEST = 300  # characters of a note, which may hold an address that a notebook wrote


class Loss(NamedTuple):
    """Something that a page does not show: number of its cell, from 1 on, and what and why, in words."""

    cell: int
    words: str

    def __str__(self) -> str:
        """Return the loss as one line of a log."""
        return f"cell {self.cell}: {self.words}"


class Losses:
    """What was left out while one page was made."""

    def __init__(self) -> None:
        self._found: dict[Loss, None] = {}

    def note(self, cell: int, words: str) -> str:
        """Remember that something of a cell is not shown, and return the note that stands in its place, as HTML.

        Args:
            cell: number of the cell in the executed notebook, from 1 on, counting cells of every kind.
            words: what and why: a sentence without its capital and full stop, such as "a picture from
                https://example.org needs the network". It is text, not HTML; the same words of one cell are told once.
        """
        # Words of a notebook may hold what moves the cursor of the terminal on which they are printed.
        words = "".join(one if one.isprintable() else "?" for one in " ".join(words.split()))
        short = words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
        self._found[Loss(cell, short)] = None
        # A span, drawn as a block: it also stands where no paragraph may, in the middle of one.
        return f'<span class="lost" role="note">Not shown: {html.escape(short)}.</span>'

    def told(self) -> tuple[Loss, ...]:
        """Return all losses, in the order of the cells."""
        return tuple(sorted(self._found, key=lambda loss: loss.cell))
