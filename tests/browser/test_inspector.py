"""ModelInspector in real JupyterLab, and from a file without a kernel, with the network blocked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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

from aewidgets.studies import Target, explain  # noqa: E402
from aewidgets.widgets import ModelInspector  # noqa: E402
from benchmarks.browsing import KERNEL  # noqa: E402
from benchmarks.inspector_page import InspectorPage  # noqa: E402

pytestmark = pytest.mark.browser
CODE = """
import keras
from aewidgets.training.data.splits import load_splits
from aewidgets.widgets import ModelInspector
keras.utils.set_random_seed(1)
digits, layers = load_splits("digits").validation, keras.layers
model = keras.Sequential([
    keras.Input((8, 8, 1)), layers.Conv2D(4, 3, padding="same", activation="relu"), layers.Flatten(),
    layers.Dense(6), layers.Dense(64), layers.Reshape((8, 8, 1)),
])
model.compile("adam", "mse")
model.fit(digits.images / 255, digits.images / 255, epochs=3, verbose=0)
inspector = ModelInspector(model, digits.images, digits.labels)
"""
#: RGB of a pixel of a canvas of a pane: a is [pane, row, column].
PIXEL = """(() => {
    const canvas = s.root.querySelector(`[data-pane="${a[0]}"] canvas`);
    return [...canvas.getContext("2d").getImageData(a[2], a[1], 1, 1).data].slice(0, 3); })()"""


# From a file


@pytest.fixture(scope="module")
def made() -> ModelInspector:
    """The inspector of `CODE`, in this process."""
    scope: dict[str, Any] = {}
    exec(CODE, scope)
    return scope["inspector"]


@pytest.fixture(scope="module")
def page_file(made: ModelInspector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inspector as an HTML file."""
    return made.export_html(tmp_path_factory.mktemp("exported") / "inspector.html")


@pytest.fixture(scope="module")
def opened(browser, page_file: Path) -> Iterator:
    """(page with its errors, the inspector on it), offline."""
    with from_file(browser, page_file) as watched:
        yield watched, InspectorPage(watched.page)


def test_it_paints_the_map_that_python_made(opened, made: ModelInspector):
    _, page = opened
    page.settled()
    found = made.results.maps["integrated gradients"].maps[0]
    row, column = np.unravel_index(int(np.abs(found).argmax()), found.shape)
    strongest = page.js(PIXEL, ["integrated gradients", int(row), int(column)])
    assert strongest == ([255, 138, 20] if found[row, column] > 0 else [60, 150, 255])


def test_a_method_that_fails_a_check_has_a_warning_and_one_that_does_not_has_none(opened, made: ModelInspector):
    _, page = opened
    verdicts = made.results.verdicts
    failing = {name for name, of in verdicts.items() if any(v.passes is False for v in of.values())}
    assert failing, "this model is here because some of its maps fail"
    shown = page.js("[...s.root.querySelectorAll('.aew-failed')].map((el) => el.dataset.pane)")
    assert set(shown) == {"lrp" if name.startswith("lrp") else name for name in failing}
    assert f"{len(failing)} of {len(verdicts)} methods" in page.text(".aew-warning")
    assert page.root.locator(".aew-checks tbody .aew-fails").count() == sum(
        v.passes is False for of in verdicts.values() for v in of.values()
    )


def test_other_pictures_targets_and_surrogates_live(opened, made: ModelInspector):
    _, page = opened
    before = page.text(".aew-value")
    offered = page.get("offered")["pictures"]
    page.root.get_by_role("combobox", name="Picture").select_option(str(offered[1]))
    page.settled()
    assert page.text(".aew-value") != before
    page.root.get_by_role("combobox", name="Target").select_option(label="mean squared error of the image")
    page.settled()
    image = made._cache.images[offered[1]]
    value = explain(made.model, image, Target.whole_error(), "gradient").values[0]
    assert page.get("maps")["value"] == pytest.approx(float(value), rel=1e-4)
    page.choose("Linear")
    assert page.root.locator(".aew-weights tbody tr").count() == 10
    page.choose("The target")
    assert "mean squared error" in page.text(".aew-surrogate p")
    page.choose("Tree")
    assert page.root.locator(".aew-drawing svg").get_attribute("aria-label").startswith("Tree: if unit")


def test_checks_and_units_of_another_choice_are_shown(opened):
    _, page = opened
    page.root.locator(".aew-checks").get_by_role("button", name="Gradient", exact=True).click()
    assert page.get("method") == "gradient"
    assert page.text(".aew-reasons") != ""
    page.root.get_by_role("button", name="encoder/conv2d", exact=True).click()
    assert "Units of encoder/conv2d: 8 × 8 × 4" in page.text(".aew-units")
    page.choose("Alone")
    assert page.js(PIXEL, ["gradient", 0, 0]) != []
    page.choose("Over the picture")


@every_width_and_theme(400, 800, 1600)
def test_it_is_accessible_and_fits_in_every_width_and_theme(
    browser, page_file: Path, axe: str, width: int, theme: str, shots: Path | None
):
    shot = shots / f"inspector-static-{theme}-{width}.png" if shots else None
    is_accessible_and_fits(browser, axe, page_file, width, theme, lambda page: InspectorPage(page).settled(), shot)


def test_in_a_report_it_lives_too(
    browser, made: ModelInspector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = report_with(made, tmp_path / "report.html", monkeypatch)
    with from_file(browser, target) as watched:
        page = InspectorPage(watched.page)
        page.settled()
        page.root.get_by_role("combobox", name="Target").select_option(label="mean squared error of the image")
        page.settled()
        assert page.get("maps")["words"] == "mean squared error of the image"
        stayed_alone(watched, target)


def test_nothing_was_fetched_and_nothing_went_wrong(opened, page_file: Path):
    """The last test over the page that the others used."""
    stayed_alone(opened[0], page_file)


# With a kernel


@pytest.fixture(scope="module")
def live(browser, lab, watch) -> Iterator:
    """(page with its errors, the inspector on it), in JupyterLab."""
    cells = [new_code_cell(CODE), new_code_cell("inspector")]
    nbformat.write(new_notebook(metadata=KERNEL, cells=cells), lab.folder / "inspector.ipynb")
    watched = watch(browser, viewport={"width": 1600, "height": 2200})
    watched.open_notebook(lab, "inspector.ipynb")
    yield watched, InspectorPage(watched.page)
    watched.close()


def test_keys_choose_pictures_and_clicks_choose_places(live):
    watched, page = live
    page.settled()
    page.root.get_by_role("slider", name="Picture").focus()
    watched.page.keyboard.press("ArrowRight")
    page.wait("s.get('picture') === 1")
    page.settled()
    page.choose("Error at a place")
    page.settled()
    canvas = page.root.locator("[data-pane=picture] canvas")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 5.5 / 8, "y": box["height"] * 2.5 / 8})
    page.settled()
    assert page.get("target") == {"kind": "error at a place", "layer": "", "at": [2, 5]}
    assert page.text(".aew-value").startswith("Squared error at row, column 2, 5 is")


def test_a_click_on_a_unit_explains_it_and_its_checks_follow(live, shots: Path | None):
    watched, page = live
    page.choose("Unit of the code")
    page.settled()
    strip = page.root.locator(".aew-units canvas")
    box = strip.bounding_box()
    strip.click(position={"x": box["width"] * 4.5 / 6, "y": box["height"] / 2})
    page.wait("s.get('target').at[0] === 4")
    page.settled(checked=True)
    page.root.get_by_label("Rule of LRP").select_option("z-box")
    page.settled(checked=True)
    assert page.get("maps")["methods"][-1]["name"] == "lrp-z-box"
    assert page.get("error") == ""
    if shots:
        watched.page.screenshot(path=shots / "inspector-lab-light.png")


def test_what_is_refused_is_said_and_can_be_dismissed(live):
    _, page = live
    page.js("s.ask({ target: { kind: 'code unit', layer: '', at: [6] } })")
    page.wait("s.get('error')")
    assert "target: expected an index in (6,)" in page.text(".aew-error")
    assert page.get("target")["at"] == [4]
    page.root.get_by_role("button", name="Dismiss").click()
    page.wait("!s.get('error')")


def test_in_the_lab_it_is_accessible_in_both_themes_and_without_errors(live, axe: str, shots: Path | None):
    watched, _ = live
    found = watched.violations(axe, ".aew-inspector")
    watched.theme("JupyterLab Dark")
    if shots:
        watched.page.screenshot(path=shots / "inspector-lab-dark.png")
    found += watched.violations(axe, ".aew-inspector")
    watched.theme("JupyterLab Light")
    assert (found, watched.errors) == ([], [])
