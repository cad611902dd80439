"""Hosts that differ from JupyterLab: Colab's own loader of widgets, and a Python that cannot start threads."""

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from each_widget import KINDS

from aewidgets.widgets.base import worker as work
from aewidgets.widgets.base.worker import Worker

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize("kind", KINDS)
def test_colab_is_told_where_its_loader_of_widgets_is(kind: str, monkeypatch: pytest.MonkeyPatch):
    """As anywidget's own bundle does; without it Colab draws nothing in a session that it opens again."""
    enabled: list[bool] = []
    output = ModuleType("google.colab.output")
    output.enable_custom_widget_manager = lambda: enabled.append(True)  # type: ignore[attr-defined]
    output._widgets = SimpleNamespace(_installed_url="https://loader")  # type: ignore[attr-defined]
    widget = KINDS[kind]()
    assert isinstance(widget._repr_mimebundle_(), dict)
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    bundle, metadata = widget._repr_mimebundle_()
    assert bundle[VIEW]["model_id"] == widget.model_id
    assert metadata == {VIEW: {"colab": {"custom_widget_manager": {"url": "https://loader"}}}}


def steps(log: list[str], count: int) -> Callable[[], Iterator[None]]:
    def idle() -> Iterator[None]:
        for number in range(count):
            log.append(f"step {number}")
            yield

    return idle


def test_without_threads_the_event_loop_works_between_two_messages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(work, "THREADS", False)
    log: list[str] = []

    async def session() -> None:
        worker = Worker(log.append, steps(log, 3))
        worker.ask("first")
        worker.ask("second")  # in its place: the loop has not had its turn
        assert worker.busy and not log
        for _ in range(3):
            await asyncio.sleep(0)
        assert log == ["second", "step 0", "step 1"]
        worker.ask("third")
        await asyncio.sleep(0)
        assert log[-1] == "third"
        assert worker.wait(0)
        assert log[3:] == ["third", "step 2"] and not worker.busy
        worker.ask("fourth")
        worker.cancel()
        await asyncio.sleep(0)
        assert "fourth" not in log and not worker.busy

    asyncio.run(session())


@pytest.mark.long
def test_every_widget_answers_where_no_thread_can_be_started():
    """In a Python of its own, which says that it is WebAssembly's and refuses threads as that one does."""
    source = f"""
    import asyncio, sys, threading
    sys.path.insert(0, {str(Path(__file__).parents[1])!r})
    from each_widget import KINDS
    from aewidgets.widgets.base import worker
    def refused(self): raise RuntimeError("can't start new thread")
    worker.THREADS = False
    async def session():
        for name, make in KINDS.items():
            if name == "TrainingMonitor":
                continue
            widget = make()
            start, threading.Thread.start = threading.Thread.start, refused
            widget._receive(widget, {{"kind": "shown"}}, [])
            for _ in range(200):
                await asyncio.sleep(0)
                if not widget._worker.busy:
                    break
            threading.Thread.start = start
            assert not widget.error, (name, widget.error)
            assert getattr(widget, "left_point", True), name  # answered, where there is something to ask
            assert not widget._worker.busy, name
            print(name)
    asyncio.run(session())
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(source)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [name for name in KINDS if name != "TrainingMonitor"]
