"""TrainingMonitor with loops of one's own, and with runs that it did not watch. No Keras."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from small_run import run

from aewidgets.images.reading import read_image
from aewidgets.widgets import TrainingMonitor

HISTORY = {"loss": [3.0, 2.0, 1.0, 0.5], "accuracy": [0.1, 0.2, 0.3, 0.4], "val_loss": [3.5, 1.5]}


class Tensor:
    """A number as torch has it."""

    def __init__(self, value: float):
        self.value = value

    def detach(self) -> Any:
        return np.float32(self.value)


def epochs(monitor: TrainingMonitor) -> list[tuple[int, dict, dict, int]]:
    """Return number, training and validation values, and batches of each epoch."""
    return [(e["epoch"], dict(e["losses"]), dict(e["validation"]), e["steps"]) for e in monitor.record.epochs]


def test_a_loop_that_says_its_steps_has_epochs_of_them():
    monitor = TrainingMonitor()
    monitor.begin("mine", epochs=2, steps=2)
    for loss in (4.0, 2.0):
        assert monitor.step(loss=Tensor(loss), accuracy=np.array([0.5]))
    monitor.step(val_loss=2.5)
    assert len(monitor.record.epochs) == 1  # over with its validation
    for loss in (1.0, 0.5):
        monitor.step(loss=loss, learning_rate=0.1)
    monitor.end()
    assert epochs(monitor) == [
        (1, {"loss": 3.0, "accuracy": 0.5}, {"loss": 2.5}, 2), (2, {"loss": 0.75}, {}, 2)
    ]  # fmt: skip
    assert monitor.record.epochs[1]["learning_rate"] == 0.1
    assert monitor.ended == {"reason": "finished", "best": 1, "text": "Finished after epoch 2; epoch 1 was the best."}
    assert repr(monitor) == "TrainingMonitor('mine', 2 of 2 epochs, finished)"


@pytest.mark.parametrize("first", [0, 1])
def test_a_loop_that_says_the_epoch_has_those(first: int):
    monitor = TrainingMonitor()
    monitor.begin(epochs=3)
    for epoch in range(first, first + 3):
        for loss in (2.0, 1.0):
            monitor.step(epoch=epoch, loss=loss)
        monitor.step(epoch=epoch, val_loss=epoch)
    monitor.end()
    assert [(e, v["loss"], n) for e, _, v, n in epochs(monitor)] == [(k + 1, first + k, 2) for k in range(3)]


def test_a_loop_that_says_nothing_has_an_epoch_a_call_and_no_known_end():
    monitor = TrainingMonitor()
    monitor.begin()
    for loss in (3.0, 1.0, 2.0):
        monitor.step(loss=loss)
    assert monitor.now["phase"] == "training"
    monitor.end()
    assert [losses["loss"] for _, losses, _, _ in epochs(monitor)] == [3.0, 1.0, 2.0]
    assert (monitor.ended["best"], repr(monitor)) == (2, "TrainingMonitor('loop', 3 epochs, finished)")


def test_a_loop_is_paused_and_stopped():
    monitor = TrainingMonitor()
    monitor.begin(epochs=10)
    monitor.controls.pause()
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(monitor.step(loss=1.0)))
    thread.start()
    time.sleep(0.05)
    assert answers == []
    monitor._receive(monitor, {"kind": "stop"}, [])
    thread.join(60)
    assert answers == [False]
    monitor.end()
    assert monitor.ended["reason"] == "stopped"


def test_a_loop_shows_reconstructions_where_it_is_given_images():
    images = np.arange(2 * 16).reshape(2, 4, 4) / 32
    monitor = TrainingMonitor(images=images)
    monitor.begin("pictures", steps=1)
    monitor.step(loss=1.0, reconstructions=1 - images)
    monitor.step(loss=0.5)
    monitor.end()
    assert monitor.snapshots[0].reconstructions[..., 0].tolist() == np.rint(255 * (1 - images)).astype(int).tolist()
    assert "none" in monitor.snapshots[1].note


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda m: m.step(loss=1.0), "call begin"),
        (lambda m: m.end(), "call begin"),
        (lambda m: (m.begin(), m.step()), "expected values by name"),
        (lambda m: (m.begin(), m.step(loss=np.ones(3))), r"expected one number, got ndarray of shape \(3,\)"),
        (lambda m: (m.begin(), m.step(loss="high")), "expected one number, got 'high'"),
        (lambda m: (m.begin(), m.step(loss=None)), "expected one number, got None"),
        (lambda m: (m.begin(), m.step(loss=1.0, epoch=1.5)), "expected a whole number, got 1.5"),
        (lambda m: (m.begin(), m.step(loss=1, epoch=2), m.step(loss=1, epoch=1)), "expected 2 or a later one, got 1"),
        (lambda m: m.begin(epochs=-1), "epochs: expected a whole number"),
        (lambda m: m.begin(steps=True), "steps: expected a whole number"),
    ],
)
def test_wrong_calls_of_a_loop_are_refused_in_words(call: Any, words: str):
    with pytest.raises(ValueError, match=words):
        call(TrainingMonitor())


@pytest.mark.parametrize(
    "images",
    [
        None, np.zeros((2, 6, 6)), np.zeros((2, 6, 6, 3), "uint8"), np.zeros((2, 1, 6, 6)), np.zeros((2, 36)),
        np.full((2, 6, 6, 1), -1.0), np.full((2, 6, 6, 1), 255.0), np.full((2, 6, 6), 65535, "uint16"),
    ],
)  # fmt: skip
def test_images_of_every_form_are_taken(images: Any):
    monitor = TrainingMonitor(images=images)
    monitor.begin()
    shape = {"count": 0, "height": 1, "width": 1} if images is None else {"count": 2, "height": 6, "width": 6}
    assert monitor.plan["pictures"] == shape


@pytest.mark.parametrize("value, byte", [(0.0, 0), (1.0, 255), (-1.0, 0), (255.0, 255)])
def test_black_and_white_stay_so_on_every_scale(value: float, byte: int):
    images = np.zeros((1, 2, 2))
    images[0, 0, 0] = value
    shown = TrainingMonitor(images=images)._pictures.originals
    assert shown[0, 0, 0, 0] == byte


@pytest.mark.parametrize(
    "images, words",
    [
        (np.zeros((2, 7)), r"expected \(n, h, w\)"), (np.zeros((2, 6, 6, 5)), r"expected \(n, h, w\)"),
        (np.zeros(3), "expected pictures"), (np.zeros((0, 6, 6)), "expected pictures"), ("x", "expected pictures"),
        (np.full((2, 6, 6), np.nan), "finite"), (np.full((2, 6, 6), 300.0), "expected values in"),
    ],
)  # fmt: skip
def test_images_that_are_none_are_refused_in_words(images: Any, words: str):
    with pytest.raises(ValueError, match=words):
        TrainingMonitor(images=images)


def test_runs_are_kept_to_compare_the_last_eleven_beside_the_one_that_is_shown():
    monitor = TrainingMonitor()
    for number in range(14):
        monitor.begin(f"run {number}")
        monitor.step(loss=1.0 / (number + 1))
        monitor.end()
    assert list(monitor.runs) == [f"run {n}" for n in range(2, 14)]
    assert [other["run"] for other in monitor.others] == list(range(3, 14))
    assert monitor._offline(1_000_000)["traits"]["others"] == monitor.others


def test_a_run_that_nobody_ended_has_failed_when_another_begins():
    monitor = TrainingMonitor()
    monitor.begin("left")
    monitor.step(loss=1.0)
    monitor.begin("next")
    assert monitor.runs["left"].ended.reason == "failed"
    assert monitor.ended == {}


def test_a_run_that_was_not_watched_is_drawn_beside_the_one_that_is():
    monitor = TrainingMonitor()
    run(monitor, 3)
    assert monitor.add_run("yesterday", HISTORY) is monitor
    (other,) = monitor.others
    assert (monitor.plan["run"], len(monitor.record.epochs), other["name"]) == (1, 3, "yesterday")
    rows = [dict(zip(other["columns"], row, strict=True)) for row in other["rows"]]
    assert [row["training loss"] for row in rows] == HISTORY["loss"]
    assert [row["validation loss"] for row in rows] == [None, 3.5, None, 1.5]  # every second epoch
    assert [row["best"] for row in rows] == [0, 1, 0, 1]
    run(monitor, 2)
    assert [other["run"] for other in monitor.others] == [1, 2]


def test_runs_are_read_from_frames_and_from_other_monitors():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"loss": HISTORY["loss"], "val_loss": [3.0, None, 2.0, None]})
    first = TrainingMonitor.from_history(frame, name="frame")
    found = [e["validation"]["loss"] for e in first.record.epochs]
    assert found == pytest.approx([3.0, np.nan, 2.0, np.nan], nan_ok=True)
    assert [e["losses"]["loss"] for e in first.record.epochs] == HISTORY["loss"]
    assert first.ended["best"] == 3
    second = TrainingMonitor().add_run("again", first.record)
    assert second.record.epochs == first.record.epochs


CSV = "epoch,accuracy,loss,lr\n0,0.5,1.0,0.1\n1,0.6,NA,0.1\n0,0.7,0.5,0.01\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_of_csvlogger_is_read_whatever_its_separator(tmp_path: Path, separator: str):
    path = tmp_path / "two fits.csv"
    path.write_text(CSV.replace(",", separator), encoding="utf-8")
    monitor = TrainingMonitor.from_csv(path)
    assert [e["epoch"] for e in monitor.record.epochs] == [1, 2, 3]  # the second fit was appended
    assert [e["losses"]["accuracy"] for e in monitor.record.epochs] == [0.5, 0.6, 0.7]
    assert [e["learning_rate"] for e in monitor.record.epochs] == [0.1, 0.1, 0.01]
    assert np.isnan(monitor.record.epochs[1]["losses"]["loss"])
    assert (monitor.plan["name"], monitor.ended["best"]) == ("two fits", 3)


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "expected a file of keras.callbacks.CSVLogger"), ("a,b\n1,2\n", "expected a file of keras"),
        ("epoch,loss\n", "no epoch was over"), ("epoch,loss\n0,1,2\n", "line 2: expected 2 values, got 3"),
        ("epoch,loss\n0,NA\n", "none that is finite"),
    ],
)  # fmt: skip
def test_other_files_are_refused_in_words(tmp_path: Path, text: str, words: str):
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        TrainingMonitor.from_csv(path)
    with pytest.raises(OSError, match="none"):
        TrainingMonitor.from_csv(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "source, words",
    [
        (None, "expected a History"), ({}, "expected a History"), ({"loss": 3}, "expected lists"), (7, "got 7"),
        ({"loss": [1, 2], "accuracy": [1]}, "expected 2 values of every metric, got 1 of 'accuracy'"),
        ({"loss": ["a"]}, "none that is finite"), (TrainingMonitor().record, "got a record of none"),
    ],
)  # fmt: skip
def test_runs_that_are_none_are_refused_in_words(source: Any, words: str):
    monitor = TrainingMonitor()
    with pytest.raises(ValueError, match=words):
        monitor.add_run("x", source)
    assert monitor.runs == {}


def test_the_picture_of_a_run_is_about_its_own_metrics():
    """A run without a loss, or without a second metric, is drawn in one chart; no chart says that nothing is over."""
    histories = (HISTORY, {"loss": [3.0, 1.0]}, {"f1": [3.0, 1.0]})
    stills = [TrainingMonitor.from_history(of)._still()[0] for of in histories]
    assert len(set(stills)) == 3
    assert TrainingMonitor()._still()[0] not in stills
    widths = [(read_image(still).mean(axis=(0, 2)) < 250).nonzero()[0].max() for still in stills]
    assert min(widths) > 900  # of 960 pixels


def test_the_page_says_what_was_trained(tmp_path: Path):
    monitor = TrainingMonitor.from_history(HISTORY, name="wide & deep")
    text = monitor.export_html(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<title>Training of wide &amp; deep</title>" in text
    assert "loss 0.5, on validation data 1.5; accuracy 0.4" in monitor._still()[1]
