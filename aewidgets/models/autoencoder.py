"""Base class of the autoencoders: encoder, decoder, stated code size, and a loss in named parts. No training.

Letters: images x, reconstructions x_hat, codes h (z where they are drawn at random, in `variational`).
"""

import math

import keras
import numpy as np
from keras import ops

from aewidgets.models.exportable import ExportableModel
from aewidgets.system.inference import outputs_of

__all__ = ["Autoencoder", "check_images", "to_unit"]


def to_unit(x):
    """Return images as float32: uint8 tensors are divided by 255, uint16 by 65535, others are cast."""
    white = {"uint8": 255.0, "uint16": 65535.0}.get(keras.backend.standardize_dtype(x.dtype))
    return ops.cast(x, "float32") / white if white else ops.cast(x, "float32")


def check_images(shape, image_shape) -> None:
    """Raise ValueError unless `shape` is (batch, *image_shape); None in `image_shape` fits any side."""
    inner = tuple(shape)[1:]
    if len(shape) == len(image_shape) + 1 and all(
        want in (None, got) or got is None for want, got in zip(image_shape, inner, strict=True)
    ):
        return
    expected = ", ".join("any" if side is None else str(side) for side in image_shape)
    hint = "resize or crop them, or build the model for their shape"
    if len(shape) == len(image_shape):
        single = tuple(shape) == tuple(image_shape)
        hint = "one image is images[None]" if single else "gray images need a last axis of 1: images[..., None]"
    raise ValueError(f"images: expected (batch, {expected}), got {tuple(shape)}; {hint}")


class Autoencoder(ExportableModel):
    """Base class of an encoder, a decoder, and the loss that trains both. A subclass makes the two and calls `_ready`.

    Compile it with a Keras loss between images, such as "mse", which becomes the part "reconstruction": the mean over
    the values of an image, unless the subclass says otherwise. Further parts are the terms that a subclass adds in
    `call` by `add_loss`, in the order of `penalties`, and those of weight regularisers. `fit(x)` means `fit(x, x)`.
    Images are (batch, height, width, channels), float in [0, 1] or uint8.

    Args:
        image_shape: (height, width, channels) of the images.

    Attributes:
        encoder: Keras model from images in [0, 1] to codes, always float32.
        decoder: Keras model from codes to images, always float32.
    """

    family = "autoencoder"
    penalties: tuple[str, ...] = ()  # names of the terms that `call` adds to the loss

    def __init__(self, image_shape, **kwargs):
        # Each layer casts its own inputs, so that noise and losses stay float32 under mixed precision.
        super().__init__(autocast=False, **kwargs)
        self.image_shape = tuple(None if side is None else int(side) for side in image_shape)
        if len(self.image_shape) != 3:
            raise ValueError(f"image_shape: expected (height, width, channels), got {tuple(image_shape)}")

    def _ready(self, encoder, decoder) -> None:
        """Take the networks; called last in a subclass's `__init__`."""
        self.encoder, self.decoder = encoder, decoder
        names = ("reconstruction", *self.penalties, "weights")
        self._means = [keras.metrics.Mean(name=name) for name in names]
        self.built = True  # both networks are, and there is nothing else

    def input_specs(self):
        """Return what the model takes: float32 images in [0, 1]."""
        return keras.InputSpec(shape=(None, *self.image_shape), dtype="float32", name="x")

    @property
    def code_shape(self) -> tuple[int | None, ...]:
        """Shape of one image's code; None where it grows with the image."""
        return tuple(self.decoder.input_shape[1:])

    @property
    def code_size(self) -> int | None:
        """Number of values in one image's code; None where it grows with the image."""
        return None if None in self.code_shape else math.prod(side or 0 for side in self.code_shape)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the terms of the loss, each of which is logged; "weights" only if a weight has a regulariser."""
        regularised = any(v.regularizer is not None for v in self.trainable_variables)
        return ("reconstruction", *self.penalties, *(("weights",) if regularised else ()))

    @property
    def metrics(self):
        """Metrics of Keras, and the means of the loss's parts unless a single part is the loss itself."""
        used = self.parts if len(self.parts) > 1 else ()
        idle = {id(m) for m in self._means if m.name not in used}
        return [m for m in super().metrics if id(m) not in idle]

    @property
    def statistics(self) -> list:
        """Variables that are found in training and belong to no network, in the order that they are saved in."""
        return []

    def call(self, x, training=None):
        """Reconstruct images."""
        check_images(x.shape, self.image_shape)
        return self.decoder(self.encoder(to_unit(x), training=training), training=training)

    def reconstruction_loss(self, x, y, y_pred, sample_weight, training):
        """Return the compiled loss; `y` is in [0, 1]."""
        return self._compile_loss(y, y_pred, sample_weight)  # Keras's own `compute_loss` would add all other losses

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the sum of the loss's parts, and update their means."""
        target = to_unit(x if y is None else y)
        added = list(self.losses)  # read once: the networks may run again for the reconstruction
        terms = [self.reconstruction_loss(x, target, y_pred, sample_weight, training)]
        own, weights = added[: len(self.penalties)], added[len(self.penalties) :]
        terms += own + ([sum(weights[1:], weights[0])] if weights else [])
        # Keras may first run this only to infer shapes, when `add_loss` has added nothing.
        if len(terms) == len(self.parts) > 1:
            means = {m.name: m for m in self._means}
            for name, term in zip(self.parts, terms, strict=True):
                means[name].update_state(term, sample_weight=ops.shape(y_pred)[0])
        return sum(terms[1:], terms[0])

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Return the metrics between images in [0, 1]."""
        results = super().compute_metrics(x, to_unit(x if y is None else y), y_pred, sample_weight)
        if len(self.parts) == 1:
            results["reconstruction"] = results["loss"]
        return results

    def _in_batches(self, network, arrays, batch_size: int) -> list[np.ndarray]:
        """Run a network on an array (n, ...) batch by batch; return a float32 array for each of its outputs."""
        found = []
        for start in range(0, len(arrays), batch_size):
            part = arrays[start : start + batch_size]
            white = np.iinfo(part.dtype).max if part.dtype in (np.uint8, np.uint16) else None
            part = part.astype("float32") / np.float32(white) if white else part.astype("float32")
            found.append(_listed(outputs_of(network, part)))
        return [np.concatenate(outs) for outs in zip(*found, strict=True)]

    def checked(self, images) -> np.ndarray:
        """Return the images as an array; raise ValueError for another shape or no images."""
        images = np.asarray(images)
        check_images(images.shape, self.image_shape)
        if not len(images):
            raise ValueError("images: expected at least one image, got none")
        return images

    def _encoded(self, images, batch_size: int) -> list[np.ndarray]:
        """Return all outputs of the encoder for images."""
        return self._in_batches(self.encoder, self.checked(images), batch_size)

    def encode(self, images, batch_size: int = 256) -> np.ndarray:
        """Encode images as codes.

        Args:
            images: (n, height, width, channels), float in [0, 1] or uint8.
            batch_size: number of images at a time; bounds the memory.

        Returns:
            float32 (n, *code_shape).

        Raises:
            ValueError: for another shape.
        """
        return self._encoded(images, batch_size)[0]

    def decode(self, codes, batch_size: int = 256) -> np.ndarray:
        """Decode codes as images.

        Args:
            codes: (n, *code_shape).
            batch_size: number of codes at a time.

        Returns:
            float32 (n, height, width, channels); within [0, 1] where the output is a sigmoid.

        Raises:
            ValueError: for another shape.
        """
        codes = np.asarray(codes)
        fits = codes.ndim == len(self.code_shape) + 1 and len(codes)
        if not fits or any(want not in (None, got) for want, got in zip(self.code_shape, codes.shape[1:], strict=True)):
            raise ValueError(f"codes: expected (n, {', '.join(map(str, self.code_shape))}), got {codes.shape}")
        return self._in_batches(self.decoder, codes.astype("float32"), batch_size)[0]

    def reconstruct(self, images, batch_size: int = 256) -> np.ndarray:
        """Encode and decode images, float32 of their shape; arguments as in `encode`."""
        height, width = np.shape(images)[1:3] if np.ndim(images) == 4 else (None, None)
        return self.decode(self.encode(images, batch_size), batch_size)[:, :height, :width]

    def code_statistics(self, images, batch_size: int = 256) -> dict[str, np.ndarray]:
        """Return arrays by which `aewidgets.training.diagnosis.units` measures the units of the code; {} if none."""
        return {}

    def describe(self) -> str:
        """Return family and code size in words, such as "dense, code of 64 values for images of 784"."""
        size = math.prod(side or 0 for side in self.image_shape)
        return f"{self.family}, code of {self.code_size:,} values for images of {size:,}"

    def get_config(self):
        """Return the arguments of `__init__`, for saving."""
        return super().get_config() | {"image_shape": self.image_shape}


def _listed(outputs) -> list:
    """Return the outputs of a network as a list."""
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]
