"""The denoising autoencoder corrupts as asked, by its seed, and only in training."""

import keras
import numpy as np
import pytest

from aewidgets.models.denoising import DenoisingAutoencoder

pytestmark = [pytest.mark.backend, pytest.mark.long]

GRAY = np.full((64, 16, 16, 1), 0.5, "float32")


def tiny(**options) -> DenoisingAutoencoder:
    return DenoisingAutoencoder((16, 16, 1), **{"latent_dim": 3, "options": {"hidden": ()}} | options)


def corrupted(model) -> np.ndarray:
    return keras.ops.convert_to_numpy(model.corrupt(keras.ops.convert_to_tensor(GRAY)))


def test_gaussian_noise_has_the_deviation_asked_for_and_is_not_clipped():
    noise = corrupted(tiny(strength=0.3)) - GRAY
    assert noise.std() == pytest.approx(0.3, rel=0.03)
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.max() > 0.6


def test_a_range_gives_every_picture_its_own_deviation():
    deviations = (corrupted(tiny(strength=(0.1, 0.5))) - GRAY).std(axis=(1, 2, 3))
    assert 0.08 < deviations.min() < 0.2
    assert 0.4 < deviations.max() < 0.55


def test_masking_sets_the_share_asked_for_to_zero_and_keeps_the_rest():
    x = corrupted(tiny(corruption="masking", strength=0.25))
    assert set(np.unique(x)) == {0.0, 0.5}
    assert (x == 0).mean() == pytest.approx(0.25, abs=0.02)


def test_the_seed_sets_the_noise_and_every_draw_is_another():
    first, second = tiny(seed=5), tiny(seed=5)
    once, twice = corrupted(first), corrupted(first)
    np.testing.assert_array_equal(once, corrupted(second))
    assert np.abs(once - twice).max() > 0.1


def test_nothing_is_corrupted_outside_training():
    model = tiny(strength=0.5)
    clean = keras.ops.convert_to_numpy(model(GRAY))
    np.testing.assert_allclose(clean, model.decode(model.encode(GRAY)), atol=1e-5)
    assert np.abs(keras.ops.convert_to_numpy(model(GRAY, training=True)) - clean).max() > 1e-3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"corruption": "blur"}, "gaussian, masking"),
        ({"strength": (0.5, 0.1)}, "least <= most"),
        ({"corruption": "masking", "strength": 1.5}, "shares at most 1"),
    ],
)
def test_impossible_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        tiny(**options)
