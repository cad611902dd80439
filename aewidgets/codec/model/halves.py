"""The two halves of a codec in use: images to latents, tile by tile, and latents to images. No bytes.

Letters as in `aewidgets.codec.model.codec`.
"""

import keras
import numpy as np

from aewidgets.codec.coding.constants import HYPER_STRIDE, LATENT_STRIDE, MEAN_STEPS, QUALITY_MAX
from aewidgets.codec.coding.integer.grids import cut, finer, tiles
from aewidgets.codec.model.codec import Codec, HyperpriorCodec
from aewidgets.system.inference import outputs_of

TILE = 48  # latent positions a side that are analysed at once: 768 x 768 pixels, about 150 MB of work
# Latents beyond its own that one depends on: two at 1/16 of the side, two residual ones at 1/8, three samples at 1/4,
# and two strided convolutions between them: 18 samples at 1/4, or 4.5 latents.
MARGIN = 5


class Encoder(keras.Model):
    """The half that compresses: {"x", "quality"} -> {"y"} and, for the hyperprior, {"z"}, in steps."""

    def __init__(self, codec: Codec):
        super().__init__()
        self.codec = codec

    def call(self, inputs):
        y = self.codec.analyse(inputs["x"], inputs["quality"])
        if isinstance(self.codec, HyperpriorCodec):
            return {"y": y, "z": self.codec.hyper_analyse(y, inputs["quality"])}
        return {"y": y}


class HyperEncoder(keras.Model):
    """The hyper-analysis alone: {"y", "quality"} -> {"z"}, in steps."""

    def __init__(self, codec: HyperpriorCodec):
        super().__init__()
        self.codec = codec

    def call(self, inputs):
        return {"z": self.codec.hyper_analyse(inputs["y"], inputs["quality"])}


class Decoder(keras.Model):
    """The half that decompresses: {"y_hat", "symbols", "quality"} -> images in [0, 1], not clipped."""

    def __init__(self, codec: Codec):
        super().__init__()
        self.codec = codec

    def call(self, inputs):
        return self.codec.synthesise(inputs["y_hat"], inputs["symbols"], inputs["quality"])


class Halves:
    """Both halves of a codec, over NumPy arrays.

    Args:
        codec: a built model.
    """

    def __init__(self, codec: Codec):
        self.codec = codec
        self._encoder, self._decoder = Encoder(codec), Decoder(codec)
        self._hyper_encoder = HyperEncoder(codec) if isinstance(codec, HyperpriorCodec) else None

    def latents(self, image: np.ndarray, quality: int, side: int = TILE) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the latents and hyper-latents of an image, float32, in steps.

        Args:
            image: uint8 (H, W) or (H, W, 3), of any size; edges are repeated to whole latents.
            quality: stored quality, 0 ... 65535.
            side: of a tile, latent positions, a multiple of 4; larger images are analysed tile by tile, each with
                as much around it as its latents depend on.

        Returns:
            (h, w, c), and (ceil(h / 4), ceil(w / 4), hyper_channels), None for a codec without hyper-latents.
        """
        x = np.stack([image] * 3, axis=-1) if image.ndim == 2 else image
        if x.shape[0] % LATENT_STRIDE or x.shape[1] % LATENT_STRIDE:
            x = np.pad(x, ((0, -x.shape[0] % LATENT_STRIDE), (0, -x.shape[1] % LATENT_STRIDE), (0, 0)), mode="edge")
        level = np.array([quality / QUALITY_MAX], "float32")

        def latents(region):
            part = x[finer(region, LATENT_STRIDE)][None].astype("float32") / 255.0
            parts = outputs_of(self._encoder, {"x": part, "quality": level})
            return {k: v[0] for k, v in parts.items()}

        h, w = x.shape[0] // LATENT_STRIDE, x.shape[1] // LATENT_STRIDE
        if max(h, w) <= side + 2 * MARGIN:
            whole = latents((slice(0, h), slice(0, w)))
            return whole["y"], whole.get("z")
        y = np.empty((h, w, self.codec.channels), "float32")
        for tile in tiles(h, w, side):
            region = tile.region(1, MARGIN)
            y[tile.region()] = cut(latents(region)["y"], region, tile.region())
        if self._hyper_encoder is None:
            return y, None
        hz, wz = -(-h // HYPER_STRIDE), -(-w // HYPER_STRIDE)
        z = np.empty((hz, wz, self.codec.hyper_channels), "float32")
        for tile in tiles(hz, wz, side // HYPER_STRIDE):
            region = tile.region(1, 1)  # an output sees three latents beyond its own four, on each side
            part = {"y": y[finer(region, HYPER_STRIDE)][None], "quality": level}
            found = outputs_of(self._hyper_encoder, part)["z"][0]
            z[tile.region()] = cut(found, region, tile.region())
        return y, z

    def picture(self, y_hat: np.ndarray, symbols: np.ndarray, quality: int) -> np.ndarray:
        """Return the image, uint8 (16 h, 16 w, 3), of decoded latents (int32 multiples of 1/64) and their symbols."""
        inputs = {
            "y_hat": y_hat[None].astype("float32") / MEAN_STEPS,
            "symbols": symbols[None].astype("float32"),
            "quality": np.array([quality / QUALITY_MAX], "float32"),
        }
        return np.rint(np.clip(outputs_of(self._decoder, inputs)[0], 0, 1) * 255).astype("uint8")
