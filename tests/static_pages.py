"""Pages in a browser from files, with the network blocked: opening them, and what holds for each. Knows no widget."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from aewidgets.images.displays import REPORT_VARIABLE
from aewidgets.reports.pages.report import page_of
from benchmarks.browsing import StudioPage, Watched

#: Record of a report's run, as `page_of` takes it.
RECORD = {
    "notebook": "x.ipynb", "notebook_sha256": "ab" * 32, "status": "completed", "failure": None, "parameters": {},
    "parameters_given": [], "started": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "versions": {"python": "3.12"},
}  # fmt: skip

#: Mean squared difference of a side (`a`) to the original, over the pixels that a studio shows.
ERROR = """(() => {
    const [x, y] = ["original", a].map((name) => s.stage.samples(name));
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += i % 4 === 3 ? 0 : (x[i] - y[i]) ** 2;
    return sum / (x.length * 0.75); })()"""


def open_file(browser: Any, path: Path, **options: Any) -> Watched:
    """Open a page from a file, offline; options are of the browser's context, such as `viewport` and `color_scheme`."""
    watched = Watched(browser, offline=True, **options)
    watched.page.goto(path.as_uri(), timeout=180_000)
    return watched


@contextmanager
def from_file(browser: Any, path: Path, **options: Any) -> Iterator[Watched]:
    """Open a page from a file, offline, and close it at the end; options are those of `open_file`."""
    watched = open_file(browser, path, **options)
    try:
        yield watched
    finally:
        watched.close()


def stayed_alone(watched: Watched, path: Path) -> None:
    """Assert that the page asked for nothing but itself, and that it had no errors."""
    assert (watched.requests, watched.errors) == ([path.as_uri()], [])


def every_width_and_theme(*widths: int) -> Callable[[Any], Any]:
    """Run a test that takes `width` and `theme` in each of these widths, light and dark."""
    return lambda test: pytest.mark.parametrize("width", widths)(
        pytest.mark.parametrize("theme", ["light", "dark"])(test)
    )


def is_accessible_and_fits(
    browser: Any, axe: str, path: Path, width: int, theme: str, ready: Callable[[Any], Any], shot: Path | None
) -> None:
    """Assert that a page with a widget has no violation, is no wider than the window, and follows the theme.

    Args:
        axe: the source of axe-core.
        ready: called with the page; returns once what it shows is there.
        shot: where a screenshot goes, if anywhere.
    """
    viewport = {"width": width, "height": 1100}
    with from_file(browser, path, viewport=viewport, color_scheme=theme) as watched:
        ready(watched.page)
        watched.drawn()
        if shot:
            watched.page.screenshot(path=shot, full_page=True)
        paper = watched.page.evaluate("getComputedStyle(document.querySelector('.aew')).backgroundColor")
        # The page's Content-Security-Policy forbids what axe needs to look into pages of other hosts, not axe itself.
        found = watched.violations(axe, "body")
        wide = watched.page.evaluate("document.documentElement.scrollWidth")
    assert found == []
    assert wide <= width
    assert (paper == "rgb(21, 24, 28)") == (theme == "dark")


def report_with(widget: Any, target: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the page of a report whose only output is a widget; return its path."""
    monkeypatch.setenv(REPORT_VARIABLE, "1")
    output = new_output("display_data", widget._repr_mimebundle_())
    notebook = new_notebook(cells=[new_markdown_cell("# A report"), new_code_cell("widget", outputs=[output])])
    target.write_text(page_of(notebook, RECORD), encoding="utf-8")
    return target


def psnr_on_screen(studio: StudioPage, side: str) -> float:
    """Measure PSNR in dB of what a studio shows on a side; infinite where it is the original."""
    error = studio.js(ERROR, side)
    return 10 * math.log10(255**2 / error) if error else math.inf
