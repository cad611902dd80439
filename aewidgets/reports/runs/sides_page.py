"""Makes the HTML page of two runs side by side, without a script and without a network. Reads no run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from aewidgets.reports.pages.scripted import still_page
from aewidgets.reports.runs.pictures import Pair, Shown
from aewidgets.reports.runs.run import Run
from aewidgets.reports.runs.sides import ABSENT, Row, Sides

__all__ = ["change_text", "percent_text", "sides_page", "value_text"]

_LONGEST = 300  # characters of a value on the page


def sides_page(sides: Sides, pairs: Sequence[Pair], left_out: int = 0, links: Mapping[str, str] | None = None) -> str:
    """Return the page as HTML. Everything that a run wrote is escaped.

    Args:
        sides: the two runs.
        pairs: their pictures.
        left_out: how many further pairs of pictures there are.
        links: relative URLs of the runs' own pages, by the id of the run.
    """
    names = {"before": sides.before.id, "after": sides.after.id}
    body = "".join((
        _heads(sides, links or {}),
        "".join(f"<p>Note: {escape(note)}.</p>" for note in sides.notes),
        _section("Parameters", _parameters(sides.parameters)),
        _section("Figures", _figures(sides.figures)),
        _section("Other results", _plain_rows(sides.others)) if sides.others else "",
        _section("Pictures", _pictures(pairs, left_out)),
        _section("Versions that differ", _plain_rows([row for row in sides.versions if not row.same])),
    ))  # fmt: skip
    return still_page("compare", body, title=f"{names['after']} against {names['before']}", **names)


def value_text(value: Any) -> str:
    """Return a value as text: numbers with six digits, texts as they are, all else as JSON."""
    if value is ABSENT:
        return "–"
    if isinstance(value, float):
        text = (f"{value:,.0f}" if 1e5 <= abs(value) < 1e9 else f"{value:.6g}").replace("-", "−")
    elif isinstance(value, int) and not isinstance(value, bool):
        text = f"{value:,}".replace("-", "−")
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def change_text(row: Row) -> str:
    """Return the change of a figure with its sign and three digits, `same`, or a dash."""
    change = row.change
    if change is None:
        return "–"
    return f"{'+' if change > 0 else '−'}{value_text(float(f'{abs(change):.3g}'))}" if change else "same"


def percent_text(row: Row) -> str:
    """Return the change in percent with its sign and two digits; empty where it says nothing."""
    percent = row.percent
    if not percent or abs(percent) >= 10_000:
        return ""
    return f"{'+' if percent > 0 else '−'}{float(f'{abs(percent):.2g}'):g} %"


def _heads(sides: Sides, links: Mapping[str, str]) -> str:
    """Return the facts about both runs as a table."""
    runs = (sides.before, sides.after)
    facts = {
        "run": [_link(run, links) for run in runs],
        "notebook": [escape(run.notebook or "?") for run in runs],
        "status": [escape(run.status) + (f'<p class="why">{escape(run.why)}</p>' if run.why else "") for run in runs],
        "started (UTC)": [escape((run.started or "?")[:16].replace("T", " ")) for run in runs],
        "seconds": [value_text(run.seconds) if run.seconds is not None else "–" for run in runs],
    }
    rows = ([_heading(name), *map(_cell, cells)] for name, cells in facts.items())
    return _table(("", "before", "after"), rows, "heads")


def _parameters(rows: Iterable[Row]) -> str:
    """Return the parameters that differ as a table, and those that do not, folded."""
    rows = list(rows)
    alike = [row for row in rows if row.same]
    said = f"{len(alike):,} the same in both"
    folded = f"<details><summary>{said}</summary>{_plain_rows(alike)}</details>" if alike else ""
    differ = [row for row in rows if not row.same]
    return (_plain_rows(differ) if differ else "<p>None differs.</p>") + folded


def _plain_rows(rows: Iterable[Row]) -> str:
    """Return rows as a table of names and two values."""
    rows = list(rows)
    if not rows:
        return "<p>None.</p>"
    cells = ([_heading(row.name), *(_cell(escape(value_text(v))) for v in (row.before, row.after))] for row in rows)
    return _table(("name", "before", "after"), cells, "values")


def _figures(rows: Sequence[Row]) -> str:
    """Return figures as a table, with the change, and whether the second is better."""
    if not rows:
        return "<p>Neither recorded a number.</p>"
    lines = []
    for row in rows:
        kind = {None: "", True: "better", False: "worse"}[row.better]
        mark = {"": "", "better": "✓ better", "worse": "✗ worse"}[kind]
        numbers = [_number(value_text(value)) for value in (row.before, row.after)]
        changes = [_number(text, kind) for text in (change_text(row), percent_text(row))]
        lines.append([_heading(row.name), *numbers, f'<td class="{kind}">{mark}</td>', *changes])
    legend = '<p class="small">✓ better and ✗ worse stand where a name, or the notebook, says which way is better.</p>'
    return legend + _table(("figure", "before", "after", "", "change", "in percent"), lines, "figures")


def _pictures(pairs: Sequence[Pair], left_out: int) -> str:
    """Return the pictures in pairs."""
    if not pairs:
        return "<p>Neither run displayed a picture (PNG, JPEG, WebP or GIF).</p>"
    body = "".join(
        f'<div class="pair">{_picture(pair.before, "before", n)}{_picture(pair.after, "after", n)}</div>'
        for n, pair in enumerate(pairs, 1)
    )
    return body + (f"<p>{left_out:,} further pairs have no room on this page.</p>" if left_out else "")


def _picture(shown: Shown | None, side: str, number: int) -> str:
    """Return one picture with its caption."""
    if shown is None:
        return f"<figure><figcaption>{side}: no picture here</figcaption></figure>"
    size = f"{shown.width:,} × {shown.height:,} pixels" + (", shown smaller" if shown.smaller else "")
    return (
        f'<figure><img src="{shown.uri}" alt="picture {number}, {side}" width="{shown.width}" height="{shown.height}">'
        f"<figcaption>{side}: {size}</figcaption></figure>"
    )


def _link(run: Run, links: Mapping[str, str]) -> str:
    """Return the name of a run, as a link to its page if there is one."""
    if run.id not in links:
        return escape(run.id)
    return f'<a href="{escape(links[run.id])}">{escape(run.id)}</a>'


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]], kind: str) -> str:
    head = "".join(f'<th scope="col">{title}</th>' if title else "<td></td>" for title in titles)
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    focus = f'role="group" aria-label="{kind}" tabindex="0"'  # keys scroll a table that is too wide
    table = f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="wide" {focus}>{table}</div>'


def _heading(name: str) -> str:
    return f'<th scope="row">{escape(name)}</th>'


def _cell(content: str) -> str:
    return f"<td>{content}</td>"


def _number(text: str, kind: str = "") -> str:
    return f'<td class="number {kind}">{escape(text)}</td>'
