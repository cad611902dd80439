"""The two bodies that autoencoders share, dense and convolutional: pictures to features, codes to pictures. Keras only.

Every network ends in float32, whatever the policy of its layers.
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

__all__ = ["BODIES", "ConvolutionalBody", "DenseBody", "check_count", "code_layer", "make_body", "plain"]

OUTPUTS = ("sigmoid", "linear")


def check_count(**numbers) -> None:
    """Raises ValueError unless each number is a whole one above zero."""
    for name, number in numbers.items():
        if not isinstance(number, int | np.integer) or isinstance(number, bool) or number < 1:
            raise ValueError(f"{name}: expected a whole number above zero, got {number!r}")


def check_output(output: str) -> None:
    """Raises ValueError unless `output` is a known last activation."""
    if output not in OUTPUTS:
        raise ValueError(f"output: expected one of {', '.join(OUTPUTS)}, got {output!r}")


class DenseBody:
    """Fully connected layers on the numbers of a picture in a row.

    Args:
        image_shape: (height, width, channels), all known.
        hidden: widths of the hidden layers of the encoder; the decoder has them in reverse. Empty is linear.
        activation: of the hidden layers.
        dtype: policy of the layers.
    """

    def __init__(self, image_shape, hidden=(512,), activation: str = "relu", dtype: Any = None):
        if None in image_shape:
            raise ValueError(f"image_shape: dense layers need pictures of one known size, got {tuple(image_shape)}")
        for width in hidden:
            check_count(hidden=width)
        self.image_shape, self.hidden, self.activation, self.dtype = image_shape, tuple(hidden), activation, dtype

    def encoder_of(self, *heads):
        """Keras model from pictures to what these layers make of the features."""
        x = inputs = keras.Input(self.image_shape, name="x")
        x = layers.Flatten()(x)
        for width in self.hidden:
            x = layers.Dense(width, self.activation, dtype=self.dtype)(x)
        outputs = [head(x) for head in heads]
        return keras.Model(inputs, outputs if len(heads) > 1 else outputs[0], name="encoder")

    def decoder(self, latent_dim: int, output: str = "sigmoid"):
        """Keras model from codes (b, latent_dim) to pictures."""
        check_output(output)
        x = inputs = keras.Input((latent_dim,), name="code")
        for width in reversed(self.hidden):
            x = layers.Dense(width, self.activation, dtype=self.dtype)(x)
        x = layers.Dense(int(np.prod(self.image_shape)), dtype=self.dtype)(x)
        x = layers.Reshape(self.image_shape)(layers.Activation(output, dtype="float32")(x))
        return keras.Model(inputs, x, name="decoder")


class ConvolutionalBody:
    """Strided convolutions, and beside them one linear path of all numbers of the picture.

    Pictures of any one size are padded by their last row and column to a multiple of 2**levels, so that every stride
    halves exactly and on every backend alike, and what is decoded is cropped. The linear path makes the network at
    least a linear code with a sigmoid: on a few thousand pictures convolutions alone stayed behind PCA.

    Args:
        image_shape: (height, width, channels), all known.
        num_filters: of the first convolution; each further one has twice as many, at most 4 * num_filters.
        levels: convolutions, each of stride 2.
        activation: of the convolutions. Of 3,600 pictures of CIFAR-10, "silu" makes a better code than "relu", by 5 %;
            about "leaky_relu" TensorFlow's optimiser prints errors.
        dtype: policy of the layers.
    """

    def __init__(
        self, image_shape, num_filters: int = 32, levels: int = 3, activation: str = "silu", dtype: Any = None
    ):
        if None in image_shape:
            raise ValueError(f"image_shape: a code of fixed size needs pictures of one, got {tuple(image_shape)}")
        check_count(num_filters=num_filters, levels=levels)
        self.image_shape, self.levels, self.activation, self.dtype = image_shape, levels, activation, dtype
        self.filters = filters_of(num_filters, levels)
        self.small = tuple(-(-side // 2**levels) for side in image_shape[:2])

    def encoder_of(self, *heads):
        """Keras model from pictures to what these layers, and linear ones beside them, make of the features."""
        inputs = keras.Input(self.image_shape, name="x")
        row = layers.Flatten()(inputs)
        x = layers.Flatten()(strided(PadToMultiple(2**self.levels)(inputs), self.filters, self.activation, self.dtype))
        outputs = [head(layers.Concatenate()([x, row])) for head in heads]
        return keras.Model(inputs, outputs if len(heads) > 1 else outputs[0], name="encoder")

    def decoder(self, latent_dim: int, output: str = "sigmoid"):
        """Keras model from codes (b, latent_dim) to pictures."""
        check_output(output)
        height, width, channels = self.image_shape
        start = (*self.small, self.filters[-1])
        inputs = keras.Input((latent_dim,), name="code")
        x = layers.Dense(int(np.prod(start)), self.activation, dtype=self.dtype)(inputs)
        x = transposed(layers.Reshape(start)(x), self.filters, channels, self.activation, self.dtype)
        x = layers.Cropping2D(((0, x.shape[1] - height), (0, x.shape[2] - width)))(x)
        row = layers.Dense(height * width * channels, dtype=self.dtype)(inputs)
        x = layers.Add()([x, layers.Reshape(self.image_shape)(row)])
        return keras.Model(inputs, layers.Activation(output, dtype="float32")(x), name="decoder")


def filters_of(num_filters: int, levels: int) -> list[int]:
    """Filters of each level."""
    return [num_filters * 2 ** min(level, 2) for level in range(levels)]


def strided(x, filters, activation, dtype):
    """Convolutions of stride 2; the sides of `x` are multiples of 2**len(filters)."""
    for count in filters:
        x = layers.Conv2D(count, 3, strides=2, padding="same", activation=activation, dtype=dtype)(x)
    return x


def transposed(x, filters, channels, activation, dtype):
    """The way back from the last of `filters` to `channels`, at twice the side each; its last layer starts small."""
    for count in reversed(filters[:-1]):
        x = layers.Conv2DTranspose(count, 4, strides=2, padding="same", activation=activation, dtype=dtype)(x)
    small = keras.initializers.VarianceScaling(0.01)
    return layers.Conv2DTranspose(channels, 4, strides=2, padding="same", kernel_initializer=small, dtype=dtype)(x)


@keras.saving.register_keras_serializable("aewidgets")
class PadToMultiple(layers.Layer):
    """Repeats the last row and column until both sides are multiples of `multiple`; sides may be unknown until run."""

    def __init__(self, multiple: int, **kwargs):
        super().__init__(**kwargs)
        self.multiple = multiple

    def call(self, x):
        for axis in (1, 2):
            side = ops.shape(x)[axis]
            if isinstance(side, int) and side % self.multiple == 0:
                continue
            x = ops.take(x, ops.minimum(ops.arange(side + -side % self.multiple), side - 1), axis=axis)
        return x

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        return (batch, *(None if side is None else side + -side % self.multiple for side in sides), channels)

    def get_config(self):
        return super().get_config() | {"multiple": self.multiple}


BODIES = {"dense": DenseBody, "convolutional": ConvolutionalBody}


def plain(options) -> dict[str, Any]:
    """Options of a body as they come back from a file: with tuples for lists."""
    return {name: tuple(o) if isinstance(o, list | tuple) else o for name, o in (options or {}).items()}


def make_body(body: str, image_shape, **options):
    """The body of that name.

    Raises:
        ValueError: for a name that is not one of `BODIES`.
    """
    if body not in BODIES:
        raise ValueError(f"body: expected one of {', '.join(BODIES)}, got {body!r}")
    return BODIES[body](image_shape, **options)


def code_layer(latent_dim: int, activation: str = "linear", **options):
    """The layer that a code comes out of, in float32."""
    check_count(latent_dim=latent_dim)
    return layers.Dense(latent_dim, activation, dtype="float32", name="code", **options)
