"""Models of other people: which are taken, where they are split, and in which words the others are refused."""

import numpy as np
import pytest
from built_autoencoders import digits, small

from aewidgets.studies.explanation.adapting import as_autoencoder
from aewidgets.studies.explanation.layers import network_of
from aewidgets.studies.explanation.maps import explain, explanation_methods
from aewidgets.studies.explanation.randomisation import randomisation
from aewidgets.studies.explanation.targets import Target

SHAPE = (8, 8, 1)


def blog_of_rows():
    """Rows of 64 numbers, dense layers: as in the first lines of Keras' own blog on autoencoders."""
    import keras

    inputs = keras.Input((64,))
    code = keras.layers.Dense(5, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(64, activation="sigmoid")(code))


def blog_of_maps():
    """Convolutions and pooling, up again; the code is a map, and the decoder's first layer has as many outputs."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(2, 3, padding="same"),
            layers.MaxPooling2D(),
            layers.Activation("tanh"),
            layers.Conv2D(2, 3, padding="same"),
            layers.UpSampling2D(4),
            layers.Conv2D(1, 3, padding="same"),
        ]
    )


def of_any_size():
    """A denoiser by residuals: images of any size, one skip connection."""
    import keras

    inputs = keras.Input((None, None, 1))
    noise = keras.layers.Conv2D(1, 3, padding="same")(keras.layers.Conv2D(3, 3, padding="same")(inputs))
    return keras.Model(inputs, keras.layers.ReLU()(keras.layers.Subtract()([inputs, noise])))


def tutorial():
    """A class with both as Sequential, not built, and images without a last axis: as in TensorFlow's tutorial."""
    import keras

    class Tutorial(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, activation="relu")])
            self.decoder = keras.Sequential([keras.layers.Dense(64), keras.layers.Reshape((8, 8))])

        def call(self, x):
            return self.decoder(self.encoder(x))

    return Tutorial()


#: Maker -> the sentence about the code, or a part of it, and the code's shape.
TAKEN = {
    blog_of_rows: ("the output of dense", (5,)),
    blog_of_maps: ("the output of activation", (2, 2, 2)),
    of_any_size: ("the output of subtract", (8, 8, 1)),
    tutorial: ("its own encoder and decoder", (3,)),
}


@pytest.mark.parametrize("maker", TAKEN, ids=lambda maker: maker.__name__)
@pytest.mark.backend
def test_a_model_of_somebody_else_is_split_and_makes_what_it_made(maker):
    import keras

    words, shape = TAKEN[maker]
    model, images = maker(), digits(3)
    adapted = as_autoencoder(model, SHAPE)
    assert words in adapted.describe()
    assert adapted.encode(images).shape == (3, *shape)
    given = images.reshape(3, -1) if maker is blog_of_rows else images
    own = keras.ops.convert_to_numpy(keras.ops.stop_gradient(model(given, training=False)))
    assert np.allclose(adapted.decode(adapted.encode(images)).reshape(3, -1), own.reshape(3, -1), atol=1e-5)


@pytest.mark.parametrize("maker", [blog_of_rows, blog_of_maps, tutorial], ids=lambda maker: maker.__name__)
def test_it_is_explained_and_checked_as_ours_are(maker):
    adapted, images = as_autoencoder(maker(), SHAPE), digits(2)
    for method in explanation_methods(adapted, Target.whole_error()):
        assert explain(adapted, images, Target.whole_error(), method, steps=4).maps.shape == (2, 8, 8)
    assert len(randomisation(adapted, images, Target.whole_error(), draws=1).layers) >= 2


def test_our_own_models_stay_as_they_are():
    model = small("dense")
    assert as_autoencoder(model, SHAPE) is model


def test_a_code_lies_where_everything_goes_through():
    adapted = as_autoencoder(of_any_size(), SHAPE)
    assert network_of(adapted).code.startswith("encoder/subtract")


def refused():
    """(model, exception, a part of the words) of each kind that is refused."""
    import keras

    layers = keras.layers
    classifier = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(10)])
    one = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(1, 3, padding="same")])
    inputs, more = keras.Input(SHAPE), keras.Input(SHAPE)
    two = keras.Model([inputs, more], layers.Add()([inputs, more]))
    other = keras.Sequential([keras.Input((16, 16, 1)), layers.Conv2D(2, 3, padding="same"), layers.Conv2D(1, 1)])

    class Own(keras.Model):
        def call(self, x):
            return x * 2

    return {
        "a classifier": (classifier, ValueError, "no reconstruction to explain"),
        "a single layer": (one, ValueError, "two layers at least"),
        "two inputs": (two, ValueError, "one input and one output, got 2 and 1"),
        "images of another size": (other, ValueError, r"got outputs of \(16, 16, 1\); resize the pictures"),
        "a class of its own": (Own(), TypeError, "only its own code knows"),
        "no model": (object(), TypeError, "expected a Keras model, got object"),
    }


KINDS = ("a classifier", "a single layer", "two inputs", "images of another size", "a class of its own", "no model")


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_explained_is_refused_in_words(kind: str):
    model, error, words = refused()[kind]
    with pytest.raises(error, match=words):
        as_autoencoder(model, SHAPE)
