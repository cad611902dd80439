"""Keras layers of the codecs: lapped transform, gains, residual and integer convolutions. No rates, no bytes.

Every strided convolution pads explicitly, because strided `same` padding changes its phase with the parity of the side.
"""

import keras
import numpy as np
from keras import layers, ops

from aewidgets.codec.coding.constants import ACTIVATION_BITS, ACTIVATION_MAX, EXACT_LIMIT, NUM_KNOTS
from aewidgets.codec.coding.integer.lapped import CELL, MARGIN, OPPONENT, transform_kernel
from aewidgets.codec.model.ops import (
    depth_to_space,
    fold_edges,
    mirror_edges,
    pad_to_multiple,
    round_half_up,
    space_to_depth,
    straight_through,
)

ACTIVATION_STEP = 1 << ACTIVATION_BITS  # integer activations are multiples of 1/32


@keras.saving.register_keras_serializable("aewidgets")
class LappedTransform(layers.Layer):
    """Analyse and synthesise by an overlapping 16 x 16 block transform of three opponent colours, both trainable.

    The transform starts orthonormal. What is learnt is added at `learning_scale` of the optimiser's rate.

    Args:
        frequencies: per colour, the (row, column) frequencies kept; their order is the order of the channels.
        learning_scale: factor between a learnt weight and its effect.
    """

    def __init__(self, frequencies, learning_scale: float = 0.02, **kwargs):
        super().__init__(**kwargs)
        self.frequencies = [[tuple(f) for f in colour] for colour in frequencies]
        self.learning_scale = learning_scale
        self._start = [transform_kernel(colour) for colour in self.frequencies]

    def build(self, input_shape=None):
        def learnt(name):
            return [
                self.add_weight(shape=k.shape, initializer="zeros", name=f"{name}_{i}")
                for i, k in enumerate(self._start)
            ]

        self.analysis, self.synthesis = learnt("analysis"), learnt("synthesis")

    def _kernel(self, learnt, i):
        """Return the kernel of a colour: the orthonormal start, and what is learnt."""
        return ops.convert_to_tensor(self._start[i]) + self.learning_scale * learnt[i]

    def analyse(self, x):
        """Return the coefficients (b, h, w, c), in units of 1/255, of images (b, 16h, 16w, 3) in [0, 1]."""
        x = ops.matmul(255.0 * (x - 0.5), ops.convert_to_tensor(OPPONENT.T, "float32"))
        x = mirror_edges(x, MARGIN)
        cells = ops.split(space_to_depth(x, CELL), 3, axis=-1)
        return ops.concatenate(
            [ops.conv(c, self._kernel(self.analysis, i), strides=2, padding="valid") for i, c in enumerate(cells)],
            axis=-1,
        )

    def synthesise(self, y):
        """Return the opponent colours (b, 16h, 16w, 3), zero-centred, of coefficients (b, h, w, c); in 1/255."""
        ends = np.cumsum([len(f) for f in self.frequencies])[:-1].tolist()
        cells = [
            ops.conv_transpose(part, self._kernel(self.synthesis, i), strides=2, padding="valid")
            for i, part in enumerate(ops.split(y, ends, axis=-1))
        ]
        return fold_edges(depth_to_space(ops.concatenate(cells, axis=-1), CELL), MARGIN)

    @staticmethod
    def to_picture(x):
        """Return RGB, 1 is white, not clipped, of opponent colours in units of 1/255."""
        return ops.matmul(x, ops.convert_to_tensor(OPPONENT, "float32")) / 255.0 + 0.5

    def call(self, x):
        return self.analyse(x)

    def get_config(self):
        return super().get_config() | {"frequencies": self.frequencies, "learning_scale": self.learning_scale}


@keras.saving.register_keras_serializable("aewidgets")
class ResidualBlock(layers.Layer):
    """Add two convolutions to their input, x + conv3x3(activation(conv3x3(x))), at one resolution and width."""

    def __init__(self, filters: int, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.filters, self.activation = filters, activation
        self.conv_1 = layers.Conv2D(filters, 3, padding="same", activation=activation, dtype=self.dtype_policy)
        self.conv_2 = layers.Conv2D(
            filters,
            3,
            padding="same",
            dtype=self.dtype_policy,
            kernel_initializer=keras.initializers.VarianceScaling(0.1),
        )

    def build(self, input_shape):
        self.conv_1.build(input_shape)
        self.conv_2.build((*input_shape[:-1], self.filters))

    def call(self, x):
        return x + self.conv_2(self.conv_1(x))

    def get_config(self):
        return super().get_config() | {"filters": self.filters, "activation": self.activation}


@keras.saving.register_keras_serializable("aewidgets")
class StridedConv(layers.Layer):
    """Convolve by 3 x 3 with stride 2; sides are padded with zeros to even, then by one sample all round."""

    def __init__(self, filters: int, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.activation = filters, activation
        self.conv = layers.Conv2D(
            filters, 3, strides=2, padding="valid", activation=activation, dtype=self.dtype_policy
        )

    def build(self, input_shape):
        self.conv.build(input_shape)

    def call(self, x):
        return self.conv(ops.pad(pad_to_multiple(x, 2), ((0, 0), (1, 1), (1, 1), (0, 0))))

    def get_config(self):
        return super().get_config() | {"filters": self.filters, "activation": self.activation}


@keras.saving.register_keras_serializable("aewidgets")
class QualityGain(layers.Layer):
    """Scale each channel by a learnt factor that depends on quality, between knots.

    Args:
        start: the factor at each knot to start with; one when None.
    """

    def __init__(self, start=None, **kwargs):
        super().__init__(**kwargs)
        self.start = [1.0] * NUM_KNOTS if start is None else [float(v) for v in start]

    def build(self, input_shape):
        start = np.repeat(np.log(self.start)[:, None], input_shape[-1], axis=1)
        self.gain = self.add_weight(
            shape=start.shape, initializer=lambda s, dtype=None: ops.cast(start, dtype), name="gain"
        )

    def get_config(self):
        return super().get_config() | {"start": self.start}

    def call(self, x, knots):
        return x * ops.cast(ops.exp(ops.matmul(knots, self.gain))[:, None, None], x.dtype)


@keras.saving.register_keras_serializable("aewidgets")
class IntegerConv(layers.Layer):
    """Convolve as `aewidgets.codec.coding.integer.convolution.IntegerConv` does, exactly, with gradients.

    Inputs are multiples of 1/32, weights of 2**-shift with at most 8 bits, outputs of 1/32; `relu` outputs are
    clipped to 255/32. Gradients pass the roundings unchanged. Each output channel has its own shift.

    Args:
        filters, kernel_size: as in `keras.layers.Conv2D`; stride 1, zero padding to the same size.
        activation: "relu" or None.
        zero: start with zero weights, so that the layer starts silent.
    """

    def __init__(self, filters: int, kernel_size: int = 3, activation=None, zero: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.activation, self.zero = filters, kernel_size, activation, zero

    def build(self, input_shape):
        k = self.kernel_size
        self.kernel = self.add_weight(
            shape=(k, k, input_shape[-1], self.filters),
            name="kernel",
            initializer="zeros" if self.zero else "he_normal",
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def quantised(self):
        """Return kernel, bias and shift: integers in float tensors; kernel within +-127, shift per output channel."""
        magnitude = ops.abs(self.kernel)
        largest = ops.max(magnitude, axis=(0, 1, 2))
        # Accumulators must stay below 2**24, rounding included, for float32 sums to be exact.
        total = ACTIVATION_MAX * ops.sum(magnitude, axis=(0, 1, 2)) + ACTIVATION_STEP * ops.abs(self.bias) + 1.0
        room = EXACT_LIMIT - ACTIVATION_MAX * 0.5 * float(np.prod(self.kernel.shape[:3])) - 1.0
        unit = ops.minimum(127.49 / ops.maximum(largest, 1e-6), room / total)
        shift = ops.clip(ops.floor(ops.log2(unit)), 0.0, 12.0)
        unit = ops.power(2.0, shift)
        return (
            ops.clip(ops.round(self.kernel * unit), -127.0, 127.0),
            ops.round(self.bias * unit * ACTIVATION_STEP),
            shift,
        )

    def call(self, x):
        kernel, bias, shift = (ops.stop_gradient(t) for t in self.quantised())
        unit = ops.power(2.0, -shift)
        kernel = straight_through(kernel * unit, self.kernel)
        bias = straight_through(bias * unit / ACTIVATION_STEP, self.bias)
        y = ops.conv(x, kernel, padding="same") + bias
        y = straight_through(round_half_up(y * ACTIVATION_STEP) / ACTIVATION_STEP, y)
        return ops.clip(y, 0.0, ACTIVATION_MAX / ACTIVATION_STEP) if self.activation == "relu" else y

    def get_config(self):
        return super().get_config() | {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "activation": self.activation,
            "zero": self.zero,
        }
