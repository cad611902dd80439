"""Results at a few strengths within a number of bytes, for pages that no kernel answers. Writes no page.

Everything is measured on the part of the picture that is embedded. Pictures are embedded as WebP of a high quality,
because noise does not compress without loss; the original is embedded without loss.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from aewidgets.images.arrays import with_alpha
from aewidgets.images.encoders import page_bytes
from aewidgets.restoration.own_methods import OwnMethod
from aewidgets.studies.restoration.corrupted import CorruptedSubject, corrupt_subject
from aewidgets.studies.restoration.levels import levels_of, where_they_differ
from aewidgets.studies.restoration.points import INPUT, ORIGINAL, DenoisePoint, denoise_point, method_choices, with_flip
from aewidgets.studies.subjects import Window

__all__ = ["DenoiseGrid", "EmbeddedLevel", "denoise_grid"]

_QUALITY = 90  # of WebP
_LEVELS = 5
_LEAST_SIDE = 96  # pixels
# Bytes of a page for each pixel, at least; photographs take about 15. A page of few bytes is not worth the minutes that
# non-local means takes on a large picture at five levels.
_BYTES_A_PIXEL = 10


@dataclass(frozen=True, eq=False)
class EmbeddedLevel:
    """Results of all methods at one strength.

    Attributes:
        corrupted: picture that methods were given.
        given: the same picture as WebP.
        points: figures of all methods and of the picture itself, before it was corrupted (if there is an original)
            and after; without pictures, the best first.
        pictures: method -> its result as WebP: those of both sides, and others as far as there is room.
        differ: squares where both sides differ most.
    """

    corrupted: CorruptedSubject
    given: bytes = field(repr=False)
    points: tuple[DenoisePoint, ...]
    pictures: dict[str, bytes] = field(repr=False)
    differ: tuple[Window, ...]

    @property
    def size(self) -> int:
        """Number of bytes of all pictures."""
        return len(self.given) + sum(map(len, self.pictures.values()))


@dataclass(frozen=True, eq=False)
class DenoiseGrid:
    """Results that a page holds.

    Attributes:
        image: embedded part of the picture, uint8.
        original: the same part as WebP without loss; empty if there is no original.
        levels: results by strength, ascending.
    """

    image: np.ndarray = field(repr=False)
    original: bytes = field(repr=False)
    levels: tuple[EmbeddedLevel, ...]

    @property
    def size(self) -> int:
        """Number of bytes of all pictures, before base64."""
        return len(self.original) + sum(level.size for level in self.levels)


def denoise_grid(
    image: np.ndarray,
    corruption: str,
    strength: float | None,
    seed: int,
    sides: tuple[str, str],
    max_bytes: int,
    alpha: np.ndarray | None = None,
    own: Iterable[OwnMethod] = (),
) -> DenoiseGrid:
    """Measure and embed methods at five strengths: those of both sides, and others as far as there is room.

    Args:
        image: uint8 (h, w) or (h, w, 3); all of it is embedded, or its middle in the same proportions, as large as
            fits.
        corruption, strength, seed: see `aewidgets.studies.restoration.corrupted.corrupt_subject`.
        sides: methods that both sides show.
        max_bytes: largest size of all pictures, before base64.
        alpha: uint8 (h, w), transparency that all embedded pictures have; None for none.
        own: methods of one's own, beside those that come with the package; `sides` may have their names.
    """
    mine = {of.name: of for of in own}
    strengths = _strengths(corruption, strength)
    choices = method_choices(corruption, 1 if image.ndim == 2 else 3, mine.values())
    names = [c.name for c in choices if c.does and (not c.slow or c.name in sides)]
    size = _size(image, corruption, strength, seed, len(strengths) * len(names), max_bytes)
    part, clear = _middle(image, size), None if alpha is None else _middle(alpha, size)
    levels = [_level(part, clear, corruption, s, seed, {n: mine.get(n, n) for n in names}, sides) for s in strengths]
    original = b"" if levels[0].corrupted.original is None else _webp(part, clear, lossless=True)
    grid = DenoiseGrid(part, original, tuple(levels))
    for name in reversed([n for n in names if n not in sides]):
        if grid.size > max_bytes:
            for level in levels:
                level.pictures.pop(name, None)
    return grid


def _strengths(corruption: str, strength: float | None) -> list[float | None]:
    """Return the strength that was asked for and those of curves next to it, ascending."""
    if strength is None or not levels_of(corruption):
        return [strength]
    others = sorted((n for n in levels_of(corruption) if n != strength), key=lambda n: abs(np.log(n / (strength or n))))
    return [*sorted([strength, *others[: _LEVELS - 1]])]


def _size(
    image: np.ndarray, corruption: str, strength: float | None, seed: int, pictures: int, most: int
) -> tuple[int, int]:
    """Return height and width of the part that fits: all of the picture, or as much as its noise leaves room for."""
    height, width = image.shape[:2]
    shown = corrupt_subject(image, corruption, strength, seed, estimate=False).shown
    each = len(_webp(shown)) / (height * width)
    # Results take about half as many bytes as noise.
    pixels = min(most / (each * (1 + 0.6 * pictures)), most / _BYTES_A_PIXEL)
    scale = (pixels / (height * width)) ** 0.5
    if scale >= 1:
        return height, width
    h, w = (max(min(side, _LEAST_SIDE), int(side * scale) // 16 * 16) for side in (height, width))
    return h, w


def _middle(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the middle of a picture in a size, as a view."""
    top, left = ((have - wanted) // 2 for have, wanted in zip(image.shape, size, strict=False))
    return image[top : top + size[0], left : left + size[1]]


def _level(
    part: np.ndarray,
    alpha: np.ndarray | None,
    corruption: str,
    strength: float | None,
    seed: int,
    methods: dict[str, str | OwnMethod],
    sides: tuple[str, str],
) -> EmbeddedLevel:
    corrupted, made = corrupt_subject(part, corruption, strength, seed), dict[str, DenoisePoint]()
    for name, method in methods.items():
        try:
            point = denoise_point(corrupted, method)
            made[name] = with_flip(corrupted, point) if name in sides else point
        except ValueError:  # a method that cannot work at this strength is left out of its table
            continue
    itself = [ORIGINAL, INPUT] if corrupted.original is not None else [INPUT]
    all_ = {name: denoise_point(corrupted, name) for name in itself} | made
    left, right = (all_[side].image if side in all_ else None for side in sides)
    differ = where_they_differ(left, right) if left is not None and right is not None else ()
    points = sorted((p.bare() for p in all_.values()), key=lambda p: (-(p.psnr_db or 0), p.seconds or 0))
    pictures = {name: _webp(point.image, alpha) for name, point in made.items()}
    return EmbeddedLevel(corrupted, _webp(corrupted.shown, alpha), tuple(points), pictures, differ)


def _webp(image: np.ndarray, alpha: np.ndarray | None = None, *, lossless: bool = False) -> bytes:
    """Encode a picture; alpha is kept exactly, whatever becomes of the colours."""
    return page_bytes(with_alpha(image, alpha), lossless=lossless, quality=100 if lossless else _QUALITY, method=4)
