"""Convolutional codes of fixed size and of maps, for any size of picture."""

import keras
import numpy as np
import pytest

from aewidgets.models.bodies import PadToMultiple
from aewidgets.models.convolutional import ConvolutionalAutoencoder

pytestmark = [pytest.mark.backend, pytest.mark.long]


def noise(*shape) -> np.ndarray:
    return np.random.default_rng(0).random(shape).astype("float32")


@pytest.mark.parametrize(("height", "width"), [(9, 13), (8, 8), (1, 5)])
def test_padding_repeats_the_last_row_and_column(height, width):
    x = noise(2, height, width, 3)
    padded = keras.ops.convert_to_numpy(PadToMultiple(4)(x))
    np.testing.assert_array_equal(padded, np.pad(x, ((0, 0), (0, -height % 4), (0, -width % 4), (0, 0)), "edge"))


@pytest.mark.parametrize("shape", [(9, 13, 3), (28, 28, 1)])
def test_codes_of_fixed_size_are_of_any_one_size_of_picture(shape):
    model = ConvolutionalAutoencoder(shape, latent_dim=5, num_filters=4)
    x = noise(2, *shape)
    assert model.encode(x).shape == (2, 5)
    assert model.reconstruct(x).shape == x.shape


def test_one_model_of_maps_takes_pictures_of_every_size():
    model = ConvolutionalAutoencoder((None, None, 3), latent_channels=2, num_filters=4, levels=2)
    assert model.code_size is None
    assert model.describe() == "convolutional, code of 2 values for 4 x 4 pixels"
    for height, width in ((9, 13), (16, 8)):
        x = noise(2, height, width, 3)
        assert model.encode(x).shape == (2, -(-height // 4), -(-width // 4), 2)
        np.testing.assert_allclose(keras.ops.convert_to_numpy(model(x)), model.reconstruct(x), atol=1e-5)


def test_maps_are_fitted_to_pictures_that_no_stride_divides():
    model = ConvolutionalAutoencoder((None, None, 1), latent_channels=2, num_filters=4, levels=2)
    model.compile(keras.optimizers.Adam(3e-3), loss="mse")
    x = 0.5 + 0.2 * noise(32, 7, 9, 1)
    losses = model.fit(x, epochs=3, batch_size=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_a_map_of_known_size_states_its_code_size():
    model = ConvolutionalAutoencoder((28, 28, 1), latent_channels=4, num_filters=4, levels=2)
    assert (model.code_shape, model.code_size) == ((7, 7, 4), 196)


def test_a_code_of_fixed_size_needs_pictures_of_one_size():
    with pytest.raises(ValueError, match="a code of fixed size needs"):
        ConvolutionalAutoencoder((None, None, 3))
