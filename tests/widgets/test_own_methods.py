"""DenoiseStudio with methods of one's own: in menus, tables, curves and pages as ours are; errors in the widget."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

import traitlets
from skimage.restoration import denoise_tv_chambolle

from aewidgets.images.reading import read_image
from aewidgets.studies.restoration.corrupted import corrupt_subject
from aewidgets.studies.restoration.levels import levels_of
from aewidgets.studies.restoration.points import denoise_point
from aewidgets.widgets import DenoiseStudio
from tests.strange_methods import NO_METHOD, WRONG

pytestmark = pytest.mark.long

SOON = 900  # seconds: only a hang takes as long


def mine(image: np.ndarray, sigma: float) -> np.ndarray:
    """Return total variation, a stranger's."""
    return denoise_tv_chambolle(image, weight=sigma)


@pytest.fixture
def picture(photo: np.ndarray) -> np.ndarray:
    return photo[:24, :28, 1]


@pytest.fixture
def shown(picture: np.ndarray) -> DenoiseStudio:
    """Return a studio with a method of one's own on the right, all of it answered."""
    studio = DenoiseStudio(picture, "gaussian", 15, left="median", right=mine)
    studio.show()
    assert studio.wait(SOON)
    assert studio.error == ""
    return studio


def names(studio: DenoiseStudio) -> list[str]:
    """List what menus have."""
    return [choice["name"] for choice in studio.choices]


def test_a_method_of_ones_own_is_beside_ours_in_menu_figures_table_and_curve(shown: DenoiseStudio):
    point = denoise_point(corrupt_subject(shown._subject.image, "gaussian", 15), mine)
    assert (shown.right, shown.right_point["label"], shown.right_point["psnr"]) == ("mine", "mine", point.psnr_db)
    np.testing.assert_array_equal(read_image(shown.right_picture), point.image)
    assert names(shown)[-1] == "mine"
    assert "mine" in {row["method"] for row in shown.tried}
    lines = {line["method"]: line for line in shown.curve}
    assert lines["mine"]["label"] == "mine"
    assert [at for at, _ in lines["mine"]["points"]] == list(levels_of("gaussian"))


def test_it_is_tried_with_all_others_and_one_that_fails_stops_none(shown: DenoiseStudio):
    shown.left = lambda image: None
    shown.left = {"after it": lambda image: image}
    shown.left = "noisy"
    assert shown.wait(SOON)
    shown.try_all()
    assert shown.wait(SOON)
    tried = {row["method"] for row in shown.tried}
    assert {"mine", "after it", "nlm"} <= tried and "my function" not in tried
    assert "my function returned None" in shown.error


def test_it_is_set_later_by_itself_or_by_its_name_and_stays_in_the_menu(shown: DenoiseStudio):
    shown.left = {"same": lambda image: image}
    shown.right = "same"
    assert (shown.left, shown.right) == ("same", "same")
    assert names(shown)[-2:] == ["mine", "same"]
    assert shown.wait(SOON)
    shown.right = mine
    shown.look_at(np.tile(shown._subject.image[:20, :20, None], (1, 1, 3)).astype(np.uint8))
    assert shown.wait(SOON)
    assert (shown.right, names(shown)[-2:]) == ("mine", ["mine", "same"])


def test_it_is_offered_for_other_damage_where_it_has_what_it_needs(shown: DenoiseStudio):
    shown.left = {"same": lambda image: image}
    shown.corruption = "jpeg"  # where nobody gives a noise level
    assert "same" in names(shown) and "mine" not in names(shown)
    assert shown.left == "same" and shown.right != "mine"
    assert shown.wait(SOON) and not shown.error


def test_a_page_without_a_kernel_has_its_results(shown: DenoiseStudio):
    data = shown._offline(1_000_000)
    assert "mine" in [choice["name"] for choice in data["traits"]["choices"]]
    assert "mine" in [line["label"] for line in data["traits"]["curve"]]
    for level in data["levels"]:
        assert level["pictures"]["mine"]
        assert "mine" in [point["method"] for point in level["points"]]


@pytest.mark.parametrize("kind", WRONG)
def test_what_goes_wrong_in_it_is_said_in_the_widget(picture: np.ndarray, kind: str):
    method, words = WRONG[kind]
    studio = DenoiseStudio(picture, "gaussian", 15, left="median", right={"wrong": method})
    studio.show()
    assert studio.wait(SOON)
    assert studio.error.startswith("wrong ")
    assert words.replace("broken", "wrong") in studio.error
    assert studio.right_point["failed"] and studio.left_point["psnr"]
    studio.right = "tv"
    assert studio.wait(SOON)
    assert studio.error == ""


@pytest.mark.parametrize("kind", NO_METHOD)
@pytest.mark.parametrize("side", ["left", "right"])
def test_what_is_no_method_is_refused_when_it_is_set(shown: DenoiseStudio, side: str, kind: str):
    method, words = NO_METHOD[kind]
    before: Any = getattr(shown, side)
    with pytest.raises(traitlets.TraitError, match=words.replace("(", r"\(")):
        setattr(shown, side, method)
    assert getattr(shown, side) == before
    assert names(shown)[-1] == "mine"
