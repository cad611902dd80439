"""Any Keras model shrinks: to its own file, beside the original, which stays; what cannot is refused in words."""

import keras
import numpy as np
import pytest
from keras import layers

import aewidgets
from aewidgets.models.families import AUTOENCODERS, build_autoencoder
from aewidgets.models.pretrained import PretrainedError, load_autoencoder, load_denoiser, save_shrunk
from aewidgets.models.residual_denoiser import ResidualDenoiser
from aewidgets.models.shrinking.kernels import kernels_of
from aewidgets.models.shrinking.rounding import round_kernel
from aewidgets.models.shrinking.stored import restored
from aewidgets.system.cards import pack_weights

WORDS = ("float32", "float16", "int8", "prune-80+int4")


class Own(keras.Model):
    """A stranger's model: a class of its own with convolutions, normalisation and a recurrent layer."""

    def __init__(self, filters=4, **kwargs):
        super().__init__(**kwargs)
        self.first, self.norm = layers.Conv2D(filters, 3), layers.BatchNormalization()
        self.up, self.each = layers.Conv2DTranspose(2, 3), layers.DepthwiseConv2D(3)

    def call(self, x):
        return self.each(self.up(self.norm(self.first(x))))


def own() -> keras.Model:
    model = Own()
    model(np.zeros((1, 8, 8, 3), "float32"))
    return model


def sequential() -> keras.Model:
    kinds = [
        layers.SeparableConv2D(4, 3), layers.Reshape((36, 4)), layers.GRU(3, return_sequences=True), layers.LSTM(3),
        layers.BatchNormalization(), layers.Lambda(lambda x: 2 * x), layers.EinsumDense("bi,ij->bj", 2),
    ]  # fmt: skip
    return keras.Sequential([keras.Input((8, 8, 3)), *kinds])


def functional() -> keras.Model:
    x = keras.Input((8, 8, 3))
    shared = layers.Dense(3)
    inner = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(3, 3, padding="same"), layers.PReLU()])
    return keras.Model(x, layers.Add()([shared(shared(x)), inner(x)]))


STRANGERS = {"own": own, "sequential": sequential, "functional": functional}
X = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")


def small(family: str):
    keras.utils.set_random_seed(1)
    options = {"convolutional": {"levels": 2, "num_filters": 4}, "recurrent": {"width": 8}, "sparse": {"k": 2}}
    return build_autoencoder(family, (8, 8, 1), latent_dim=3, **options.get(family, {}))


@pytest.mark.backend
@pytest.mark.parametrize("to", WORDS)
@pytest.mark.parametrize("kind", STRANGERS)
def test_a_strangers_model_shrinks_and_stays_as_it_was(kind: str, to: str):
    keras.utils.set_random_seed(1)
    model = STRANGERS[kind]()
    before, outputs = model.get_weights(), keras.ops.convert_to_numpy(model(X))
    shrunk = aewidgets.shrink(model, to)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    again = keras.ops.convert_to_numpy(shrunk.model(X))
    if to == "float32":
        np.testing.assert_array_equal(again, outputs)
    elif to in ("float16", "int8"):
        np.testing.assert_allclose(again, outputs, atol=0.03 * np.abs(outputs).max())
    assert shrunk.bytes == len(pack_weights(shrunk.arrays))
    if "prune" in to:
        assert shrunk.zeros >= float(to[6:8]) / 100 - 0.02  # each kernel to the nearest weight
    kernels = {id(kernel.variable) for kernel in kernels_of(model)}
    for variable, old, new in zip(model.weights, before, shrunk.model.get_weights(), strict=True):
        if id(variable) not in kernels and to != "float16":  # biases, normalisation, slopes
            np.testing.assert_array_equal(old, new, err_msg=variable.path)


@pytest.mark.parametrize("to", WORDS)
def test_a_model_has_the_weights_of_its_file_and_shrinks_to_the_same_file_again(to: str):
    shrunk = aewidgets.shrink(own(), to)
    values = restored(shrunk.arrays, [v.shape for v in shrunk.model.weights])
    for variable, value in zip(shrunk.model.weights, values, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert pack_weights(aewidgets.shrink(shrunk.model, to).arrays) == pack_weights(shrunk.arrays)


@pytest.mark.parametrize(
    ("layer", "shape", "channels"),
    [
        (layers.Dense(4), (3,), [(1,)]),
        (layers.Conv2D(4, 3), (8, 8, 3), [(3,)]),
        (layers.Conv1D(4, 3), (8, 3), [(2,)]),
        (layers.Conv2DTranspose(4, 3), (8, 8, 3), [(2,)]),
        (layers.DepthwiseConv2D(3), (8, 8, 3), [(2, 3)]),
        (layers.SeparableConv2D(4, 3), (8, 8, 3), [(2, 3), (3,)]),
        (layers.GRU(4), (8, 3), [(1,), (1,)]),
        (layers.LSTM(4), (8, 3), [(1,), (1,)]),
        (layers.EinsumDense("bi,ji->bj", 2), (3,), [(0,)]),
        (layers.EinsumDense("bti,ijk->btjk", (None, 2, 5)), (8, 3), [(1, 2)]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, layers.Layer) else "",
)
def test_every_kind_of_kernel_has_its_own_output_channels(layer, shape, channels):
    model = keras.Sequential([keras.Input(shape), layer])
    assert [kernel.channels for kernel in kernels_of(model)] == channels


def test_normalisation_is_left_and_named():
    (left,) = aewidgets.shrink(own(), "int8").left
    assert "batch_normalization" in left


def test_int8_of_a_layer_is_its_kernel_rounded_by_output():
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2DTranspose(5, 3)])
    kernel = model.get_weights()[0]
    shrunk = aewidgets.shrink(model, "int8")
    np.testing.assert_array_equal(shrunk.model.get_weights()[0], round_kernel(kernel, 8, (2,)).floats())
    assert shrunk.arrays["w0000.int8"].dtype == np.int8 and shrunk.arrays["w0000.step"].shape == (1, 1, 5, 1)


def test_fewer_bits_and_more_zeros_make_smaller_files():
    keras.utils.set_random_seed(0)
    model = build_autoencoder("dense", (16, 16, 1), latent_dim=16, hidden=(64,))
    sizes = [aewidgets.shrink(model, to).bytes for to in ("float32", "float16", "int8", "int4", "prune-80+int4")]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < 0.3 * sizes[0] and sizes[3] < 0.16 * sizes[0]


@pytest.mark.backend
@pytest.mark.parametrize("to", ["int8", "prune-50+int4"])
@pytest.mark.parametrize("family", AUTOENCODERS)
def test_shrunken_autoencoders_come_back_from_their_cards(family: str, to: str, tmp_path):
    shrunk = aewidgets.shrink(small(family), to)
    card = save_shrunk(shrunk, tmp_path / "a.npz", {"data": []})
    assert card["shrunk"] == to and card["bytes"] == shrunk.bytes == (tmp_path / "a.npz").stat().st_size
    again = load_autoencoder(tmp_path / "a.json")
    for a, b in zip(again.get_weights(), shrunk.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_shrunken_denoiser_comes_back(tmp_path):
    model = ResidualDenoiser(widths=(4,), blocks=(1,))
    shrunk = aewidgets.shrink(model, "int4")
    save_shrunk(shrunk, tmp_path / "a.npz", {})
    again = load_denoiser(tmp_path / "a.json")
    for a, b in zip(again.get_weights(), shrunk.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "harm",
    [
        lambda a: a.pop("w0000.step"),
        lambda a: a.update({"w0000": a["w0000.step"]}),
        lambda a: a.update({"w0000.int4": a["w0000.int4"][1:]}),
        lambda a: a.update({"w0000.step": a["w0000.step"].T[:, :-1]}),
        lambda a: a.update({"w0000.step": a["w0000.step"].astype("float64")}),
        lambda a: a.update({"w0000.int2": a.pop("w0000.int4")}),
    ],
)
def test_integers_of_another_form_are_refused(harm, tmp_path):
    shrunk = aewidgets.shrink(small("dense"), "int4")
    harm(shrunk.arrays)
    save_shrunk(shrunk, tmp_path / "a.npz", {})
    with pytest.raises(PretrainedError, match="do not fit"):
        load_autoencoder(tmp_path / "a.json")


@pytest.mark.parametrize(
    "to", ["", "int3", "prune", "prune-0", "prune-100", "prune-abc", "prune-5.5", "int8+int4", "prune-5+prune-5", "8"]
)
def test_unknown_words_are_answered_with_the_known(to: str):
    with pytest.raises(ValueError, match=r"float32, float16, int8, int4 or prune-1 to prune-99"):
        aewidgets.shrink(own(), to)


def test_what_cannot_be_shrunk_is_refused_in_words():
    with pytest.raises(ValueError, match="expected a Keras model, got str"):
        aewidgets.shrink("mnist")
    with pytest.raises(ValueError, match="call it on images first"):
        aewidgets.shrink(Own())
    with pytest.raises(ValueError, match="without any"):
        aewidgets.shrink(keras.Sequential([keras.Input((8,)), layers.BatchNormalization()]))
    bad = keras.Sequential([keras.Input((8,)), layers.Dense(2)])
    for value, to in ((np.nan, "int8"), (np.nan, "prune-5"), (1e6, "float16")):
        bad.layers[0].kernel.assign(np.full((8, 2), value))
        with pytest.raises(ValueError, match=r"dense.*/kernel: "):
            aewidgets.shrink(bad, to)
    layer = layers.Dense(4)
    quantised = keras.Sequential([keras.Input((8,)), layer])
    layer.quantize("int8")
    with pytest.raises(ValueError, match="before it is quantised"):
        aewidgets.shrink(quantised, "int4")

    class Odd(keras.Model):
        def __init__(self, network):
            super().__init__()
            self.network = network

        def call(self, x):
            return self.network(x)

        def get_config(self):
            return {}

    odd = Odd(bad)
    odd(np.zeros((1, 8), "float32"))
    with pytest.raises(ValueError, match="get_config"):
        aewidgets.shrink(odd)


def test_weights_of_another_family_have_no_card(tmp_path):
    with pytest.raises(PretrainedError, match="one of the families"):
        save_shrunk(aewidgets.shrink(own()), tmp_path / "a.npz", {})
