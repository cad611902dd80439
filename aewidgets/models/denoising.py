"""Denoising autoencoder (Vincent et al. 2010, JMLR 11), trained to reconstruct clean images from corrupted ones."""

import keras
from keras import ops

from aewidgets.models.autoencoder import Autoencoder, check_images, to_unit
from aewidgets.models.bodies import code_layer, make_body, plain

__all__ = ["DenoisingAutoencoder"]

CORRUPTIONS = ("gaussian", "masking")


@keras.saving.register_keras_serializable("aewidgets")
class DenoisingAutoencoder(Autoencoder):
    """Autoencoder that corrupts its input in training: call `fit(x)` with clean images.

    In evaluation nothing is corrupted: `val_loss` is the error on clean images, and noisy images are denoised. Each
    image of a batch draws its own strength, so that one model serves a range of them.

    Args:
        image_shape: (height, width, channels).
        latent_dim: length of a code.
        corruption: "gaussian", additive noise that is not clipped, or "masking", pixels set to zero.
        strength: a number or (least, most): standard deviation of the noise in units of [0, 1], or share of masked
            pixels.
        body: "dense" or "convolutional".
        options: options of the body, such as {"hidden": (512,)} or {"num_filters": 32, "levels": 3}.
        output: "sigmoid" or "linear".
        seed: seed of the corruption.

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
        """Corrupt images (b, h, w, c), anew in every call."""
        batch, height, width, channels = ops.shape(x)
        strength = keras.random.uniform((batch, 1, 1, 1), *self.strength, seed=self.random)
        if self.corruption == "gaussian":
            return x + strength * keras.random.normal((batch, height, width, channels), seed=self.random)
        kept = keras.random.uniform((batch, height, width, 1), seed=self.random) >= strength
        return x * ops.cast(kept, x.dtype)

    def call(self, x, training=None):
        """Reconstruct images, corrupted first in training."""
        check_images(x.shape, self.image_shape)
        x = to_unit(x)
        x = self.corrupt(x) if training else x
        return self.decoder(self.encoder(x, training=training), training=training)

    def get_config(self):
        """Return the arguments of `__init__`, for saving."""
        return super().get_config() | {
            "latent_dim": self.latent_dim,
            "corruption": self.corruption,
            "strength": self.strength,
            "body": self.body,
            "options": self.options,
            "output": self.last,
            "seed": self.seed,
        }
