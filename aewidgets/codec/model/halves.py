"""The two halves of a Keras codec over arrays: images to latents, and latents to images, at once. No bytes.

Files are coded by the twins on NumPy, `aewidgets.codec.coding.integer.analysis` and `synthesis`; these are what they
are compared with. Letters as in `aewidgets.codec.model.codec`.
"""

import keras
import numpy as np

from aewidgets.codec.coding.constants import MEAN_STEPS, QUALITY_MAX
from aewidgets.codec.coding.integer.analysis import whole
from aewidgets.codec.model.codec import Codec, HyperpriorCodec
from aewidgets.system.inference import outputs_of


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

    def latents(self, image: np.ndarray, quality: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the latents and hyper-latents of an image, at once; as `Analysis.latents`."""
        x = whole(image)[None].astype("float32") / 255.0
        parts = outputs_of(self._encoder, {"x": x, "quality": np.array([quality / QUALITY_MAX], "float32")})
        return parts["y"][0], parts["z"][0] if "z" in parts else None

    def picture(self, y_hat: np.ndarray, symbols: np.ndarray, quality: int) -> np.ndarray:
        """Return the image, uint8 (16 h, 16 w, 3), of decoded latents (int32 multiples of 1/64) and their symbols."""
        inputs = {
            "y_hat": y_hat[None].astype("float32") / MEAN_STEPS,
            "symbols": symbols[None].astype("float32"),
            "quality": np.array([quality / QUALITY_MAX], "float32"),
        }
        return np.rint(np.clip(outputs_of(self._decoder, inputs)[0], 0, 1) * 255).astype("uint8")
