"""Widgets in a page stand as the run left them: at its end, where it failed, and where it was stopped."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ipywidgets", reason="ipywidgets comes with the lab and report extras")
pytest.importorskip("papermill", reason="comes with the report extra")

from bs4 import BeautifulSoup

from aewidgets.reports.execution.runner import run_report

pytestmark = pytest.mark.long

BARS = """
import ipywidgets as w
from IPython.display import display
bars = [w.IntProgress(0, max=10, description=name) for name in ("twice", "nested", "boxed", "closed", "hidden")]
display(bars[0])
display(bars[0])
out = w.Output()
with out:
    display(bars[1])
    print("printed inside")
display(w.VBox([w.Label("a box"), w.HBox([bars[2]])]), bars[3], out)
handle = display(bars[4], display_id="of the notebook")
"""
CHANGES = """
for bar in bars:
    bar.value = 7
bars[3].close()
handle.update({"text/plain": "replaced by the notebook"}, raw=True)
"""


def bars_of(page: Path) -> list[tuple[str, float]]:
    """Return names and values of the bars on a page."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    return [(bar["aria-label"], float(bar["value"])) for bar in soup.find_all("progress")]


@pytest.mark.parametrize("ending", ["completed", "cell failed"])
def test_bars_that_later_cells_move_stand_where_they_were_moved(
    make_notebook: Callable[..., Path], tmp_path: Path, ending: str
):
    last = "bars[0].value = 8" + ("; 1 / 0" if ending == "cell failed" else "")
    report = run_report(make_notebook(None, BARS, CHANGES, last), out=tmp_path / "out", index=False)
    assert report.status == ending
    text = report.page.read_text(encoding="utf-8")
    assert bars_of(report.page) == [("twice", 0.8), ("twice", 0.8), ("boxed", 0.7), ("nested", 0.7)]
    assert "printed inside" in text
    assert "replaced by the notebook" in text
    notebook = json.loads((report.folder / "small.ipynb").read_text(encoding="utf-8"))
    marks = [output["data"] for cell in notebook["cells"] for output in cell.get("outputs", ()) if "data" in output]
    assert [mark["application/vnd.aewidgets.still+json"].get("closed") for mark in marks[:-1]].count(True) == 1


def test_a_bar_in_a_run_that_is_stopped_stands_where_it_was_stopped(
    make_notebook: Callable[..., Path], tmp_path: Path
):
    waits = "import time\nbars[0].value = 5\nbars[1].value = 6\ntime.sleep(60)"
    report = run_report(make_notebook(None, BARS, waits), out=tmp_path / "out", cell_timeout=4, index=False)
    assert report.status == "timeout"
    assert bars_of(report.page)[:2] == [("twice", 0.5), ("twice", 0.5)]
    assert ("nested", 0.6) in bars_of(report.page)


def test_outputs_that_no_notebook_may_hold_end_no_run(make_notebook: Callable[..., Path], tmp_path: Path):
    odd: list[dict[str, Any]] = [
        {"application/vnd.vegalite.v6.json": {"mark": "bar", "data": {"values": []}}}, {"application/x-number": 5},
        {"image/png": None, "text/plain": "beside nothing"}, {"application/x-nested": {"a": [1]}},
    ]  # fmt: skip
    source = f"from IPython.display import publish_display_data\nfor one in {odd!r}: publish_display_data(one)"
    report = run_report(make_notebook(None, source, "print('reached')"), out=tmp_path / "out", index=False)
    assert report.status == "completed"
    assert [loss.words for loss in report.not_shown] == [
        "an output of the type application/x-number", "an output of the type application/x-nested"
    ]  # fmt: skip
    text = report.page.read_text(encoding="utf-8")
    assert "beside nothing" in text
    assert "reached" in text
    assert 'data-chart="chart-1"' in text
