"""The studio without a kernel, from a file, with the network blocked; in a report; and under Voila."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output  # noqa: E402

from aewidgets.displays import REPORT_VARIABLE  # noqa: E402
from aewidgets.reports.execution.runner import run_report  # noqa: E402
from aewidgets.reports.pages.report import page_of  # noqa: E402
from aewidgets.widgets import CompressionStudio  # noqa: E402
from benchmarks.browsing import KERNEL  # noqa: E402

pytestmark = pytest.mark.browser
RECORD = {
    "notebook": "x.ipynb", "notebook_sha256": "ab" * 32, "status": "completed", "failure": None, "parameters": {},
    "parameters_given": [], "started": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "versions": {"python": "3.12"},
}  # fmt: skip
BOXED = """
import ipywidgets
from skimage.data import astronaut
from aewidgets.widgets import CompressionStudio
studio = CompressionStudio(astronaut()[40:168, 130:322], "jpeg", "webp", 50, name="face")
slider = ipywidgets.FloatSlider(value=50, min=1, max=100, description="both")
ipywidgets.jslink((slider, "value"), (studio, "left_quality"))
inner = ipywidgets.VBox([slider, ipywidgets.Dropdown(options=["fine", "coarse"], description="grain")])
ipywidgets.HBox([studio, inner])
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CompressionStudio:
    """Learned codec against AVIF on a photograph of 128 x 192 pixels."""
    from skimage.data import astronaut

    return CompressionStudio(astronaut()[40:168, 130:322], "learned", "avif", 50, name="face")


@pytest.fixture(scope="module")
def page_file(made: CompressionStudio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It as an HTML file."""
    return made.export_html(tmp_path_factory.mktemp("exported") / "studio.html")


@pytest.fixture(scope="module")
def opened(browser, watch, page_file: Path) -> Iterator:
    """(page with its errors, the studio on it), offline."""
    watched = watch(browser, offline=True)
    watched.page.goto(page_file.as_uri())
    studio = watched.studio()
    studio.settled()
    yield watched, studio
    watched.close()


@pytest.fixture(scope="module")
def boxed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a report whose only cell ends in a box with a studio and other people's widgets."""
    folder = tmp_path_factory.mktemp("boxed")
    nbformat.write(new_notebook(metadata=KERNEL, cells=[new_code_cell(BOXED)]), folder / "boxed.ipynb")
    return run_report(folder / "boxed.ipynb", out=folder / "out").page


def test_it_shows_what_python_measured(opened, made: CompressionStudio):
    _, studio = opened
    results = made.results
    assert studio.number(".aew-left .aew-bytes") == results.left.num_bytes
    assert studio.number(".aew-right .aew-bytes") == results.right.num_bytes
    for side, point in (("left", results.left), ("right", results.right)):
        assert studio.js("s.measured(a)", side) == pytest.approx(point.psnr_db, abs=0.05)


def test_it_says_what_is_frozen(opened):
    assert "No kernel" in opened[1].text(".aew-frozen")
    assert opened[1].root.locator("input[type=file]").count() == 0


def test_sliders_snap_to_qualities_that_travel_along_and_pictures_are_theirs(opened):
    _, studio = opened
    studio.choose("Free")
    for share in (0.05, 0.95):
        studio.drag_slider("left", share)
        studio.settled()
        point = studio.get("left_point")
        assert studio.get("left_quality") == point["quality"]
        assert studio.js("s.measured('left')") == pytest.approx(point["psnr"], abs=0.05)
    assert point["quality"] > 85


def test_the_other_side_follows_in_size(opened):
    _, studio = opened
    studio.choose("Same size")
    studio.drag_slider("left", 0.5)
    studio.settled()
    left, right = studio.get("left_point"), studio.get("right_point")
    assert 0.5 < right["bytes"] / left["bytes"] < 2


def test_another_codec_can_be_chosen(opened):
    _, studio = opened
    studio.root.locator(".aew-right select").select_option("jpeg")
    studio.settled()
    assert studio.get("right_point")["codec"] == "jpeg"
    studio.root.locator(".aew-right select").select_option("avif")
    studio.settled()


def test_swipe_zoom_error_bits_and_flicker_live(opened):
    watched, studio = opened
    stage = studio.root.locator(".aew-stage")
    box = stage.bounding_box()
    watched.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    watched.page.mouse.down()
    watched.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 80, steps=4)
    watched.page.mouse.up()
    assert studio.get("position") == pytest.approx(0.3, abs=0.02)
    studio.root.get_by_role("button", name="1:1").click()
    assert stage.get_attribute("data-zoom") == "1.000"
    studio.root.get_by_role("button", name="Fit").click()
    studio.choose("Error")
    assert studio.js("s.stage.errors('left').width") == 192
    studio.choose("Bits")
    assert studio.js("s.stage.bitMap('left').width") == 12
    studio.choose("Picture")
    stage.focus()
    watched.page.keyboard.press("3")
    assert stage.get_attribute("data-only") == "right"
    watched.page.keyboard.press("2")


def test_a_click_on_the_curves_goes_to_a_point_that_travels_along(opened):
    _, studio = opened
    place = studio.js(
        """(() => {
            const [quality, bpp, psnr] = s.link.get('curves').find((c) => c.codec === 'avif').points[0];
            return { quality, x: s.plot.plot.valToPos(bpp, 'x'), y: s.plot.plot.valToPos(psnr, 'y') };
        })()"""
    )
    studio.root.locator(".u-over").click(position={"x": place["x"], "y": place["y"]})
    studio.settled()
    assert studio.get("right_quality") == place["quality"]


def test_the_file_is_downloaded(opened, tmp_path: Path):
    watched, studio = opened
    with watched.page.expect_download() as download:
        studio.root.locator(".aew-left").get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "x.aew")
    assert (tmp_path / "x.aew").stat().st_size == studio.get("left_point")["bytes"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [800, 1600])
def test_it_is_accessible_and_fits_in_every_width_and_theme(
    browser, watch, page_file: Path, axe: str, width: int, theme: str, shots: Path | None
):
    watched = watch(browser, viewport={"width": width, "height": 1100}, color_scheme=theme, offline=True)
    watched.page.goto(page_file.as_uri())
    studio = watched.studio()
    studio.settled()
    watched.page.wait_for_timeout(300)
    if shots:
        watched.page.screenshot(path=shots / f"static-{theme}-{width}.png", full_page=True)
    dark = studio.js("getComputedStyle(s.root).backgroundColor")
    # The page's Content-Security-Policy forbids what axe needs to look into pages of other hosts, not axe itself.
    found = watched.violations(axe, "body")
    wide = watched.page.evaluate("document.documentElement.scrollWidth")
    watched.close()
    assert found == []
    assert wide <= width
    assert (dark == "rgb(21, 24, 28)") == (theme == "dark")


def test_in_a_report_it_lives_too(
    browser, watch, made: CompressionStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shots: Path | None
):
    monkeypatch.setenv(REPORT_VARIABLE, "1")
    output = new_output("display_data", made._repr_mimebundle_())
    notebook = new_notebook(cells=[new_markdown_cell("# A report"), new_code_cell("studio", outputs=[output])])
    target = tmp_path / "report.html"
    target.write_text(page_of(notebook, RECORD), encoding="utf-8")
    watched = watch(browser, offline=True)
    watched.page.goto(target.as_uri())
    studio = watched.studio()
    studio.settled()
    studio.drag_slider("left", 0.95)
    studio.settled()
    if shots:
        watched.page.screenshot(path=shots / "report.png")
    requests, errors, quality = watched.requests, watched.errors, studio.get("left_point")["quality"]
    watched.close()
    assert quality > 85
    assert (requests, errors) == ([target.as_uri()], [])


@pytest.mark.parametrize("width", [800, 1600])
def test_in_a_box_in_a_report_ours_lives_and_others_can_be_read(
    browser, watch, boxed: Path, axe: str, width: int, shots: Path | None
):
    watched = watch(browser, viewport={"width": width, "height": 1100}, offline=True)
    watched.page.goto(boxed.as_uri())
    studio = watched.studio()
    studio.settled()
    studio.drag_slider("left", 0.95)
    studio.settled()
    slider = watched.page.get_by_role("slider", name="both")
    beside = slider.bounding_box()["x"] > studio.root.bounding_box()["x"] + studio.root.bounding_box()["width"]
    still = (slider.is_disabled(), slider.input_value(), watched.page.get_by_text("fine", exact=True).is_visible())
    if shots:
        watched.page.screenshot(path=shots / f"report-box-{width}.png", full_page=True)
    found, wide = watched.violations(axe, "body"), watched.page.evaluate("document.documentElement.scrollWidth")
    requests, errors, quality = watched.requests, watched.errors, studio.get("left_point")["quality"]
    watched.close()
    assert quality > 85
    assert still == (True, "50", True)
    assert beside == (width == 1600)
    assert (found, requests, errors) == ([], [boxed.as_uri()], [])
    assert wide <= width


def test_nothing_was_fetched_and_nothing_went_wrong(opened, page_file: Path):
    """The last test over the page that the others used."""
    assert (opened[0].requests, opened[0].errors) == ([page_file.as_uri()], [])


def test_under_voila_it_answers(
    browser, watch, serve, tmp_path_factory: pytest.TempPathFactory, photo: np.ndarray, axe: str, shots: Path | None
):
    pytest.importorskip("voila", reason="voila comes with the browser extra")
    folder = tmp_path_factory.mktemp("voila")
    np.save(folder / "face.npy", photo)
    code = (
        "import numpy as np\nfrom aewidgets.widgets import CompressionStudio\n"
        "CompressionStudio(np.load('face.npy'), 'jpeg', 'webp', 50, name='face')"
    )
    nbformat.write(new_notebook(metadata=KERNEL, cells=[new_code_cell(code)]), folder / "x.ipynb")
    options = ["--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1"]
    server = serve(["voila", "x.ipynb", *options], folder, "/")
    watched = watch(browser)
    try:
        watched.page.goto(server.url, timeout=120_000)
        studio = watched.studio()
        studio.settled()
        before = studio.get("left_point")["bytes"]
        studio.drag_slider("left", 0.9)
        studio.settled()
        if shots:
            watched.page.screenshot(path=shots / "voila.png", full_page=True)
        assert studio.get("left_point")["bytes"] > before
        assert watched.violations(axe, "body") == []
    finally:
        watched.close()
        server.stop()
