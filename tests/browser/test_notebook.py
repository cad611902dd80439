"""CompressionStudio in Jupyter Notebook 7: the same widget as in JupyterLab, in the other page that people open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("notebook", reason="notebook comes with the browser extra")

from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402

from benchmarks.browsing import KERNEL, Server, lab_server  # noqa: E402

pytestmark = pytest.mark.browser
#: An error of Notebook 7.6's own on every page, also one without a widget: github.com/jupyter/notebook/issues/7862
THEIRS = "Cannot read properties of undefined (reading 'schema')"
CELLS = (
    "import ipywidgets\nfrom skimage.data import astronaut\nfrom aewidgets.widgets import CompressionStudio",
    "slider = ipywidgets.FloatSlider(value=50, min=5, max=95, description='both')\n"
    "studio = CompressionStudio(astronaut()[40:168, 130:322], 'jpeg', 'webp', 50, name='face')\n"
    "ipywidgets.jslink((slider, 'value'), (studio, 'left_quality'))\n"
    "ipywidgets.VBox([slider, studio])",
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that no JupyterLab page has used: Notebook 7 would restore its workspace by commands that it lacks."""
    server = lab_server(tmp_path)
    yield server
    server.stop()


def test_it_renders_answers_a_slider_and_follows_a_link_without_an_error(
    browser, server: Server, watch, axe: str, shots: Path | None
):
    notebook = new_notebook(metadata=KERNEL, cells=[new_code_cell(cell) for cell in CELLS])
    nbformat.write(notebook, server.folder / "x.ipynb")
    watched = watch(browser)
    try:
        watched.open_notebook(server, "x.ipynb", "notebooks")
        studio = watched.studio()
        studio.settled()
        before = studio.get("left_point")["bytes"]
        studio.drag_slider("left", 0.9)
        studio.settled()
        more, quality = studio.get("left_point")["bytes"], studio.get("left_quality")
        handle = watched.page.locator(".jupyter-widgets .noUi-handle").first
        handle.scroll_into_view_if_needed()
        at = handle.bounding_box()
        watched.page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
        watched.page.mouse.down()
        watched.page.mouse.move(at["x"] - 30, at["y"] + at["height"] / 2, steps=4)
        watched.page.mouse.up()
        studio.wait(f"s.link.get('left_quality') < {quality}")
        studio.settled()
        if shots:
            watched.page.screenshot(path=shots / "notebook7.png")
        found, errors = watched.violations(axe, ".aew"), [e for e in watched.errors if not e.startswith(THEIRS)]
    finally:
        watched.close()
    assert more > before
    assert (found, errors) == ([], [])
