"""DenoiseStudio in real JupyterLab, and from a file without a network: what a person does, and what comes of it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402
from static_pages import from_file, psnr_on_screen, stayed_alone  # noqa: E402

from aewidgets.images.reading import png_bytes, read_image  # noqa: E402
from aewidgets.studies.restoration.corrupted import corrupt_subject  # noqa: E402
from aewidgets.studies.restoration.points import denoise_point  # noqa: E402
from aewidgets.widgets import DenoiseStudio  # noqa: E402
from benchmarks.browsing import KERNEL, StudioPage  # noqa: E402

pytestmark = pytest.mark.browser
CELL = (
    "from skimage.data import astronaut\n"
    "from aewidgets.widgets import DenoiseStudio\n"
    "studio = DenoiseStudio(astronaut()[40:168, 130:322], right='tv', name='face')\n"
    "studio"
)


class Page(StudioPage):
    """The studio on a page."""

    def settled(self) -> None:
        """Wait until all that was asked is answered, and shown."""
        self.wait(
            "!s.link.waiting && ['left', 'right'].every((n) => { const p = s.link.get(n + '_point') ?? {};"
            " return p.method === s.link.get(n) && p.strength === s.link.get('strength') && !p.preview"
            " && p.corruption === s.link.get('corruption') && p.seed === s.link.get('seed')"
            " && s.root.dataset[n] === String(s.tokens[n]) })"
        )

    def reset(self) -> None:
        """Total variation on noise of level 25, whole picture, handle in the middle."""
        self.js("s.ask({corruption: 'gaussian', strength: 25, seed: 0, left: 'noisy', right: 'tv'}, false)")
        self.look(view="swipe", shows="picture", position=0.5)
        self.js("[s.stage.zoomAt(null), s.stage.hold(null), s.stage.magnify(false), s.alerts.say('')]")
        self.settled()
        self.root.scroll_into_view_if_needed()

    def drag_strength(self, to: float, release: bool = True) -> None:
        """Drag the strength with the mouse to a share of the slider."""
        slider = self.root.get_by_role("slider", name="noise level")
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        middle, now = box["y"] + box["height"] / 2, float(slider.input_value()) / 1000
        self.page.mouse.move(box["x"] + 8 + now * (box["width"] - 16), middle)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 8 + to * (box["width"] - 16), middle, steps=6)
        if release:
            self.page.mouse.up()


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    from skimage.data import astronaut

    return astronaut()[40:168, 130:322]


@pytest.fixture(scope="module")
def opened(browser, lab, watch) -> Iterator:
    """A notebook with one studio, run; (page with its errors, the studio)."""
    nbformat.write(new_notebook(metadata=KERNEL, cells=[new_code_cell(CELL)]), lab.folder / "denoise.ipynb")
    watched = watch(browser)
    watched.open_notebook(lab, "denoise.ipynb")
    studio = Page(watched.page)
    studio.settled()
    yield watched, studio
    watched.close()


@pytest.fixture
def studio(opened) -> Page:
    """The studio as `reset` leaves it."""
    opened[1].reset()
    return opened[1]


def test_figures_and_pictures_are_those_of_the_study(studio: Page, clean: np.ndarray):
    studio.wait("s.stage.pictures.original")
    corrupted = corrupt_subject(clean, "gaussian", 25)
    for side, method in (("left", "noisy"), ("right", "tv")):
        point = denoise_point(corrupted, method)
        assert f"{point.psnr_db:.2f} dB" in studio.text(f".aew-{side} dl")
        assert f"{point.ssim:.4f}" in studio.text(f".aew-{side} dl")
        assert psnr_on_screen(studio, side) == pytest.approx(point.psnr_db, abs=0.02)
    assert f"25.0 added, {corrupted.estimated:.1f} measured" in studio.text(".aew-level")
    assert "over the input" in studio.text(".aew-right .aew-note")


def test_a_drag_of_the_strength_shows_other_noise_at_once_and_figures_at_its_end(studio: Page):
    before = studio.get("right_point")["psnr"]
    studio.drag_strength(0.3, release=False)
    try:
        studio.wait("s.link.get('noise').strength > 60 && s.link.get('noise').preview")
    finally:
        studio.page.mouse.up()
    studio.settled()
    assert studio.get("noise")["preview"] is False
    assert 60 < studio.get("strength") < 90
    assert studio.get("right_point")["psnr"] < before - 3
    assert f"{studio.get('strength'):.1f} added" in studio.text(".aew-level")


def test_the_strength_moves_with_keys_and_jupyterlab_does_not_take_them(opened, studio: Page):
    cells = "window.jupyterapp.shell.currentWidget.content.widgets.length"
    before = studio.page.evaluate(cells)
    slider = studio.root.get_by_role("slider", name="noise level")
    slider.focus()
    for key in ("ArrowRight", "a", "b", "ArrowRight"):
        studio.page.keyboard.press(key)
    studio.settled()
    assert studio.get("strength") > 25
    assert studio.page.evaluate(cells) == before


def test_a_number_that_is_typed_is_kept_inside_the_range(studio: Page):
    studio.root.get_by_role("spinbutton", name="Strength").fill("999")
    studio.page.keyboard.press("Enter")
    studio.settled()
    assert studio.get("strength") == 255


def test_another_corruption_has_other_methods_and_another_unit(studio: Page):
    studio.root.get_by_label("What is done to the picture").first.locator("select").select_option("missing")
    studio.settled()
    options = studio.root.locator(".aew-right select option").all_inner_texts()
    assert "Biharmonic inpainting" in options
    assert "Non-local means" not in options
    assert "of the pixels" in studio.text(".aew-strength")
    assert studio.get("right") in ("biharmonic", "learned")


def test_a_picture_as_it_is_has_no_figures_but_a_noise_level(studio: Page):
    studio.root.get_by_label("What is done to the picture").first.locator("select").select_option("as-is")
    studio.settled()
    assert " measured" in studio.text(".aew-level")
    assert "given" not in studio.text(".aew-level")
    assert "dB" not in studio.text(".aew-right dl")
    assert "Original" not in studio.root.locator(".aew-right select option").all_inner_texts()
    assert studio.root.get_by_role("radio", name="Difference").is_disabled()
    assert not studio.root.locator(".aew-plot").is_visible()  # no original, no curve


def test_the_difference_and_the_residual_are_drawn_with_a_scale(studio: Page):
    studio.wait("s.stage.pictures.original")
    studio.choose("Removed")
    assert "what the method took out" in studio.text(".aew-legend-row")
    middle = studio.js("s.stage.residual('left').getContext('2d').getImageData(9, 9, 1, 1).data[0]")
    assert middle == 128  # the input itself: nothing was taken out
    spread = "[...s.stage.residual('right').getContext('2d').getImageData(0, 0, 99, 99).data].filter((v) => v < 118)"
    assert studio.js(f"{spread}.length") > 1000
    studio.choose("Difference")
    assert "64 of 255" in studio.text(".aew-legend-row")
    dark = "[...s.stage.errors(a).getContext('2d').getImageData(0, 0, 128, 128).data].reduce((x, y) => x + y)"
    assert studio.js(dark, "left") > studio.js(dark, "right")


def test_squares_that_differ_lead_there(studio: Page):
    buttons = studio.root.get_by_role("button", name="Difference ")
    assert 1 <= buttons.count() <= 4
    buttons.first.click()
    column, row, size = studio.get("differ")[0]
    assert studio.js("s.stage.zoom") > 2
    assert studio.js("s.stage.camera.x") == pytest.approx((column + size / 2) / 192, abs=0.2)
    assert studio.js("s.stage.camera.y") == pytest.approx((row + size / 2) / 128, abs=0.2)


def test_the_curve_is_measured_and_a_click_on_it_goes_there(studio: Page):
    studio.wait("s.link.get('curve').length >= 2 && s.link.get('curve').every((l) => l.points.length === 6)", 200_000)
    area = studio.root.locator(".aew-plot-area .u-over")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    studio.page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    studio.settled()
    assert 60 < studio.get("strength") < 100
    assert "Total variation: " in studio.root.locator(".aew-plot-area").get_attribute("aria-label")


def test_all_methods_are_tried_one_after_the_other(studio: Page):
    studio.root.get_by_role("button", name="Try all").click()
    studio.wait("s.link.get('tried').length >= 6 && !s.link.get('status').busy", 200_000)
    rows = studio.root.locator(".aew-figures tbody tr")
    assert rows.count() == len(studio.get("tried"))
    psnrs = [float(text) for text in rows.locator("td:nth-of-type(1)").all_inner_texts()]
    assert psnrs == sorted(psnrs, reverse=True)
    studio.root.get_by_role("button", name="Wavelets, BayesShrink").click()
    studio.settled()
    assert studio.get("right") == "wavelet"


def test_what_is_being_tried_can_be_stopped(studio: Page):
    studio.js("s.ask({seed: 5}, false)")
    studio.settled()
    studio.js("s.link.send({kind: 'try-all'})")
    studio.js("s.stop()")
    studio.wait("s.link.get('status').text === 'stopped'")
    assert studio.get("status")["busy"] is False


def test_stage_swipes_zooms_and_flickers(studio: Page):
    stage = studio.root.locator(".aew-stage")
    stage.focus()
    for key, state in (("9", "zoom"), ("l", "loupe")):
        studio.page.keyboard.press(key)
        assert stage.get_attribute(f"data-{state}") not in ("", "false")
    studio.page.keyboard.press("1")
    assert stage.get_attribute("data-only") == "left"
    studio.page.keyboard.press("2")
    studio.choose("Side by side")
    assert studio.get("view") == "side"
    studio.choose("Swipe")
    box = stage.bounding_box()
    studio.js("s.stage.zoomAt(null)")
    studio.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    studio.page.mouse.down()
    studio.page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 60, steps=3)
    studio.page.mouse.up()
    studio.wait("Math.abs(s.link.get('position') - 0.25) < 0.05")


def test_a_side_is_saved_as_it_is_shown(studio: Page, clean: np.ndarray, tmp_path: Path):
    with studio.page.expect_download() as download:
        studio.root.locator(".aew-right").get_by_role("button", name="Save PNG").click()
    assert download.value.suggested_filename == "face-tv.png"
    download.value.save_as(tmp_path / "x.png")
    expected = denoise_point(corrupt_subject(clean, "gaussian", 25), "tv").image
    np.testing.assert_array_equal(read_image(tmp_path / "x.png"), expected)


def test_another_picture_is_uploaded_and_a_wrong_one_is_refused_in_words(studio: Page, clean: np.ndarray):
    chooser = studio.root.locator("input[type=file]")
    chooser.set_input_files({"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"})
    studio.wait("s.link.get('error').includes('no.png')")
    assert "no.png" in studio.text(".aew-error")
    studio.root.get_by_role("button", name="Dismiss").click()
    gray = png_bytes(clean[:, :, 1])
    chooser.set_input_files({"name": "gray.png", "mimeType": "image/png", "buffer": gray})
    studio.wait("s.link.get('subject').name === 'gray.png'")
    studio.settled()
    assert "gray.png 192 × 128" in studio.text(".aew-title")
    chooser.set_input_files({"name": "face.png", "mimeType": "image/png", "buffer": png_bytes(clean)})
    studio.wait("s.link.get('subject').name === 'face.png'")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_it_is_accessible_and_without_errors_in_both_themes(opened, studio: Page, axe: str, theme: str, shots):
    watched, _ = opened
    watched.theme(f"JupyterLab {theme}")
    studio.wait("s.link.get('differ').length && !s.link.get('status').busy", 200_000)
    for shows in ("Picture", "Difference", "Removed"):
        studio.choose(shows)
        assert watched.violations(axe, ".aew") == []
        if shots:
            studio.root.screenshot(path=shots / f"denoise-{theme.lower()}-{shows.lower()}.png")
    assert [e for e in watched.errors if "WebGL" not in e] == []


# Without a kernel


@pytest.fixture(scope="module")
def made(clean: np.ndarray) -> DenoiseStudio:
    return DenoiseStudio(clean, right="tv", name="face")


@pytest.fixture(scope="module")
def page_file(made: DenoiseStudio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The studio as an HTML file."""
    path = made.export_html(tmp_path_factory.mktemp("exported") / "denoise.html")
    assert path.stat().st_size < 3_300_000
    return path


@pytest.fixture(scope="module")
def offline(browser, page_file: Path) -> Iterator:
    """(page with its errors, the studio on it), from a file, with the network blocked."""
    with from_file(browser, page_file) as watched:
        studio = Page(watched.page)
        studio.settled()
        yield watched, studio


def test_from_a_file_it_shows_what_python_measured(offline, made: DenoiseStudio):
    _, studio = offline
    point = made.results.right
    assert f"{point.psnr_db:.2f} dB" in studio.text(".aew-right dl")
    assert psnr_on_screen(studio, "right") == pytest.approx(point.psnr_db, abs=0.5)  # lossy WebP
    assert "No kernel" in studio.text(".aew-frozen")
    assert studio.root.locator("input[type=file]").count() == 0
    assert studio.root.get_by_role("button", name="Try all").count() == 0


def test_from_a_file_the_slider_stops_at_embedded_strengths(offline):
    _, studio = offline
    stops = studio.js("s.link.get('corruptions')[0].stops")
    before = studio.get("right_point")["psnr"]
    studio.drag_strength(0.33)
    studio.settled()
    assert studio.get("strength") in stops
    now = studio.get("strength")
    assert now > 25
    assert studio.get("right_point")["psnr"] < before
    studio.root.get_by_role("slider", name="noise level").focus()
    studio.page.keyboard.press("ArrowLeft")
    studio.settled()
    assert studio.get("strength") == stops[stops.index(now) - 1]


def test_from_a_file_every_method_of_the_curve_has_its_own_colour_in_both_themes(offline):
    watched, studio = offline
    for scheme in ("dark", "light"):
        watched.page.emulate_media(color_scheme=scheme)
        studio.wait(f"s.theme.dark === {str(scheme == 'dark').lower()} && s.curve.key.includes(s.theme.paper)")
        lines = studio.js("s.curve.plot.series.slice(1).map((line) => line.stroke())")
        swatches = studio.js("[...s.curve.legend.querySelectorAll('i')].map((i) => i.style.background)")
        assert len(lines) >= 9
        assert len(set(lines)) == len(set(swatches)) == len(lines) == len(swatches)


def test_from_a_file_methods_views_table_and_curve_live(offline, page_file: Path, axe: str, shots):
    watched, studio = offline
    studio.root.locator(".aew-right select").select_option("nlm")
    studio.settled()
    assert studio.get("right_point")["method"] == "nlm"
    assert studio.root.locator(".aew-figures tbody tr").count() == len(studio.get("tried"))
    studio.choose("Removed")
    assert studio.js("s.stage.residual('right') !== null")
    studio.choose("Picture")
    studio.js("s.stage.zoomAt('in')")
    assert float(studio.root.locator(".aew-stage").get_attribute("data-zoom")) > 0
    studio.js("s.stage.zoomAt(null)")
    over = studio.root.locator(".aew-plot-area .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    studio.page.mouse.click(box["x"] + box["width"] * 0.95, box["y"] + 30)
    studio.settled()
    assert studio.get("strength") == max(studio.js("s.link.get('corruptions')[0].stops"))
    assert watched.violations(axe, ".aew") == []
    stayed_alone(watched, page_file)
    if shots:
        for width in (800, 1600):
            watched.page.set_viewport_size({"width": width, "height": 1100})
            for scheme in ("light", "dark"):
                watched.page.emulate_media(color_scheme=scheme)
                watched.drawn()
                watched.page.screenshot(path=shots / f"offline-{scheme}-{width}.png", full_page=True)
