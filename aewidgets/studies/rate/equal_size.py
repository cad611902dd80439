"""Files of equal size or equal PSNR from different codecs, and where their errors differ. No drawing.

At equal bytes two pictures can be looked at side by side; at equal "quality" they cannot, for each codec means
something else by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aewidgets.codec.registry import Codec, LearnedCodec, PillowCodec, get_codec
from aewidgets.images.arrays import to_rgb
from aewidgets.images.metrics import psnr
from aewidgets.studies.subjects import Window

__all__ = ["Decoded", "decode_at", "equal_psnr", "equal_size", "largest_gap"]

#: Called with (files made, files at most, what is made next); what it raises ends the search.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Decoded:
    """One picture through one codec.

    Attributes:
        codec: its name; `label` is for captions.
        label: likewise.
        quality: in the codec's own unit.
        num_bytes: the whole file.
        psnr_db: against the picture that went in.
        image: what came out, uint8, in the shape that went in.
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


def decode_at(image: np.ndarray, codec: Codec, quality: float | None) -> Decoded:
    """One picture through one codec at one quality; `image` is uint8, (H, W) or (H, W, 3)."""
    data = codec.compress(image, quality)
    decoded = codec.decompress(data)
    if decoded.ndim > image.ndim:  # WebP and others write gray as colour
        decoded = np.rint(decoded.mean(axis=2)).astype(np.uint8)
    decoded = to_rgb(decoded) if image.ndim == 3 else decoded
    return Decoded(codec.name, codec.label, quality, len(data), float(psnr(image, decoded)), decoded, data)


def equal_size(
    image: np.ndarray, codec: str | Codec, num_bytes: int, progress: Progress | None = None
) -> Decoded:
    """The picture at the quality whose file is closest to a number of bytes.

    Found by halving the range of qualities, so at most a dozen files are made; the size is what the codec's
    steps allow, and the ends of the range where they do not reach.

    Args:
        image: uint8, (H, W) or (H, W, 3).
        codec: a name or a codec, with a quality to choose.
        num_bytes: of the file that it is to be compared with.
        progress: see `Progress`.

    Raises:
        ValueError: for a lossless codec.
    """
    codec = _lossy(codec)
    ladder = _steps(codec, image)
    quality = _nearest(ladder, lambda q: len(codec.compress(image, q)), num_bytes, codec.label, progress)
    return decode_at(image, codec, quality)


def equal_psnr(
    image: np.ndarray, codec: str | Codec, psnr_db: float, progress: Progress | None = None
) -> Decoded:
    """The picture at the quality whose PSNR is closest to a number of decibels; the best one for infinity.

    Arguments and errors as in `equal_size`.
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


def _lossy(codec: str | Codec) -> Codec:
    codec = get_codec(codec) if isinstance(codec, str) else codec
    if None in codec.qualities:
        raise ValueError(f"{codec.name} is lossless; expected a codec with a quality to choose")
    return codec


def _nearest(
    ladder: Sequence[float],
    measure: Callable[[float], float],
    wanted: float,
    label: str,
    progress: Progress | None,
) -> float:
    """The quality on a ladder whose measure, which rises along it, is nearest to the one that is wanted."""
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
    """The square where one reconstruction is closer to the picture than another by the most.

    Args:
        image: the picture; all three are uint8 of one shape.
        better: is compared with
        worse: this one, by squared error summed over the square.
        size: its side in pixels; cut to the picture's shorter side.
    """
    size = min(size, *image.shape[:2])
    errors = [np.square(x.astype(np.int64) - image.astype(np.int64)) for x in (worse, better)]
    gap = errors[0] - errors[1]
    gap = gap.sum(axis=2) if gap.ndim == 3 else gap
    sums = np.pad(gap.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    windows = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    row, column = np.unravel_index(np.argmax(windows), windows.shape)
    return Window(int(row), int(column), size)


def _steps(codec: Codec, image: np.ndarray) -> Sequence[float]:
    """Qualities from the smallest file to the largest, fine enough to meet a size within about one percent."""
    if isinstance(codec, LearnedCodec):
        return np.linspace(1, 100, 400).tolist()
    if isinstance(codec, PillowCodec) and codec.name != "jpeg2000":
        return range(int(codec.limits[0]), int(codec.limits[1]) + 1)
    return np.geomspace(400, 1.5, 500).tolist()  # JPEG 2000 takes the ratio itself
