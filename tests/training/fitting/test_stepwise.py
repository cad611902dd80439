"""Runs by steps: stopped at any step they end as an uninterrupted one, and a state that is not finite is never kept."""

import os
import signal

import keras
import numpy as np
import pytest

from aewidgets.training.fitting.run_folder import RunFolder
from aewidgets.training.fitting.state import load_arrays
from aewidgets.training.fitting.stepwise import Interrupted, averaging_adam, check_run, fit_steps

pytestmark = pytest.mark.long

STEPS, EPOCH = 11, 4


class Batches:
    """Batches that follow from their step alone; at one of them something happens, or inputs and targets grow."""

    def __init__(self, at=0, act=lambda: None, x=1.0, y=1.0):
        self.at, self.act, self.factors = at, act, (np.float32(x), np.float32(y))

    def __getitem__(self, step):
        if step == self.at:
            self.act()
        x = np.random.default_rng(step).random((8, 4), "float32")
        grown = self.factors if step == self.at else (1, 1)
        return x * grown[0], x.sum(axis=1, keepdims=True) * grown[1]


def model():
    """Return a small network with dropout, so that a step draws random numbers."""
    keras.utils.set_random_seed(1)
    built = keras.Sequential([keras.layers.Dense(6), keras.layers.Dropout(0.5, seed=3), keras.layers.Dense(1)])
    built.build((None, 4))
    eager = keras.backend.backend() == "tensorflow"  # tracing would take longer than the steps
    built.compile(averaging_adam(STEPS, 0.05), loss="mse", jit_compile=False, run_eagerly=eager)
    built.optimizer.build(built.trainable_variables)
    return built


def fit(path, batches=None, **options):
    built = model()
    with RunFolder(path, {"run": 1}) as folder:
        fit_steps(built, batches or Batches(), STEPS, folder, EPOCH, **options)
    return built.get_weights()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Weights of a run that was not interrupted."""
    return fit(tmp_path_factory.mktemp("whole"))


def assert_same(weights, others):
    for a, b in zip(weights, others, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.backend
@pytest.mark.parametrize("at, number", [(2, signal.SIGINT), (4, signal.SIGTERM), (7, signal.SIGINT)])
def test_a_run_that_was_stopped_at_any_step_ends_as_if_it_had_not_been(tmp_path, whole, at, number):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(Interrupted, match=f"stopped after step {at} of {STEPS}; the state is saved in {tmp_path}"):
        fit(tmp_path, Batches(at, lambda: os.kill(os.getpid(), number)))
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    with RunFolder(tmp_path, {"run": 1}) as folder:
        assert load_arrays(folder)[0] == {"step": at}
        assert [entry["step"] for entry in folder.log()][-1] == at
    assert_same(fit(tmp_path), whole)


def test_a_run_that_was_stopped_twice_in_an_epoch_ends_as_if_it_had_not_been(tmp_path, whole):
    for at in (1, 3):
        with pytest.raises(KeyboardInterrupt):
            fit(tmp_path, Batches(at, lambda: os.kill(os.getpid(), signal.SIGINT)))
    assert_same(fit(tmp_path), whole)


def test_a_loss_that_is_not_finite_is_an_error_in_words_and_the_good_state_stays(tmp_path, whole):
    for _ in range(2):  # the second time from the state that was kept
        with pytest.raises(ArithmeticError, match=r"after step 6, at a learning rate of .*step 4 is kept .*lower"):
            fit(tmp_path, Batches(6, y=np.nan))
        with RunFolder(tmp_path, {"run": 1}) as folder:
            counters, groups = load_arrays(folder)
        assert counters == {"step": 4}
        assert all(np.isfinite(value).all() for value in groups["state"])
    assert_same(fit(tmp_path), whole)


def test_weights_that_stop_being_finite_after_a_finite_loss_are_not_kept(tmp_path):
    """The loss of the last step of an epoch is about 1e36, its gradient overflows."""
    with pytest.raises(ArithmeticError, match="the state is not finite after step 8"):
        fit(tmp_path, Batches(8, x=1e4, y=1e18))
    with RunFolder(tmp_path, {"run": 1}) as folder:
        assert load_arrays(folder)[0] == {"step": 4}


@pytest.mark.parametrize("steps, rate", [(0, 0.1), (10, np.nan), (10, np.inf), (10, -1), (10, 0)])
def test_settings_that_cannot_train_are_refused_in_words(steps, rate):
    with pytest.raises(ValueError, match="expected"):
        check_run(steps, rate)
