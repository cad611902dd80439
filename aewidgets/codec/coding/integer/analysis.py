"""Images to latents: what `aewidgets.codec.model.codec.Codec.analyse` and `hyper_analyse` do, in NumPy. No bytes.

Letters and numbers are those of these methods. Floats are used: on another machine, or in Keras, a latent differs in
its last bits, and one in thousands becomes another symbol. Any symbols decode alike everywhere, so only the file's
bytes differ. On one machine they do not: blocks of a product never depend on threads, and BLAS has one.
"""

import numpy as np

from aewidgets.codec.coding.constants import HYPER_STRIDE, LATENT_STRIDE
from aewidgets.codec.coding.integer.grids import convolve, cut, finer, space_to_depth, tiles
from aewidgets.codec.coding.integer.lapped import CELL, OPPONENT
from aewidgets.codec.coding.integer.lapped import MARGIN as OVERLAP
from aewidgets.codec.coding.integer.layers import FloatWeights, Stack, knot_weights, run
from aewidgets.codec.coding.integer.threads import single_thread
from aewidgets.codec.coding.levels import BYTES, Levels

TILE = 48  # latent positions a side that are analysed at once: 768 x 768 pixels, about 60 MB of work
# Latents beyond its own that one depends on: two at 1/16 of the side, two residual ones at 1/8, three samples at 1/4,
# and two strided convolutions between them: 18 samples at 1/4, or 4.5 latents.
MARGIN = 5


class Analysis:
    """Encoding transforms of one codec.

    Args:
        arrays: as `aewidgets.codec.model.export.to_arrays` gives them.
        config: as `aewidgets.codec.release.configuration` gives it.

    Raises:
        KeyError: when arrays are missing.
    """

    def __init__(self, arrays: dict[str, np.ndarray], config: dict):
        self._weights = w = FloatWeights(arrays, config)
        self.colours, self.kernels = w.transform("analysis")
        self.typical = w.typical()
        self._quarter = w.conv("g_a/0", active=True), w.residual("g_a/1")
        self._eighth = w.conv("g_a/3/conv", active=True, stride=2), w.residual("g_a/4")
        self._sixteenth = w.conv("g_a/6/conv", active=True, stride=2), w.residual("g_a/7")
        self._last = w.conv("g_a/9")
        self._hyper: Stack | None = None
        if "h_a/0/kernel" in arrays:
            strided = (w.conv(f"h_a/{number}/conv", active=True, stride=2) for number in (1, 2))
            self._hyper = w.conv("h_a/0", active=True), *strided, w.conv("h_a/3")
            self.hyper_channels = len(arrays["h_a/3/bias"])

    def steps(self, quality: int) -> np.ndarray:
        """Return the quantiser's steps at a stored quality, float32 (c,) in units of 1/255."""
        return self._weights.steps(knot_weights(quality))

    def stack(self, quality: int) -> Stack:
        """Return the convolutional path, from 48 channels at 1/4 of the image's side to the latents, at a quality."""
        knots = knot_weights(quality)
        gains = (self._weights.gain(f"g_a/{number}", knots) for number in (2, 5, 8))
        parts = zip((self._quarter, self._eighth, self._sixteenth), gains, strict=True)
        return *(layer for stack, gain in parts for layer in (*stack, gain)), self._last

    def linear(self, x: np.ndarray) -> np.ndarray:
        """Return the coefficients, float32 (h, w, c) in units of 1/255, of the lapped transform alone.

        Args:
            x: float32 (16 h, 16 w, 3), RGB less 127.5.
        """
        height, width = (side // LATENT_STRIDE for side in x.shape[:2])
        y = np.empty((height, width, sum(map(len, self.colours))), "float32")
        planes = (x.reshape(-1, 3) @ OPPONENT.T.astype("float32")).reshape(x.shape)
        for number, (channels, kernel) in enumerate(zip(self.colours, self.kernels, strict=True)):
            plane = np.pad(planes[..., number], OVERLAP, mode="symmetric")
            y[..., channels] = convolve(space_to_depth(plane[..., None], CELL), kernel, lambda sums: None, stride=2)
        return y

    def analyse(self, image: np.ndarray, quality: int, levels: Levels = BYTES) -> np.ndarray:
        """Return the latents, float32 (h, w, c) in steps, of samples (16 h, 16 w, 3) at once: g_a."""
        x = levels.to_units(image).astype("float32")
        x -= np.float32(127.5)
        y = self.linear(x)
        x *= np.float32(4 / 255)
        y += run(self.stack(quality), space_to_depth(x, 4))
        y /= self.steps(quality)
        return y

    def hyper_analyse(self, y: np.ndarray, quality: int) -> np.ndarray:
        """Return the hyper-latents, float32 (ceil(h / 4), ceil(w / 4), hyper channels), of latents at once: h_a."""
        assert self._hyper is not None
        height, width, channels = y.shape
        # Zeros to whole hyper-latents come before the first convolution, whose bias they get.
        z = np.zeros((height + -height % HYPER_STRIDE, width + -width % HYPER_STRIDE, 2 * channels), "float32")
        inner = z[:height, :width]
        np.multiply(y, self.steps(quality) / self.typical, out=inner[..., :channels])
        magnitude = inner[..., channels:]
        np.abs(y, out=magnitude)
        magnitude += 1
        np.log(magnitude, out=magnitude)
        z = run(self._hyper, z)
        z *= np.exp(knot_weights(quality) @ self._weights.array("z_gain"))
        return z

    def latents(
        self, image: np.ndarray, quality: int, side: int = TILE, levels: Levels = BYTES
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the latents and hyper-latents of an image, float32, in steps.

        Args:
            image: uint8 or uint16 (H, W) or (H, W, 3), of any size; edges are repeated to whole latents.
            quality: stored quality, 0 ... 65535.
            side: of a tile, latent positions, a multiple of 4; larger images are analysed tile by tile, each with
                as much around it as its latents depend on.
            levels: what the samples count.

        Returns:
            (h, w, c), and (ceil(h / 4), ceil(w / 4), hyper channels), None for a codec without hyper-latents.
        """
        x = whole(image)
        h, w = x.shape[0] // LATENT_STRIDE, x.shape[1] // LATENT_STRIDE
        with single_thread():
            if max(h, w) <= side + 2 * MARGIN:
                y = self.analyse(x, quality, levels)
                return y, None if self._hyper is None else self.hyper_analyse(y, quality)
            y = np.empty((h, w, sum(map(len, self.colours))), "float32")
            for tile in tiles(h, w, side):
                region = tile.region(1, MARGIN)
                found = self.analyse(x[finer(region, LATENT_STRIDE)], quality, levels)
                y[tile.region()] = cut(found, region, tile.region())
            if self._hyper is None:
                return y, None
            hz, wz = -(-h // HYPER_STRIDE), -(-w // HYPER_STRIDE)
            z = np.empty((hz, wz, self.hyper_channels), "float32")
            for tile in tiles(hz, wz, side // HYPER_STRIDE):
                region = tile.region(1, 1)  # an output sees three latents beyond its own four, on each side
                found = self.hyper_analyse(y[finer(region, HYPER_STRIDE)], quality)
                z[tile.region()] = cut(found, region, tile.region())
            return y, z


def whole(image: np.ndarray) -> np.ndarray:
    """Return samples (16 h, 16 w, 3) of those (H, W) or (H, W, 3): gray thrice, edges repeated to whole latents."""
    x = np.stack([image] * 3, axis=-1) if image.ndim == 2 else image
    if x.shape[0] % LATENT_STRIDE or x.shape[1] % LATENT_STRIDE:
        x = np.pad(x, ((0, -x.shape[0] % LATENT_STRIDE), (0, -x.shape[1] % LATENT_STRIDE), (0, 0)), mode="edge")
    return x
