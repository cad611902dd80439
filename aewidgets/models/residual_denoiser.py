"""Residual network for denoising and restoration: a small U-Net that begins at half resolution.

It works at a half, a quarter and an eighth of the side, as FFDNet does (Zhang et al. 2018), with the residual blocks
and the noise-level map of DRUNet (Zhang et al. 2021), and without biases as there: the output then scales with the
input, and noise stronger than in training is still removed (Mohan et al. 2020).
"""

import keras
import numpy as np
from keras import layers, ops

from aewidgets.models.bodies import check_count
from aewidgets.models.exportable import ExportableModel
from aewidgets.system.inference import outputs_of

__all__ = ["DENOISERS", "ResidualDenoiser"]


@keras.saving.register_keras_serializable("aewidgets")
class ResidualDenoiser(ExportableModel):
    """Network that removes noise or damage from an image; `maps` hold what is known of it, or 0 for blind denoising.

    Call it with {"x": images (b, h, w, channels), "maps": (b, h, w, num_maps)}, h and w multiples of `multiple`; it
    returns float32 images of the same size, not clipped. x is in [0, 1] apart from its noise. A denoiser has one map:
    the standard deviation of the noise at each pixel in units of x, 0 where it is not known (the blind variant). A
    restorer has more maps: see `aewidgets.restoration.network_inputs`.

    Args:
        channels: 1 or 3.
        num_maps: number of maps.
        widths: features at 1/2, 1/4 ... of the side.
        blocks: residual blocks at each of these on the way down, and on the way up but at the last.

    Raises:
        ValueError: for counts that are not whole numbers above zero.
    """

    family = "denoiser"

    def __init__(self, channels: int = 1, num_maps: int = 1, widths=(48, 80, 96), blocks=(2, 1, 1), **kwargs):
        super().__init__(**kwargs)
        check_count(channels=channels, num_maps=num_maps)
        if len(widths) != len(blocks):
            raise ValueError(f"blocks: expected one number for each of {len(widths)} widths, got {len(blocks)}")
        for width, count in zip(widths, blocks, strict=True):
            check_count(widths=width, blocks=count)
        self.channels, self.num_maps = channels, num_maps
        self.widths, self.blocks = tuple(widths), tuple(blocks)
        self.network = self._make_network()
        self.built = True  # the network is, and there is nothing else

    def input_specs(self):
        """Return what the model takes: float32 images and their maps, of any size."""
        channels = {"x": self.channels, "maps": self.num_maps}
        return {
            name: keras.InputSpec(shape=(None, None, None, count), dtype="float32", name=name)
            for name, count in channels.items()
        }

    @property
    def multiple(self) -> int:
        """Number that the sides of images must be multiples of."""
        return 2 ** len(self.widths)

    @property
    def reach(self) -> int:
        """Distance in pixels up to which the input influences a pixel of the output, a multiple of `multiple`."""
        reach, multiple = self.multiple, self.multiple
        for level, count in enumerate(self.blocks):
            ways = 1 if level == len(self.blocks) - 1 else 2
            reach += 2 * count * ways * 2 ** (level + 1)
        return -(-reach // multiple) * multiple

    def _make_network(self):
        """Build the U-Net as a functional model."""
        convolution = {"use_bias": False, "dtype": self.dtype_policy}
        x = keras.Input((None, None, self.channels), name="x")
        maps = keras.Input((None, None, self.num_maps), name="maps")
        # A stride of 2 over 2 x 2 pixels rearranges pixels into channels, and holds the first 1 x 1 convolution.
        y = layers.Conv2D(self.widths[0], 2, 2, **convolution)(layers.Concatenate()([x, maps]))
        kept = []
        for level, (width, count) in enumerate(zip(self.widths, self.blocks, strict=True)):
            if level:
                kept.append(y)
                y = layers.Conv2D(width, 2, 2, **convolution)(y)
            for _ in range(count):
                y = residual_block(y, width, convolution)
        for width, count in reversed(list(zip(self.widths[:-1], self.blocks[:-1], strict=True))):
            y = layers.Add()([layers.Conv2DTranspose(width, 2, 2, **convolution)(y), kept.pop()])
            for _ in range(count):
                y = residual_block(y, width, convolution)
        last = {"use_bias": False, "dtype": "float32", "kernel_initializer": "zeros"}  # begins as the identity
        noise = layers.Conv2DTranspose(self.channels, 2, 2, **last)(y)
        clean = layers.Subtract(dtype="float32")([x, noise])
        return keras.Model({"x": x, "maps": maps}, clean, name="network")

    def call(self, inputs, training=None):
        """Restore images; see the class."""
        return self.network(inputs, training=training)

    def restored(self, x: np.ndarray, maps: np.ndarray) -> np.ndarray:
        """Restore an array of images `x` with `maps`; shapes as above, float32."""
        return outputs_of(self, {"x": x, "maps": maps})

    def compute_output_shape(self, input_shape):
        """Return the shape of the images."""
        return input_shape["x"]

    def describe(self) -> str:
        """Return family, channels and number of parameters in words."""
        kind = {1: "gray", 3: "colour"}.get(self.channels, f"{self.channels} channels")
        return f"{self.family}, {kind}, {self.network.count_params():,} parameters"

    def get_config(self):
        """Return the arguments of `__init__`, for saving."""
        return super().get_config() | {
            "channels": self.channels,
            "num_maps": self.num_maps,
            "widths": self.widths,
            "blocks": self.blocks,
        }


def residual_block(x, width: int, convolution: dict):
    """Return x plus two 3 x 3 convolutions of it with a ReLU between."""
    y = layers.Conv2D(width, 3, padding="same", activation="relu", **convolution)(x)
    return layers.Add()([x, layers.Conv2D(width, 3, padding="same", **convolution)(y)])


def decibel_loss(y_true, y_pred):
    """Return the negative PSNR in dB of each image, (b,), so that no noise level outweighs another."""
    squares = ops.square(ops.cast(y_true, "float32") - ops.cast(y_pred, "float32"))
    return 10.0 * ops.log10(ops.mean(squares, axis=(1, 2, 3)) + 1e-6)


DENOISERS = {"denoiser": ResidualDenoiser}
