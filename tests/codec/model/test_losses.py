"""Losses agree with the figures of `aewidgets.images.metrics`, and have gradients."""

import keras
import numpy as np
import pytest
from keras import ops

from aewidgets.codec.model.losses import ms_ssim, rmse, ssim, ssim_loss
from aewidgets.images import metrics

pytestmark = pytest.mark.backend


def pictures(seed, noise, shape=(2, 192, 208, 3)):
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[: shape[1], : shape[2]]
    x = np.stack([0.5 + 0.3 * np.sin(i / (5 + n) + c) * np.cos(j / 9) for n in range(2) for c in range(3)], axis=-1)
    x = x.reshape(*shape[1:3], 2, 3).transpose(2, 0, 1, 3).astype("float32")
    return x, (x + rng.normal(0, noise, shape)).clip(0, 1).astype("float32")


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.4])
def test_ms_ssim_is_that_of_the_metrics(noise):
    x, y = pictures(1, noise)
    ours = ops.convert_to_numpy(ms_ssim(ops.convert_to_tensor(x), ops.convert_to_tensor(y)))
    exact = [metrics.ms_ssim(a, b, data_range=1) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(ours, exact, atol=2e-4)


def test_sides_that_do_not_halve_are_refused():
    x = np.zeros((1, 180, 192, 3), "float32")
    with pytest.raises(ValueError, match="multiples of 16"):
        ms_ssim(x, x)


def test_its_gradient_leads_uphill():
    x, y = pictures(2, 0.1)

    class Shown(keras.Model):
        def __init__(self):
            super().__init__()
            self.picture = self.add_weight(shape=y.shape, initializer=lambda s, dtype=None: ops.cast(y, dtype))

        def call(self, inputs):
            return 1.0 - ms_ssim(inputs, self.picture)

    model = Shown()
    model.compile(keras.optimizers.Adam(0.01), loss=lambda t, p: ops.mean(p), jit_compile=False)
    losses = [model.train_on_batch(x, np.zeros(2, "float32")) for _ in range(12)]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.4])
@pytest.mark.parametrize("shape", [(2, 40, 33, 3), (2, 11, 11, 3)])
def test_ssim_is_that_of_the_metrics(noise, shape):
    x, y = pictures(3, noise, shape)
    exact = [metrics.ssim(a, b, data_range=1) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(ops.convert_to_numpy(ssim(x, y)), exact, atol=2e-4)


@pytest.mark.parametrize("shape", [(2, 8, 8, 1), (2, 7, 9, 3), (2, 1, 4, 1)])
def test_ssim_of_small_pictures_is_one_for_equal_ones_and_falls_with_noise(shape):
    rng = np.random.default_rng(4)
    x, noise = rng.random(shape).astype("float32"), rng.normal(size=shape).astype("float32")
    values = [float(ops.mean(ssim(x, x + strength * noise))) for strength in (0.0, 0.05, 0.5)]
    assert values[0] == pytest.approx(1, abs=1e-5)
    assert values == sorted(values, reverse=True)


def test_rmse_is_the_root_picture_by_picture():
    x, y = pictures(5, 0.2, (2, 9, 8, 3))
    expected = np.sqrt(np.mean(np.square(x - y), axis=(1, 2, 3)))
    np.testing.assert_allclose(ops.convert_to_numpy(rmse(x, y)), expected, rtol=1e-5)


@pytest.mark.parametrize("loss", [ssim_loss, rmse])
def test_a_network_learns_by_it(loss):
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(6).random((32, 8, 8, 1)).astype("float32")
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 3, padding="same")])
    model.compile(keras.optimizers.Adam(0.02), loss=loss, jit_compile=False)
    losses = [float(model.train_on_batch(x, x)) for _ in range(60)]
    assert np.isfinite(losses).all()
    assert losses[-1] < 0.7 * losses[0]


def test_the_gradient_of_rmse_is_finite_at_equal_pictures():
    x = np.ones((4, 8, 8, 1), "float32")
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1.0), keras.layers.Conv2D(1, 1)])
    model.set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    model.compile("sgd", loss=rmse, jit_compile=False)
    model.train_on_batch(x, x)
    assert all(np.isfinite(w).all() for w in model.get_weights())
