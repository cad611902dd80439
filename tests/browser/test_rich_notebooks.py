"""Ten notebooks in other people's habits, reported by the real runner and opened from their files without a network.

docs/notebooks-of-others.md lists what each page shows.
"""

from pathlib import Path

import pytest
from rich_habits import RICH_HABITS, write_rich_habits

pytest.importorskip("papermill", reason="comes with the report extra")
for package in ("altair", "bokeh", "folium", "ipywidgets", "matplotlib", "seaborn", "tqdm", "vl_convert"):
    pytest.importorskip(package, reason="what these notebooks import comes with the dev extra")

from aewidgets.reports.execution.report import Report  # noqa: E402
from aewidgets.reports.execution.runner import run_report  # noqa: E402

pytestmark = pytest.mark.browser

#: Pictures of the notebook, without those in the head of its page.
PICTURES = "const pictures = [...document.images].filter((one) => !one.closest('.head'));"
#: What must be seen on a page: expressions in its browser, each true once all is drawn.
SHOWN = {
    "tqdm": [
        "[...document.querySelectorAll('progress')].map((bar) => bar.value).join() === '1,1,1,0.4,1,0.4'",
        "!document.body.innerText.includes('left out') && /epochs:\\s+100%/.test(document.body.innerText)",
        "/80\\/200/.test(document.body.innerText)",
    ],
    "widgets": [
        "[...document.querySelectorAll('progress')].map((bar) => bar.value).join() === '0.8,0.8'",
        "['printed into', 'appended', 'b to the power of 2'].every((text) => document.body.innerText.includes(text))",
        "document.querySelectorAll('input[type=range]').length === 3",
        "document.querySelector('details[open] > summary').innerText === 'Two'",
        "![...document.querySelectorAll('button')].some((b) => b.innerText === 'closed later')",
        "pictures.length === 1 && pictures[0].naturalWidth > 100",
    ],
    "matplotlib": [
        "pictures.length === 5 && pictures.every((one) => one.naturalWidth > 50)",
        "pictures[2].src.startsWith('data:image/svg+xml')",
        "Math.round(pictures[3].naturalWidth / pictures[3].width) === 2",  # retina
        "getComputedStyle(document.querySelector('[title=Play] i'), '::before').content.includes('▶')",
    ],
    "seaborn": [
        "pictures.length === 3 && pictures.every((one) => one.naturalWidth > 100)",
        "document.querySelectorAll('td').length === 16",
    ],
    "altair": [
        "document.querySelectorAll('.chart svg').length === 4",
        "document.querySelector('#chart-3 .mark-line path').getAttribute('d').split(',').length === 4",
        "document.querySelectorAll('img.drawing').length === 1",
    ],
    "bokeh": ["window.Bokeh.documents.length === 3 && document.querySelectorAll('[data-root-id]').length >= 3"],
    "folium": ["document.body.innerText.includes('the cell after the map')", "!document.querySelector('iframe')"],
    "plotly": [
        "document.querySelectorAll('.figure .main-svg').length >= 6",
        "document.querySelectorAll('.figure').length === 7",
        "document.querySelector('#figure-4 .gtitle').textContent === 'named later'",
        "document.querySelectorAll('#figure-2 .slider-group').length === 1",
        "document.querySelector('#figure-1 canvas') !== null",
        "document.querySelectorAll('#figure-7 .choroplethlayer path').length === 1",
    ],
    "media": [
        "pictures.length === 6 && pictures.every((one) => one.naturalWidth > 10)",
        "pictures[2].width === 60 && pictures[3].width === 60",
        "[...document.querySelectorAll('audio')].length === 2 && document.querySelectorAll('video').length === 3",
        "[...document.querySelectorAll('audio')].every((one) => one.duration === 0.5)",
        "document.querySelector('iframe').srcdoc.includes('a page beside the notebook')",
        "document.body.innerText.includes('\"name\": \"a document\"')",
    ],
    "hostile": [
        "document.querySelectorAll('iframe.apart').length === 6",
        "[...document.querySelectorAll('iframe.apart')].every((one) => one.offsetHeight > 10)",
        "getComputedStyle(document.body).fontSize === '17px' && pictures[0].naturalWidth > 100",
        "document.body.innerText.includes('a script that fails') && document.querySelectorAll('td').length === 6",
    ],
}
#: Losses of each notebook: number of the cell and a part of the words.
LOST = {
    "altair": [(4, "example.org/data.csv")],
    "folium": [(2, "this output needs the network")],
    "plotly": [(4, "what lies on them is shown"), (5, "shapes of countries"), (6, "tiles"),
               (9, "what lies on them is shown")],
    "media": [(3, "far.png needs the network"), (4, "gone.png"), (5, "https://example.org)"), (5, "youtube.com"),
              (6, "GeoJSON"), (6, "vnd.made-up"), (6, "x-alone"), (6, "JavaScript"), (7, "library.js")],
    "hostile": [(4, "whole page")],
}  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """The reports of the ten notebooks, by name."""
    folder = tmp_path_factory.mktemp("rich")
    paths = write_rich_habits(folder)
    return {name: run_report(path, out=folder / "out", name=name, index=False) for name, path in paths.items()}


def test_nothing_of_other_peoples_notebooks_vanishes_without_a_note(
    browser, watch, reports: dict[str, Report], shots: Path | None
):
    wrong = []
    for name, report in reports.items():
        assert report.status == ("cell failed" if name == "tqdm" else "completed"), report.failure
        watched = watch(browser, viewport={"width": 1366, "height": 6000}, offline=True)
        page = watched.page
        page.goto(report.page.as_uri())
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for seen in SHOWN[name]:
                try:
                    expression = f"() => {{ {PICTURES} try {{ return {seen} }} catch {{ return false }} }}"
                    page.wait_for_function(expression, timeout=8000)
                except Exception:
                    wrong.append(f"{name}, {theme}: {seen}")
            watched.drawn()
            if shots:
                page.screenshot(path=shots / f"{name}-{theme}.png", full_page=True)
        page.set_viewport_size({"width": 400, "height": 900})
        watched.drawn()
        if page.evaluate("document.documentElement.scrollWidth") > 400:
            wrong.append(f"{name}: wider than a telephone")
        notes = page.evaluate("[...document.querySelectorAll('.lost')].map((note) => note.innerText)")
        told = [(loss.cell, loss.words) for loss in report.not_shown]
        expected = LOST.get(name, [])
        matches = len(told) == len(expected) and all(
            cell == number and part in words for (cell, words), (number, part) in zip(told, expected, strict=True)
        )
        if not matches or len(notes) != len(told) or page.evaluate("document.querySelector('footer h2') === null"):
            wrong.append(f"{name}: told {told}, noted {notes}")
        if page.evaluate("document.querySelector('main').lastElementChild.tagName") != "FOOTER":
            wrong.append(f"{name}: the page does not end in its footer")
        errors = [error for error in watched.errors if "on purpose" not in error]
        if errors or any(not url.startswith(("file:", "about:")) for url in watched.requests):
            wrong.append(f"{name}: {errors} {watched.requests}")
        watched.close()
    assert wrong == []
    assert set(SHOWN) == set(RICH_HABITS)
