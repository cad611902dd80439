"""What becomes of a widget that nobody needs any more: it leaves nothing behind."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from each_widget import KINDS

from aewidgets.widgets import LatentExplorer

SOON = 60  # seconds: only a hang takes as long


def untouched(widget: Any, folder: Path) -> None:
    """Do nothing with a widget."""


def lived(widget: Any, folder: Path) -> None:
    """Show a widget as a cell and a page do, listen to it, export it; what it does then still goes on."""
    widget._repr_mimebundle_()
    widget.observe(lambda change: None, "error")
    widget.export_html(folder / "page.html", max_bytes=600_000 if isinstance(widget, LatentExplorer) else 200_000)
    widget._receive(widget, {"kind": "shown"}, [])


@pytest.mark.parametrize("use", [untouched, pytest.param(lived, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_widget_is_freed(kind: str, use: Callable[[Any, Path], None], tmp_path: Path):
    widget = KINDS[kind]()
    use(widget, tmp_path)
    widget.close()
    if hasattr(widget, "wait"):
        assert widget.wait(SOON)
    died = weakref.ref(widget)
    del widget
    gc.collect()
    assert died() is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "TrainingMonitor"])
def test_a_closed_widget_begins_no_work(kind: str):
    widget = KINDS[kind]()
    widget._receive(widget, {"kind": "shown"}, [])
    widget.close()
    assert widget.wait(SOON)
    widget._asked()
    assert not widget._worker.busy
