"""Arrays over a grid of positions: tiles with margins, rearrangements, convolution block by block. NumPy only.

Arrays are (height, width, channels). A convolution copies patches of a few rows at a time into one small buffer and
multiplies that, so that its memory does not grow with the image and its data stay in the processor's cache.
"""

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

BUFFER = 1 << 18  # entries of the buffer of patches: about 1 MB, which a second-level cache holds
WIDEST = 256  # largest number of columns of a block
# Threads that share the blocks of a convolution. More gain little; the results are the same with any number.
WORKERS = 1 if sys.platform == "emscripten" else min(2, os.cpu_count() or 1)
PARTS = 4  # least number of blocks that are shared among threads
WORTH = 10_000_000  # multiplications from which on sharing pays: less is done before another thread has begun

Region = tuple[slice, slice]


class Tile(NamedTuple):
    """A rectangle of positions of a grid.

    Args:
        rows, columns: (first, last + 1) of the rectangle.
        shape: rows and columns of the whole grid.
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    shape: tuple[int, int]

    def region(self, scale: int = 1, margin: int = 0) -> Region:
        """Return the tile's rows and columns in a grid `scale` times as fine, widened by `margin` positions of it.

        The margin is cut where the grid ends.
        """
        return tuple(  # type: ignore[return-value]
            slice(max(0, first * scale - margin), min(length * scale, last * scale + margin))
            for (first, last), length in zip((self.rows, self.columns), self.shape, strict=True)
        )


def tiles(height: int, width: int, side: int) -> Iterator[Tile]:
    """Yield tiles of at most `side` x `side` positions that cover a grid."""
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield Tile((top, min(top + side, height)), (left, min(left + side, width)), (height, width))


def cut(x: np.ndarray, have: Region, want: Region, scale: int = 1) -> np.ndarray:
    """Return the part `want` of an array over `have`; the array is `scale` times as fine as the grid of both."""
    rows, columns = (
        slice((w.start - h.start) * scale, (w.stop - h.start) * scale) for h, w in zip(have, want, strict=True)
    )
    return x[rows, columns]


def finer(region: Region, scale: int) -> Region:
    """Return the region of the same rectangle in a grid `scale` times as fine."""
    return tuple(slice(s.start * scale, s.stop * scale) for s in region)  # type: ignore[return-value]


def depth_to_space(x: np.ndarray, block: int) -> np.ndarray:
    """Rearrange (h, w, c * block**2) to (h * block, w * block, c).

    The order of channels is that of `aewidgets.codec.model.ops.depth_to_space`.
    """
    h, w, c = x.shape
    x = x.reshape(h, w, c // block**2, block, block).transpose(0, 3, 1, 4, 2)
    return np.ascontiguousarray(x.reshape(h * block, w * block, c // block**2))


def space_to_depth(x: np.ndarray, block: int) -> np.ndarray:
    """Rearrange (h, w, c) to (h / block, w / block, c * block**2): the inverse of `depth_to_space`."""
    h, w, c = x.shape
    x = x.reshape(h // block, block, w // block, block, c).transpose(0, 2, 4, 1, 3)
    return x.reshape(h // block, w // block, c * block**2)


def surrounded(x: np.ndarray, margin: int) -> np.ndarray:
    """Return `x` in a frame of zeros that is `margin` wide, or `x` itself for a margin of 0."""
    if margin == 0:
        return x
    framed = np.zeros((x.shape[0] + 2 * margin, x.shape[1] + 2 * margin, x.shape[2]), x.dtype)
    framed[margin:-margin, margin:-margin] = x
    return framed


def convolve(
    x: np.ndarray,
    kernel: np.ndarray,
    finish: Callable[[np.ndarray], object],
    out: np.ndarray | None = None,
    stride: int = 1,
) -> np.ndarray:
    """Convolve without padding and without flipping the kernel, as networks do.

    Args:
        x: (h + k - 1, w + k - 1, in), any type that float32 holds.
        kernel: float32 (k, k, in, out).
        finish: called with each block of results, (n, out), to change it in place: bias, activation.
        out: array (h, w, out) of any type for the results; None makes one of float32.
        stride: step in both directions; h and w then count the positions that remain.

    Returns:
        `out`.
    """
    size, channels = kernel.shape[0], kernel.shape[2]
    height, width = (max(0, (length - size) // stride + 1) for length in x.shape[:2])
    flat = kernel.reshape(-1, kernel.shape[3])
    out = np.empty((height, width, kernel.shape[3]), "float32") if out is None else out
    patches = np.lib.stride_tricks.as_strided(  # read-only, and within x
        x,
        (height, width, size, size, channels),
        (stride * x.strides[0], stride * x.strides[1], *x.strides),
        writeable=False,
    )
    columns = max(1, min(width, WIDEST))
    rows = max(1, BUFFER // max(1, columns * len(flat)))
    if height * width * kernel.size >= WORTH:
        rows = min(rows, -(-height // PARTS))
    blocks = [(top, left) for left in range(0, width, columns) for top in range(0, height, rows)]

    waiting = iter(blocks)  # shared: each thread takes the next one when it is free

    def work():
        buffer = np.empty(min(rows, height) * columns * len(flat), "float32")
        for top, left in waiting:
            part = patches[top : top + rows, left : left + columns]
            copied = buffer[: part.size].reshape(part.shape)
            np.copyto(copied, part)
            y = copied.reshape(-1, len(flat)) @ flat
            finish(y)
            out[top : top + rows, left : left + columns] = y.reshape(*part.shape[:2], -1)

    if WORKERS < 2 or len(blocks) < PARTS:
        work()
        return out
    others = [_pool().submit(work) for _ in range(1, WORKERS)]
    work()
    for other in others:
        if not other.cancel():  # on a busy machine it may not have begun, and then nothing is left to do
            other.result()
    return out


@cache
def _pool():
    """Return the pool of the threads beside the calling one."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(WORKERS - 1, "aewidgets")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork
    os.register_at_fork(after_in_child=_pool.cache_clear)
