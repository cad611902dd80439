"""Shows what the cells of a run print while it runs, line by line, safe for a terminal and without secrets.

papermill's `log_output` writes every piece as it came: with escape sequences, and one line for each step of a bar.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from aewidgets.reports.escapes import without_escapes
from aewidgets.reports.pages.mime import text_of
from aewidgets.reports.secrets import Secrets

__all__ = ["LiveLog"]

_LONGEST = 2_000  # characters of a line that are shown
_MOST = 20_000  # characters of an unfinished line that are kept
_LINES = 200  # lines of one result or traceback that are shown
_BAR = 5.0  # seconds between two states of a progress bar
_FIGURE = re.compile(r"(image|video|audio)/|application/vnd\.(plotly|jupyter\.widget-view|vega|bokeh)")


class LiveLog:
    """The output of a run's cells, as lines.

    A line comes when it is whole, with *** for secrets also where a secret came in several pieces. Of a bar that is
    drawn again and again in one line, its state is shown every few seconds and at its end. Figures are named only.

    Args:
        write: called with each line, which has no line feed and nothing that controls a terminal. If it raises, a
            warning says so, and nothing more is written; the run goes on.
        secrets: what is hidden.
        clock: seconds, for the pace of bars.
    """

    def __init__(
        self, write: Callable[[str], None], secrets: Secrets | None = None, clock: Callable[[], float] = time.monotonic
    ):
        self._write: Callable[[str], None] | None = write
        self._secrets, self._clock = secrets or Secrets(), clock
        self._held = {"stdout": "", "stderr": ""}  # what may be the beginning of a secret
        self._line = {"stdout": "", "stderr": ""}  # what has not ended yet
        self._heading, self._bar, self._seen, self._drawn = "", "", "", -_BAR

    def cell(self, number: int, total: int, first: str) -> None:
        """Begin a cell; its number and first line are written above its first output."""
        self.end()
        self._heading = f"--- cell {number} of {total}: {first}"

    def end(self) -> None:
        """Write what the last cell printed without a line feed at its end."""
        for name in self._held:
            self._take(name, "", last=True)
        self._flush_bar()

    def message(self, message: Mapping[str, Any]) -> None:
        """Write what a message of the kernel says: text, a result, a traceback, or the kind of a figure."""
        kind, content = message.get("msg_type"), message.get("content")
        if not isinstance(content, Mapping):
            return
        if kind == "stream":
            name = "stderr" if content.get("name") == "stderr" else "stdout"
            self._take(name, str(content.get("text", "")))
        elif kind == "error":
            lines = content.get("traceback")
            lines = [str(line) for line in lines] if isinstance(lines, list) else []
            self._block("\n".join(lines) or f"{content.get('ename')}: {content.get('evalue')}")
        elif kind in ("display_data", "execute_result") and isinstance(content.get("data"), Mapping):
            self._block(_in_words(content["data"]))

    def _block(self, text: str) -> None:
        """Write a text that came whole, at most so many lines of it: the first half and the last."""
        self.end()
        lines = self._secrets.hidden(text[: _LINES * _LONGEST]).splitlines()
        if len(lines) > _LINES:
            half = _LINES // 2
            lines = [*lines[:half], f"... {len(lines) - 2 * half:,} lines more ...", *lines[-half:]]
        for line in lines:
            self._put(line)

    def _take(self, name: str, text: str, last: bool = False) -> None:
        """Take a piece of a stream, and write the lines that it ends."""
        text = self._held[name] + text
        begun = 0 if last else self._secrets.begun(text)
        self._held[name] = text[len(text) - begun :]
        *lines, rest = (self._line[name] + self._secrets.hidden(text[: len(text) - begun])).split("\n")
        for line in lines:
            self._whole(line)
        if last and rest:
            self._whole(rest)
            rest = ""
        before, mark, state = rest.rpartition("\r")
        if mark and (state or len(rest) > _MOST):  # the states before the last one are past
            self._bar = before
            rest = mark + state
            if self._clock() - self._drawn >= _BAR:
                self._flush_bar()
        if len(rest) > _MOST and "\b" in rest:
            rest = _last_state(rest)
        self._line[name] = rest[:_MOST]

    def _whole(self, line: str) -> None:
        """Write a line that has ended, later if it is the state of a bar."""
        line = line.removesuffix("\r")
        if "\r" not in line and "\b" not in line:
            self._put(line)
            return
        self._bar = line
        if self._clock() - self._drawn >= _BAR:
            self._flush_bar()

    def _flush_bar(self) -> None:
        """Write the state of a bar, unless it was written before."""
        state, self._bar = _last_state(self._bar), ""
        if state.strip() and state != self._seen:
            self._seen, self._drawn = state, self._clock()
            self._say(state)

    def _put(self, line: str) -> None:
        """Write a line, after the state of the bar above it."""
        self._flush_bar()
        self._seen = ""
        self._say(line)

    def _say(self, line: str) -> None:
        """Write one line, made safe, and the heading of its cell before the first one."""
        if self._heading:
            heading, self._heading = self._heading, ""
            self._say(heading)
        if self._write is None:
            return
        plain = self._secrets.hidden(_safe(line[:_MOST]))  # colours may have stood in the middle of a secret
        try:
            self._write(plain[:_LONGEST] + "…" * (len(plain) > _LONGEST))
        except Exception as error:  # whoever reads is gone, or somebody's function is wrong: the run is worth more
            self._write = None
            words = f"the output of cells is not shown any more ({type(error).__name__}: {error}); the run goes on"
            warnings.warn(words, RuntimeWarning, stacklevel=2)


def _in_words(data: Mapping[str, Any]) -> str:
    """Return a displayed result as text; of a figure, a table without text or a widget its kind."""
    figure = next((kind for kind in data if _FIGURE.match(str(kind))), None)
    plain = text_of(data.get("text/plain"))
    if figure or plain is None:
        return f"[{figure or next(iter(data), 'nothing')}]"
    return plain


def _last_state(line: str) -> str:
    """Return what a terminal shows of a line that was drawn several times with \\r and \\b."""
    states = [state for state in line.split("\r") if without_escapes(state).strip()]
    shown: list[str] = []
    for character in states[-1] if states else "":
        if character != "\b":
            shown.append(character)
        elif shown:
            shown.pop()
    return "".join(shown)


def _safe(line: str) -> str:
    """Return a line without escape sequences and with a mark for everything else that could control a terminal."""
    plain = without_escapes(line).expandtabs(8)
    return plain if plain.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in plain)
