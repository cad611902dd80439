"""The shell of both studios and of the monitor, in a real browser on models made by hand: no kernel."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
#: Traits without which nothing can be drawn.
TRAITS = {
    "studio": {"view": "swipe", "shows": "picture", "position": 0.5, "match": "off", "left": "a", "right": "a"},
    "denoise": {"view": "swipe", "shows": "picture", "position": 0.5, "left": "noisy", "right": "noisy"},
    "monitor": {"scale": "log", "part": "loss", "order": "index", "epoch_shown": 0},
}
SHOWN = {"studio": {}, "denoise": {}, "monitor": {"run": 0, "have": 0}}
#: A model that keeps what is sent, and counts who listens; `window.put(name, value)` is Python's half.
SHOW = """async ([source, traits]) => {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const { default: widget } = await import(url);
    const listeners = new Map();
    const of = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
    window.sent = [];
    window.listening = () => [...listeners.values()].reduce((sum, calls) => sum + calls.size, 0);
    const model = {
        get: (name) => traits[name], save_changes() {}, send: (content) => window.sent.push(content),
        set(name, value) { traits[name] = value; for (const call of of(`change:${name}`)) call(); },
        on: (event, call) => of(event).add(call), off: (event, call) => of(event).delete(call),
    };
    window.put = (name, value) => model.set(name, value);
    const el = document.body.appendChild(document.createElement("div"));
    window.leave = widget.render({ model, el });
}"""


class Shown:
    """A widget on a page of its own."""

    def __init__(self, watched, source: str, traits: dict):
        self.watched, self.page = watched, watched.page
        self.page.goto("about:blank")
        self.page.evaluate(SHOW, [source, traits])
        self.root = self.page.locator(".aew")

    def put(self, **traits) -> None:
        for name, value in traits.items():
            self.page.evaluate("([name, value]) => window.put(name, value)", [name, value])

    @property
    def sent(self) -> list[dict]:
        return self.page.evaluate("window.sent")

    @property
    def kinds(self) -> list[str]:
        return [content["kind"] for content in self.sent]


@pytest.fixture(params=TRAITS)
def name(request: pytest.FixtureRequest) -> str:
    """Name of a widget's module."""
    return request.param


@pytest.fixture
def show(browser, watch, repository: Path, name: str) -> Iterator:
    """Shows the widget with more traits: `show(frozen="words")`."""
    watched = watch(browser, offline=True)
    source = (repository / "aewidgets" / "widgets" / "static" / f"{name}.js").read_text(encoding="utf-8")
    yield lambda **traits: Shown(watched, source, TRAITS[name] | traits)
    watched.close()
    assert watched.errors == []


def test_python_hears_once_that_a_page_shows_it(show, name: str):
    assert show().sent == [{"kind": "shown"} | SHOWN[name]]


def test_a_page_without_a_kernel_says_so_and_sends_nothing(show):
    shown = show(frozen="No kernel: fixed.")
    assert shown.root.locator(".aew-frozen").inner_text() == "No kernel: fixed."
    assert shown.sent == []


def test_an_error_is_shown_in_words_and_python_hears_that_it_was_dismissed(show):
    shown = show()
    shown.put(error="<b>no.png</b>: damaged")
    alert = shown.page.get_by_role("alert")
    alert.get_by_text("<b>no.png</b>: damaged").wait_for()
    shown.page.get_by_role("button", name="Dismiss").click()
    assert (alert.inner_text(), shown.kinds) == ("", ["shown", "dismiss"])


@pytest.mark.parametrize("name", ["studio", "denoise"], indirect=True)
def test_what_python_does_can_be_stopped(show):
    shown = show()
    shown.put(status={"busy": True, "text": "measuring", "done": 1, "total": 4})
    shown.page.get_by_text("measuring", exact=True).wait_for()
    assert shown.root.get_by_role("progressbar").evaluate("bar => bar.value / bar.max") == 0.25
    shown.page.get_by_role("button", name="Stop").click()
    assert shown.kinds == ["shown", "cancel"]
    shown.put(status={"busy": False, "text": "stopped"})
    shown.page.get_by_role("button", name="Stop").wait_for(state="hidden")


@pytest.mark.parametrize("name", ["studio", "denoise"], indirect=True)
def test_a_file_under_way_is_what_is_stopped_first(show):
    shown = show()
    picture = {"name": "x.png", "mimeType": "image/png", "buffer": bytes(5_000_000)}
    shown.root.locator("input[type=file]").set_input_files(picture)
    shown.page.get_by_text("sending x.png").wait_for()
    shown.page.wait_for_function("window.sent.length === 2")
    first = shown.sent[1]
    assert (first["kind"], first["offset"], first["size"]) == ("upload", 0, 5_000_000)
    shown.page.get_by_role("button", name="Stop").click()
    assert shown.kinds == ["shown", "upload", "upload-stop"]


@pytest.mark.parametrize("name", ["studio", "denoise"], indirect=True)
def test_escape_ends_what_is_held_wherever_the_focus_is(show):
    shown = show()
    shown.root.locator(".aew-stage").press("1")
    assert shown.root.locator(".aew-stage").get_attribute("data-only") == "left"
    shown.page.get_by_role("button", name="Fit").press("Escape")
    assert shown.root.locator(".aew-stage").get_attribute("data-only") == ""


def test_a_widget_that_is_closed_listens_no_more(show):
    shown = show()
    assert shown.page.evaluate("window.listening()") > 5
    shown.page.evaluate("window.leave()")
    assert shown.page.evaluate("window.listening()") == 0
