"""The codecs as Keras models: configurations, steps, the training pass and its gradient, on every backend."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from aewidgets.codec.coding.constants import NUM_KNOTS
from aewidgets.codec.coding.lagrangian import LAMBDA_MAX, LAMBDA_MIN, lmbda_of
from aewidgets.codec.model.codec import FAMILIES, start_steps
from aewidgets.codec.model.export import load_arrays, to_arrays
from aewidgets.training.codecs import mean_of

pytestmark = [pytest.mark.backend, pytest.mark.long]


def picture(height=32, width=48, seed=0):
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[:height, :width] / 16
    x = 0.5 + 0.3 * np.sin(i + rng.uniform(0, 6)) * np.cos(j)
    return np.stack([x, x**2, 1 - x], axis=-1)[None].astype("float32")


def test_lambda_grows_geometrically_between_its_ends():
    assert lmbda_of(0.0) == pytest.approx(LAMBDA_MIN)
    assert lmbda_of(1.0) == pytest.approx(LAMBDA_MAX)
    assert lmbda_of(0.5) == pytest.approx(np.sqrt(LAMBDA_MIN * LAMBDA_MAX))


def test_starting_steps_are_near_the_high_rate_optimum():
    lmbda = lmbda_of(np.linspace(0, 1, NUM_KNOTS))
    ratio = start_steps() ** 2 * np.log(2) * lmbda / 18
    assert ((ratio > 1) & (ratio < 2)).all()


def test_an_untrained_codec_is_the_transform():
    """Synthesis inverts analysis, as far as frequencies are kept, while CNNs are silent and nothing is rounded."""
    model = FAMILIES["factorised"](tiny.statistics(), widths=(8, 8, 16), depth=1)
    model.build()
    x, q = ops.full((1, 48, 32, 3), 0.3), ops.full((1,), 0.5)
    y = model.analyse(x, q)
    x_hat = ops.convert_to_numpy(model.synthesise(y, ops.zeros_like(y), q))
    np.testing.assert_allclose(x_hat, 0.3, atol=1e-4)


@pytest.mark.parametrize("family", [pytest.param("hyperprior", marks=pytest.mark.slow), "factorised"])
def test_training_moves_every_weight_and_lowers_the_loss(family):
    model = tiny.model(family)
    before = {v.path: ops.convert_to_numpy(v).copy() for v in model.trainable_variables}
    eager = keras.backend.backend() == "tensorflow"  # it takes longer to trace a graph than for these few steps
    model.compile(keras.optimizers.Adam(3e-3, global_clipnorm=1.0), loss=mean_of(0, "loss"), run_eagerly=eager)
    batch = {"x": np.concatenate([picture(32, 48, s) for s in range(3)]), "quality": np.array([0, 0.4, 1], "float32")}
    losses = [float(model.train_on_batch(batch, np.zeros((3, 3), "float32"))) for _ in range(15)]
    still = [v.path for v in model.trainable_variables if np.array_equal(before[v.path], ops.convert_to_numpy(v))]
    assert still == []
    assert np.mean(losses[-3:]) < np.mean(losses[:3])


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_model_comes_back_from_its_configuration_and_arrays(family):
    model = tiny.model(family)
    again = type(model).from_config(model.get_config())
    again.build()
    load_arrays(again, to_arrays(model))
    once, twice = to_arrays(model), to_arrays(again)
    assert once.keys() == twice.keys()
    for name in once:
        np.testing.assert_array_equal(once[name], twice[name], err_msg=name)


def test_arrays_of_another_architecture_are_refused():
    with pytest.raises(ValueError, match="another architecture"):
        load_arrays(tiny.model("hyperprior"), to_arrays(tiny.model("factorised")))


def test_groups_must_fit_the_channels():
    with pytest.raises(ValueError, match="groups"):
        FAMILIES["hyperprior"](tiny.statistics(), groups=(3, 5))


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_saved_model_computes_the_same(family, tmp_path):
    model = tiny.model(family)
    model.save(tmp_path / "codec.keras")
    again = keras.saving.load_model(tmp_path / "codec.keras")  # safe_mode is on by default
    x, q = ops.convert_to_tensor(picture()), ops.full((1,), 0.5)
    latents = (ops.convert_to_numpy(m.analyse(x, q)) for m in (model, again))
    np.testing.assert_allclose(*latents, atol=1e-4)
