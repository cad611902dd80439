"""Arrays over a grid of positions: tiles with margins, rearrangements, convolution block by block. NumPy only.

Arrays are (height, width, channels). A convolution copies patches of a few rows at a time into one small buffer and
multiplies that, so that its memory does not grow with the picture, and what it works on stays in the cache.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

BUFFER = 1 << 18  # entries of the buffer of patches: about 1 MB, what the second-level cache holds
WIDEST = 256  # columns of a block


class Tile(NamedTuple):
    """A rectangle of positions, and the larger one that has to be computed to get it right.

    Args:
        inner: rows and columns of the rectangle, as slices of the whole grid; those of all tiles cover it once.
        outer: the same with margins, cut where the grid ends.
    """

    inner: tuple[slice, slice]
    outer: tuple[slice, slice]

    def inside(self, scale: int = 1, margin: int = 0) -> tuple[slice, slice]:
        """`inner` and `margin` more, cut at the grid's ends, as slices of an array over `outer` of `scale` times."""
        return tuple(  # type: ignore[return-value]
            slice(
                max(0, (i.start - o.start) * scale - margin),
                min((o.stop - o.start) * scale, (i.stop - o.start) * scale + margin),
            )
            for i, o in zip(self.inner, self.outer, strict=True)
        )


def tiles(height: int, width: int, side: int, margin: int) -> Iterator[Tile]:
    """Cuts a grid into tiles of at most `side` x `side` positions with `margin` more on each side."""

    def cuts(length):
        for start in range(0, length, side):
            stop = min(start + side, length)
            yield slice(start, stop), slice(max(0, start - margin), min(length, stop + margin))

    for rows in cuts(height):
        for columns in cuts(width):
            yield Tile((rows[0], columns[0]), (rows[1], columns[1]))


def depth_to_space(x: np.ndarray, block: int) -> np.ndarray:
    """(h, w, c * block**2) -> (h * block, w * block, c), as `aewidgets.ops.depth_to_space`."""
    h, w, c = x.shape
    x = x.reshape(h, w, c // block**2, block, block).transpose(0, 3, 1, 4, 2)
    return np.ascontiguousarray(x.reshape(h * block, w * block, c // block**2))


def surrounded(x: np.ndarray, margin: int) -> np.ndarray:
    """`x` in a frame of zeros, `margin` wide."""
    if margin == 0:
        return x
    framed = np.zeros((x.shape[0] + 2 * margin, x.shape[1] + 2 * margin, x.shape[2]), x.dtype)
    framed[margin:-margin, margin:-margin] = x
    return framed


def convolve(
    x: np.ndarray, kernel: np.ndarray, finish: Callable[[np.ndarray], object], out: np.ndarray | None = None
) -> np.ndarray:
    """Convolution of stride 1 without padding (correlation, as networks have it).

    Args:
        x: (h + k - 1, w + k - 1, in), any type that float32 holds.
        kernel: float32 (k, k, in, out).
        finish: is handed each block of results, (n, out), to change in place: bias, activation.
        out: (h, w, out) to write to, of any type; made when None, as float32.
    """
    size, channels = kernel.shape[0], kernel.shape[2]
    height, width = x.shape[0] - size + 1, x.shape[1] - size + 1
    flat = kernel.reshape(-1, kernel.shape[3])
    out = np.empty((height, width, kernel.shape[3]), "float32") if out is None else out
    patches = np.lib.stride_tricks.as_strided(  # never written to, never beyond x
        x, (height, width, size, size, channels), (*x.strides[:2], *x.strides), writeable=False
    )
    columns = min(width, WIDEST)
    rows = max(1, BUFFER // max(1, columns * len(flat)))
    buffer = np.empty(min(rows, height) * columns * len(flat), "float32")
    for left in range(0, width, columns):
        for top in range(0, height, rows):
            part = patches[top : top + rows, left : left + columns]
            copied = buffer[: part.size].reshape(part.shape)
            np.copyto(copied, part)
            y = copied.reshape(-1, len(flat)) @ flat
            finish(y)
            out[top : top + rows, left : left + columns] = y.reshape(*part.shape[:2], -1)
    return out
