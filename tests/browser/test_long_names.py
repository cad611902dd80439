"""Exported pages from file://: names of any length fit, and what is chosen shows without its colour."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from each_widget import PICTURES
from linear_halves import Halves

from aewidgets.training.watching import Ended, Plan, Snapshot, Units
from aewidgets.widgets import DenoiseStudio, ImageCompare, LatentExplorer, ModelInspector, TrainingMonitor

pytestmark = pytest.mark.browser
LONG = "x" * 200


def studio() -> Any:
    """A studio whose picture has a long name."""
    picture = PICTURES[0, ..., 0].repeat(8, 0).repeat(8, 1)
    return DenoiseStudio(picture, "low-contrast", None, "noisy", "gamma", name=LONG)


def comparison() -> Any:
    """Three pictures with long names."""
    picture = PICTURES[0, ..., 0].repeat(8, 0).repeat(8, 1)
    return ImageCompare(picture, 255 - picture, picture // 2, names=(LONG, "b", LONG))


def explorer() -> Any:
    """An explorer whose classes have long names."""
    return LatentExplorer(Halves(), PICTURES, np.arange(30) % 2, (LONG, "b"))


def inspector() -> Any:
    """A model whose layers have long names, and labels that have, too."""
    import keras

    layers = [keras.layers.Flatten(), keras.layers.Dense(4, name=LONG), keras.layers.Dense(12, name=f"{LONG}y")]
    model = keras.Sequential([keras.Input((3, 4, 1)), *layers, keras.layers.Reshape((3, 4, 1))])
    return ModelInspector(model, PICTURES, np.arange(30) % 2, names=(LONG, "b"))


def monitor() -> Any:
    """A run whose model, data, parts and references have long names."""
    made = TrainingMonitor()
    made.begin(Plan(LONG, LONG, 2, 5, "mse", ("reconstruction", LONG), {LONG: 0.05}, PICTURES[:2]))
    losses = {"loss": 0.1, "reconstruction": 0.05, LONG: 0.05}
    units = Units("activity", (0.5, 0.0), ("", "dead"))
    made.epoch(Snapshot(1, losses, {**losses, "error": 0.1}, 1e-3, 0.1, 0.01, PICTURES[:2], units, True))
    made.end(Ended("finished", 1, "finished after 1 epoch"))
    return made


@pytest.fixture(scope="module", params=[studio, comparison, explorer, inspector, monitor])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of an exported page."""
    return request.param().export_html(tmp_path_factory.mktemp("pages") / "page.html").as_uri()


@pytest.mark.parametrize("width", [1366, 400])
def test_no_name_makes_a_page_wider_than_its_window(browser, watch, page: str, width: int, shots: Path | None):
    watched = watch(browser, viewport={"width": width, "height": 768}, offline=True)
    watched.page.goto(page)
    watched.page.wait_for_selector(".aew")
    watched.drawn()
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    assert watched.errors == []
    watched.close()


@pytest.mark.parametrize("media", [{"forced_colors": "active"}, {"contrast": "more"}])
def test_what_is_chosen_is_told_by_more_than_colour(browser, watch, page: str, media: dict[str, Any]):
    watched = watch(browser, offline=True, **media)
    watched.page.goto(page)
    watched.page.wait_for_selector(".aew")
    lines = """selector => [...document.querySelectorAll(selector)].map((el) => {
        const { textDecorationLine, outlineStyle } = getComputedStyle(el);
        return `${textDecorationLine} ${outlineStyle}`;
    })"""
    chosen = watched.page.evaluate(lines, ".aew-segments input:checked + span")
    others = watched.page.evaluate(lines, ".aew-segments input:not(:checked) + span")
    assert chosen and set(chosen) == {"underline solid"}
    assert "underline solid" not in others
    watched.close()
