"""A picture through a network in pieces: memory does not grow with the picture, and no seam shows. NumPy only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

__all__ = ["TILE", "in_tiles"]

TILE = 512  # pixels of a tile's side without its border


def in_tiles(
    network: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    multiple: int,
    reach: int,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """What `network` makes of a picture, tile by tile, each with a border of `reach` pixels that is then cut off.

    The picture is continued by reflection: by `reach` pixels, and up to the next multiple at the lower and right ends.
    Tiles begin at multiples, so strides fall alike in all of them, and inside a picture the result is that of one piece
    but for the order of sums.

    Args:
        network: float32 (1, h, w, c), h and w multiples of `multiple`, to (1, h, w, d).
        image: float32 (h, w, c).
        multiple: of the sides.
        reach: pixels, beyond which nothing of the input changes a pixel of the output; a multiple of `multiple`.
        tile: side of a tile, a multiple of `multiple`.
        progress: called with (tiles done, tiles).
        stop: asked before each tile; when it says so, KeyboardInterrupt is raised.

    Returns:
        float32 (h, w, d).

    Raises:
        ValueError: for a tile or a reach that is no such multiple.
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
    assert out is not None  # a picture has a pixel
    return out


def _part(image: np.ndarray, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Rows and columns of the picture as it is continued by reflection, as often as need be."""
    rows, columns = (list(_reflected(*ends)) for ends in ((top, bottom, image.shape[0]), (left, right, image.shape[1])))
    return image[np.ix_(rows, columns)]


def _reflected(start: int, end: int, side: int) -> Iterator[int]:
    """Indexes below `side` for start, start + 1 ... end - 1: ... 1 0 0 1 ... side-1 side-1 ..."""
    for i in range(start, end):
        i %= 2 * side
        yield min(i, 2 * side - 1 - i)
