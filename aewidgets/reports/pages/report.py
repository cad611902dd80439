"""Makes one HTML file of an executed notebook: code folded, figures live, no request. Runs no notebook.

nbconvert's own pages load RequireJS and MathJax from other hosts and show no plotly figure without them. This
page contains all that it shows, and forbids the browser any request (Content-Security-Policy).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aewidgets.images.displays import json_in_html
from aewidgets.reports.pages.scripted import FOLDER, source
from aewidgets.reports.recording import MIME_TYPE, collect

__all__ = ["page_of", "title_of"]

_PLOTLY = "application/vnd.plotly.v1+json"
#: Traces that plotly's cartesian bundle draws (1.5 MB). Any other trace needs the whole library (4.8 MB).
_CARTESIAN = {"bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image", "pie",
              "scatter", "scatterternary", "violin"}  # fmt: skip
_HEIGHT, _TALLEST = 450, 100_000  # pixels of a figure without a height, and of the tallest one
#: Types of outputs that are shown, best first. JavaScript is not among them.
_SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain")


def page_of(notebook: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """Return the report page of an executed notebook, as HTML.

    Args:
        notebook: the executed notebook, nbformat 4; it is not changed.
        record: content of run.json. Its status, parameters, requirements and versions are shown at the end, a
            failure or a missed requirement at the top.
    """
    import nbformat
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

    from aewidgets.reports.pages.formulas import FormulaExporter

    metrics = collect(notebook)
    copy = nbformat.from_dict(json.loads(json.dumps(notebook)))
    copy.metadata.pop("widgets", None)  # no kernel will use it, and nbconvert reads only what Jupyter wrote
    figures = _take_figures(copy)
    exporter = FormulaExporter(
        template_name="template", extra_template_basedirs=[str(FOLDER.parent)], embed_images=True
    )
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    styles = {
        "light": HtmlFormatter(style="default").get_style_defs(".highlight"),
        "dark": HtmlFormatter(style="github-dark").get_style_defs(".highlight"),
    }
    report = {
        "title": title_of(copy, record["notebook"]),
        "record": record,
        "metrics": {name: _rounded(value) for name, value in metrics.items()},
        "figures": [_figure(one["value"]) for one in record.get("requirements", ())],
        "style": source("report.css") + "\n" + source("print.css"),
        "on_paper": source("print.js"),
        "code_styles": styles,
        "plotly": _plotly(figures) if figures else "",
        "script": source("figures.js") if figures else "",
        "templates": json_in_html(_templates()) if figures else "",
    }
    body, _ = exporter.from_notebook_node(copy, resources={"report": report})
    return body


def _take_figures(notebook: Any) -> list[dict]:
    """Reduce every output to what a page can show, and return the plotly figures that were taken out of them.

    Each figure is replaced by an empty element and its data.
    """
    figures: list[dict] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if "data" not in o or _keep_one(o, figures)]
    return figures


def _keep_one(output: Any, figures: list[dict]) -> bool:
    """Reduce an output to its best form; return False if the page leaves it out.

    Recorded figures are left out here, because the page ends with a table of them.
    """
    data = output["data"] or {}
    if _is_figure(data.get(_PLOTLY)):
        figures.append(data[_PLOTLY])
        height = _height(data[_PLOTLY])
        name = f"figure-{len(figures)}"
        output["data"] = {
            "text/html": f'<div class="figure" id="{name}" style="height:{height}px"></div>'
            f'<script type="application/json" data-figure="{name}">{json_in_html(data[_PLOTLY])}</script>'
        }
        return True
    texts = {kind: _joined(data.get(kind)) for kind in _SHOWN}
    best = next((kind for kind in _SHOWN if texts[kind] is not None), None)
    output["data"] = {best: texts[best]} if best else {}
    return best is not None and MIME_TYPE not in data


def _joined(value: Any) -> str | None:
    """Return a text, also one that is stored in lines; None for anything else."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else None


def _is_figure(value: Any) -> bool:
    """Return True for a plotly figure that a page can draw: a list of traces, and perhaps a layout."""
    traces = value.get("data") if isinstance(value, Mapping) else None
    return isinstance(traces, list) and all(isinstance(trace, Mapping) for trace in traces)


def _height(figure: Mapping[str, Any]) -> int:
    """Return the height of a plotly figure in pixels, its default if the figure gives none that is a number."""
    layout = figure.get("layout")
    height = layout.get("height") if isinstance(layout, Mapping) else None
    if isinstance(height, int | float) and not isinstance(height, bool) and 0 < height < _TALLEST:
        return round(height)
    return _HEIGHT


def _plotly(figures: Iterable[Mapping[str, Any]]) -> str:
    """Return plotly.js: the small bundle if it draws all of the figures, else the whole library."""
    kinds = {str(trace.get("type") or "scatter") for figure in figures for trace in figure["data"]}
    if kinds <= _CARTESIAN:
        return source("plotly-cartesian.min.js")
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def _templates() -> dict[str, Any]:
    """Return plotly's dark template, for readers whose system asks for it; figures contain their light one."""
    import plotly.io

    return {"dark": plotly.io.templates["plotly_dark"].to_plotly_json()}


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
