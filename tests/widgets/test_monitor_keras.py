"""TrainingMonitor as a callback of Keras' fit, with models and data that know nothing of it."""

import gc
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from aewidgets.training.fitting import leaving
from aewidgets.widgets import TrainingMonitor

pytestmark = [pytest.mark.long, pytest.mark.backend]

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((40, 6, 6, 1), dtype="float32")
LABELS = RANDOM.integers(0, 3, 40)
FLAT = IMAGES.reshape(40, -1)


def classifier() -> keras.Model:
    """A classifier with accuracy."""
    layers = [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    model = keras.Sequential([keras.Input((6, 6, 1)), *layers], name="classifier")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def autoencoder(rate: Any = 0.01, **options: Any) -> keras.Model:
    """A model from pictures to pictures."""
    layers = [keras.layers.Flatten(), keras.layers.Dense(36), keras.layers.Reshape((6, 6, 1))]
    model = keras.Sequential([keras.Input((6, 6, 1)), *layers], name="plain")
    model.compile(keras.optimizers.Adam(rate), "mse", **options)
    return model


def shown(monitor: TrainingMonitor) -> dict[str, list[float]]:
    """Return the figures of the record in the form of a History."""
    found: dict[str, list[float]] = {}
    for epoch in monitor.record.epochs:
        for prefix, kind in (("", "losses"), ("val_", "validation")):
            for name, value in epoch[kind].items():
                found.setdefault(prefix + name, []).append(value)
    return found


def test_every_metric_of_a_fit_is_shown_as_its_history_has_it():
    monitor = TrainingMonitor(images=IMAGES[:4])
    options = {"validation_split": 0.25, "validation_freq": 2, "batch_size": 8, "verbose": 0}
    history = classifier().fit(IMAGES, LABELS, epochs=4, callbacks=[monitor], **options).history
    assert shown(monitor) == {name: pytest.approx(values) for name, values in history.items()}
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert (monitor.ended["reason"], monitor.plan["epochs"], monitor.plan["steps"]) == ("finished", 4, 4)
    lowest = 2 * (1 + int(np.argmin(history["val_loss"])))
    assert monitor.ended["best"] == lowest
    assert "gives (3,) for a picture of (6, 6, 1)" in monitor.now["note"]
    assert set(monitor.plan["columns"]) >= {"training accuracy", "validation accuracy"}


def test_pictures_are_reconstructed_where_the_model_gives_pictures():
    monitor, model = TrainingMonitor(images=IMAGES[:4]), autoencoder()
    model.fit(IMAGES, IMAGES, epochs=2, callbacks=[monitor], verbose=0)
    made = np.clip(model.predict(IMAGES[:4], verbose=0), 0, 1)
    np.testing.assert_allclose(monitor.snapshots[-1].reconstructions / 255, made, atol=0.51 / 255)
    assert monitor.now["note"] == ""


def test_several_inputs_and_outputs_and_a_step_of_ones_own():
    a, b = keras.Input((36,)), keras.Input((36,))
    outputs = {"p": keras.layers.Dense(1, name="p")(a), "q": keras.layers.Dense(2, name="q")(b)}
    model = keras.Model([a, b], outputs)
    model.compile("sgd", {"p": "mse", "q": "mae"})
    monitor = TrainingMonitor(images=IMAGES[:2])
    model.fit([FLAT, FLAT], {"p": FLAT[:, :1], "q": FLAT[:, :2]}, epochs=1, callbacks=[monitor], verbose=0)
    assert set(shown(monitor)) == {"loss", "p_loss", "q_loss"}
    assert "no reconstructions: the model fails on the images" in monitor.now["note"]

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = keras.layers.Dense(1)

        def call(self, x):
            return self.layer(x)

    class Odd(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs |= {"mine": 0.25, "words": "no number", "several": np.ones(3), "learning_rate": 0.5}

    own = Own()
    own.compile("sgd", "mse")
    own.fit(FLAT, FLAT[:, :1], epochs=1, callbacks=[Odd(), monitor], verbose=0)
    assert set(shown(monitor)) == {"loss", "mine"}
    assert (len(monitor.others), monitor.others[0]["count"]) == (1, 1)


def test_data_without_a_length_are_counted():
    class Batches(keras.utils.PyDataset):
        @property
        def num_batches(self):
            return None

        def __getitem__(self, index):
            return IMAGES[:8], IMAGES[:8]

    monitor = TrainingMonitor()
    autoencoder().fit(Batches(), steps_per_epoch=3, epochs=2, callbacks=[monitor], verbose=0, shuffle=False)
    assert [epoch["steps"] for epoch in monitor.record.epochs] == [3, 3]


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="Keras runs one step at a time under torch")
def test_steps_that_run_together_are_not_counted_twice():
    monitor = TrainingMonitor()
    autoencoder(steps_per_execution=3).fit(IMAGES, IMAGES, batch_size=10, epochs=1, callbacks=[monitor], verbose=0)
    assert monitor.record.epochs[0]["steps"] == 4


def test_a_second_fit_adds_a_run_and_goes_on_where_it_is_asked_to():
    monitor, model = TrainingMonitor(), autoencoder()
    for first in (0, 2):
        model.fit(IMAGES, IMAGES, epochs=first + 2, initial_epoch=first, callbacks=[monitor], verbose=0)
    model.fit(IMAGES, IMAGES, epochs=1, callbacks=[monitor.named("a name")], verbose=0)
    assert list(monitor.runs) == ["plain", "plain (2)", "a name"]
    assert [e["epoch"] for e in monitor.runs["plain (2)"].epochs] == [3, 4]
    assert [(o["name"], o["done"], len(o["rows"])) for o in monitor.others] == [("plain", 0, 2), ("plain (2)", 2, 2)]


def test_evaluating_and_predicting_with_it_change_nothing():
    monitor, model = TrainingMonitor(), autoencoder()
    model.fit(IMAGES, IMAGES, epochs=1, callbacks=[monitor], verbose=0)
    before = monitor.get_state()
    model.evaluate(IMAGES, IMAGES, callbacks=[monitor], verbose=0)
    model.predict(IMAGES, callbacks=[monitor], verbose=0)
    assert monitor.get_state() == before
    model.fit(IMAGES, IMAGES, epochs=0, callbacks=[monitor], verbose=0)
    assert monitor.get_state() == before


def test_a_page_stops_a_fit_and_changes_its_learning_rate():
    monitor = TrainingMonitor()

    def clicks(change: Any) -> None:
        if change["new"].get("epoch") == 2:
            monitor._receive(monitor, {"kind": "rate", "value": 0.5}, [])
        elif change["new"].get("epoch") == 4:
            monitor._receive(monitor, {"kind": "stop"}, [])

    monitor.observe(clicks, "now")
    autoencoder().fit(IMAGES, IMAGES, epochs=100, callbacks=[monitor], verbose=0)
    assert monitor.ended["reason"] == "stopped"
    assert monitor.record.epochs[0]["learning_rate"] == pytest.approx(0.01)
    assert monitor.record.epochs[-1]["learning_rate"] == pytest.approx(0.5)
    assert len(monitor.record.epochs) <= 5


def test_a_learning_rate_that_cannot_be_set_is_said_and_the_fit_goes_on():
    monitor = TrainingMonitor()

    class Asks(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            monitor.controls.set_learning_rate(0.5)

    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    autoencoder(schedule).fit(IMAGES, IMAGES, epochs=2, callbacks=[Asks(), monitor], verbose=0)
    assert "the learning rate stays" in monitor.error and "LearningRateSchedule" in monitor.error
    assert monitor.ended["reason"] == "finished"
    assert 0 < monitor.record.epochs[-1]["learning_rate"] < 0.1


class Breaks(keras.callbacks.Callback):
    """Raises an exception in the second epoch."""

    def __init__(self, error: BaseException):
        super().__init__()
        self.error = error

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise self.error


def broken(monitor: TrainingMonitor, kind: type[BaseException]) -> None:
    """Fit until an exception of a kind, and forget it."""
    with suppress(kind):
        autoencoder().fit(IMAGES, IMAGES, epochs=3, callbacks=[monitor, Breaks(kind("a leak"))], verbose=0)


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_a_fit_that_breaks_off_is_shown_as_failed(kind: type[BaseException]):
    monitor = TrainingMonitor()
    broken(monitor, kind)
    gc.collect()  # Keras' own frames may be in a cycle
    assert (monitor.ended["reason"], monitor.now["phase"]) == ("failed", "failed")
    assert "Broke off in epoch 2" in monitor.ended["text"]
    autoencoder().fit(IMAGES, IMAGES, epochs=1, callbacks=[monitor], verbose=0)
    assert monitor.ended["reason"] == "finished"
    assert monitor.runs["plain"].ended.reason == "failed"


@pytest.mark.parametrize(
    "kind, words", [(RuntimeError, "RuntimeError: a leak"), (KeyboardInterrupt, "interrupted by Ctrl-C")]
)
def test_in_a_notebook_the_run_ends_with_the_words_of_the_exception(
    monkeypatch: pytest.MonkeyPatch, kind: type[BaseException], words: str
):
    events = pytest.importorskip("IPython.core.events")
    shell = SimpleNamespace()
    shell.events = events.EventManager(shell, events.available_events)
    monkeypatch.setattr(leaving, "_shell", lambda: shell)
    monitor = TrainingMonitor()
    broken(monitor, kind)
    assert monitor.now["phase"] == "training"
    shell.events.trigger("post_run_cell", SimpleNamespace(error_in_exec=kind("a leak"), error_before_exec=None))
    assert monitor.ended["text"] == f"Broke off in epoch 2: {words}"
    assert shell.events.callbacks["post_run_cell"] == []


def test_losses_that_are_not_finite_are_said(tmp_path):
    monitor = TrainingMonitor()
    autoencoder().fit(IMAGES * np.nan, IMAGES, epochs=2, callbacks=[monitor], verbose=0)
    assert monitor.ended["text"] == "Finished after epoch 2; the loss is not finite from epoch 1 on."
    assert monitor.export_html(tmp_path / "x.html").exists()


def test_keras_and_its_model_are_let_go(tmp_path):
    import weakref

    monitor, model = TrainingMonitor(), autoencoder()
    model.fit(IMAGES, IMAGES, epochs=1, callbacks=[monitor], verbose=0)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    assert "1 of 1 epochs" in repr(monitor)


def test_a_run_is_read_from_what_keras_keeps_of_it(tmp_path):
    path = tmp_path / "fit.csv"
    logger = keras.callbacks.CSVLogger(str(path))
    history = classifier().fit(IMAGES, LABELS, epochs=3, validation_split=0.25, callbacks=[logger], verbose=0)
    monitors = [TrainingMonitor.from_csv(path), TrainingMonitor.from_history(history)]
    monitors.append(TrainingMonitor().add_run("lists", history.history))
    for monitor in monitors:
        assert shown(monitor) == {name: pytest.approx(values, rel=1e-5) for name, values in history.history.items()}
        assert [epoch["epoch"] for epoch in monitor.record.epochs] == [1, 2, 3]
        assert monitor.ended["best"] == 1 + int(np.argmin(history.history["val_loss"]))
    assert list(monitors[0].runs) == ["fit"]
