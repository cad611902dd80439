"""Running a network on an image tile by tile, in bounded memory and without seams. NumPy only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

__all__ = ["TILE", "in_tiles"]

TILE = 512  # side of a tile without its border, in pixels


def in_tiles(
    network: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    multiple: int,
    reach: int,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Apply `network` to an image tile by tile, each with a border of `reach` pixels that is then cut off.

    The image is continued by reflection: by `reach` pixels, and up to the next multiple at the lower and right ends.
    Tiles begin at multiples, so that strides fall at the same pixels in all of them: the result equals that of one
    piece except for the order of sums.

    Args:
        network: float32 (1, h, w, c), h and w multiples of `multiple`, to (1, h, w, d).
        image: float32 (h, w, c).
        multiple: number that the sides of the network's input must be multiples of.
        reach: distance in pixels up to which the input influences a pixel of the output; a multiple of `multiple`.
        tile: side of a tile, a multiple of `multiple`.
        progress: called with (tiles done, tiles).
        stop: called before each tile; if it returns True, KeyboardInterrupt is raised.

    Returns:
        float32 (h, w, d).

    Raises:
        ValueError: for a tile or a reach that is not a multiple of `multiple`.
    """
    if tile < multiple or tile % multiple or reach % multiple:
        raise ValueError(f"tile, reach: expected multiples of {multiple}, got {tile} and {reach}")
    height, width = image.shape[:2]
    rows, columns = (-(-side // multiple) * multiple for side in (height, width))
    corners = [(top, left) for top in range(0, rows, tile) for left in range(0, columns, tile)]
    out = None
    for number, (top, left) in enumerate(corners):
        if stop and stop():
            raise KeyboardInterrupt
        bottom, right = min(top + tile, rows), min(left + tile, columns)
        inside = _part(image, top - reach, bottom + reach, left - reach, right + reach)
        result = network(inside[None])[0, reach : reach + bottom - top, reach : reach + right - left]
        if out is None:
            out = np.empty((height, width, result.shape[-1]), np.float32)
        part = out[top:bottom, left:right]
        part[...] = result[: part.shape[0], : part.shape[1]]
        if progress:
            progress(number + 1, len(corners))
    assert out is not None  # an image has at least one pixel
    return out


def _part(image: np.ndarray, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Return rows and columns of the image continued by reflection, as often as needed."""
    rows, columns = (list(_reflected(*ends)) for ends in ((top, bottom, image.shape[0]), (left, right, image.shape[1])))
    return image[np.ix_(rows, columns)]


def _reflected(start: int, end: int, side: int) -> Iterator[int]:
    """Yield the reflected indexes, below `side`, of start ... end - 1: ... 1 0 0 1 ... side-1 side-1 ..."""
    for i in range(start, end):
        i %= 2 * side
        yield min(i, 2 * side - 1 - i)
