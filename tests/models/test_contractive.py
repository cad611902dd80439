"""The contraction is the Frobenius norm of the encoder's Jacobian, as finite differences give it."""

import keras
import numpy as np
import pytest

from aewidgets.models.contractive import SLOPES, ContractiveAutoencoder

pytestmark = [pytest.mark.backend, pytest.mark.long]


@pytest.mark.parametrize("hidden", [(), (7,), (7, 6)])
@pytest.mark.parametrize("activation", list(SLOPES))
def test_the_penalty_is_that_of_finite_differences(hidden, activation):
    keras.utils.set_random_seed(3)
    model = ContractiveAutoencoder((3, 4, 1), latent_dim=5, hidden=hidden, activation=activation)
    # No picture so near to a kink of a rectified unit that the step crosses it.
    x, step = np.random.default_rng(1).random((3, 3, 4, 1)).astype("float32"), 2e-3
    directions = np.eye(12, dtype="float32").reshape(12, 3, 4, 1) * step
    expected = [
        np.square((model.encode(one + directions) - model.encode(one - directions)) / (2 * step)).sum() for one in x
    ]
    np.testing.assert_allclose(model.contraction(x, batch_size=2), expected, rtol=5e-3)


def test_the_logged_part_is_lambda_times_the_mean_of_the_norms():
    model = ContractiveAutoencoder((3, 4, 1), latent_dim=5, lmbda=0.3)
    model.compile("sgd", loss="mse")
    x = np.random.default_rng(0).random((8, 3, 4, 1)).astype("float32")
    logs = model.evaluate(x, x, verbose=0, return_dict=True)
    assert logs["contraction"] == pytest.approx(0.3 * model.contraction(x).mean(), rel=1e-4)


def test_training_contracts():
    x = np.random.default_rng(0).random((128, 3, 4, 1)).astype("float32")
    norms = []
    for lmbda in (0.0, 0.1):
        keras.utils.set_random_seed(1)
        model = ContractiveAutoencoder((3, 4, 1), latent_dim=5, lmbda=lmbda)
        model.compile(keras.optimizers.Adam(0.01), loss="mse")
        model.fit(x, epochs=5, batch_size=16, verbose=0)
        norms.append(model.contraction(x).mean())
    assert norms[1] < 0.5 * norms[0]


def test_activations_without_a_known_slope_are_refused():
    with pytest.raises(ValueError, match="activation: expected one of sigmoid, tanh, relu, elu, linear, got 'gelu'"):
        ContractiveAutoencoder((3, 4, 1), activation="gelu")
