"""Learned codecs: factorised prior and mean-scale hyperprior around a lapped transform. Keras only; no bytes.

Letters are those of Ballé et al. 2018 (arXiv:1802.01436) and Minnen et al. 2018 (arXiv:1809.02736): image x, latent y,
hyper-latent z, analysis g_a, synthesis g_s, hyper-analysis h_a, hyper-synthesis h_s (with the context heads, in
`aewidgets.codec.model.contexts`). Both transforms have a linear path that starts as an orthonormal lapped transform and
a convolutional one that starts at zero (the idea of AuxT, Li et al. 2025, arXiv:2501.13751, with a lapped transform for
its wavelets).

One network serves all qualities: gains per channel, between knots (Cui et al. 2021, arXiv:2003.02012).
Quality here is a number in [0, 1], over which lambda grows geometrically (`aewidgets.codec.coding.lagrangian`).
"""

import keras
import numpy as np
from keras import layers, ops

from aewidgets.codec.coding.constants import DC_CHANNELS, HYPER_STRIDE, NUM_KNOTS
from aewidgets.codec.coding.lagrangian import lmbda_of
from aewidgets.codec.model.contexts import ContextModel
from aewidgets.codec.model.densities import FactorisedPrior, code, knot_weights, scale_to_index
from aewidgets.codec.model.layers import LappedTransform, QualityGain, ResidualBlock, StridedConv
from aewidgets.codec.model.losses import ms_ssim
from aewidgets.codec.model.ops import depth_to_space, pad_to_multiple, space_to_depth

MS_SSIM_FACTOR = 1280.0  # lambda of MS-SSIM by that of mse, as CompressAI pairs them: 2.4 by 0.0018 to 220 by 0.18


def start_steps() -> np.ndarray:
    """Return the quantiser steps to start from at each knot, (NUM_KNOTS,) in units of 1/255.

    They are the high-rate optimum for an orthonormal transform, step**2 = 18 / (ln 2 * lmbda), times a factor that was
    found best with context models: 1.35 at the lowest lambda, 1.1 at the highest.
    """
    quality = np.linspace(0, 1, NUM_KNOTS)
    return np.sqrt(18 / (np.log(2) * lmbda_of(quality))) * (1.38 - 0.28 * quality)


class Statistics:
    """Statistics of the lapped transform on training images, from which an untrained codec starts.

    Args:
        frequencies: per colour, the (row, column) frequencies kept.
        order: of the channels; position in the latents to position in the transform.
        mean_abs, std: mean magnitude and standard deviation of each channel, in units of 1/255.
    """

    def __init__(self, frequencies, order, mean_abs, std):
        self.frequencies = [[tuple(int(u) for u in f) for f in colour] for colour in frequencies]
        self.order = [int(i) for i in order]
        self.mean_abs, self.std = [float(v) for v in mean_abs], [float(v) for v in std]

    def as_dict(self):
        """Return the arguments, as JSON holds them."""
        return {
            "frequencies": self.frequencies,
            "order": self.order,
            "mean_abs": self.mean_abs,
            "std": self.std,
        }


def analysis_layers(widths, channels: int, activation: str, dtype: str) -> list:
    """Return the convolutional path of g_a, from 48 channels at 1/4 of the image's side to the latents.

    What the convolutions add, in units of 1/255, starts in proportion to what it may be worth: a part of the step.
    """
    w4, w8, w16 = widths
    active = {"activation": activation, "dtype": dtype}
    return [
        layers.Conv2D(w4, 3, padding="same", **active),
        ResidualBlock(w4, **active),
        QualityGain(),
        StridedConv(w8, **active),
        ResidualBlock(w8, **active),
        QualityGain(),
        StridedConv(w16, **active),
        ResidualBlock(w16, **active),
        QualityGain(0.1 * start_steps()),
        layers.Conv2D(channels, 1, kernel_initializer="zeros", dtype=dtype),
    ]


def synthesis_layers(widths, depth: int, activation: str, dtype: str) -> tuple[list, list, list]:
    """Return the convolutional path of g_s at 1/16, 1/8 and 1/4 of the image's side.

    What it adds starts in proportion to the error, which grows with the step's square root.
    """
    w4, w8, w16 = widths
    active = {"activation": activation, "dtype": dtype}
    sixteenth = [
        layers.Conv2D(w16, 1, **active),
        QualityGain(),
        ResidualBlock(w16, **active),
        layers.Conv2D(4 * w8, 1, dtype=dtype),
    ]
    eighth = [ResidualBlock(w8, **active), QualityGain(), layers.Conv2D(4 * 32, 1, dtype=dtype)]
    first, *further = [*[None] * depth, 0.25 * np.sqrt(start_steps())]  # what gains start from
    quarter = [layers.Conv2D(w4, 3, padding="same", **active), QualityGain(first)]
    for start in further:
        quarter += [ResidualBlock(w4, **active), QualityGain(start)]
    quarter.append(layers.Conv2D(48, 3, padding="same", kernel_initializer="zeros", dtype=dtype))
    return sixteenth, eighth, quarter


class Codec(keras.Model):
    """Transforms, gains and training pass that both families share; a family adds `build_entropy` and `rate`.

    Args:
        statistics: `Statistics` or its `as_dict`.
        widths: filters at 1/4, 1/8 and 1/16 of the image's side.
        depth: residual blocks at 1/4 in the synthesis.
        strength: of the quantiser's preference for small symbols, steps per bit; about 3 / (2 * lmbda * step**2).
        activation: of the convolutional paths. Not "relu": with it both paths died within a few thousand steps, every
            unit of a layer at once, and the codec was left with its linear transform.
        distortion: what it is trained for, "mse" or "ms-ssim", 1 - MS-SSIM.
        cnn_dtype: policy of the convolutional paths; "mixed_bfloat16" is faster to train where the CPU has it.

    Raises:
        ValueError: for another distortion.
    """

    def __init__(
        self,
        statistics,
        widths=(48, 64, 128),
        depth: int = 2,
        strength: float = 0.04,
        activation: str = "leaky_relu",
        distortion: str = "mse",
        cnn_dtype: str = "float32",
        **kwargs,
    ):
        super().__init__(**kwargs)
        statistics = statistics if isinstance(statistics, Statistics) else Statistics(**statistics)
        self.statistics, self.widths, self.depth = statistics, tuple(widths), depth
        self.strength, self.activation, self.cnn_dtype = strength, activation, cnn_dtype
        if distortion not in ("mse", "ms-ssim"):
            raise ValueError(f"distortion: expected 'mse' or 'ms-ssim', got {distortion!r}")
        self.distortion = distortion
        self.channels = len(statistics.order)
        self.order = np.array(statistics.order)
        std = np.array(statistics.std)
        self.typical = np.sqrt(std**2 + 400.0).astype("float32")  # floor of 20: rare large values stay moderate inputs
        self.transform = LappedTransform(statistics.frequencies, name="transform")
        self.g_a = analysis_layers(self.widths, self.channels, activation, cnn_dtype)
        self.g_s_16, self.g_s_8, self.g_s_4 = synthesis_layers(self.widths, depth, activation, cnn_dtype)
        self.seed = keras.random.SeedGenerator(0)

    def build(self, input_shape=None):
        c, w8 = self.channels, self.widths[1]
        self.transform.build()
        for stack, width in ((self.g_a, 48), (self.g_s_16, c), (self.g_s_8, w8), (self.g_s_4, 48 + 32)):
            for layer in stack:
                layer.build((None, None, None, width))
                width = getattr(layer, "filters", width)
        # log steps and reconstruction offsets, per knot and channel
        log_steps = np.repeat(np.log(start_steps())[:, None], c, axis=1)
        self.log_step = self.add_weight(
            shape=(NUM_KNOTS, c),
            name="log_step",
            initializer=lambda s, dtype=None: ops.cast(log_steps, dtype),
        )
        self.offset = self.add_weight(shape=(NUM_KNOTS, c), initializer="zeros", name="offset")
        self.build_entropy()
        self.built = True

    def start_indexes(self):
        """Return the table indexes, (NUM_KNOTS, channels), of a logistic with each channel's mean magnitude."""
        scale = np.array(self.statistics.mean_abs)[None] / start_steps()[:, None] / (2 * np.log(2))
        return np.clip(scale_to_index(scale), -4.0, 63.0)

    def call(self, inputs):
        """Run a training pass: {"x": (b, H, W, 3) in [0, 1], "quality": (b,)} -> (b, 3): loss, bits per pixel, mse."""
        x, quality = inputs["x"], inputs["quality"]
        y = self.analyse(x, quality)
        bits, y_hat, symbols = self.rate(y, quality, self.rounding_noise(y))
        x_hat = self.synthesise(y_hat, symbols, quality)
        return self.training_outputs(x, x_hat, bits, quality)

    def analyse(self, x, quality):
        """Run g_a: images (b, 16h, 16w, 3) in [0, 1], quality (b,) -> latents (b, h, w, c) in units of the step."""
        knots = knot_weights(quality)
        linear = ops.take(self.transform.analyse(x), self.order, axis=-1)
        cnn = self._run(self.g_a, space_to_depth(4.0 * (x - 0.5), 4), knots)
        return (linear + ops.cast(cnn, "float32")) / self.steps(knots)

    def synthesise(self, y_hat, symbols, quality):
        """Run g_s: decoded latents and their symbols (both (b, h, w, c), in steps) -> images in [0, 1], not clipped.

        The symbols' signs move each value towards its mean by a learnt offset: a cell's centre is not its centroid.
        """
        knots = knot_weights(quality)
        offset = ops.matmul(knots, self.offset)[:, None, None]
        y = (y_hat - offset * ops.clip(symbols, -1.0, 1.0)) * self.steps(knots)
        linear = self.transform.synthesise(ops.take(y, np.argsort(self.order), axis=-1))
        return self.transform.to_picture(linear + self._correction(y, linear, knots))

    def _correction(self, y, linear, knots):
        """Return what the convolutional path of g_s adds to the linear one, in units of 1/255."""
        x_16 = depth_to_space(self._run(self.g_s_16, y / ops.convert_to_tensor(self.typical), knots), 2)
        x_8 = depth_to_space(self._run(self.g_s_8, x_16, knots), 2)
        x_4 = [ops.cast(space_to_depth(linear, 4), "float32") / 64.0, ops.cast(x_8, "float32")]
        cnn = self._run(self.g_s_4, ops.concatenate(x_4, axis=-1), knots)
        return ops.cast(depth_to_space(cnn, 4), "float32")

    @staticmethod
    def _run(stack, x, knots):
        """Run one layer after the other; gains also take the weights of the knots."""
        for layer in stack:
            x = layer(x, knots) if isinstance(layer, QualityGain) else layer(x)
        return x

    def steps(self, knots):
        """Return the quantiser steps (b, 1, 1, c), in units of 1/255."""
        return ops.exp(ops.matmul(knots, self.log_step))[:, None, None]

    def rounding_noise(self, y):
        """Draw uniform noise in [-1/2, 1/2] of the shape of `y`, which stands for rounding in training."""
        return keras.random.uniform(ops.shape(y), -0.5, 0.5, seed=self.seed)

    def training_outputs(self, x, x_hat, bits, quality):
        """Return what `call` does, (b, 3): each image's loss, bits per pixel and mean squared error.

        Every quality's loss is brought to about one, so that none of them owns the gradient.
        """
        bpp = bits / ops.cast(ops.shape(x)[1] * ops.shape(x)[2], "float32")
        mse = ops.mean(ops.square(x - x_hat), axis=(1, 2, 3))
        lmbda = lmbda_of(quality)
        if self.distortion == "mse":
            cost = lmbda * 255.0**2 * mse
        else:
            cost = MS_SSIM_FACTOR * lmbda * (1.0 - ms_ssim(x, x_hat))
        return ops.stack([(bpp + cost) * (lmbda / 0.013) ** -0.4, bpp, mse], axis=-1)

    def get_config(self):
        return {
            "statistics": self.statistics.as_dict(),
            "widths": self.widths,
            "depth": self.depth,
            "strength": self.strength,
            "activation": self.activation,
            "distortion": self.distortion,
            "cnn_dtype": self.cnn_dtype,
            "name": self.name,
        }


@keras.saving.register_keras_serializable("aewidgets")
class FactorisedCodec(Codec):
    """The family to teach with: every channel has one density per quality (Ballé et al. 2017, arXiv:1611.01704)."""

    def build_entropy(self):
        """Build the prior."""
        self.prior = FactorisedPrior(self.channels, self.start_indexes(), name="prior")
        self.prior.build()

    def rate(self, y, quality, noise):
        """Return bits (b,), decoded latents with straight-through gradients, and their symbols."""
        mean, index = self.prior(knot_weights(quality))
        return code(y, noise, mean, index, self.strength)


@keras.saving.register_keras_serializable("aewidgets")
class HyperpriorCodec(Codec):
    """The family to use: a mean-scale hyperprior with contexts over groups of frequencies.

    Args:
        groups: channels per group, low to high frequency; the first is the DC plane.
        hyper_channels: channels of z.
        context_width, passes, dc_width: see `aewidgets.codec.model.contexts.ContextModel`.
        z_start: factor on the hyper-latent to start with. Where it starts below a step it is always rounded to zero,
            carries no information, and never learns to. In the shipped weights it carries none all the same: the
            contexts have made it idle.

    Raises:
        ValueError: for groups that do not start with the DC plane or do not sum to the number of channels.
    """

    def __init__(
        self,
        statistics,
        groups=(3, 4, 8, 24, 56, 129, 320),
        hyper_channels: int = 64,
        context_width: int = 96,
        passes=(3, 3, 3, 1, 1, 1),
        dc_width: int = 48,
        z_start: float = 8.0,
        **kwargs,
    ):
        super().__init__(statistics, **kwargs)
        if groups[0] != DC_CHANNELS or sum(groups) != self.channels:
            raise ValueError(f"groups must start with {DC_CHANNELS} and sum to {self.channels}, got {groups}")
        self.groups, self.hyper_channels, self.context_width = tuple(groups), hyper_channels, context_width
        self.z_start = z_start
        self.h_a = [
            layers.Conv2D(96, 1, activation=self.activation),
            StridedConv(96, self.activation),
            StridedConv(96, self.activation),
            layers.Conv2D(hyper_channels, 1),
        ]
        self.context = ContextModel(
            groups, hyper_channels, context_width, passes, dc_width, self.start_indexes(), name="context"
        )
        self.z_prior = FactorisedPrior(hyper_channels, np.full((NUM_KNOTS, hyper_channels), 24.0), name="z_prior")

    def build_entropy(self):
        """Build hyper-analysis, contexts and the prior of hyper-latents."""
        width = 2 * self.channels
        for layer in self.h_a:
            layer.build((None, None, None, width))
            width = layer.filters
        self.context.build()
        self.z_prior.build()
        self.z_gain = self.add_weight(
            shape=(NUM_KNOTS, self.hyper_channels),
            initializer=keras.initializers.Constant(float(np.log(self.z_start))),
            name="z_gain",
        )

    def hyper_analyse(self, y, quality):
        """Run h_a: latents in steps -> hyper-latents (b, ceil(h / 4), ceil(w / 4), hyper_channels)."""
        knots = knot_weights(quality)
        z = ops.concatenate(
            [y * self.steps(knots) / ops.convert_to_tensor(self.typical), ops.log1p(ops.abs(y))], axis=-1
        )
        z = pad_to_multiple(z, HYPER_STRIDE)
        for layer in self.h_a:
            z = layer(z)
        return z * ops.exp(ops.matmul(knots, self.z_gain))[:, None, None]

    def rate(self, y, quality, noise):
        """Return bits (b,), decoded latents with straight-through gradients, and their symbols."""
        z = self.hyper_analyse(y, quality)
        mean, index = self.z_prior(knot_weights(quality))
        z_bits, z_hat, _ = code(z, self.rounding_noise(z), mean, index, 0.0)
        bits, y_hat, symbols = self.context(y, z_hat, quality, noise, strength=self.strength)
        return bits + z_bits, y_hat, symbols

    def get_config(self):
        return super().get_config() | {
            "groups": self.groups,
            "hyper_channels": self.hyper_channels,
            "context_width": self.context_width,
            "passes": self.context.passes,
            "dc_width": self.context.dc_width,
            "z_start": self.z_start,
        }


FAMILIES = {"hyperprior": HyperpriorCodec, "factorised": FactorisedCodec}
