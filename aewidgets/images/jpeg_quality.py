"""Estimation of a JPEG's quality from the tables in its file. Decodes no pixels."""

from __future__ import annotations

import io
import os
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["jpeg_quality"]


def jpeg_quality(source: str | os.PathLike | bytes) -> int | None:
    """Return the quality, 1 to 100, at which libjpeg writes tables closest to those of a file; None for no JPEG.

    Programs with tables of their own, such as those of cameras, have no such quality: it is then the nearest in the
    size of its steps.

    Args:
        source: path or bytes of a file.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    if data[:3] != b"\xff\xd8\xff":
        return None
    tables = _tables_of(io.BytesIO(data))
    if not tables:
        return None
    steps = np.log(np.maximum(np.asarray(tables[min(tables)], float), 1))  # of brightness
    distances = {quality: float(np.abs(np.log(np.asarray(table)) - steps).mean()) for quality, table in _tables()}
    return min(distances, key=lambda quality: distances[quality])


@cache
def _tables() -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return every quality with libjpeg's table for brightness, as Pillow writes it."""
    found = []
    for quality in range(1, 101):
        file = io.BytesIO()
        Image.new("L", (8, 8)).save(file, "JPEG", quality=quality)
        found.append((quality, tuple(_tables_of(file)[0])))
    return tuple(found)


def _tables_of(file: io.BytesIO) -> dict[int, list[int]]:
    """Return the quantisation tables of a JPEG by their numbers, 64 whole numbers each; none of other files."""
    with Image.open(file) as picture:
        return getattr(picture, "quantization", {})
