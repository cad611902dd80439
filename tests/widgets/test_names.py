"""Names that a widget does not know are refused in words, wherever they are given; those of ipywidgets go through."""

from typing import Any

import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

import ipywidgets
from each_widget import KINDS, PICTURE

from aewidgets.widgets import CompressionStudio, LatentExplorer, TrainingMonitor

# Of each kind: a setting, and how it is misspelt.
SPELT = {
    "CompressionStudio": ("view", "vieww"),
    "DenoiseStudio": ("strength", "strenght"),
    "ImageCompare": ("reference", "referense"),
    "LatentExplorer": ("selection", "slection"),
    "ModelInspector": ("picture", "pikture"),
    "TrainingMonitor": ("scale", "skale"),
}


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def widget(kind: str) -> Any:
    return KINDS[kind]()


def test_a_keyword_that_is_misspelt_is_refused_with_the_nearest(kind: str):
    right, wrong = SPELT[kind]
    with pytest.raises(TypeError, match=rf"{kind}: no setting is called '{wrong}'; did you mean '{right}'\?"):
        KINDS[kind](**{wrong: 1})


def test_it_is_refused_before_anything_is_computed():
    with pytest.raises(TypeError, match="labels"):
        LatentExplorer(None, None, lables=[1])  # type: ignore[call-arg]


def test_a_keyword_unlike_any_is_refused_with_all_that_there_are():
    with pytest.raises(TypeError, match="there are axis, epoch_shown, hidden, images, layout, model_id, order, scale"):
        TrainingMonitor(zzz=1)


def test_an_answered_trait_is_no_setting():
    with pytest.raises(TypeError, match="did you mean 'right'"):
        CompressionStudio(PICTURE, rightt="webp")


def test_an_attribute_that_is_misspelt_is_refused_with_the_nearest(kind: str, widget: Any):
    right, wrong = SPELT[kind]
    with pytest.raises(AttributeError, match=f"{kind} has no '{wrong}' that can be set; did you mean '{right}'"):
        setattr(widget, wrong, 1)
    assert not hasattr(widget, wrong)


def test_what_only_the_constructor_takes_is_not_kept_in_silence(widget: Any):
    with pytest.raises(AttributeError, match="'quality' that can be set"):
        widget.quality = 30


def test_what_is_read_only_stays_so():
    with pytest.raises(AttributeError):
        KINDS["LatentExplorer"]().map = None
    with pytest.raises(AttributeError):
        KINDS["TrainingMonitor"]().controls = None


def test_a_trait_that_is_misspelt_cannot_be_listened_to(kind: str, widget: Any):
    right, wrong = SPELT[kind]
    for names in (wrong, [right, wrong]):
        with pytest.raises(ValueError, match=f"no trait is called '{wrong}'; did you mean '{right}'"):
            widget.observe(print, names)
    for names in ("error", ["error", right]):
        widget.observe(print, names)
        widget.unobserve(print, names)


def test_names_of_ipywidgets_and_of_ones_own_go_through(kind: str):
    widget = KINDS[kind](layout={"width": "300px"}, tooltip="a widget", tabbable=True)
    assert (widget.layout.width, widget.tooltip, widget.tabbable) == ("300px", "a widget", True)
    widget.layout = ipywidgets.Layout(width="200px")
    widget._mine = 1
    assert (widget.layout.width, widget._mine) == ("200px", 1)


def test_a_subclass_has_names_of_its_own():
    class Titled(TrainingMonitor):
        heading = ""

        def __init__(self, heading: str = "", **traits: Any):
            super().__init__(**traits)
            self.heading = heading

    assert Titled(heading="mine", scale="linear").heading == "mine"
    with pytest.raises(TypeError, match="did you mean 'heading'"):
        Titled(heeding="mine")


@pytest.mark.parametrize("size", [0, -1, True, "3 MB", float("nan"), 2.5])
def test_a_size_that_is_none_is_refused(size: Any, tmp_path):
    monitor = TrainingMonitor()
    with pytest.raises(ValueError, match="max_bytes: expected a number of bytes above zero"):
        monitor.export_html(tmp_path / "x.html", max_bytes=size)
    assert not (tmp_path / "x.html").exists()


def test_a_size_may_be_written_as_a_float(tmp_path):
    monitor = TrainingMonitor()
    assert monitor.export_html(tmp_path / "x.html", max_bytes=1e6).stat().st_size > 10_000
