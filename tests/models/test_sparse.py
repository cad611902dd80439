"""Three kinds of sparsity: limits, the sparsity reached, bytes of the codes."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from aewidgets.codec.coding.entropy.sparse import decode_sparse, encode_sparse
from aewidgets.models.sparse import OFF, SparseAutoencoder, bernoulli_kl
from aewidgets.training.diagnosis import units

pytestmark = [pytest.mark.backend, pytest.mark.long]


def digits() -> np.ndarray:
    return (load_digits().images[:256, ..., None] / 16).astype("float32")


def fitted(epochs=4, **options) -> SparseAutoencoder:
    keras.utils.set_random_seed(1)
    model = SparseAutoencoder((8, 8, 1), latent_dim=24, hidden=(32,), **options)
    model.compile(keras.optimizers.Adam(3e-3), loss="mse")
    model.fit(digits(), epochs=epochs, batch_size=16, verbose=0)
    return model


def test_top_k_keeps_the_k_largest_in_magnitude():
    model = SparseAutoencoder((8, 8, 1), latent_dim=24, sparsity="top-k", k=5, hidden=())
    codes = model.encode(digits())
    kernel, bias = model.encoder.get_weights()
    whole = digits().reshape(256, 64) @ kernel + bias
    order = np.argsort(-np.abs(whole), axis=1)
    assert (np.count_nonzero(codes, axis=1) == 5).all()
    kept, dropped = np.take_along_axis(codes, order[:, :5], 1), np.take_along_axis(whole, order[:, :5], 1)
    np.testing.assert_allclose(kept, dropped, atol=1e-4)
    assert model.share_active(digits()) == pytest.approx(5 / 24)
    assert model.parts == ("reconstruction",)


@pytest.mark.parametrize("sparsity", ["l1", "kl"])
def test_a_stronger_penalty_leaves_fewer_units_on(sparsity):
    weak, strong = (fitted(sparsity=sparsity, rho=0.01, strength=s).share_active(digits()) for s in (0.0, 0.3))
    assert strong < 0.7 * weak


def test_rows_after_an_l1_code_have_length_one():
    kernel = fitted(sparsity="l1", epochs=1).decoder.layers[1].get_weights()[0]
    np.testing.assert_allclose(np.linalg.norm(kernel, axis=1), 1, atol=1e-4)


def test_the_kl_of_bernoulli_distributions_is_zero_for_equal_ones_and_grows_away_from_them():
    values = keras.ops.convert_to_numpy(bernoulli_kl(0.1, np.array([0.1, 0.2, 0.5], "float32")))
    exact = [0.1 * np.log(0.1 / q) + 0.9 * np.log(0.9 / (1 - q)) for q in (0.1, 0.2, 0.5)]
    np.testing.assert_allclose(values, exact, atol=1e-6)


def test_the_logged_penalty_is_the_strength_times_the_sum_of_the_code():
    model = fitted(sparsity="l1", strength=0.01, epochs=1)
    logs = model.evaluate(digits(), verbose=0, return_dict=True, batch_size=256)
    expected = 0.01 * np.abs(model.encode(digits())).sum(axis=1).mean()
    assert logs["sparsity"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("sparsity", ["l1", "kl", "top-k"])
def test_coded_bytes_are_those_of_codes_that_come_back(sparsity):
    model = SparseAutoencoder((8, 8, 1), latent_dim=24, sparsity=sparsity, k=4)
    codes = model.encode(digits())
    data = encode_sparse(codes, 2 * OFF)
    assert model.coded_bytes(codes) == len(data)
    np.testing.assert_allclose(decode_sparse(data), codes, atol=OFF + 1e-5)


def test_fewer_units_on_take_fewer_bytes():
    sizes = []
    for k in (2, 8, 20):
        model = SparseAutoencoder((8, 8, 1), latent_dim=24, sparsity="top-k", k=k, hidden=())
        sizes.append(model.coded_bytes(model.encode(digits())))
    assert sizes == sorted(sizes)


def test_diagnosis_measures_the_activity_of_units():
    model = SparseAutoencoder((8, 8, 1), latent_dim=24, sparsity="top-k", k=6)
    found = units(model.code_statistics(digits()))
    assert found.measure == "activity"
    assert sum(found.values) == pytest.approx(6, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sparsity": "l0"}, "sparsity: expected one of l1, kl, top-k"),
        ({"rho": 1.0}, "rho: expected"),
        ({"k": 25}, "k: expected at most latent_dim = 24"),
    ],
)
def test_impossible_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        SparseAutoencoder((8, 8, 1), latent_dim=24, **options)
