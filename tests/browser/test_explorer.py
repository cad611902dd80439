"""LatentExplorer in real JupyterLab: what a person does, and the state that comes of it, here and in Python."""

from collections.abc import Iterator
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")

from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402

from benchmarks.browsing import KERNEL  # noqa: E402
from benchmarks.explorer_page import ExplorerPage  # noqa: E402

pytestmark = pytest.mark.browser
CELLS = (
    "import aewidgets.models, keras, ipywidgets\n"
    "from aewidgets.models.families import build_autoencoder\n"
    "from aewidgets.training.data.splits import load_splits\n"
    "from aewidgets.widgets import LatentExplorer\n"
    "digits = load_splits('digits').train\n"
    "keras.utils.set_random_seed(1)\n"
    "model = build_autoencoder('variational', (8, 8, 1), latent_dim=2, beta=0.1, options={'hidden': (64,)})\n"
    "model.compile(keras.optimizers.Adam(0.003), 'mse')\n"
    "model.fit(digits.images, epochs=15, batch_size=64, verbose=0)\n"
    "explorer = LatentExplorer(model, digits.images, digits.labels)\n"
    "explorer",
    "echo = ipywidgets.Label('nothing yet')\n"
    "explorer.on_select(lambda chosen: setattr(echo, 'value', f'{len(chosen)} chosen, sum {sum(chosen)}'))\n"
    "place = ipywidgets.Label('no place yet')\n"
    "explorer.observe(lambda c: setattr(place, 'value', f'decoded {explorer.code.round(3).tolist()}'), 'position')\n"
    "noted = ipywidgets.Label('no notes yet')\n"
    "explorer.observe(lambda c: setattr(noted, 'value', f'notes {explorer.notes}'), 'notes')\n"
    "button = ipywidgets.Button(description='choose ten')\n"
    "button.on_click(lambda _: setattr(explorer, 'selection', range(10, 20)))\n"
    "ipywidgets.VBox([button, echo, place, noted])",
    "class Kept:\n"
    "    def __init__(self, model): self.encode, self.decode = model.encode, model.decode\n"
    "wide = build_autoencoder('dense', (8, 8, 1), latent_dim=6, hidden=(64,))\n"
    "wide.compile('adam', 'mse')\n"
    "wide.fit(digits.images, epochs=8, verbose=0)\n"
    "LatentExplorer(Kept(wide), digits.images, layout={'width': '900px'})",
)


@pytest.fixture(scope="module")
def opened(browser, lab, watch) -> Iterator:
    """A notebook with two explorers, all of it run; (page with its errors, first, second)."""
    notebook = new_notebook(metadata=KERNEL, cells=[new_code_cell(cell) for cell in CELLS])
    nbformat.write(notebook, lab.folder / "explorer.ipynb")
    watched = watch(browser)
    watched.open_notebook(lab, "explorer.ipynb")
    first = ExplorerPage(watched.page, 0)
    first.wait("s.store.quantity('errors') && s.store.mixture", timeout=180_000)
    second = ExplorerPage(watched.page, 1)
    yield watched, first, second
    watched.close()


@pytest.fixture
def explorer(opened):
    """The first explorer: whole map, decoding on drags, nothing selected, the first tool open."""
    _, explorer, _ = opened
    explorer.choose("Decode")
    explorer.choose("Sliders")
    explorer.js(
        "[s.map.fit(), s.select([]), s.say(''), s.toolbar.showTiles(false), s.tell({ notes: {}, colour: 'label' })]"
    )
    explorer.wait("s.selection.length === 0")
    explorer.root.scroll_into_view_if_needed()
    return explorer


def heard(opened, words: str) -> None:
    """Wait until Python's echo says so."""
    opened[0].page.get_by_text(words).wait_for(timeout=20_000)


def heard_code(opened, code: list[float]) -> None:
    """Wait until Python's echo says that this is its code, to the third digit."""
    opened[0].page.wait_for_function(
        "code => { const echo = [...document.querySelectorAll('.widget-label')].map((e) => e.textContent)"
        ".find((text) => text.startsWith('decoded ['));"
        " return echo && JSON.parse(echo.slice(8)).every((v, i) => Math.abs(v - code[i]) < 2e-3); }",
        arg=code, timeout=20_000,
    )  # fmt: skip


def test_points_are_drawn_by_webgl(explorer: ExplorerPage):
    assert explorer.js("[s.map.points.kind, s.store.count]") == ["webgl", 1198]
    drawn = explorer.js(
        "(() => { const c = s.map.points.el, d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let seen = 0; for (let i = 3; i < d.length; i += 4) seen += d[i] > 0; return seen; })()"
    )
    assert drawn > 5000


def test_hovering_a_point_shows_its_picture_its_reconstruction_and_what_is_known(opened, explorer: ExplorerPage):
    page = opened[0].page
    # One that no other covers: the topmost.
    highest = "(p, q) => s.store.placeOf(q)[1] - s.store.placeOf(p)[1]"
    point = explorer.js(f"Array.from(s.store.classes.keys()).sort({highest})[0]")
    page.mouse.move(*explorer.pixel_of(point))
    explorer.wait(f"s.hovered === {point}")
    explorer.wait("s.cards.facts.textContent.includes('reconstruction error')")
    assert f"#{explorer.js('s.store.indexOf(a)', point)}" in explorer.root.locator(".aew-facts").inner_text()
    original, again = explorer.pixels("original"), explorer.pixels("again")
    assert original[0] > 20
    assert again[0] == pytest.approx(original[0], rel=0.5)
    assert original[1] != again[1]


def test_a_drag_decodes_at_every_step_and_python_hears_where_it_ends(opened, explorer: ExplorerPage):
    page = opened[0].page
    page.mouse.move(*explorer.at(0.3, 0.7))
    page.mouse.down()
    seen = set()
    for step in range(8):
        page.mouse.move(*explorer.at(0.3 + 0.05 * step, 0.7 - 0.05 * step))
        seen.add(explorer.pixels()[1])
    page.mouse.up()
    assert len(seen) >= 7
    heard_code(opened, explorer.js("Array.from(s.code)"))


def test_what_the_page_draws_is_what_keras_draws(explorer: ExplorerPage):
    """Compare to two levels of 255: weights are sent in half precision."""
    difference = explorer.js(
        "(async () => { const own = s.cards.big.getContext('2d').getImageData(0, 0, 8, 8).data;"
        " const [{ data }] = await s.pictures.fromPython([s.code]);"
        " return Math.max(...data.map((v, i) => Math.abs(v - own[i]))); })()"
    )
    assert difference <= 2


def test_a_lasso_is_heard_in_python(opened, explorer: ExplorerPage):
    explorer.choose("Lasso")
    explorer.drag((0.3, 0.2), (0.7, 0.2), (0.7, 0.8), (0.3, 0.8), (0.3, 0.25))
    explorer.wait("s.selection.length > 20")
    chosen = explorer.js("s.selection")
    heard(opened, f"{len(chosen)} chosen, sum {sum(chosen)}")
    assert explorer.js("s.selection.every((i) => { const [x] = s.map.camera.toScreen(s.store.placeOf(i));"
                       " const w = s.map.camera.size.width; return x > 0.29 * w && x < 0.71 * w; })")  # fmt: skip


def test_shift_and_a_drag_is_a_lasso_in_every_mode(opened, explorer: ExplorerPage):
    opened[0].page.keyboard.down("Shift")
    explorer.drag((0.35, 0.35), (0.65, 0.35), (0.65, 0.65), (0.35, 0.65))
    opened[0].page.keyboard.up("Shift")
    explorer.wait("s.selection.length > 5")


def test_a_selection_from_python_is_shown(opened, explorer: ExplorerPage):
    opened[0].page.get_by_role("button", name="choose ten").click()
    explorer.wait("s.selection.length === 10")
    assert explorer.js("s.selection") == list(range(10, 20))
    assert explorer.root.get_by_text("10 selected").first.is_visible()
    explorer.button("Clear the selection").click()
    heard(opened, "0 chosen, sum 0")


def test_a_class_of_the_legend_selects_its_points(opened, explorer: ExplorerPage):
    item = explorer.root.locator(".aew-class").nth(3)
    item.click()
    explorer.wait("s.selection.length > 50")
    assert explorer.js("s.selectedPoints().every((p) => s.store.classes[p] === 3)")
    assert item.get_attribute("aria-pressed") == "true"
    item.click()
    explorer.wait("s.selection.length === 0")


def test_keys_move_decode_zoom_take_and_clear_and_jupyterlab_does_not_take_them(opened, explorer: ExplorerPage):
    page = opened[0].page
    cells = "window.jupyterapp.shell.currentWidget.content.widgets.length"
    before, place, picture = page.evaluate(cells), explorer.js("s.place"), explorer.pixels()
    explorer.stage.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "a", "b"):
        page.keyboard.press(key)
    moved = explorer.js("s.place")
    assert moved[0] > place[0]
    assert moved[1] > place[1]
    assert explorer.pixels()[1] != picture[1]
    page.keyboard.press("+")
    assert float(explorer.stage.get_attribute("data-zoom")) == pytest.approx(1.4)
    at = explorer.js("s.map.camera.at[0]")
    page.keyboard.press("Shift+ArrowRight")
    assert explorer.js("s.map.camera.at[0]") > at
    page.keyboard.press("0")
    assert explorer.stage.get_attribute("data-zoom") == "1.000"
    page.keyboard.press("Enter")
    explorer.wait("s.pinned !== null")
    explorer.button("Select 50 around").click()
    explorer.wait("s.selection.length === 50")
    explorer.stage.focus()
    page.keyboard.press("Escape")
    explorer.wait("s.selection.length === 0")
    assert page.evaluate(cells) == before


def test_the_wheel_zooms_only_with_a_key_or_focus(opened, explorer: ExplorerPage):
    page = opened[0].page
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(*explorer.at(0.5, 0.5))
    page.mouse.wheel(0, -40)
    page.wait_for_timeout(100)
    assert explorer.js("s.map.camera.zoom") == 1
    explorer.root.scroll_into_view_if_needed()
    page.mouse.move(*explorer.at(0.5, 0.5))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    explorer.wait("s.map.camera.zoom > 1.2")


def test_every_control_is_reached_by_tab_and_has_a_name(opened, explorer: ExplorerPage):
    page = opened[0].page
    explorer.root.locator("input[type=radio]").first.focus()
    names = set()
    for _ in range(80):
        inside = explorer.js(
            "(() => { const e = document.activeElement; return s.root.contains(e) ? e.getAttribute('aria-label')"
            " || e.labels?.[0]?.textContent || e.textContent : null; })()"
        )
        if inside is None:
            break
        names.add(inside)
        page.keyboard.press("Tab")
    assert {"Decode", "Colour of the points", "Pictures in place of points", "Decoded plane", "Zoom in", "Fit the map",
            "Select 50 around", "Sliders", "Latent dimension 1", "To the average"} <= names  # fmt: skip
    assert any(name.startswith("Map of codes") for name in names)
    assert "" not in names


def test_pictures_stand_for_points_when_few_are_in_sight(explorer: ExplorerPage):
    shown = explorer.root.get_by_label("Pictures in place of points")
    explorer.wait("s.map.thumbed === 0")
    explorer.js("s.map.zoom(12)")
    explorer.wait("s.map.thumbed > 3")
    shown.select_option("off")
    explorer.wait("s.map.thumbed === 0")
    explorer.js("s.map.fit()")
    shown.select_option("on")
    explorer.wait("s.map.thumbed > 20")
    shown.select_option("auto")


def test_the_decoded_plane_fills_the_stage(explorer: ExplorerPage):
    explorer.button("Decoded plane").click()
    explorer.wait(
        "(() => { const c = s.map.below, d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let seen = 0; for (let i = 3; i < d.length; i += 4) seen += d[i] > 0; return seen > 0.98 * d.length / 4; })()"
    )


def test_a_slider_of_the_code_changes_the_picture_and_the_place(opened, explorer: ExplorerPage):
    before, place = explorer.pixels(), explorer.js("s.place")
    slider = explorer.root.get_by_role("slider", name="Latent dimension 1")
    slider.focus()
    for _ in range(9):
        opened[0].page.keyboard.press("ArrowRight")
    assert explorer.pixels()[1] != before[1]
    assert explorer.js("s.place")[0] > place[0]
    assert explorer.js("s.place")[1] == pytest.approx(place[1], abs=1e-3)  # of half precision
    heard_code(opened, explorer.js("Array.from(s.code)"))


def test_the_caption_names_a_point_that_is_clicked_after_a_slider(opened, explorer: ExplorerPage):
    slider = explorer.root.get_by_role("slider", name="Latent dimension 2")
    slider.focus()
    opened[0].page.keyboard.press("ArrowRight")
    caption = explorer.root.locator(".aew-caption").first
    assert caption.inner_text() == "decoded from a code"
    explorer.stage.focus()
    opened[0].page.keyboard.press("Enter")
    explorer.wait("s.pinned !== null")
    assert caption.inner_text() == f"decoded from {explorer.js('s.nameOf(s.pinned)')}"
    explorer.stage.focus()
    opened[0].page.keyboard.press("ArrowUp")
    assert caption.inner_text().startswith("decoded at (")


def test_a_path_is_a_strip_and_an_animation_and_begins_at_its_ends(opened, explorer: ExplorerPage):
    explorer.choose("Path")
    explorer.js("s.pin(5)")
    explorer.wait("s.from && s.pinned === 5")
    explorer.button("Take what is decoded now as A").click()
    explorer.js("s.pin(60)")
    explorer.wait("s.pinned === 60")
    explorer.button("Take what is decoded now as B").click()
    assert explorer.root.locator(".aew-gallery .aew-shot").count() == 9
    ends = explorer.js("[0, 1].map((t) => { s.tools.path.go(t); return Array.from(s.code); })")
    for point, end in zip((5, 60), ends, strict=True):
        assert end == pytest.approx(explorer.js("Array.from(s.store.codeOf(a))", point), abs=1e-5)
    explorer.choose("Spherical")
    explorer.root.get_by_role("slider", name="Place on the path").fill("0")
    explorer.button("Play").click()
    explorer.wait("Number(s.tools.path.slide.value) > 0.2")
    explorer.button("Pause").click()
    assert explorer.button("Play").is_visible()
    assert explorer.js("s.map.path.places.length") > 40


def test_a_class_less_itself_and_added_changes_nothing(explorer: ExplorerPage):
    explorer.choose("Add a trait")
    explorer.root.locator(".aew-class").nth(1).click()
    explorer.wait("s.selection.length > 50")
    for name in "AB":
        explorer.button(f"Take the mean of the selection as {name}").click()
        explorer.wait(f"s.tools.arithmetic.slots.codes.{name}")
    explorer.button("Take what is decoded now as C").click()
    explorer.wait("s.tools.arithmetic.code")
    result, third = explorer.js("[Array.from(s.tools.arithmetic.code), Array.from(s.tools.arithmetic.slots.codes.C)]")
    assert result == pytest.approx(third, abs=1e-5)


def test_neighbours_come_from_all_codes_and_are_selected(opened, explorer: ExplorerPage):
    explorer.choose("Similar")
    explorer.js("s.pin(77)")
    explorer.wait("s.pinned === 77")
    explorer.button("Similar to what is decoded now").click()
    explorer.wait("s.tools.neighbours.points?.[0] === 77")
    explorer.button("Select these").click()
    explorer.wait("s.selection.length === 12")


def test_outliers_are_those_of_the_largest_error(explorer: ExplorerPage):
    explorer.choose("Worst drawn")
    explorer.wait("s.tools.outliers.points?.length === 12 && s.root.querySelectorAll('.aew-shot').length === 12")
    errors = "s.store.quantity('errors').values"
    assert explorer.js(f"{errors}[s.tools.outliers.points[0]] === Math.max(...{errors})")
    explorer.root.locator(".aew-shot").first.click()
    explorer.wait("s.pinned === s.tools.outliers.points[0]")


def test_samples_come_from_prior_and_mixture_and_follow_the_temperature(explorer: ExplorerPage):
    explorer.choose("New images")
    shots = explorer.root.locator(".aew-shot")
    assert shots.count() == 16
    explorer.root.get_by_role("slider", name="Temperature").fill("0")
    alike = explorer.js(
        "new Set([...s.root.querySelectorAll('.aew-shot canvas')].slice(0, 8).map((c) =>"
        " String(c.getContext('2d').getImageData(0, 0, 8, 8).data))).size"
    )
    assert alike == 1


def test_notes_are_heard_in_python(opened, explorer: ExplorerPage):
    explorer.choose("Notes")
    explorer.js("s.pin(7)")
    explorer.wait("s.pinned === 7")
    field = explorer.root.locator(".aew-tool input[type=text]")
    field.fill("looks like a two")
    field.press("Enter")
    heard(opened, "notes {7: 'looks like a two'}")
    assert explorer.js("s.map.marks.length") == 1
    explorer.button("Remove the note on 7").click()
    heard(opened, "notes {}")


def test_points_are_coloured_by_error_with_a_scale(explorer: ExplorerPage):
    explorer.root.get_by_label("Colour of the points").select_option("error")
    explorer.wait("s.root.querySelector('.aew-ramp')")
    assert "reconstruction error" in explorer.root.locator(".aew-legend").inner_text()


def test_the_map_is_saved_as_png_svg_and_html(opened, explorer: ExplorerPage, tmp_path: Path):
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<svg"), ("html", b"<!doctype html>")):
        with opened[0].page.expect_download() as download:
            explorer.root.get_by_label("Save the map as a file").select_option(kind)
        download.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(start)
        assert (tmp_path / kind).stat().st_size > 5000


def test_a_decoder_that_stays_in_python_is_drawn_by_an_atlas_and_then_by_the_kernel(opened):
    page, second = opened[0].page, opened[2]
    second.root.scroll_into_view_if_needed()
    assert "stays in Python" in second.root.locator(".aew-foot").inner_text()
    page.mouse.move(*second.at(0.4, 0.5))
    page.mouse.down()
    page.mouse.move(*second.at(0.5, 0.4), steps=4)
    page.mouse.up()
    second.wait(
        "(async () => { const own = s.cards.big.getContext('2d').getImageData(0, 0, 8, 8).data;"
        " const [{ data }] = await s.pictures.fromPython([s.code]);"
        " return data.every((v, i) => v === own[i]); })()"
    )
    second.choose("Sliders")
    before = second.pixels()
    second.root.get_by_role("slider", name="Latent dimension 2").fill("2")
    second.wait(
        "(() => { const d = s.cards.big.getContext('2d').getImageData(0, 0, 8, 8).data; let h = 0;"
        f" for (let i = 0; i < d.length; i += 4) h = (h * 31 + d[i]) | 0; return h !== {before[1]}; }})()"
    )


def test_without_a_prior_the_samples_say_why_they_are_none(opened):
    second = opened[2]
    second.wait("s.store.mixture")
    second.choose("New images")
    assert "has no prior" in second.root.locator(".aew-tool").inner_text()
    second.choose("Sliders")


def test_what_python_refuses_is_said_in_the_widget(explorer: ExplorerPage):
    explorer.js("s.store.ask({ kind: 'details', points: [99999] })")
    explorer.wait("s.link.get('error').includes('99999')")
    assert "99999" in explorer.root.locator(".aew-error").inner_text()
    explorer.button("Dismiss").click()
    explorer.wait("s.link.get('error') === ''")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_in_either_theme(opened, explorer: ExplorerPage, axe: str, theme: str, shots: Path | None):
    watched = opened[0]
    watched.theme(theme)
    try:
        for tool in ("Sliders", "Path", "Add a trait", "Similar", "Worst drawn", "New images", "Notes"):
            explorer.choose(tool)
            watched.drawn()
            assert watched.violations(axe, ".aew-explorer") == []
            if shots:
                explorer.root.scroll_into_view_if_needed()
                watched.page.screenshot(path=shots / f"explorer-lab-{theme[11:].lower()}-{tool.split()[0]}.png")
    finally:
        watched.theme("JupyterLab Light")


def test_a_narrow_page_has_no_overflow(opened, explorer: ExplorerPage, shots: Path | None):
    page = opened[0].page
    page.set_viewport_size({"width": 800, "height": 1100})
    opened[0].drawn()
    if shots:
        page.screenshot(path=shots / "explorer-lab-800.png")
    wide = explorer.js("[s.root.scrollWidth, s.root.clientWidth]")
    page.set_viewport_size({"width": 1600, "height": 1100})
    assert wide[0] <= wide[1]


def test_map_and_decoded_picture_are_in_view_on_a_laptop(opened, explorer: ExplorerPage):
    page = opened[0].page
    page.set_viewport_size({"width": 1366, "height": 768})
    opened[0].drawn()
    explorer.root.evaluate("e => e.scrollIntoView({ block: 'start' })")
    page.wait_for_timeout(300)
    seen = explorer.js("[s.map.el, s.cards.big].map((e) => e.getBoundingClientRect()).map((b) => [b.top, b.bottom])")
    page.set_viewport_size({"width": 1600, "height": 1100})
    assert all(0 <= top < bottom <= 768 for top, bottom in seen)


def test_nothing_was_written_to_the_console_as_an_error(opened):
    """The last test of this file: over all that the others did."""
    assert opened[0].errors == []
