"""Outputs of anybody's cells: each is shown or told, none asks for the network, and none changes the page around it."""

import json
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
go = pytest.importorskip("plotly.graph_objects", reason="comes with the report extra")

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output  # noqa: E402

from aewidgets.images.displays import Pictures, Table  # noqa: E402
from aewidgets.reports.pages.last_states import MARK  # noqa: E402
from aewidgets.reports.pages.losses import Losses  # noqa: E402
from aewidgets.reports.pages.report import page_of  # noqa: E402
from aewidgets.reports.pages.stills import place_of  # noqa: E402

RECORD = {
    "notebook": "x.ipynb", "notebook_sha256": "ab" * 32, "status": "completed", "failure": None, "parameters": {},
    "parameters_given": [], "started": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "versions": {},
}  # fmt: skip


def page(*bundles: dict[str, Any], folder: Path | None = None, widgets: Any = None) -> tuple[str, list[str]]:
    """Return the page of a notebook with one output a cell, and what it does not show."""
    cells = [new_code_cell("1", outputs=[new_output("display_data", one)]) for one in bundles]
    notebook = new_notebook(cells=[*cells, new_markdown_cell("The last cell.")])
    if widgets:
        notebook.metadata["widgets"] = widgets
    losses = Losses()
    text = page_of(notebook, RECORD, losses, (folder,) if folder else ())
    return text, [str(loss) for loss in losses.told()]


class Frame(HTMLParser):
    """Reads a page as a browser does: its frames, and what stands around its last cell and its footer."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.frames: list[tuple[str, str]] = []
        self.around: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "iframe":
            self.frames.append((dict(attrs)["sandbox"], dict(attrs)["srcdoc"]))
        if tag == "footer":
            self.around["footer"] = list(self.open)
        if tag not in ("meta", "img", "br", "input", "link", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "The last cell." in data:
            self.around["last"] = [tag for tag in self.open if tag not in ("div", "p")]


WILD = [
    "<div><div><b>open", "</div></div></div></main></body></html>", "text <!-- a comment without an end",
    "<script>let open = 1;", "<p>x<style>p { color: red", "<textarea>open", "<plaintext>all the rest", "<div class='x",
    "<style>body { display: none }</style><p>x</p>", "<style>.a { } * { color: lime }</style><p>x</p>",
    "<script>document.body.remove()</script><p>x</p>", "<script>window.top.location = 'x'</script><p>x</p>",
    "<p onclick='document.write(1)'>x</p>", "<!doctype html><html><body><p>a page</p></body></html>",
    "<base href='https://example.org'><p>x</p>", "<table><tr><td>x", "<title>mine</title>", "<div/><p>x</p>",
]  # fmt: skip


@pytest.mark.parametrize("wild", WILD)
def test_html_that_does_not_keep_to_itself_is_framed_and_what_follows_stays(wild: str):
    text, _ = page({"text/html": wild})
    seen = Frame(text)
    assert seen.around == {"last": ["html", "body", "main"], "footer": ["html", "body", "main"]}
    ((sandbox, inside),) = seen.frames
    assert sandbox == "allow-scripts"
    assert inside.endswith(wild)


def tame() -> list[str]:
    """Return HTML of well-behaved objects."""
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({"a": [1, 2]})
    pictures = Pictures([np.zeros((2, 2), np.uint8)], ["a <caption>"])
    return [
        frame._repr_html_(), frame.style.background_gradient()._repr_html_() if _has("matplotlib") else "<p>x</p>",
        pictures._repr_html_(), Table(["a"], [[1]])._repr_html_(), "<p>one</p><ul><li>a<li>b</ul>", "1 < 2 & 3 > 2",
        "<svg width='9' height='9'><path d='M0 0'/><title>a title</title></svg>", "<br><hr><img alt='x' src='data:,'/>",
        "<style>.mine p { color: red } #one { } @media print { .two { } }</style><p class='mine'>x</p>",
        "<script>const div = document.getElementById('x');</script><div id='x'></div>",
        "<script>if (typeof require === 'function') require(['x'], () => 1)</script><p>x</p>",
        '<script type="application/json">["https://x.example/l.js", "document.body"]</script><p>x</p>',
        "<details><summary>a</summary>b</details>", "<!-- a comment --><p>x</p>",
    ]  # fmt: skip


def _has(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None


def test_html_that_keeps_to_itself_stays_as_it_is():
    pytest.importorskip("pandas", reason="comes with the dev extra")
    for text in tame():
        made, told = page({"text/html": text})
        assert str(BeautifulSoup(text, "html.parser")) in made
        assert "<iframe" not in made
        assert told == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<script src='https://cdn.example/x.js'></script><p>x</p>", "network (a script from https://cdn.example/x.js"),
        ("<script>require.config({paths: {a: 'https://unpkg.com/a'}})</script>", "https://unpkg.com/a"),
        ("<script type='module'>import x from 'https://esm.sh/x.js'</script>", "https://esm.sh/x.js"),
        ("<script>fetch('https://example.org/data')</script>", "https://example.org/data"),
        ("<iframe src='//example.org/a?secret=1'></iframe>", "(a page from //example.org/a)"),
        ('<iframe srcdoc="<script src=\'https://x.example/l.js\'></script>"></iframe>', "https://x.example/l.js"),
        ("<link rel='stylesheet' href='https://x.example/s.css'><p>x</p>", "style from https://x.example/s.css needs"),
        ("<p style='background: url(https://x.example/b.png)'>x</p>", "https://x.example/b.png needs the network"),
        ("<style>.a { background: url('http://x.example/b.png') }</style><p>x</p>", "http://x.example/b.png"),
        ("<style>@import 'https://x.example/c.css';</style><p>x</p>", "https://x.example/c.css"),
        ("<img src='https://x.example/p.png'>", "https://x.example/p.png needs the network"),
        ("<object data='https://x.example/d.pdf'></object>", "https://x.example/d.pdf"),
        ("<script>require(['d3'], (d3) => d3.x())</script><p>x</p>", "scripts of the classic notebook"),
        ("<style>body { color: red }</style>", "style that would change the whole page"),
    ],
)  # fmt: skip
def test_what_needs_the_network_is_told_with_its_cell(text: str, words: str):
    made, told = page({"text/plain": "first"}, {"text/html": text})
    assert len(told) == 1
    assert told[0].startswith("cell 2: ")
    assert words in told[0]
    assert made.count('role="note"') == 1
    assert "<script src" not in made
    assert "<link" not in made


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        ({"application/javascript": "alert(1)", "text/plain": "<Javascript>"}, "JavaScript"),
        ({"application/javascript": "alert(1)", "text/html": "<p>x</p>"}, "JavaScript"),
        ({"application/vnd.holoviews_exec.v0+json": "", "text/html": "<p>x</p>"}, "holoviews_exec"),
        ({"application/x-unknown": "x"}, "application/x-unknown"),
        ({"application/vnd.a+json": {"a": 1}, "text/plain": "words beside it"}, "application/vnd.a+json"),
        ({"application/geo+json": {"type": "Point"}}, "GeoJSON"),
        ({"application/pdf": "JVBERi0="}, "application/pdf"),
        ({"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}, "widget-view"),
        ({"application/vnd.vegalite.v5+json": {"data": {"url": "https://x.example/a.csv"}}}, "https://x.example/a.csv"),
        ({"application/vnd.plotly.v1+json": {"data": [{"type": "choropleth", "locations": ["DEU"]}]}}, "shapes"),
        ({"application/vnd.plotly.v1+json": {"data": [{"type": "scattermap"}]}}, "tiles"),
        ({"application/vnd.plotly.v1+json": {"data": [{"type": "scattergeo", "lat": [1], "lon": [1]}]}}, "coasts"),
    ],
)
def test_a_type_that_a_page_cannot_show_is_told(bundle: dict[str, Any], words: str):
    made, told = page(bundle)
    assert len(told) == 1
    assert words in told[0]
    assert made.count('role="note"') == 1
    assert "alert(1)" not in made
    assert ("words beside it" in made) == ("text/plain" in bundle and "application/vnd.a+json" in bundle)


@pytest.mark.parametrize("kind", ["image/gif", "image/webp", "image/avif", "image/png", "image/jpeg", "image/bmp"])
def test_pictures_of_every_kind_have_the_sizes_of_their_metadata_and_words(kind: str):
    output = new_output("display_data", {kind: "QUJD\nRA==", "text/plain": "<a picture>"})
    output.metadata = {kind: {"width": 60, "height": 40}}
    text = page_of(new_notebook(cells=[new_code_cell("1", outputs=[output])]), RECORD)
    (tag,) = [part.partition(">")[0] for part in text.split("<img ")[1:]]
    assert 'width="60"' in tag
    assert 'height="40"' in tag
    assert 'alt="a picture"' in tag
    assert f'src="data:{kind};base64,QUJD' in tag


def test_a_drawing_is_a_picture_so_that_its_styles_and_names_stay_inside():
    made, told = page({"image/svg+xml": "<svg width='9'><style>* { fill: red }</style><script>1</script></svg>"})
    assert 'src="data:image/svg+xml;base64,' in made
    assert "fill: red" not in made
    assert told == []


def test_json_documents_can_be_read():
    made, told = page({"application/json": {"a": ["<b>", 1]}, "text/plain": "<JSON object>"})
    assert json.loads(BeautifulSoup(made, "html.parser").select_one("details:not(.code) pre").text) == {"a": ["<b>", 1]}
    assert told == []


def test_files_beside_the_notebook_become_part_of_the_page(tmp_path: Path):
    (tmp_path / "own.js").write_text("window.own = '</script>'", encoding="utf-8")
    (tmp_path / "own.css").write_text(".own { color: teal }", encoding="utf-8")
    (tmp_path / "page.html").write_text("<p>inside</p>", encoding="utf-8")
    text = "<link rel=stylesheet href=own.css><script src='own.js'></script><iframe width=9 src=page.html></iframe>"
    made, told = page({"text/html": text}, folder=tmp_path)
    assert "<style>.own { color: teal }</style><script>window.own = '<\\/script>'</script>" in made
    assert BeautifulSoup(made, "html.parser").iframe.attrs == {
        "width": "9", "srcdoc": "<p>inside</p>", "sandbox": ["allow-scripts"]
    }  # fmt: skip
    assert told == []
    assert page({"text/html": "<iframe src='gone.html'></iframe>"}, folder=tmp_path)[1] == [
        "cell 1: the page gone.html is missing: there is no such file beside the notebook"
    ]


def test_data_of_charts_beside_the_notebook_become_part_of_the_page(tmp_path: Path):
    pytest.importorskip("vl_convert", reason="comes with the dev extra")
    (tmp_path / "some.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    chart = {"application/vnd.vegalite.v5+json": {"mark": "bar", "data": {"url": "some.csv"}}}
    made, told = page(chart, folder=tmp_path)
    script = BeautifulSoup(made, "html.parser").find("script", {"data-chart": "chart-1"})
    assert json.loads(script.string)["data"] == {"values": "a,b\n1,2\n", "format": {"type": "csv"}}
    assert told == []
    assert page(chart)[1] == ["cell 1: the data file some.csv lies beside a notebook that was read from elsewhere"]


@pytest.mark.parametrize("name", ["notebook", "notebook_connected", "iframe"])
def test_plotly_figures_that_came_as_html_share_one_library(name: str, tmp_path: Path, monkeypatch: Any):
    monkeypatch.chdir(tmp_path)
    import plotly.io

    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display_html", lambda text, raw: shown.append({"text/html": text}))
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    figure = go.Figure(go.Bar(y=[1, 2]), frames=[go.Frame(data=[go.Bar(y=[2, 1])])] if name != "iframe" else None)
    renderer = plotly.io.renderers[name]
    if name != "iframe":
        renderer.activate()
    for _ in range(2):
        shown.append(renderer.to_mimebundle(figure.to_plotly_json()))
    if name == "iframe":
        shown = [{"text/html": (tmp_path / "iframe_figures" / "figure_0.html").read_text(encoding="utf-8")}]
    made, told = page(*shown)
    assert told == []
    assert made.count('data-figure="') == len(shown) - (name != "iframe")
    assert made.count("window.Plotly.react(") == 1
    assert len(made) < 2_000_000
    if name != "iframe":
        script = BeautifulSoup(made, "html.parser").find("script", {"data-figure": "figure-1"})
        assert len(json.loads(script.string)["frames"]) == 1


def test_altair_charts_share_one_library_in_both_of_their_forms():
    alt = pytest.importorskip("altair", reason="comes with the dev extra")
    pytest.importorskip("vl_convert", reason="comes with the dev extra")
    chart = alt.Chart({"values": [{"a": 1}]}).mark_bar().encode(x="a:Q")
    with alt.renderers.enable("html"):
        text = chart._repr_mimebundle_()
    text = text[0] if isinstance(text, tuple) else text
    made, told = page({"text/html": text["text/html"]}, {"application/vnd.vegalite.v5+json": chart.to_dict()})
    assert told == []
    assert made.count("window.vegaEmbed=") == 1
    assert made.count('data-chart="chart-') == made.count('window.drawChart("') == 2
    assert "cdn.jsdelivr" not in made.rpartition("window.vegaEmbed=")[2]


@pytest.mark.parametrize(
    ("package", "bundle"),
    [
        ("vl_convert", {"application/vnd.vegalite.v5+json": {"mark": "bar"}}),
        ("bokeh.resources", {"application/vnd.bokehjs_exec.v0+json": "", "application/javascript": "Bokeh"}),
    ],
)
def test_a_library_that_is_not_installed_costs_a_note(package: str, bundle: dict[str, Any], monkeypatch: Any):
    monkeypatch.setitem(sys.modules, package, None)
    made, told = page(bundle, {"text/plain": "after"})
    assert ["where the report is made" in words for words in told] == [True]
    assert "after" in made


def test_an_output_widget_shows_what_it_held_at_the_end_as_a_cell_would():
    png = {"output_type": "display_data", "data": {"image/png": "QUJD"}, "metadata": {}}
    figure = {"application/vnd.plotly.v1+json": {"data": [{"y": [1]}]}}
    nested = {MARK: {"id": "x", "nested": {"beef": figure}}, "text/html": place_of("beef")}
    inner = [
        {"output_type": "stream", "name": "stdout", "text": "10 %\r20 %\n"}, png,
        {"output_type": "display_data", "data": {"text/html": "<div>open"}, "metadata": {}},
        {"output_type": "display_data", "data": nested, "metadata": {}},
        {"output_type": "error", "ename": "ValueError", "evalue": "wrong", "traceback": []},
    ]  # fmt: skip
    states = {"cafe": {"model_name": "OutputModel", "state": {"outputs": inner}}}
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": states}}
    still = {MARK: {"id": "a", "nested": {}}, "text/html": f"<div>{place_of('cafe', 'meanwhile')}</div>"}
    made, told = page(still, {MARK: {"id": "b", "closed": True}, "text/plain": "[]"}, widgets=widgets)
    assert told == []
    assert "meanwhile" not in made
    assert "20 %" in made
    assert "10 %" not in made
    assert 'src="data:image/png;base64,QUJD"' in made
    assert "ValueError" in made
    assert made.count('class="figure"') == 1
    assert made.count('class="apart"') == 1
    assert page(still)[0].count("meanwhile") == 1


@pytest.mark.parametrize(
    "data", [None, {}, {"text/html": 5}, {"text/html": None}, {MARK: "x"}, {"application/vnd.plotly.v1+json": []}]
)
def test_an_output_of_another_form_breaks_no_page(data: Any):
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[new_output("display_data", {"text/plain": "1"})])])
    notebook.cells[0].outputs[0]["data"] = data
    assert "<footer>" in page_of(notebook, RECORD)
