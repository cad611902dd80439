"""The explorer without a kernel, from a file, with the network blocked; in a report; without WebGL; and under Voila."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402
from static_pages import (  # noqa: E402
    every_width_and_theme,
    from_file,
    is_accessible_and_fits,
    report_with,
    stayed_alone,
)

from aewidgets.widgets import LatentExplorer  # noqa: E402
from benchmarks.browsing import KERNEL  # noqa: E402
from benchmarks.explorer_page import ExplorerPage  # noqa: E402

pytestmark = pytest.mark.browser
CODE = (
    "import aewidgets.models, keras\n"
    "from aewidgets.models.families import build_autoencoder\n"
    "from aewidgets.training.data.splits import load_splits\n"
    "from aewidgets.widgets import LatentExplorer\n"
    "digits = load_splits('digits').validation\n"
    "model = build_autoencoder('dense', (8, 8, 1), latent_dim=2, hidden=(16,))\n"
    "LatentExplorer(model, digits.images, digits.labels)"
)

# The levels of the 64 pixels that a canvas shows.
GRAYS = "Array.from(s.cards[a].getContext('2d').getImageData(0, 0, 8, 8).data.filter((_, i) => i % 4 === 0))"


@pytest.fixture(scope="module")
def made() -> LatentExplorer:
    """A dense model with codes of four numbers, trained for a moment on digits."""
    from aewidgets.models.families import build_autoencoder
    from aewidgets.training.data.splits import load_splits

    digits = load_splits("digits").train
    model = build_autoencoder("dense", (8, 8, 1), latent_dim=4, hidden=(64,))
    model.compile("adam", "mse")
    model.fit(digits.images, epochs=10, verbose=0)
    return LatentExplorer(model, digits.images, digits.labels)


@pytest.fixture(scope="module")
def page_file(made: LatentExplorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The explorer as an HTML file."""
    return made.export_html(tmp_path_factory.mktemp("exported") / "explorer.html")


@pytest.fixture(scope="module")
def opened(browser, page_file: Path) -> Iterator:
    """(page with its errors, the explorer on it), offline."""
    with from_file(browser, page_file) as watched:
        yield watched, ExplorerPage(watched.page)


def test_it_says_what_is_there_without_a_kernel(opened):
    words = opened[1].root.locator(".aew-frozen").inner_text()
    assert "No kernel: all 1,198 points" in words
    assert "float16" in words


def test_hovering_shows_picture_and_reconstruction(opened, made: LatentExplorer):
    watched, explorer = opened
    highest = int(made.map.plane[:, 1].argmax())
    watched.page.mouse.move(*explorer.pixel_of(highest))
    explorer.wait(f"s.hovered === {highest}")
    shown = explorer.js(GRAYS, "original")
    assert shown == made._images[highest].ravel().tolist()
    assert f"#{highest}" in explorer.root.locator(".aew-facts").inner_text()


def test_dragging_decodes_what_keras_decodes(opened, made: LatentExplorer):
    _, explorer = opened
    before = explorer.pixels()
    explorer.drag((0.4, 0.6), (0.55, 0.45))
    assert explorer.pixels()[1] != before[1]
    code = np.array(explorer.js("Array.from(s.code)"), "float32")
    shown = explorer.js(GRAYS, "big")
    assert np.abs(made._model.decode(code[None]).ravel() * 255 - shown).max() < 2


def test_traversing_path_and_samples_live(opened):
    _, explorer = opened
    explorer.choose("Sliders")
    before = explorer.pixels()
    explorer.root.get_by_role("slider", name="Latent dimension 3").fill("1")
    assert explorer.pixels()[1] != before[1]
    explorer.choose("Path")
    for name, point in (("A", 5), ("B", 60)):
        explorer.js("s.pin(a)", point)
        explorer.wait(f"s.pinned === {point}")
        explorer.button(f"Take what is decoded now as {name}").click()
    assert explorer.root.locator(".aew-shot").count() == 9
    explorer.root.get_by_role("slider", name="Place on the path").fill("0.5")
    middle = explorer.js("Array.from(s.store.codeOf(5), (v, i) => (v + s.store.codeOf(60)[i]) / 2)")
    assert explorer.js("Array.from(s.code)") == pytest.approx(middle, abs=1e-4)
    explorer.choose("New images")
    assert explorer.root.locator(".aew-shot").count() == 16


def test_selection_neighbours_outliers_and_means_live(opened):
    _, explorer = opened
    explorer.root.locator(".aew-class").first.click()
    explorer.wait("s.selection.length > 50")
    explorer.choose("Add a trait")
    explorer.button("Take the mean of the selection as A").click()
    explorer.wait("s.tools.arithmetic.slots.codes.A")
    explorer.choose("Similar")
    explorer.wait("s.tools.neighbours.points?.length === 12")
    explorer.choose("Worst drawn")
    explorer.wait("s.tools.outliers.points?.length === 12")
    explorer.button("Clear the selection").click()
    explorer.wait("s.selection.length === 0")


# Top and bottom of the map, the decoded picture and the controls.
IN_VIEW = "[s.map.el, s.cards.big, s.toolbar.el].map((e) => e.getBoundingClientRect()).map((b) => [b.top, b.bottom])"


def test_map_and_decoded_picture_are_in_view_on_a_laptop_and_on_a_phone_the_map_is_first(browser, page_file: Path):
    with from_file(browser, page_file, viewport={"width": 1366, "height": 768}) as watched:
        explorer = ExplorerPage(watched.page)
        whole, big, _ = explorer.js(IN_VIEW)
        assert 0 < whole[0] < whole[1] < 768
        assert 0 < big[0] < big[1] < 768
        assert whole[1] - whole[0] > 400
        assert explorer.js("s.map.tiles")
        across = "Array.from(s.store.classes.keys(), (p) => s.map.camera.toScreen(s.store.placeOf(p))[0])"
        assert np.ptp(explorer.js(across)) > 0.6 * explorer.js("s.map.camera.size.width")
        watched.page.set_viewport_size({"width": 400, "height": 800})
        watched.drawn()
        whole, big, tools = explorer.js(IN_VIEW)
        assert whole[0] < whole[1] < tools[0] < big[0]
        assert "Map of 1,198 images: dense autoencoder with 4 latent dimensions" in watched.page.title()


def test_linked_explorers_of_codes_agree_on_one_page(browser, tmp_path: Path, axe: str):
    """Two explorers that know no decoder: points that are found, selected or hovered in one are so in the other."""
    pandas = pytest.importorskip("pandas", reason="the table of this test is pandas'")
    codes = np.random.default_rng(0).normal(size=(300, 5))
    kinds = np.array(["oak", "ash", None], object)[np.arange(300) % 3]
    frame = pandas.DataFrame({"height": codes[:, 2], "file": [f"scan {k}" for k in range(300)]})
    first, second = LatentExplorer(codes, labels=kinds, frame=frame), LatentExplorer(codes[:, :2], frame=frame)
    first.link(second)
    target = first.export_html(tmp_path / "linked.html")
    with from_file(browser, target, viewport={"width": 1366, "height": 1600}) as watched:
        left, right = ExplorerPage(watched.page, 0), ExplorerPage(watched.page, 1)
        assert "came without a decoder" in left.root.locator(".aew-foot").inner_text()
        left.root.get_by_label("Find points by label or text").fill("SCAN 29")
        left.root.get_by_label("Find points by label or text").press("Enter")
        right.wait("s.selection.length === 11")
        assert right.js("s.selection") == left.js("s.selection") == [29, *range(290, 300)]
        right.button("Clear the selection").click()
        left.wait("s.selection.length === 0")
        left.root.locator(".aew-class", has_text="missing").click()
        right.wait("s.selection.length === 100")
        point = int(codes[:, 0].argmax())
        watched.page.mouse.move(*right.pixel_of(point))
        left.wait(f"s.hovered === {point} && s.map.hovered === {point}")
        assert f"file: scan {point}" in left.root.locator(".aew-facts").inner_text()
        right.root.get_by_label("Colour of the points").select_option("height")
        right.wait("s.root.querySelector('.aew-ramp')")
        left.choose("Similar")
        left.wait("s.tools.neighbours.points?.length === 12")
        assert watched.violations(axe, "body") == []
        stayed_alone(watched, target)


@every_width_and_theme(800, 1600)
def test_it_is_accessible_and_fits_in_every_width_and_theme(
    browser, page_file: Path, axe: str, width: int, theme: str, shots: Path | None
):
    shot = shots / f"explorer-static-{theme}-{width}.png" if shots else None
    is_accessible_and_fits(browser, axe, page_file, width, theme, ExplorerPage, shot)


def test_without_webgl_points_are_drawn_all_the_same_and_it_says_so(browser, watch, page_file: Path, axe: str):
    watched = watch(browser, offline=True)  # not open yet: what the page finds is changed first
    watched.page.add_init_script(
        "const real = HTMLCanvasElement.prototype.getContext;"
        " HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        " return kind.startsWith('webgl') ? null : real.call(this, kind, ...more); };"
    )
    watched.page.goto(page_file.as_uri())
    explorer = ExplorerPage(watched.page)
    explorer.wait("s.map.points.kind === 'canvas'")
    explorer.wait(
        "(() => { const c = s.map.points.el, d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let seen = 0; for (let i = 3; i < d.length; i += 4) seen += d[i] > 0; return seen > 5000; })()"
    )
    assert "No WebGL here" in explorer.root.locator(".aew-foot").inner_text()
    explorer.js("s.map.zoom(2)")
    explorer.drag((0.4, 0.6), (0.55, 0.45))
    found, errors = watched.violations(axe, "body"), watched.errors
    watched.close()
    assert (found, errors) == ([], [])


def test_in_a_report_it_lives_too(
    browser, made: LatentExplorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shots: Path | None
):
    target = report_with(made, tmp_path / "report.html", monkeypatch)
    with from_file(browser, target) as watched:
        explorer = ExplorerPage(watched.page)
        before = explorer.pixels()
        explorer.drag((0.4, 0.6), (0.6, 0.4))
        if shots:
            watched.page.screenshot(path=shots / "explorer-report.png")
        assert explorer.pixels()[1] != before[1]
        stayed_alone(watched, target)


def test_nothing_was_fetched_and_nothing_went_wrong(opened, page_file: Path):
    """The last test over the page that the others used."""
    stayed_alone(opened[0], page_file)


def test_under_voila_it_answers(under_voila, voila, shots: Path | None):
    nbformat.write(new_notebook(metadata=KERNEL, cells=[new_code_cell(CODE)]), voila.folder / "map.ipynb")
    with under_voila("map.ipynb") as watched:
        explorer = ExplorerPage(watched.page)
        explorer.wait("s.store.quantity('errors')", timeout=180_000)
        before = explorer.pixels()
        explorer.drag((0.3, 0.6), (0.7, 0.3))
        assert explorer.pixels()[1] != before[1]
        explorer.choose("Similar")
        explorer.wait("s.tools.neighbours.points?.length === 12")
        watched.page.set_viewport_size({"width": 1366, "height": 768})
        watched.drawn()
        explorer.root.evaluate("e => e.scrollIntoView({ block: 'start' })")
        whole, big, _ = explorer.js(IN_VIEW)
        assert 0 <= whole[0] < whole[1] <= 768
        assert 0 <= big[0] < big[1] <= 768
        if shots:
            watched.page.screenshot(path=shots / "explorer-voila.png")
