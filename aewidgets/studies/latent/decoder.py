"""Decoders for pages: as steps and bytes where that goes, as an atlas of decoded tiles where not. Loads no Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.latent.map import LatentMap
from aewidgets.studies.latent.paths import grid

__all__ = ["Atlas", "PageDecoder", "atlas", "decode_codes", "page_decoder"]


@dataclass(frozen=True, eq=False)
class PageDecoder:
    """A decoder that a page can run, or why there is none.

    Attributes:
        steps, weights, precision: as `aewidgets.models.portable.decoder` has them; no steps where the decoder cannot travel.
        why: in words, what speaks against it; empty if nothing does.
    """

    steps: tuple[dict[str, Any], ...]
    weights: bytes
    precision: str
    why: str = ""


def page_decoder(model: Any, precision: str = "float16", max_bytes: int = 2_500_000) -> PageDecoder:
    """The decoder of an autoencoder, for a page.

    Args:
        model: an autoencoder; one without a Keras model `decoder` has no such form.
        precision: of its weights: "float32", "float16" or "int8".
        max_bytes: of all of them; a larger one is not taken along.
    """
    from aewidgets.models.portable.decoder import portable_decoder
    from aewidgets.models.portable.weights import NotPortable

    if not hasattr(getattr(model, "decoder", None), "inputs"):
        return PageDecoder((), b"", precision, "The decoder stays in Python: it is no Keras model.")
    try:
        made = portable_decoder(model.decoder, precision)
    except NotPortable as error:
        return PageDecoder((), b"", precision, f"The decoder stays in Python: {error}.")
    if len(made.weights) > max_bytes:
        words = f"its weights are {len(made.weights):,} bytes, and {max_bytes:,} may travel"
        return PageDecoder((), b"", precision, f"The decoder stays in Python: {words}.")
    return PageDecoder(made.steps, made.weights, precision)


def decode_codes(model: Any, map_: LatentMap, codes: np.ndarray) -> np.ndarray:
    """Pictures uint8 (n, height, width, channels) of codes (n, d)."""
    made = np.asarray(model.decode(map_.shaped(np.asarray(codes, "float32"))))
    return np.clip(np.rint(made * 255), 0, 255).astype("uint8")


@dataclass(frozen=True, eq=False)
class Atlas:
    """What the decoder makes of evenly spaced places.

    Attributes:
        images: uint8 (rows, columns, height, width, channels), the first row topmost.
        bounds: (left, bottom, right, top) of the outermost places.
    """

    images: np.ndarray
    bounds: tuple[float, float, float, float]


def atlas(model: Any, map_: LatentMap, rows: int = 20, columns: int = 20) -> Atlas:
    """Tiles over all points; arguments as in `aewidgets.studies.latent.paths.grid`."""
    low, high = map_.plane.min(0).tolist(), map_.plane.max(0).tolist()
    codes = grid(map_, rows, columns)
    made = decode_codes(model, map_, codes.reshape(rows * columns, -1))
    return Atlas(made.reshape(rows, columns, *made.shape[1:]), (low[0], low[1], high[0], high[1]))
