"""CompressionStudio in real JupyterLab: what a person does, and the state that comes of it."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")

from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402
from static_pages import psnr_on_screen  # noqa: E402

import aewidgets  # noqa: E402
from benchmarks.browsing import KERNEL  # noqa: E402

pytestmark = pytest.mark.browser
ALONE = (
    "from aewidgets.studies import bundled_subject\n"
    "from aewidgets.widgets import CompressionStudio\n"
    "studio = CompressionStudio(bundled_subject('chelsea'))\n"
    "studio"
)
BOXED = (
    "from aewidgets.widgets import CompressionStudio\n"
    "import ipywidgets\n"
    "slider = ipywidgets.FloatSlider(value=40, min=5, max=95, description='both')\n"
    "studio = CompressionStudio('camera.png', 'jpeg', 'webp', (40, 40), layout={'width': '700px'})\n"
    "ipywidgets.jslink((slider, 'value'), (studio, 'left_quality'))\n"
    "echo = ipywidgets.Label('nothing yet')\n"
    "studio.observe(lambda change: setattr(echo, 'value', f\"{change['new']['bytes']} heard\"), 'left_point')\n"
    "ipywidgets.VBox([ipywidgets.HBox([slider, echo]), studio])"
)


def opened_notebook(browser, lab, watch, name: str, *cells: str):
    """Open a notebook with one studio and run all of it; return the page with its errors, and the studio."""
    nbformat.write(new_notebook(metadata=KERNEL, cells=[new_code_cell(cell) for cell in cells]), lab.folder / name)
    watched = watch(browser)
    watched.open_notebook(lab, name)
    studio = watched.studio()
    studio.settled()
    return watched, studio


@pytest.fixture(scope="module")
def opened(browser, lab, watch) -> Iterator:
    """A notebook with a studio: (page with its errors, studio)."""
    from skimage.data import camera

    Image.fromarray(camera()[::2, ::2]).save(lab.folder / "camera.png")
    watched, studio = opened_notebook(browser, lab, watch, "studio.ipynb", ALONE)
    yield watched, studio
    watched.close()


@pytest.fixture
def studio(opened):
    """The studio: WebP and JPEG of one size, whole picture, handle in the middle.

    Classical codecs, where it does not matter which, for they take hundredths of a second also on busy machines.
    """
    _, studio = opened
    studio.ask(left="webp", right="jpeg", left_quality=50, match="size")
    studio.look(view="swipe", shows="picture", position=0.5)
    studio.js("[s.stage.zoomAt(null), s.stage.hold(null), s.stage.magnify(false), s.say('')]")
    studio.settled()
    studio.root.scroll_into_view_if_needed()
    return studio


def test_figures_are_always_there_and_those_of_the_file(studio):
    point = studio.get("left_point")
    assert studio.number(".aew-left .aew-bytes") == point["bytes"]
    assert f"{point['psnr']:.2f} dB" in studio.text(".aew-left dl")
    assert f"{point['ssim']:.4f}" in studio.text(".aew-left dl")
    assert f"{point['ms_ssim']:.4f}" in studio.text(".aew-left dl")
    assert f"{point['bpp']:.3f} bits a pixel" in studio.text(".aew-left .aew-rate")
    assert f"{point['percent']:.2f} %" in studio.text(".aew-left .aew-rate")


def test_both_sides_begin_at_one_size(studio):
    left, right = studio.get("left_point"), studio.get("right_point")
    assert right["bytes"] == pytest.approx(left["bytes"], rel=0.06)


@pytest.mark.parametrize("codec", ["learned", "jpeg", "jpeg2000", "webp", "avif", "png", "original"])
def test_what_is_on_screen_is_as_far_from_the_original_as_the_figure_says(studio, codec: str):
    """The browser decodes JPEG, WebP, AVIF and PNG by itself: measured there, over the pixels that it shows."""
    studio.wait("s.stage.pictures.original")
    studio.root.locator(".aew-right select").select_option(codec)
    studio.settled()
    point = studio.get("right_point")
    expected = math.inf if point["exact"] else pytest.approx(point["psnr"], abs=0.05)
    assert psnr_on_screen(studio, "right") == expected


def test_the_learned_codec_is_shown_exactly_once_a_drag_is_over(studio):
    studio.ask(left="learned", match="off")
    studio.settled()
    studio.drag_slider("left", 0.8, steps=5)
    studio.settled()
    assert studio.get("left_quality") > 70
    assert studio.get("left_point")["media"] == "image/png"


def test_a_drag_of_a_slider_gives_a_new_picture_and_never_queues(studio):
    before, answered = studio.number(".aew-left .aew-bytes"), studio.get("answered")
    studio.drag_slider("left", 0.85, steps=12)
    studio.settled()
    assert studio.get("left_quality") > 70
    assert studio.number(".aew-left .aew-bytes") > before
    assert studio.get("answered") > answered
    assert studio.get("left_point")["preview"] is False


@pytest.mark.parametrize(("match", "figure"), [("Same size", "bytes"), ("Same PSNR", "psnr")])
def test_the_other_side_follows_while_the_slider_is_still_held(studio, match: str, figure: str):
    studio.wait("s.link.get('curves').length >= 6", timeout=200_000)
    studio.choose(match)
    studio.settled()
    before = studio.js("({ ...s.link.get('right_point') })")
    studio.drag_slider("left", 0.9, release=False)
    try:
        studio.wait(f"s.link.get('right_point').{figure} > {before[figure] * 1.05}")
        studio.wait("!s.link.waiting && s.root.dataset.right === String(s.tokens.right)")
        # The figure shown is that of the point, and is read with it: another answer may come at any moment.
        shown = "s.root.querySelector('.aew-right .aew-bytes').textContent"
        studio.wait(f"{shown}.includes(s.link.get('right_point').bytes.toLocaleString('en') + ' bytes')")
        left, right = (studio.js(f"({{ ...s.link.get('{side}_point') }})") for side in ("left", "right"))
        assert (left["preview"], right["preview"]) == (True, True)
        # While nothing is asked, it comes as close as one encoding at the quality that the curve gives.
        within = {"bytes": 0.15 * left["bytes"], "psnr": 1}[figure]  # dB; the nearest point is up to 3 away
        studio.wait(f"Math.abs(s.link.get('right_point').{figure} - {left[figure]}) < {within}")
        studio.wait("s.link.get('right_quality') === s.link.get('right_point').quality")
    finally:
        studio.page.mouse.up()  # a test that fails with the button held would fail all after it
    studio.settled()
    assert studio.get("right_point")["ssim"] > 0.5


def test_keys_move_a_slider_and_jupyterlab_does_not_take_them(opened, studio):
    watched = opened[0]
    cells = "window.jupyterapp.shell.currentWidget.content.widgets.length"
    before, quality = watched.page.evaluate(cells), studio.get("left_quality")
    studio.range("left").focus()
    for key in ("ArrowRight", "ArrowRight", "a", "b"):
        watched.page.keyboard.press(key)
    studio.settled()
    assert quality < studio.get("left_quality") <= quality + 5
    assert watched.page.evaluate(cells) == before


def test_a_number_that_is_typed_is_taken(studio):
    field = studio.root.locator(".aew-left .aew-number")
    field.fill("33")
    field.press("Tab")
    studio.settled()
    assert studio.get("left_point")["quality"] == 33


def test_match_quality_finds_the_same_psnr(studio):
    studio.choose("Same PSNR")
    studio.settled()
    left, right = studio.get("left_point"), studio.get("right_point")
    assert right["psnr"] == pytest.approx(left["psnr"], abs=0.35)
    studio.choose("Nothing")
    studio.settled()
    studio.drag_slider("right", 0.9)
    studio.settled()
    assert studio.get("left_point")["bytes"] == left["bytes"]


def test_the_handle_follows_pointer_and_keys(opened, studio):
    page = opened[0].page
    box = studio.root.locator(".aew-stage").bounding_box()
    y = box["y"] + box["height"] * 0.7
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, y, steps=6)
    page.mouse.up()
    assert studio.get("position") == pytest.approx(0.25, abs=0.02)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert studio.get("position") == pytest.approx(0.26, abs=0.02)
    left = float(studio.root.locator(".aew-divider").input_value())
    page.keyboard.press("End")
    assert studio.get("position") == 1
    assert left < 30


def test_the_handle_follows_a_finger(studio):
    studio.js(
        """(() => {
            const box = s.stage.canvas.getBoundingClientRect();
            const send = (type, share) => s.stage.el.dispatchEvent(new PointerEvent(type, {
              pointerId: 77, pointerType: 'touch', button: 0, bubbles: true, cancelable: true,
              clientX: box.left + share * box.width, clientY: box.top + 40 }));
            send('pointerdown', 0.5); send('pointermove', 0.8); send('pointerup', 0.8);
        })()"""
    )
    assert studio.get("position") == pytest.approx(0.8, abs=0.01)


def test_two_fingers_zoom_both_sides_about_their_middle(studio):
    before = studio.js("s.stage.zoom")
    studio.js(
        """(() => {
            const box = s.stage.canvas.getBoundingClientRect();
            const send = (type, id, share) => s.stage.el.dispatchEvent(new PointerEvent(type, {
              pointerId: id, pointerType: 'touch', button: 0, bubbles: true, cancelable: true,
              clientX: box.left + share * box.width, clientY: box.top + 100 }));
            send('pointerdown', 1, 0.4); send('pointerdown', 2, 0.6);
            send('pointermove', 1, 0.3); send('pointermove', 2, 0.7);
            send('pointerup', 1, 0.3); send('pointerup', 2, 0.7);
        })()"""
    )
    assert studio.js("s.stage.zoom") == pytest.approx(2 * before, rel=0.05)


def test_zoom_goes_down_to_pixels_and_back(opened, studio):
    page = opened[0].page
    studio.root.get_by_role("button", name="1:1").click()
    assert studio.root.locator(".aew-stage").get_attribute("data-zoom") == "1.000"
    studio.root.get_by_role("button", name="Fit").click()
    fit = float(studio.root.locator(".aew-stage").get_attribute("data-zoom"))
    studio.root.locator(".aew-stage").focus()
    for _ in range(9):
        page.keyboard.press("+")
    assert float(studio.root.locator(".aew-stage").get_attribute("data-zoom")) > 16
    x = float(studio.root.locator(".aew-stage").get_attribute("data-x"))
    page.keyboard.press("ArrowLeft")
    assert float(studio.root.locator(".aew-stage").get_attribute("data-x")) < x
    page.keyboard.press("0")
    assert float(studio.root.locator(".aew-stage").get_attribute("data-zoom")) == fit


def test_the_wheel_zooms_only_with_a_key_or_focus(opened, studio):
    page = opened[0].page
    page.evaluate("document.activeElement.blur()")
    box = studio.root.locator(".aew-stage").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    zoom = studio.js("s.stage.zoom")
    page.mouse.wheel(0, -30)
    page.wait_for_timeout(100)
    assert studio.js("s.stage.zoom") == zoom
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    studio.wait(f"s.stage.zoom > {zoom}")


def test_a_picture_that_is_zoomed_is_panned_by_dragging_it(opened, studio):
    page = opened[0].page
    studio.js("s.stage.camera.zoomTo(4, null, s.stage.pane(), s.stage.size)")
    x = studio.js("s.stage.camera.x")
    box = studio.root.locator(".aew-stage").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 200, steps=4)
    page.mouse.up()
    assert studio.js("s.stage.camera.x") < x
    assert studio.get("position") == 0.5


def test_side_by_side_shows_both_whole_under_one_camera(studio):
    studio.choose("Side by side")
    assert studio.get("view") == "side"
    pane, canvas = studio.js("s.stage.pane().width"), studio.js("s.stage.canvas.width")
    assert pane == canvas / 2
    assert not studio.root.locator(".aew-handle").is_visible()


def test_keys_show_one_side_alone_flicker_and_the_original(opened, studio):
    page = opened[0].page
    stage = studio.root.locator(".aew-stage")
    stage.focus()
    for key, only in (("1", "left"), ("3", "right"), ("2", "")):
        page.keyboard.press(key)
        assert stage.get_attribute("data-only") == only
    page.keyboard.down("o")
    assert stage.get_attribute("data-only") == "original"
    page.keyboard.up("o")
    page.keyboard.down("f")
    seen = set()
    for _ in range(30):
        seen.add(stage.get_attribute("data-only"))
        page.wait_for_timeout(50)
    page.keyboard.up("f")
    assert seen == {"left", "right"}
    assert stage.get_attribute("data-only") == ""


def test_the_flicker_button_alternates_while_it_is_held(opened, studio):
    page, stage = opened[0].page, studio.root.locator(".aew-stage")
    studio.root.get_by_role("button", name="Flicker").hover()
    page.mouse.down()
    assert stage.get_attribute("data-only") in ("left", "right")
    page.mouse.up()
    assert stage.get_attribute("data-only") == ""


def test_the_error_map_has_a_scale_and_is_that_of_the_pixels(studio):
    studio.wait("s.stage.pictures.original")
    studio.choose("Difference")
    assert "32 of 255" in studio.text(".aew-scale")
    studio.root.get_by_label("Brightest difference").select_option("8")
    assert "8 of 255" in studio.text(".aew-scale")
    brightness = studio.js(
        """(() => {
            const map = s.stage.errors(a);
            const data = map.getContext('2d').getImageData(0, 0, map.width, map.height).data;
            let sum = 0;
            for (let i = 0; i < data.length; i += 4) sum += data[i];
            return sum / data.length;
        })()""",
        "left",
    )
    assert brightness > 5
    studio.root.locator(".aew-left select").select_option("original")
    studio.settled()
    dark = studio.js("s.stage.errors('left').getContext('2d').getImageData(0, 0, 9, 9).data[0]")
    assert dark == 0


def test_bits_are_mapped_by_position_and_by_group_and_add_up(studio):
    studio.ask(left="learned", left_quality=50)
    studio.settled()
    studio.choose("Bits")
    bits = studio.js("{ ...s.link.get('left_bits'), positions: null }")
    assert (bits["rows"], bits["columns"]) == (19, 29)
    assert bits["header"] + sum(bits["groups"]) == studio.get("left_point")["bytes"]
    words = studio.text(".aew-left .aew-bits")
    assert " · ".join(f"{n:,}" for n in bits["groups"]) in words
    terms = studio.root.locator(".aew-left .aew-bits .aew-soft").get_attribute("title")
    assert f"header {bits['header']:,} = {bits['header'] + sum(bits['groups']):,} bytes" in terms
    whole = studio.js("s.stage.topBits")
    studio.root.get_by_label("Part of the file").select_option("0")
    assert studio.js("s.stage.topBits") < whole
    assert studio.js("s.stage.bitMap('left').width") == 29


def test_the_loupe_opens_and_closes(opened, studio):
    stage = studio.root.locator(".aew-stage")
    stage.focus()
    opened[0].page.keyboard.press("l")
    assert stage.get_attribute("data-loupe") == "true"
    assert studio.root.get_by_role("button", name="Loupe").get_attribute("aria-pressed") == "true"
    studio.root.get_by_role("button", name="Loupe").click()
    assert stage.get_attribute("data-loupe") == "false"


def test_a_click_on_the_curves_goes_to_the_point(opened, studio):
    studio.wait("s.link.get('curves').length >= 6 && s.plot.plot", timeout=120_000)
    place = studio.js(
        """(() => {
            const curve = s.link.get('curves').find((c) => c.codec === 'jpeg');
            const [quality, bpp, psnr] = curve.points.at(-1);
            const box = s.plot.plot.over.getBoundingClientRect();
            return { quality, x: s.plot.plot.valToPos(bpp, 'x'), y: s.plot.plot.valToPos(psnr, 'y') };
        })()"""
    )
    studio.root.locator(".u-over").click(position={"x": place["x"], "y": place["y"]})
    studio.settled()
    assert studio.get("right_quality") == place["quality"]
    assert "right JPEG" in studio.root.locator(".aew-plot-area").get_attribute("aria-label")


def test_files_of_both_sides_are_downloaded_and_are_what_they_say(opened, studio, tmp_path: Path):
    page = opened[0].page
    studio.ask(left="learned", right="avif", match="off")
    studio.settled()
    for side, suffix in (("left", ".aew"), ("right", ".avif")):
        with page.expect_download() as download:
            studio.root.locator(f".aew-{side}").get_by_role("button", name="Download").click()
        target = tmp_path / download.value.suggested_filename
        download.value.save_as(target)
        assert target.name.startswith("chelsea-")
        assert target.suffix == suffix
        assert target.stat().st_size == studio.get(f"{side}_point")["bytes"]
    aew = next(tmp_path.glob("*.aew")).read_bytes()
    assert aewidgets.decompress(aew).shape == (300, 451, 3)


def test_pictures_are_opened_by_upload_menu_path_and_drop(opened, studio, photo: np.ndarray, tmp_path: Path):
    Image.fromarray(photo).save(tmp_path / "face.png")
    (tmp_path / "face.aew").write_bytes(aewidgets.compress(photo, 60))
    studio.ask(left="learned")
    for name in ("face.png", "face.aew"):
        studio.root.locator("input[type=file]").set_input_files(tmp_path / name)
        studio.wait(f"s.link.get('subject').name === '{name}' && s.link.get('left_bits').columns === 12")
        assert name in studio.text(".aew-title")
    studio.settled()
    field = studio.root.get_by_label("Path of a picture")
    field.fill("camera.png")
    field.press("Enter")
    studio.wait("s.link.get('subject').name === 'camera.png' && s.stage.size.width === 256")
    studio.js(
        """(async () => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array([1, 2, 3])], 'broken.png'));
            s.root.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
        })()"""
    )
    studio.wait("s.link.get('error').includes('broken.png')")
    assert "broken.png" in studio.text(".aew-error")
    studio.root.get_by_role("button", name="Dismiss").click()
    studio.root.get_by_label("Bundled pictures").select_option("chelsea")
    studio.wait("s.link.get('subject').name === 'chelsea' && s.stage.size.width === 451")
    studio.settled()
    assert studio.get("error") == ""


def test_a_file_larger_than_a_message_is_sent_in_parts_with_progress(opened, studio, tmp_path: Path):
    """Grain of 2000 x 2000 pixels, which no PNG shrinks: 12 MB."""
    studio.ask(left="jpeg", right="jpeg", left_quality=50, right_quality=50, match="off")
    studio.settled()
    grain = np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), dtype="uint8")
    Image.fromarray(grain).save(tmp_path / "grain.png", compress_level=1)
    assert (size := (tmp_path / "grain.png").stat().st_size) > 12_000_000
    studio.js("(() => { s.seen = []; const show = s.header.sending.show;"
              " s.header.sending.show = (file) => { s.seen.push(file?.done); show(file); }; })()")  # fmt: skip
    studio.root.locator("input[type=file]").set_input_files(tmp_path / "grain.png")
    studio.wait("s.link.get('subject').name === 'grain.png' && s.stage.size.width === 2000", timeout=120_000)
    studio.wait("s.seen.includes(undefined)")
    assert studio.js("s.seen")[:-1] == [0, 4_000_000, 8_000_000, 12_000_000]
    assert studio.get("subject")["bytes"] == size
    studio.root.get_by_label("Bundled pictures").select_option("chelsea")
    studio.wait("s.link.get('subject').name === 'chelsea' && s.stage.size.width === 451", timeout=180_000)
    studio.settled()
    assert studio.get("error") == ""


def test_sending_a_file_can_be_stopped(studio, tmp_path: Path):
    (tmp_path / "slow.png").write_bytes(bytes(30_000_000))
    # The network of a test is too quick to be stopped by hand: here no part is answered.
    studio.js("(() => { const sending = s.header.sending; s.held = sending.go;"
              " sending.go = (offset) => offset === 0 && s.held.call(sending, 0); })()")  # fmt: skip
    studio.root.locator("input[type=file]").set_input_files(tmp_path / "slow.png")
    studio.root.get_by_role("button", name="Stop").wait_for(timeout=30_000)
    assert "sending slow.png" in studio.text(".aew-working")
    studio.root.get_by_role("button", name="Stop").click()
    studio.wait("!s.alerts.working.classList.contains('aew-on')")
    studio.js("(() => { s.header.sending.go = s.held; })()")
    assert studio.get("subject")["name"] == "chelsea"
    assert studio.get("error") == ""


def test_a_path_outside_the_working_folder_is_refused_in_words(studio):
    field = studio.root.get_by_label("Path of a picture")
    field.fill("../../etc/passwd")
    field.press("Enter")
    studio.wait("s.link.get('error').includes('below')")
    assert studio.get("subject")["name"] == "chelsea"


def test_long_work_says_how_far_it_is_and_can_be_stopped(opened, studio):
    studio.root.get_by_label("Bundled pictures").select_option("coffee")
    studio.wait("s.link.get('subject').name === 'coffee'")
    studio.root.get_by_role("button", name="Stop").wait_for(timeout=30_000)
    assert studio.get("status")["total"] > 0
    studio.root.get_by_role("button", name="Stop").click()
    studio.wait("s.link.get('status').text === 'stopped'")
    assert len(studio.get("curves")) < 6
    studio.root.get_by_label("Bundled pictures").select_option("chelsea")
    studio.wait("s.link.get('subject').name === 'chelsea' && s.stage.size.width === 451")
    studio.settled()


def test_in_a_box_linked_and_observed_it_is_a_widget_like_any_other(opened, browser, lab, watch):
    watched, boxed = opened_notebook(browser, lab, watch, "box.ipynb", BOXED)
    try:
        boxed.root.scroll_into_view_if_needed()
        assert boxed.root.bounding_box()["width"] <= 700
        watched.page.locator(".jupyter-widgets .noUi-handle").first.focus()
        for _ in range(5):
            watched.page.keyboard.press("ArrowRight")
        boxed.wait("s.link.get('left_quality') > 40")
        # Five keys are up to five questions: what is heard in the end is what is shown in the end.
        boxed.wait("[...document.querySelectorAll('.jupyter-widgets')].some((el) => "
                   "el.textContent === `${s.link.get('left_point').bytes} heard`)")
        assert watched.errors == []
    finally:
        watched.close()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_in_either_theme(opened, studio, axe: str, theme: str, shots: Path | None):
    watched = opened[0]
    watched.theme(theme)
    studio.ask(left="learned", right="avif")
    studio.settled()
    try:
        for shows in ("picture", "error", "bits"):
            studio.look(shows=shows)
            assert watched.violations(axe, ".aew") == []
            if shots:
                watched.page.screenshot(path=shots / f"lab-{theme[11:].lower()}-{shows}.png")
        assert studio.js("getComputedStyle(s.root).backgroundColor") == watched.page.evaluate(
            "getComputedStyle(document.body).getPropertyValue('--jp-layout-color0') && "
            "(() => { const p = document.createElement('p'); p.style.color = 'var(--jp-layout-color0)';"
            " document.body.append(p); const c = getComputedStyle(p).color; p.remove(); return c; })()"
        )
    finally:
        watched.theme("JupyterLab Light")


def test_a_narrow_page_has_no_overflow(opened, studio, shots: Path | None):
    page = opened[0].page
    page.set_viewport_size({"width": 800, "height": 1100})
    opened[0].drawn()
    if shots:
        page.screenshot(path=shots / "lab-800.png")
    wide = studio.js("[s.root.scrollWidth, s.root.clientWidth]")
    page.set_viewport_size({"width": 1600, "height": 1100})
    assert wide[0] <= wide[1]


def test_nothing_was_written_to_the_console_as_an_error(opened):
    """The last test of this file: over all that the others did."""
    assert opened[0].errors == []
