"""Grids of operating points within a number of bytes, for pages that no kernel answers. Writes no page.

Browsers decode JPEG, WebP, AVIF and PNG, so the page holds the very files that were measured. Pictures of other codecs
are embedded as lossless WebP, so that no artefacts of a second codec are shown.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.images.encoders import page_bytes, page_media_type
from aewidgets.images.reading import png_bytes
from aewidgets.studies.rate.operating_points import ORIGINAL, OperatingPoint, curve, curve_plan, judged, operating_point
from aewidgets.studies.subjects import Subject

__all__ = ["NATIVE", "Crop", "Embedded", "OperatingGrid", "operating_grid", "shown_bytes"]

#: Formats that every browser of today decodes.
NATIVE = {"image/jpeg", "image/webp", "image/avif", "image/png"}
_LEAST = 5  # points a side that a crop makes room for
_WORTH = 3  # a codec on neither side is left out with fewer points than this


@dataclass(frozen=True)
class Crop:
    """Part of a picture that is embedded in a page, in pixels; figures are always those of the whole picture."""

    column: int
    row: int
    width: int
    height: int

    def of(self, image: np.ndarray) -> np.ndarray:
        """Return that part of an image, as a view."""
        return image[self.row : self.row + self.height, self.column : self.column + self.width]


@dataclass(frozen=True)
class Embedded:
    """One point of the grid, as a page holds it.

    Attributes:
        point: operating point with all its figures.
        shown: bytes that a browser decodes.
        media_type: media type of those bytes.
        whole: whether they are the whole picture, which the browser cuts to the crop.
    """

    point: OperatingPoint
    shown: bytes = field(repr=False)
    media_type: str
    whole: bool

    @property
    def size(self) -> int:
        """Number of embedded bytes: those that are shown, and the file if it is another one."""
        return len(self.shown) + (0 if self.is_file else len(self.point.data))

    @property
    def is_file(self) -> bool:
        """True if the bytes that are shown are the file itself, or if the point is the original, which has no other."""
        return self.shown is self.point.data or self.point.codec == ORIGINAL


@dataclass(frozen=True)
class OperatingGrid:
    """Operating points that a page holds.

    Attributes:
        points: points with pictures; the first is the original.
        curves: codec -> all points that were measured, without pictures.
        crop: part of the picture that is embedded.
        size: number of embedded bytes, before base64.
    """

    points: tuple[Embedded, ...]
    curves: dict[str, tuple[OperatingPoint, ...]]
    crop: Crop
    size: int


def shown_bytes(point: OperatingPoint, *, preview: bool = False) -> tuple[bytes, str]:
    """Return what a browser shows of a point, and its media type: the file itself, or its samples as PNG.

    Args:
        point: any operating point.
        preview: take JPEG of quality 90 in place of PNG: a quarter of the bytes, while a slider is dragged.
    """
    if point.media_type in NATIVE:
        return point.data, point.media_type
    if not preview:
        return png_bytes(point.image), "image/png"
    buffer = io.BytesIO()
    Image.fromarray(point.image).save(buffer, "JPEG", quality=90, subsampling=0)
    return buffer.getvalue(), "image/jpeg"


def operating_grid(
    subject: Subject, left: OperatingPoint, right: OperatingPoint, max_bytes: int, sides: Sequence[Any] = ()
) -> OperatingGrid:
    """Measure and embed points of both sides' codecs, and of other codecs as far as there is room.

    Args:
        subject: the picture.
        left, right: points that are shown first; both are embedded in any case.
        max_bytes: largest size of all files and pictures, before base64. Where not even five points a side fit, only
            the middle of the picture is embedded, as large as fits.
        sides: codecs of both sides, as `aewidgets.get_codec` takes them; by the names in their points if empty.
    """
    codecs, count = curve_plan(subject, sides or (left.codec, right.codec))
    curves = {name: tuple(curve(subject, codec, count)) for name, codec in codecs.items()}
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
    """Yield both sides, then points of their codecs from coarse to fine, then the other codecs, cheap ones first."""
    yield from (left, right)
    sides = [c for c in curves if c in (left.codec, right.codec)]
    others = sorted((c for c in curves if c not in sides), key=lambda c: curves[c][0].media_type not in NATIVE)
    for codecs in (sides, [c for c in others if c != "png"]):
        for index in _coarse_to_fine(max(map(len, curves.values()))):
            yield from (curves[c][index] for c in codecs if index < len(curves[c]))


def _coarse_to_fine(count: int) -> list[int]:
    """Return 0 ... count - 1 in this order: the middle, the ends, then the numbers between them."""
    order = [count // 2, 0, count - 1]
    step = count // 2
    while step > 1:
        step //= 2
        order += range(step, count, 2 * step)
    return list(dict.fromkeys([*order, *range(count)]))


def _crop(subject: Subject, sides: Sequence[OperatingPoint], max_bytes: int) -> Crop:
    """Return the whole picture, or the middle that leaves room for five points a side."""
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
    return Embedded(point, _lossless(crop.of(point.image)), page_media_type(), False)


def _lossless(image: np.ndarray) -> bytes:
    return page_bytes(image, lossless=True, method=4, quality=50)
