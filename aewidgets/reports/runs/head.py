"""Makes the head of a run's page: when the notebook ran, how it ended, its figures, and where to look next.

Everything in it was written by others, so jinja2 escapes it, long values are cut, and characters that change the
direction of text are replaced. A link leads to a file beside the page, to another run of the store, or into the page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aewidgets.reports.escapes import without_escapes
from aewidgets.reports.pages.report import title_of
from aewidgets.reports.pages.scripted import FOLDER
from aewidgets.reports.pages.terminal import plain_lines
from aewidgets.reports.requirements.drift import Baseline
from aewidgets.reports.requirements.figures import Figure
from aewidgets.reports.requirements.thresholds import as_number, is_number
from aewidgets.reports.requirements.units import named
from aewidgets.reports.runs.thumbnails import thumbnails_of
from aewidgets.reports.runs.untrusted import text as safe_text
from aewidgets.reports.stores.store import RECORD, stem_of
from aewidgets.reports.wording import change_in_words, duration_in_words, moment_in_words, number_in_words

__all__ = ["Head", "head_of"]

_FEW, _MOST, _OTHERS = 6, 100, 60  # figures at the top; further ones, and values that are no numbers, in the fold
_VALUE, _WORDS = 60, 200  # characters of a value, and of a figure that is a text
_LINES, _LINE = 12, 300  # lines of an output, and characters of one
_PICTURES = 4
_KINDS = {"completed": "good", "threshold missed": "warn"}  # any other status is bad
_MARKS = {"good": "✓", "warn": "▲", "bad": "✕"}
_CHANGES = {"better": ("✓", "better"), "worse": ("✗", "worse"), "same": ("=", "unchanged"), None: ("•", "changed")}
_SIGNS = {">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}


@dataclass(frozen=True)
class Head:
    """What the head of a page shows beside the run's own record.

    Attributes:
        figures: the figures of the run, in the order in which they matter.
        good: the last good run, with which they are compared; None if there is none.
        good_page: link to its page; empty if there is none.
    """

    figures: Sequence[Figure] = ()
    good: Baseline | None = None
    good_page: str = ""


def head_of(head: Head, notebook: Any, record: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Return the head of a page, as HTML.

    Args:
        head: figures and the last good run.
        notebook: the executed notebook, nbformat 4.
        record: content of run.json.
        metrics: all figures that the notebook recorded.
    """
    status = str(record["status"])
    kind = _KINDS.get(status, "bad")
    done = status in _KINDS  # a run that failed shows what it recorded before
    first, rest = _first([one for one in head.figures if done or one.value is not None])
    stem = quote(stem_of(str(record["notebook"])), errors="replace")
    return _template().render(
        title=_plain(_without_markup(title_of(notebook, str(record["notebook"])))),
        status=_plain(status), kind=kind, mark=_MARKS[kind],
        when=moment_in_words(record.get("started_local") or record.get("started"), record.get("zone")),
        took=_took(record.get("seconds")),
        failure=_failure(notebook, record), missed=list(_missed(record)),
        changed=[_parameter(name, record) for name in _changed(record)],
        parameters=[_parameter(name, record) for name in record.get("parameters") or {}],
        computed={_plain(n): _cut(line) for n, line in (record.get("parameters_computed") or {}).items()},
        figures=[_figure(one, head.good) for one in first], more=[_figure(one, head.good) for one in rest[:_MOST]],
        left=max(0, len(rest) - _MOST), others=list(_others(metrics, {one.metric for one in head.figures}))[:_OTHERS],
        good=_good(head, record),
        pictures=[(_to_cell(cell), uri) for cell, uri in thumbnails_of(notebook, _PICTURES)],
        links=[
            ("executed notebook", f"{stem}.ipynb"), ("metrics.json", "metrics.json"), (RECORD, RECORD),
            *([("last good run", head.good_page)] if head.good_page else []), ("all runs", "../index.html"),
        ],
    )  # fmt: skip


@cache
def _template() -> Any:
    """Return the template of heads, in which everything is escaped."""
    import jinja2

    loader = jinja2.FileSystemLoader(FOLDER)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.get_template("head.html.j2")


def _to_cell(cell_id: Any) -> str:
    """Return the link to a cell of the page."""
    return f"#cell-id={quote(str(cell_id), errors='replace')}"


def _first(figures: Sequence[Figure]) -> tuple[list[Figure], list[Figure]]:
    """Return the figures that stand at the top, and the others.

    At the top are headlines and what missed a threshold; without headlines all if they are few, else the first.
    """
    if any(one.headline for one in figures):
        top = [one for one in figures if one.headline or one.missed]
        top = top[: 2 * _FEW]
    else:
        top = list(figures[:_FEW])
    return top, [one for one in figures if one not in top]


def _figure(figure: Figure, good: Baseline | None) -> dict[str, Any]:
    """Return a figure as the template shows it."""
    label, unit = named(figure.metric)
    number = as_number(figure.value)
    finite = is_number(number) and not (isinstance(number, float) and not math.isfinite(number))
    value = number_in_words(number) if is_number(number) else _cut(figure.value, _WORDS)
    return {
        "metric": _plain(figure.metric), "label": _plain(label[:1].upper() + label[1:]),
        "value": "not recorded" if figure.value is None and figure.missed else value,
        "unit": unit if finite else "", "short": len(value) <= 14,
        "thresholds": [(_required(one["text"], figure.metric, good), bool(one["met"])) for one in figure.thresholds],
        "change": _change(figure, unit),
    }  # fmt: skip


def _required(text: Any, metric: str, good: Baseline | None) -> str:
    """Return what is required of a figure, without its name: `≥ 30`. The last good run is named elsewhere."""
    said = str(text).removeprefix(metric).strip()
    if good and said.endswith(f" in {good.name})"):
        said = f"{said.rpartition(' (')[0]}, by the last good run"
    said = re.sub(r"^(>=|<=|==|!=|>|<)\s*", lambda found: f"{_SIGNS.get(found[1], found[1])}\N{NO-BREAK SPACE}", said)
    return _plain(said)


def _change(figure: Figure, unit: str) -> dict[str, Any] | None:
    """Return how a figure differs from the last good run; None if that did not record it."""
    if figure.before is None or figure.value is None:
        return None
    before = as_number(figure.before)
    finite = is_number(before) and abs(before) != math.inf
    was = _with_unit(number_in_words(before), unit if finite else "") if is_number(before) else _cut(figure.before)
    equal = isinstance(figure.value, bool) == isinstance(figure.before, bool) and figure.value == figure.before
    mark, word = _CHANGES["same" if equal else figure.change]
    kind = figure.change if figure.change in ("better", "worse") else "same"
    by, percent = figure.difference, figure.percent
    parts = []
    if not equal and by is not None:
        parts.append(_with_unit(change_in_words(by), "percentage points" if unit == "%" else unit))
        if percent is not None and abs(percent) < 10_000 and unit != "%":
            parts.append(_with_unit(change_in_words(percent, 2), "%"))
    return {"mark": mark, "word": word, "kind": kind, "by": ", ".join(parts), "was": "" if equal else was}


def _with_unit(number: str, unit: str) -> str:
    """Return a number and its unit, between which no line breaks."""
    return f"{number}\N{NO-BREAK SPACE}{unit}" if unit else number


def _failure(notebook: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what failed, where, and the last lines of that cell; None for a run that reached its end."""
    failure = record.get("failure")
    if not failure or record["status"] in _KINDS:
        return None
    index, cell_id = failure.get("cell"), failure.get("cell_id")
    lines = _last_lines(notebook["cells"][index]) if isinstance(index, int) and index < len(notebook["cells"]) else []
    message = without_escapes(str(failure.get("message") or ""))
    name, own = failure.get("name"), record["status"] == "cell failed"  # all other messages are words of the runner
    return {
        "what": _plain(f"{name}: {message}" if own else f"{message[:1].upper()}{message[1:]} ({name})"),
        "cell": index + 1 if isinstance(index, int) else None,
        "link": _to_cell(cell_id) if cell_id else "",
        "lines": "\n".join(lines),
    }


def _last_lines(cell: Mapping[str, Any]) -> list[str]:
    """Return the last lines that a cell printed, its traceback at the end, without colours.

    Of a traceback through libraries the cell's own part and the end are kept.
    """
    printed, raised = [], []
    for output in cell.get("outputs") or ():
        text, frames = output.get("text"), output.get("traceback")
        if isinstance(text, str | list):
            printed += _lines("".join(map(str, text)))
        if isinstance(frames, list):
            raised = [_lines(str(frame)) for frame in frames]
    own = next((frame for frame in raised if frame and re.match(r"(Cell|Input) In", frame[0])), [])
    end = [line for frame in raised for line in frame]
    if len(end) > _LINES and own:
        at = next((n for n, line in enumerate(own) if line.startswith("-")), 0)
        end = [own[0], *own[max(1, at - 2) : at + 2], "…", *raised[-1][-4:]]
    return [*printed[-_LINES // 2 :], *end[-_LINES:]]


def _lines(text: str) -> list[str]:
    """Return the last lines of a text that are not empty, as a terminal shows them, without colours."""
    lines = plain_lines(text[-4 * _LINES * _LINE :])
    return [_plain(line, _LINE) for line in lines if line.strip()][-4 * _LINES :]


def _missed(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the requirements that were missed, each with the reason, unless the run failed before."""
    if record["status"] == "threshold missed":
        for one in record.get("requirements") or ():
            if one.get("met") is False:
                yield _plain(one.get("text")), _plain(one.get("reason") or "missed")


def _changed(record: Mapping[str, Any]) -> list[str]:
    """Return the names of parameters that are not at their defaults; an old record knows only which were given."""
    changed = record.get("parameters_changed")
    return list(record.get("parameters_given") or () if changed is None else changed)


def _parameter(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter as the template shows it."""
    relative = record.get("relative") or {}
    changed = (record.get("parameters_changed") or {}).get(name)
    computed = (record.get("parameters_computed") or {}).get(name)
    return {
        "name": _plain(name), "value": _cut((record.get("parameters") or {}).get(name, computed)),
        "default": _cut(changed["default"]) if isinstance(changed, Mapping) and "default" in changed else "",
        "written": _cut(relative[name]) if name in relative else "",
    }  # fmt: skip


def _others(metrics: Any, shown: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the recorded values that are no numbers, each with its name: texts, lists, nothing."""
    for name, value in metrics.items():
        numbers = is_number(value) or (isinstance(value, Mapping) and any(map(is_number, value.values())))
        if name not in shown and not numbers:
            yield _plain(name), _cut(value, 400)


def _good(head: Head, record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the last good run as the template names it."""
    if head.good is None:
        return None
    before, now = head.good.notebook_sha256, record.get("notebook_sha256")
    return {
        "when": _moment(head.good.started, record) if head.good.started else "",
        "name": _plain(head.good.name), "page": head.good_page, "other": bool(before and now and before != now),
    }  # fmt: skip


def _moment(started: str, record: Mapping[str, Any]) -> str:
    """Return the start of another run in words, by the clock of this run."""
    zone = record.get("zone")
    try:
        clock = ZoneInfo(zone) if zone else datetime.fromisoformat(str(record.get("started_local"))).tzinfo
        moment = datetime.fromisoformat(started)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment_in_words(moment.astimezone(clock or UTC).isoformat(), zone)
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        return moment_in_words(started)


def _took(seconds: Any) -> str:
    """Return how long the run took, in words; nothing if that is not known."""
    return duration_in_words(seconds) if is_number(seconds) else ""


def _without_markup(title: str) -> str:
    """Return a heading in Markdown without the marks for code, bold and links."""
    return re.sub(r"\*\*|__|`", "", re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", title))


def _plain(value: Any, longest: int = 400) -> str:
    """Return a text that is safe to show, cut to a length."""
    text = safe_text(str(value)) or ""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _cut(value: Any, longest: int = _VALUE) -> str:
    """Return any value of JSON as a short text; words for truth and nothing."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return f"{value:.6g}"
    try:
        return _plain(value, longest)
    except ValueError:  # Python writes no integer of 5,000 digits
        return "a number too long to show"
