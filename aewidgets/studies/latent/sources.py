"""Sources of a map: codes of any origin, or a model and its images. Reads what is given, and says what it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.latent.given import codes_of, images_of
from aewidgets.studies.latent.halves import Decoder, Pair, is_keras

__all__ = ["Source", "source_of"]


@dataclass(frozen=True, eq=False)
class Source:
    """What a map is made of.

    Attributes:
        model: what decodes, with `decode`, and maybe `encode` and a Keras model `decoder`; None if nothing does.
        images: (n, height, width, channels) or (n, height, width), or None.
        codes: float32 (n, ...); None where `model` encodes.
        words: what it is, in a few words.
    """

    model: Any
    images: np.ndarray | None
    codes: np.ndarray | None
    words: str


def source_of(given: Any, images: Any = None, decoder: Any = None) -> Source:
    """Read what a map shall be made of.

    Args:
        given: codes, see `aewidgets.studies.latent.given.codes_of`; an autoencoder with `encode` and `decode`; any
            Keras autoencoder, which is split at its narrowest place; a fitted transformer with `transform` and
            `inverse_transform`; or a pair (encoder, decoder).
        images: images, one for each code; a model needs them, codes do not.
        decoder: what decodes codes, see `aewidgets.studies.latent.halves.Decoder`, or a pair whose second half does.

    Raises:
        TypeError: for what is none of these.
        ValueError: for parts that do not agree; the message says what to do.
    """
    if is_keras(given) or not _are_codes(given):
        if decoder is not None:
            raise ValueError("decoder: expected none beside a model, which has its own; give a pair (encoder, decoder)")
        if images is None:
            raise ValueError(f"images: expected the images that the map is made of, got none; {type(given).__name__} "
                             "has no codes of its own")  # fmt: skip
        return _of_model(given, images)
    codes = codes_of(given)
    images = None if images is None else images_of(images, len(codes))
    decoder = decoder[1] if _is_pair(decoder) else decoder
    model = None if decoder is None else Decoder(decoder, codes, images)
    size = math.prod(codes.shape[1:])
    words = f"codes of {size:,} latent dimension{'s' if size > 1 else ''}"
    return Source(model, images, codes, words if model is None else f"{words}, decoded by {model.describe()}")


def _is_pair(given: Any) -> bool:
    """Return whether something is a pair of things that can be run."""
    runs = ("__call__", "encode", "decode", "transform", "inverse_transform")
    pair = isinstance(given, list | tuple) and len(given) == 2
    return pair and all(not hasattr(half, "__array__") and any(hasattr(half, n) for n in runs) for half in given)


def _are_codes(given: Any) -> bool:
    """Return whether something is not a model, nor any other thing that runs."""
    if given is None or isinstance(given, str | bytes):
        raise TypeError(
            "model: expected codes (n, d), a model with encode and decode, a Keras model or a pair (encoder, decoder), "
            f"got {'None' if given is None else type(given).__name__}"
        )
    arrays = hasattr(given, "__array__") or hasattr(given, "detach")  # tables and tensors have methods of many names
    runs = callable(given) or any(callable(getattr(given, name, None)) for name in ("encode", "decode", "transform"))
    return not _is_pair(given) and (arrays or not runs)


def _described(model: Any) -> str:
    """Return what a model is, in a few words."""
    size = getattr(model, "code_size", None)
    if isinstance(getattr(model, "family", None), str) and isinstance(size, int):
        return f"{model.family} autoencoder with {size:,} latent dimension{'s' if size > 1 else ''}"
    return model.describe() if hasattr(model, "describe") else type(model).__name__


def _of_model(given: Any, images: Any) -> Source:
    """Return the source of a model and its images."""
    if _is_pair(given):
        read = images_of(images)
        encoder, decoder = given
        pair = Pair(encoder, decoder, images, read)
        return Source(pair, read, pair.codes, f"encoder and decoder of your own: {pair.describe()}")
    if callable(getattr(given, "encode", None)) and callable(getattr(given, "decode", None)):
        return Source(given, np.asarray(images), None, _described(given))
    if callable(getattr(given, "transform", None)) and callable(getattr(given, "inverse_transform", None)):
        read = images_of(images)
        pair = Pair(given, given, images, read)
        return Source(pair, read, pair.codes, pair.describe())
    if not is_keras(given):
        raise TypeError(
            f"model: expected `encode` and `decode`, got {type(given).__name__}; give a pair (encoder, decoder), or "
            "the codes that it makes: LatentExplorer(codes, images, decoder=...)"
        )
    from aewidgets.studies.explanation.adapting import as_autoencoder

    read = images_of(images)
    try:
        made = as_autoencoder(given, read.shape[1:])
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{error}. A model that cannot be split is taken as a pair (encoder, decoder); of an encoder alone, give "
            "its codes: LatentExplorer(encoder.predict(images), images)"
        ) from error
    return Source(made, read, None, made.describe())
