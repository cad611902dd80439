"""Densities, rates and priors of latents on Keras, for training. No bytes; no predictions, which `contexts` makes.

Latents are in units of their quantiser step. A symbol is round(latent - mean); its density is logistic around zero
with one of `TABLE_SCALES` scales, chosen by a table index (Ballé et al. 2018, arXiv:1802.01436; Minnen et al. 2018,
arXiv:1809.02736 for means; Minnen and Singh 2020, arXiv:2007.08739 for groups of channels).
"""

import keras
import numpy as np
from keras import layers, ops

from aewidgets.codec.coding.constants import NUM_KNOTS, TABLE_SCALES
from aewidgets.codec.model.ops import straight_through

LOG_SCALES = np.log(TABLE_SCALES)


def scale_to_index(scale):
    """Return the real-valued table index of a logistic scale, not clipped; the inverse of `index_to_log_scale`."""
    return (np.log(scale) - LOG_SCALES[0]) / (LOG_SCALES[1] - LOG_SCALES[0])


def index_to_log_scale(index):
    """Return the log scale of a (real) table index, clipped to the tables there are; gradients pass the clipping."""
    clipped = straight_through(ops.clip(index, 0.0, len(TABLE_SCALES) - 1.0), index)
    return float(LOG_SCALES[0]) + float(LOG_SCALES[1] - LOG_SCALES[0]) * clipped


def logistic_bits(residual, log_scale):
    """Return -log2 of the logistic's mass on [residual - 1/2, residual + 1/2], by element, stable in the tails."""
    scale = ops.exp(log_scale)
    near, far = (0.5 - residual) / scale, (-0.5 - residual) / scale
    log_mass = -ops.softplus(-near) - ops.softplus(far) + ops.log1p(-ops.exp(-1.0 / scale))
    return -log_mass / float(np.log(2.0))


def quantise(latent, mean, log_scale, strength: float):
    """Return symbols as `aewidgets.codec.coding.trellis.quantisers.Quantiser` does, by densities instead of tables.

    Between k and k + 1 the threshold lies at 1/2 + strength * (bits of 1 - bits of 0): the coder's own for k = 0,
    where nearly all symbols are decided, and close to it above.
    """
    saved = logistic_bits(ops.ones_like(log_scale), log_scale) - logistic_bits(ops.zeros_like(log_scale), log_scale)
    residual = latent - mean
    magnitude = ops.floor(ops.abs(residual) + 0.5 - ops.clip(strength * saved, 0.0, 0.49))
    return ops.stop_gradient(ops.sign(residual) * ops.maximum(magnitude, 0.0))


def code(latent, noise, mean, index, strength: float):
    """Pass one part of the latents through quantiser and entropy coder, in training.

    The value of the rate is that of the symbols that are really coded, and so is its gradient with respect to scales:
    under uniform noise a channel that is always zero would seem to cost 0.1 bits a sample. The gradients with
    respect to latents and means, which rounding has not, are those of the rate under noise (Ballé et al. 2017).

    Returns:
        bits (b,), decoded latent with straight-through gradient, symbols.
    """
    log_scale = index_to_log_scale(index)
    symbols = quantise(latent, mean, log_scale, strength)
    noisy = logistic_bits(latent + noise - mean, ops.stop_gradient(log_scale))
    bits = logistic_bits(symbols, log_scale) + noisy - ops.stop_gradient(noisy)
    return ops.sum(bits, axis=(1, 2, 3)), straight_through(symbols + mean, latent), symbols


def knot_weights(quality):
    """Return the weights, (b, NUM_KNOTS), of linear interpolation between knots for qualities (b,) in [0, 1]."""
    knots = ops.arange(NUM_KNOTS, dtype="float32")
    return ops.maximum(1.0 - ops.abs(quality[:, None] * (NUM_KNOTS - 1.0) - knots), 0.0)


@keras.saving.register_keras_serializable("aewidgets")
class FactorisedPrior(layers.Layer):
    """Prior of channels: a mean and a table index each, functions of quality alone, linear between knots.

    Args:
        channels: number of channels.
        start: (NUM_KNOTS, channels) indexes to start from; 10 everywhere when None.
    """

    def __init__(self, channels: int, start=None, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self._start = np.full((NUM_KNOTS, channels), 10.0) if start is None else np.asarray(start)

    def build(self, input_shape=None):
        shape = (NUM_KNOTS, self.channels)
        self.mean = self.add_weight(shape=shape, initializer="zeros", name="mean")
        # A tenth of a table step per unit: Adam then moves indexes as fast as other weights move their outputs.
        self.index = self.add_weight(
            shape=shape, name="index", initializer=lambda s, dtype=None: ops.cast(self._start / 10.0, dtype)
        )

    def call(self, weights):
        """Return mean and index, each (b, 1, 1, channels), at the knots' weights (b, NUM_KNOTS)."""
        return (
            ops.matmul(weights, self.mean)[:, None, None],
            10.0 * ops.matmul(weights, self.index)[:, None, None],
        )

    def get_config(self):
        return super().get_config() | {"channels": self.channels}
