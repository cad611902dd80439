"""Runs that are killed, stopped, steered or repeated end as they should, and use no picture that they must not see."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import noisy
import numpy as np
import pytest
from sklearn.decomposition import PCA

from aewidgets.models.families import build_autoencoder
from aewidgets.models.pretrained import load_autoencoder, save_pretrained, start_from
from aewidgets.system.locks import LockedError
from aewidgets.system.notices import Notice
from aewidgets.training.autoencoders import Watch, code_size, pca_error, test_error, train, train_in_background
from aewidgets.training.data.splits import load_splits
from aewidgets.training.fitting.records import LOSSES, Record
from aewidgets.training.fitting.run_folder import RunFolder
from aewidgets.training.watching import Controls

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def digits():
    return load_splits("digits")


def small(seed=1, **options):
    keras.utils.set_random_seed(seed)
    return build_autoencoder("dense", (8, 8, 1), **{"latent_dim": 4, "hidden": ()} | options)


def error_on(model, part):
    return float(np.mean(np.square(model.reconstruct(part.images) - part.floats())))


def assert_same(record, other):
    """Assert that two records agree in all but the seconds."""
    drop = {"seconds"}
    ours, theirs = ([{k: v for k, v in e.items() if k not in drop} for e in r.epochs] for r in (record, other))
    for a, b in zip(ours, theirs, strict=True):
        assert a.keys() == b.keys()
        np.testing.assert_allclose(a["loss"], b["loss"], rtol=1e-5)
        np.testing.assert_allclose(a["validation"]["loss"], b["validation"]["loss"], rtol=1e-5)
        assert a["learning_rate"] == b["learning_rate"]
    assert (record.best, record.reason) == (other.best, other.reason)


class Witness:
    """A watcher that keeps all reports."""

    def __init__(self):
        self.controls, self.plan, self.batches, self.snapshots, self.ended = Controls(), None, [], [], None

    def begin(self, plan):
        self.plan = plan

    def batch(self, epoch, step, losses):
        self.batches.append((epoch, step, dict(losses)))

    def epoch(self, snapshot):
        self.snapshots.append(snapshot)

    def end(self, ended):
        self.ended = ended


@pytest.mark.backend
def test_a_killed_run_ends_where_an_uninterrupted_one_does(tmp_path):
    """A run with dropout, augmentation, a schedule and a rate set by hand gets SIGKILL in the middle of an epoch."""
    whole, record = noisy.run(tmp_path / "whole")
    command = [sys.executable, noisy.__file__, str(tmp_path / "killed")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(noisy.__file__).parents[1]), *sys.path])}
    killed = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len((tmp_path / "killed" / "log.jsonl").read_text().splitlines()) == 3
    resumed, again = noisy.run(tmp_path / "killed")
    assert_same(record, again)
    assert record.epochs[-1]["learning_rate"] != pytest.approx(noisy.RECIPE.rate(5))
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.backend
def test_a_run_that_was_stopped_in_an_epoch_goes_on_as_if_it_had_not_been(tmp_path):
    whole, record = noisy.run(None)
    _, stopped = noisy.run(tmp_path, noisy.Counting(17, Controls.stop))
    assert (stopped.reason, len(stopped.epochs), stopped.epochs[-1]["steps"]) == ("stopped", 4, 2)
    resumed, again = noisy.run(tmp_path)
    assert_same(record, again)
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_run_that_is_over_returns_its_record_and_is_not_trained(digits, tmp_path):
    first, again = small(), small(seed=2)
    record = train(first, digits, epochs=2, folder=tmp_path)
    assert train(again, digits, epochs=2, folder=tmp_path, report=pytest.fail) == record
    assert Record.from_json((tmp_path / "record.json").read_text()) == record
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.backend
def test_seeds_reproduce_and_others_do_not():
    runs = []
    for seed in (1, 1, 2):
        model = noisy.build()
        train(model, load_splits("digits"), epochs=1, seed=seed, augment=("flip",))
        runs.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-6, atol=1e-7)
    assert not np.allclose(runs[0], runs[2])


@pytest.mark.backend
def test_the_best_weights_are_kept(digits):
    model, controls = small(), Controls()

    def corrupt(entry):
        if entry["epoch"] == 2:
            controls.set_learning_rate(5.0)

    record = train(model, digits, epochs=4, learning_rate=0.01, controls=controls, report=corrupt)
    assert record.best == 2
    assert record.error == pytest.approx(error_on(model, digits.validation), rel=1e-4)
    assert record.epochs[-1]["validation"]["error"] > 1.5 * record.error


def test_early_stopping_counts_epochs_without_gain(digits):
    record = train(small(), digits, epochs=9, learning_rate=1e-12, patience=2)
    assert (record.reason, record.best, len(record.epochs)) == ("early", 1, 3)


def test_training_opens_no_test_picture(digits, tmp_path):
    splits = load_splits("digits")
    model = small()
    assert train(model, splits, epochs=1, watcher=Witness(), folder=tmp_path).opened == 0
    assert splits.test.opened == 0
    error = test_error(model, splits)
    assert splits.test.opened == 1
    assert error == pytest.approx(error_on(model, splits.test.open()), rel=1e-4)


def test_training_pictures_among_the_validation_pictures_are_refused(digits):
    mixed = replace(digits, validation=digits.train.take(slice(0, 40)))
    with pytest.raises(ValueError, match="40 training pictures are validation or test pictures too"):
        train(small(), mixed)


def test_pictures_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"expected \(batch, 8, 8, 1\)"):
        train(small(), load_splits("digits", size=12))


@pytest.mark.parametrize("change, words", [({"epochs": 3}, "epochs is 2 there, 3 here"), ({"seed": 7}, "seed is 1")])
def test_a_folder_with_another_run_is_refused(digits, tmp_path, change, words):
    train(small(), digits, epochs=2, folder=tmp_path)
    with pytest.raises(ValueError, match=words):
        train(small(), digits, **{"epochs": 2, "folder": tmp_path} | change)


def test_a_folder_with_a_run_of_another_model_or_other_pictures_is_refused(digits, tmp_path):
    train(small(), digits, epochs=1, folder=tmp_path)
    with pytest.raises(ValueError, match="model latent_dim is 4 there, 5 here"):
        train(small(latent_dim=5), digits, epochs=1, folder=tmp_path)
    with pytest.raises(ValueError, match="data fingerprint"):
        train(small(), load_splits("digits", seed=1), epochs=1, folder=tmp_path)


def test_weights_to_start_from_are_part_of_a_run(digits, tmp_path):
    save_pretrained(small(seed=5), tmp_path / "donor.npz", {})
    train(small(), digits, epochs=1, folder=tmp_path / "fresh")
    started = small()
    start_from(started, tmp_path / "donor.json")
    with pytest.raises(ValueError, match="another run: start is None there"):
        train(started, digits, epochs=1, folder=tmp_path / "fresh")
    with pytest.raises(ValueError, match="another run: start is None there"):
        train(load_autoencoder(tmp_path / "donor.json"), digits, epochs=1, folder=tmp_path / "fresh")
    record = train(started, digits, epochs=1, folder=tmp_path / "started")
    assert train(started, digits, epochs=1, folder=tmp_path / "started") == record


def test_one_run_at_a_time_trains_in_a_folder(digits, tmp_path):
    with RunFolder(tmp_path, {"run": 1}), pytest.raises(LockedError, match="trains in this folder"):
        train(small(), digits, epochs=1, folder=tmp_path)


def test_a_damaged_state_is_refused_in_words(digits, tmp_path):
    train(small(), digits, epochs=1, folder=tmp_path)
    whole = (tmp_path / "state.npz").read_bytes()
    (tmp_path / "state.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="damaged"):
        train(small(), digits, epochs=1, folder=tmp_path)


def test_interrupting_ends_in_good_order(digits):
    model = small()
    record = train(model, digits, epochs=9, report=lambda entry: os.kill(os.getpid(), signal.SIGINT))
    assert (record.reason, len(record.epochs)) == ("stopped", 1)
    assert record.error == pytest.approx(error_on(model, digits.validation), rel=1e-4)


@pytest.mark.backend
def test_a_learning_rate_counts_from_the_next_batch(digits):
    """A batch with next to no learning rate leaves the weights as they were when it was set."""
    weights = []
    for act in (lambda controls: controls.set_learning_rate(1e-30), Controls.stop):
        model = small()
        train(model, digits, epochs=1, optimizer="sgd", momentum=0.0, controls=noisy.Counting(4, act))
        weights.append(model.get_weights())
    reference = small()
    train(reference, digits, epochs=1, optimizer="sgd", momentum=0.0, controls=noisy.Counting(3, Controls.stop))
    for still, stopped, before in zip(*weights, reference.get_weights(), strict=True):
        np.testing.assert_array_equal(still, before)
        assert not np.array_equal(stopped, before)


def test_a_paused_run_waits_and_goes_on(digits):
    seen = []
    running = train_in_background(
        small(), digits, epochs=3, report=lambda e: (seen.append(e), e["epoch"] == 1 and running.controls.pause())
    )
    while not seen:
        assert running.wait(0.05) is None
    assert running.wait(0.4) is None
    assert running.running and len(seen) == 1
    running.controls.resume()
    assert running.wait().reason == "finished"
    assert len(seen) == 3 and running.record is not None


def test_errors_in_the_background_are_raised_by_wait(digits):
    with pytest.raises(ValueError, match="expected one of mse"):
        train_in_background(small(), digits, loss="mes").wait()


@pytest.mark.backend
def test_a_code_that_carries_nothing_is_said_and_kept_in_the_record(digits, tmp_path):
    model = build_autoencoder("variational", (8, 8, 1), latent_dim=2, variance=1.0, options={"hidden": (32,)})
    with pytest.warns(Notice, match="2 of 2 units of the code carry less than 0.1 nats"):
        record = train(model, digits, epochs=8, learning_rate=0.003, folder=tmp_path)
    assert "2 of 2 units" in record.notes[0] and max(record.kl_nats) < 0.1
    assert Record.from_json((tmp_path / "record.json").read_text()) == record


@pytest.mark.backend
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_teaches(digits, loss):
    model = small()
    before = error_on(model, digits.validation)
    train(model, digits, epochs=3, loss=loss, learning_rate=0.02)
    assert error_on(model, digits.validation) < 0.9 * before


@pytest.mark.backend
@pytest.mark.parametrize("options", [{"optimizer": "sgd", "schedule": "step"}, {"optimizer": "adam"}])
def test_both_optimizers_teach(digits, options):
    record = train(small(), digits, epochs=3, learning_rate=0.02, **options)
    assert record.epochs[-1]["loss"] < record.epochs[0]["loss"]


@pytest.mark.backend
@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_penalties_shrink_kernels_and_are_in_the_loss(digits, penalty):
    sums, parts = [], []
    for strength in (0.0, 1e-3):
        model, witness = small(), Witness()
        record = train(model, digits, epochs=4, learning_rate=0.01, watcher=witness, **{penalty: strength})
        sums.append(np.abs(model.get_weights()[0]).sum())
        parts.append(witness.plan.parts)
        assert set(witness.plan.parts) <= set(record.epochs[-1])
    assert sums[1] < 0.9 * sums[0]
    assert parts == [("reconstruction",), ("reconstruction", "weights")]
    assert all(v.regularizer is None for v in model.trainable_variables)


@pytest.mark.backend
def test_mixed_precision_teaches_and_leaves_a_float32_model(digits):
    model = small()
    before = error_on(model, digits.validation)
    record = train(model, digits, epochs=3, learning_rate=0.02, precision="mixed_bfloat16")
    assert model.dtype_policy.name == "float32"
    assert record.error == pytest.approx(error_on(model, digits.validation), rel=0.02)
    assert record.error < 0.9 * before


@pytest.mark.backend
def test_a_loss_that_is_not_finite_is_an_error_in_words(digits):
    model = small(output="linear")
    with pytest.raises(ArithmeticError, match="begin again with a lower one, in another folder"):
        train(model, digits, epochs=9, optimizer="sgd", learning_rate=1e8)


def test_watchers_receive_reports_of_all_of_a_run(digits, tmp_path):
    witness, model = Witness(), small()
    record = train(model, digits, epochs=3, learning_rate=0.01, watcher=witness, folder=tmp_path)
    plan, last = witness.plan, witness.snapshots[-1]
    assert (plan.epochs, plan.steps, plan.done, plan.data) == (3, 10, 0, "digits")
    assert plan.references == {"PCA, 4 numbers": pca_error(digits, 4)} == record.references
    np.testing.assert_array_equal(plan.originals, digits.validation.images[:8])
    assert [s.epoch for s in witness.snapshots] == [1, 2, 3]
    assert [s.validation for s in witness.snapshots] == [e["validation"] for e in record.epochs]
    assert last.best and record.best == 3
    np.testing.assert_array_equal(last.reconstructions, np.rint(model.reconstruct(plan.originals) * 255))
    assert (witness.ended.reason, witness.ended.best) == ("finished", 3)
    assert witness.batches and witness.batches[0][2].keys() == {"loss", "reconstruction"}


def test_watchers_of_a_resumed_run_receive_what_was_done(digits, tmp_path):
    witness = Witness()
    train(small(), digits, epochs=3, folder=tmp_path, report=lambda e: os.kill(os.getpid(), signal.SIGINT))
    (tmp_path / "references.json").write_text("0.5")  # computed once, and kept here
    train(small(), digits, epochs=3, folder=tmp_path, watcher=witness)
    assert (witness.plan.done, [s.epoch for s in witness.snapshots]) == (1, [2, 3])
    assert witness.plan.references == {"PCA, 4 numbers": 0.5}


def test_watchers_receive_an_end_when_training_breaks_off(digits):
    witness = Witness()
    with pytest.raises(ArithmeticError):
        train(small(output="linear"), digits, watcher=witness, optimizer="sgd", learning_rate=1e8)
    assert witness.ended.reason == "failed" and "epoch 1" in witness.ended.text


@pytest.mark.backend
def test_keras_own_fit_can_be_watched(digits):
    witness, model = Witness(), small()
    model.compile("adam", loss="mse", metrics=["mse"])
    x, held = digits.train.floats(), digits.validation.floats()
    watch = Watch(witness, digits, references={"nothing": 1.0})
    history = model.fit(x, x, epochs=2, validation_data=(held, held), callbacks=[watch], verbose=0)
    assert [s.validation["error"] for s in witness.snapshots] == pytest.approx(history.history["val_mse"])
    assert witness.ended.reason == "finished" and witness.plan.references == {"nothing": 1.0}


@pytest.mark.backend
def test_a_keras_model_that_knows_nothing_of_us_can_be_watched(digits):
    layers = [keras.layers.Flatten(), keras.layers.Dense(4), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))]
    witness, model = Witness(), keras.Sequential([keras.Input(digits.image_shape), *layers], name="bare")
    model.compile("adam", loss="mse", metrics=["mse"])
    x, held = digits.train.floats(), digits.validation.floats()
    fit = {"epochs": 2, "validation_data": (held, held), "verbose": 0}
    history = model.fit(x, x, callbacks=[Watch(witness, digits)], **fit)
    last = witness.snapshots[-1]
    assert [s.validation["error"] for s in witness.snapshots] == pytest.approx(history.history["val_mse"])
    made = np.clip(model.predict(held[:8], verbose=0), 0, 1)
    np.testing.assert_allclose(last.reconstructions / 255, made, atol=0.51 / 255)
    assert last.units is None and witness.plan.model == "bare"
    headless = keras.Sequential(model.layers[:-1])
    headless.compile("adam", loss="mse", metrics=["mse"])
    with pytest.raises(ValueError, match=r"expected pictures of \(8, 8, 1\) as outputs, got \(64,\)"):
        both = ((images, images.reshape(len(images), -1)) for images in (x, held))
        headless.fit(*next(both), validation_data=next(both), callbacks=[Watch(witness, digits)], verbose=0)


def test_pca_errors_are_scikit_learns(digits):
    x, held = (p.floats().reshape(len(p), -1) for p in (digits.train, digits.validation))
    pca = PCA(4).fit(x)
    expected = np.mean(np.square(pca.inverse_transform(pca.transform(held)) - held))
    assert pca_error(digits, 4) == pytest.approx(expected, rel=1e-5)
    assert pca_error(digits, 65) is None


def test_code_sizes_count_the_values_of_a_code():
    assert code_size(small()) == 4


TWO_OF_TENSORFLOW = (
    "import tensorflow as tf; cpu = tf.config.list_physical_devices('CPU')[0]\n"
    "tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)\n"
    "scope = tf.distribute.MirroredStrategy(['CPU:0', 'CPU:1']).scope\n"
)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_several_devices_give_what_one_gives(backend):
    """Two devices give the results of one; a batch that does not divide by two loses one picture."""
    pytest.importorskip(backend)
    code = (
        "import json, sys, keras, noisy; from aewidgets.training.data.splits import load_splits\n"
        "from aewidgets.models.families import build_autoencoder; from aewidgets.training.autoencoders import train\n"
        "keras.utils.set_random_seed(1); splits = load_splits('digits', limit=231)\n"
        "with scope():\n"
        "    model = build_autoencoder('dense', (8, 8, 1), latent_dim=4)\n"
        "record = train(model, splits, epochs=2, batch_size=64, learning_rate=0.01)\n"
        "jax = keras.backend.backend() == 'jax'\n"
        "devices = len(keras.distribution.list_devices()) if jax else model.distribute_strategy.num_replicas_in_sync\n"
        "print(json.dumps([devices, record.error]))"
    )
    results = []
    for count in (1, 2):
        flags = f"--xla_force_host_platform_device_count={count}"
        paths = os.pathsep.join([str(Path(noisy.__file__).parents[1]), *sys.path])
        environment = os.environ | {"KERAS_BACKEND": backend, "XLA_FLAGS": flags, "PYTHONPATH": paths}
        one = "from contextlib import nullcontext as scope\n"
        begin = TWO_OF_TENSORFLOW if (backend, count) == ("tensorflow", 2) else one
        run = subprocess.run([sys.executable, "-c", begin + code], env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        results.append(json.loads(run.stdout.splitlines()[-1]))
    assert [devices for devices, _ in results] == [1, 2]
    assert results[0][1] == pytest.approx(results[1][1], rel=0.05)
