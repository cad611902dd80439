"""Lossless coding of alpha and of small or flat images: DEFLATE of differences, or a larger coder. No containers.

The first byte says how samples are coded:

```
how = 0   samples, row by row                        DEFLATE without header
      1   differences from the sample to the left    "
      2   differences from the sample above          "
      3   VP8L bitstream (RFC 9649, section 3) without the RIFF header around it; 8 bits only
      4   interpolation and an entropy coder, `aewidgets.codec.coding.interpolated`; more than 8 bits only
```
DEFLATE compresses colour as planes: green, red - green, blue - green, alpha; all differences are modulo 256, and of
more than 8 bits modulo 65536, where the high bytes of all planes come before the low ones.
"""

from __future__ import annotations

import io
import struct
import warnings
from contextlib import suppress

import numpy as np
from PIL import Image

from aewidgets.codec.coding.chunks import deflate, inflate
from aewidgets.codec.coding.container import BitstreamError
from aewidgets.codec.coding.interpolated.coder import decode_planes, encode_planes
from aewidgets.codec.coding.levels import dtype_of, peak_of
from aewidgets.images.encoders import can_write, why_not

__all__ = ["decode_lossless", "encode_lossless", "may_be_smaller"]

PLAIN, LEFT, ABOVE, VP8L, INTERPOLATED = range(5)
_VP8L_SIDE = 1 << 14
_RIFF = struct.Struct("<4sI4s4sI")
_PROBE = 64  # side of the squares that `may_be_smaller` examines, in pixels


def encode_lossless(samples: np.ndarray) -> bytes:
    """Encode samples, uint8 or uint16 (H, W) or (H, W, 2 to 4), in the way that takes the fewest bytes.

    Colours under alpha 0 may change. Where Pillow was built without WebP, VP8L is not among the ways.
    """
    height, width = samples.shape[:2]
    candidates = []
    if samples.dtype == np.uint8 and max(height, width) <= _VP8L_SIDE and can_write("WEBP"):
        candidates.append(bytes([VP8L]) + _vp8l(samples))
    if samples.dtype == np.uint16:
        with suppress(ImportError):  # without an entropy coder there is still DEFLATE
            candidates.append(bytes([INTERPOLATED]) + encode_planes(_green_first(samples)))
    if height * width <= 1 << 16 or not candidates:
        planes = _to_planes(samples)
        left, above = planes.copy(), planes.copy()
        left[:, :, 1:] -= planes[:, :, :-1]
        above[:, 1:] -= planes[:, :-1]
        candidates += [bytes([how]) + deflate(_to_bytes(p)) for how, p in enumerate((planes, left, above))]
    return min(candidates, key=len)


def decode_lossless(data: bytes, shape: tuple[int, ...], depth: int = 8) -> np.ndarray:
    """Decode what `encode_lossless` gave to samples of a shape: uint8, or uint16 for a depth above 8.

    Args:
        data: the coded samples; any bytes are decoded or refused.
        shape: (H, W) or (H, W, channels) of the picture, from the file's header. Decoding takes at most eight bytes of
            memory per pixel.
        depth: bits per sample, from the file's header.

    Raises:
        BitstreamError: for bytes that do not decode to exactly this shape and within this depth.
    """
    dtype = dtype_of(depth)
    samples = _decoded(data, shape, dtype)
    if depth % 8 and int(samples.max()) > peak_of(depth):
        raise BitstreamError(f"lossless samples beyond their {depth} bits: the file is damaged")
    return samples


def _decoded(data: bytes, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return the samples, of a type; errors as in `decode_lossless`."""
    if not data or data[0] not in (PLAIN, LEFT, ABOVE, VP8L if dtype == np.uint8 else INTERPOLATED):
        raise BitstreamError("the lossless samples are coded in a way not known here: a newer aewidgets may read them")
    height, width = shape[:2]
    channels = 1 if len(shape) == 2 else shape[2]
    if data[0] == VP8L:
        return _from_vp8l(data[1:], height, width, channels).reshape(shape)
    if data[0] == INTERPOLATED:
        planes = decode_planes(data[1:], channels, height, width)
        if channels >= 3:
            planes = planes[[1, 0, *range(2, channels)]]
        return np.ascontiguousarray(np.moveaxis(planes, 0, 2)).reshape(shape)
    size = height * width * channels * dtype.itemsize
    raw = inflate(data[1:], size, "coding of lossless samples")
    if len(raw) != size:
        raise BitstreamError(f"{len(raw):,} lossless samples: {width} x {height} pixels need {size:,}")
    planes = _from_bytes(raw, dtype).reshape(channels, height, width)
    if data[0] != PLAIN:
        np.cumsum(planes, axis=2 if data[0] == LEFT else 1, dtype=dtype, out=planes)
    return _from_planes(planes).reshape(shape)


def may_be_smaller(samples: np.ndarray, size: int) -> bool:
    """Return True when a lossless coding has a chance to need at most `size` bytes.

    A few squares are examined, which takes milliseconds. Flat images and drawings have a chance, photographs have
    none. The answer errs on the side of trying: DEFLATE of the squares' differences is assumed to be four times larger
    than VP8L of the whole.

    Args:
        samples: uint8 or uint16, as in `encode_lossless`.
        size: limit in bytes.
    """
    height, width = samples.shape[:2]
    if height * width <= _PROBE * _PROBE:
        return True
    rows, columns = (np.linspace(0, max(side - _PROBE, 0), 4).astype(int) for side in (height, width))
    squares = [_to_planes(samples[i : i + _PROBE, j : j + _PROBE]) for i in rows for j in columns]
    left = [np.diff(s, axis=2, prepend=s[:, :, :1]) for s in squares]
    # Bytes beyond what zeros take: a flat image needs those once, not once per square.
    spent = sum(len(deflate(s.tobytes(), 6)) - len(deflate(bytes(s.nbytes), 6)) for s in left)
    seen = sum(s.shape[1] * s.shape[2] for s in squares)
    return spent / 4 * (height * width / seen) <= size


def _green_first(samples: np.ndarray) -> np.ndarray:
    """Return the planes (channels, H, W) of samples, green before red: it is most like the others."""
    planes = np.moveaxis(np.atleast_3d(samples), 2, 0)
    return planes[[1, 0, *range(2, len(planes))]] if len(planes) >= 3 else planes


def _to_bytes(planes: np.ndarray) -> bytes:
    """Return the bytes of planes, of uint16 all high ones before all low ones, which are alike among themselves."""
    if planes.dtype == np.uint8:
        return planes.tobytes()
    return (planes >> 8).astype("uint8").tobytes() + planes.astype("uint8").tobytes()


def _from_bytes(raw: bytes, dtype: np.dtype) -> np.ndarray:
    """Return the samples (n,) of what `_to_bytes` gave."""
    samples = np.frombuffer(raw, "uint8")
    if dtype == np.uint8:
        return samples.copy()
    high, low = samples.reshape(2, -1)
    return high.astype("uint16") << np.uint16(8) | low


def _to_planes(samples: np.ndarray) -> np.ndarray:
    """Return planes (channels, H, W) of samples, green first, with green subtracted from red and blue."""
    planes = np.moveaxis(np.atleast_3d(samples), 2, 0).copy()
    if len(planes) >= 3:
        planes[[0, 2]] -= planes[1]
        planes[[0, 1]] = planes[[1, 0]]
    return planes


def _from_planes(planes: np.ndarray) -> np.ndarray:
    """Return samples (H, W, channels) of planes: the inverse of `_to_planes`, which changes them in place."""
    if len(planes) >= 3:
        planes[[0, 1]] = planes[[1, 0]]
        planes[[0, 2]] += planes[1]
    return np.moveaxis(planes, 0, 2)


def _vp8l(samples: np.ndarray) -> bytes:
    """Return the VP8L bitstream of samples, without the RIFF header."""
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[np.atleast_3d(samples).shape[2]]
    picture = Image.fromarray(np.ascontiguousarray(samples)).convert("RGBA" if "A" in mode else "RGB")
    buffer = io.BytesIO()
    # Method 6 at quality 100 would save 0 to 4 % more of a photograph and take 30 times as long.
    effort = 50 if picture.width * picture.height > 1 << 21 else 75
    picture.save(buffer, "WEBP", lossless=True, exact=False, method=4, quality=effort)
    data = buffer.getvalue()
    at = data.index(b"VP8L")
    return data[at + 8 : at + 8 + struct.unpack("<I", data[at + 4 : at + 8])[0]]


def _from_vp8l(data: bytes, height: int, width: int, channels: int) -> np.ndarray:
    """Decode a VP8L bitstream to uint8 (H, W, channels), after checking that it has the size of the file's header."""
    if len(data) < 5 or data[0] != 0x2F:
        raise BitstreamError("the lossless samples are no VP8L bitstream: the file is damaged")
    bits = struct.unpack("<I", data[1:5])[0]
    claimed = (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
    if claimed != (height, width):
        raise BitstreamError(f"lossless samples of {claimed[1]} x {claimed[0]} in a picture of {width} x {height}")
    if not can_write("WEBP"):
        raise BitstreamError(f"the lossless samples are a VP8L bitstream, which is WebP's: {why_not('WEBP')}")
    padded = data + bytes(len(data) % 2)
    file = _RIFF.pack(b"RIFF", 12 + len(padded), b"WEBP", b"VP8L", len(data)) + padded
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(file), formats=("WEBP",))
        with picture:
            samples = np.asarray(picture.convert("RGBA" if channels in (2, 4) else "RGB"))
    except Exception as error:  # Pillow's plug-ins raise nearly anything on damaged bytes
        raise BitstreamError(f"the lossless samples are damaged ({error})") from error
    if samples.shape[:2] != (height, width):
        raise BitstreamError(f"lossless samples of {samples.shape[1]} x {samples.shape[0]}, not {width} x {height}")
    return samples[..., {1: [1], 2: [1, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3]}[channels]]
