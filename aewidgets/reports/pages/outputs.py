"""Reduces each output of an executed notebook to HTML that a page can show, or to a note of what it cannot show.

A page makes no request and runs no kernel. Charts stay live where their library can be part of the page, widgets are
shown as they were last, and nothing is left out in silence.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aewidgets.reports.pages.charts import BOKEH, BOKEH_LOADS, Charts, altair_spec, is_vega
from aewidgets.reports.pages.frames import LISTENER, framed
from aewidgets.reports.pages.last_states import MARK
from aewidgets.reports.pages.losses import NUMBER, Losses
from aewidgets.reports.pages.mime import text_of
from aewidgets.reports.pages.pictures import Pictures
from aewidgets.reports.pages.plotly_figures import PLOTLY, PlotlyFigures, figure_in_html, is_figure, is_library
from aewidgets.reports.pages.streams import PrintedText
from aewidgets.reports.pages.web import Web
from aewidgets.reports.recording import MIME_TYPE

__all__ = ["Outputs"]

_VIEW, _STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
_JAVASCRIPT = ("application/javascript", "text/javascript")
#: Pictures, best first. The page's template draws PNG and JPEG, with the sizes that their metadata give.
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp")
_BY_TEMPLATE = ("image/png", "image/jpeg", "text/plain")
_PLACE = re.compile(r"<!--aewidgets (\w+)-->(.*?)<!--/aewidgets \1-->", re.DOTALL)
_RUNS = re.compile(r"application/vnd\.\w+_(?:exec|load)\b")
_NOT_RUN = "a script for Jupyter (JavaScript) is not run in a report"
_JSON_SHOWN = 200_000  # characters of a JSON document that a page shows


class Outputs:
    """The outputs of one page.

    Args:
        losses: gathers what the page cannot show.
        folders: where relative paths of files start that outputs name: that of the notebook, then that in which it ran.
        widgets: metadata `widgets` of the executed notebook, which hold the content of output widgets.

    Attributes:
        plotly: the plotly figures among them.
    """

    def __init__(self, losses: Losses, folders: Iterable[Path] = (), widgets: Any = None):
        self.plotly = PlotlyFigures()
        self._losses = losses
        self._pictures, self._texts = Pictures(folders, losses), PrintedText(losses)
        self._charts = Charts(self._pictures)
        self._has_frames = False
        states = _mapping(_mapping(_mapping(widgets).get(_STATE)).get("state"))
        self._states = {name: _mapping(_mapping(one).get("state")) for name, one in states.items()}

    def reduce(self, document: Any) -> None:
        """Reduce all outputs of a notebook's cells, which have their numbers in `NUMBER` of their metadata."""
        for cell in document.cells:
            if cell.cell_type == "code":
                number = cell.metadata[NUMBER]
                cell.outputs = [one for one in cell.outputs if "data" not in one or self._keep(one, number)]

    def _keep(self, output: Any, cell: int) -> bool:
        """Reduce an output to its best form; return False if there is nothing to see.

        Recorded figures are left out here, because the page has a table of them.
        """
        data = {kind: value for kind, value in (output["data"] or {}).items() if value is not None}
        if MIME_TYPE in data or not data:
            return False
        drawn = self._drawn(data, _mapping(output.get("metadata")), cell)
        if isinstance(drawn, str):
            output["data"] = {"text/html": drawn}
            return bool(drawn)
        output["data"] = drawn
        for kind in _BY_TEMPLATE[:2]:
            if kind in drawn:
                about = dict(_mapping(_mapping(output.get("metadata")).get(kind)))
                words = text_of(data.get("text/plain")) or "Picture"
                output["metadata"] = {**_mapping(output.get("metadata")), kind: {"alt": _alternative(words), **about}}
        return True

    def _drawn(self, data: Mapping[str, Any], metadata: Mapping[str, Any], cell: int) -> str | dict[str, Any]:
        """Return an output as HTML, empty if there is nothing to see, or as data for the page's template."""
        mark = _mapping(data.get(MARK))
        if mark.get("closed") or BOKEH_LOADS in data:
            return ""
        if is_figure(data.get(PLOTLY)):
            return self._noted(cell, *self.plotly.add(data[PLOTLY]))
        for kind, value in data.items():
            if is_vega(kind) and isinstance(value, Mapping):
                return self._noted(cell, *self._charts.vega(value))
        texts = {kind: text for kind, value in data.items() if (text := text_of(value)) is not None}
        if BOKEH in data:
            script = next((texts[kind] for kind in _JAVASCRIPT if kind in texts), "")
            return self._noted(cell, *self._charts.bokeh(script)) if script else ""
        picture = next((kind for kind in _PICTURES if kind in texts), None)
        if "text/html" in texts:
            shown = self._html(texts["text/html"], cell, _mapping(mark.get("nested")), picture and (
                lambda: self._picture(picture, texts, metadata, cell)))  # fmt: skip
            return shown + self._scripts_beside(data, cell)
        if "text/markdown" in texts:
            return {"text/markdown": texts["text/markdown"]}
        if picture in _BY_TEMPLATE:
            return {picture: texts[picture]}
        if picture:
            return self._picture(picture, texts, metadata, cell)
        return self._rest(data, texts, metadata, cell)

    def _rest(
        self, data: Mapping[str, Any], texts: Mapping[str, str], metadata: Mapping[str, Any], cell: int
    ) -> str | dict[str, Any]:
        """Return an output that is neither HTML nor a picture."""
        if any(kind in data for kind in _JAVASCRIPT):
            return self._losses.note(cell, _NOT_RUN)
        for kind in ("application/json", "application/geo+json"):
            if kind in data:
                return self._json(kind, data[kind], _mapping(metadata.get(kind)), cell)
        others = [kind for kind in data if kind not in ("text/plain", _VIEW, MARK)]
        if "text/plain" in texts and not others:
            return {"text/plain": texts["text/plain"]}
        said = self._texts.printed(texts["text/plain"], cell) if "text/plain" in texts else ""
        if not others:  # the view of a widget, and no words
            others = [_VIEW]
        return said + self._losses.note(cell, f"an output of the type {', '.join(others)[:200]}")

    def _scripts_beside(self, data: Mapping[str, Any], cell: int) -> str:
        """Return a note if HTML comes with a script that Jupyter would run, as that of HoloViews and Panel does."""
        runs = next((kind for kind in data if _RUNS.match(kind)), None)
        if runs:
            return self._losses.note(cell, f"a plot of the type {runs} needs scripts that this page does not hold")
        if any(kind in data for kind in _JAVASCRIPT):
            return self._losses.note(cell, _NOT_RUN)
        return ""

    def _noted(self, cell: int, drawn: str, lacks: Iterable[str]) -> str:
        """Return HTML with notes of what it lacks before it."""
        return "".join(self._losses.note(cell, words) for words in lacks) + drawn

    def _html(self, text: str, cell: int, nested: Mapping[str, Any], still: Any = None) -> str:
        """Return HTML that others wrote so that it needs no network and leaves the page as it is.

        Args:
            text: the HTML.
            cell: number of its cell.
            nested: bundles for its places, see `Still`.
            still: makes a picture of the same output, for HTML that cannot be shown; None if there is none.
        """
        if "bk-notebook-logo" in text or is_library(text):
            return ""  # what Bokeh and plotly say while they load
        figure, spec = figure_in_html(text), altair_spec(text)
        if figure is not None and is_figure(figure):
            return self._noted(cell, *self.plotly.add(figure))
        if spec is not None:
            return self._noted(cell, *self._charts.vega(spec))
        web = Web(text, self._pictures)
        if web.only_style and not web.contained:
            return self._losses.note(cell, "a style that would change the whole page is not applied")
        shown = web.shown(lambda words: self._losses.note(cell, words))
        if web.needs_network:
            return shown + (still() if still else "")
        shown = self._pictures.in_html(shown, cell)
        if not web.contained:
            shown = self._framed(shown, cell)
        if "data-root-id=" in text:  # Bokeh's plots are drawn on white, and take the colour of letters from the page
            shown = f'<div class="on-white">{shown}</div>'
        return _PLACE.sub(lambda place: self._placed(place, nested, cell), shown) if web.contained else shown

    def _framed(self, text: str, cell: int) -> str:
        """Return HTML in a frame of its own; the first comes with the script that gives frames their heights."""
        script = "" if self._has_frames else f"<script>{LISTENER}</script>"
        self._has_frames = True
        return script + framed(text, f"Output of cell {cell}")

    def _placed(self, place: re.Match[str], nested: Mapping[str, Any], cell: int) -> str:
        """Return what a place in a widget's still shows: a chart, or the outputs of an output widget."""
        name = place[1]
        if name in nested:
            return self._inner({"output_type": "display_data", "data": dict(_mapping(nested[name]))}, cell)
        outputs = self._states.get(name, {}).get("outputs")
        if not isinstance(outputs, list):
            return place[2]
        return "".join(f"<div>{self._inner(one, cell)}</div>" for one in outputs if isinstance(one, Mapping))

    def _inner(self, output: Mapping[str, Any], cell: int) -> str:
        """Return an output inside a widget as HTML."""
        from aewidgets.reports.pages.markdown import markdown_html

        kind = output.get("output_type")
        if kind == "stream":
            text = text_of(output.get("text")) or ""
            return f'<div class="output_stream">{self._texts.printed(text, cell)}</div>'
        if kind == "error":
            return f'<div class="output_error">{self._texts.raised(output, cell)}</div>'
        made: dict[str, Any] = {"data": dict(_mapping(output.get("data"))), "metadata": output.get("metadata")}
        if not self._keep(made, cell):
            return ""
        ((form, text),) = made["data"].items()
        if form == "text/html":
            return text
        if form == "text/markdown":
            return markdown_html(text, cell, {}, self._pictures)
        if form == "text/plain":
            return self._texts.printed(text, cell)
        return self._picture(form, made["data"], _mapping(made["metadata"]), cell)

    def _picture(self, kind: str, texts: Mapping[str, str], metadata: Mapping[str, Any], cell: int) -> str:
        """Return a picture as an element that contains it, of the size that its metadata give."""
        text, notes, look = texts[kind], "", ""
        if kind == "image/svg+xml":
            import base64

            web = Web(text)
            notes = "".join(dict.fromkeys(self._losses.note(cell, words) for words, _ in web.missing))
            if "xmlns=" not in text.partition(">")[0] + text[:2000]:
                text = text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
            text = base64.b64encode(text.encode()).decode()
            look = ' class="drawing"'
        about = _mapping(metadata.get(kind)) or metadata
        sizes = "".join(
            f' {name}="{round(size)}"'
            for name in ("width", "height")
            if isinstance(size := about.get(name), int | float) and not isinstance(size, bool) and 0 < size < 100_000
        )
        words = about.get("alt") or _alternative(texts.get("text/plain", "Picture"))
        source = f"data:{kind};base64,{''.join(text.split())}"
        return f'{notes}<img{look} alt="{html.escape(str(words)[:300])}"{sizes} src="{source}">'

    def _json(self, kind: str, value: Any, about: Mapping[str, Any], cell: int) -> str:
        """Return a JSON document as text that is folded if it is long."""
        text = json.dumps(value, indent=2, ensure_ascii=False)
        note = ""
        if kind == "application/geo+json":
            note = self._losses.note(cell, "a map of GeoJSON; its data are below")
        if len(text) > _JSON_SHOWN:
            note += self._losses.note(cell, f"the end of a JSON document of {len(text):,} characters")
        unfolded = about.get("expanded") is True or text.count("\n") < 20
        root = about.get("root")
        name = root if isinstance(root, str) and root != "root" else "JSON"
        return (
            f"{note}<details{' open' if unfolded else ''}><summary>{html.escape(name)}</summary>"
            f"<pre>{html.escape(text[:_JSON_SHOWN])}</pre></details>"
        )


def _mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def _alternative(words: str) -> str:
    """Return what a picture shows, for those who do not see it: what Python says of it, in one line."""
    return " ".join(words.strip("<>").split())[:300] or "Picture"
