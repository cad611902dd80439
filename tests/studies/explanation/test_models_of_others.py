"""Models that others bring are explained rightly or refused in words; what has no rule is named."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from built_autoencoders import by_hand, digits
from keras import layers, ops

from aewidgets.studies.explanation.maps import explain, explanation_methods
from aewidgets.studies.explanation.randomisation import randomisation
from aewidgets.studies.explanation.summary import layer_activations, summarise_layers
from aewidgets.studies.explanation.targets import Target, target_values

pytestmark = [pytest.mark.backend, pytest.mark.long]


class Twice(layers.Dense):
    """Dense layer of somebody else, of the same name in its heart, that does something else."""

    def call(self, x):
        """Return twice the square of what a dense layer returns."""
        return 2 * ops.square(super().call(x))


class Written(keras.Model):
    """Model as tutorials write it: two Sequential parts, built when it is first called."""

    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([layers.Flatten(), layers.Dense(4, "relu")])
        self.decoder = keras.Sequential([layers.Dense(64, "sigmoid"), layers.Reshape((8, 8, 1))])

    def call(self, x):
        """Return the reconstruction."""
        return self.decoder(self.encoder(x))


def written():
    model = Written()
    model(np.zeros((1, 8, 8, 1), "float32"))
    return model


def graph(encode, decode=None):
    """Return an autoencoder of functions between symbolic tensors."""
    x = keras.Input((8, 8, 1))
    made = encode(x)
    code = keras.Input((made[0] if isinstance(made, list) else made).shape[1:])
    decode = decode or (lambda y: layers.Reshape((8, 8, 1))(layers.Dense(64)(layers.Flatten()(y))))
    return SimpleNamespace(encoder=keras.Model(x, made), decoder=keras.Model(code, decode(code)))


def residual(x):
    y = layers.Conv2D(3, 3, padding="same", activation="relu")(x)
    z = layers.Conv2D(3, 3, padding="same")(y)
    return layers.Flatten()(layers.Concatenate()([ops.add(y, z), layers.Add()([y, z]), y + z]))


def shared(x):
    conv = layers.Conv2D(1, 3, padding="same", activation="tanh")
    return layers.Dense(4)(layers.Flatten()(conv(conv(x))))


def constant(x):
    return layers.Dense(4)(layers.Flatten()(x + 1.0))


def inside(x):
    """Return codes of a network in a network, with two inputs and two outputs of which the second is used."""
    a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 2))
    both = layers.Concatenate()([b, a])
    block = keras.Model([a, b], [layers.Conv2D(2, 3)(both), layers.Conv2D(4, 3, strides=2, name="used")(both)])
    return layers.Dense(4)(layers.Flatten()(block([x, layers.Conv2D(2, 3, padding="same")(x)])[1]))


def attention(x):
    rows = layers.Reshape((8, 8))(x)
    return layers.Dense(4)(layers.Flatten()(layers.MultiHeadAttention(1, 4)(rows, value=2 * rows)))


def states(x):
    _, state = layers.GRU(5, return_state=True)(layers.Reshape((8, 8))(x))
    return layers.Dense(4)(state)


def half_precision():
    return by_hand(
        8,
        [
            layers.Conv2D(4, 3, activation="relu", dtype="mixed_float16"),
            layers.BatchNormalization(dtype="mixed_float16"),
            layers.Flatten(dtype="mixed_float16"),
            layers.Dense(4, dtype="float32"),
        ],
        [layers.Dense(64, dtype="mixed_float16"), layers.Reshape((8, 8, 1)), layers.Activation("sigmoid")],
    )


def flat(*before, side: int = 8):
    return by_hand(side, [*before, layers.Flatten(), layers.Dense(4)])


def quantised():
    model = flat()
    model.encoder.layers[-1].quantize("int8")
    return model


#: What a model has -> how it is built, and names of the layers without a rule.
MODELS = {
    "sequential parts": (written, ()),
    "batch normalisation, dropout": (
        lambda: flat(layers.Conv2D(4, 3), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.5)),
        (),
    ),
    "rescaled pixels": (lambda: flat(layers.Rescaling(2, offset=-1), layers.Conv2D(4, 3, activation="relu")), ()),
    "noise in training": (lambda: flat(layers.GaussianNoise(0.5), layers.SpatialDropout2D(0.5)), ()),
    "depthwise convolution": (lambda: flat(layers.Conv2D(4, 3), layers.DepthwiseConv2D(3, activation="relu")), ()),
    "separable convolution": (lambda: flat(layers.SeparableConv2D(4, 3)), ("encoder/separable_conv2d",)),
    "grouped convolution": (lambda: flat(layers.Conv2D(4, 3), layers.Conv2D(4, 3, groups=2)), ()),
    "dilated convolution": (lambda: flat(layers.Conv2D(4, 3, dilation_rate=2)), ()),
    "parametric rectifier": (lambda: flat(layers.Conv2D(4, 3), layers.PReLU()), ()),
    "pooling, enlarging": (
        lambda: by_hand(
            8,
            [layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(2), layers.Flatten()],
            [
                layers.Reshape((4, 4, 4)), layers.UpSampling2D(2), layers.Conv2D(2, 3, padding="same"),
                layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid"),
            ],
        ),
        (),
    ),
    "sums and concatenations": (lambda: graph(residual), ()),
    "shared layer": (lambda: graph(shared), ()),
    "constant added": (lambda: graph(constant), ("encoder/add",)),
    "network inside": (lambda: graph(inside), ()),
    "attention": (lambda: graph(attention), ("encoder/multi_head_attention", "encoder/multiply")),
    "recurrent layer with states": (lambda: graph(states), ("encoder/gru",)),
    "two outputs": (lambda: graph(lambda x: [layers.Dense(4)(layers.Flatten()(x)), layers.Flatten()(x)]), ()),
    "lambda": (lambda: flat(layers.Lambda(lambda x: x**2)), ("encoder/lambda",)),
    "a class of their own": (lambda: by_hand(8, [layers.Flatten(), Twice(4)]), ("encoder/twice",)),
    "mixed precision": (half_precision, ()),
    "quantised": (quantised, ("encoder/dense",)),
}  # fmt: skip


#: Those whose compiling takes longest, or that are like another one.
RARE = {
    "shared layer", "lambda", "quantised",
    "rescaled pixels", "noise in training", "depthwise convolution", "separable convolution", "grouped convolution",
    "dilated convolution", "parametric rectifier", "pooling, enlarging", "constant added", "attention",
    "recurrent layer with states",
}  # fmt: skip
NAMES = [pytest.param(name, marks=[pytest.mark.slow] if name in RARE else []) for name in MODELS]


@pytest.fixture(scope="module", params=NAMES)
def brought(request):
    """Return a model, and names of its layers without a rule; biases and statistics are not zero."""
    keras.utils.set_random_seed(1)
    build, without_rule = MODELS[request.param]
    model, rng = build(), np.random.default_rng(0)
    for weight in (*model.encoder.weights, *model.decoder.weights):
        if weight.path.rpartition("/")[2] in ("bias", "beta", "moving_mean", "moving_variance", "gamma", "alpha"):
            weight.assign(rng.uniform(0.1, 0.3, weight.shape))
    return model, without_rule


TARGETS = [Target.code_unit(1), Target.whole_error()]


def reconstructed(model, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return codes and reconstructions as Keras makes them."""
    code = model.encoder(ops.convert_to_tensor(images))
    code = code[0] if isinstance(code, list | tuple) else code
    arrays = (ops.convert_to_numpy(ops.stop_gradient(part)) for part in (code, model.decoder(code)))
    code, made = (part.astype("float32") for part in arrays)
    return code.reshape(len(images), -1), made


def test_steps_compute_what_the_model_does(brought):
    model, _ = brought
    images = digits(3)
    code, made = reconstructed(model, images)
    found = layer_activations(model, images[0])
    np.testing.assert_allclose(list(found.values())[-1], made[0], atol=2e-3)
    expected = [code[:, 1], np.square(made - images).mean((1, 2, 3))]
    for target, values in zip(TARGETS, expected, strict=True):
        np.testing.assert_allclose(target_values(model, images, target), values, rtol=2e-2, atol=2e-3)


def test_every_method_gives_maps_of_the_right_sum_or_names_what_has_no_rule(brought):
    model, without_rule = brought
    images = digits(2)
    for target in TARGETS:
        values = target_values(model, images, target)
        for method in explanation_methods(model, target):
            found = explain(model, images, target, method, steps=4)
            assert found.maps.shape == (2, 8, 8)
            assert np.isfinite(found.maps).all()
            np.testing.assert_allclose(found.values, values, rtol=2e-2, atol=2e-3)
            if method.startswith("lrp"):
                assert sorted(found.without_rule) == sorted(without_rule)
                if not without_rule:
                    sums = found.maps.sum((1, 2)) + found.biases
                    np.testing.assert_allclose(sums, found.values, rtol=2e-2, atol=2e-3)


def test_the_model_stays_as_it_is(brought):
    model, _ = brought
    before = [w.numpy().copy() for w in (*model.encoder.weights, *model.decoder.weights)]
    found = randomisation(model, digits(2), TARGETS[1], "gradient x input", draws=1)
    assert np.isfinite(found.agreement).all()
    assert all(map(np.array_equal, before, [w.numpy() for w in (*model.encoder.weights, *model.decoder.weights)]))


def test_parameters_add_up(brought):
    model, _ = brought
    ways = {id(w): w for w in (*model.encoder.weights, *model.decoder.weights)}
    found = sum(layer.parameters for layer in summarise_layers(model))
    unused = 2 * 3 * 3 * 3 + 2 if "used" in str([layer.name for layer in summarise_layers(model)]) else 0
    assert found == sum(int(np.prod(w.shape)) for w in ways.values()) - unused


def half(layers_: list, shape=(8, 8, 1)):
    return keras.Sequential([keras.Input(shape), *layers_])


@pytest.mark.parametrize(
    ("encoder", "decoder", "error", "words"),
    [
        (None, None, TypeError, "Of parts of another model, make types.SimpleNamespace"),
        (keras.Sequential([layers.Flatten()]), None, TypeError, "functional or Sequential and built, got"),
        (half([layers.Flatten()], (8, 8)), half([layers.Reshape((8, 8))], (64,)), ValueError, "keras.layers.Reshape"),
        (half([layers.Flatten()]), half([layers.Dense(64)], (32,)), ValueError, r"the decoder takes \(32,\)"),
        (
            half([layers.Flatten()]),
            half([layers.Dense(64)], (64,)),
            ValueError,
            r"images like \(8, 8, 1\), got \(64,\)",
        ),
        (half([layers.Flatten()]), half([layers.Reshape((1, 64, 1))], (64,)), ValueError, "got \\(1, 64, 1\\)"),
    ],
)
def test_models_of_other_shapes_are_refused(encoder, decoder, error, words: str):
    with pytest.raises(error, match=words):
        explain(SimpleNamespace(encoder=encoder, decoder=decoder), digits(1), TARGETS[0])


def test_parts_of_several_inputs_are_refused():
    a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    encoder = keras.Model([a, b], layers.Flatten()(layers.Add()([a, b])))
    with pytest.raises(ValueError, match="expected an encoder of one input, got 2 and 1"):
        explain(SimpleNamespace(encoder=encoder, decoder=encoder), digits(1), TARGETS[0])


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((2, 8, 9, 1), "float32"), r"images: expected \(batch, 8, 8, 1\), got \(2, 8, 9, 1\)"),
        (np.zeros((2, 8, 8), "float32"), "expected"),
        (np.zeros((0, 8, 8, 1), "float32"), "at least one, got none"),
        (np.full((2, 8, 8, 1), 255.0), r"floats in \[0, 1\], got float64 of 255 to 255"),
        (np.full((2, 8, 8, 1), 16), "got int64 of 16 to 16"),
        (np.full((2, 8, 8, 1), np.nan), "of nan to nan"),
    ],
)
def test_other_images_are_refused(images: np.ndarray, words: str):
    with pytest.raises(ValueError, match=words):
        explain(flat(), images, TARGETS[0])
