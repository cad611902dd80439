"""On the commonest laptop, 1366 x 768, picture, settings and figures are in view together while one drags."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from each_widget import PICTURE  # noqa: E402
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook  # noqa: E402
from static_pages import from_file, stayed_alone  # noqa: E402

from aewidgets.widgets import CompressionStudio, DenoiseStudio, ImageCompare  # noqa: E402
from benchmarks.browsing import KERNEL, StudioPage, Watched  # noqa: E402

pytestmark = pytest.mark.browser
WINDOW = {"width": 1366, "height": 768}
#: What is looked at while one drags, in each studio.
SEEN = {
    "compression": (".aew-stage", ".aew-quality input", ".aew-bytes", ".aew-card dl", ".aew-tools", ".aew-match"),
    "denoise": (".aew-stage", ".aew-strength input", ".aew-card dl", ".aew-tools"),
    "compare": (".aew-stage", ".aew-card select", ".aew-card dl", ".aew-tools"),
}
MADE = {
    "compression": "CompressionStudio(None, 'jpeg', 'webp', (40, 40))",
    "denoise": "DenoiseStudio(None, right='tv')",
}
#: Elements of a widget of which a corner is not in the window, or lies below something else.
HIDDEN = """([kind, selectors]) => {
    const root = document.querySelector(`.aew-${kind}`);
    const seen = (el) => {
        const { left, top, right, bottom } = el.getBoundingClientRect();
        const at = [[left + 3, top + 3], [right - 3, top + 3], [left + 3, bottom - 3], [right - 3, bottom - 3]];
        return right > left && at.every(([x, y]) => root.contains(document.elementFromPoint(x, y)));
    };
    const all = selectors.flatMap((selector) => {
        const found = [...root.querySelectorAll(selector)].filter((el) => el.offsetParent);
        return found.length ? found.map((el) => [selector, el]) : [[`no ${selector}`, null]];
    });
    return all.filter(([, el]) => !el || !seen(el)).map(([selector, el]) =>
        `${selector} ${el && JSON.stringify(el.getBoundingClientRect())}`);
}"""


def studio_of(page: Any, kind: str) -> StudioPage:
    """Return the studio of a kind, whichever number it has on the page."""
    page.locator(f".aew-{kind}").wait_for(timeout=180_000)
    find = "kind => [...document.querySelectorAll('.aew')].findIndex((el) => el.matches(kind))"
    return StudioPage(page, page.evaluate(find, f".aew-{kind}"))


def drags_in_view(page: Any, kind: str) -> None:
    """Drag a studio's first slider to the right, and assert before it is let go that all of it is in view."""
    studio = studio_of(page, kind)
    answered = "s.link.get('left_point')?.psnr && s.link.get('right_point')?.psnr && s.root.dataset.right"
    studio.wait(f"!s.link.waiting && {answered}")
    assert page.evaluate(HIDDEN, [kind, SEEN[kind]]) == []
    figure = {"compression": "left_point').bytes", "denoise": "left_point').psnr"}[kind]
    before = studio.js(f"s.link.get('{figure}")
    slider = studio.root.locator(SEEN[kind][1]).first
    box = slider.bounding_box()
    y, x = box["y"] + box["height"] / 2, box["x"] + 8 + float(slider.input_value()) / 1000 * (box["width"] - 16)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    try:
        studio.wait(f"s.link.get('{figure} !== {before}")
        assert page.evaluate(HIDDEN, [kind, SEEN[kind]]) == []
    finally:
        page.mouse.up()
    assert studio.js("s.stage.camera.scale(s.stage.pane(), s.stage.size)") <= 1  # nothing is blown up


def cells() -> list[Any]:
    """Return the cells of a notebook with both studios, each below a heading."""
    code = "from aewidgets.widgets import CompressionStudio, DenoiseStudio\n"
    return [cell for kind in MADE for cell in (new_markdown_cell(f"# {kind}"), new_code_cell(code + MADE[kind]))]


@contextmanager
def in_lab(browser: Any, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Open both studios in JupyterLab."""
    server = request.getfixturevalue("lab")
    nbformat.write(new_notebook(metadata=KERNEL, cells=cells()), server.folder / "in_view.ipynb")
    watched = Watched(browser, viewport=WINDOW)
    watched.open_notebook(server, "in_view.ipynb")
    yield watched
    watched.close()


@contextmanager
def in_voila(browser: Any, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Open both studios in Voila."""
    server = request.getfixturevalue("voila")
    nbformat.write(new_notebook(metadata=KERNEL, cells=cells()), server.folder / "in_view.ipynb")
    watched = Watched(browser, viewport=WINDOW)
    watched.page.goto(f"{server.url}/voila/render/in_view.ipynb", timeout=180_000)
    yield watched
    watched.page.goto("about:blank")
    watched.close()


@pytest.mark.parametrize("host", [in_lab, in_voila])
def test_with_a_kernel_picture_settings_and_figures_are_in_view(
    browser: Any, request: pytest.FixtureRequest, host: Callable[..., Any], shots: Path | None
):
    with host(browser, request) as watched:
        for kind in MADE:
            studio_of(watched.page, kind).root.evaluate("el => el.scrollIntoView({ block: 'start' })")
            watched.drawn()
            drags_in_view(watched.page, kind)
            if shots:
                watched.page.screenshot(path=shots / f"{host.__name__}-{kind}.png")


def test_from_a_file_picture_settings_and_figures_are_in_view_without_scrolling(browser: Any, tmp_path: Path):
    """The page's picture is small, so that it is soon made, and takes the room of one of 1200 x 900 pixels."""
    compression, denoise = CompressionStudio(PICTURE, "jpeg", "webp", (40, 40)), DenoiseStudio(PICTURE, right="tv")
    for kind, made in (("compression", compression), ("denoise", denoise)):
        path = made.export_html(tmp_path / f"{kind}.html")
        with from_file(browser, path, viewport=WINDOW) as watched:
            studio = studio_of(watched.page, kind)
            studio.js("s.link.model.set('crop', null)")
            studio.js("s.link.model.set('subject', { ...s.link.get('subject'), width: 1200, height: 900 })")
            studio.wait("s.stage.size.width === 1200")
            watched.drawn()
            drags_in_view(watched.page, kind)
            stayed_alone(watched, path)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of three pictures, the third one half as large."""
    large = PICTURE.repeat(20, 0).repeat(20, 1)
    made = ImageCompare(large, 255 - large, large[::2, ::2], names=["a", "b", "small"])
    return made.export_html(tmp_path_factory.mktemp("compared") / "page.html")


@pytest.fixture
def opened(browser: Any, compared: Path) -> Iterator[tuple[Watched, StudioPage]]:
    """That page, and what is compared on it."""
    with from_file(browser, compared, viewport=WINDOW) as watched:
        studio = StudioPage(watched.page)
        studio.wait("s.root.dataset.drawn === '3' && s.root.dataset.figures === '3'")
        yield watched, studio
        stayed_alone(watched, compared)


def test_given_pictures_are_chosen_compared_and_looked_at(opened: tuple[Watched, StudioPage], axe: str, shots):
    watched, studio = opened
    page = watched.page
    assert page.evaluate(HIDDEN, ["compare", SEEN["compare"]]) == []
    assert "resized from 320 × 240 to 640 × 480" in studio.text(".aew-notes")
    shown = studio.js("s.link.get('figures').find(({ pair }) => pair.join() === '0,1').psnr")
    assert f"{shown:.2f} dB" in studio.text(".aew-right dl") and "reference" in studio.text(".aew-left dl")
    studio.root.locator(".aew-right select").select_option("small")
    second = studio.text(".aew-right dl")
    assert f"{shown:.2f} dB" not in second
    studio.root.get_by_label("Compared with").select_option("small")
    assert studio.text(".aew-left dl") == second  # a pair has one figure, whichever is the reference
    studio.choose("Difference")
    maps = studio.js("['left', 'right'].map((side) => s.stage.errors(side))")
    assert maps[0] is not None
    assert studio.js("s.stage.errors('left') && s.stage.errors('right') && s.stage.errors('2') === null")
    stage = studio.root.locator(".aew-stage")
    stage.focus()
    for key, only in (("1", "left"), ("3", "right"), ("2", "")):
        page.keyboard.press(key)
        assert stage.get_attribute("data-only") == only
    studio.root.get_by_role("button", name="b", exact=True).click()
    assert studio.get("right") == "b"
    assert watched.violations(axe, "body") == []


def test_all_pictures_are_shown_at_once_under_one_camera(opened: tuple[Watched, StudioPage], axe: str, shots):
    watched, studio = opened
    studio.choose("All")
    watched.drawn()
    columns, rows = studio.js("s.stage.panes")
    assert columns * rows >= 3
    corners = studio.js("[...s.stage.labels.children].map((el) => el.style.left + el.style.top)")
    assert len(set(corners)) == 3
    # The middle of each pane is the middle of its picture; a little beside it, for that is where four squares meet.
    middles = studio.js(
        """(() => {
            const { width, height } = s.stage.pane();
            const context = s.stage.canvas.getContext('2d');
            return s.stage.names.map((_, i) => [...context.getImageData((i % a + 0.5) * width + 6,
                (Math.floor(i / a) + 0.5) * height + 6, 1, 1).data].slice(0, 3));
        })()""",
        columns,
    )
    assert [255 - v for v in middles[0]] == pytest.approx(middles[1], abs=2)
    studio.js("s.stage.zoomAt('one')")
    assert studio.root.locator(".aew-stage").get_attribute("data-zoom") == "1.000"
    assert watched.violations(axe, "body") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_picture_comes_first(browser: Any, compared: Path, axe: str, theme: str, shots: Path | None):
    with from_file(browser, compared, viewport={"width": 400, "height": 800}, color_scheme=theme) as watched:
        studio = StudioPage(watched.page)
        studio.wait("s.root.dataset.drawn === '3'")
        watched.drawn()
        parts = [".aew-stage", ".aew-tools", ".aew-cards", ".aew-header"]
        tops = studio.js("a.map((part) => s.root.querySelector(part).getBoundingClientRect().top)", parts)
        if shots:
            watched.page.screenshot(path=shots / f"compare-{theme}-400.png", full_page=True)
        assert tops == sorted(tops)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 400
        assert watched.violations(axe, "body") == []
