"""A grid of operating points that fits into so many bytes, for pages that no kernel answers. Writes no page.

Browsers decode JPEG, WebP, AVIF and PNG, so these travel as the very files that were measured. What they cannot
decode travels as lossless WebP: whoever looks for artefacts must not be shown those of a second codec.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from aewidgets.images.reading import png_bytes
from aewidgets.studies.rate.operating_points import ORIGINAL, OperatingPoint, curve, curve_plan, judged, operating_point
from aewidgets.studies.subjects import Subject

__all__ = ["NATIVE", "Crop", "Embedded", "OperatingGrid", "operating_grid", "shown_bytes"]

#: Formats that every browser of today decodes.
NATIVE = {"image/jpeg", "image/webp", "image/avif", "image/png"}
_LEAST = 5  # points a side that a crop makes room for
_WORTH = 3  # fewer points of a codec that is on neither side are no use


@dataclass(frozen=True)
class Crop:
    """The part of a picture that travels, in pixels; figures are always those of the whole."""

    column: int
    row: int
    width: int
    height: int

    def of(self, image: np.ndarray) -> np.ndarray:
        """That part of an image (a view)."""
        return image[self.row : self.row + self.height, self.column : self.column + self.width]


@dataclass(frozen=True)
class Embedded:
    """One point of the grid.

    Attributes:
        point: with all its figures.
        shown: what a browser decodes.
        media_type: of that.
        whole: whether it is the whole picture, to be cut to the crop by the browser.
    """

    point: OperatingPoint
    shown: bytes = field(repr=False)
    media_type: str
    whole: bool

    @property
    def size(self) -> int:
        """Bytes that travel: what is shown, and the file where that is something else."""
        return len(self.shown) + (0 if self.is_file else len(self.point.data))

    @property
    def is_file(self) -> bool:
        """Whether what is shown is the file itself, or, of the original, all that there is."""
        return self.shown is self.point.data or self.point.codec == ORIGINAL


@dataclass(frozen=True)
class OperatingGrid:
    """What travels.

    Attributes:
        points: those with pictures; the first is the original.
        curves: all that were measured, codec by codec, without pictures.
        crop: the part of the picture that travels.
        size: bytes, before base64.
    """

    points: tuple[Embedded, ...]
    curves: dict[str, tuple[OperatingPoint, ...]]
    crop: Crop
    size: int


def shown_bytes(point: OperatingPoint, *, preview: bool = False) -> tuple[bytes, str]:
    """What a browser shows of a point, and its media type: the file itself, or its samples as PNG.

    Args:
        point: any.
        preview: take JPEG of quality 90 for PNG: a quarter of the bytes, for the time of a drag only.
    """
    if point.media_type in NATIVE:
        return point.data, point.media_type
    if not preview:
        return png_bytes(point.image), "image/png"
    buffer = io.BytesIO()
    Image.fromarray(point.image).save(buffer, "JPEG", quality=90, subsampling=0)
    return buffer.getvalue(), "image/jpeg"


def operating_grid(subject: Subject, left: OperatingPoint, right: OperatingPoint, max_bytes: int) -> OperatingGrid:
    """Points of both sides' codecs, and of others as far as there is room.

    Args:
        subject: the picture.
        left, right: what is shown first; both travel in any case.
        max_bytes: of files and pictures, before base64. Where not even five points a side fit, the middle of
            the picture travels, as large as fits.
    """
    codecs, count = curve_plan(subject, (left.codec, right.codec))
    curves = {codec: tuple(curve(subject, codec, count)) for codec in codecs}
    crop = _crop(subject, [left, right], max_bytes)
    chosen = [_embedded(operating_point(subject, ORIGINAL), crop)]
    room = max_bytes - chosen[0].size
    for point in _by_need(left, right, curves):
        if point.codec == ORIGINAL or any(_same(point, e.point) for e in chosen):
            continue
        embedded = _embedded(point, crop)
        if embedded.size <= room or point in (left, right):
            chosen.append(embedded)
            room -= embedded.size
    number = Counter(e.point.codec for e in chosen)
    needed = (ORIGINAL, left.codec, right.codec)
    kept = [e for e in chosen if e.point.codec in needed or number[e.point.codec] >= _WORTH]
    points = tuple(Embedded(judged(subject, e.point), e.shown, e.media_type, e.whole) for e in kept)
    return OperatingGrid(points, curves, crop, sum(e.size for e in points))


def _same(a: OperatingPoint, b: OperatingPoint) -> bool:
    return (a.codec, a.quality) == (b.codec, b.quality)


def _by_need(
    left: OperatingPoint, right: OperatingPoint, curves: dict[str, tuple[OperatingPoint, ...]]
) -> Iterator[OperatingPoint]:
    """Both sides first, then their codecs from coarse to fine, then the other codecs, cheap ones first."""
    yield from (left, right)
    sides = [c for c in curves if c in (left.codec, right.codec)]
    others = sorted((c for c in curves if c not in sides), key=lambda c: curves[c][0].media_type not in NATIVE)
    for codecs in (sides, [c for c in others if c != "png"]):
        for index in _coarse_to_fine(max(map(len, curves.values()))):
            yield from (curves[c][index] for c in codecs if index < len(curves[c]))


def _coarse_to_fine(count: int) -> list[int]:
    """0 ... count - 1: the middle, the ends, then what lies between them."""
    order = [count // 2, 0, count - 1]
    step = count // 2
    while step > 1:
        step //= 2
        order += range(step, count, 2 * step)
    return list(dict.fromkeys([*order, *range(count)]))


def _crop(subject: Subject, sides: Sequence[OperatingPoint], max_bytes: int) -> Crop:
    """The whole picture, or the middle that lets five points a side travel."""
    height, width = subject.image.shape[:2]
    whole = Crop(0, 0, width, height)
    lossless = len(_lossless(subject.image))
    foreign = sum(p.media_type not in NATIVE for p in sides)
    files = sum(_LEAST * len(p.data) for p in sides if p.codec != ORIGINAL)
    room = max_bytes - 2 * files  # a curve's files are about twice those of its middle
    needed = lossless * (1 + _LEAST * foreign)
    if needed <= room:
        return whole
    scale = math.sqrt(max(room, max_bytes / 4) / needed)
    h, w = (max(16, int(side * scale) // 16 * 16) for side in (height, width))
    return Crop((width - w) // 2, (height - h) // 2, w, h) if h < height or w < width else whole


def _embedded(point: OperatingPoint, crop: Crop) -> Embedded:
    if point.media_type in NATIVE and point.codec != ORIGINAL:
        return Embedded(point, point.data, point.media_type, True)
    return Embedded(point, _lossless(crop.of(point.image)), "image/webp", False)


def _lossless(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", lossless=True, method=4, quality=50)
    return buffer.getvalue()
