"""How methods do over the strengths of a corruption, and where two of them differ. No drawing.

Curves are measured on the middle of a picture, for non-local means on all of a photograph would take half a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aewidgets.restoration.corruptions import CORRUPTIONS
from aewidgets.studies.restoration.corrupted import AS_IS, corrupt_subject
from aewidgets.studies.restoration.points import INPUT, denoise_point
from aewidgets.studies.subjects import Window

__all__ = [
    "CURVE_SIDE",
    "CorruptionChoice",
    "LevelPoint",
    "corruption_choices",
    "levels_of",
    "measure_level",
    "middle_crop",
    "where_they_differ",
]

#: Pixels a side of the part that curves are measured on.
CURVE_SIDE = 256
_LEVELS = {
    "gaussian": (5, 15, 25, 50, 75, 100),
    "poisson": (5, 15, 50, 150, 500, 2000),
    "salt-and-pepper": (0.01, 0.05, 0.1, 0.2, 0.4),
    "speckle": (0.05, 0.1, 0.2, 0.4, 0.7),
    "jpeg": (5, 10, 20, 40, 60, 80),
    "blur": (0.8, 1.6, 2.5, 4, 6),
    "motion": (3, 5, 9, 15, 25),
    "missing": (0.1, 0.3, 0.5, 0.7, 0.9),
    "holes": (6, 12, 24, 48),
    "low-light": (0.05, 0.1, 0.2, 0.4, 0.7),
    "low-contrast": (0.1, 0.2, 0.4, 0.6, 0.8),
}


_SETTLED = ("jpeg", "blur", "motion", "low-contrast")  # nothing is drawn by lot
_WIDE = 100  # of a range from its least to its most, above which a slider is logarithmic


class CorruptionChoice(NamedTuple):
    """What may be done to a picture, and what its slider runs over.

    Attributes:
        name: as `aewidgets.studies.restoration.corrupted.corrupt_subject` takes it.
        label: for menus.
        parameter, unit: what the strength is, in words; "" where there is none to choose.
        least, most: of the strength, ends included.
        usual: where to begin.
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


@dataclass(frozen=True)
class LevelPoint:
    """One method at one strength, on the middle of the picture.

    Attributes:
        method: its name.
        strength: in the corruption's unit.
        psnr_db: None where the method cannot do it, and infinite where nothing is lost.
    """

    method: str
    strength: float
    psnr_db: float | None


def corruption_choices() -> tuple[CorruptionChoice, ...]:
    """All that may be done to a picture; the picture as it is comes last."""
    told = []
    for kind in CORRUPTIONS.values():
        (least, most), whole = kind.range, kind.strength.whole
        wide = least > 0 and most / least > _WIDE
        words = (kind.name, kind.label, kind.parameter.replace("_", " "), kind.unit)
        range_ = (least, most, kind.default, whole, wide)
        told.append(CorruptionChoice(*words, *range_, kind.name not in _SETTLED, levels_of(kind.name)))
    return (*told, CorruptionChoice(AS_IS, "As it is, noisy already", "", "", 0, 0, 0, False, False, False, ()))


def levels_of(corruption: str) -> tuple[float, ...]:
    """Strengths, ascending, that a curve is worth measuring at; none for a picture as it is.

    Raises:
        ValueError: for an unknown corruption.
    """
    if corruption == AS_IS:
        return ()
    if corruption not in CORRUPTIONS:
        raise ValueError(f"unknown corruption {str(corruption)[:40]!r}; expected one of {', '.join(CORRUPTIONS)}")
    return tuple(float(level) for level in _LEVELS[corruption])


def middle_crop(image: np.ndarray, side: int = CURVE_SIDE) -> np.ndarray:
    """The middle of a picture, at most `side` pixels high and wide (a view)."""
    top, left = (max(0, (n - side) // 2) for n in image.shape[:2])
    return image[top : top + side, left : left + side]


def measure_level(image: np.ndarray, corruption: str, strength: float, method: str, seed: int = 0) -> LevelPoint:
    """One point of a curve.

    Args:
        image: uint8 (h, w) or (h, w, 3); its middle is measured.
        corruption, strength, seed: as `aewidgets.studies.restoration.corrupted.corrupt_subject` takes them; not `AS_IS`.
        method: as `denoise_point` takes it.
    """
    unknown = corruption != "gaussian" and method != INPUT
    corrupted = corrupt_subject(middle_crop(image), corruption, strength, seed, estimate=unknown)
    try:
        return LevelPoint(method, strength, denoise_point(corrupted, method).psnr_db)
    except ValueError:  # too few pixels are left to fill in the others: the curve has a gap there
        return LevelPoint(method, strength, None)


def where_they_differ(a: np.ndarray, b: np.ndarray, size: int | None = None, count: int = 4) -> tuple[Window, ...]:
    """The squares where two pictures differ most, the most different first, none over another.

    By squared difference summed over the square; squares in which the pictures are equal are left out.

    Args:
        a, b: uint8 of one shape, (h, w) or (h, w, 3).
        size: of a square in pixels; a fifth of the shorter side, from 16 to 128, if None.
        count: squares at most.

    Raises:
        ValueError: for two shapes.
    """
    if a.shape != b.shape:
        raise ValueError(f"expected two pictures of one shape, got {a.shape} and {b.shape}")
    height, width = a.shape[:2]
    size = min(size or int(np.clip(min(height, width) // 5, 16, 128)), height, width)
    gap = np.square(a.astype(np.int64) - b.astype(np.int64))
    gap = gap.sum(axis=2) if gap.ndim == 3 else gap
    sums = np.pad(gap.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    squares = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    found: list[Window] = []
    while len(found) < count and squares.max() > 0:
        row, column = (int(i) for i in np.unravel_index(np.argmax(squares), squares.shape))
        found.append(Window(row, column, size))
        squares[max(0, row - size + 1) : row + size, max(0, column - size + 1) : column + size] = 0
    return tuple(found)
