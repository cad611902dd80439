"""Convolutional autoencoder, with a code of fixed size or one that grows with the image."""

import keras
from keras import layers

from aewidgets.models.autoencoder import Autoencoder, check_images, to_unit
from aewidgets.models.bodies import (
    ConvolutionalBody,
    PadToMultiple,
    check_count,
    check_output,
    code_layer,
    filters_of,
    strided,
    transposed,
)

__all__ = ["ConvolutionalAutoencoder"]


@keras.saving.register_keras_serializable("aewidgets")
class ConvolutionalAutoencoder(Autoencoder):
    """Autoencoder of strided convolutions around a bottleneck of one of two kinds.

    With `latent_channels=None` the code is a vector of `latent_dim` values, for images of one size. Otherwise it is a
    map with `latent_channels` channels whose sides are 2**levels times smaller than the image's. The sides may then
    be None in `image_shape`: images of any size are padded by their last row and column, and cropped again.

    Args:
        image_shape: (height, width, channels).
        latent_dim: length of a code of fixed size.
        latent_channels: channels of a code that is a map; None for a code of fixed size.
        num_filters: filters of the first convolution; each further one has twice as many, at most 4 * num_filters.
        levels: number of convolutions, each of stride 2.
        activation: activation of the convolutions.
        output: "sigmoid", or "linear" for images that may leave [0, 1].
    """

    family = "convolutional"

    def __init__(
        self,
        image_shape,
        latent_dim: int = 64,
        latent_channels: int | None = None,
        num_filters: int = 32,
        levels: int = 3,
        activation: str = "silu",
        output: str = "sigmoid",
        **kwargs,
    ):
        super().__init__(image_shape, **kwargs)
        self.latent_dim, self.latent_channels, self.num_filters = latent_dim, latent_channels, num_filters
        self.levels, self.activation, self.last = levels, activation, output
        if latent_channels is None:
            body = ConvolutionalBody(self.image_shape, num_filters, levels, activation, self.dtype_policy)
            self._ready(body.encoder_of(code_layer(latent_dim)), body.decoder(latent_dim, output))
        else:
            check_count(latent_channels=latent_channels, num_filters=num_filters, levels=levels)
            self._ready(*self._map_networks())

    def _map_networks(self):
        """Return encoder and decoder between images and maps; both have a linear path, block by block."""
        check_output(self.last)
        block, dtype = 2**self.levels, self.dtype_policy
        filters, channels = filters_of(self.num_filters, self.levels), self.image_shape[-1]
        inputs = keras.Input(self.image_shape, name="x")
        padded = PadToMultiple(block)(inputs)
        x = strided(padded, filters, self.activation, dtype)
        x = layers.Conv2D(self.latent_channels, 3, padding="same", dtype="float32")(x)
        x = layers.Add()([x, layers.Conv2D(self.latent_channels, block, strides=block, dtype="float32")(padded)])
        encoder = keras.Model(inputs, x, name="encoder")

        code = keras.Input(x.shape[1:], name="code")
        x = layers.Conv2D(filters[-1], 3, padding="same", activation=self.activation, dtype=dtype)(code)
        x = transposed(x, filters, channels, self.activation, dtype)
        x = layers.Add()([x, layers.Conv2DTranspose(channels, block, strides=block, dtype=dtype)(code)])
        decoder = keras.Model(code, layers.Activation(self.last, dtype="float32")(x), name="decoder")
        return encoder, decoder

    def call(self, x, training=None):
        """Reconstruct images, cropped to their size."""
        check_images(x.shape, self.image_shape)
        x_hat = self.decoder(self.encoder(to_unit(x), training=training), training=training)
        height, width = keras.ops.shape(x)[1:3]
        return x_hat[:, :height, :width]

    def describe(self) -> str:
        """Return family and code size in words."""
        if self.code_size is not None:
            return super().describe()
        block = 2**self.levels
        return f"{self.family}, code of {self.latent_channels:,} values for {block} x {block} pixels"

    def get_config(self):
        """Return the arguments of `__init__`, for saving."""
        return super().get_config() | {
            "latent_dim": self.latent_dim,
            "latent_channels": self.latent_channels,
            "num_filters": self.num_filters,
            "levels": self.levels,
            "activation": self.activation,
            "output": self.last,
        }
