"""TrainingMonitor without a browser: a run is sent once and kept, controls are obeyed, a record needs no kernel."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

import small_run
import traitlets
from small_run import plan, run, run_in_background, snapshots

from aewidgets.images.displays import REPORT_VARIABLE
from aewidgets.images.reading import read_image
from aewidgets.training.watching import Controls, Ended, Snapshot, Units
from aewidgets.widgets import TrainingMonitor
from aewidgets.widgets.training_monitor.clock import Clock
from aewidgets.widgets.training_monitor.record import RunRecorder
from aewidgets.widgets.training_monitor.still import ticks

pytestmark = pytest.mark.long

SOON = 60  # seconds: only a hang takes as long
ANSWERED = ("plan", "originals", "now", "ended", "others", "error")
ASKED = (
    {"scale": "linear"}, {"axis": "time"}, {"smoothing": 0.6}, {"order": "size"}, {"epoch_shown": 2}, {"hidden": [1]},
)  # fmt: skip


@pytest.fixture
def monitor() -> TrainingMonitor:
    """After a run of five epochs."""
    monitor = TrainingMonitor()
    run(monitor, 5)
    return monitor


@pytest.fixture
def going() -> Iterator[TrainingMonitor]:
    """A run that goes on in a thread until somebody stops it; over when the test is."""
    monitor = TrainingMonitor()
    thread = run_in_background(monitor, epochs=100_000, nap=0.001)
    until(lambda: len(monitor.record.epochs) > 0)
    yield monitor
    monitor.controls.stop()
    thread.join(SOON)


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.01)


def sent_by(monitor: TrainingMonitor, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], list[bytes]]]:
    """All that goes to the browser from now on, in the form in which it does: JSON, and buffers."""
    sent: list[tuple[dict[str, Any], list[bytes]]] = []

    def keep(message: dict[str, Any], buffers: Any = None) -> None:
        sent.append((json.loads(json.dumps(message, allow_nan=False)), list(buffers or ())))

    monkeypatch.setattr(monitor, "_send", keep)
    return sent


def epochs_in(sent: list[tuple[dict[str, Any], list[bytes]]]) -> list[tuple[dict[str, Any], list[bytes]]]:
    """The custom messages about epochs among what was sent."""
    return [(m["content"], b) for m, b in sent if m["method"] == "custom" and m["content"]["kind"] == "epochs"]


def one_snapshot(epoch: int, best: bool = False, **more: Any) -> Snapshot:
    """A snapshot that was not trained."""
    pictures = np.full((10, 8, 8, 1), epoch % 256, np.uint8)
    losses = {"loss": 1 / epoch, "reconstruction": 1 / epoch, "sparsity": 0.0}
    made = Snapshot(epoch, losses, {**losses, "error": 1 / epoch}, 0.1, 1.0, 0.01, pictures, None, best)
    return replace(made, **more)


def test_the_record_is_the_run_that_was_watched(monitor: TrainingMonitor):
    made = list(snapshots(plan(5), TrainingMonitor()))
    for name in ("losses", "validation", "learning_rate", "epoch", "best"):
        assert [epoch[name] for epoch in monitor.record.epochs] == [getattr(s, name) for s in made]
    pictures = [[s.reconstructions.tolist() for s in of] for of in (monitor.snapshots, made)]
    assert pictures[0] == pictures[1]
    assert monitor.record.ended == Ended("finished", 5, "finished after 5 epochs; epoch 5 is kept")


def test_before_any_run_there_is_an_empty_record_and_a_picture_that_says_so():
    monitor = TrainingMonitor()
    assert (monitor.record.epochs, monitor.snapshots, repr(monitor)) == ((), (), "TrainingMonitor()")
    assert "No training" in monitor._repr_mimebundle_()["text/html"]


def test_an_epoch_sends_its_own_numbers_and_pictures_whatever_went_before(monkeypatch: pytest.MonkeyPatch):
    monitor = TrainingMonitor()
    sent = sent_by(monitor, monkeypatch)
    run(monitor, 30)
    messages = epochs_in(sent)
    assert [[row[0] for row in content["rows"]] for content, _ in messages] == [[e] for e in range(1, 31)]
    assert {len(buffers) for _, buffers in messages} == {3}
    sizes = [len(json.dumps({**content, "kept": []})) + sum(map(len, buffers)) for content, buffers in messages]
    assert max(sizes) < 1.3 * min(sizes)


def test_what_is_sent_are_the_pictures_the_units_and_the_numbers(monkeypatch: pytest.MonkeyPatch):
    monitor = TrainingMonitor()
    sent = sent_by(monitor, monkeypatch)
    run(monitor, 2)
    content, (strip, values, marks) = epochs_in(sent)[-1]
    last = monitor.snapshots[-1]
    assert np.array_equal(read_image(strip), np.concatenate(list(last.reconstructions[..., 0]), axis=1))
    assert np.frombuffer(values, "<f4").tolist() == pytest.approx(last.units.values)
    assert ["", "collapsed", "dead", "always on"][marks[-1]] == last.units.marks[-1] == "dead"
    row = dict(zip(monitor.plan["columns"], content["rows"][0], strict=True))
    assert row["validation error"] == pytest.approx(last.validation["error"], rel=1e-5)
    assert row["training sparsity"] == pytest.approx(last.losses["sparsity"], rel=1e-5)


def test_batches_are_sent_four_times_a_second_at_most(monkeypatch: pytest.MonkeyPatch):
    monitor = TrainingMonitor()
    monitor.begin(plan(3))
    sent = sent_by(monitor, monkeypatch)
    start = time.monotonic()
    for step in range(20_000):
        monitor.batch(1, step, {"loss": 1.0})
    assert 1 <= len(sent) <= 2 + 4 * (time.monotonic() - start)


def test_a_loss_that_is_no_number_is_sent_as_unknown(monkeypatch: pytest.MonkeyPatch):
    monitor = TrainingMonitor()
    sent = sent_by(monitor, monkeypatch)
    monitor.begin(plan(3))
    monitor.batch(1, 1, {"loss": float("nan")})
    losses = {"loss": float("nan"), "reconstruction": float("inf"), "sparsity": 1.0}
    monitor.epoch(one_snapshot(1, losses=losses, validation=losses))
    row = dict(zip(monitor.plan["columns"], epochs_in(sent)[0][0]["rows"][0], strict=True))
    assert (row["training loss"], row["validation reconstruction"], row["validation error"]) == (None, None, None)
    assert monitor.now["losses"] == {}
    assert monitor._still()[0].startswith(b"\x89PNG")


def test_a_page_that_opens_late_gets_what_it_lacks(monitor: TrainingMonitor, monkeypatch: pytest.MonkeyPatch):
    sent = sent_by(monitor, monkeypatch)
    monitor._receive(monitor, {"kind": "shown", "run": 0, "have": 0}, [])
    monitor._receive(monitor, {"kind": "shown", "run": 1, "have": 3}, [])
    monitor._receive(monitor, {"kind": "pictures", "epochs": [2, 4, 77]}, [])
    whole, rest, pictures = epochs_in(sent)
    assert [row[0] for row in whole[0]["rows"]] == [1, 2, 3, 4, 5]
    assert [row[0] for row in rest[0]["rows"]] == [4, 5]
    assert whole[0]["kept"] == [1, 2, 3, 4, 5]
    assert [content["epoch"] for content in pictures[0]["pictures"]] == [2, 4]
    assert len(pictures[1]) == 6


def test_another_run_begins_anew(monitor: TrainingMonitor):
    run(monitor, 2)
    assert (len(monitor.record.epochs), monitor.plan["run"], monitor.plan["epochs"]) == (2, 2, 2)


def test_a_run_that_goes_on_counts_the_epochs_that_were_trained_before():
    monitor = TrainingMonitor()
    run(monitor, 6, done=4)
    assert [epoch["epoch"] for epoch in monitor.record.epochs] == [5, 6]
    assert "6 of 6 epochs" in repr(monitor)


def test_pictures_are_bounded_evenly_and_the_best_and_the_last_stay():
    recorder = RunRecorder(plan(1000), kept=20)
    dropped: list[int] = []
    for epoch in range(1, 1001):
        dropped += recorder.add(one_snapshot(epoch, best=epoch == 333))
        assert len(recorder.snapshots) <= 20
    kept = list(recorder.snapshots)
    assert {1, 333, 1000} <= set(kept)
    regular = [e for e in kept if e not in (333, 1000)]
    assert len(set(np.diff(regular))) == 1
    assert len(regular) >= 8
    assert sorted({*dropped, *kept}) == list(range(1, 1001))
    assert len(recorder.record.epochs) == 1000


def test_large_pictures_are_bounded_by_their_bytes():
    recorder = RunRecorder(plan(100), kept_bytes=10_000)
    for epoch in range(1, 101):
        recorder.add(one_snapshot(epoch, best=epoch == 50))
    assert 50 in recorder.snapshots
    assert sum(s.reconstructions.nbytes for s in recorder.snapshots.values()) <= 10_000


def test_pauses_take_no_time_of_an_epoch():
    times = iter([0.0, 1.0, 6.0, 8.0])
    clock = Clock(lambda: next(times))
    clock.hold()
    clock.go_on()
    assert clock.seconds == 3.0


def test_a_page_pauses_resumes_and_stops_the_run(going: TrainingMonitor):
    going._receive(going, {"kind": "pause"}, [])
    assert going.now["phase"] == "paused"
    time.sleep(0.05)  # the batch under way
    before = len(going.record.epochs), going.now
    time.sleep(0.3)
    assert (len(going.record.epochs), going.now) == before
    going._receive(going, {"kind": "resume"}, [])
    until(lambda: len(going.record.epochs) > before[0])
    going._receive(going, {"kind": "stop"}, [])
    until(lambda: going.record.ended is not None)
    assert (going.ended["reason"], going.now["phase"]) == ("stopped", "stopped")
    assert going.record.ended.best <= len(going.record.epochs)


def test_a_run_that_is_paused_can_be_stopped(going: TrainingMonitor):
    going.controls.pause()
    going._receive(going, {"kind": "stop"}, [])
    until(lambda: going.record.ended is not None)


def test_a_learning_rate_that_is_asked_for_is_shown_at_once_and_taken(going: TrainingMonitor):
    going.controls.pause()
    going._receive(going, {"kind": "rate", "value": 0.0125}, [])
    assert going.now["asked_rate"] == 0.0125
    going.controls.resume()
    until(lambda: going.record.epochs[-1]["learning_rate"] == 0.0125)
    until(lambda: going.now["asked_rate"] is None)


@pytest.mark.parametrize("value", [0, -1, float("nan"), "x", None, True])
def test_a_rate_that_is_none_is_refused_in_words(going: TrainingMonitor, value: Any):
    going._receive(going, {"kind": "rate", "value": value}, [])
    assert re.search(r"expected a (positive )?number, got", going.error)
    going._receive(going, {"kind": "dismiss"}, [])
    assert going.error == ""


def test_controls_tell_pages_of_what_python_asks(going: TrainingMonitor):
    going.controls.pause()
    assert going.now["phase"] == "paused"
    assert isinstance(going.controls, Controls)


def test_a_click_that_comes_too_late_does_nothing(monitor: TrainingMonitor):
    before = monitor.now
    for kind in ("pause", "stop"):
        monitor._receive(monitor, {"kind": kind}, [])
    assert (monitor.now, monitor.controls.paused, monitor.error) == (before, False, "")


def test_messages_of_two_threads_stay_whole(going: TrainingMonitor, monkeypatch: pytest.MonkeyPatch):
    """One sends epochs, the other what a page asks for: each message is one, none overlaps another."""
    inside = threading.Lock()
    overlaps: list[str] = []

    def keep(message: dict[str, Any], buffers: Any = None) -> None:
        if not inside.acquire(blocking=False):
            overlaps.append(message["method"])
            return
        time.sleep(0.0005)
        kinds.add(message["method"])
        inside.release()

    kinds: set[str] = set()
    monkeypatch.setattr(going, "_send", keep)
    for i in range(60):
        going._receive(going, {"kind": "shown", "run": 0, "have": 0}, [])
        going.set_state({"epoch_shown": i + 1})
        going._receive(going, {"kind": "pictures", "epochs": [1, 2]}, [])
        going._receive(going, {"kind": "pause" if i % 2 else "resume"}, [])
    going.controls.resume()
    assert overlaps == []
    assert kinds >= {"custom", "update"}


@pytest.mark.parametrize("name", ANSWERED)
def test_answered_traits_refuse_writes(monitor: TrainingMonitor, name: str):
    before = getattr(monitor, name)
    with pytest.raises(traitlets.TraitError):
        setattr(monitor, name, before)
    monitor.set_state({name: {"forged": 1}})
    assert getattr(monitor, name) == before


@pytest.mark.parametrize("asked", ASKED)
def test_what_a_page_looks_at_is_kept_and_is_part_of_the_record(monitor: TrainingMonitor, asked: dict[str, Any]):
    monitor.set_state(asked)
    traits = monitor._offline(1_000_000)["traits"]
    assert {name: traits[name] for name in asked} == asked


def test_an_unknown_message_is_answered_in_words(monitor: TrainingMonitor):
    monitor._receive(monitor, {"kind": "conjure"}, [])
    assert "conjure" in monitor.error


def test_its_name_is_the_same_in_every_run(monitor: TrainingMonitor):
    words = "TrainingMonitor('linear, code of 12 values for images of 64' on 'digits', 5 of 5 epochs, finished)"
    assert repr(monitor) == words


def test_interactive_output_is_a_view_with_a_picture_for_those_who_cannot_show_it(monitor: TrainingMonitor):
    bundle = monitor._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == monitor.model_id
    assert "5 of 5 epochs, finished" in bundle["text/html"]
    assert len(bundle["image/png"]) > 1000


def test_in_a_report_it_brings_its_own_life_along(monitor: TrainingMonitor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(REPORT_VARIABLE, "1")
    bundle = monitor._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/html"].count("<script") == 3


def data_of(html: str) -> dict[str, Any]:
    """Return the data that a page holds."""
    found = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_an_exported_page_holds_the_run_and_fetches_nothing(monitor: TrainingMonitor, tmp_path: Path):
    text = monitor.export_html(tmp_path / "run.html").read_text(encoding="utf-8")
    data = data_of(text)
    assert "default-src 'none'" in text
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=(?![\"']?data:)", text)
    assert ([row[0] for row in data["rows"]], [p["epoch"] for p in data["pictures"]]) == ([1, 2, 3, 4, 5],) * 2
    assert data["traits"]["ended"]["reason"] == "finished"


@pytest.mark.parametrize("max_bytes", [60_000, 200_000, TrainingMonitor.REPORT_BYTES])
def test_a_page_of_a_long_run_keeps_to_its_bytes_and_has_the_best_and_the_last(max_bytes: int):
    monitor = TrainingMonitor()
    monitor.begin(replace(plan(900), originals=np.zeros((4, 20, 20, 3), np.uint8)))
    draw = np.random.default_rng(0)
    for epoch in range(1, 901):
        noise = draw.integers(0, 256, (4, 20, 20, 3), dtype=np.uint8)
        units = Units("kl", tuple(draw.random(32)), ("collapsed", *[""] * 31))
        monitor.epoch(one_snapshot(epoch, best=epoch == 123, reconstructions=noise, units=units))
    if max_bytes < 100_000:
        with pytest.raises(ValueError, match="expected room"):
            monitor._offline(max_bytes)
        return
    html = monitor._upgraded(max_bytes)
    data = data_of(html)
    assert len(re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL).group(1)) <= max_bytes
    shown = [p["epoch"] for p in data["pictures"]]
    assert {123, 900} <= set(shown) <= {row[0] for row in data["rows"]}
    assert shown == sorted(shown)


def test_names_are_text_wherever_they_are_shown(monitor: TrainingMonitor, tmp_path: Path):
    monitor.begin(replace(plan(2), model="</script><script>alert(1)</script>", data="<b>"))
    monitor.epoch(one_snapshot(1))
    text = monitor.export_html(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "<b>" not in text.split("<script", 1)[0]


def test_large_colour_pictures_are_sent_smaller(monkeypatch: pytest.MonkeyPatch):
    monitor = TrainingMonitor()
    monitor.begin(replace(plan(2), originals=np.zeros((3, 200, 100, 3), np.uint8)))
    assert read_image(monitor.originals).shape == (96, 144, 3)
    assert monitor.plan["pictures"] == {"count": 3, "height": 96, "width": 48}


@pytest.mark.parametrize("low, high", [(0.03, 0.15), (1e-5, 2.0), (5.0, 6.0), (0.014, 0.015), (1.1, 1.3)])
@pytest.mark.parametrize("log", [True, False])
def test_ticks_are_round_and_inside(low: float, high: float, log: bool):
    found = ticks(low, high, log=log)
    assert all(low <= t <= high for t in found)
    assert len(found) <= 9
    assert all(float(f"{t:.3g}") == pytest.approx(t) for t in found)
    assert len(found) >= 2


# With training itself, on scikit-learn's digits.


@pytest.fixture(scope="module")
def digits() -> Any:
    """Training, validation and test pictures."""
    from aewidgets.training.data.splits import load_splits

    return load_splits("digits")


def trained(digits: Any, monitor: TrainingMonitor, **recipe: Any) -> Any:
    """Return the result of training a small autoencoder."""
    from aewidgets.models.families import build_autoencoder
    from aewidgets.training.autoencoders import train

    model = build_autoencoder("dense", digits.image_shape, latent_dim=6)
    return train(model, digits, watcher=monitor, **recipe)


def test_a_real_run_is_shown_with_the_figures_of_its_record(digits: Any):
    monitor = TrainingMonitor()
    record = trained(digits, monitor, epochs=2)
    shown, kept = ([epoch["validation"]["error"] for epoch in of.epochs] for of in (monitor.record, record))
    assert shown == kept
    assert (monitor.ended["reason"], monitor.ended["best"]) == (record.reason, record.best)
    assert monitor.plan["references"][0][0] == "PCA, 6 numbers"
    assert read_image(monitor.originals).shape[0] == 8


def test_a_real_run_is_stopped_by_a_page_and_takes_its_learning_rate(digits: Any):
    monitor = TrainingMonitor()

    def clicks(change: Any) -> None:
        if change["new"].get("epoch") == 1 and change["new"].get("step"):
            monitor._receive(monitor, {"kind": "rate", "value": 0.0125}, [])
        elif change["new"].get("epoch") == 2:
            monitor._receive(monitor, {"kind": "stop"}, [])

    monitor.observe(clicks, "now")
    record = trained(digits, monitor, epochs=500)
    assert (record.reason, monitor.ended["reason"], monitor.now["phase"]) == ("stopped", "stopped", "stopped")
    assert len(monitor.record.epochs) < 10
    assert monitor.record.epochs[-1]["learning_rate"] == pytest.approx(0.0125)


def test_what_is_saved_shows_how_the_run_ended(tmp_path: Path):
    """The cell that shows the monitor runs before the one that trains."""
    nbclient = pytest.importorskip("nbclient", reason="comes with the report extra")
    nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
    show = "from aewidgets.widgets import TrainingMonitor\nmonitor = TrainingMonitor()\nmonitor"
    cells = [show, "from small_run import run\nrun(monitor, 3)"]
    (tmp_path / "small_run.py").write_bytes(Path(small_run.__file__).read_bytes())
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    (output,) = notebook.cells[0].outputs
    assert "3 of 3 epochs, finished" in output["data"]["text/html"]
    assert "finished" in output["data"]["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in output["data"]
