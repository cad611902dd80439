"""Portable decoders in Node agree with Keras, and weights are rounded as stated."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from node_decoder import decode_in_node

from aewidgets.models.families import build_autoencoder
from aewidgets.models.portable.decoder import portable_decoder
from aewidgets.models.portable.weights import NotPortable, rounded
from aewidgets.models.pretrained import autoencoder_cards, load_autoencoder

pytestmark = pytest.mark.backend

MODELS = {
    "dense": lambda: build_autoencoder("dense", (9, 7, 1), latent_dim=3, hidden=(20, 12)).decoder,
    "linear": lambda: build_autoencoder("dense", (9, 7, 3), latent_dim=4, hidden=(), output="linear").decoder,
    "convolutional": lambda: build_autoencoder("convolutional", (13, 10, 3), latent_dim=5, num_filters=4).decoder,
    "every layer": lambda: every_layer(),
}


def every_layer() -> keras.Model:
    """Return a decoder with every portable layer, odd sizes and both paddings."""
    inputs = keras.Input((6,))
    x = layers.Dense(3 * 4 * 4, "elu")(inputs)
    x = layers.BatchNormalization()(layers.Reshape((3, 4, 4))(x))
    x = layers.LeakyReLU(negative_slope=0.1)(layers.UpSampling2D((2, 3))(x))
    x = layers.Conv2D(6, 3, padding="same", activation="silu")(x)
    y = layers.Conv2D(6, (4, 2), strides=2, padding="same", activation="tanh")(x)
    y = layers.Conv2DTranspose(6, 5, strides=2, padding="same", activation="leaky_relu")(y)
    x = layers.Add()([layers.Dropout(0.5)(x), y, layers.ReLU(negative_slope=0.3)(y)])
    x = layers.Conv2D(3, 2, padding="valid", activation="softplus")(layers.ELU()(x))
    x = layers.Conv2DTranspose(2, 3, strides=(1, 2), padding="valid", activation="selu", use_bias=False)(x)
    x = layers.Cropping2D(((1, 0), (2, 3)))(x)
    return keras.Model(inputs, layers.Activation("sigmoid")(x))


def ready(name: str) -> keras.Model:
    """Return a decoder of `MODELS` with random weights from a seed, variances above zero."""
    keras.utils.set_random_seed(5)
    decoder = MODELS[name]()
    rng = np.random.default_rng(5)
    for variable in decoder.weights:
        drawn = rng.normal(0, 0.3, variable.shape)
        if variable.dtype == "float32":
            variable.assign(np.abs(drawn) + 0.5 if "variance" in variable.path else drawn)
    return decoder


@pytest.fixture
def node() -> None:
    if not shutil.which("node"):
        pytest.skip("no node: the browser's decoder is not compared with Keras's")


@pytest.mark.parametrize("name", MODELS)
def test_the_browsers_decoder_agrees_with_keras(node: None, name: str, tmp_path: Path):
    decoder = ready(name)
    codes = np.random.default_rng(0).normal(size=(6, *decoder.input_shape[1:])).astype("float32")
    pictures, _ = decode_in_node(portable_decoder(decoder, "float32"), codes, tmp_path)
    assert np.abs(pictures - np.asarray(decoder.predict_on_batch(codes))).max() < 1e-4


@pytest.mark.parametrize("name", sorted(autoencoder_cards()))
def test_the_decoder_of_every_shipped_autoencoder_agrees(node: None, name: str, tmp_path: Path):
    model = load_autoencoder(name)
    codes = np.random.default_rng(0).normal(size=(4, *model.code_shape)).astype("float32")
    pictures, _ = decode_in_node(portable_decoder(model.decoder, "float32"), codes, tmp_path)
    assert np.abs(pictures - model.decode(codes)).max() < 1e-4


def test_a_map_of_codes_is_decoded_too(node: None, tmp_path: Path):
    model = build_autoencoder("convolutional", (16, 24, 1), latent_channels=2, num_filters=4, levels=2)
    codes = np.random.default_rng(0).normal(size=(3, *model.code_shape)).astype("float32")
    pictures, _ = decode_in_node(portable_decoder(model.decoder, "float32"), codes, tmp_path)
    assert np.abs(pictures - model.decode(codes)).max() < 1e-4


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_rounded_weights_draw_what_keras_draws_with_the_same_rounding(node: None, precision: str, tmp_path: Path):
    decoder = ready("convolutional")
    made = portable_decoder(decoder, precision)
    codes = np.random.default_rng(0).normal(size=(4, *decoder.input_shape[1:])).astype("float32")
    pictures, _ = decode_in_node(made, codes, tmp_path)
    exact = np.asarray(decoder.predict_on_batch(codes))
    for layer in decoder.layers:
        if hasattr(layer, "kernel"):
            swap = isinstance(layer, layers.Conv2DTranspose)
            kernel = np.swapaxes(np.asarray(layer.kernel), 2, 3) if swap else np.asarray(layer.kernel)
            kernel = rounded(kernel, precision)
            layer.kernel.assign(np.swapaxes(kernel, 2, 3) if swap else kernel)
    assert np.abs(pictures - np.asarray(decoder.predict_on_batch(codes))).max() < 1e-4
    assert 0 < np.abs(pictures - exact).max() < 0.1


def test_int8_is_within_half_a_step_of_each_output():
    weights = np.random.default_rng(0).normal(size=(3, 3, 8, 5)) * [1, 10, 0.1, 0, 1e-5]
    step = np.abs(weights).reshape(-1, 5).max(0) / 127
    assert (np.abs(rounded(weights, "int8") - weights) <= step / 2 + 1e-6).all()


def test_fewer_bits_are_fewer_bytes():
    decoder = ready("dense")
    sizes = [len(portable_decoder(decoder, precision).weights) for precision in ("float32", "float16", "int8")]
    assert sizes[0] > 1.6 * sizes[1] > 2.2 * sizes[2]


def test_layers_that_do_nothing_after_training_are_left_out():
    kinds = [step["kind"] for step in portable_decoder(ready("every layer")).steps]
    assert kinds.count("reshape") == 1
    assert len(kinds) == 16


def unknown(layer: keras.layers.Layer, shape: tuple[int, ...] = (4, 4, 2)) -> keras.Model:
    """Return a decoder that consists of a layer."""
    inputs = keras.Input(shape)
    return keras.Model(inputs, layer(inputs))


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (layers.LayerNormalization(), "LayerNormalization"),
        (layers.Conv2D(2, 2, dilation_rate=2), "no dilation"),
        (layers.Conv2D(2, 3, activation="gelu"), "got gelu"),
        (layers.UpSampling2D(2, interpolation="bilinear"), "nearest"),
        (layers.ReLU(max_value=6), "largest value"),
        (layers.Flatten(), "expected images"),
    ],
)
def test_layers_that_are_not_portable_are_named(layer: keras.layers.Layer, words: str):
    with pytest.raises(NotPortable, match=words):
        portable_decoder(unknown(layer))


def test_codes_that_grow_with_the_picture_are_not_portable():
    model = build_autoencoder("convolutional", (None, None, 1), latent_channels=2, num_filters=4)
    with pytest.raises(NotPortable, match="fixed size"):
        portable_decoder(model.decoder)


def test_weights_beyond_a_precision_are_refused():
    decoder = ready("dense")
    decoder.layers[1].kernel.assign(decoder.layers[1].kernel * 1e6)
    with pytest.raises(NotPortable, match="float16 can hold"):
        portable_decoder(decoder, "float16")
    with pytest.raises(ValueError, match="float32, float16, int8"):
        portable_decoder(decoder, "float8")
