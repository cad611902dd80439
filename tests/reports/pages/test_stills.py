"""Widgets in a report: those with HTML of their own keep it, boxes keep their layout, all others can be read."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

w = pytest.importorskip("ipywidgets", reason="ipywidgets comes with the lab and report extras")

from IPython.core.displaypub import CapturingDisplayPublisher  # noqa: E402
from IPython.core.events import EventManager, available_events  # noqa: E402
from IPython.core.formatters import DisplayFormatter  # noqa: E402

from aewidgets.reports.execution.runner import run_report  # noqa: E402
from aewidgets.reports.pages.last_states import MARK, LastStates  # noqa: E402
from aewidgets.reports.pages.stills import still_of  # noqa: E402


class Live(w.DOMWidget):
    """A widget with HTML of its own, like this package's widgets in a report."""

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": "Live()", "text/html": "<p id='own'>alive</p><script>1</script>"}


class Painted(w.DOMWidget):
    """A widget of another library, with an image beside its view."""

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        view = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}
        return {**view, "text/plain": "Painted()", "image/png": "iVBORw0KGgo="}, {}


def shell() -> Any:
    """Return the parts of a shell that the extension uses, with the extension loaded."""
    made = SimpleNamespace(displayhook=None, display_formatter=DisplayFormatter())
    made.display_pub = CapturingDisplayPublisher()
    made.events = EventManager(made, available_events)
    LastStates(made)
    return made


@pytest.fixture
def shown() -> Callable[[Any], dict[str, Any]]:
    """Return a function that displays a value by IPython's own formatter, with the extension loaded."""
    formatter = shell().display_formatter

    def show(value: Any) -> dict[str, Any]:
        bundle = formatter.format(value)[0]
        bundle.pop(MARK, None)
        return bundle

    return show


def test_a_widget_with_html_of_its_own_keeps_it(shown):
    assert shown(Live()) == {"text/plain": "Live()", "text/html": Live()._repr_mimebundle_()["text/html"]}


def test_a_box_holds_its_children_in_order_and_no_view(shown):
    bundle = shown(w.HBox([w.Label("first"), w.VBox([Live(), w.Label("third")])]))
    assert set(bundle) == {"text/plain", "text/html"}
    text = bundle["text/html"]
    assert text.index("first") < text.index("alive") < text.index("third")
    assert text.count("flex-direction:column") == 1


@pytest.mark.parametrize("box", [w.HBox, w.VBox, w.Box, w.GridBox, w.Accordion, w.Tab, w.Stack])
def test_a_box_lives_if_anything_in_it_does(box: type):
    assert still_of(box([w.Label("x"), Live()])).lives
    assert not still_of(box([w.Label("x")])).lives


def test_tabs_have_their_titles_and_the_chosen_one_is_open():
    text = still_of(w.Tab([w.Label("x"), w.Label("y")], titles=["A", "<B>"], selected_index=1)).html
    assert text.count("<details") == 2
    assert "<details open><summary>&lt;B&gt;</summary>" in text


def test_hidden_children_stay_hidden():
    assert "secret" not in still_of(w.HBox([w.Label("secret", layout={"display": "none"})])).html


def test_a_picture_of_somebody_elses_widget_is_shown(shown):
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in shown(Painted())["text/html"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: w.IntSlider(7, description="rate"), ["rate", 'type="range" disabled', 'value="7"', "<b>7</b>"]),
        (lambda: w.FloatLogSlider(1000, description="strength"), ["strength", 'value="3"', "<b>1000</b>"]),
        (lambda: w.FloatRangeSlider(value=(2, 5), max=9), ["2 to 5"]),
        (lambda: w.IntProgress(30, description="done"), ['value="0.3000"', "30 of 100"]),
        (lambda: w.Checkbox(True, description="both"), ["both", "disabled checked"]),
        (lambda: w.Checkbox(False, description="both"), ['type="checkbox" disabled aria']),
        (lambda: w.Dropdown(options=[("AVIF", 1), ("WebP", 2)], value=2, description="codec"), ["codec", "WebP"]),
        (lambda: w.SelectMultiple(options=["a", "b", "c"], value=("a", "c")), ["a, c"]),
        (lambda: w.Text("<b>typed</b>", description="name"), ["name", "&lt;b&gt;typed"]),
        (lambda: w.Label("a < b"), ["a &lt; b"]),
        (lambda: w.HTML("<i>markup</i>"), ["<i>markup</i>"]),
        (lambda: w.Button(description="Go"), ["<button disabled>Go"]),
        (lambda: w.Image(value=b"GIF89a", format="gif"), ["data:image/gif;base64,R0lGODlh"]),
        (lambda: w.DatePicker(description="day"), ["day", "–"]),
        (lambda: w.Controller(), ["Controller", "only with a kernel"]),
        (lambda: w.Output(outputs=({"output_type": "stream", "name": "stdout", "text": "1 < 2"},)), ["1 &lt; 2"]),
    ],
)
def test_other_peoples_controls_can_be_read(make: Callable[[], Any], words: list[str]):
    """Made in the test: those of a module are closed by whichever test closes every widget."""
    text = still_of(make()).html
    assert [word for word in words if word not in text] == []


def test_a_password_is_not_shown():
    assert "swordfish" not in still_of(w.Password(value="swordfish", description="key")).html


def test_what_has_no_view_and_what_is_closed_leave_only_their_kind(shown):
    slider = w.IntSlider()
    link = w.jslink((slider, "value"), (w.IntSlider(), "value"))
    assert shown(link) == {"text/plain": "Link"}
    slider.close()
    assert shown(slider)["text/plain"] == "IntSlider"


def test_widths_that_were_asked_for_are_kept_and_cannot_leave_their_attribute():
    text = still_of(w.HBox([w.Label("x", layout={"width": '5px"><script>', "flex": "2"})])).html
    assert 'width:5px&quot;&gt;&lt;script&gt;;flex:2;"' in text


def test_the_runner_puts_boxes_into_the_page(make_notebook: Callable[..., Path], tmp_path: Path):
    source = "import ipywidgets as w\nw.HBox([w.IntSlider(7, description='rate'), w.Label('beside')])"
    text = run_report(make_notebook(None, source), out=tmp_path / "out").page.read_text(encoding="utf-8")
    assert 'aria-label="rate"' in text
    assert "<b>beside</b>" in text
