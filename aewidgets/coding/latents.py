"""Latents to substreams and back: a codec's integer networks with the entropy coder. No Keras, no pictures."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from aewidgets.coding import ans
from aewidgets.coding.constants import HYPER_STRIDE, MEAN_STEPS
from aewidgets.coding.container import BitstreamError
from aewidgets.coding.integer import single_thread
from aewidgets.coding.networks import HyperNetworks, Networks
from aewidgets.coding.symbols import BLOCK, MAX_SYMBOL, SymbolDecoder, SymbolEncoder
from aewidgets.coding.tables import ideal_bits, reach_of


@dataclass(frozen=True)
class Encoded:
    """What encoding gives.

    Args:
        streams, checks: as `aewidgets.coding.container.Container` takes them.
        y_hat: int32 (h, w, c), the latents that a decoder will see, multiples of 1/64.
        symbols: int16 (h, w, c).
        ideal_bits: information content of all symbols under their tables, where it was asked for.
    """

    streams: tuple[bytes, ...]
    checks: tuple[int, ...]
    y_hat: np.ndarray
    symbols: np.ndarray
    ideal_bits: float | None


class Quantiser:
    """Rounds to the one of the two nearest symbols that costs less, rate and distortion together.

    Between k and k + 1 the threshold moves from 1/2 towards k + 1, in proportion to the bits that k saves (Sullivan
    1996, IEEE Trans. IT 42(5), gives the theory for Laplacian sources).

    Args:
        tables: as the networks' symbols are coded with.
        strength: steps per bit. The optimum without contexts is 3 / (2 * lmbda * step**2), step in units of 1/255.
    """

    LARGEST = 16  # thresholds of larger symbols are 1/2

    def __init__(self, tables: list[np.ndarray], strength: float):
        self.shift = np.zeros((len(tables), self.LARGEST + 1), "float32")
        for row, table in zip(self.shift, tables, strict=True):
            reach = min(reach_of(table), self.LARGEST)
            bits = -np.log2(table[reach_of(table) : reach_of(table) + reach + 1] / table.sum())
            row[:reach] = np.clip(strength * np.diff(bits), 0, 0.49)

    def __call__(self, residual: np.ndarray, index: np.ndarray) -> np.ndarray:
        """float (n,) in steps and uint8 (n,) tables -> int32 (n,)."""
        magnitude = np.abs(residual)
        lower = np.floor(magnitude)
        shift = self.shift[index, np.minimum(lower, self.LARGEST).astype("intp")]
        return np.copysign(lower + (magnitude - lower > 0.5 + shift), residual).astype("int32")


def residuals(latents: np.ndarray, mean: np.ndarray) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Latents less their means, float (n,) in steps, block by block: not all at once, which would be gigabytes.

    Args:
        latents: any shape; the blocks are of its first axis.
        mean: int32 (latents.size,), multiples of 1/64.

    Yields:
        rows of the latents, the same block of all symbols, and its residuals.

    Raises:
        ValueError: for a latent too far from its mean to be coded, and for one that is not a number.
    """
    rows = max(1, BLOCK * len(latents) // max(1, latents.size))
    for first in range(0, len(latents), rows):
        part = slice(first, first + rows)
        values = latents[part].ravel()
        start = first * latents[0].size
        block = slice(start, start + len(values))
        residual = values - mean[block] / np.float32(MEAN_STEPS)
        if not np.all(np.abs(residual) < MAX_SYMBOL):  # also refuses NaN
            raise ValueError(f"a latent is beyond +-{MAX_SYMBOL} steps or not a number: expected a picture in [0, 1]")
        yield part, block, residual


class _Encoder:
    def __init__(self, y, z, networks, tables, quantise, measure):
        self.y, self.z, self.tables, self.quantise = y, z, tables, quantise
        self.substreams = [SymbolEncoder(tables) for _ in range(networks.streams)]
        self.checks = [0] * networks.streams
        self.bits = 0.0 if measure else None

    def code(self, stream, mean, index, select):
        source = self.y
        if self.z is not None:  # the hyperprior's first part is z
            source, self.z = self.z, None
        latents, symbols = select(source), np.empty(len(mean), "int32")
        for _, block, residual in residuals(latents, mean):
            symbols[block] = self.quantise(residual, index[block])
            if self.bits is not None:
                self.bits += float(ideal_bits(self.tables, symbols[block], index[block]).sum())
        self.substreams[stream].push(symbols, index)
        self.checks[stream] = zlib.crc32(np.ascontiguousarray(symbols, "<i4").tobytes(), self.checks[stream])
        return symbols


class _Decoder:
    def __init__(self, streams, tables, decoder):
        self.substreams = [SymbolDecoder(s, tables, decoder) for s in streams]
        self.checks = [0] * len(streams)

    def code(self, stream, mean, index, select):
        if stream >= len(self.substreams):
            return np.zeros(len(mean), "int32")  # a missing group takes its predicted means
        symbols = self.substreams[stream].pop(index)
        self.checks[stream] = zlib.crc32(np.ascontiguousarray(symbols, "<i4").tobytes(), self.checks[stream])
        return symbols


def encode_latents(
    networks: Networks,
    tables: list[np.ndarray],
    y: np.ndarray,
    z: np.ndarray | None,
    quality: int,
    quantise: Callable,
    measure: bool = False,
) -> Encoded:
    """Latents in units of the step -> substreams.

    Args:
        y: float32 (h, w, c).
        z: float32 (ceil(h / 4), ceil(w / 4), hyper channels), or None for the factorised family.
        quality: 0 ... 65535.
        quantise: (residuals, table indexes) -> int32 symbols, see `Quantiser`.
        measure: add up `Encoded.ideal_bits`.
    """
    coder = _Encoder(y, z, networks, tables, quantise, measure)
    with single_thread():
        y_hat, symbols = networks.run(coder, y.shape[0], y.shape[1], quality)
    return Encoded(
        tuple(s.finish() for s in coder.substreams),
        tuple(c & 0xFFFF for c in coder.checks),
        y_hat,
        symbols,
        coder.bits,
    )


def decode_latents(
    networks: Networks,
    tables: list[np.ndarray],
    streams: tuple[bytes, ...],
    checks: tuple[int, ...],
    height: int,
    width: int,
    quality: int,
    decoder=ans.decoder,
    predict: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Substreams, all or the first few -> latents (int32 multiples of 1/64) and their symbols, (height, width, c).

    Args:
        networks, tables: of the codec.
        streams, checks: as `encode_latents` gave them.
        height, width: latent positions.
        quality: 0 ... 65535.
        decoder: see `aewidgets.coding.symbols.SymbolDecoder`.
        predict: latents whose substreams are missing take their predicted means, which takes time; else they stay
            where networks leave them.

    Raises:
        BitstreamError: when a substream is not one that `encode_latents` wrote with these networks.
    """
    if not 1 <= len(streams) <= networks.streams:
        raise BitstreamError(f"{len(streams)} substreams: this model writes {networks.streams}")
    try:
        coder = _Decoder(streams, tables, decoder)
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
    """A decoder that notes where the information lies."""

    def __init__(self, streams, tables, networks, height, width):
        super().__init__(streams, tables, ans.decoder)
        self.tables, self.shape = tables, (height, width)
        self.hyper = isinstance(networks, HyperNetworks)
        self.channels = sum(networks.groups)
        self.places = np.arange(height * width * self.channels, dtype="int64").reshape(height, width, self.channels)
        self.bits = np.zeros((height * width, len(streams)))

    def code(self, stream, mean, index, select):
        symbols = super().code(stream, mean, index, select)
        bits = ideal_bits(self.tables, symbols, index)
        if self.hyper:  # the first part is z: spread it over the positions it serves
            self.hyper = False
            h, w = self.shape
            rows, columns = -(-h // HYPER_STRIDE), -(-w // HYPER_STRIDE)
            z = bits.reshape(rows, columns, -1).sum(axis=-1) / HYPER_STRIDE**2
            z = z.repeat(HYPER_STRIDE, 0).repeat(HYPER_STRIDE, 1)[:h, :w]
            self.bits[:, 0] += z.ravel() * (bits.sum() / max(z.sum(), 1e-12))
        else:
            place = select(self.places).ravel() // self.channels
            self.bits[:, stream] += np.bincount(place, weights=bits, minlength=len(self.bits))
        return symbols


def trace_bits(
    networks: Networks,
    tables: list[np.ndarray],
    streams: tuple[bytes, ...],
    height: int,
    width: int,
    quality: int,
) -> np.ndarray:
    """Information content (height, width, substreams) in bits, of a file that `decode_latents` accepts."""
    tracer = _Tracer(streams, tables, networks, height, width)
    with single_thread():
        networks.run(tracer, height, width, quality)
    return tracer.bits.reshape(height, width, -1)
