"""A cell that is run again leaves nothing of its last run behind, in a real kernel, told as JupyterLab tells it."""

import os
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

manager = pytest.importorskip("jupyter_client.manager", reason="comes with the lab and report extras")

SOON = 120  # seconds: only a hang takes as long
RUNS = int(os.environ.get("AEWIDGETS_RUNS", "60"))  # 190 is what a long day at a notebook comes to
SETUP = f"""
import gc, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
import ipywidgets
from IPython.display import display
from each_widget import KINDS, PICTURE
from aewidgets.widgets import CompressionStudio
from aewidgets.widgets.base.widget import BaseWidget
def alive():
    gc.collect()
    return sum(isinstance(thing, BaseWidget) for thing in gc.get_objects())
def kept():
    return sum(isinstance(widget, BaseWidget) for widget in ipywidgets.widgets.widget._instances.values())
"""
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs a cell as JupyterLab does, with its name; returns what its last line is."""
    kernel, client = manager.start_new_kernel(startup_timeout=SOON)

    def run(source: str, cell: str | None = None) -> Any:
        content = {
            "code": textwrap.dedent(source), "silent": False, "store_history": True,
            "user_expressions": {}, "allow_stdin": False, "stop_on_error": False,
        }  # fmt: skip
        message = client.session.msg("execute_request", content, metadata={} if cell is None else {"cellId": cell})
        client.shell_channel.send(message)
        outputs: list[str] = []
        while True:
            got = client.get_iopub_msg(timeout=SOON)
            if got["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if got["msg_type"] == "error":
                outputs.append(got["content"]["ename"])
            if got["msg_type"] in ("execute_result", "display_data"):
                outputs.append(got["content"]["data"].get("text/plain", ""))
            if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                return outputs

    run(SETUP)
    yield run
    client.stop_channels()
    kernel.shutdown_kernel(now=True)


def number(outputs: list[str]) -> int:
    return int(outputs[-1])


@pytest.mark.long
def test_a_cell_run_again_frees_the_widget_of_its_last_run(run: Run):
    before = number(run("alive()"))
    for _ in range(5):
        (shown,) = run("KINDS['CompressionStudio']()", "a")
        assert shown.startswith("CompressionStudio(")
    assert number(run("alive()")) == before + 1
    for _ in range(3):
        assert len(run("for make in KINDS.values(): display(make())", "many")) == number(run("len(KINDS)"))
    assert number(run("alive()")) == before + 1 + number(run("len(KINDS)"))
    run("1", "a"), run("1", "many")
    assert number(run("alive()")) == before


@pytest.mark.long
def test_a_widget_that_a_name_holds_is_put_aside_and_comes_back_when_it_is_shown(run: Run):
    run("mine = KINDS['CompressionStudio']()")
    before = number(run("kept()"))
    run("mine", "b")
    run("1", "b")
    assert number(run("kept()")) == before - 1
    run("mine.left_quality = 30")
    assert run("round(mine.results.left.quality)") == ["30"]  # Python goes on with it
    (shown,) = run("mine", "c")
    assert "jpeg 30" in shown
    assert number(run("kept()")) == before
    assert run("mine.comm is None") == ["False"]


@pytest.mark.long
@pytest.mark.parametrize(
    "elsewhere",
    ["display(held)", "box = ipywidgets.HBox([held])", "out = ipywidgets.Output()\nwith out: display(held)"],
)
def test_a_widget_that_is_shown_elsewhere_too_stays(run: Run, elsewhere: str):
    run("held = KINDS['CompressionStudio']()")
    if "Output" not in elsewhere:
        run("held", "d")
    run(elsewhere, "e")
    run("1", "d" if "Output" not in elsewhere else "e")
    assert run("held.comm is None") == ["False"]
    run("held.close()")
    run("1", "d"), run("1", "e")


@pytest.mark.long
def test_a_host_that_names_no_cells_keeps_every_widget(run: Run):
    before = number(run("kept()"))
    for _ in range(3):
        run("KINDS['CompressionStudio']()")
    assert number(run("kept()")) == before + 3


@pytest.mark.long
def test_a_cell_that_fails_the_second_time_frees_the_first(run: Run):
    before = number(run("alive()"))
    run("KINDS['DenoiseStudio']()", "f")
    assert run("1 / 0", "f") == ["ZeroDivisionError"]
    assert number(run("alive()")) == before


@pytest.mark.long
def test_work_that_goes_on_for_a_widget_that_is_gone_ends(run: Run):
    before = number(run("alive()"))
    for _ in range(3):
        run("KINDS['DenoiseStudio']().show()\nshown = KINDS['DenoiseStudio']()\nshown.show()\nshown", "h")
    run("del shown\n1", "h")
    ended = "[thread.join(60) for thread in threading.enumerate() if thread.name == 'aewidgets']\nalive()"
    run("ipywidgets.Widget.close_all()")  # those that were never shown in a cell: ipywidgets keeps them
    assert number(run(f"import threading\n{ended}")) == before


@pytest.mark.slow
def test_runs_of_a_cell_with_a_studio_do_not_add_up(run: Run):
    """The life of each but its page: a photograph, an answer, what is sent to a page."""
    source = """
    studio = CompressionStudio(None, "jpeg", "webp", (50, 50))
    studio.results
    studio
    """
    # What is free is given back first: how the C library keeps it depends on what else the machine does.
    run("import ctypes, time\ngive_back = getattr(ctypes.CDLL(None), 'malloc_trim', lambda pad: 0)")
    size = "time.sleep(1)\ngc.collect()\ngive_back(0)\nint(open('/proc/self/statm').read().split()[1]) * 4096"
    for _ in range(10):
        run(source, "g")
    ten = number(run(size))
    for _ in range(RUNS):
        run(source, "g")
    grown = (number(run(size)) - ten) / 2**20
    assert grown < RUNS / 190 * 50, f"{grown:.0f} MB more"


@pytest.mark.slow
def test_a_monitor_that_nothing_shows_appears_where_fit_begins(run: Run):
    run("""
    import keras, numpy as np
    from aewidgets.widgets import TrainingMonitor
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="small")
    model.compile("sgd", "mse")
    x = np.zeros((8, 2))
    def fit(monitor): model.fit(x, x[:, :1], epochs=1, verbose=0, callbacks=[monitor])
    """)
    assert run("fit(TrainingMonitor())", "i") == ["TrainingMonitor()"]
    assert run("monitor = TrainingMonitor()\nmonitor", "j") == ["TrainingMonitor()"]
    assert run("fit(monitor)", "k") == []  # it is in its cell already
    assert run("boxed = TrainingMonitor()\nboxed._receive(boxed, {'kind': 'shown'}, [])\nfit(boxed)", "l") == []
