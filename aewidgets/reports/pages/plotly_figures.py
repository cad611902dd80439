"""Takes plotly's figures out of outputs, and draws them by one copy of its library. Knows no other output."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aewidgets.images.displays import json_in_html
from aewidgets.reports.pages.scripted import source

__all__ = ["PLOTLY", "PlotlyFigures", "figure_in_html", "is_figure", "is_library"]

#: MIME type of a plotly figure.
PLOTLY = "application/vnd.plotly.v1+json"
#: Traces that plotly's cartesian bundle draws (1.5 MB). Any other trace needs the whole library (4.8 MB).
_CARTESIAN = {"bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image", "pie",
              "scatter", "scatterternary", "violin"}  # fmt: skip
_HEIGHT, _TALLEST = 450, 100_000  # pixels of a figure without a height, and of the tallest one
#: Traces on maps of tiles, and on maps of outlines, both of which plotly loads; and of the former their parts.
_TILES = {"scattermap", "densitymap", "choroplethmap", "scattermapbox", "densitymapbox", "choroplethmapbox"}
_OUTLINES = {"scattergeo", "choropleth"}


def is_figure(value: Any) -> bool:
    """Return True for a plotly figure that a page can draw: a list of traces, and perhaps a layout."""
    traces = value.get("data") if isinstance(value, Mapping) else None
    return isinstance(traces, list) and all(isinstance(trace, Mapping) for trace in traces)


def is_library(text: str) -> bool:
    """Return whether HTML loads plotly's library and does no more, as its renderers do before the first figure."""
    begins = text[:3000]
    holds = "* plotly.js v" in begins and len(text) > 500_000
    loads = "PlotlyConfig" in begins and "//cdn.plot.ly/plotly-" in begins and len(text) < 3000
    return (holds or loads) and "plotly-graph-div" not in text[-100_000:]


def figure_in_html(text: str) -> dict[str, Any] | None:
    """Return the plotly figure in HTML that plotly's own renderers wrote; None if there is none, or several."""
    starts = [one.end() for one in re.finditer(r"Plotly\.newPlot\(\s*", text)]
    starts = [start for start in starts if text[start : start + 1] in "\"'"]
    if "plotly-graph-div" not in text or len(starts) != 1:
        return None
    read = json.JSONDecoder().raw_decode
    values, place = [], starts[0]
    try:
        for _ in range(4):  # name of the element, traces, layout, configuration
            value, place = read(text, place)
            values.append(value)
            place = re.compile(r"\s*,?\s*").match(text, place).end()  # type: ignore[union-attr]
        frames = re.compile(r"Plotly\.addFrames\(\s*[\"'][^\"']*[\"']\s*,\s*").search(text, place)
        figure = {"data": values[1], "layout": values[2], "config": values[3]}
        return figure | ({"frames": read(text, frames.end())[0]} if frames else {})
    except ValueError:
        return None


class PlotlyFigures:
    """The plotly figures of one page."""

    def __init__(self) -> None:
        self._figures: list[Mapping[str, Any]] = []

    def __bool__(self) -> bool:
        """Return True if there is a figure."""
        return bool(self._figures)

    def add(self, figure: Mapping[str, Any]) -> tuple[str, list[str]]:
        """Return the place of a figure and its data as HTML, and what cannot be shown of it, in words."""
        figure, lacks, drawn = _without_network(figure)
        if not drawn:
            return "", lacks
        self._figures.append(figure)
        name = f"figure-{len(self._figures)}"
        return (
            f'<div class="figure" id="{name}" style="height:{_height(figure)}px"></div>'
            f'<script type="application/json" data-figure="{name}">{json_in_html(figure)}</script>'
        ), lacks

    def resources(self) -> dict[str, str]:
        """Return plotly's library, its dark template and the script that draws; empty texts without figures."""
        if not self:
            return {"plotly": "", "script": "", "templates": ""}
        return {
            "plotly": _library(self._figures),
            "script": source("figures.js"),
            "templates": json_in_html(_templates()),
        }


def _without_network(figure: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[str], bool]:
    """Return a figure that loads nothing, what it lacks, in words, and whether anything of it is left to see."""
    raw = figure.get("layout")
    layout = dict(raw) if isinstance(raw, Mapping) else {}
    kinds = {str(trace.get("type") or "scatter") for trace in figure["data"]}
    lacks = []
    if kinds & _TILES:
        return figure, ["a plotly map needs the network, from which it loads its tiles"], False
    if any(trace.get("type") in _OUTLINES and not _brings_shapes(trace) for trace in figure["data"]):
        return figure, ["a plotly map needs the network, from which it loads the shapes of countries"], False
    if kinds & _OUTLINES:
        for name in ["geo", *(one for one in layout if re.fullmatch(r"geo\d+", one))]:
            given = layout.get(name)
            layout[name] = {**(given if isinstance(given, Mapping) else {}), "visible": False, **_HIDDEN}
        lacks.append("the coasts and countries of a plotly map need the network; what lies on them is shown")
    pictures = layout.get("images")
    if isinstance(pictures, list):
        layout["images"] = [one for one in pictures if not _is_remote(one)]
        lacks += [f"a picture of a plotly figure from {address} needs the network" for address in _remote(pictures)]
    return {**figure, "layout": layout}, lacks, True


#: Parts of a map of outlines, each of which makes plotly load all of them.
_HIDDEN = {f"show{part}": False for part in ("land", "ocean", "lakes", "rivers", "countries", "coastlines", "subunits")}


def _brings_shapes(trace: Mapping[str, Any]) -> bool:
    """Return whether a trace on a map knows its places: by coordinates, or by shapes of its own."""
    if trace.get("type") == "choropleth" or trace.get("locations") is not None:
        return isinstance(trace.get("geojson"), Mapping)
    return True


def _is_remote(picture: Any) -> bool:
    address = picture.get("source") if isinstance(picture, Mapping) else None
    return isinstance(address, str) and not address.startswith("data:")


def _remote(pictures: list[Any]) -> Iterator[str]:
    """Yield the addresses of pictures that are on the network."""
    return (str(one["source"])[:100] for one in pictures if _is_remote(one))


def _height(figure: Mapping[str, Any]) -> int:
    """Return the height of a plotly figure in pixels, its default if the figure gives none that is a number."""
    layout = figure.get("layout")
    height = layout.get("height") if isinstance(layout, Mapping) else None
    if isinstance(height, int | float) and not isinstance(height, bool) and 0 < height < _TALLEST:
        return round(height)
    return _HEIGHT


def _library(figures: Iterable[Mapping[str, Any]]) -> str:
    """Return plotly.js: the small bundle if it draws all of the figures, else the whole library."""
    kinds = {str(trace.get("type") or "scatter") for figure in figures for trace in _all_traces(figure)}
    if kinds <= _CARTESIAN:
        return source("plotly-cartesian.min.js")
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def _all_traces(figure: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the traces of a figure; those of its frames change them, and only some name their types again."""
    yield from figure["data"]
    for frame in figure.get("frames") or ():
        traces = frame.get("data") if isinstance(frame, Mapping) else None
        yield from (trace for trace in traces or () if isinstance(trace, Mapping) and trace.get("type"))


def _templates() -> dict[str, Any]:
    """Return plotly's dark template, for readers whose system asks for it; figures contain their light one."""
    import plotly.io

    return {"dark": plotly.io.templates["plotly_dark"].to_plotly_json()}
