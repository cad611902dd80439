"""What a terminal would show of a printed text: carriage returns, backspaces and cursor moves are carried out.

nbclient and nbconvert join pieces and cut what stands before a carriage return. Keras' bar goes back by backspaces,
tqdm's nested bars by moving up: here the text is written onto lines as a terminal does it. Knows no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, islice
from typing import NamedTuple

__all__ = ["PLAIN", "Line", "Style", "plain_lines", "screen_lines"]

#: A colour: one of the sixteen of a terminal by its number, or red, green and blue, each 0 to 255.
Colour = int | tuple[int, int, int]

_HEIGHT = 200  # lines that the cursor can return to; what is further up stays as it is
_FARTHEST = 2000  # columns and lines that one move of the cursor covers at most
_CONTROL = re.compile(
    r"\x1b\[(?P<numbers>[0-?]*)[ -/]*(?P<final>[@-~])"  # a command with numbers: colours, moves, erasing
    r"|\x1b[\]PX^_][^\x07\x1b\n]{0,4000}(?:\x07|\x1b\\)"  # titles of windows, addresses of links
    r"|\x1b[ -/]*[0-~]"  # other commands
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]"
)


class Style(NamedTuple):
    """How a piece of text is drawn."""

    foreground: Colour | None = None
    background: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    struck: bool = False


#: The style of text without colours.
PLAIN = Style()
#: A line: pieces of text, each with its style.
Line = list[tuple[str, Style]]
_ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 5: "bold", 7: "inverse", 9: "struck", 21: "underline"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 25: ("bold",), 27: ("inverse",), 29: ("struck",)}


def screen_lines(text: str) -> list[Line]:
    """Return the lines that a terminal shows after a text was printed on it, without blanks at their ends.

    Args:
        text: any text. Colours and moves of the cursor are followed, titles and unknown commands left out; any other
            control character is shown by its number, such as \\x00.
    """
    if not _CONTROL.search(text.replace("\n", "")):
        plain: list[Line] = [[(line, PLAIN)] if line else [] for line in map(str.rstrip, text.split("\n"))]
        return _trimmed(plain)
    screen = _Screen()
    place = 0
    for found in _CONTROL.finditer(text):
        screen.put(text[place : found.start()])
        screen.control(found)
        place = found.end()
    screen.put(text[place:])
    return screen.lines()


def plain_lines(text: str) -> list[str]:
    """Return the lines that a terminal shows, as `screen_lines` does, without their colours."""
    return ["".join(piece for piece, _ in line) for line in screen_lines(text)]


class _Screen:
    """Lines of single characters with a cursor; those that the cursor no longer reaches are kept as pieces."""

    def __init__(self) -> None:
        self._above: list[Line] = []
        self._rows: list[list[tuple[str, Style]]] = [[]]
        self._row = self._column = 0
        self._style = PLAIN
        self._returned = False

    def put(self, text: str) -> None:
        """Write text at the cursor, over what stands there.

        Text straight after a carriage return takes the place of the whole line, as nbconvert and nbclient have it:
        `print(step, end="\\r")` means a new state, and a longer one before it would leave its end behind.
        """
        if not text:
            return
        row = self._rows[self._row]
        if self._returned:
            row.clear()
            self._returned = False
        if len(row) < self._column:
            row.extend([(" ", PLAIN)] * (self._column - len(row)))
        style = self._style
        row[self._column : self._column + len(text)] = [(character, style) for character in text]
        self._column += len(text)

    def control(self, found: re.Match[str]) -> None:
        """Carry out a control character or a command."""
        final, character = found["final"], found[0]
        self._returned = character == "\r" or (self._returned and final == "m")
        if final == "m":
            self._style = _styled(self._style, found["numbers"])
        elif final:
            self._command(final, found["numbers"])
        elif character == "\r":
            self._column = 0
        elif character == "\b":
            self._column = max(0, self._column - 1)
        elif character in "\n\v\f\x85":
            self._down(1)
            self._column = 0
        elif len(character) == 1 and character not in "\a\x1b":
            self.put(f"\\x{ord(character):02x}")

    def lines(self) -> list[Line]:
        """Return all lines, without empty ones at the end."""
        return _trimmed([*self._above, *map(_pieces, self._rows)])

    def _command(self, final: str, numbers: str) -> None:
        """Move the cursor or erase; nothing for a command that changes no text."""
        parts = [int(part) if part.isdecimal() else 0 for part in numbers[:40].split(";")]
        first, count = parts[0], min(max(parts[0], 1), _FARTHEST)
        if final in "AF":
            self._row = max(0, self._row - count)
        elif final in "BE":
            self._down(count)
        elif final == "C":
            self._column += count
        elif final == "D":
            self._column = max(0, self._column - count)
        elif final == "G":
            self._column = count - 1
        elif final in "Hf":
            self._row = 0
            self._down(count - 1)
            self._column = min(max(parts[1], 1), _FARTHEST) - 1 if len(parts) > 1 else 0
        elif final == "K":
            self._erase_line(first)
        elif final == "J":
            self._erase_screen(first)
        if final in "EF":
            self._column = 0

    def _down(self, count: int) -> None:
        """Move the cursor down, into new lines where there are none."""
        self._row += count
        while len(self._rows) <= self._row:
            self._rows.append([])
        while len(self._rows) > _HEIGHT and self._row > 0:
            self._above.append(_pieces(self._rows.pop(0)))
            self._row -= 1

    def _erase_line(self, part: int) -> None:
        """Erase the line of the cursor: behind it (0), up to it (1), or all of it (2)."""
        row = self._rows[self._row]
        if part == 0:
            del row[self._column :]
        else:
            end = len(row) if part == 2 else min(len(row), self._column + 1)
            row[:end] = [(" ", PLAIN)] * end

    def _erase_screen(self, part: int) -> None:
        """Erase the lines below the cursor (0), above it (1), or all of them (2 and 3)."""
        if part == 0:
            self._erase_line(0)
            del self._rows[self._row + 1 :]
        else:
            for row in self._rows[: self._row] if part == 1 else self._rows:
                row.clear()


def _trimmed(lines: list[Line]) -> list[Line]:
    """Return lines without empty ones at the end, where the cursor waits."""
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _pieces(row: list[tuple[str, Style]]) -> Line:
    """Return a line of single characters as pieces of one style each, without blanks at its end."""
    end = len(row)
    while end and row[end - 1][0].isspace() and row[end - 1][1].background is None and not row[end - 1][1].inverse:
        end -= 1
    return [
        ("".join(character for character, _ in group), style)
        for style, group in groupby(row[:end], key=lambda cell: cell[1])
    ]


def _styled(style: Style, numbers: str) -> Style:
    """Return a style after a command such as `1;31`; numbers that mean nothing change nothing."""
    # ISO 8613-6 joins the parts of one colour by colons, most programs by semicolons.
    rest = iter(numbers.replace("::", ":").replace(":", ";").split(";"))
    for text in rest:
        number = int(text) if text.isdecimal() else 0 if not text else -1
        if number == 0:
            style = PLAIN
        elif number in _ON:
            style = style._replace(**{_ON[number]: True})
        elif number in _OFF:
            style = style._replace(**dict.fromkeys(_OFF[number], False))
        elif number in (38, 48):
            colour = _extended(rest)
            if colour is not None:
                style = style._replace(foreground=colour) if number == 38 else style._replace(background=colour)
        elif number in (39, 49):
            style = style._replace(foreground=None) if number == 39 else style._replace(background=None)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            style = style._replace(foreground=number - 30 if number < 40 else number - 82)
        elif 40 <= number <= 47 or 100 <= number <= 107:
            style = style._replace(background=number - 40 if number < 50 else number - 92)
    return style


def _extended(rest: Iterator[str]) -> Colour | None:
    """Read a colour of 256 (`5;n`) or of all (`2;r;g;b`); None if it is neither."""
    count = {"5": 1, "2": 3}.get(next(rest, ""), 0)
    found = [int(text) if text.isdecimal() else 256 for text in islice(rest, count)]
    if not count or len(found) < count or max(found) > 255:
        return None
    if len(found) == 3:
        return found[0], found[1], found[2]
    (index,) = found
    if index < 16:
        return index
    if index < 232:  # a cube of six steps along each edge
        steps = (index - 16) // 36, (index - 16) // 6 % 6, (index - 16) % 6
        red, green, blue = (55 + 40 * step if step else 0 for step in steps)
        return red, green, blue
    return ((index - 232) * 10 + 8,) * 3
