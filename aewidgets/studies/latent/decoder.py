"""Decoders for pages: portable ones as steps and bytes, others as an atlas of decoded tiles. Loads no Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.latent.map import LatentMap
from aewidgets.studies.latent.paths import grid

__all__ = ["Atlas", "PageDecoder", "atlas", "decode_codes", "page_decoder"]


@dataclass(frozen=True, eq=False)
class PageDecoder:
    """A decoder that a page can run, or the reason why there is none.

    Attributes:
        steps, weights, precision: see `aewidgets.models.portable.decoder`; no steps if the decoder is not portable.
        why: reason, in words, why it is not portable; empty if it is.
    """

    steps: tuple[dict[str, Any], ...]
    weights: bytes
    precision: str
    why: str = ""


def page_decoder(model: Any, precision: str = "float16", max_bytes: int = 2_500_000) -> PageDecoder:
    """Convert the decoder of an autoencoder for a page.

    Args:
        model: an autoencoder, or None; only a Keras model `decoder` can be converted.
        precision: precision of its weights: "float32", "float16" or "int8".
        max_bytes: largest size of all weights; a larger decoder is not embedded.
    """
    from aewidgets.models.portable.decoder import portable_decoder
    from aewidgets.models.portable.weights import NotPortable

    if model is None:
        why = "These codes came without a decoder, so nothing is drawn from them; decoder= takes one."
        return PageDecoder((), b"", precision, why)
    if not hasattr(getattr(model, "decoder", None), "inputs"):
        return PageDecoder((), b"", precision, "The decoder stays in Python: it is no Keras model.")
    try:
        made = portable_decoder(model.decoder, precision)
    except NotPortable as error:
        return PageDecoder((), b"", precision, f"The decoder stays in Python: {error}.")
    if len(made.weights) > max_bytes:
        words = f"its weights are {len(made.weights):,} bytes, and a page takes at most {max_bytes:,}"
        return PageDecoder((), b"", precision, f"The decoder stays in Python: {words}.")
    return PageDecoder(made.steps, made.weights, precision)


def decode_codes(model: Any, map_: LatentMap, codes: np.ndarray) -> np.ndarray:
    """Decode codes (n, d) to pictures, uint8 (n, height, width, channels)."""
    made = np.asarray(model.decode(map_.shaped(np.asarray(codes, "float32"))))
    return np.clip(np.rint(made * 255), 0, 255).astype("uint8")


@dataclass(frozen=True, eq=False)
class Atlas:
    """Decoded pictures of evenly spaced places.

    Attributes:
        images: uint8 (rows, columns, height, width, channels), the first row topmost.
        bounds: (left, bottom, right, top) of the outermost places.
    """

    images: np.ndarray
    bounds: tuple[float, float, float, float]


def atlas(model: Any, map_: LatentMap, rows: int = 20, columns: int = 20) -> Atlas:
    """Decode tiles over all points of a map; arguments as in `aewidgets.studies.latent.paths.grid`."""
    low, high = map_.plane.min(0).tolist(), map_.plane.max(0).tolist()
    codes = grid(map_, rows, columns)
    made = decode_codes(model, map_, codes.reshape(rows * columns, -1))
    return Atlas(made.reshape(rows, columns, *made.shape[1:]), (low[0], low[1], high[0], high[1]))
