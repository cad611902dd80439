"""Draws charts of Altair and Bokeh in a page, live and without a network, by libraries that the page holds once.

The libraries are those that are installed where the page is made: `vl-convert-python` holds Vega's, `bokeh` its own.
Without them a note stands in the place of the chart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from aewidgets.images.displays import json_in_html
from aewidgets.reports.pages.pictures import Pictures, Unreachable
from aewidgets.reports.pages.scripted import source

__all__ = ["BOKEH", "BOKEH_LOADS", "Charts", "altair_spec", "is_vega"]

#: Types of the outputs of bokeh's `show` and `output_notebook`.
BOKEH, BOKEH_LOADS = "application/vnd.bokehjs_exec.v0+json", "application/vnd.bokehjs_load.v0+json"
_VEGA = re.compile(r"application/vnd\.vega(?:lite)?\.v\d+(?:\.\d+)?\+json\Z")
_TEX = re.compile(r'"(?:TeX|MathML|Ascii)"|\$\$|\\\\\(')  # in the JSON of a plot


def is_vega(kind: str) -> bool:
    """Return whether a MIME type is that of a chart of Vega or Vega-Lite."""
    return bool(_VEGA.match(kind))


def altair_spec(text: str) -> dict[str, Any] | None:
    """Return the Vega-Lite chart in HTML that Altair wrote, which loads its libraries from a network; else None."""
    start = text.find("})({") if '<div id="altair-viz-' in text else -1
    if start < 0:
        return None
    try:
        spec = json.JSONDecoder().raw_decode(text, start + 3)[0]
    except ValueError:
        return None
    return spec if isinstance(spec, dict) else None


class Charts:
    """The charts of one page, and the libraries that have been put into it.

    Args:
        pictures: reads files beside the notebook, which charts may name as their data.
    """

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._count = 0
        self._held: set[str] = set()

    def vega(self, spec: Mapping[str, Any]) -> tuple[str, list[str]]:
        """Return a chart of Vega or Vega-Lite as HTML, and what it lacks, in words."""
        lacks: list[str] = []
        spec = self._with_data(spec, lacks)
        if lacks:
            return "", list(dict.fromkeys(lacks))
        try:
            library = self._library("vega", _vega_library)
        except ImportError:
            return "", ["an Altair chart needs the package vl-convert-python where the report is made"]
        except ValueError as error:
            return "", [f"an Altair chart could not be drawn: {error}"]
        self._count += 1
        name = f"chart-{self._count}"
        return (
            f'{library}<div class="chart" id="{name}"></div>'
            f'<script type="application/json" data-chart="{name}">{json_in_html(spec)}</script>'
            f'<script>window.drawChart("{name}")</script>'
        ), []

    def _with_data(self, spec: Any, lacks: list[str]) -> Any:
        """Return a part of a chart with the data of files instead of their names; what is missing goes to `lacks`."""
        if isinstance(spec, list):
            return [self._with_data(one, lacks) for one in spec]
        if not isinstance(spec, Mapping):
            return spec
        address = spec.get("url")
        if not isinstance(address, str) or address.startswith("data:image/"):
            return {name: self._with_data(value, lacks) for name, value in spec.items()}
        kind = address.rpartition(".")[2].lower()
        if re.match(r"(?:[a-z]+:)?//", address) or kind not in ("csv", "tsv", "json"):
            lacks.append(f"data of a chart from {address[:100]} need the network")
            return spec
        try:
            text = self._pictures.text(address, "data file")
            values = json.loads(text) if kind == "json" else text
        except (Unreachable, ValueError) as error:
            lacks.append(str(error))
            return spec
        rest = {name: value for name, value in spec.items() if name != "url"}
        return {**rest, "values": values, "format": {"type": kind, **(spec.get("format") or {})}}

    def bokeh(self, script: str) -> tuple[str, list[str]]:
        """Return the script of a plot of Bokeh as HTML, the first after the library, and what it lacks."""
        try:
            library = self._library("bokeh", _bokeh_library)
            formulas = self._library("bokeh-mathjax", _bokeh_formulas) if _TEX.search(script) else ""
        except ImportError:
            return "", ["a Bokeh plot needs the package bokeh where the report is made"]
        return f"{library}{formulas}<script>{_safe(script)}</script>", []

    def _library(self, name: str, script: Any) -> str:
        """Return a library as HTML if the page does not hold it yet."""
        if name in self._held:
            return ""
        text = f"<script>{_safe(script())}</script>"
        self._held.add(name)
        return text


def _safe(script: str) -> str:
    """Return a script that cannot end its element early."""
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def _vega_library() -> str:
    """Return the libraries of Vega, and the function that draws a chart in the reader's theme."""
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;") + "\n" + source("charts.js")


def _bokeh_library() -> str:
    """Return the scripts of Bokeh but MathJax, which is larger than all others together."""
    from bokeh.resources import Resources

    return "\n".join(Resources("inline", components=["bokeh", "bokeh-gl", "bokeh-widgets", "bokeh-tables"]).js_raw)


def _bokeh_formulas() -> str:
    """Return Bokeh's script for formulas."""
    from bokeh.resources import Resources

    return "\n".join(Resources("inline", components=["bokeh-mathjax"]).js_raw)
