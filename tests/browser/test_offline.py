"""The studio without a kernel, from a file, with the network blocked; in a report; and under Voila."""

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402
from own_codecs import Halves  # noqa: E402
from static_pages import (  # noqa: E402
    every_width_and_theme,
    from_file,
    is_accessible_and_fits,
    psnr_on_screen,
    report_with,
    stayed_alone,
)

from aewidgets.reports.execution.runner import run_report  # noqa: E402
from aewidgets.widgets import CompressionStudio  # noqa: E402
from benchmarks.browsing import KERNEL, StudioPage  # noqa: E402

pytestmark = pytest.mark.browser
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
    """The studio as an HTML file."""
    return made.export_html(tmp_path_factory.mktemp("exported") / "studio.html")


@pytest.fixture(scope="module")
def opened(browser, page_file: Path) -> Iterator:
    """(page with its errors, the studio on it), offline."""
    with from_file(browser, page_file) as watched:
        studio = watched.studio()
        studio.settled()
        yield watched, studio


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
        assert psnr_on_screen(studio, side) == pytest.approx(point.psnr_db, abs=0.05)


def test_it_says_what_is_frozen(opened):
    assert "No kernel" in opened[1].text(".aew-frozen")
    assert opened[1].root.locator("input[type=file]").count() == 0


def test_sliders_snap_to_embedded_qualities_and_pictures_are_theirs(opened):
    _, studio = opened
    studio.choose("Nothing")
    for share in (0.05, 0.95):
        studio.drag_slider("left", share)
        studio.settled()
        point = studio.get("left_point")
        assert studio.get("left_quality") == point["quality"]
        assert psnr_on_screen(studio, "left") == pytest.approx(point["psnr"], abs=0.05)
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


def test_a_codec_of_ones_own_is_moved_drawn_and_saved(browser, photo: np.ndarray, tmp_path: Path, monkeypatch):
    """Its quality is a step, which falls from the smallest file to the largest."""
    monkeypatch.setattr("aewidgets.studies.rate.operating_points._LARGE", 0)  # curves of both sides alone

    class Steps(Halves):
        name, qualities, unit = "steps", (0.8, 0.1), "step"

        def encode(self, image, quality):
            return super().encode(image, round(9 - 10 * quality))

    file = CompressionStudio(photo[:64], Steps(), Halves(), (0.45, 5), name="face").export_html(tmp_path / "own.html")
    with from_file(browser, file) as watched:
        studio = watched.studio()
        studio.settled()
        studio.choose("Nothing")
        studio.drag_slider("left", 0.2)
        studio.settled()
        assert studio.get("left_quality") == pytest.approx(0.625, abs=0.01)  # a larger step, and a smaller file
        colours = [studio.js(f"s.sides.{side}.el.style.getPropertyValue('--side')") for side in ("left", "right")]
        assert len({*colours, ""}) == 3
        with watched.page.expect_download() as saved:
            studio.root.locator(".aew-left").get_by_role("button", name="Download").click()
        assert saved.value.suggested_filename == f"face-steps-{studio.get('left_quality'):.4g}.bin"
        stayed_alone(watched, file)


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
    studio.choose("Difference")
    assert studio.js("s.stage.errors('left').width") == 192
    studio.choose("Bits")
    assert studio.js("s.stage.bitMap('left').width") == 12
    studio.choose("Picture")
    stage.focus()
    watched.page.keyboard.press("3")
    assert stage.get_attribute("data-only") == "right"
    watched.page.keyboard.press("2")


def test_a_click_on_the_curves_goes_to_an_embedded_point(opened):
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


@every_width_and_theme(800, 1600)
def test_it_is_accessible_and_fits_in_every_width_and_theme(
    browser, page_file: Path, axe: str, width: int, theme: str, shots: Path | None
):
    shot = shots / f"static-{theme}-{width}.png" if shots else None
    is_accessible_and_fits(browser, axe, page_file, width, theme, lambda page: StudioPage(page).settled(), shot)


def test_in_a_report_it_lives_too(
    browser, made: CompressionStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shots: Path | None
):
    target = report_with(made, tmp_path / "report.html", monkeypatch)
    with from_file(browser, target) as watched:
        studio = watched.studio()
        studio.settled()
        studio.drag_slider("left", 0.95)
        studio.settled()
        if shots:
            watched.page.screenshot(path=shots / "report.png")
        assert studio.get("left_point")["quality"] > 85
        stayed_alone(watched, target)


@pytest.mark.parametrize("width", [800, 1600])
def test_in_a_box_in_a_report_ours_lives_and_others_can_be_read(
    browser, boxed: Path, axe: str, width: int, shots: Path | None
):
    with from_file(browser, boxed, viewport={"width": width, "height": 1100}) as watched:
        studio = watched.studio()
        studio.settled()
        studio.drag_slider("left", 0.95)
        studio.settled()
        slider = watched.page.get_by_role("slider", name="both")
        box = studio.root.bounding_box()
        beside = slider.bounding_box()["x"] > box["x"] + box["width"]
        still = (slider.is_disabled(), slider.input_value(), watched.page.get_by_text("fine", exact=True).is_visible())
        if shots:
            watched.page.screenshot(path=shots / f"report-box-{width}.png", full_page=True)
        found, wide = watched.violations(axe, "body"), watched.page.evaluate("document.documentElement.scrollWidth")
        assert studio.get("left_point")["quality"] > 85
        assert still == (True, "50", True)
        assert beside == (width == 1600)
        assert found == []
        stayed_alone(watched, boxed)
        assert wide <= width


def test_nothing_was_fetched_and_nothing_went_wrong(opened, page_file: Path):
    """The last test over the page that the others used."""
    stayed_alone(opened[0], page_file)


def test_under_voila_it_answers(
    under_voila, voila, photo: np.ndarray, axe: str, shots: Path | None
):
    np.save(voila.folder / "face.npy", photo)
    code = (
        "import numpy as np\nfrom aewidgets.widgets import CompressionStudio\n"
        "CompressionStudio(np.load('face.npy'), 'jpeg', 'webp', 50, name='face')"
    )
    nbformat.write(new_notebook(metadata=KERNEL, cells=[new_code_cell(code)]), voila.folder / "face.ipynb")
    with under_voila("face.ipynb") as watched:
        studio = watched.studio()
        studio.settled()
        before = studio.get("left_point")["bytes"]
        studio.drag_slider("left", 0.9)
        studio.settled()
        if shots:
            watched.page.screenshot(path=shots / "voila.png", full_page=True)
        assert studio.get("left_point")["bytes"] > before
        assert watched.violations(axe, "body") == []


def test_the_last_setting_comes_back_and_all_of_them_are_copied_as_python(opened):
    watched, studio = opened
    studio.choose("Nothing")
    studio.settled()
    before = studio.js("s.settings(s.asks)")
    studio.root.locator(".aew-right select").select_option("jpeg")
    studio.settled()
    after = studio.js("s.settings(s.asks)")
    assert after != before
    for expected in (before, after, before):
        studio.root.get_by_role("button", name="Last setting").click()
        studio.settled()
        assert studio.js("s.settings(s.asks)") == expected
    studio.js("Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (t) => (s.copied = t) } })")
    studio.root.get_by_role("button", name="Copy settings").click()
    settings = ast.literal_eval(studio.js("s.copied"))
    assert before.items() <= settings.items()
    assert set(settings) == set(CompressionStudio.ASKED)
    assert watched.errors == []
