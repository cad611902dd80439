"""The dense autoencoder without hidden layers is PCA."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from aewidgets.models.dense import DenseAutoencoder

pytestmark = [pytest.mark.backend, pytest.mark.long]


def test_the_linear_autoencoder_reaches_the_error_of_pca():
    x = (load_digits().images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16) / 16).astype("float32")
    pca = PCA(3).fit(x)
    best = np.mean(np.square(pca.inverse_transform(pca.transform(x)) - x))
    keras.utils.set_random_seed(1)
    model = DenseAutoencoder((4, 4, 1), latent_dim=3, hidden=(), output="linear")
    pictures = x.reshape(-1, 4, 4, 1)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 100 * 6)), loss="mse")
    model.fit(pictures, pictures, epochs=100, batch_size=300, verbose=0)
    error = np.mean(np.square(model.reconstruct(pictures) - pictures))
    assert best <= error < 1.02 * best


def test_an_unknown_output_is_refused_in_words():
    with pytest.raises(ValueError, match="output: expected one of sigmoid, linear, got 'tanh'"):
        DenseAutoencoder((8, 8, 1), output="tanh")


def test_pictures_of_no_known_size_are_refused():
    with pytest.raises(ValueError, match="one known size"):
        DenseAutoencoder((None, None, 1))
