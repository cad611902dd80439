"""Messages to ImageCompare's browser half: figures as JSON, pictures as bytes. Nothing is measured here."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.images.reading import png_bytes
from aewidgets.studies.comparison import FittedPicture, PairFigures
from aewidgets.widgets.image_compare.cache import PairCache

__all__ = ["described", "figures", "offline", "pictures", "words"]

_AROUND = 20_000  # bytes of a page beside its pictures; the still picture and the module are counted by themselves
_LEAST = 64  # pixels a side of the part of large pictures that a page holds


def described(of: PairCache) -> dict[str, Any]:
    """Return the answered traits that say which pictures are compared, and what was done to them."""
    height, width = of.pictures[0].image.shape[:2]
    names = " · ".join(of.names)
    return {
        "names": of.names,
        "notes": [picture.note for picture in of.pictures],
        "subject": {"name": names, "width": width, "height": height, "transparent": False},
    }


def pictures(of: Iterable[FittedPicture]) -> list[bytes]:
    """Encode pictures as PNG."""
    return [png_bytes(picture.image) for picture in of]


def figures(of: PairCache) -> list[dict[str, Any]]:
    """Return the figures of every pair that is measured; None for one that is not known, or infinite."""
    return [
        {
            "pair": [one, other],
            "psnr": pair.psnr_db if math.isfinite(pair.psnr_db) else None,
            "exact": math.isinf(pair.psnr_db),
            "ssim": pair.ssim,
            "ms_ssim": pair.ms_ssim,
        }
        for one, other, pair in of.known()
    ]


def words(of: PairCache, reference: int, sides: Iterable[int]) -> str:
    """Describe the comparison: both sides against the reference, and what was done to the pictures."""
    parts = []
    for side, number in zip(("left", "right"), sides, strict=True):
        name = of.names[number]
        parts.append(f"{side}: {name}" + ("" if number == reference else f", {_in_words(of.pair(reference, number))}"))
    done = [f"{picture.name}: {picture.note}" for picture in of.pictures if picture.note]
    return f"Compared with {of.names[reference]}. " + "; ".join([*parts, *done])


def _in_words(pair: PairFigures) -> str:
    if math.isinf(pair.psnr_db):
        return "equal"
    return f"{pair.psnr_db:.2f} dB" + ("" if pair.ssim is None else f", SSIM {pair.ssim:.4f}")


def offline(of: PairCache, asked: Mapping[str, Any], max_bytes: int) -> dict[str, Any]:
    """Return all that a page without a kernel needs, in at most `max_bytes` bytes of HTML where that is possible.

    Pictures that do not fit are cut to their middle, as large as fits; figures are always those of the whole pictures.
    """
    images = [picture.image for picture in of.pictures]
    height, width = images[0].shape[:2]
    room = (max_bytes - _AROUND) * 3 / 4
    row, column, h, w = 0, 0, height, width
    while True:
        cut = [np.ascontiguousarray(image[row : row + h, column : column + w]) for image in images]
        packed = [_lossless(image) for image in cut]
        size = sum(map(len, packed))
        if size <= room or max(h, w) <= _LEAST:
            break
        shrink = min(0.95, math.sqrt(room / size)) if room > 0 else 0
        h, w = (max(min(_LEAST, side), int(side * shrink)) for side in (h, w))
        row, column = (height - h) // 2, (width - w) // 2
    whole = (h, w) == (height, width)
    part = "" if whole else (
        f" Of the pictures, {w} × {h} pixels of {width} × {height} are here; figures are those of the whole."
    )  # fmt: skip
    frozen = f"No kernel: no other picture can be added.{part}"
    return {
        "traits": {
            **asked,
            "pictures": packed,
            "media": "image/webp",
            "figures": figures(of),
            "crop": None if whole else [column, row, w, h],
            "frozen": frozen,
        }
    }


def _lossless(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", lossless=True, method=4, quality=50)
    return buffer.getvalue()
