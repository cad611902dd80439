"""One window of an image's latents as the weights of a Keras model around a frozen codec. Chooses no symbols.

The loss of this model is what refinement descends by gradients; `aewidgets.codec.effort.latents` says when, and has the
symbols chosen. Letters as in `aewidgets.codec.model.codec`.
"""

from itertools import pairwise

import keras
import numpy as np
from keras import ops

from aewidgets.codec.coding.constants import LOG_GAIN
from aewidgets.codec.coding.lagrangian import lmbda_of
from aewidgets.codec.model.codec import HyperpriorCodec
from aewidgets.codec.model.contexts import dc_context, pass_masks, signed_log
from aewidgets.codec.model.densities import index_to_log_scale, knot_weights, logistic_bits
from aewidgets.codec.model.layers import ACTIVATION_STEP
from aewidgets.codec.model.ops import straight_through


def _as_seen(decoded, soft):
    """Return what later contexts see of decoded latents; its gradients are those at `soft`, between two symbols."""
    magnitude = LOG_GAIN / ACTIVATION_STEP * ops.log2(1.0 + ops.abs(soft))
    proxy = ops.concatenate([ops.sign(soft) * magnitude, magnitude], axis=-1)
    return straight_through(ops.concatenate(signed_log(decoded), axis=-1), proxy)


def context_bits(context, soft, decoded, z_hat, quality):
    """Return the bits of all symbols after the DC plane, with gradients by each latent's effect on later contexts.

    Args:
        context: an `aewidgets.codec.model.contexts.ContextModel`.
        soft: (1, h, w, c) latents that gradients are wanted of.
        decoded: values that the latents were coded as; the choice of a latent's own symbol has no gradient.
        z_hat: decoded hyper-latents.
        quality: (1,) in [0, 1].
    """
    _, height, width, _ = ops.shape(decoded)
    prior_mean, prior_index = context.prior(knot_weights(quality))
    seen = [context.hyper_features(z_hat, quality, height, width)]
    ends = np.cumsum(context.groups).tolist()
    seen.append(dc_context(decoded[..., : ends[0]]))
    bits = 0.0
    for g, (start, end) in enumerate(pairwise(ends), 1):
        mean, index, hidden = context._run(context.heads[g], ops.concatenate(seen, axis=-1))
        mean, index = mean + prior_mean[..., start:end], index + prior_index[..., start:end]
        part = soft[..., start:end]
        seen_now = _as_seen(decoded[..., start:end], part)
        if context.later[g]:
            masks, own = pass_masks(context.passes[g - 1], height, width), 0.0
            for before, here, head in zip(masks[:-1], masks[1:], context.later[g], strict=True):
                own = own + before * seen_now
                more_mean, more_index, _ = context._run(head, ops.concatenate([hidden, own], axis=-1))
                mean, index = mean + here * more_mean, index + here * more_index
        log_scale = index_to_log_scale(index)
        moved = logistic_bits(ops.stop_gradient(part) - mean, ops.stop_gradient(log_scale))  # a mean moves its symbols
        offset = decoded[..., start:end] - ops.stop_gradient(mean)
        bits = bits + ops.sum(logistic_bits(offset, log_scale) + moved - ops.stop_gradient(moved))
        seen.append(seen_now)
    return bits


class RefinedWindow(keras.Model):
    """Latents of one window as weights, in units of the square root of their curvature: SGD is then Newton's step."""

    def __init__(self, codec, height: int, width: int):
        super().__init__(name="refined")
        self.codec = codec
        self.scaled = self.add_weight(shape=(1, height, width, codec.channels), initializer="zeros", name="scaled")

    def call(self, inputs):
        """Return the loss, and the distortion inside the window's own part, both in bits: (1, 2)."""
        quality, weight, decoded = inputs["quality"], inputs["weight"], inputs["y_hat"]
        soft = self.scaled / ops.sqrt(inputs["curvature"])
        x_hat = self.codec.synthesise(straight_through(decoded, soft), inputs["symbols"], quality)
        error = weight * ops.mean(ops.square(x_hat - inputs["x"]), axis=-1, keepdims=True)
        scale = lmbda_of(quality)[0] * 255.0**2
        loss = scale * ops.sum(error) + 0.5 * ops.sum(inputs["curvature"] * ops.square(soft - decoded))
        if isinstance(self.codec, HyperpriorCodec):
            loss = loss + context_bits(self.codec.context, soft, decoded, inputs["z_hat"], quality)
        return ops.stack([loss, ops.stop_gradient(scale * ops.sum(inputs["inside"] * error))])[None]

    def make_ready(self):
        """Compile and return it, ready for `move`."""
        self.compile(keras.optimizers.SGD(1.0), loss=_falling, metrics=[distortion], jit_compile=False)
        return self

    def move(self, batch: dict[str, np.ndarray], latents: np.ndarray, rate: float) -> tuple[float, np.ndarray]:
        """Move latents, float32 (h, w, c), by one step of a rate.

        Args:
            batch: what `call` takes, without an axis of batches but for the quality.
            latents: in quantiser steps.
            rate: share of the way to where the gradient points.

        Returns:
            The distortion inside the window's own part before the step, in bits, and the moved latents.
        """
        root = np.sqrt(batch["curvature"])
        inputs = {name: value if name == "quality" else value[None] for name, value in batch.items()}
        self.scaled.assign((latents * root)[None])
        self.optimizer.learning_rate = rate
        self.reset_metrics()
        result = self.train_on_batch(inputs, np.zeros((1, 2), "float32"), return_dict=True)
        return float(result["distortion"]), ops.convert_to_numpy(self.scaled)[0] / root


def _falling(y_true, y_pred):
    """Return the loss of a window, in bits."""
    return ops.mean(y_pred[:, 0])


def distortion(y_true, y_pred):
    """Return the squared error inside a window's own part, in the bits it is worth."""
    return ops.mean(y_pred[:, 1])
