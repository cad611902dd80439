"""Every autoencoder keeps shapes, parts of the loss, files and configurations. On digits, with tiny networks."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from aewidgets.models.families import AUTOENCODERS, build_autoencoder

pytestmark = [pytest.mark.backend, pytest.mark.long]

TINY = {
    "dense": {"hidden": (16,)},
    "convolutional": {"num_filters": 4, "levels": 2},
    "sparse": {"latent_dim": 12, "sparsity": "l1", "hidden": (16,)},
    "contractive": {"hidden": (16,)},
    "denoising": {"options": {"hidden": (16,)}},
    "variational": {"options": {"hidden": (16,)}},
    "recurrent": {"width": 8},
}


def digits(count: int = 96) -> np.ndarray:
    """Return digits, float32 (count, 8, 8, 1) in [0, 1]."""
    return (load_digits().images[:count, ..., None] / 16).astype("float32")


def tiny(family: str, seed: int = 1, **options):
    """Return a compiled autoencoder of 8x8 pictures; the seed sets its weights and its noise."""
    keras.utils.set_random_seed(seed)
    model = build_autoencoder(family, (8, 8, 1), **{"latent_dim": 4} | TINY[family] | options)
    # TensorFlow takes longer to trace a graph than for these few steps; dense networks are tested with one.
    eager = keras.backend.backend() == "tensorflow" and family != "dense"
    model.compile(keras.optimizers.Adam(3e-3), loss="mse", metrics=["mse"], run_eagerly=eager)
    return model


@pytest.fixture(params=list(AUTOENCODERS))
def family(request) -> str:
    return request.param


# What needs two trainings, or one with casts: three families at every run, the others in `make test-slow`.
_OFTEN = ("dense", "convolutional", "variational")
every_family_sometimes = pytest.mark.parametrize(
    "family", [f if f in _OFTEN else pytest.param(f, marks=pytest.mark.slow) for f in AUTOENCODERS]
)


def test_codes_and_pictures_have_the_stated_shapes(family):
    model, x = tiny(family), digits(5)
    codes = model.encode(x, batch_size=2)
    assert codes.shape == (5, *model.code_shape)
    assert codes.dtype == np.float32
    assert model.decode(codes).shape == x.shape
    assert model.code_size == codes[0].size
    assert f"{model.code_size:,} values" in model.describe()


def test_a_reconstruction_is_the_decoded_code(family):
    model, x = tiny(family), digits(5)
    np.testing.assert_allclose(model.reconstruct(x), model.decode(model.encode(x)), atol=1e-6)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(x)), model.reconstruct(x), atol=1e-5)


def test_bytes_and_fractions_are_the_same_pictures(family):
    model = tiny(family)
    x = (255 * digits(5)).round().astype("uint8")
    np.testing.assert_allclose(model.encode(x), model.encode(x / 255.0), atol=1e-5)


def test_the_parts_are_logged_and_sum_to_the_loss(family):
    model, x = tiny(family), digits()
    history = model.fit(x, x, epochs=1, batch_size=40, validation_data=(x, x), verbose=0).history
    assert model.parts[0] == "reconstruction"
    for prefix in ("", "val_"):
        total = sum(history[prefix + part][0] for part in model.parts)
        assert history[prefix + "loss"][0] == pytest.approx(total, rel=1e-4)


def test_regularised_weights_are_a_part(family):
    model, x = tiny(family), digits()
    kernel = model.trainable_variables[0]
    kernel.regularizer = keras.regularizers.L2(0.5)
    expected = 0.5 * np.square(keras.ops.convert_to_numpy(kernel)).sum()
    logs = model.evaluate(x, x, verbose=0, return_dict=True)
    assert logs["weights"] == pytest.approx(expected, rel=1e-4)
    assert logs["loss"] == pytest.approx(sum(logs[part] for part in model.parts), rel=1e-4)


def test_training_moves_every_weight_and_lowers_the_loss(family):
    model, x = tiny(family), digits()
    before = [v.numpy() for v in model.trainable_variables]
    losses = model.fit(x, epochs=3, batch_size=16, verbose=0).history["loss"]
    pairs = zip(before, model.trainable_variables, strict=True)
    assert [v.path for b, v in pairs if np.array_equal(b, v.numpy())] == []
    assert losses[-1] < losses[0]


def test_a_saved_model_computes_the_same(family, tmp_path):
    model, x = tiny(family), digits(5)
    model.train_on_batch(x, x)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")  # safe_mode is on by default
    assert again.get_config() == model.get_config()
    np.testing.assert_allclose(again.reconstruct(x), model.reconstruct(x), atol=1e-6)


@every_family_sometimes
def test_a_seed_reproduces_training(family):
    x = digits()
    runs = [tiny(family).fit(x, x, epochs=2, batch_size=32, verbose=0).history["loss"] for _ in range(2)]
    np.testing.assert_allclose(*runs, rtol=1e-5)


@every_family_sometimes
def test_mixed_precision_keeps_losses_and_codes_in_float32(family):
    model, x = tiny(family, dtype="mixed_bfloat16"), digits()
    assert "bfloat16" in {layer.compute_dtype for layer in model.encoder.layers}
    assert model.decoder.output.dtype == "float32"
    losses = model.fit(x, x, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert model.encode(x).dtype == np.float32


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x[0], "one image is"),
        (lambda x: x[..., 0], "last axis of 1"),
        (lambda x: x[:, :7], r"expected \(batch, 8, 8, 1\), got \(5, 7, 8, 1\)"),
        (lambda x: x[:0], "at least one"),
    ],
)
def test_other_shapes_are_refused_in_words(change, words):
    with pytest.raises(ValueError, match=words):
        tiny("dense").encode(change(digits(5)))


def test_fitting_other_shapes_is_refused_in_words():
    wrong = digits(5)[:, :7]
    with pytest.raises(ValueError, match="build the model for their shape"):
        tiny("dense").fit(wrong, wrong, verbose=0)


def test_codes_of_another_shape_are_refused_in_words():
    with pytest.raises(ValueError, match=r"codes: expected \(n, 4\), got \(2, 5\)"):
        tiny("dense").decode(np.zeros((2, 5)))


def test_an_unknown_family_is_refused_in_words():
    with pytest.raises(ValueError, match=r"dense.*got 'dens'"):
        build_autoencoder("dens", (8, 8, 1))


@pytest.mark.parametrize("latent_dim", [0, -3, 2.5, True])
def test_the_length_of_a_code_is_a_whole_number(latent_dim):
    with pytest.raises(ValueError, match="latent_dim: expected a whole number"):
        build_autoencoder("dense", (8, 8, 1), latent_dim=latent_dim)
