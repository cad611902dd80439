"""Counted multiplications agree with counts by hand."""

import keras
import pytest

from aewidgets.models.cost import multiplications
from aewidgets.models.families import AUTOENCODERS, build_autoencoder

pytestmark = pytest.mark.backend


def test_a_dense_network_multiplies_once_by_each_weight():
    model = build_autoencoder("dense", (28, 28, 1), latent_dim=64, hidden=(512,))
    assert multiplications(model.encoder) == multiplications(model.decoder) == 784 * 512 + 512 * 64


def test_a_convolution_multiplies_by_its_kernel_at_every_place_that_it_writes_and_a_transposed_one_that_it_reads():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(5, 3, strides=2, padding="same")(inputs)
    x = keras.layers.Conv2DTranspose(2, 4, strides=2, padding="same")(x)
    assert multiplications(keras.Model(inputs, x)) == 16 * (3 * 3 * 3 * 5) + 16 * (4 * 4 * 5 * 2)


def test_a_recurrent_network_multiplies_by_both_its_kernels_at_every_step():
    model = build_autoencoder("recurrent", (8, 8, 1), latent_dim=4, width=6)
    assert multiplications(model.encoder) == 8 * (8 * 18 + 6 * 18) + 6 * 4
    assert multiplications(model.decoder) == 8 * (4 * 18 + 6 * 18) + 8 * 6 * 8


@pytest.mark.parametrize("family", AUTOENCODERS)
def test_every_family_is_counted(family):
    model = build_autoencoder(family, (8, 8, 1), latent_dim=32)
    assert multiplications(model.decoder) >= 32 * 64


def test_pictures_of_any_size_are_refused_in_words():
    model = build_autoencoder("convolutional", (None, None, 1), latent_channels=2, num_filters=4)
    with pytest.raises(ValueError, match="expected images of one size"):
        multiplications(model.encoder)


def test_layers_that_are_not_counted_are_named():
    inputs = keras.Input((8, 8, 3))
    network = keras.Model(inputs, keras.layers.DepthwiseConv2D(3)(inputs))
    with pytest.raises(TypeError, match="DepthwiseConv2D"):
        multiplications(network)
