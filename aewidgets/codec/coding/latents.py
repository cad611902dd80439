"""Latents to substreams and back: a codec's integer networks with the entropy coder. No Keras, no pictures."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from aewidgets.codec.coding.constants import HYPER_STRIDE, MEAN_STEPS
from aewidgets.codec.coding.container import BitstreamError
from aewidgets.codec.coding.entropy import ans
from aewidgets.codec.coding.entropy.symbols import BLOCK, MAX_SYMBOL, SymbolDecoder, SymbolEncoder
from aewidgets.codec.coding.integer.convolution import single_thread
from aewidgets.codec.coding.integer.networks import HyperNetworks, Networks
from aewidgets.codec.coding.trellis.alphabet import CodingTables
from aewidgets.codec.coding.trellis.trellis import offsets_of, split


@dataclass(frozen=True)
class Encoded:
    """What encoding gives.

    Args:
        streams, checks: as `aewidgets.codec.coding.container.Container` takes them.
        y_hat: int32 (h, w, c), the latents that a decoder will see, multiples of 1/64.
        symbols: int16 (h, w, c), see `aewidgets.codec.coding.integer.priors.stored`.
        ideal_bits: information content of all symbols under their tables, where it was asked for.
    """

    streams: tuple[bytes, ...]
    checks: tuple[int, ...]
    y_hat: np.ndarray
    symbols: np.ndarray
    ideal_bits: float | None


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


def taken(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Those of an array of any shape, flattened, that `order` (n,) names; the array itself is not copied."""
    return values[np.unravel_index(order, values.shape)]


def residuals_at(latents: np.ndarray, mean: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The same for the symbols (n,) that `order` names, not checked."""
    return taken(latents, order) - mean[order] / np.float32(MEAN_STEPS)


def _checked(check, values):
    return zlib.crc32(np.ascontiguousarray(values, "<i4").tobytes(), check)


class _Encoder:
    def __init__(self, y, z, networks, alphabet, quantise, measure):
        self.y, self.z, self.alphabet, self.quantise = y, z, alphabet, quantise
        self.substreams = [SymbolEncoder(alphabet.all_tables) for _ in range(networks.streams)]
        self.checks = [0] * networks.streams
        self.bits = 0.0 if measure else None

    def code(self, stream, mean, index, select):
        source, alphabet = self.y, self.alphabet
        if self.z is not None:  # the hyperprior's first part is z
            source, alphabet, self.z = self.z, alphabet.plain(), None
        latents, symbols = select(source), np.empty(len(mean), "int32")
        for _, block, residual in residuals(latents, mean):
            symbols[block] = self.quantise(residual, index[block])
        offsets = symbols * np.int32(MEAN_STEPS)
        if alphabet.trellis is None:
            self.substreams[stream].push(symbols, index)
        else:
            plain, order = split(index)
            self.substreams[stream].push(symbols[plain], index[plain])
            levels, states = self.quantise.path(residuals_at(latents, mean, order), index[order])
            alphabet.trellis.push(self.substreams[stream], levels, states, index[order])
            offsets[order] = offsets_of(levels, states)
        if self.bits is not None:
            self.bits += float(alphabet.bits(offsets, index).sum())
        self.checks[stream] = _checked(self.checks[stream], alphabet.checked(offsets))
        return offsets


class _Decoder:
    def __init__(self, streams, alphabet, networks, decoder):
        self.alphabet, self.hyper = alphabet, isinstance(networks, HyperNetworks)
        self.substreams = [SymbolDecoder(s, alphabet.all_tables, decoder) for s in streams]
        self.checks = [0] * len(streams)

    def code(self, stream, mean, index, select):
        if stream >= len(self.substreams):
            return np.zeros(len(mean), "int32")  # a missing group takes its predicted means
        alphabet = self.alphabet.plain() if self.hyper else self.alphabet
        self.hyper = False  # the first part is z, and plain
        offsets = self._pop(alphabet.trellis, self.substreams[stream], index)
        self.checks[stream] = _checked(self.checks[stream], alphabet.checked(offsets))
        return offsets

    @staticmethod
    def _pop(trellis, substream, index):
        if trellis is None:
            return substream.pop(index) * np.int32(MEAN_STEPS)
        offsets = np.empty(len(index), "int32")
        plain, order = split(index)
        offsets[plain] = substream.pop(index[plain]) * np.int32(MEAN_STEPS)
        offsets[order] = trellis.pop(substream, index[order])
        return offsets


def encode_latents(
    networks: Networks,
    alphabet: CodingTables,
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
        quantise: (residuals, table indexes) -> int32 symbols, and their `path`, see
            `aewidgets.codec.coding.trellis.quantisers.Quantiser`.
        measure: add up `Encoded.ideal_bits`.
    """
    coder = _Encoder(y, z, networks, alphabet, quantise, measure)
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
    alphabet: CodingTables,
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
        networks, alphabet: of the codec.
        streams, checks: as `encode_latents` gave them.
        height, width: latent positions.
        quality: 0 ... 65535.
        decoder: see `aewidgets.codec.coding.entropy.symbols.SymbolDecoder`.
        predict: latents whose substreams are missing take their predicted means, which takes time; else they stay
            where networks leave them.

    Raises:
        BitstreamError: when a substream is not one that `encode_latents` wrote with these networks.
    """
    if not 1 <= len(streams) <= networks.streams:
        raise BitstreamError(f"{len(streams)} substreams: this model writes {networks.streams}")
    try:
        coder = _Decoder(streams, alphabet, networks, decoder)
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

    def __init__(self, streams, alphabet, networks, height, width):
        super().__init__(streams, alphabet, networks, ans.decoder)
        self.shape = height, width
        self.channels = sum(networks.groups)
        self.places = np.arange(height * width * self.channels, dtype="int64").reshape(height, width, self.channels)
        self.bits = np.zeros((height * width, len(streams)))

    def code(self, stream, mean, index, select):
        hyper = self.hyper
        offsets = super().code(stream, mean, index, select)
        bits = (self.alphabet.plain() if hyper else self.alphabet).bits(offsets, index)
        if hyper:  # the first part is z: spread it over the positions it serves
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
    alphabet: CodingTables,
    streams: tuple[bytes, ...],
    height: int,
    width: int,
    quality: int,
) -> np.ndarray:
    """Information content (height, width, substreams) in bits, of a file that `decode_latents` accepts."""
    tracer = _Tracer(streams, alphabet, networks, height, width)
    with single_thread():
        networks.run(tracer, height, width, quality)
    return tracer.bits.reshape(height, width, -1)
