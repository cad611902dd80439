"""Recurrent autoencoders read and write the parts of a picture in the stated order."""

import keras
import numpy as np
import pytest

from aewidgets.models.recurrent import RecurrentAutoencoder

pytestmark = [pytest.mark.backend, pytest.mark.long]


def sequence_of(model, x) -> np.ndarray:
    """Return the sequence that the recurrent layer of the encoder reads."""
    reads = next(layer for layer in model.encoder.layers if isinstance(layer, keras.layers.GRU))
    return keras.ops.convert_to_numpy(keras.Model(model.encoder.input, reads.input)(x))


def test_rows_are_read_as_they_lie():
    x = np.random.default_rng(0).random((2, 6, 8, 3)).astype("float32")
    model = RecurrentAutoencoder((6, 8, 3), latent_dim=3, width=4)
    np.testing.assert_array_equal(sequence_of(model, x), x.reshape(2, 6, 24))


def test_patches_are_read_in_order():
    x = np.random.default_rng(0).random((2, 4, 6, 1)).astype("float32")
    read = sequence_of(RecurrentAutoencoder((4, 6, 1), latent_dim=3, unit="patches", patch=2, width=4), x)
    assert read.shape == (2, 6, 4)
    np.testing.assert_array_equal(read[:, 1], x[:, :2, 2:4].reshape(2, 4))
    np.testing.assert_array_equal(read[:, 3], x[:, 2:, :2].reshape(2, 4))


@pytest.mark.parametrize("unit", ["rows", "patches"])
def test_parts_are_written_where_they_were_read(unit):
    """A last layer that writes the same at every step shows one part everywhere."""
    model = RecurrentAutoencoder((4, 6, 1), latent_dim=3, unit=unit, patch=2, width=4, output="linear")
    dense = next(layer for layer in model.decoder.layers if isinstance(layer, keras.layers.Dense))
    part = np.arange(dense.units, dtype="float32")
    dense.set_weights([np.zeros((4, dense.units)), part])
    picture = model.decode(np.zeros((1, 3)))[0, ..., 0]
    tiled = np.tile(part, (4, 1)) if unit == "rows" else np.tile(part.reshape(2, 2), (2, 3))
    np.testing.assert_array_equal(picture, tiled)


def test_an_lstm_serves_too():
    model = RecurrentAutoencoder((4, 6, 1), latent_dim=3, cell="lstm", width=4)
    assert model.reconstruct(np.zeros((2, 4, 6, 1))).shape == (2, 4, 6, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"unit": "columns"}, "'rows' or 'patches'"),
        ({"cell": "rnn"}, "gru, lstm"),
        ({"unit": "patches", "patch": 4}, "do not tile 4 x 6"),
    ],
)
def test_impossible_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        RecurrentAutoencoder((4, 6, 1), **options)


def test_a_sequence_needs_one_size():
    with pytest.raises(ValueError, match="one known size"):
        RecurrentAutoencoder((None, 6, 1))
