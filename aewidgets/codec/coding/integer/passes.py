"""Coding of a group of latents in passes over a pattern of positions, see `PASSES`. Integers, NumPy only."""

import numpy as np

from aewidgets.codec.coding.constants import PASSES
from aewidgets.codec.coding.integer.convolution import IntegerConv
from aewidgets.codec.coding.integer.dc import signed_log
from aewidgets.codec.coding.integer.grids import tiles
from aewidgets.codec.coding.integer.priors import Coder, stored, table_index

TILE = 64  # side of the tiles that the heads work on, in positions; even, so that a phase is the same in every tile


def code_passes(
    coder: Coder,
    stream: int,
    heads: tuple[tuple[IntegerConv, ...], ...],
    logarithm: np.ndarray,
    mean: np.ndarray,
    index: np.ndarray,
    hidden: np.ndarray,
    channels: slice,
) -> np.ndarray:
    """Code one group and return its symbols; `mean` becomes the decoded values and `index` the corrected one.

    Args:
        coder: gives the symbols of each pass.
        stream: substream of the group.
        heads: for each pass after the first, the convolutions that correct mean and index by earlier passes.
        logarithm: see `aewidgets.codec.coding.integer.dc.signed_log`.
        mean, index: int32 (h, w, size) of the group's first head, multiples of 1/64 and of 1/16 of a table.
        hidden: uint8 (h + 2, w + 2, features), that head's features in a frame of zeros.
        channels: the group's channels in whole latents.

    Returns:
        Symbols, int16 (h, w, size), see `stored`.
    """
    height, width, size = mean.shape
    symbols = np.empty(mean.shape, "int16")
    own = np.zeros((height + 2, width + 2, 2 * size), "int16")  # values of earlier passes, framed
    passes = PASSES[1 + len(heads)]
    for k, phases in enumerate(passes):
        for phase in phases if k else ():
            _correct(heads[k - 1], hidden, own, phase, mean, index)
        for row, column in phases:
            sites = np.s_[row::2, column::2]
            table = table_index(index[sites])
            if not table.size:
                continue
            coded = coder.code(stream, mean[sites].ravel(), table.ravel(), lambda y, at=sites: y[(*at, channels)])
            coded = coded.reshape(table.shape)
            symbols[sites] = stored(coded)
            mean[sites] += coded
            if k + 1 < len(passes):
                own[1:-1, 1:-1][sites] = np.concatenate(signed_log(logarithm, mean[sites]), axis=-1)
    return symbols


def _correct(head, hidden, own, phase, mean, index):
    """Add a later pass's corrections, from framed arrays, to mean and index (h, w, size) at one phase."""
    for tile in tiles(mean.shape[0], mean.shape[1], TILE):
        rows, columns = tile.region()
        top, left = rows.start + phase[0], columns.start + phase[1]
        seen = np.s_[top : rows.stop + 2, left : columns.stop + 2]
        sites = np.s_[top : rows.stop : 2, left : columns.stop : 2]
        x = head[0].inside(np.concatenate([hidden[seen], own[seen]], axis=-1), stride=2)
        for whole, part in zip((mean, index), np.split(head[1](x).astype("int32"), 2, axis=-1), strict=True):
            whole[sites] += part
