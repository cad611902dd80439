"""What encoder and decoder must agree on: means and table indexes of all symbols, in integers. No Keras, no bytes.

One pass over the latents serves encoding and decoding: it names each part's means and indexes and asks a `Coder` for
the symbols. The Keras twins, for training, are in `aewidgets.entropy`; letters as in `aewidgets.models.codec`.

Decoded latents are int32 multiples of 1/64; activations integers in 0 ... 255, multiples of 1/32. What the heads see is
kept as int16 and worked on in tiles, so that memory grows by little more than the latents themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aewidgets.coding.constants import (
    ACTIVATION_MAX,
    CONTEXT_LINEAR_MAX,
    DC_CHANNELS,
    DC_CLASSES,
    DC_STEPS,
    HYPER_STRIDE,
    INDEX_STEPS,
    LOG_ENTRIES,
    MEAN_STEPS,
    NUM_KNOTS,
    NUM_TABLES,
    PASSES,
    QUALITY_MAX,
)
from aewidgets.coding.grids import depth_to_space, tiles
from aewidgets.coding.integer import IntegerConv


class Coder(Protocol):
    """Gives the symbols of one part of the latents: an encoder by rounding, a decoder by reading."""

    def code(self, stream: int, mean: np.ndarray, index: np.ndarray, select: Callable) -> np.ndarray:
        """Symbols (n,) int32.

        Args:
            stream: substream the part belongs to.
            mean: (n,) int32, multiples of 1/64.
            index: (n,) uint8 tables.
            select: picks the part, of any shape with n entries in this order, out of whole latents y, or out of z
                for the first part.
        """
        ...


@dataclass(frozen=True)
class Prior:
    """Mean and table index per channel as a function of quality, linear between knots, in integers.

    Args:
        mean: int32 (NUM_KNOTS, channels), multiples of 1/64.
        index: int32 (NUM_KNOTS, channels), multiples of 1/16 of a table.
    """

    mean: np.ndarray
    index: np.ndarray

    def __call__(self, quality: int) -> tuple[np.ndarray, np.ndarray]:
        """Stored quality -> mean and index, (channels,) int32."""
        position = quality * (NUM_KNOTS - 1)
        knot = min(position // QUALITY_MAX, NUM_KNOTS - 2)
        part = (position - knot * QUALITY_MAX) * 256 // QUALITY_MAX
        mean, index = ((t[knot] * (256 - part) + t[knot + 1] * part + 128) >> 8 for t in (self.mean, self.index))
        return mean, index


SYMBOL_LIMIT = (1 << 15) - 1
TILE = 64  # positions a side that the heads work on at once


def table_index(index: np.ndarray) -> np.ndarray:
    """Multiples of 1/16 -> uint8 table numbers, rounded and clipped."""
    return np.clip((index + INDEX_STEPS // 2) // INDEX_STEPS, 0, NUM_TABLES - 1).astype("uint8")


def stored(symbols: np.ndarray) -> np.ndarray:
    """Symbols in 16 bits, where those beyond saturate: a synthesis asks for their signs alone."""
    return np.clip(symbols, -SYMBOL_LIMIT, SYMBOL_LIMIT).astype("int16")


def dc_passes(height: int, width: int):
    """Order in which the DC plane is decoded: (class, rows, columns, neighbours), coarse to fine.

    The coarsest grid has no neighbours. Then, for each step, the centres of its squares from their corners, and the
    middles of their sides from the four around them: `neighbours` is a list of (row, column) offsets.
    """
    i, j = np.mgrid[:height, :width]
    top = 2 * DC_STEPS[0]
    yield 0, *np.nonzero((i % top == 0) & (j % top == 0)), []
    for k, s in enumerate(DC_STEPS):
        odd_i, odd_j, even_i, even_j = i % (2 * s) == s, j % (2 * s) == s, i % (2 * s) == 0, j % (2 * s) == 0
        yield 2 * k + 1, *np.nonzero(odd_i & odd_j), [(-s, -s), (-s, s), (s, -s), (s, s)]
        yield 2 * k + 2, *np.nonzero(odd_i & even_j | even_i & odd_j), [(-s, 0), (s, 0), (0, -s), (0, s)]


def interpolate(dc: np.ndarray, rows: np.ndarray, columns: np.ndarray, neighbours: list) -> np.ndarray:
    """Rounded-down mean of the neighbours inside the picture, (n, channels) int64; zeros where there are none."""
    total, count = np.zeros((len(rows), dc.shape[2]), "int64"), np.zeros((len(rows), 1), "int64")
    for di, dj in neighbours:
        i, j = rows + di, columns + dj
        inside = (i >= 0) & (i < dc.shape[0]) & (j >= 0) & (j < dc.shape[1])
        total[inside] += dc[i[inside], j[inside]]
        count += inside[:, None]
    return total // np.maximum(count, 1)


def _shifted(x: np.ndarray, di: int, dj: int) -> np.ndarray:
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return padded[1 + di : 1 + di + x.shape[0], 1 + dj : 1 + dj + x.shape[1]]


@dataclass(frozen=True)
class FactorisedNetworks:
    """The factorised family: every symbol's table depends on its channel and the quality alone.

    Args:
        prior: over all channels.
        groups: channels per group, one substream each.
    """

    prior: Prior
    groups: tuple[int, ...]

    @property
    def streams(self) -> int:
        """Number of substreams."""
        return len(self.groups)

    def run(
        self, coder: Coder, height: int, width: int, quality: int, streams: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Codes all latents: returns them, int32 multiples of 1/64, and their symbols as `stored`, (h, w, channels).

        With `streams` only those of the first so many substreams; the others keep their means.
        """
        mean, index = self.prior(quality)
        shape = (height, width, len(mean))
        y_hat, symbols = np.empty(shape, "int32"), np.zeros(shape, "int16")
        y_hat[:] = mean
        start = 0
        for stream, size in enumerate(self.groups[:streams]):
            part = np.s_[..., start : start + size]
            index_part = np.broadcast_to(table_index(index)[start : start + size], (height, width, size))
            mean_part = np.broadcast_to(mean[start : start + size], (height, width, size))
            coded = coder.code(stream, mean_part.ravel(), index_part.ravel(), lambda y, part=part: y[part])
            coded = coded.reshape(height, width, size)
            symbols[part] = stored(coded)
            y_hat[part] += coded * np.int32(MEAN_STEPS)
            start += size
        return y_hat, symbols


@dataclass(frozen=True)
class HyperNetworks:
    """The hyperprior family: hyper-latent, DC plane from coarse to fine, then groups from low to high frequency.

    Args:
        z_prior, prior, dc_prior: `dc_prior` has a column per (colour, class), class fastest.
        hyper: convolutions of the hyper-synthesis; each is followed by depth-to-space of 2.
        heads: per group, its convolutions.
        later: per group and pass after its first (see `PASSES`), the convolutions that correct what the head said, by
            what the passes before have told.
        groups: channels per group, the first being the DC plane.
        logarithm: uint8 (LOG_ENTRIES,) round(24 * log2(1 + i / 8)).
    """

    z_prior: Prior
    prior: Prior
    dc_prior: Prior
    hyper: tuple[IntegerConv, ...]
    heads: tuple[tuple[IntegerConv, ...], ...]
    later: tuple[tuple[tuple[IntegerConv, ...], ...], ...]
    groups: tuple[int, ...]
    logarithm: np.ndarray

    @property
    def streams(self) -> int:
        """Number of substreams: the hyper-latent, the DC plane and the first group share one."""
        return len(self.groups) - 1

    def run(
        self, coder: Coder, height: int, width: int, quality: int, streams: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Codes all latents: returns them, int32 multiples of 1/64, and their symbols as `stored`, (h, w, channels).

        With `streams` only those of the first so many substreams; the others are left at zero, not at their means.
        """
        groups = self.groups if streams is None else self.groups[: streams + 1]
        y_hat = np.zeros((height, width, sum(self.groups)), "int32")
        symbols = np.zeros(y_hat.shape, "int16")
        # In a frame of zeros, because that is how convolutions end: features, then what each group tells the later.
        context = np.zeros((height + 2, width + 2, self.heads[len(groups) - 1][0].kernel.shape[2]), "int16")
        inside = context[1:-1, 1:-1]
        features = self._hyper_features(self._code_z(coder, height, width, quality), quality)[:height, :width]
        seen = features.shape[2]
        inside[..., :seen] = features
        del features
        mean, index = np.empty((2, height, width, DC_CHANNELS), "int32")
        for tile, tile_mean, tile_index, _ in self._head(0, context[..., :seen]):
            mean[tile], index[tile] = tile_mean, tile_index
        self._code_dc(coder, quality, mean, index, y_hat, symbols)
        told = [self._dc_context(y_hat[..., :DC_CHANNELS])]
        prior_mean, prior_index = self.prior(quality)
        start = DC_CHANNELS
        for g, size in enumerate(groups[1:], 1):
            for part in told:
                inside[..., seen : seen + part.shape[2]] = part
                seen += part.shape[2]
            here = slice(start, start + size)
            mean, index, hidden = self._predict(g, context[..., :seen], prior_mean[here], prior_index[here])
            if g + 1 == len(groups):
                del context, inside  # nobody looks again, and the largest group is being coded
            if not self.later[g]:
                coded = coder.code(g - 1, mean.ravel(), index.ravel(), lambda y, here=here: y[..., here])
                coded = coded.reshape(mean.shape)
                symbols[..., here] = stored(coded)
                mean += coded * np.int32(MEAN_STEPS)
            else:
                self._code_passes(coder, g, here, mean, index, hidden, symbols)
            y_hat[..., here] = mean
            told = list(self._signed_log(mean)) if g + 1 < len(groups) else []
            start += size
        return y_hat, symbols

    def _code_z(self, coder, height, width, quality):
        shape = (-(-height // HYPER_STRIDE), -(-width // HYPER_STRIDE), self.z_prior.mean.shape[1])
        mean, index = (np.broadcast_to(t, shape) for t in self.z_prior(quality))
        z = coder.code(0, mean.ravel(), table_index(index).ravel(), lambda z: z).reshape(shape)
        return z * MEAN_STEPS + mean

    def _hyper_features(self, z_hat, quality):
        z = np.clip(z_hat >> 2, -ACTIVATION_MAX, ACTIVATION_MAX).astype("float32")
        level = np.full((*z.shape[:2], 1), quality * 127 // QUALITY_MAX, "float32")
        x = np.concatenate([z, level], axis=-1)
        for layer in self.hyper:
            x = depth_to_space(layer(x), 2)
        return x

    def _head(self, g, context):
        """Of each tile of a group, from its framed context: rows and columns, mean and index (int32 (h, w, size)
        both), and what the last convolution saw.
        """
        first, *further, last = self.heads[g]
        for tile in tiles(context.shape[0] - 2, context.shape[1] - 2, TILE):
            rows, columns = tile.region()
            x = first.inside(context[rows.start : rows.stop + 2, columns.start : columns.stop + 2])
            for layer in further:
                x = layer(x)
            yield (rows, columns), *np.split(last(x).astype("int32"), 2, axis=-1), x

    def _predict(self, g, context, prior_mean, prior_index):
        """What a group's head says: int32 mean; index, of a single pass as tables; its framed features, else None."""
        height, width, later = context.shape[0] - 2, context.shape[1] - 2, self.later[g]
        mean = np.empty((height, width, self.groups[g]), "int32")
        index = np.empty(mean.shape, "int32" if later else "uint8")
        hidden = np.zeros((height + 2, width + 2, self.heads[g][-1].kernel.shape[2]), "uint8") if later else None
        for tile, tile_mean, tile_index, features in self._head(g, context):
            mean[tile] = tile_mean + prior_mean
            tile_index += prior_index
            index[tile] = tile_index if later else table_index(tile_index)
            if hidden is not None:
                hidden[1:-1, 1:-1][tile] = features
        return mean, index, hidden

    def _code_passes(self, coder, g, here, mean, index, hidden, symbols):
        """Codes a group in passes; `mean` becomes what is decoded, `symbols[..., here]` the symbols."""
        height, width, size = mean.shape
        own = np.zeros((height + 2, width + 2, 2 * size), "int16")  # what passes have told, in a frame of zeros
        passes = PASSES[1 + len(self.later[g])]
        for k, phases in enumerate(passes):
            for phase in phases if k else ():
                self._correct(self.later[g][k - 1], hidden, own, phase, mean, index)
            for row, column in phases:
                sites = np.s_[row::2, column::2]
                table = table_index(index[sites])
                if not table.size:
                    continue
                at = (*sites, here)
                coded = coder.code(g - 1, mean[sites].ravel(), table.ravel(), lambda y, at=at: y[at])
                coded = coded.reshape(table.shape)
                symbols[at] = stored(coded)
                mean[sites] += coded * np.int32(MEAN_STEPS)
                if k + 1 < len(passes):
                    own[1:-1, 1:-1][sites] = np.concatenate(self._signed_log(mean[sites]), axis=-1)

    @staticmethod
    def _correct(head, hidden, own, phase, mean, index):
        """Adds to mean and index (h, w, size) at one phase what a later pass's head makes of framed arrays."""
        for tile in tiles(mean.shape[0], mean.shape[1], TILE):  # TILE is even: a phase is the same in every tile
            rows, columns = tile.region()
            top, left = rows.start + phase[0], columns.start + phase[1]
            seen = np.s_[top : rows.stop + 2, left : columns.stop + 2]
            sites = np.s_[top : rows.stop : 2, left : columns.stop : 2]
            x = head[0].inside(np.concatenate([hidden[seen], own[seen]], axis=-1), stride=2)
            for whole, part in zip((mean, index), np.split(head[1](x).astype("int32"), 2, axis=-1), strict=True):
                whole[sites] += part

    def _code_dc(self, coder, quality, mean, index, y_hat, symbols):
        """Fills the first channels of `y_hat` and `symbols`."""
        height, width = mean.shape[:2]
        dc = np.zeros((height, width, DC_CHANNELS), "int64")
        class_mean, class_index = (t.reshape(DC_CHANNELS, DC_CLASSES) for t in self.dc_prior(quality))
        for number, rows, columns, neighbours in dc_passes(height, width):
            if not len(rows):
                continue
            m = (mean[rows, columns] + interpolate(dc, rows, columns, neighbours) + class_mean[:, number]).astype(
                "int32"
            )
            i = table_index(index[rows, columns] + class_index[:, number])
            s = coder.code(0, m.ravel(), i.ravel(), lambda y, r=rows, c=columns: y[r, c, :DC_CHANNELS]).reshape(m.shape)
            dc[rows, columns] = s * MEAN_STEPS + m
            symbols[rows, columns, :DC_CHANNELS] = stored(s)
        y_hat[..., :DC_CHANNELS] = dc

    def _signed_log(self, y):
        """int32 multiples of 1/64 -> sign * log2(1 + |y|) and the magnitude, int16 within +-255."""
        magnitude = self.logarithm[np.minimum(np.abs(y) >> 3, LOG_ENTRIES - 1)].astype("int16")
        return np.where(y < 0, -magnitude, magnitude), magnitude

    def _dc_context(self, dc):
        north, south, west, east = (_shifted(dc, *o) for o in ((-1, 0), (1, 0), (0, -1), (0, 1)))
        d = np.concatenate([east - west, south - north, west + east + north + south - 4 * dc], axis=-1)
        linear = np.clip(d >> 4, -CONTEXT_LINEAR_MAX, CONTEXT_LINEAR_MAX).astype("int16")
        return np.concatenate([linear, self._signed_log(d)[0]], axis=-1)


Networks = FactorisedNetworks | HyperNetworks
