"""PPM and PGM with more than 8 bits per sample, to arrays and back (netpbm's ppm(5) and pgm(5)). No metadata."""

from __future__ import annotations

import re

import numpy as np

from aewidgets.images.arrays import ImageError

__all__ = ["depth_of_pnm", "pnm_of", "samples_of_pnm"]

_GAP = rb"(?:\s|#[^\n]*\n)+"
_HEAD = re.compile(rb"P([2356])" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})(?:#[^\n]*)?\s")
_SEARCHED = 1 << 16  # bytes in which a header ends, whatever comments it has


def depth_of_pnm(data: bytes) -> int | None:
    """Return the bits per sample of a PPM or PGM, rounded up; None for other files."""
    found = _HEAD.match(data[:_SEARCHED])
    return int(found[4]).bit_length() if found else None


def size_of_pnm(data: bytes) -> tuple[int, int]:
    """Return height and width of a file of which `depth_of_pnm` knows the depth."""
    found = _HEAD.match(data[:_SEARCHED])
    assert found
    return int(found[3]), int(found[2])


def samples_of_pnm(data: bytes, name: str) -> np.ndarray:
    """Return the samples of a file of which `depth_of_pnm` knows the depth, uint16 (h, w) or (h, w, 3).

    Raises:
        ImageError: for a file that was cut short, and for white that is not the largest number of so many bits, of
            which the depth alone would not tell what is white.
    """
    found = _HEAD.match(data[:_SEARCHED])
    assert found
    kind, width, height, white = (int(found[i]) for i in range(1, 5))
    if white & (white + 1) or white > 65535:
        raise ImageError(f"{name}: white is {white}, expected 511, 1023, 2047, ... or 65535; scale the samples first")
    shape = (height, width, 3) if kind in (3, 6) else (height, width)
    count = int(np.prod(shape))
    if kind in (5, 6):
        rest = len(data) - found.end()
        if rest < 2 * count:
            raise ImageError(f"{name}: the file is damaged or cut short ({rest:,} of {2 * count:,} bytes of samples)")
        return np.frombuffer(data, ">u2", count, found.end()).astype("uint16").reshape(shape)
    words = data[found.end() :].split(None, count)[:count]
    if len(words) < count or not all(word.isdigit() and int(word) <= white for word in words):
        raise ImageError(f"{name}: the file is damaged or cut short (expected {count:,} numbers up to {white})")
    return np.array(words, "int64").astype("uint16").reshape(shape)


def pnm_of(samples: np.ndarray, depth: int) -> memoryview:
    """Return the bytes of a PGM or PPM, by the shape, of samples uint16 (h, w) or (h, w, 3) with a depth in bits."""
    kind = b"P5" if samples.ndim == 2 else b"P6"
    head = b"%s\n%d %d\n%d\n" % (kind, samples.shape[1], samples.shape[0], (1 << depth) - 1)
    return memoryview(head + samples.astype(">u2").tobytes())
