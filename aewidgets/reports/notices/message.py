"""What is said of a run that has ended, as text, JSON and for Slack. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aewidgets.reports.escapes import without_escapes
from aewidgets.reports.requirements.figures import Figure
from aewidgets.reports.wording import duration_in_words

__all__ = ["MOST_FIGURES", "Message", "on_one_line"]

_FORMAT = 1  # version of the JSON
#: Figures in a message, at most.
MOST_FIGURES = 12
_LONGEST = {"title": 100, "reason": 600}  # characters


@dataclass(frozen=True)
class Message:
    """What is said of one run.

    Attributes:
        title: title of the notebook.
        status: how the run ended, a key of `aewidgets.reports.execution.runner.EXIT_CODES`, or "no report".
        exit_code: exit code of the command line.
        notebook: file name of the notebook.
        run: name of the run's folder; None if there is none.
        started: start of the run, ISO 8601, UTC; None if it did not start.
        seconds: duration of the run; None if it did not start.
        failure: why it did not complete, on one line; empty if it did.
        figures: its figures, those that missed a threshold first, then the notebook's headlines.
        last_good: name of the last good run, with which figures are compared.
        link: URL or path of the page; None if there is none.
        page_name: file name of the page.
        page: bytes of the page, for those that attach it.
        why_no_page: why the page, or its PDF, is not attached, if somebody wanted it.
        pdf: bytes of the page as a PDF, for those that attach it.
    """

    title: str
    status: str
    exit_code: int
    notebook: str
    run: str | None = None
    started: str | None = None
    seconds: float | None = None
    failure: str = ""
    figures: tuple[Figure, ...] = ()
    last_good: str | None = None
    link: str | None = None
    page_name: str = "report.html"
    page: bytes | None = field(default=None, repr=False)
    why_no_page: str = ""
    pdf: bytes | None = field(default=None, repr=False)

    @property
    def event(self) -> str:
        """The event that this message belongs to: "success", "threshold" or "failure"."""
        return {"completed": "success", "threshold missed": "threshold"}.get(self.status, "failure")

    @property
    def subject(self) -> str:
        """Title and status on one line, without control characters."""
        return f"{on_one_line(self.title, _LONGEST['title'])}: {on_one_line(self.status, 60)}"

    def lines(self) -> Iterator[str]:
        """Yield everything but the subject, line by line."""
        if self.failure and self.event == "failure":
            yield on_one_line(self.failure, _LONGEST["reason"])
        for figure in self.figures:
            yield on_one_line(figure.text(), _LONGEST["reason"])
        if self.last_good and self.figures:
            yield f"Last good run: {self.last_good}"
        if self.started:
            took = f" and took {duration_in_words(self.seconds)}" if self.seconds is not None else ""
            yield f"Started {_moment(self.started)}{took}; exit code {self.exit_code}"
        if self.link:
            yield f"Page: {self.link}"
        if self.why_no_page:
            yield self.why_no_page

    def text(self) -> str:
        """Return the whole message as plain text."""
        return "\n".join((self.subject, "", *self.lines())) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return the message as a JSON object: its attributes, the event, the subject and the whole text."""
        plain = {
            "format": _FORMAT, "event": self.event, "subject": self.subject, "text": self.text(), "title": self.title,
            "status": self.status, "exit_code": self.exit_code, "notebook": self.notebook, "run": self.run,
            "started": self.started, "seconds": None if self.seconds is None else round(self.seconds, 1),
            "failure": self.failure or None, "last_good_run": self.last_good, "page": self.link,
        }  # fmt: skip
        return plain | {"figures": [vars(figure) | {"thresholds": list(figure.thresholds)} for figure in self.figures]}

    def as_slack(self) -> dict[str, str]:
        """Return the message as Slack, Mattermost and Rocket.Chat take it: {"text": ...}, with nothing in it a command.

        Source: https://docs.slack.dev/messaging/formatting-message-text, "Escaping text".
        """
        lines = [f"*{_for_slack(self.subject).replace('*', '')}*"]
        for line in self.lines():
            if self.link and line == f"Page: {self.link}" and re.match(r"https?://[^\s<>|]+\Z", self.link):
                lines.append(f"<{self.link.replace('&', '&amp;')}|Open the page>")
            else:
                lines.append(_for_slack(line))
        return {"text": "\n".join(lines)}


def on_one_line(text: str, longest: int) -> str:
    """Return a text on one line of printable characters, cut to a length."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in without_escapes(text)).split())
    return plain if len(plain) <= longest else plain[: longest - 3].rstrip() + "..."


def _moment(started: str) -> str:
    """Return a time in words: `2026-11-30 06:00 UTC`."""
    try:
        return f"{datetime.fromisoformat(started):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return started


def _for_slack(text: str) -> str:
    """Return text in which Slack finds no link, no mention and no command."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
