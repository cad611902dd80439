"""A report in a real browser, from a file, without a network: figures live, nothing fetched, no overflow."""

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
plotly = pytest.importorskip("plotly.graph_objects", reason="comes with the report extra")

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output  # noqa: E402

from aewidgets.images.displays import Pictures, Table  # noqa: E402
from aewidgets.reports.execution.runner import run_report  # noqa: E402
from aewidgets.reports.pages.report import page_of  # noqa: E402
from aewidgets.reports.show import show  # noqa: E402
from aewidgets.studies.plots import bit_map, bits_by_group  # noqa: E402

pytestmark = pytest.mark.browser
#: Notebook 04 with fewer pictures, codecs and qualities: as many kinds of output.
SHORT = {"limit": 1, "codecs": ["learned", "jpeg"], "qualities": [20.0, 60.0], "rungs": 3}
RECORD = {
    "notebook": "x.ipynb", "notebook_sha256": "ab" * 32, "status": "completed", "failure": None,
    "parameters": {"n": 3}, "parameters_given": [], "started": "2026-01-01T00:00:00+00:00", "seconds": 1.5,
    "versions": {"python": "3.12"},
}  # fmt: skip


@pytest.fixture
def page_file(photo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page with a heatmap, bars, wide pictures and a wide table, as a notebook shows them."""
    sent: list[dict] = []
    monkeypatch.setattr("IPython.display.publish_display_data", sent.append)
    show(bit_map(photo[::16, ::16, 0].astype(float), photo))
    show(bits_by_group([30, 20, 10], 70))
    table = Table([f"column {i}" for i in range(20)], [range(20)])
    sent += [{"text/html": shown._repr_html_()} for shown in (Pictures([photo] * 9, ["one"] * 9, zoom=2), table)]
    outputs = [new_output("display_data", data) for data in sent]
    notebook = new_notebook(cells=[new_markdown_cell("# A page"), new_code_cell("1", outputs=outputs)])
    target = tmp_path / "page.html"
    target.write_text(page_of(notebook, RECORD), encoding="utf-8")
    return target


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 800, 1600])
def test_the_page_lives_without_a_network_in_every_width_and_theme(browser, page_file: Path, width: int, theme: str):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, offline=True)
    page = context.new_page()
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda r: requests.append(r.url) if not r.url.startswith(("data:", "blob:")) else None)
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page_file.as_uri())
    page.wait_for_function("document.querySelectorAll('.figure .main-svg').length > 0")
    drawn = page.evaluate("[...document.querySelectorAll('.figure')].map(f => f.querySelectorAll('svg').length > 0)")
    ink = page.evaluate("getComputedStyle(document.querySelector('.figure .xtick text, .figure .ytick text')).fill")
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert drawn == [True, True]
    assert wide <= width
    assert (requests, errors) == ([page_file.as_uri()], [])
    assert (int(ink.removeprefix("rgb(").split(",")[0]) > 128) == (theme == "dark")


@pytest.fixture(scope="module")
def compression_page(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the compression notebook, which holds every kind of output and a studio."""
    report = run_report(repository / "notebooks" / "04-compression.ipynb", SHORT, tmp_path_factory.mktemp("reports"))
    assert report.status == "completed", report.failure
    return report.page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_compression_report_is_accessible_and_its_studio_lives(
    browser, watch, compression_page: Path, axe: str, theme: str, shots: Path | None
):
    watched = watch(browser, viewport={"width": 1280, "height": 900}, color_scheme=theme, offline=True)
    watched.page.goto(compression_page.as_uri())
    studio = watched.studio()
    studio.settled()
    studio.drag_slider("left", 0.95)
    studio.settled()
    if shots:
        watched.page.screenshot(path=shots / f"report-04-{theme}.png", full_page=True)
    found, quality = watched.violations(axe, "body"), studio.get("left_point")["quality"]
    requests, errors = watched.requests, watched.errors
    watched.close()
    assert found == []
    assert quality > 85
    assert (requests, errors) == ([compression_page.as_uri()], [])


def test_figures_follow_the_theme_while_the_page_is_open(browser, page_file: Path):
    context = browser.new_context(color_scheme="light", offline=True)
    page = context.new_page()
    page.goto(page_file.as_uri())
    fill = "getComputedStyle(document.querySelector('.figure .ytick text')).fill"
    page.wait_for_selector(".figure .ytick text", state="attached")
    before = page.evaluate(fill)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{fill} !== {before!r}")
    context.close()
