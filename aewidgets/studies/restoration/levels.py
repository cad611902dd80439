"""Curves of methods over the strengths of a corruption, and squares where two results differ. No drawing.

Curves are measured on the middle of a picture, because non-local means takes half a minute for a whole photograph.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from aewidgets.images.arrays import ImageError
from aewidgets.restoration.corruptions import CORRUPTIONS
from aewidgets.restoration.own_methods import own_method
from aewidgets.studies.restoration.corrupted import AS_IS, corrupt_subject
from aewidgets.studies.restoration.points import INPUT, denoise_point
from aewidgets.studies.subjects import Window, square_sums
from aewidgets.system.brief import shown_briefly

__all__ = [
    "CURVE_SIDE",
    "CorruptionChoice",
    "LevelPoint",
    "corruption_choices",
    "levels_of",
    "measure_level",
    "middle_crop",
    "middle_crops",
    "where_they_differ",
]

#: Side in pixels of the part that curves are measured on.
CURVE_SIDE = 256
_LEVELS = {
    "gaussian": (5, 15, 25, 50, 75, 100),
    "poisson": (5, 15, 50, 150, 500, 2000),
    "salt-and-pepper": (0.01, 0.05, 0.1, 0.2, 0.4),
    "speckle": (0.05, 0.1, 0.2, 0.4, 0.7),
    "camera": (3e-4, 1e-3, 3e-3, 1e-2, 3e-2),
    "jpeg": (5, 10, 20, 40, 60, 80),
    "blur": (0.8, 1.6, 2.5, 4, 6),
    "motion": (3, 5, 9, 15, 25),
    "missing": (0.1, 0.3, 0.5, 0.7, 0.9),
    "holes": (6, 12, 24, 48),
    "low-light": (0.05, 0.1, 0.2, 0.4, 0.7),
    "low-contrast": (0.1, 0.2, 0.4, 0.6, 0.8),
}


_SETTLED = ("jpeg", "blur", "motion", "low-contrast")  # these do not depend on the seed
_WIDE = 100  # ratio of largest to smallest strength, above which a slider is logarithmic


@shown_briefly
class CorruptionChoice(NamedTuple):
    """A corruption that may be chosen, and the range of its strength slider.

    Attributes:
        name: name as `aewidgets.studies.restoration.corrupted.corrupt_subject` takes it.
        label: name for menus.
        parameter, unit: meaning and unit of the strength; "" if there is none to choose.
        least, most: smallest and largest strength, inclusive.
        usual: strength to begin with.
        whole: whether only whole numbers are taken.
        log: whether its slider is logarithmic.
        random: whether another seed gives another picture.
        levels: see `levels_of`.
    """

    name: str
    label: str
    parameter: str
    unit: str
    least: float
    most: float
    usual: float
    whole: bool
    log: bool
    random: bool
    levels: tuple[float, ...]


@shown_briefly
@dataclass(frozen=True)
class LevelPoint:
    """One method at one strength, on the middle of the picture.

    Attributes:
        method: name of the method.
        strength: strength in the corruption's unit.
        psnr_db: PSNR in dB; None if the method cannot work at this strength, infinite if nothing is lost.
    """

    method: str
    strength: float
    psnr_db: float | None


def corruption_choices() -> tuple[CorruptionChoice, ...]:
    """Return all corruptions that may be chosen; the picture as it is comes last."""
    found = []
    for kind in CORRUPTIONS.values():
        (least, most), whole = kind.range, kind.strength.whole
        wide = least > 0 and most / least > _WIDE
        words = (kind.name, kind.label, kind.parameter.replace("_", " "), kind.unit)
        range_ = (least, most, kind.default, whole, wide)
        found.append(CorruptionChoice(*words, *range_, kind.name not in _SETTLED, levels_of(kind.name)))
    return (*found, CorruptionChoice(AS_IS, "As it is, noisy already", "", "", 0, 0, 0, False, False, False, ()))


def levels_of(corruption: str) -> tuple[float, ...]:
    """Return the strengths, ascending, at which a curve is measured; none for a picture as it is.

    Raises:
        ValueError: for an unknown corruption.
    """
    if corruption == AS_IS:
        return ()
    if corruption not in CORRUPTIONS:
        raise ValueError(f"unknown corruption {str(corruption)[:40]!r}; expected one of {', '.join(CORRUPTIONS)}")
    return tuple(float(level) for level in _LEVELS[corruption])


def middle_crop(image: np.ndarray, side: int = CURVE_SIDE) -> np.ndarray:
    """Return the middle of a picture, at most `side` pixels high and wide, as a view."""
    top, left = (max(0, (n - side) // 2) for n in image.shape[:2])
    return image[top : top + side, left : left + side]


def middle_crops(images: Iterable[tuple[str, np.ndarray]], side: int, least: int = 1) -> list[np.ndarray]:
    """Return the middles of pictures, as `middle_crop` does.

    Args:
        images: name and picture, uint8 (h, w) or (h, w, 3), of each, as `aewidgets.load_images` gives them.
        side: largest height and width of a middle, pixels.
        least: smallest height and width that a picture may have, pixels.

    Raises:
        ImageError: for pictures smaller than that; the message names them all.
    """
    middles = [(name, middle_crop(image, side)) for name, image in images]
    small = [f"{n}, {m.shape[1]}x{m.shape[0]}" for n, m in middles if min(m.shape[:2]) < min(side, least)]
    if small:
        raise ImageError(
            f"expected pictures of at least {least} pixels a side, got {'; '.join(small[:5])}"
            f"{f' and {len(small) - 5} more' if len(small) > 5 else ''}; leave the small ones out"
        )
    return [middle for _, middle in middles]


def measure_level(image: np.ndarray, corruption: str, strength: float, method: Any, seed: int = 0) -> LevelPoint:
    """Measure one point of a curve.

    Args:
        image: uint8 (h, w) or (h, w, 3); its middle is measured.
        corruption, strength, seed: see `aewidgets.studies.restoration.corrupted.corrupt_subject`; not `AS_IS`.
        method: name of a method, or a method of your own, see `denoise_point`. What fails at a strength has no PSNR
            there.
    """
    method = method if isinstance(method, str) else own_method(method)
    name = method if isinstance(method, str) else method.name
    unknown = corruption != "gaussian" and method != INPUT
    corrupted = corrupt_subject(middle_crop(image), corruption, strength, seed, estimate=unknown)
    try:
        return LevelPoint(name, strength, denoise_point(corrupted, method).psnr_db)
    except ValueError:  # too few pixels are left to fill in the others, so the curve has a gap here
        return LevelPoint(name, strength, None)


def where_they_differ(a: np.ndarray, b: np.ndarray, size: int | None = None, count: int = 4) -> tuple[Window, ...]:
    """Find the squares where two pictures differ most, the most different first, none over another.

    The measure is the squared difference, summed over the square; squares without any difference are left out.

    Args:
        a, b: uint8 of one shape, (h, w) or (h, w, 3).
        size: side of a square in pixels; a fifth of the shorter side, from 16 to 128, if None.
        count: largest number of squares.

    Raises:
        ValueError: for pictures of different shapes.
    """
    if a.shape != b.shape:
        raise ValueError(f"expected two pictures of one shape, got {a.shape} and {b.shape}")
    height, width = a.shape[:2]
    size = min(size or int(np.clip(min(height, width) // 5, 16, 128)), height, width)
    squares = square_sums(np.square(a.astype(np.int64) - b.astype(np.int64)), size)
    found: list[Window] = []
    while len(found) < count and squares.max() > 0:
        row, column = (int(i) for i in np.unravel_index(np.argmax(squares), squares.shape))
        found.append(Window(row, column, size))
        squares[max(0, row - size + 1) : row + size, max(0, column - size + 1) : column + size] = 0
    return tuple(found)
