"""Makes one HTML file of an executed notebook: code folded, figures live, no request. Runs no notebook.

nbconvert's own pages load RequireJS and MathJax from other hosts and show no plotly figure without them. This
page contains all that it shows, and forbids the browser any request (Content-Security-Policy).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aewidgets.reports.pages.losses import NUMBER, Losses
from aewidgets.reports.pages.outputs import Outputs
from aewidgets.reports.pages.scripted import source
from aewidgets.reports.pages.streams import merged
from aewidgets.reports.pages.tags import follow_tags
from aewidgets.reports.recording import collect

__all__ = ["page_of", "title_of"]


def page_of(
    notebook: Mapping[str, Any],
    record: Mapping[str, Any],
    losses: Losses | None = None,
    folders: Iterable[Path] = (),
    head: str = "",
) -> str:
    """Return the report page of an executed notebook, as HTML.

    Args:
        notebook: the executed notebook, nbformat 4; it is not changed.
        record: content of run.json. Its status, parameters, requirements and versions are shown at the end, a
            failure or a missed requirement at the top, unless the page has a head.
        losses: gathers what the page cannot show; a note stands in its place.
        folders: where relative paths of files start: that of the notebook, then that in which it ran.
        head: head of the page, as `aewidgets.reports.runs.head` makes it; without one the page begins with the
            notebook's first cell.
    """
    import nbformat
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

    from aewidgets.reports.pages.exporter import ReportExporter
    from aewidgets.reports.pages.formulas import draw_latex

    losses, metrics = losses or Losses(), collect(notebook)
    copy = nbformat.from_dict(json.loads(json.dumps(notebook)))
    widgets = copy.metadata.pop("widgets", None)  # nbconvert reads only what Jupyter wrote
    for number, cell in enumerate(copy.cells, 1):
        cell.metadata[NUMBER] = number
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
            draw_latex(cell)
    left_out = follow_tags(copy, (record["failure"] or {}).get("cell_id"))
    outputs = Outputs(losses, folders, widgets)
    outputs.reduce(copy)
    styles = {
        "light": HtmlFormatter(style="default").get_style_defs(".highlight"),
        "dark": HtmlFormatter(style="github-dark").get_style_defs(".highlight"),
    }
    title = title_of(copy, record["notebook"])
    report = {
        "title": title,
        "head": head,
        "record": record,
        "metrics": {name: _rounded(value) for name, value in metrics.items()},
        "figures": [_figure(one["value"]) for one in record.get("requirements", ())],
        "style": "\n".join(source(name) for name in ("report.css", *(["head.css"] if head else []), "print.css")),
        "on_paper": source("print.js"),
        "left_out": left_out,
        "code_styles": styles,
        **outputs.plotly.resources(),
    }
    if head:
        _take_title(copy, title)
    body, _ = ReportExporter(losses, folders).from_notebook_node(copy, resources={"report": report})
    return body


def _take_title(notebook: Any, title: str) -> None:
    """Remove the heading with which a notebook begins, if it is the plain text that the head shows as the title."""
    if not notebook.cells or notebook.cells[0].cell_type != "markdown":
        return
    cell = notebook.cells[0]
    lines = cell.source.lstrip().split("\n", 1)
    if lines[0].rstrip() == f"# {title}" and not re.search(r"[$<\[`*_\\]|&#?\w+;", title):
        cell.source = lines[1].lstrip("\n") if len(lines) > 1 else ""


def _rounded(value: Any) -> Any:
    """Return a value with its floats rounded to four digits; metrics.json has all of them."""
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _figure(value: Any) -> str:
    """Return the figure of a requirement as text, at most 80 characters; a dash if it was not recorded."""
    return "–" if value is None else str(_rounded(value))[:80]


def title_of(notebook: Any, fallback: str) -> str:
    """Return the first `# ` heading among the Markdown cells, or the fallback."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return fallback
