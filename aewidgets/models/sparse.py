"""Sparse autoencoder: many units, of which few are active for one image."""

import keras
import numpy as np
from keras import layers, ops

from aewidgets.codec.coding.entropy.sparse import encode_sparse
from aewidgets.models.autoencoder import Autoencoder, check_images, to_unit
from aewidgets.models.bodies import DenseBody, check_count, code_layer, widths_of

__all__ = ["SparseAutoencoder", "bernoulli_kl"]

#: Kind of sparsity -> activation of the code.
ACTIVATIONS = {"l1": "relu", "kl": "sigmoid", "top-k": "linear"}
#: Default strength beside a mean error per value, chosen on images of digits.
STRENGTHS = {"l1": 1e-5, "kl": 1e-3, "top-k": 0.0}
#: Threshold below which a sigmoid, which is never zero, counts as off; a quantiser of twice this step makes it zero.
OFF = 0.05


def bernoulli_kl(rho: float, rho_hat):
    """Return KL(rho || rho_hat) between Bernoulli distributions in nats, (units,) for `rho_hat` (units,)."""
    rho_hat = ops.clip(rho_hat, 1e-6, 1 - 1e-6)
    return rho * ops.log(rho / rho_hat) + (1 - rho) * ops.log((1 - rho) / (1 - rho_hat))


@keras.saving.register_keras_serializable("aewidgets")
class TopK(layers.Layer):
    """Layer that keeps the k values of largest magnitude in each row of (b, n), and sets the others to zero."""

    def __init__(self, k: int, **kwargs):
        super().__init__(**kwargs)
        self.k = k

    def call(self, h):
        """Keep the k values of largest magnitude of (b, n)."""
        size = ops.abs(h)
        least = ops.top_k(size, self.k)[0][:, -1:]
        return ops.where(size >= least, h, ops.zeros_like(h))

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self):
        """Return the arguments of `__init__`, for saving."""
        return super().get_config() | {"k": self.k}


@keras.saving.register_keras_serializable("aewidgets")
class SparseAutoencoder(Autoencoder):
    """Dense autoencoder with a wide code that is sparse by one of three rules.

    - "l1": rectified units; the penalty is `strength` times the sum of an image's code. The rows of the decoder's
      first kernel have length one: small codes and large rows would otherwise evade the penalty.
    - "kl": sigmoid units; the penalty is `strength` times the sum over units of KL(rho || rho_hat), where rho_hat is a
      unit's mean over the batch (Ng 2011, CS294A lecture notes).
    - "top-k": linear units, of which the k largest in magnitude pass (Makhzani and Frey 2014, arXiv:1312.5663, who
      keep the k largest); there is no penalty.

    The reconstruction error is the mean over the values of an image.

    Args:
        image_shape: (height, width, channels).
        latent_dim: number of units of the code.
        sparsity: "l1", "kl" or "top-k".
        strength: weight of the penalty; if None, one that suits digits.
        rho: target of each unit's mean activation, for "kl".
        k: number of units that "top-k" keeps.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        activation: activation of the hidden layers.
        output: "sigmoid" or "linear".
    """

    family = "sparse"

    def __init__(
        self,
        image_shape,
        latent_dim: int = 256,
        sparsity: str = "top-k",
        strength: float | None = None,
        rho: float = 0.05,
        k: int = 32,
        hidden=(512,),
        activation: str = "relu",
        output: str = "sigmoid",
        **kwargs,
    ):
        super().__init__(image_shape, **kwargs)
        if sparsity not in ACTIVATIONS:
            raise ValueError(f"sparsity: expected one of {', '.join(ACTIVATIONS)}, got {sparsity!r}")
        if not 0 < rho < 1:
            raise ValueError(f"rho: expected a mean activation between 0 and 1, got {rho}")
        check_count(k=k)
        if sparsity == "top-k" and k > latent_dim:
            raise ValueError(f"k: expected at most latent_dim = {latent_dim}, got {k}")
        self.latent_dim, self.sparsity, self.rho, self.k = latent_dim, sparsity, rho, k
        self.strength = STRENGTHS[sparsity] if strength is None else strength
        self.hidden, self.activation, self.last = widths_of(hidden), activation, output
        self.penalties = () if sparsity == "top-k" else ("sparsity",)
        body = DenseBody(self.image_shape, self.hidden, activation, self.dtype_policy)
        code = code_layer(latent_dim, ACTIVATIONS[sparsity])
        encoder = body.encoder_of(keras.Sequential([code, TopK(k)]) if sparsity == "top-k" else code)
        decoder = body.decoder(latent_dim, output)
        if sparsity == "l1":
            decoder.layers[1].kernel.constraint = keras.constraints.UnitNorm(axis=1)
        self._ready(encoder, decoder)

    def _penalty(self, h):
        """Return the penalty of codes (b, latent_dim), without its weight."""
        if self.sparsity == "l1":
            return ops.mean(ops.sum(ops.abs(h), axis=-1))
        return ops.sum(bernoulli_kl(self.rho, ops.mean(h, axis=0)))

    def call(self, x, training=None):
        """Reconstruct images, and add the penalty to the loss."""
        check_images(x.shape, self.image_shape)
        h = self.encoder(to_unit(x), training=training)
        if self.penalties:
            self.add_loss(self.strength * self._penalty(h))
        return self.decoder(h, training=training)

    def active(self, codes) -> np.ndarray:
        """Return which units are active, bool of the codes' shape; a sigmoid is active from `OFF` on."""
        return np.abs(codes) >= OFF if self.sparsity == "kl" else np.asarray(codes) != 0

    def code_statistics(self, images, batch_size: int = 256) -> dict[str, np.ndarray]:
        """Return {"active": bool (n, latent_dim)}: which units are active for which images."""
        return {"active": self.active(self.encode(images, batch_size))}

    def share_active(self, images, batch_size: int = 256) -> float:
        """Return the share of active units over all images, 0 to 1."""
        return float(self.code_statistics(images, batch_size)["active"].mean())

    def coded_bytes(self, codes, step: float = 2 * OFF) -> int:
        """Return the number of bytes of the quantised codes, with positions and signs.

        `aewidgets.codec.coding.entropy.sparse` has the format; its `decode_sparse` reads the bytes.

        Args:
            codes: (n, latent_dim), as `encode` returns them.
            step: step of the quantiser; decode the quantised codes to see what it costs in error.
        """
        return len(encode_sparse(codes, step))

    def describe(self) -> str:
        """Return family, code size and sparsity in words."""
        kept = (
            f"at most {self.k:,} of them not zero" if self.sparsity == "top-k" else f"sparse by {self.sparsity.upper()}"
        )
        return f"{super().describe()}, {kept}"

    def get_config(self):
        """Return the arguments of `__init__`, for saving."""
        return super().get_config() | {
            "latent_dim": self.latent_dim,
            "sparsity": self.sparsity,
            "strength": self.strength,
            "rho": self.rho,
            "k": self.k,
            "hidden": self.hidden,
            "activation": self.activation,
            "output": self.last,
        }
