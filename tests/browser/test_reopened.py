"""A saved notebook that is opened again without the state of its widgets, in real JupyterLab."""

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")

from each_widget import KINDS  # noqa: E402
from nbformat.sign import NotebookNotary  # noqa: E402
from nbformat.v4 import new_code_cell, new_notebook, new_output  # noqa: E402

from benchmarks.browsing import KERNEL  # noqa: E402

pytestmark = pytest.mark.browser
SETUP = f"import sys\nsys.path.insert(0, {str(Path(__file__).parents[1])!r})\nfrom each_widget import KINDS"
KIND = "CompressionStudio"
STILL = ".aewidgets-still img"


def saved(path: Path, trusted: bool) -> None:
    """Write a notebook with a widget's output, as JupyterLab saves it where it does not save widgets' state."""
    widget = KINDS[KIND]()
    output = new_output("execute_result", widget._repr_mimebundle_(), execution_count=1)
    cells = [new_code_cell(SETUP), new_code_cell(f"KINDS[{KIND!r}]()", execution_count=1, outputs=[output])]
    notebook = new_notebook(metadata=KERNEL, cells=cells)
    if trusted:
        NotebookNotary().sign(notebook)
    nbformat.write(notebook, path)
    widget.close()


def test_a_widget_without_its_state_is_its_last_picture_until_the_cell_is_run(browser, lab, watch, shots: Path | None):
    saved(lab.folder / "saved.ipynb", trusted=True)
    watched = watch(browser)
    try:
        watched.page.goto(f"{lab.url}/doc/tree/saved.ipynb?reset")
        watched.page.locator(STILL).wait_for(timeout=120_000)
        output = watched.page.locator(".jp-OutputArea-output").last
        assert "Run the cell to use it." in output.inner_text()
        assert "not found" not in output.inner_text()
        assert watched.page.evaluate(f"document.querySelector({STILL!r}).naturalWidth") > 0
        if shots:
            watched.page.screenshot(path=str(shots / "reopened.png"))
        watched.errors.clear()  # ipywidgets logs the widget that it did not find
        watched.open_notebook(lab, "saved.ipynb")
        watched.page.locator(".aew").wait_for(timeout=120_000)
        watched.page.wait_for_function(f"!document.querySelector({STILL!r})")
    finally:
        watched.close()
    assert [error for error in watched.errors if "model not found" not in error] == []


def test_a_notebook_that_is_not_trusted_shows_the_picture_too(browser, lab, watch):
    saved(lab.folder / "stranger.ipynb", trusted=False)
    watched = watch(browser)
    try:
        watched.page.goto(f"{lab.url}/doc/tree/stranger.ipynb?reset")
        picture = ".jp-OutputArea-output img"
        watched.page.locator(picture).wait_for(timeout=120_000)
        assert watched.page.evaluate(f"document.querySelector({picture!r}).naturalWidth") > 0
    finally:
        watched.close()
    assert watched.errors == []
