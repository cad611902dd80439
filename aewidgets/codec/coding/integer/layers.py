"""Float layers of the transforms, on NumPy, and their weights by name; the Keras twins are in `codec/model/layers.py`.

Analysis and synthesis are made of these. No images, no bytes.
"""

from dataclasses import dataclass

import numpy as np

from aewidgets.codec.coding.constants import NUM_KNOTS, QUALITY_MAX
from aewidgets.codec.coding.integer.grids import convolve, surrounded
from aewidgets.codec.coding.integer.lapped import transform_kernel

SLOPES = {"relu": 0.0, "leaky_relu": 0.2}  # slopes of activations for negative values, as in Keras


def knot_weights(quality: int) -> np.ndarray:
    """Return the weights of the knots at a stored quality, float32 (NUM_KNOTS,).

    They are `aewidgets.codec.model.densities.knot_weights` of quality / 65535.
    """
    knots = np.arange(NUM_KNOTS, dtype="float32")
    return np.maximum(1 - np.abs(np.float32(quality / QUALITY_MAX) * (NUM_KNOTS - 1) - knots), 0).astype("float32")


@dataclass(frozen=True)
class Conv:
    """Convolution with zero padding, a bias, and a (leaky) ReLU where the slope is below 1.

    Args:
        kernel: float32 (k, k, in, out), k odd.
        bias: float32 (out,).
        slope: factor on negative results; 1 for none.
        stride: 1 or 2. As in `aewidgets.codec.model.layers.StridedConv`, odd sides get one more row or column of
            zeros for 2.
    """

    kernel: np.ndarray
    bias: np.ndarray
    slope: float = 1.0
    stride: int = 1

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Convolve (h, w, in) to float32 (ceil(h / stride), ceil(w / stride), out)."""
        return convolve(surrounded(x, self.kernel.shape[0] // 2), self.kernel, self._finish, stride=self.stride)

    def _finish(self, y):
        """Add the bias and apply the activation to a block of sums, in place."""
        y += self.bias
        if self.slope < 1:
            np.maximum(y, np.float32(self.slope) * y, out=y)


@dataclass(frozen=True)
class Residual:
    """Residual block x + second(first(x)), as `aewidgets.codec.model.layers.ResidualBlock`."""

    first: Conv
    second: Conv

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Apply the block to float32 (h, w, channels)."""
        y = self.second(self.first(x))
        y += x
        return y


@dataclass(frozen=True)
class Gain:
    """One factor per channel."""

    factor: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Multiply float32 (h, w, channels) in place and return it."""
        x *= self.factor
        return x


Layer = Conv | Residual | Gain
Stack = tuple[Layer, ...]


def reach(stack: Stack) -> int:
    """Return the number of positions on each side, beyond its own, that an output of a stack depends on."""
    parts = (p for layer in stack for p in ((layer.first, layer.second) if isinstance(layer, Residual) else (layer,)))
    return sum(p.kernel.shape[0] // 2 for p in parts if isinstance(p, Conv))


def run(stack: Stack, x: np.ndarray) -> np.ndarray:
    """Apply the layers of a stack, one after the other."""
    for layer in stack:
        x = layer(x)
    return x


class FloatWeights:
    """Weights of the transforms as float32, by the names that `aewidgets.codec.model.export.to_arrays` gives them.

    Args:
        arrays: as that function gives them.
        config: as `aewidgets.codec.release.configuration` gives it.

    Raises:
        KeyError: for an activation that is unknown here; when asked for an array that is missing.
    """

    def __init__(self, arrays: dict[str, np.ndarray], config: dict):
        self._arrays, self._config = arrays, config
        self._slope = SLOPES[config["activation"]]

    def array(self, name: str) -> np.ndarray:
        """Return an array as float32."""
        return self._arrays[name].astype("float32")

    def conv(self, name: str, active: bool = False, stride: int = 1) -> Conv:
        """Return a convolution, with the codec's activation where it is active."""
        slope = self._slope if active else 1.0
        return Conv(self.array(f"{name}/kernel"), self.array(f"{name}/bias"), slope, stride)

    def residual(self, name: str) -> Residual:
        """Return a residual block."""
        return Residual(self.conv(f"{name}/conv_1", active=True), self.conv(f"{name}/conv_2"))

    def gain(self, name: str, knots: np.ndarray) -> Gain:
        """Return the gain at a quality, given by `knot_weights`."""
        return Gain(np.exp(knots @ self.array(f"{name}/gain")))

    def steps(self, knots: np.ndarray) -> np.ndarray:
        """Return the quantiser's steps at a quality, (c,) in units of 1/255."""
        return np.exp(knots @ self.array("log_step"))

    def typical(self) -> np.ndarray:
        """Return the magnitude that brings each channel's coefficients to about one, (c,) in units of 1/255."""
        return np.sqrt(np.square(self._config["statistics"]["std"]) + 400.0).astype("float32")

    def transform(self, half: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the lapped transform of a half, "analysis" or "synthesis", colour by colour.

        Returns:
            For each colour its channels among the latents, and the kernel (3, 3, 64, channels) of these.
        """
        frequencies = self._config["statistics"]["frequencies"]
        ends = np.cumsum([len(f) for f in frequencies])[:-1]
        scale = np.float32(self._config.get("learning_scale", 0.02))
        kernels = [
            transform_kernel([tuple(f) for f in colour]) + scale * self.array(f"transform/{half}_{i}")
            for i, colour in enumerate(frequencies)
        ]
        return np.split(np.argsort(self._config["statistics"]["order"]), ends), kernels
