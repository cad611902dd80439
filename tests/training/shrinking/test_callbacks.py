"""Training through rounded kernels stays on the grid and learns there; pruning follows its schedule to the end."""

from itertools import pairwise

import keras
import numpy as np
import pytest
from keras import layers

import aewidgets
from aewidgets import GradualPruning, QuantisationAware
from aewidgets.models.shrinking.kernels import kernels_of
from aewidgets.models.shrinking.rounding import round_kernel

pytestmark = pytest.mark.long  # fits networks
X = np.random.default_rng(0).random((96, 8, 8, 1)).astype("float32")


def small(seed: int = 1) -> keras.Model:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([
        keras.Input((8, 8, 1)), layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        layers.BatchNormalization(), layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
    ])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


def on_grid(model: keras.Model, bits: int) -> bool:
    kernels = kernels_of(model)
    return all((round_kernel(k.floats, bits, k.channels).floats() == k.floats).all() for k in kernels)


class Seen(keras.callbacks.Callback):
    """What another callback sees at the end of each epoch."""

    def __init__(self, bits: int):
        super().__init__()
        self.bits, self.epochs = bits, []

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(on_grid(self.model, self.bits))


@pytest.mark.backend
@pytest.mark.parametrize("bits", [4, pytest.param(8, marks=pytest.mark.slow)])
def test_every_kernel_is_on_the_grid_at_the_end_of_every_epoch_and_the_loss_falls(bits: int):
    model, seen = small(), Seen(bits)
    history = model.fit(X, X, epochs=4, batch_size=16, verbose=0, callbacks=[QuantisationAware(bits), seen])
    assert seen.epochs == [True] * 4 and on_grid(model, bits)
    assert history.history["loss"][-1] < 0.7 * history.history["loss"][0]
    shrunk = aewidgets.shrink(model, f"int{bits}")
    for old, new in zip(model.get_weights(), shrunk.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.backend
def test_steps_too_small_for_the_grid_add_up_in_the_shadows():
    """Plain rounding after each step would leave such kernels where they began."""
    model = small()
    model.optimizer.learning_rate = 4e-4  # a step moves a weight by about that; half a step of int4 is over 0.01
    first = round_kernel(kernels_of(model)[0].floats, 4, (3,)).floats()
    model.fit(X, X, epochs=20, batch_size=48, verbose=0, callbacks=[QuantisationAware(4)])
    assert (kernels_of(model)[0].floats != first).any()


@pytest.mark.backend
def test_the_best_weights_that_early_stopping_brings_back_are_on_the_grid():
    model = small()
    best = keras.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True)
    model.fit(X, X, epochs=3, batch_size=48, verbose=0, callbacks=[QuantisationAware(8), best])
    assert on_grid(model, 8)


@pytest.mark.backend
@pytest.mark.parametrize("share", [0.9, pytest.param(0.5, marks=pytest.mark.slow)])
def test_pruned_kernels_have_exactly_the_share_of_zeros_and_biases_none(share: float):
    model = small()
    history = model.fit(X, X, epochs=4, batch_size=16, verbose=0, callbacks=[GradualPruning(share, 2, 20, 3)])
    for kernel in kernels_of(model):
        assert (kernel.floats == 0).sum() == np.rint(share * kernel.floats.size)
    biases = [v for v in model.trainable_variables if v.name == "bias"]
    assert biases and all((keras.ops.convert_to_numpy(v) != 0).any() for v in biases)
    assert history.history["loss"][-1] < history.history["loss"][0]


@pytest.mark.backend
def test_zeros_only_grow_along_the_schedule():
    pruning, found = GradualPruning(0.8, 4, 20, 1), []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            found.append([kernel.floats == 0 for kernel in kernels_of(self.model)])

    small().fit(X, X, epochs=4, batch_size=16, verbose=0, callbacks=[pruning, Count()])
    for step, masks in enumerate(found, 1):
        for mask in masks:
            assert mask.sum() == np.rint(pruning.share_at(step) * mask.size)
    for before, after in pairwise(found):
        assert all((b <= a).all() for b, a in zip(before, after, strict=True))


def test_the_schedule_begins_at_nothing_ends_at_the_share_and_is_cubic():
    pruning = GradualPruning(0.9, 10, 110)
    assert [pruning.share_at(step) for step in (0, 10, 110, 500)] == [0, 0, 0.9, 0.9]
    assert pruning.share_at(60) == pytest.approx(0.9 * 7 / 8)
    shares = np.array([pruning.share_at(step) for step in range(10, 111)])
    assert (np.diff(shares) > 0).all() and (np.diff(shares, 2) < 0).all()


def test_numbers_out_of_range_are_refused():
    for share, begin, end, every in [(0, 0, 9, 1), (1, 0, 9, 1), (0.5, 9, 9, 1), (0.5, -1, 9, 1), (0.5, 0, 9, 0)]:
        with pytest.raises(ValueError, match="expected"):
            GradualPruning(share, begin, end, every)
    with pytest.raises(ValueError, match="bits: expected one of 4, 8"):
        QuantisationAware(5)
    with pytest.raises(ValueError, match="expected at most 12 steps"):
        small().fit(X, X, epochs=2, batch_size=16, verbose=0, callbacks=[GradualPruning(0.5, 0, 13)])
