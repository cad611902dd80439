"""Widgets inside the boxes of ipywidgets, in real JupyterLab: as wide as there is room for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")

from each_widget import KINDS  # noqa: E402
from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402

from benchmarks.browsing import KERNEL  # noqa: E402

pytestmark = pytest.mark.browser
SETUP = """import sys
sys.path.insert(0, {tests!r})
import ipywidgets as w
from each_widget import KINDS, monitor
made = [make() for make in KINDS.values()]
"""
# What a cell shows, and which share of the cell's width each widget in it has at least, in order.
CELLS = [
    *((f"w.HBox([made[{i}]])", [0.95]) for i in range(len(KINDS))),
    ("w.HBox(made[2:])", [0.22, 0.22, 0.22, 0.22]),
    ("w.HBox([w.FloatSlider(), monitor()])", [0.6]),
    ("w.VBox([monitor()])", [0.95]),
    ("w.VBox([monitor()], layout={'align_items': 'center'})", [0.95]),
    ("w.VBox([w.HBox([monitor()])], layout={'align_items': 'flex-start'})", [0.3]),
    ("w.Tab([monitor()])", [0.9]),
    ("w.Accordion([monitor()], selected_index=0)", [0.9]),
    ("w.GridBox([monitor(), monitor()], layout={'grid_template_columns': '1fr 1fr'})", [0.45, 0.45]),
    ("w.AppLayout(center=monitor(), left_sidebar=w.Button())", [0.6]),
    ("monitor()", [0.95]),
]
OWN = "w.HBox([monitor(layout={'width': '500px'}), w.Label('beside')])"
WIDTHS = """() => [...document.querySelectorAll('.aew')].map((el) => {
    const cell = el.closest('.jp-OutputArea-output');
    return { width: el.getBoundingClientRect().width, cell: cell.clientWidth, content: cell.scrollWidth };
})"""


@pytest.fixture(scope="module")
def widths(browser, lab, watch, shots: Path | None) -> Iterator[list[dict[str, Any]]]:
    """Widths of all widgets in pixels, of their cells, and of what is in the cells."""
    tests = str(Path(__file__).parents[1])
    sources = [SETUP.format(tests=tests), *(cell for cell, _ in CELLS), OWN]
    nbformat.write(new_notebook(metadata=KERNEL, cells=[new_code_cell(s) for s in sources]), lab.folder / "boxes.ipynb")
    count = sum(len(shares) for _, shares in CELLS) + 1
    # As high as the notebook: JupyterLab makes only the cells that are seen.
    watched = watch(browser, viewport={"width": 1366, "height": 12_000})
    watched.open_notebook(lab, "boxes.ipynb")
    watched.page.wait_for_function(f"document.querySelectorAll('.aew').length >= {count}", timeout=180_000)
    watched.drawn()
    if shots:
        watched.page.screenshot(path=str(shots / "boxes.png"))
    yield watched.page.evaluate(WIDTHS)
    watched.close()


def test_a_widget_is_as_wide_as_its_box_has_room_for(widths: list[dict[str, Any]]):
    expected = [(cell, share) for cell, shares in CELLS for share in shares]
    shares = [w["width"] / w["cell"] for w in widths[:-1]]
    narrow = [(cell, got) for (cell, least), got in zip(expected, shares, strict=True) if got < least]
    assert narrow == []


def test_no_box_is_wider_than_its_cell(widths: list[dict[str, Any]]):
    assert [w for w in widths if w["content"] > w["cell"] + 1] == []


def test_a_width_of_ones_own_comes_first(widths: list[dict[str, Any]]):
    assert widths[-1]["width"] == pytest.approx(500, abs=1)
