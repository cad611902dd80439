"""Context model of the hyperprior codec: float twin of `coding.integer.networks`, for training. No bytes.

Latents are in units of their quantiser step; densities are those of `aewidgets.codec.model.densities` (Minnen and Singh
2020, arXiv:2007.08739 for groups of channels).
"""

import keras
import numpy as np
from keras import layers, ops

from aewidgets.codec.coding.constants import (
    CONTEXT_LINEAR_MAX,
    DC_AVERAGED,
    DC_CHANNELS,
    DC_CLASSES,
    DC_NEIGHBOURS,
    DC_STEPS,
    LOG_GAIN,
    PASSES,
)
from aewidgets.codec.model.densities import FactorisedPrior, code, index_to_log_scale, knot_weights, quantise
from aewidgets.codec.model.layers import ACTIVATION_MAX, ACTIVATION_STEP, IntegerConv
from aewidgets.codec.model.ops import depth_to_space, mirror_edges


def signed_log(y):
    """Return sign(y) * log2(1 + |y|), on the grid and in the range of integer activations, and its magnitude."""
    magnitude = ops.round(LOG_GAIN * ops.log2(1.0 + ops.abs(y))) / ACTIVATION_STEP
    magnitude = ops.minimum(magnitude, ACTIVATION_MAX / ACTIVATION_STEP)
    return ops.sign(y) * magnitude, magnitude


def _shift(y, rows, columns, reach):
    """Return y moved so that position (i, j) sees (i + rows, j + columns), zeros outside."""
    _, h, w, _ = ops.shape(y)
    y = ops.pad(y, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    return y[:, reach + rows : reach + rows + h, reach + columns : reach + columns + w]


def dc_prediction(dc):
    """Interpolate the DC plane from coarse to fine, see `aewidgets.codec.coding.integer.dc.dc_passes`.

    Args:
        dc: (b, h, w, 3) decoded (or noisy) DC coefficients.

    Returns:
        prediction of every position from the coarser positions around it (zeros on the coarsest grid); differences
        from it of the neighbours that are decoded before, (b, h, w, 36); and the class of every position,
        (1, h, w, DC_CLASSES) one-hot.
    """
    _, h, w, _ = ops.shape(dc)
    i, j = (
        ops.arange(h)[:, None] + ops.zeros((1, w), "int32"),
        ops.arange(w)[None] + ops.zeros((h, 1), "int32"),
    )

    def mask(condition):
        return ops.cast(condition, "float32")[None, :, :, None]

    top = 2 * DC_STEPS[0]
    known = mask(ops.logical_and(i % top == 0, j % top == 0))
    classes, prediction, around = [known], ops.zeros_like(dc), 0.0
    for step in DC_STEPS:
        odd_i, odd_j = i % (2 * step) == step, j % (2 * step) == step
        even_i, even_j = i % (2 * step) == 0, j % (2 * step) == 0
        centre = mask(ops.logical_and(odd_i, odd_j))
        side = mask(ops.logical_or(ops.logical_and(odd_i, even_j), ops.logical_and(even_i, odd_j)))
        for sites, kind in ((centre, "centre"), (side, "side")):
            values, there = (
                [_shift(x, step * row, step * column, 3 * step) for row, column in DC_NEIGHBOURS[kind]]
                for x in (dc * known, known)
            )
            mean = sum(values[:DC_AVERAGED]) / ops.maximum(sum(there[:DC_AVERAGED]), 1.0)
            differences = [value - t * mean for value, t in zip(values, there, strict=True)]
            prediction, around = prediction + sites * mean, around + sites * ops.concatenate(differences, axis=-1)
            known = known + sites
            classes.append(sites)
    return prediction, around, ops.concatenate(classes, axis=-1)


def _linear(difference):
    """Return differences on the grid and in the range of integer activations."""
    return ops.clip(ops.floor(difference * 4.0), -CONTEXT_LINEAR_MAX, CONTEXT_LINEAR_MAX) / ACTIVATION_STEP


def dc_context(dc):
    """Return differences of neighbouring DCs, (b, h, w, 18): across, down, second; linear and signed logarithms.

    They predict the lowest frequencies (ITU-T T.81, annex K.8 uses the same idea at the decoder).
    """
    p = mirror_edges(dc, 1)
    west, east, north, south = p[:, 1:-1, :-2], p[:, 1:-1, 2:], p[:, :-2, 1:-1], p[:, 2:, 1:-1]
    d = ops.concatenate([east - west, south - north, west + east + north + south - 4.0 * dc], axis=-1)
    return ops.concatenate([_linear(d), signed_log(d)[0]], axis=-1)


def pass_masks(count: int, height: int, width: int):
    """Return masks, (1, height, width, 1), of ones where each of `count` passes decodes; see `PASSES`."""
    i, j = ops.arange(height)[:, None], ops.arange(width)[None]
    phase = (2 * (i % 2) + j % 2)[None, :, :, None]
    return [sum(ops.cast(phase == 2 * row + column, "float32") for row, column in phases) for phases in PASSES[count]]


@keras.saving.register_keras_serializable("aewidgets")
class ContextModel(layers.Layer):
    """Hyper-synthesis and one head per group of channels; every output is a mean and a table index per symbol.

    The first group is the DC plane, decoded from coarse to fine; each later group sees the groups before it. A group
    of several passes (see `PASSES`) is decoded position by position of a pattern: its head's outputs are corrected, in
    each pass after the first, by a head that sees the decoded neighbours.

    Args:
        groups: channels per group; the first has `DC_CHANNELS`.
        hyper_channels: channels of the hyper-latent z.
        width: channels of the hyper features and of the hidden layers of the heads.
        passes: 1, 2 or 3 for each group after the first.
        dc_width: hidden channels of the heads that correct the interpolation of the DC plane; 0 for none.
        start: (NUM_KNOTS, sum(groups)) table indexes of the prior that the heads correct.
    """

    def __init__(
        self, groups, hyper_channels: int = 64, width: int = 96, passes=None, dc_width: int = 0, start=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.dc_width = dc_width
        self.groups, self.hyper_channels, self.width = tuple(groups), hyper_channels, width
        self.passes = tuple(passes or (1,) * (len(self.groups) - 1))
        if len(self.passes) != len(self.groups) - 1 or not {1, *PASSES}.issuperset(self.passes):
            raise ValueError(f"passes must be 1, 2 or 3 for each of {len(self.groups) - 1} groups, got {passes}")
        self.prior = FactorisedPrior(sum(self.groups), start, name="prior")
        dc_start = None if start is None else np.repeat(np.asarray(start)[:, :DC_CHANNELS], DC_CLASSES, axis=1)
        self.dc_prior = FactorisedPrior(DC_CHANNELS * DC_CLASSES, dc_start, name="dc_prior")
        self.hyper = [
            IntegerConv(4 * 64, 3, "relu", name="hyper_0"),
            IntegerConv(4 * width, 3, "relu", name="hyper_1"),
        ]
        self.heads = [
            [
                IntegerConv(32, 3, "relu", name="head_0_0"),
                IntegerConv(2 * DC_CHANNELS, 1, None, True, name="head_0_1"),
            ]
        ]
        self.dc_heads = {
            kind: [
                IntegerConv(dc_width, 1, "relu", name=f"dc_{kind}_0"),
                IntegerConv(2 * DC_CHANNELS, 1, None, True, name=f"dc_{kind}_1"),
            ]
            for kind in (DC_NEIGHBOURS if dc_width else ())
        }
        for g, size in enumerate(self.groups[1:], 1):
            self.heads.append(
                [
                    IntegerConv(width, 3, "relu", name=f"head_{g}_0"),
                    IntegerConv(width, 1, "relu", name=f"head_{g}_1"),
                    IntegerConv(2 * size, 1, None, True, name=f"head_{g}_2"),
                ]
            )
        self.later: list[list[list[IntegerConv]]] = [[]]
        self.later += [
            [
                [
                    IntegerConv(width, 3, "relu", name=f"head_{g}_pass_{k}_0"),
                    IntegerConv(2 * size, 1, None, True, name=f"head_{g}_pass_{k}_1"),
                ]
                for k in range(1, count)
            ]
            for g, (size, count) in enumerate(zip(self.groups[1:], self.passes, strict=True), 1)
        ]

    def build(self, input_shape=None):
        for prior in (self.prior, self.dc_prior):
            prior.build()
        self.hyper[0].build((None, None, None, self.hyper_channels + 1))
        self.hyper[1].build((None, None, None, 64))
        for kind, (first, second) in self.dc_heads.items():
            first.build((None, None, None, 2 * DC_CHANNELS * len(DC_NEIGHBOURS[kind])))
            second.build((None, None, None, first.filters))
        seen = self.width
        for g, head in enumerate(self.heads):
            inputs = seen
            for layer in head:
                layer.build((None, None, None, inputs))
                inputs = layer.filters
            for later in self.later[g]:
                later[0].build((None, None, None, self.width + 2 * self.groups[g]))
                later[1].build((None, None, None, self.width))
            seen += 6 * DC_CHANNELS if g == 0 else 2 * self.groups[g]

    def integer_layers(self):
        """Return every integer convolution."""
        heads = [*self.heads, *self.dc_heads.values(), *(head for later in self.later for head in later)]
        return [*self.hyper, *(layer for head in heads for layer in head)]

    def hyper_features(self, z_hat, quality, height, width):
        """Run h_s: hyper-latents (b, hz, wz, c), quality (b,) -> features (b, height, width, self.width)."""
        z = ops.clip(ops.floor(z_hat * 16.0), -ACTIVATION_MAX, ACTIVATION_MAX) / ACTIVATION_STEP
        level = ops.floor(quality * 127.0)[:, None, None, None] / ACTIVATION_STEP
        x = ops.concatenate([z, level + ops.zeros_like(z[..., :1])], axis=-1)
        for layer in self.hyper:
            x = depth_to_space(layer(x), 2)
        return x[:, :height, :width]

    @staticmethod
    def _run(head, x):
        """Return the mean and index that a head predicts, and the input of its last layer."""
        for layer in head[:-1]:
            x = layer(x)
        mean, index = ops.split(head[-1](x), 2, axis=-1)
        return mean / 2.0, index * 2.0, x  # outputs are multiples of 1/32: means become 1/64, indexes 1/16

    def _correct(self, g, part, mean, index, hidden, strength):
        """Return mean and index of a group whose later passes see the latents that earlier ones decoded."""
        own = ops.zeros_like(part)
        masks = pass_masks(self.passes[g - 1], ops.shape(part)[1], ops.shape(part)[2])
        for before, here, head in zip(masks[:-1], masks[1:], self.later[g], strict=True):
            decoded = quantise(part, mean, index_to_log_scale(index), strength) + mean
            own = own + before * ops.stop_gradient(decoded)
            more_mean, more_index, _ = self._run(head, ops.concatenate([hidden, *signed_log(own)], axis=-1))
            mean, index = mean + here * more_mean, index + here * more_index
        return mean, index

    def call(self, y, z_hat, quality, noise, strength: float):
        """Return rates and decoded values of latents, in training.

        Args:
            y: (b, h, w, c) latents in units of the step.
            z_hat: decoded hyper-latents, (b, ceil(h / 4), ceil(w / 4), hyper_channels).
            quality: (b,) in [0, 1].
            noise: shaped as `y`, uniform in [-1/2, 1/2]; stands for rounding where a gradient is needed.
            strength: of the quantiser, see `quantise`.

        Returns:
            bits (b,), y_hat (b, h, w, c) with straight-through gradient, and the symbols.
        """
        knots = knot_weights(quality)
        features = self.hyper_features(z_hat, quality, ops.shape(y)[1], ops.shape(y)[2])
        prior_mean, prior_index = self.prior(knots)
        ends = np.cumsum(self.groups).tolist()
        bits, decoded, symbols, context = 0.0, [], [], [features]
        for g, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            part = y[..., start:end]
            mean, index, hidden = self._run(self.heads[g], ops.concatenate(context, axis=-1))
            if g == 0:
                predicted, around, classes = dc_prediction(ops.stop_gradient(part + noise[..., start:end]))
                dc_mean, dc_index = (
                    ops.einsum("bck,xhwk->bhwc", ops.reshape(t, (-1, DC_CHANNELS, DC_CLASSES)), classes)
                    for t in self.dc_prior(knots)
                )
                mean, index = mean + predicted + dc_mean, index + dc_index
                neighbours = ops.concatenate([_linear(around), signed_log(around)[0]], axis=-1)
                for number, kind in enumerate(self.dc_heads):
                    more_mean, more_index, _ = self._run(self.dc_heads[kind], neighbours)
                    here = ops.sum(classes[..., 1 + number :: 2], axis=-1, keepdims=True)
                    mean, index = mean + here * more_mean, index + here * more_index
            else:
                mean = mean + prior_mean[..., start:end]
                index = index + prior_index[..., start:end]
            if self.later[g]:
                mean, index = self._correct(g, part, mean, index, hidden, strength)
            part_bits, part_hat, part_symbols = code(part, noise[..., start:end], mean, index, strength)
            bits = bits + part_bits
            decoded.append(part_hat)
            symbols.append(part_symbols)
            seen = ops.stop_gradient(part_hat)
            context.append(dc_context(seen) if g == 0 else ops.concatenate(signed_log(seen), axis=-1))
        return bits, ops.concatenate(decoded, axis=-1), ops.concatenate(symbols, axis=-1)

    def get_config(self):
        return super().get_config() | {
            "groups": self.groups,
            "hyper_channels": self.hyper_channels,
            "width": self.width,
            "passes": self.passes,
            "dc_width": self.dc_width,
        }
