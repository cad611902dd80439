"""Results at a few strengths within a number of bytes, for pages that no kernel answers. Writes no page.

Everything is measured on the part of the picture that is embedded. Pictures are embedded as WebP of a high quality,
because noise does not compress without loss; the original is embedded without loss.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from aewidgets.studies.restoration.corrupted import CorruptedSubject, corrupt_subject
from aewidgets.studies.restoration.levels import levels_of, middle_crop, where_they_differ
from aewidgets.studies.restoration.points import INPUT, ORIGINAL, DenoisePoint, denoise_point, method_choices
from aewidgets.studies.subjects import Window

__all__ = ["DenoiseGrid", "EmbeddedLevel", "denoise_grid"]

_QUALITY = 90  # of WebP
_LEVELS = 5
_LEAST_SIDE, _MOST_SIDE = 96, 320  # pixels; on a larger part non-local means at five levels takes half a minute


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
    image: np.ndarray, corruption: str, strength: float | None, seed: int, sides: tuple[str, str], max_bytes: int
) -> DenoiseGrid:
    """Measure and embed methods at five strengths: those of both sides, and others as far as there is room.

    Args:
        image: uint8 (h, w) or (h, w, 3); its middle is embedded, as large as fits, at most 320 pixels a side.
        corruption, strength, seed: see `aewidgets.studies.restoration.corrupted.corrupt_subject`.
        sides: methods that both sides show.
        max_bytes: largest size of all pictures, before base64.
    """
    strengths = _strengths(corruption, strength)
    choices = method_choices(corruption, 1 if image.ndim == 2 else 3)
    names = [c.name for c in choices if c.does and (not c.slow or c.name in sides)]
    part = middle_crop(image, _side(image, corruption, strength, seed, len(strengths) * len(names), max_bytes))
    levels = [_level(part, corruption, s, seed, names, sides) for s in strengths]
    original = b"" if levels[0].corrupted.original is None else _webp(part, lossless=True)
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


def _side(image: np.ndarray, corruption: str, strength: float | None, seed: int, pictures: int, most: int) -> int:
    """Estimate the side in pixels of the part that fits, from the noise of a small part."""
    small = middle_crop(image, _LEAST_SIDE)
    each = len(_webp(corrupt_subject(small, corruption, strength, seed).shown)) / (small.shape[0] * small.shape[1])
    pixels = most / (each * (1 + 0.6 * pictures))  # results take about half as many bytes as noise
    return int(np.clip(pixels**0.5, _LEAST_SIDE, _MOST_SIDE)) // 16 * 16


def _level(
    part: np.ndarray, corruption: str, strength: float | None, seed: int, names: list[str], sides: tuple[str, str]
) -> EmbeddedLevel:
    corrupted, made = corrupt_subject(part, corruption, strength, seed), dict[str, DenoisePoint]()
    for name in names:
        try:
            made[name] = denoise_point(corrupted, name)
        except ValueError:  # a method that cannot work at this strength is left out of its table
            continue
    itself = [ORIGINAL, INPUT] if corrupted.original is not None else [INPUT]
    all_ = {name: denoise_point(corrupted, name) for name in itself} | made
    left, right = (all_[side].image if side in all_ else None for side in sides)
    differ = where_they_differ(left, right) if left is not None and right is not None else ()
    points = sorted((p.bare() for p in all_.values()), key=lambda p: (-(p.psnr_db or 0), p.seconds or 0))
    pictures = {name: _webp(point.image) for name, point in made.items()}
    return EmbeddedLevel(corrupted, _webp(corrupted.shown), tuple(points), pictures, differ)


def _webp(image: np.ndarray, *, lossless: bool = False) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", lossless=lossless, quality=100 if lossless else _QUALITY, method=4)
    return buffer.getvalue()
