"""The order in which the samples of planes are coded, from coarse grids to fine ones, and what is known around each.

A grid is that of every step-th sample. Its samples with even numbers are those of the next coarser grid. Of the
others come first those in odd rows and columns, then those in odd rows, then those in odd columns, so that whole planes
of them are predicted at once, from samples on all sides. Beyond a border lie the samples inside it, mirrored: their
numbers stay even or odd, so that what is known inside is known outside.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

REACH = 3  # largest distance of a neighbour, in steps
COARSEST = 8  # largest side of the grid that is stored as it is
STRIP = 1 << 16  # samples that are predicted at once, to bound memory
NEAREST = 4  # neighbours, the first of each list, whose mean is the base of a prediction


def _signs(*offsets: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the offsets with all signs."""
    return [
        (i * a, j * b) for i, j in offsets for a in ((1, -1) if i else (1,)) for b in ((1, -1) if j else (1,))
    ]


#: Row and column of the first sample of each pass, odd or even -> offsets of its neighbours in steps.
NEIGHBOURS = {
    (1, 1): _signs((1, 1), (3, 1), (1, 3)),
    (1, 0): _signs((1, 0), (0, 1), (1, 2), (2, 1), (3, 0), (0, 3)),
    (0, 1): _signs((1, 0), (0, 1), (1, 1), (1, 2), (2, 1)),
}


class Strip(NamedTuple):
    """Samples that are predicted at once: some rows of one pass over a grid.

    Args:
        step: of the grid.
        kind: key of `NEIGHBOURS`.
        first, last: rows of the pass, from the first up to the last, which is not among them.
    """

    step: int
    kind: tuple[int, int]
    first: int
    last: int


def coarsest_step(height: int, width: int) -> int:
    """Return the step of the coarsest grid, a power of two."""
    step = 1
    while -(-max(height, width) // step) > COARSEST:
        step *= 2
    return step


def passes(height: int, width: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield (step, kind) of all passes in the order of coding."""
    step = coarsest_step(height, width) // 2
    while step:
        yield from ((step, kind) for kind in NEIGHBOURS)
        step //= 2


def strips(height: int, width: int, step: int, kind: tuple[int, int]) -> Iterator[Strip]:
    """Yield the strips of a pass, none where it has no samples."""
    sides = zip(kind, (height, width), strict=True)
    rows, columns = (len(range(start * step, side, 2 * step)) for start, side in sides)
    at_once = max(1, STRIP // max(1, columns))
    for first in range(0, rows if columns else 0, at_once):
        yield Strip(step, kind, first, min(first + at_once, rows))


def samples_of(plane: np.ndarray, strip: Strip) -> np.ndarray:
    """Return the samples of a strip, a view of the plane."""
    i, j = (start * strip.step for start in strip.kind)
    return plane[i :: 2 * strip.step, j :: 2 * strip.step][strip.first : strip.last]


def surrounded(plane: np.ndarray, step: int) -> np.ndarray:
    """Return the grid of a plane with mirrored samples around it."""
    return np.pad(plane[::step, ::step], REACH, mode="reflect")


def differences(grids: list[np.ndarray], strip: Strip) -> tuple[np.ndarray, np.ndarray]:
    """Return the base of each prediction in a strip, and what else is known beside it.

    Args:
        grids: of the channels before, which are known at the strip's own place too, and last that of the strip's own
            channel; each as `surrounded` gives it.
        strip: the strip.

    Returns:
        The mean of the nearest neighbours, rounded down, float64 (n,); and float64 (n, k), whole numbers: for each
        channel its neighbours less its own base, of channels before only the nearest ones, and the sample itself.
    """
    offsets = NEIGHBOURS[strip.kind]
    columns: list[np.ndarray] = []
    base = np.zeros(0, "int32")
    for number, grid in enumerate(grids):
        own = number == len(grids) - 1
        near = [_at(grid, strip, offset) for offset in (offsets if own else offsets[:NEAREST])]
        base = np.sum(near[:NEAREST], axis=0) // NEAREST
        columns += [values - base for values in (near if own else [*near, _at(grid, strip, (0, 0))])]
    return base.astype("float64"), np.stack(columns, axis=-1).astype("float64")


def _at(grid: np.ndarray, strip: Strip, offset: tuple[int, int]) -> np.ndarray:
    """Return the samples, int32 (n,), at an offset from those of a strip, given the grid with what surrounds it."""
    places = []
    sides = [side - 2 * REACH for side in grid.shape]
    offset = _inside(offset, sides) if offset != (0, 0) else offset
    for axis, (start, move) in enumerate(zip(strip.kind, offset, strict=True)):
        count = len(range(start, sides[axis], 2))
        first = REACH + start + move
        places.append(slice(first, first + 2 * count - 1, 2))
    return grid[tuple(places)][strip.first : strip.last].astype("int32").ravel()


def _inside(offset: tuple[int, int], sides: list[int]) -> tuple[int, int]:
    """Return the offset of a neighbour; in a grid of one row or column, where nothing is mirrored, along it."""
    i, j = offset
    if sides[0] == 1:
        return 0, j if j % 2 else 1
    if sides[1] == 1:
        return i if i % 2 else 1, 0
    return offset
