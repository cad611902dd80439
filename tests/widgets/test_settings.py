"""Settings of the studios: what one is set to makes another one alike, by keywords, by assignment and as text."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

import traitlets

from aewidgets.widgets import CompressionStudio, DenoiseStudio

STUDIOS: dict[str, tuple[Any, dict[str, Any]]] = {
    "compression": (CompressionStudio, {
        "left": "jpeg", "right": "webp", "left_quality": 31.0, "right_quality": 64.0, "match": "off", "view": "side",
        "shows": "error", "position": 0.25,
    }),
    "denoising": (DenoiseStudio, {
        "left": "harmonic", "right": "biharmonic", "corruption": "missing", "strength": 0.3, "seed": 7, "view": "side",
        "shows": "residual", "position": 0.75,
    }),
    "as it is": (DenoiseStudio, {"corruption": "as-is", "strength": None, "left": "noisy", "right": "median"}),
}  # fmt: skip


@pytest.fixture
def picture(photo: np.ndarray) -> np.ndarray:
    return photo[:24, :28]


@pytest.mark.parametrize("kind", STUDIOS)
@pytest.mark.parametrize("way", ["keywords", "assignment", "text"])
def test_settings_make_another_studio_alike(picture: np.ndarray, kind: str, way: str):
    Studio, changed = STUDIOS[kind]
    first = Studio(picture, **changed)
    settings = first.settings
    assert changed.items() <= settings.items()
    assert set(settings) == set(Studio.ASKED)
    other = Studio(picture, **settings) if way == "keywords" else Studio(picture)
    if way != "keywords":
        other.settings = settings if way == "assignment" else repr(settings)
    assert other.settings == settings


@pytest.mark.parametrize("kind", STUDIOS)
def test_settings_are_set_together_as_one_question(picture: np.ndarray, kind: str, monkeypatch: pytest.MonkeyPatch):
    Studio, changed = STUDIOS[kind]
    studio, asked = Studio(picture), []
    studio._shown = True
    monkeypatch.setattr(studio._worker, "ask", asked.append)
    studio.settings = changed
    assert len(asked) == 1
    studio.settings = studio.settings
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rigth": "tv"}, "right"),
        ("right = 3", "expected a dictionary"),
        ("[1, 2]", "expected a dictionary"),
        (None, "expected a dictionary"),
        ({"right": "tv", "left": "magic"}, "magic"),
        ({"right": "tv", "strength": -3.0}, "-3"),
        ({"right": "tv", "view": "round"}, "view"),
        ({"right": "tv", "position": "left"}, "position"),
    ],
)
def test_settings_that_are_refused_change_nothing(picture: np.ndarray, given: Any, words: str):
    studio = DenoiseStudio(picture, right="median")
    before = studio.settings
    with pytest.raises((ValueError, traitlets.TraitError), match=words):
        studio.settings = given
    assert studio.settings == before


def test_a_method_of_ones_own_is_in_the_settings_by_name(picture: np.ndarray):
    def mine(image):
        return image

    studio = DenoiseStudio(picture, right=mine)
    settings = studio.settings
    assert settings["right"] == "mine"
    studio.right = "tv"
    studio.settings = settings
    assert studio.right == "mine"
    assert DenoiseStudio(picture, **settings | {"right": mine}).settings == settings
