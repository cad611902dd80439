"""Files of equal size or equal PSNR from different codecs, and where their errors differ. No drawing.

Two pictures can be compared side by side at equal bytes, but not at equal "quality", because each codec means
something else by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.codec.registry import ClassicalCodec, Codec, LearnedCodec, OwnCodec, get_codec
from aewidgets.images.arrays import to_rgb
from aewidgets.images.metrics import psnr
from aewidgets.studies.subjects import Window, square_sums
from aewidgets.system.brief import shown_briefly

__all__ = ["Decoded", "decode_at", "decoded_like", "equal_psnr", "equal_size", "largest_gap"]

#: Called with (files made, files at most, what is made next); an exception that it raises ends the search.
Progress = Callable[[int, int, str], None]


@shown_briefly
@dataclass(frozen=True)
class Decoded:
    """One picture through one codec.

    Attributes:
        codec: name of the codec.
        label: its name for captions.
        quality: quality in the codec's own unit.
        num_bytes: size of the whole file.
        psnr_db: PSNR against the picture that went in.
        image: decoded picture, uint8, in the shape that went in.
        data: the file.
    """

    codec: str
    label: str
    quality: float | None
    num_bytes: int
    psnr_db: float
    image: np.ndarray
    data: bytes

    @property
    def bpp(self) -> float:
        """Bits per pixel, all bytes counted."""
        return self.num_bytes * 8 / (self.image.shape[0] * self.image.shape[1])


def decode_at(image: np.ndarray, codec: Any, quality: float | None) -> Decoded:
    """Encode and decode a picture by one codec at one quality.

    Args:
        image: uint8, (H, W) or (H, W, 3).
        codec: what `aewidgets.get_codec` takes.
        quality: quality in the codec's own unit; None for a codec without one.

    Raises:
        ValueError: for what is no codec, a quality that it does not have, and a picture of another size.
    """
    codec = get_codec(codec)
    data = codec.compress(image, quality)
    decoded = decoded_like(image, codec, data)
    if decoded.ndim > image.ndim:  # WebP and others write gray as colour
        decoded = np.rint(decoded.mean(axis=2)).astype(np.uint8)
    decoded = to_rgb(decoded) if image.ndim == 3 else decoded
    return Decoded(codec.name, codec.label, quality, len(data), float(psnr(image, decoded)), decoded, data)


def decoded_like(image: np.ndarray, codec: Codec, data: bytes) -> np.ndarray:
    """Decode the file of an image, and check that the picture in it has its size; it may be gray, or in colour.

    Raises:
        ValueError: for a picture of another height or width, as only a codec of one's own returns it.
    """
    decoded = codec.decompress(data)
    if decoded.shape[:2] != image.shape[:2]:
        raise ValueError(f"{codec.name}: expected from decode an image {image.shape}, got {decoded.shape}")
    return decoded


def equal_size(image: np.ndarray, codec: Any, num_bytes: int, progress: Progress | None = None) -> Decoded:
    """Encode and decode a picture at the quality whose file is closest to a number of bytes.

    The range of qualities is halved, so at most a dozen files are made. The size is as close as the codec's steps
    allow; where its range does not reach, it is an end of the range.

    Args:
        image: uint8, (H, W) or (H, W, 3).
        codec: what `aewidgets.get_codec` takes, with a quality to choose.
        num_bytes: size that is wanted.
        progress: see `Progress`.

    Raises:
        ValueError: for a codec without a choice of quality.
    """
    codec = _lossy(codec)
    ladder = _steps(codec, image)
    quality = _nearest(ladder, lambda q: len(codec.compress(image, q)), num_bytes, codec.label, progress)
    return decode_at(image, codec, quality)


def equal_psnr(image: np.ndarray, codec: Any, psnr_db: float, progress: Progress | None = None) -> Decoded:
    """Encode and decode a picture at the quality whose PSNR is closest to a number of decibels.

    Infinity asks for the best quality. Other arguments and errors are those of `equal_size`.
    """
    codec = _lossy(codec)
    ladder = _steps(codec, image)
    if math.isinf(psnr_db):
        return decode_at(image, codec, ladder[-1])
    seen: dict[float, Decoded] = {}

    def reached(quality: float) -> float:
        seen[quality] = decode_at(image, codec, quality)
        return seen[quality].psnr_db

    return seen[_nearest(ladder, reached, psnr_db, codec.label, progress)]


def _lossy(codec: Any) -> Codec:
    codec = get_codec(codec)
    if None in codec.qualities:
        raise ValueError(f"{codec.name} has no choice of quality; expected a codec with one")
    return codec


def _nearest(
    ladder: Sequence[float],
    measure: Callable[[float], float],
    wanted: float,
    label: str,
    progress: Progress | None,
) -> float:
    """Return the quality on a ladder whose measure, which rises along the ladder, is nearest to `wanted`."""
    values: dict[int, float] = {}
    most = math.ceil(math.log2(len(ladder))) + 2

    def value(index: int) -> float:
        if index not in values:
            if progress:
                progress(len(values), most, label)
            values[index] = measure(ladder[index])
        return values[index]

    low, high = 0, len(ladder) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if value(middle) <= wanted:
            low = middle
        else:
            high = middle
    return ladder[min((low, high), key=lambda index: abs(value(index) - wanted))]


def largest_gap(image: np.ndarray, better: np.ndarray, worse: np.ndarray, size: int = 96) -> Window:
    """Find the square where one reconstruction is closer to the picture than another by the most.

    The measure is the difference of squared errors, summed over the square.

    Args:
        image: the picture; all three images are uint8 of one shape.
        better: reconstruction that is closer in the square.
        worse: reconstruction that it is compared with.
        size: side of the square in pixels, at most the picture's shorter side.
    """
    size = min(size, *image.shape[:2])
    errors = [np.square(x.astype(np.int64) - image.astype(np.int64)) for x in (worse, better)]
    sums = square_sums(errors[0] - errors[1], size)
    row, column = np.unravel_index(np.argmax(sums), sums.shape)
    return Window(int(row), int(column), size)


def _steps(codec: Codec, image: np.ndarray) -> Sequence[float]:
    """Return qualities from the smallest file to the largest, fine enough to meet a size within about one percent."""
    if isinstance(codec, LearnedCodec):
        return np.linspace(1, 100, 400).tolist()
    if isinstance(codec, OwnCodec):
        return codec.steps()
    if isinstance(codec, ClassicalCodec) and codec.name != "jpeg2000":
        return range(int(codec.limits[0]), int(codec.limits[1]) + 1)
    return np.geomspace(400, 1.5, 500).tolist()  # JPEG 2000 takes the ratio itself
