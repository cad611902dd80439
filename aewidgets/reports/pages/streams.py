"""Printed text, messages and tracebacks of cells as HTML: pieces joined, long ones folded, nothing lost unsaid.

The executed notebook keeps what the kernel sent. Only the page shows what a terminal would show of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aewidgets.reports.pages.colours import css_of
from aewidgets.reports.pages.losses import Losses
from aewidgets.reports.pages.mime import text_of
from aewidgets.reports.pages.terminal import Line, plain_lines, screen_lines

__all__ = ["PrintedText", "merged"]

_WHOLE = 60  # lines of a text that is shown without a fold
_FIRST, _LAST = 20, 10  # lines before and behind a fold
_LAST_RAISED = 30  # lines behind the fold of a traceback, whose end says most
_WIDEST = 20_000  # characters of a line
_FOLDED = 200_000  # characters in one fold
_PAGE = 5_000_000  # characters in all folds of a page
_ERROR = re.compile(r"\b(?:ERROR|CRITICAL|FATAL)\b|^Traceback \(most recent call last\)|^\w*(?:Error|Exception): ")
_WARNING = re.compile(r"\bWARN(?:ING)?\b|\b\w*Warning: ")
_KEPT = "the executed notebook beside this page holds all of it"


def merged(outputs: Iterable[Any]) -> list[Any]:
    """Return a cell's outputs with the pieces of a printed text joined; none of the given ones is changed.

    Pieces on standard output are joined up to the next picture, table or error. All messages of the cell, which a
    kernel sends between them in no order that holds, become one, in the place of the first.
    """
    made: list[Any] = []
    printed: Any = None
    messages: Any = None
    for output in outputs:
        if output.output_type != "stream":
            made.append(output)
            printed = None
        elif output.get("name") == "stderr":
            messages = _joined(messages, output, made)
        else:
            printed = _joined(printed, output, made)
    return made


def _joined(before: Any, output: Any, made: list[Any]) -> Any:
    """Append the text of an output to an earlier one, or the output to the list; return the one that has the text."""
    text = text_of(output.text) or ""
    if before is None:
        before = type(output)(output, text=text)
        made.append(before)
    else:
        before["text"] += text
    return before


class PrintedText:
    """Draws the printed texts of one page, which share the room that a page has for folded ones.

    Args:
        losses: gathers what there is no room for.
    """

    def __init__(self, losses: Losses):
        self._losses = losses
        self._left = _PAGE

    def printed(self, text: str, cell: int) -> str:
        """Return a text as HTML: what a terminal shows of it, a long one folded; "" if it shows nothing.

        Args:
            text: the text, with colours and moves of the cursor.
            cell: number of its cell.
        """
        return self._block(screen_lines(text), cell, _LAST)

    def messages(self, text: str, cell: int) -> str:
        """Return what a cell wrote on standard error, folded; how many lines, and the first error, stand outside."""
        lines = screen_lines(text)
        plain = ["".join(piece for piece, _ in line) for line in lines]
        if not any(map(str.strip, plain)):
            return ""
        words = f"Messages: {len(lines):,} line{'s' * (len(lines) > 1)}"
        if len(lines) == 1 and not _ERROR.search(plain[0]):
            words += f": {html.escape(_shortened(plain[0].strip(), 100))}"
        errors = [line for line in plain if _ERROR.search(line)]
        warnings = sum(bool(_WARNING.search(line)) for line in plain)
        if warnings and len(lines) > 1:
            words += f", {warnings:,} of a warning"
        if errors:
            first = html.escape(_shortened(errors[0].strip(), 160))
            words += f', <strong class="alarm">▲ an error: {first}</strong>'
        return f'<details class="code messages"><summary>{words}</summary>{self._block(lines, cell, _LAST)}</details>'

    def raised(self, error: Mapping[str, Any], cell: int) -> str:
        """Return an exception as HTML: its name and message, then its traceback, of which the end stays in view."""
        name, message = str(error.get("ename") or "Error"), str(error.get("evalue") or "").strip()
        first = _shortened(message.partition("\n")[0], 500)
        trace = error.get("traceback") or ()
        text = trace if isinstance(trace, str) else "\n".join(str(line) for line in trace)
        lines = screen_lines(text) or (screen_lines(message) if message != first else [])
        head = f"<strong>{html.escape(name)}</strong>{': ' * bool(first)}{html.escape(first)}"
        return f'<p class="raised">{head}</p>{self._block(lines, cell, _LAST_RAISED)}'

    def _block(self, lines: list[Line], cell: int, last: int) -> str:
        """Return lines as one block, or as a first and a last block with a fold between them."""
        if len(lines) <= _WHOLE:
            return self._pre(lines, cell) if lines else ""
        middle = lines[_FIRST:-last]
        return (
            f"{self._pre(lines[:_FIRST], cell)}"
            f'<details class="more"><summary>{len(middle):,} more lines</summary>{self._fold(middle, cell)}</details>'
            f"{self._pre(lines[-last:], cell)}"
        )

    def _fold(self, lines: list[Line], cell: int) -> str:
        """Return folded lines, the first and the last of them if there is not room for all."""
        room = min(_FOLDED, self._left)
        sizes = [min(_WIDEST, sum(len(piece) for piece, _ in line)) + 1 for line in lines]
        if sum(sizes) <= room:
            self._left -= sum(sizes)
            return self._pre(lines, cell)
        start = _fitting(sizes, room // 2)
        end = len(lines) - _fitting(sizes[:start:-1], room // 2)
        self._left -= sum(sizes[:start]) + sum(sizes[end:])
        note = self._losses.note(
            cell, f"{end - start:,} of {len(lines) + _FIRST + _LAST:,} printed lines, too many for a page; {_KEPT}"
        )
        return f"{self._pre(lines[:start], cell)}{note}{self._pre(lines[end:], cell)}"

    def _pre(self, lines: Sequence[Line], cell: int) -> str:
        """Return lines as a `pre` element; a line that is too long for a page is cut, with a note below."""
        if not lines:
            return ""
        drawn, notes, widest = [], [], 0
        for line in lines:
            size = sum(len(piece) for piece, _ in line)
            if size > _WIDEST:
                line = _cut(line)
                words = f"{size - _WIDEST:,} of the {size:,} characters of a printed line; {_KEPT}"
                notes.append(self._losses.note(cell, words))
            widest = max(widest, size)
            drawn.append("".join(_piece(text, css_of(style)) for text, style in line))
        start = "\n" if not drawn[0] else ""  # HTML drops a line break at the start of a `pre`
        wide = ' tabindex="0"' if widest > 36 else ""  # so that the keyboard can scroll it
        return f"<pre{wide}>{start}{chr(10).join(drawn)}</pre>{''.join(notes)}"


def _shortened(text: str, longest: int) -> str:
    """Return a text without control characters, cut with a mark if it has more characters than that."""
    plain = "".join(plain_lines(text))
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def _fitting(sizes: Iterable[int], room: int) -> int:
    """Return how many sizes, from the first on, fit into a room."""
    count = 0
    for size in sizes:
        room -= size
        if room < 0:
            break
        count += 1
    return count


def _cut(line: Line) -> Line:
    """Return the start of a line, as long as lines of a page may be, and a mark."""
    kept, room = [], _WIDEST
    for text, style in line:
        kept.append((text[:room], style))
        room -= len(text)
        if room <= 0:
            kept[-1] = (f"{kept[-1][0]}…", style)
            break
    return kept


def _piece(text: str, css: str) -> str:
    escaped = html.escape(text, quote=False)
    return f'<span style="{css}">{escaped}</span>' if css else escaped
