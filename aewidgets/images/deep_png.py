"""PNG with 16 bits per sample, to arrays and back; `deep` has other formats. Knows no metadata but what Pillow packs.

Pillow gives only the high bytes of colour of 16 bits. Its decoder knows where both bytes are, so that it is asked
twice: once for the high ones and once for the low ones.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from aewidgets.images.profiles import codes_in

__all__ = ["png_of", "samples_of_png"]

_GRAY, _RGB, _GRAY_ALPHA, _RGBA = 0, 2, 4, 6  # PNG's colour types
_TYPES = {1: _GRAY, 2: _GRAY_ALPHA, 3: _RGB, 4: _RGBA}  # by the number of channels
_HALVES = {_RGB: ("RGB;16B", "RGB;16L"), _RGBA: ("RGBA;16B", "RGBA;16L"), _GRAY_ALPHA: ("RGBA",)}
_ROWS = 256  # filtered at once
_BEFORE_SAMPLES = (b"IHDR", b"IDAT", b"IEND")


def samples_of_png(data: bytes) -> np.ndarray:
    """Return the samples of a PNG of 16 bits, uint16 (h, w), or (h, w, 2 to 4), its EXIF orientation applied.

    A transparent colour counts as alpha if a pixel has it. Errors are Pillow's.
    """
    kind = data[25]
    if kind == _GRAY:
        samples, info = _decoded(data, None)
    else:
        halves = [_decoded(data, mode) for mode in _HALVES[kind]]
        samples, info = halves[0][0].astype("uint16"), halves[0][1]
        if kind == _GRAY_ALPHA:  # Pillow was told that the four bytes of a pixel are its four channels
            samples = samples[..., ::2] << np.uint16(8) | samples[..., 1::2]
        else:
            samples = samples << np.uint16(8) | halves[1][0]
    clear = info.get("transparency")
    if clear is not None and kind in (_GRAY, _RGB):
        hit = np.atleast_3d(samples == np.asarray(clear)).all(axis=2)
        if hit.any():
            samples = np.dstack([samples, np.where(hit, 0, 65535).astype("uint16")])
    return np.ascontiguousarray(samples)


def _decoded(data: bytes, mode: str | None) -> tuple[np.ndarray, dict[Any, Any]]:
    """Return the upright pixels as Pillow's decoder gives them in a raw mode, its own for None, and what it knows."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
        if mode is not None:
            picture.tile = [tile._replace(args=mode) for tile in picture.tile]
        upright = np.array(ImageOps.exif_transpose(picture))
        return (upright.astype("uint16") if mode is None else upright), picture.info


def png_of(samples: np.ndarray, icc: bytes, options: dict[str, Any]) -> memoryview:
    """Return the bytes of a PNG of 16 bits.

    Args:
        samples: uint16 (h, w), or (h, w, 2 to 4).
        icc: colour profile, b"" for none; code points in it (ITU-T H.273) become cICP, too.
        options: further arguments of Pillow's `save`, for metadata.
    """
    height, width = samples.shape[:2]
    channels = samples.shape[2] if samples.ndim == 3 else 1
    packed = io.BytesIO()
    packed.write(b"\x89PNG\r\n\x1a\n")
    _put(packed, b"IHDR", struct.pack(">IIBBBBB", width, height, 16, _TYPES[channels], 0, 0, 0))
    if codes := codes_in(icc):
        _put(packed, b"cICP", codes)
    for name, content in _packed_by_pillow(channels < 3, icc, options):
        _put(packed, name, content)
    coder = zlib.compressobj(3)
    above = np.zeros(2 * channels * width, "uint8")
    rows = samples.reshape(height, -1)
    for first in range(0, height, _ROWS):
        part = rows[first : first + _ROWS].astype(">u2").view("uint8")
        filtered = _filtered(part, np.concatenate([above[None], part[:-1]]), 2 * channels)
        above = part[-1]
        _put(packed, b"IDAT", coder.compress(filtered.tobytes()))
    _put(packed, b"IDAT", coder.flush())
    _put(packed, b"IEND", b"")
    return packed.getbuffer()


def _put(file: io.BytesIO, name: bytes, content: bytes) -> None:
    """Write a chunk; none for no content but at the end."""
    if content or name == b"IEND":
        file.write(struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content)))


def _packed_by_pillow(gray: bool, icc: bytes, options: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks in which Pillow writes profile and metadata, all of which may stand before the samples."""
    buffer = io.BytesIO()
    Image.new("L" if gray else "RGB", (1, 1)).save(buffer, "PNG", icc_profile=icc or None, **options)
    data, at = buffer.getvalue(), 8
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if name not in _BEFORE_SAMPLES:
            yield name, data[at + 8 : at + 8 + size]
        at += 12 + size


def _filtered(rows: np.ndarray, above: np.ndarray, step: int) -> np.ndarray:
    """Return rows of bytes (n, m) with the filter, one byte, before each: the one with the least sum of magnitudes.

    Args:
        rows: uint8 (n, m).
        above: the row above each.
        step: bytes of a pixel.
    """
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, step:], corner[:, step:] = rows[:, :-step], above[:, :-step]
    a, b, c = (x.astype("int16") for x in (left, above, corner))
    to_a, to_b, to_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    paeth = np.where((to_a <= to_b) & (to_a <= to_c), left, np.where(to_b <= to_c, above, corner))
    ways = {1: rows - left, 2: rows - above, 4: rows - paeth}
    costs = [np.minimum(way, 0 - way).sum(axis=1, dtype="int64") for way in ways.values()]
    best = np.argmin(costs, axis=0)
    chosen = np.choose(best[:, None], list(ways.values()))
    return np.concatenate([np.array(list(ways), "uint8")[best][:, None], chosen], axis=1)
