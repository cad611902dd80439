"""Losses are the figures they stand for, and have gradients."""

import keras
import numpy as np
import pytest
from keras import ops

from aewidgets import metrics
from aewidgets.losses import ms_ssim

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


def test_sides_that_do_not_halve_are_told():
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
