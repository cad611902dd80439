"""The denoising autoencoder of Vincent et al. 2010 (JMLR 11): trained from corrupted pictures to clean. Keras only."""

import keras
from keras import ops

from aewidgets.models.autoencoder import Autoencoder, check_images, to_unit
from aewidgets.models.bodies import code_layer, make_body, plain

__all__ = ["DenoisingAutoencoder"]

CORRUPTIONS = ("gaussian", "masking")


@keras.saving.register_keras_serializable("aewidgets")
class DenoisingAutoencoder(Autoencoder):
    """An autoencoder that sees corrupted pictures while it is fitted to clean ones: `fit(x)`; it corrupts by itself.

    In evaluation nothing is added, so that `val_loss` is the error on clean pictures; hand it pictures with noise to
    have them restored. Each picture of a batch draws its own strength between the two ends, so one model serves all.

    Args:
        image_shape: (height, width, channels).
        latent_dim: numbers in a code.
        corruption: "gaussian", noise that is added and not clipped, or "masking", pixels set to zero.
        strength: one number or (least, most): the noise's standard deviation in units of [0, 1], or the share of the
            pixels that is masked.
        body: "dense" or "convolutional".
        options: of the body, such as {"hidden": (512,)} or {"num_filters": 32, "levels": 3}.
        output: "sigmoid" or "linear".
        seed: of the corruption.

    Raises:
        ValueError: for strengths out of order or out of range.
    """

    family = "denoising"

    def __init__(
        self,
        image_shape,
        latent_dim: int = 64,
        corruption: str = "gaussian",
        strength=(0.0, 0.4),
        body: str = "dense",
        options=None,
        output: str = "sigmoid",
        seed: int = 1,
        **kwargs,
    ):
        super().__init__(image_shape, **kwargs)
        least, most = (float(s) for s in (strength if isinstance(strength, tuple | list) else (strength, strength)))
        if corruption not in CORRUPTIONS:
            raise ValueError(f"corruption: expected one of {', '.join(CORRUPTIONS)}, got {corruption!r}")
        if not 0 <= least <= most or (corruption == "masking" and most > 1):
            raise ValueError(f"strength: expected 0 <= least <= most (shares at most 1), got ({least}, {most})")
        self.latent_dim, self.corruption, self.strength = latent_dim, corruption, (least, most)
        self.body, self.options, self.last, self.seed = body, plain(options), output, seed
        networks = make_body(body, self.image_shape, dtype=self.dtype_policy, **self.options)
        self.random = keras.random.SeedGenerator(seed)
        self._ready(networks.encoder_of(code_layer(latent_dim)), networks.decoder(latent_dim, output))

    def corrupt(self, x):
        """Pictures (b, h, w, c) with another draw of the corruption every time."""
        batch, height, width, channels = ops.shape(x)
        strength = keras.random.uniform((batch, 1, 1, 1), *self.strength, seed=self.random)
        if self.corruption == "gaussian":
            return x + strength * keras.random.normal((batch, height, width, channels), seed=self.random)
        kept = keras.random.uniform((batch, height, width, 1), seed=self.random) >= strength
        return x * ops.cast(kept, x.dtype)

    def call(self, x, training=None):
        check_images(x.shape, self.image_shape)
        x = to_unit(x)
        x = self.corrupt(x) if training else x
        return self.decoder(self.encoder(x, training=training), training=training)

    def get_config(self):
        return super().get_config() | {
            "latent_dim": self.latent_dim,
            "corruption": self.corruption,
            "strength": self.strength,
            "body": self.body,
            "options": self.options,
            "output": self.last,
            "seed": self.seed,
        }
