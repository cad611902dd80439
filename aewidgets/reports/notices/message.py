"""What is said of a run that has ended, as text, JSON and for Slack. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aewidgets.reports.requirements.directions import is_time, leaves
from aewidgets.reports.requirements.drift import Baseline, NoWorse
from aewidgets.reports.requirements.thresholds import Outcome, as_number, is_number, shown

__all__ = ["Figure", "Message", "figures_of"]

_FORMAT = 1  # version of the JSON
_MOST = 12  # figures in a message, at most
_LONGEST = {"title": 100, "reason": 600, "metric": 120}  # characters


@dataclass(frozen=True)
class Figure:
    """One figure of a run.

    Attributes:
        metric: its name.
        value: the figure as it was recorded; None if it was not.
        thresholds: what was required of it: "text", "met", "reason".
        before: the figure in the last good run; None if there is none.
        change: "better", "worse" or "same" than before; None where it is not known.
    """

    metric: str
    value: Any
    thresholds: tuple[Mapping[str, Any], ...] = ()
    before: Any = None
    change: str | None = None

    @property
    def missed(self) -> bool:
        """True if a threshold was missed."""
        return any(not one["met"] for one in self.thresholds)

    def text(self) -> str:
        """Return the figure as one line."""
        wanted = [(str(one["text"]).removeprefix(self.metric).strip(), one["met"]) for one in self.thresholds]
        parts = [f"required {text}: {'met' if met else 'MISSED'}" for text, met in wanted]
        if self.before is not None and self.change is not None:
            by = f" by {shown(abs(self.value - self.before))}" if self.change != "same" else ""
            parts.append(f"{shown(self.before)} in the last good run, {self.change}{by}")
        elif self.before is not None:
            parts.append(f"{shown(self.before)} in the last good run")
        value = "not recorded" if self.value is None else shown(self.value)
        return f"{self.metric}: {value}" + (f" ({'; '.join(parts)})" if parts else "")


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
        figures: its figures, those that missed a threshold first.
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
            took = f" and took {_duration(self.seconds)}" if self.seconds is not None else ""
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


def figures_of(
    metrics: Mapping[str, Any], better: Mapping[str, str], outcomes: Iterable[Outcome], baseline: Baseline | None
) -> tuple[Figure, ...]:
    """Return the figures to tell of: those with thresholds first, missed before met; then other numbers; times last.

    Args:
        metrics: figures that the run recorded.
        better: "higher" or "lower" by name of figure, as the notebook recorded it.
        outcomes: the checked requirements.
        baseline: the last good run; None if there is none.
    """
    now = {metric.text: value for metric, value in leaves(metrics)}
    before = {metric.text: value for metric, value in leaves(baseline.metrics)} if baseline else {}
    compared = NoWorse().outcomes(baseline, metrics, better) if baseline else ()
    ways = {outcome.metric: outcome.better for outcome in compared if outcome.better}
    thresholds: dict[str, list[Mapping[str, Any]]] = {}
    for outcome in outcomes:
        if outcome.met is not None:
            one = {"text": outcome.text, "met": outcome.met, "reason": outcome.reason}
            thresholds.setdefault(outcome.metric, []).append(one)
            now.setdefault(outcome.metric, outcome.value)
    numbers = [name for name, value in now.items() if is_number(value) or name in thresholds]
    found = [
        Figure(
            name[: _LONGEST["metric"]], _short(now[name]), tuple(thresholds.get(name, ())), _short(before.get(name)),
            _change(as_number(now[name]), as_number(before.get(name)), ways.get(name)),
        )
        for name in numbers
    ]  # fmt: skip
    found.sort(key=lambda figure: (not figure.missed, not figure.thresholds, is_time(figure.metric)))
    return tuple(found[:_MOST])


def on_one_line(text: str, longest: int) -> str:
    """Return a text on one line of printable characters, cut to a length."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)  # colours of a terminal
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= longest else plain[: longest - 3].rstrip() + "..."


def _change(value: Any, before: Any, better: str | None) -> str | None:
    """Return "better", "worse" or "same", where it is known."""
    if better is None or not (is_number(value) and is_number(before)):
        return None
    if value == before:
        return "same"
    return "better" if (value > before) == (better == "higher") else "worse"


def _short(value: Any) -> Any:
    """Return a single value, a text cut to 200 characters; anything larger as the beginning of its text."""
    return value if value is None or isinstance(value, bool | int | float) else str(value)[:200]


def _duration(seconds: float) -> str:
    """Return a duration in words: `4.2 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds) // 60
    return f"{minutes} min {round(seconds) % 60} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _moment(started: str) -> str:
    """Return a time in words: `2026-11-30 06:00 UTC`."""
    try:
        return f"{datetime.fromisoformat(started):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return started


def _for_slack(text: str) -> str:
    """Return text in which Slack finds no link, no mention and no command."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
