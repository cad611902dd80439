"""A report page contains all that it shows, makes no request, and says what failed."""

import json
import re

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("nbconvert", reason="comes with the report extra")
pytest.importorskip("plotly", reason="comes with the report extra")

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output  # noqa: E402

from aewidgets.reports.pages.report import page_of  # noqa: E402
from aewidgets.reports.recording import MIME_TYPE  # noqa: E402

RECORD = {
    "notebook": "x.ipynb", "notebook_sha256": "ab" * 32, "status": "completed", "failure": None,
    "parameters": {"n": 3, "name": "<b>"}, "parameters_given": ["n"], "started": "2026-01-01T00:00:00+00:00",
    "seconds": 1.5, "versions": {"python": "3.12"},
}  # fmt: skip


def figure(kind: str = "scatter", title: str = "t"):
    data = {"data": [{"type": kind, "y": [1, 2]}], "layout": {"height": 300, "title": {"text": title}}}
    return new_output("display_data", {"application/vnd.plotly.v1+json": data, "text/plain": "[figure]"})


def notebook(*outputs):
    code = new_code_cell("secret_source = 1", outputs=list(outputs), execution_count=1)
    return new_notebook(cells=[new_markdown_cell("# Title & <all>\n\ntext"), code])


def test_the_browser_is_forbidden_every_request():
    page = page_of(notebook(figure()), RECORD)
    assert "default-src 'none'" in page
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=(?![\"']?(data:|#))", page)


def test_plotly_is_there_once_however_many_figures_and_not_without():
    many = page_of(notebook(figure(), figure(), figure("heatmap")), RECORD)
    assert len(re.findall(r"plotly\.js \([a-z]+ - minified\) v\d", many)) == 1
    assert many.count("data-figure=") == 3
    assert len(page_of(notebook(), RECORD)) < 60e3


def test_what_the_small_bundle_cannot_draw_gets_the_whole_library():
    assert len(page_of(notebook(figure("surface")), RECORD)) > 4e6


def test_text_in_figures_cannot_end_their_script():
    page = page_of(notebook(figure(title="</script><b>")), RECORD)
    (source,) = re.findall(r'data-figure="[^"]+"[^>]*>(.*?)</script>', page, flags=re.DOTALL)
    assert json.loads(source)["layout"]["title"]["text"] == "</script><b>"


def test_recorded_figures_end_in_one_table_and_not_among_the_outputs():
    data = {MIME_TYPE: {"psnr_db": {"a<b": 31.23456}}, "text/plain": "recorded psnr_db"}
    page = page_of(notebook(new_output("display_data", data)), RECORD)
    assert "a&lt;b 31.23" in page and "recorded psnr_db" not in page


def test_code_is_folded():
    page = page_of(notebook(), RECORD)
    assert re.search(r"<details class=\"code\"><summary>Code</summary>.*secret_source.*?</details>", page, re.DOTALL)


def test_parameters_and_title_are_shown_as_text():
    page = page_of(notebook(), RECORD)
    assert "<title>Title &amp; &lt;all&gt;</title>" in page
    assert "&lt;b&gt;" in page and "3</code> (given)" in page


def test_a_failure_stands_on_top_and_leads_to_its_cell():
    cell = notebook().cells[1]
    failure = {"cell": 1, "cell_id": cell["id"], "name": "ZeroDivisionError", "message": "by <zero>"}
    shown = new_notebook(cells=[cell])
    page = page_of(shown, RECORD | {"status": "cell failed", "failure": failure})
    assert "ZeroDivisionError: by &lt;zero&gt;" in re.sub(r"</?strong>", "", page).replace("\n", " ")
    assert f'href="#cell-id={cell["id"]}"' in page and f'id="cell-id={cell["id"]}"' in page


def test_what_was_required_stands_at_the_end_and_what_was_missed_on_top():
    required = [
        {"text": "a <= 1", "metric": "a", "value": 2.123456, "met": False, "reason": "it is <2>"},
        {"text": "b >= 1", "metric": "b", "value": 3, "met": True, "reason": ""},
        {"text": "no worse", "metric": "", "value": None, "met": None, "reason": "no earlier run"},
    ]
    failure = {"cell": None, "cell_id": None, "name": "ThresholdMissed", "message": "a <= 1: it is <2>"}
    record = RECORD | {"status": "threshold missed", "failure": failure, "requirements": required}
    top, _, end = page_of(notebook(), record).partition("<h1")
    assert "<code>a &lt;= 1</code>: it is &lt;2&gt;" in top and "b &gt;= 1" not in top
    assert re.findall(r"<td>(2.123|3|–)</td>", end) == ["2.123", "3", "–"]
    assert end.count(">missed<") == end.count(">met<") == 1 and "no earlier run" in end


def test_the_notebook_is_not_changed():
    shown = notebook(figure())
    before = json.dumps(shown)
    page_of(shown, RECORD)
    assert json.dumps(shown) == before


@pytest.mark.parametrize(
    ("figure", "height"),
    [
        ({"data": [], "layout": None}, 450), ({"data": [{"type": None}], "layout": {"height": "auto"}}, 450),
        ({"data": [{}], "layout": {"height": None}}, 450), ({"data": [{}], "layout": {"height": True}}, 450),
        ({"data": [{}], "layout": {"height": 320.4}}, 320), ({"data": [{}], "layout": [1]}, 450),
        ({"data": [{}], "layout": {"height": 1e99}}, 450), ({"data": [{}], "layout": {"height": -3}}, 450),
    ],
)  # fmt: skip
def test_a_figure_of_any_layout_has_a_height(figure: dict, height: int):
    page = page_of(notebook(new_output("display_data", {"application/vnd.plotly.v1+json": figure})), RECORD)
    assert f'id="figure-1" style="height:{height}px"' in page


@pytest.mark.parametrize(
    "figure", [None, "text", 3, [], {}, {"data": None}, {"data": 3}, {"data": [None]}, {"data": {}}]
)
def test_what_is_no_figure_is_shown_by_its_other_form(figure):
    data = {"application/vnd.plotly.v1+json": figure, "text/plain": "in words"}
    page = page_of(notebook(new_output("display_data", data)), RECORD)
    assert "in words" in page and "data-figure" not in page


@pytest.mark.parametrize("value", [None, 3, {"a": 1}, ["a", "b"]])
@pytest.mark.parametrize("kind", ["text/html", "text/plain", "image/png", "image/svg+xml", "text/markdown", MIME_TYPE])
def test_outputs_of_odd_types_make_no_traceback(kind: str, value):
    output = {"output_type": "display_data", "metadata": {}, "data": {kind: value}}
    book = notebook()
    book.cells[1].outputs = [nbformat.from_dict(output), nbformat.from_dict(output | {"data": None})]
    book.metadata = nbformat.from_dict({"widgets": {"application/vnd.jupyter.widget-state+json": {}}})
    assert "Title" in page_of(book, RECORD)


def test_the_page_shows_notes_and_what_the_notebook_computed():
    told = {"parameters_computed": {"home": "home = os.getcwd()"}, "notes": ["it has <changed>"]}
    page = page_of(notebook(), RECORD | told)
    assert "home = os.getcwd()" in page and "it has &lt;changed&gt;" in page
