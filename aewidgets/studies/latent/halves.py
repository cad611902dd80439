"""Encoders and decoders of other people: Keras models, torch modules, scikit-learn's, functions."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from aewidgets.studies.latent.given import as_array, codes_of

__all__ = ["Decoder", "Pair", "is_keras", "runner"]

_BATCH = 256  # codes or images that are given at once
_FAR = 10.0  # values of an image above which it is not in [0, 1]


def is_keras(given: Any) -> bool:
    """Return whether something is a Keras model; where Keras is not loaded, nothing is."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(given, keras.Model)


def _is_torch(given: Any) -> bool:
    """Return whether something is a torch module."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(given, torch.nn.Module)


def runner(given: Any, what: str, methods: tuple[str, ...]) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function of arrays that runs an encoder or a decoder in batches; of several outputs it gives the first.

    Args:
        given: a Keras model, a torch module, an object with one of `methods`, or a callable.
        what: "encoder" or "decoder", for messages.
        methods: names of methods that are taken, the first that is there.

    Raises:
        TypeError: for what is none of these. The function raises ValueError where the call fails, with its error.
    """
    named = next((getattr(given, name) for name in methods if callable(getattr(given, name, None))), None)
    if is_keras(given):
        from aewidgets.system.inference import outputs_of

        call: Callable[[Any], Any] = lambda part: outputs_of(given, _fitting(given, part))  # noqa: E731
    elif _is_torch(given):
        call = lambda part: _by_torch(given, part)  # noqa: E731
    elif named is not None or callable(given):
        call = named if named is not None else given
    else:
        raise TypeError(
            f"{what}: expected a Keras model, a torch module, a function, or an object with {' or '.join(methods)}, "
            f"got {type(given).__name__}"
        )

    def run(arrays: np.ndarray) -> np.ndarray:
        made = []
        for start in range(0, len(arrays), _BATCH):
            part = arrays[start : start + _BATCH]
            try:
                out = call(part)
                several = isinstance(out, tuple) or (
                    isinstance(out, list) and (is_keras(given) or len(out) != len(part))
                )
                made.append(as_array(out[0] if several else out))
            except Exception as error:
                raise ValueError(
                    f"{what}: it failed on {part.dtype} {part.shape}: {type(error).__name__}: {error}"
                ) from error
            if made[-1].shape[:1] != (len(part),) or made[-1].dtype.kind not in "iufb":
                kind = "codes" if what == "decoder" else "images"
                raise ValueError(
                    f"{what}: expected one result for each of {len(part)} {kind}, got {made[-1].dtype} {made[-1].shape}"
                )
        return np.concatenate(made)

    return run


def _fitting(network: Any, part: np.ndarray) -> np.ndarray:
    """Return a batch as a Keras model takes it: float, whole numbers as shares of 255, in the shape of its input."""
    part = part.astype("float32") / (255 if part.dtype == np.uint8 else 1)
    shape = getattr(network, "input_shape", None) if getattr(network, "inputs", None) else None
    if shape and isinstance(shape, tuple) and None not in shape[1:] and part.shape[1:] != shape[1:]:
        if math.prod(shape[1:]) != math.prod(part.shape[1:]):
            raise ValueError(f"it takes {tuple(shape[1:])}, got {part.shape[1:]}")
        part = part.reshape(len(part), *shape[1:])
    return part


def _by_torch(module: Any, part: np.ndarray) -> Any:
    """Run a torch module on an array; images go in and come out with their channels first."""
    import torch

    part = np.moveaxis(part, 3, 1) if part.ndim == 4 and part.shape[3] in (1, 3, 4) else part
    given = np.ascontiguousarray(part, "float32") / (255 if part.dtype == np.uint8 else 1)
    weight = next(iter(module.parameters()), None)
    tensor = torch.from_numpy(np.asarray(given, "float32"))
    tensor = tensor if weight is None else tensor.to(weight.device, weight.dtype)
    training = module.training
    module.eval()
    try:
        with torch.no_grad():
            made = module(tensor)
    finally:
        module.train(training)
    made = as_array(made[0] if isinstance(made, list | tuple) else made)
    return np.moveaxis(made, 1, 3) if made.ndim == 4 and made.shape[1] in (1, 3, 4) else made


class Decoder:
    """A decoder of any kind, which makes images of codes.

    Args:
        given: a Keras model; a torch module; an object with `decode` or `inverse_transform`; or a function of codes,
            float32 (n, d), to images, (n, height, width) or (n, height, width, channels), uint8 or float in [0, 1].
            Rows of pixel values become images of the shape of `images`.
        codes: codes (n, ...) that it decodes; the first two are tried.
        images: (n, height, width, channels) that codes were made of, if there are any.

    Attributes:
        decoder: Keras model for pages, None if it is none.
        code_shape: shape of a code that it takes.
        image_shape: (height, width, channels) of what it makes.

    Raises:
        TypeError: for what cannot decode.
        ValueError: where decoding fails or makes anything but images; the message says what came.
    """

    def __init__(self, given: Any, codes: np.ndarray, images: np.ndarray | None = None):
        self._words = type(given).__name__ if is_keras(given) or not hasattr(given, "__name__") else given.__name__
        self._run = runner(given, "decoder", ("decode", "inverse_transform"))
        self.image_shape = None if images is None else images.shape[1:]
        self.code_shape = codes.shape[1:]
        made = self.decode(codes[:2])
        if self.image_shape is not None and made.shape[1:] != self.image_shape:
            raise ValueError(f"decoder: expected images of {self.image_shape}, like those given, got {made.shape[1:]}")
        self.image_shape = made.shape[1:]
        self.decoder = _for_pages(given, self.image_shape) if is_keras(given) else None

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Return images, float32 (n, height, width, channels), of codes (n, ...)."""
        codes = np.asarray(codes, "float32").reshape(len(codes), *self.code_shape)
        made = self._run(codes)
        made = made.astype("float32") / (255 if made.dtype == np.uint8 else 1)
        shape = made.shape[1:]
        if len(shape) == 1 and self.image_shape is not None and shape[0] == math.prod(self.image_shape):
            made = made.reshape(len(made), *self.image_shape)
        elif len(shape) == 1:
            words = "give images=, whose shape they take" if self.image_shape is None else f"not {self.image_shape}"
            raise ValueError(f"decoder: expected images, got rows of {shape[0]} values; {words}")
        made = made[..., None] if made.ndim == 3 else made
        if made.ndim != 4 or made.shape[3] not in (1, 3, 4):
            raise ValueError(f"decoder: expected images (n, height, width, 1, 3 or 4), got {made.shape}")
        if not np.isfinite(made).all():
            raise ValueError("decoder: expected finite numbers, got NaN or infinity")
        if np.abs(made).max() > _FAR:
            raise ValueError(
                f"decoder: expected uint8, or float from 0 to 1, got values up to {np.abs(made).max():.4g}; divide "
                "them, as in decoder=lambda codes: yours(codes) / 255"
            )
        return made

    def describe(self) -> str:
        """Return the name of what decodes."""
        return "a function" if self._words == "<lambda>" else self._words


def _for_pages(network: Any, image_shape: tuple[int, ...]) -> Any:
    """Return a Keras decoder whose output has the shape of images; None where its layers are not known."""
    if not getattr(network, "inputs", None):
        return None
    if tuple(network.outputs[0].shape[1:]) == tuple(image_shape):
        return network
    import keras

    return keras.Model(network.inputs, keras.layers.Reshape(image_shape)(network.outputs[0]))


class Pair(Decoder):
    """An encoder and a decoder that were given beside each other.

    Args:
        encoder: a Keras model, a torch module, an object with `encode` or `transform`, or a function of images.
        decoder: as `Decoder` takes one.
        given: images as they were given, which the encoder gets; scikit-learn's get rows of pixel values.
        images: the same, (n, height, width, channels), uint8 or float in [0, 1].

    Attributes:
        codes: codes of all images, float32 (n, ...).
    """

    def __init__(self, encoder: Any, decoder: Any, given: Any, images: np.ndarray):
        rows = not is_keras(encoder) and not hasattr(encoder, "encode") and hasattr(encoder, "transform")
        encode = runner(encoder, "encoder", ("encode", "transform"))
        own = images if is_keras(encoder) or _is_torch(encoder) else as_array(given)
        made = encode(own.reshape(len(own), -1) if rows else own)
        self.codes = codes_of(made)
        super().__init__(decoder, self.codes, images)
