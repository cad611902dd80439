"""Planes of samples to bytes and back without loss: `grids` says in which order, `models` by which predictions.

```
4       length of the description, little endian like all numbers
4       length of the lowest bits
...     description: DEFLATE of 16-bit numbers, see `Description`
...     lowest bits of errors: for each number of bits, from 1 on, those of all samples that have so many, packed
...     a substream (`aewidgets.codec.coding.entropy.symbols`) of the rest of the errors
```
"""

import struct
from collections.abc import Iterator

import numpy as np

from aewidgets.codec.coding.chunks import deflate, inflate
from aewidgets.codec.coding.container import BitstreamError
from aewidgets.codec.coding.entropy.symbols import SymbolDecoder, SymbolEncoder
from aewidgets.codec.coding.integer.threads import single_thread
from aewidgets.codec.coding.interpolated.description import Description
from aewidgets.codec.coding.interpolated.grids import (
    Strip,
    coarsest_step,
    differences,
    passes,
    samples_of,
    strips,
    surrounded,
)
from aewidgets.codec.coding.interpolated.models import CLASSES, Predictor, fitted, suited
from aewidgets.codec.coding.interpolated.tables import MAX_SHIFT, error_table

__all__ = ["decode_planes", "encode_planes"]

_MAX_DESCRIPTION = 1 << 21  # bytes
_LENGTHS = struct.Struct("<II")


def encode_planes(planes: np.ndarray) -> bytes:
    """Encode uint16 (channels, H, W), 1 to 4 channels; earlier ones help to predict later ones."""
    with single_thread():
        return _encoded(planes)


def _encoded(planes: np.ndarray) -> bytes:
    """Return the bytes of planes."""
    description, ranks = Description.of(planes)
    height, width = planes.shape[1:]
    errors, classes = [], []
    coded = description.coded
    for step, kind in passes(height, width):
        for number, channel in enumerate(coded):
            grids = [surrounded(ranks[c], step) for c in coded[: number + 1]]
            for strip in strips(height, width, step, kind):
                known = differences(grids, strip)
                samples = samples_of(ranks[channel], strip).ravel().astype("int64")
                predicted, found = _predictor(description, channel, kind, ranks, coded[: number + 1]).predict(*known)
                errors.append((channel, _wrapped(samples - predicted, description.counts[channel])))
                classes.append(found)
    for channel in coded:
        own = [i for i, (of, _) in enumerate(errors) if of == channel]
        if own:
            values, found = np.concatenate([errors[i][1] for i in own]), np.concatenate([classes[i] for i in own])
            description.codes[channel] = [suited(values[found == number]) for number in range(CLASSES)]
    shifts = _shifts(description)
    stream = SymbolEncoder(_tables(description))
    low: list[list[np.ndarray]] = [[] for _ in range(MAX_SHIFT + 1)]
    for (channel, values), found in zip(errors, classes, strict=True):
        index = (coded.index(channel) * CLASSES + found).astype("uint8")
        shift = shifts[index]
        stream.push(values >> shift, index)
        for bits in np.unique(shift[shift > 0]):
            low[bits].append(values[shift == bits] & ((1 << int(bits)) - 1))
    rest = [_packed(np.concatenate(parts), bits) if parts else b"" for bits, parts in enumerate(low)]
    description.low = [sum(map(len, parts)) for parts in low]
    step = coarsest_step(height, width)
    description.coarsest = [ranks[c][::step, ::step].ravel() for c in coded]
    head, tail = deflate(description.pack()), b"".join(rest)
    return _LENGTHS.pack(len(head), len(tail)) + head + tail + stream.finish()


def decode_planes(data: bytes, channels: int, height: int, width: int) -> np.ndarray:
    """Decode what `encode_planes` gave to uint16 (channels, height, width).

    Raises:
        BitstreamError: for bytes that it did not give for planes of this size.
    """
    try:
        with single_thread():
            return _decoded(data, channels, height, width)
    except (ValueError, struct.error) as error:
        raise BitstreamError(f"the lossless samples are damaged ({error})") from error


def _decoded(data: bytes, channels: int, height: int, width: int) -> np.ndarray:
    """Return the planes; ValueError and struct.error for bytes that are none."""
    first, second = _LENGTHS.unpack_from(data)
    start = _LENGTHS.size + first
    step = coarsest_step(height, width)
    grid = -(-height // step), -(-width // step)
    head = inflate(data[_LENGTHS.size : start], _MAX_DESCRIPTION, "description of lossless samples")
    description = Description.unpack(head, channels, grid[0] * grid[1])
    coded = description.coded
    low = _LowBits(data[start : start + second], description.low)
    stream = SymbolDecoder(data[start + second :], _tables(description))
    shifts = _shifts(description)
    ranks = np.zeros((channels, height, width), "uint16")
    for channel, coarse in zip(coded, description.coarsest, strict=True):
        ranks[channel][::step, ::step] = coarse.reshape(grid)
    for step, kind in passes(height, width):
        for number, channel in enumerate(coded):
            grids = [surrounded(ranks[c], step) for c in coded[: number + 1]]
            for strip in strips(height, width, step, kind):
                predicted, found = description.predictors[channel, kind].predict(*differences(grids, strip))
                index = number * CLASSES + found.astype("int64")
                errors = low.joined(stream.pop(index), shifts[index])
                place = samples_of(ranks[channel], strip)
                place[:] = ((predicted + errors) % description.counts[channel]).reshape(place.shape)
    stream.finish()
    return description.levels_of(ranks)


def _predictor(
    description: Description, channel: int, kind: tuple[int, int], ranks: np.ndarray, known: list[int]
) -> Predictor:
    """Return the predictor of a channel in passes of a kind, fitted to the finest one when it is first needed."""
    if (channel, kind) not in description.predictors:
        grids = [surrounded(ranks[c], 1) for c in known]
        height, width = ranks.shape[1:]
        parts = list(_spread(list(strips(height, width, 1, kind))))
        found = [(*differences(grids, strip), samples_of(ranks[channel], strip).ravel()) for strip in parts]
        base, columns, samples = (np.concatenate(each) for each in zip(*found, strict=True))
        description.predictors[channel, kind] = fitted(base, columns, samples)
    return description.predictors[channel, kind]


def _spread(all_strips: list[Strip], most: int = 8) -> Iterator[Strip]:
    """Yield at most some of the strips, spread over the picture."""
    yield from all_strips[:: max(1, -(-len(all_strips) // most))]


def _wrapped(errors: np.ndarray, count: int) -> np.ndarray:
    """Return errors of samples that count from 0 to `count` - 1, as near to zero as they are modulo `count`."""
    return (errors + count // 2) % count - count // 2


def _shifts(description: Description) -> np.ndarray:
    """Return the number of lowest bits of each class of each coded channel, int64."""
    return np.array([code.shift for c in description.coded for code in description.codes[c]], "int64")


def _tables(description: Description) -> list[np.ndarray]:
    """Return the table of each class of each coded channel."""
    return [error_table(code.scale, code.shape) for c in description.coded for code in description.codes[c]]


def _packed(values: np.ndarray, bits: int) -> bytes:
    """Return numbers below 2**bits (n,), packed; a whole number of bytes."""
    ones = (values[:, None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(ones.astype("uint8").ravel()).tobytes()


class _LowBits:
    """Reader of lowest bits, given all of them and how many samples have 0, 1, 2, ... of them."""

    def __init__(self, data: bytes, counts: list[int]):
        sizes = [-(-bits * count // 8) for bits, count in enumerate(counts)]
        if sum(sizes) != len(data):
            raise ValueError("the lowest bits are cut short")
        self._data, self._counts = np.frombuffer(data, "uint8"), counts
        self._starts = [sum(sizes[:bits]) for bits in range(len(sizes))]
        self._taken = [0] * len(counts)

    def joined(self, high: np.ndarray, shifts: np.ndarray) -> np.ndarray:
        """Return errors, int64 (n,), of their high parts (n,) and the number of lowest bits of each (n,)."""
        out = high.astype("int64") << shifts
        for bits in np.unique(shifts[shifts > 0]):
            where = shifts == bits
            out[where] |= self._next(int(bits), int(where.sum()))
        return out

    def _next(self, bits: int, count: int) -> np.ndarray:
        first = bits * self._taken[bits]
        self._taken[bits] += count
        if self._taken[bits] > self._counts[bits]:
            raise ValueError("more lowest bits are needed than there are")
        start, skipped = self._starts[bits] + first // 8, first % 8
        ones = np.unpackbits(self._data[start : start + -(-(skipped + bits * count) // 8)])
        numbers = ones[skipped : skipped + bits * count].reshape(count, bits).astype("int64")
        return numbers @ (1 << np.arange(bits - 1, -1, -1))
