"""The residual denoiser begins as the identity, scales with its input, keeps to its reach, and can be saved."""

import keras
import numpy as np
import pytest

from aewidgets.models.residual_denoiser import ResidualDenoiser, decibel_loss

pytestmark = pytest.mark.backend

SMALL = {"widths": (8, 12), "blocks": (1, 1)}


def inputs(x, level=0.1):
    return x.astype("float32"), np.full((*x.shape[:3], 1), level, "float32")


@pytest.fixture
def awake():
    """Return a small denoiser whose last layer is not zero."""
    keras.utils.set_random_seed(3)
    model = ResidualDenoiser(**SMALL)
    for variable in model.trainable_variables:
        variable.assign(keras.random.normal(variable.shape, stddev=0.1, seed=5))
    return model


def test_an_untrained_denoiser_changes_nothing():
    x = np.random.default_rng(0).random((2, 16, 24, 3))
    model = ResidualDenoiser(3, **SMALL)
    np.testing.assert_array_equal(model.restored(*inputs(x)), x.astype("float32"))


def test_twice_the_picture_and_its_noise_is_twice_the_result(awake):
    x = np.random.default_rng(1).normal(size=(1, 16, 16, 1))
    once, twice = awake.restored(*inputs(x, 0.1)), awake.restored(*inputs(2 * x, 0.2))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-3, atol=1e-5)
    assert np.abs(once - x).max() > 0.01


def test_a_pixel_changes_nothing_beyond_the_reach(awake):
    x = np.zeros((1, 96, 96, 1))
    other = x.copy()
    other[0, 48, 48] = 9
    changed = np.argwhere(awake.restored(*inputs(x)) != awake.restored(*inputs(other)))[:, 1:3]
    assert np.abs(changed - 48).max() <= awake.reach
    assert np.abs(changed - 48).max() > awake.reach // 2


def test_it_is_saved_whole(awake, tmp_path):
    x = inputs(np.random.default_rng(2).random((1, 8, 8, 1)))
    awake.save(tmp_path / "denoiser.keras")
    again = keras.models.load_model(tmp_path / "denoiser.keras", safe_mode=True)
    np.testing.assert_allclose(again.restored(*x), awake.restored(*x), atol=1e-6)
    assert again.get_config() == awake.get_config()


def test_the_shipped_size_stays_below_seven_hundred_thousand():
    assert ResidualDenoiser(3).network.count_params() < 700_000


def test_the_loss_is_the_psnr_of_each_picture():
    x = np.zeros((2, 8, 8, 1), "float32")
    y = x + np.array([0.1, 0.01], "float32")[:, None, None, None]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(decibel_loss(x, y)), [-20, -39.957], atol=0.01)


def test_blocks_must_go_with_widths():
    with pytest.raises(ValueError, match="one number for each of 2 widths"):
        ResidualDenoiser(widths=(8, 8), blocks=(1,))
    with pytest.raises(ValueError, match="above zero"):
        ResidualDenoiser(channels=0)
