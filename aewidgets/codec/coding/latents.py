"""Latents to substreams and back, by a codec's integer networks and entropy coder. No Keras, no images, no headers."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from aewidgets.codec.coding.constants import HYPER_STRIDE, MEAN_STEPS
from aewidgets.codec.coding.container import BitstreamError
from aewidgets.codec.coding.entropy import ans
from aewidgets.codec.coding.entropy.symbols import BLOCK, MAX_SYMBOL, SymbolDecoder, SymbolEncoder, narrowed
from aewidgets.codec.coding.integer.networks import HyperNetworks, Networks
from aewidgets.codec.coding.integer.priors import Narrow
from aewidgets.codec.coding.integer.threads import single_thread
from aewidgets.codec.coding.trellis.coding_tables import CodingTables
from aewidgets.codec.coding.trellis.trellis import offsets_of, split


@dataclass(frozen=True)
class Encoded:
    """Result of encoding.

    Args:
        streams, checks: as `aewidgets.codec.coding.container.Container` takes them.
        y_hat: int32 (h, w, c), the latents that a decoder will see, multiples of 1/64.
        symbols: int16 (h, w, c), see `aewidgets.codec.coding.integer.priors.stored`.
        ideal_bits: information content of all symbols under their tables, in bits; None where it was not requested.
    """

    streams: tuple[bytes, ...]
    checks: tuple[int, ...]
    y_hat: np.ndarray
    symbols: np.ndarray
    ideal_bits: float | None


def residuals(latents: np.ndarray, mean: np.ndarray) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Yield latents less their means in blocks, because all at once would take gigabytes.

    Args:
        latents: array of any shape, in steps; blocks are cut along its first axis.
        mean: integers (latents.size,), multiples of 1/64.

    Yields:
        the rows of a block in `latents`, the same block of all symbols, and its residuals, float (n,) in steps.

    Raises:
        ValueError: for a latent that is not a number, or too far from its mean to be coded.
    """
    rows = max(1, BLOCK * len(latents) // max(1, latents.size))
    for first in range(0, len(latents), rows):
        part = slice(first, first + rows)
        values = latents[part].ravel()
        start = first * latents[0].size
        block = slice(start, start + len(values))
        residual = values - mean[block].astype("int32") / np.float32(MEAN_STEPS)
        if not np.all(np.abs(residual) < MAX_SYMBOL):  # also refuses NaN
            raise ValueError(f"a latent is beyond +-{MAX_SYMBOL} steps or not a number: expected a picture in [0, 1]")
        yield part, block, residual


def taken(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the entries (n,) of an array of any shape at flat indexes `order` (n,); the array is not copied."""
    return values[np.unravel_index(order, values.shape)]


def residuals_at(latents: np.ndarray, mean: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return latents less their means, float (n,) in steps, at flat indexes `order` (n,), without a check of range."""
    blocks = (order[first : first + BLOCK] for first in range(0, len(order), BLOCK))
    parts = [taken(latents, at) - mean[at].astype("int32") / np.float32(MEAN_STEPS) for at in blocks]
    return np.concatenate(parts) if parts else np.zeros(0)


def _checked(check, tables, offsets):
    """Return the CRC-32 so far, continued by what `tables` check of offsets, as little-endian int32."""
    for first in range(0, len(offsets), BLOCK):
        values = tables.checked(offsets[first : first + BLOCK])
        check = zlib.crc32(np.ascontiguousarray(values, "<i4").tobytes(), check)
    return check


def _symbols(offsets, plain):
    """Return the symbols (n,) of the plain offsets among all, in few bytes where they fit."""
    blocks = (slice(first, first + BLOCK) for first in range(0, len(offsets), BLOCK))
    parts = [narrowed(offsets[block][plain[block]] // MEAN_STEPS) for block in blocks]
    return np.concatenate(parts) if parts else np.zeros(0, "int8")


class _Encoder:
    """Coder of `Networks.run` that quantises given latents and collects their symbols in substreams."""

    def __init__(self, y, z, networks, tables, quantise, measure):
        self.y, self.z, self.tables, self.quantise = y, z, tables, quantise
        self.substreams = [SymbolEncoder(tables.all_tables) for _ in range(networks.streams)]
        self.checks = [0] * networks.streams
        self.bits = 0.0 if measure else None

    def code(self, stream, mean, index, select):
        source, tables = self.y, self.tables
        if self.z is not None:  # the first part of a hyperprior codec is z
            source, tables, self.z = self.z, tables.plain(), None
        latents, offsets = select(source), Narrow(len(mean))
        for _, block, residual in residuals(latents, mean):
            offsets.put(block, self.quantise(residual, index[block]) * np.int32(MEAN_STEPS))
        if tables.trellis is None:
            self.substreams[stream].push(offsets.values // MEAN_STEPS, index)
        else:
            plain, order = split(index)
            self.substreams[stream].push(_symbols(offsets.values, plain), index[plain])
            levels, states = self.quantise.path(residuals_at(latents, mean, order), index[order])
            tables.trellis.push(self.substreams[stream], levels, states, index[order])
            offsets.put(order, offsets_of(levels, states))
        if self.bits is not None:
            self.bits += float(tables.bits(offsets.values.astype("int32"), index).sum())
        self.checks[stream] = _checked(self.checks[stream], tables, offsets.values)
        return offsets.values


class _Decoder:
    """Coder of `Networks.run` that reads the symbols from substreams."""

    def __init__(self, streams, tables, networks, decoder):
        self.tables, self.hyper = tables, isinstance(networks, HyperNetworks)
        self.substreams = [SymbolDecoder(s, tables.all_tables, decoder) for s in streams]
        self.checks = [0] * len(streams)

    def code(self, stream, mean, index, select):
        if stream >= len(self.substreams):
            return np.zeros(len(mean), "int32")  # a missing group takes its predicted means
        tables = self.tables.plain() if self.hyper else self.tables
        self.hyper = False  # only the first part is z, which has no trellis
        offsets = self._pop(tables.trellis, self.substreams[stream], index)
        self.checks[stream] = _checked(self.checks[stream], tables, offsets)
        return offsets

    @staticmethod
    def _pop(trellis, substream, index):
        """Return the offsets, integers (n,), multiples of 1/64, of the next symbols with tables `index` (n,)."""
        if trellis is None:
            return substream.pop(index) * np.int32(MEAN_STEPS)
        offsets = Narrow(len(index))
        plain, order = split(index)
        symbols, done = substream.pop(index[plain]), 0
        for first in range(0, len(index), BLOCK):
            where = first + np.flatnonzero(plain[first : first + BLOCK])
            offsets.put(where, symbols[done : done + len(where)] * np.int32(MEAN_STEPS))
            done += len(where)
        del symbols
        offsets.put(order, trellis.pop(substream, index[order]))
        return offsets.values


def encode_latents(
    networks: Networks,
    tables: CodingTables,
    y: np.ndarray,
    z: np.ndarray | None,
    quality: int,
    quantise: Callable,
    measure: bool = False,
    reuse: bool = False,
) -> Encoded:
    """Encode latents, given in units of the step, to substreams.

    Args:
        networks, tables: those of the codec.
        y: float32 (h, w, c).
        z: float32 (ceil(h / 4), ceil(w / 4), hyper channels), or None for the factorised family.
        quality: stored quality, 0 ... 65535.
        quantise: function of (residuals, table indexes) that returns int32 symbols, with a method `path` where there
            is a trellis; see `aewidgets.codec.coding.trellis.quantisers.Quantiser`.
        measure: whether to add up `Encoded.ideal_bits`.
        reuse: whether `y`, C-contiguous, may be overwritten: its memory then becomes that of `Encoded.y_hat`, which for
            a large picture would be one of the largest arrays of all.

    Raises:
        ValueError: for a latent that is not a number, or too far from its mean to be coded.
    """
    coder = _Encoder(y, z, networks, tables, quantise, measure)
    with single_thread():
        y_hat, symbols = networks.run(coder, *y.shape[:2], quality, out=y.view("int32") if reuse else None)
    return Encoded(
        tuple(s.finish() for s in coder.substreams),
        tuple(c & 0xFFFF for c in coder.checks),
        y_hat,
        symbols,
        coder.bits,
    )


def decode_latents(
    networks: Networks,
    tables: CodingTables,
    streams: tuple[bytes, ...],
    checks: tuple[int, ...],
    height: int,
    width: int,
    quality: int,
    decoder=ans.decoder,
    predict: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Decode substreams, all or the first few, to latents.

    Args:
        networks, tables: those of the codec.
        streams, checks: as `encode_latents` gave them.
        height, width: numbers of latent positions.
        quality: stored quality, 0 ... 65535.
        decoder: see `aewidgets.codec.coding.entropy.symbols.SymbolDecoder`.
        predict: whether latents of missing substreams take their predicted means, which takes time; otherwise they
            stay where `networks.run` leaves them.

    Returns:
        Latents, int32 (height, width, c) multiples of 1/64, and their symbols, int16 of the same shape.

    Raises:
        BitstreamError: when a substream is not one that `encode_latents` wrote with these networks.
    """
    if not 1 <= len(streams) <= networks.streams:
        raise BitstreamError(f"{len(streams)} substreams: this model writes {networks.streams}")
    try:
        coder = _Decoder(streams, tables, networks, decoder)
        with single_thread():
            result = networks.run(coder, height, width, quality, None if predict else len(streams))
        for substream in coder.substreams:
            substream.finish()
    except ValueError as error:
        raise BitstreamError(f"a substream is damaged: {error}") from error
    if [c & 0xFFFF for c in coder.checks] != list(checks[: len(streams)]):
        raise BitstreamError("the decoded symbols fail their check: the file is damaged")
    return result


class _Tracer(_Decoder):
    """Decoder that adds up the information content of symbols, per latent position and substream."""

    def __init__(self, streams, tables, networks, height, width):
        super().__init__(streams, tables, networks, ans.decoder)
        self.shape = height, width
        self.channels = sum(networks.groups)
        self.places = np.arange(height * width * self.channels, dtype="int64").reshape(height, width, self.channels)
        self.bits = np.zeros((height * width, len(streams)))

    def code(self, stream, mean, index, select):
        hyper = self.hyper
        offsets = super().code(stream, mean, index, select)
        bits = (self.tables.plain() if hyper else self.tables).bits(offsets.astype("int32"), index)
        if hyper:  # the first part is z: its bits are spread over the positions that it serves
            h, w = self.shape
            rows, columns = -(-h // HYPER_STRIDE), -(-w // HYPER_STRIDE)
            z = bits.reshape(rows, columns, -1).sum(axis=-1) / HYPER_STRIDE**2
            z = z.repeat(HYPER_STRIDE, 0).repeat(HYPER_STRIDE, 1)[:h, :w]
            self.bits[:, 0] += z.ravel() * (bits.sum() / max(z.sum(), 1e-12))
        else:
            place = select(self.places).ravel() // self.channels
            self.bits[:, stream] += np.bincount(place, weights=bits, minlength=len(self.bits))
        return offsets


def trace_bits(
    networks: Networks,
    tables: CodingTables,
    streams: tuple[bytes, ...],
    height: int,
    width: int,
    quality: int,
) -> np.ndarray:
    """Return the information content in bits, float64 (height, width, substreams), of a file that decodes."""
    tracer = _Tracer(streams, tables, networks, height, width)
    with single_thread():
        networks.run(tracer, height, width, quality)
    return tracer.bits.reshape(height, width, -1)
