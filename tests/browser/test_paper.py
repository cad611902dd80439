"""Pages on paper: nothing is wider than it, light from a dark screen, and the PDF waits for what draws itself."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from run_folders import png, put, record
from sweep_record import record as sweep_record

pytest.importorskip("nbconvert", reason="nbconvert comes with the report extra")
pytest.importorskip("playwright.sync_api", reason="playwright comes with the browser extra")

import plotly.graph_objects as go
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from static_pages import open_file, stayed_alone

from aewidgets.reports.pages.printing import print_page
from aewidgets.reports.pages.report import page_of
from aewidgets.reports.runs.index import update_index
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.sweeps.page import sweep_page
from benchmarks.browsing import CHROMIUM

pytestmark = pytest.mark.browser
PAPER = 680  # pixels between the margins of A4 on a report

# Everything that a reader would miss because it lies beyond the right edge.
BEYOND = """(width) => [...document.querySelectorAll("main *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && box.height && box.right > width + 2 && !one.closest("math, svg, .hidden");
}).map((one) => `${one.tagName}.${one.className} ${one.getBoundingClientRect().right}`)"""


class OnPaper:
    """A page that was opened on a wide dark screen, and is laid out on paper of a width in pixels until `back`."""

    def __init__(self, browser, file: Path, width: int):
        self.file, self.screen = file, {"width": 1400, "height": 1000}
        self.watched = open_file(browser, file, viewport=self.screen, color_scheme="dark")
        self.page = self.watched.page
        self.page.wait_for_timeout(300)
        self.before = self.sizes()
        self.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        self.page.emulate_media(media="print", color_scheme="dark")
        self.page.set_viewport_size({"width": width, "height": 1000})
        self.beyond = self.page.evaluate(BEYOND, width)

    def sizes(self) -> list:
        """Return the widths of what is drawn, and the styles of what may be made smaller."""
        return self.page.evaluate(
            "[...document.querySelectorAll('table, pre, .figure, .figure .main-svg, #plot svg')]"
            ".map((one) => [one.tagName, one.getBoundingClientRect().width, one.style.zoom])"
        )

    def style(self, selector: str, name: str) -> list[str]:
        """Return the computed values of a property of all elements that a selector finds."""
        script = "([s, n]) => [...document.querySelectorAll(s)].map((one) => getComputedStyle(one)[n])"
        return self.page.evaluate(script, [selector, name])

    def back(self) -> list:
        """Return `sizes` on the screen again, after printing; no error and no request but the page's own."""
        self.page.emulate_media(media="screen", color_scheme="dark")
        self.page.set_viewport_size(self.screen)
        self.page.evaluate("dispatchEvent(new Event('afterprint'))")
        self.page.wait_for_timeout(400)
        after = self.sizes()
        self.watched.close()
        stayed_alone(self.watched, self.file)
        return after


def shown(**data: str):
    """Return a code cell that displayed something."""
    kinds = {kind.replace("_", "/"): value for kind, value in data.items()}
    return new_code_cell("show()", outputs=[new_output("display_data", data=kinds)], execution_count=1)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with figures, a table and lines that are wider than paper, and a link."""
    row = "".join(f"<td>column {n} of many</td>" for n in range(40))
    figures = [go.Figure(go.Scatter(y=[1, 3, 2])), go.Figure(go.Scatter(y=[1, 2]), layout={"width": 1000})]
    cells = [new_markdown_cell("# A report\n\nSee [there](https://example.org/x).\n\n## A heading")]
    cells += [shown(**{"application/vnd.plotly.v1+json": figure.to_plotly_json()}) for figure in figures]
    cells[-1].outputs[0].data["application/vnd.plotly.v1+json"]["data"][0]["y"] = [1, 2]
    cells[-2].outputs[0].data["application/vnd.plotly.v1+json"]["data"][0]["y"] = [1, 3, 2]
    cells += [shown(text_html=f"<table><thead><tr>{row}</tr></thead><tr>{row}</tr></table>")]
    cells += [shown(text_html='<div style="width:1200px"><canvas width="1200" height="50"></canvas></div>')]
    inner = "<div style=width:900px>x</div>"  # as bokeh hides its figures
    script = f"<script>s.attachShadow({{mode: 'open'}}).innerHTML = '{inner}'</script>"
    cells += [shown(text_html=f"<div id=s></div>{script}")]
    cells += [new_code_cell("print()", outputs=[new_output("stream", text="x" * 300 + "\n" + "y" * 60)])]
    path = tmp_path_factory.mktemp("report") / "report.html"
    about = record(parameters={"quality": 20}) | {"attempts": [], "requirements": []}
    path.write_text(page_of(new_notebook(cells=cells), about), encoding="utf-8")
    return path


def test_a_report_fits_the_paper_and_the_screen_again_after_it(browser, report: Path):
    paper = OnPaper(browser, report, PAPER)
    assert paper.beyond == []
    hidden = paper.page.evaluate("s.shadowRoot.firstChild.getBoundingClientRect().toJSON()")
    assert 300 < hidden["width"] <= PAPER + 1 and hidden["right"] <= PAPER + 1
    assert paper.page.evaluate("getComputedStyle(s.closest('.output_area')).breakInside") == "avoid"
    assert set(paper.style("details.code", "display")) == {"none"}
    assert paper.style("body", "backgroundColor") == ["rgb(255, 255, 255)"]
    assert paper.style("a[data-address]", "color") == ["rgb(0, 0, 0)"]
    assert paper.page.locator("a[data-address]").get_attribute("data-address") == "https://example.org/x"
    assert set(paper.style(".figure, .figure svg", "breakInside")) == {"avoid"}
    assert paper.style("h2", "breakAfter")[0] == "avoid"
    fills = paper.page.evaluate("[...document.querySelectorAll('.figure .xtick text')].map((t) => t.style.fill)")
    assert fills and set(fills) == {"rgb(34, 34, 34)"}  # not the light grey of the dark page
    assert paper.back() == paper.before


def test_the_index_and_a_sweep_fit_the_paper(browser, tmp_path: Path):
    store = open_store(tmp_path / "runs")
    for n in range(60):
        figures = {f"a_figure_of_some_length_{k}": n * k + 0.5 for k in range(14)}
        put(store, record(n, parameters={"quality": n % 2}), figures, png(n) if n < 3 else None)
    update_index(store)
    (tmp_path / "sweep.html").write_text(sweep_page(sweep_record()), encoding="utf-8")
    index = OnPaper(browser, store.root / "index.html", 700)
    assert index.beyond == []
    groups = "[...document.querySelectorAll('#trend-groups .group')]"
    assert index.page.evaluate(f"{groups}.length > 1 && {groups}.every((group) => group.querySelector('svg'))")
    assert "50 of 60 runs are shown." in index.page.locator("#runs-more").inner_text()
    assert set(index.style("#filters, .more button, .by-hand", "display")) == {"none"}
    assert set(index.style("thead button", "display")) == {"contents"}
    index.back()
    sweep = OnPaper(browser, tmp_path / "sweep.html", 700)
    assert sweep.beyond == [] and set(sweep.style("#trend-plots figure", "breakInside")) == {"avoid"}
    assert sweep.page.evaluate("document.querySelector('#plot svg').getBoundingClientRect().right") <= 701
    assert sweep.style(":root", "color") and sweep.style("body", "backgroundColor") == ["rgb(255, 255, 255)"]
    assert sweep.back() == sweep.before


def test_the_pdf_waits_for_what_draws_itself_and_asks_nobody(browser, tmp_path: Path):
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = tmp_path / "page.html"
    address = f"http://127.0.0.1:{server.server_port}"
    page.write_text(
        f"<!doctype html><head><title>Weekly</title></head><body><p>first<img src='{address}/image'><script>"
        f"fetch('{address}/fetch').catch(() => 0); setTimeout(() => document.body.insertAdjacentHTML('beforeend', "
        "'<p style=\"break-before:page\">later</p>'.repeat(3)), 4000)</script>",
        encoding="utf-8",
    )
    print_page(page, tmp_path / "page.pdf", Path(CHROMIUM))
    server.shutdown()
    server.server_close()
    data = (tmp_path / "page.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", data)) == 4 and b"Weekly" in data
    assert b"/MediaBox [0 0 59" in data  # A4: 595 x 842 points
    assert asked == []
