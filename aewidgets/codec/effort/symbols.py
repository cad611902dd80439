"""Symbols chosen by rate and distortion together, one by one, with a codec's own tables. No Keras, no images.

`aewidgets.codec.coding.trellis.quantisers.Quantiser` decides between two neighbours by one rule for all positions, and
is fast. Here smaller symbols are weighed too, with a distortion that differs between channels and positions, and so are
paths through a trellis.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aewidgets.codec.coding.constants import MEAN_STEPS, TRELLIS_FROM
from aewidgets.codec.coding.entropy.tables import MAX_REACH, table_bits
from aewidgets.codec.coding.integer.threads import single_thread
from aewidgets.codec.coding.latents import residuals, residuals_at, taken
from aewidgets.codec.coding.trellis.trellis import offsets_of, order_of
from aewidgets.system.backends import require_backend


@dataclass(frozen=True)
class EncodeOptions:
    """Encoder options beyond one forward pass. No option changes the file format or the decoder.

    Args:
        effort: 0 ... 9; from 1 on latents are refined, see `aewidgets.codec.effort.latents`.
        weight: float32 (H, W) in [0, 1], the weight of each pixel's squared error; None: 1 everywhere.
        progress: called with (done, total) while latents are refined.
        stop: called from time to time; once it returns True the best so far is taken.

    Raises:
        ValueError: for another effort, and from 1 on where Keras or its backend is not installed (`BackendError`).
    """

    effort: int = 0
    weight: np.ndarray | None = None
    progress: Callable[[int, int], None] | None = None
    stop: Callable[[], bool] | None = None

    def __post_init__(self) -> None:
        if self.effort not in range(10):
            raise ValueError(f"effort: expected a whole number from 0 (fast) to 9 (small), got {self.effort}")
        if self.effort:  # now, not after the forward passes that come first
            require_backend(f"effort {self.effort}, which follows gradients,")

    @property
    def plain(self) -> bool:
        """True if one forward pass is all that is wanted."""
        return not self.effort and self.weight is None


def choose(bits: np.ndarray, residual: np.ndarray, index: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """Return the cheapest symbols: those with the least bits + curvature / 2 * (residual - symbol)**2.

    Args:
        bits: of `aewidgets.codec.coding.entropy.tables.table_bits`.
        residual: float (n,), latents less their means, in steps.
        index: uint8 (n,) tables.
        curvature: float (n,), second derivative of the distortion by the latent, in bits per squared step.

    Returns:
        int32 (n,), each the best of the two nearest symbols, the next towards zero, and zero.
    """
    magnitude = np.abs(residual)
    symbols = np.zeros(residual.shape, "int32")
    (open_,) = np.nonzero(magnitude > 0.5)  # the others are zero, which is the nearest and the most probable
    if not len(open_):
        return symbols
    size, row, half = magnitude[open_], index[open_], curvature[open_] / 2
    lower = np.floor(size).astype("int32")
    best = np.zeros(len(open_), "int32")
    least = bits[row, 0] + half * size**2
    for candidate in (np.maximum(lower - 1, 0), lower, lower + 1):
        cost = bits[row, np.minimum(candidate, MAX_REACH + 1)] + half * (size - candidate) ** 2
        better = cost < least
        best[better], least[better] = candidate[better], cost[better]
    symbols[open_] = np.copysign(best, residual[open_])
    return symbols


class _Chooser:
    """Coder (see `aewidgets.codec.coding.integer.priors.Coder`) that chooses symbols, counts bits, and writes none."""

    def __init__(self, quantise, bits, y, z, by_channel, by_place):
        self.quantise, self.paths, self.table_bits, self.y, self.z = quantise, quantise.paths, bits, y, z
        self.by_channel = np.broadcast_to(by_channel.astype("float32"), y.shape)
        self.by_place = np.broadcast_to(by_place.astype("float32")[..., None], y.shape)
        self.bits, self.z_hat = 0.0, None

    def code(self, stream, mean, index, select):
        if self.z is not None and self.z_hat is None:  # the hyperprior's first part
            residual = select(self.z).ravel() - mean / np.float32(MEAN_STEPS)
            symbols = self.quantise(residual, index)
            self.z_hat = (symbols + mean / np.float32(MEAN_STEPS)).reshape(self.z.shape).astype("float32")
            self._count(symbols, index)
            return symbols * np.int32(MEAN_STEPS)
        latents, by_channel, by_place = (select(x) for x in (self.y, self.by_channel, self.by_place))
        symbols = np.empty(len(mean), "int32")
        for part, block, residual in residuals(latents, mean):
            curvature = (by_channel[part] * by_place[part]).ravel()
            symbols[block] = choose(self.table_bits, residual, index[block], curvature)
            plain = slice(None) if self.paths is None else index[block] < TRELLIS_FROM
            self._count(symbols[block][plain], index[block][plain])
        symbols *= MEAN_STEPS
        if self.paths is not None:
            order = order_of(index)
            curvature, own = taken(by_channel, order) * taken(by_place, order), index[order]
            levels, states = self.paths.cheapest(residuals_at(latents, mean, order), own, curvature)
            symbols[order] = offsets_of(levels, states)
            self.bits += float(self.paths.bits(levels, states, own).sum(dtype="float64"))
        return symbols

    def _count(self, symbols, index):
        """Add the bits of plain symbols."""
        self.bits += float(self.table_bits[index, np.minimum(np.abs(symbols), MAX_REACH + 1)].sum(dtype="float64"))


def choose_symbols(codec, y, z, quality: int, by_channel: np.ndarray, by_place: np.ndarray):
    """Pass latents through the integer networks of a codec and choose every symbol as `choose` does.

    Args:
        codec: an `aewidgets.codec.trained.TrainedCodec`.
        y, z: float32 (h, w, c) and (ceil(h / 4), ceil(w / 4), hyper channels) or None, in steps.
        quality: 0 ... 65535.
        by_channel, by_place: (c,) and (h, w); their product is the curvature of each latent.

    Returns:
        Decoded latents y_hat (int32 (h, w, c), multiples of 1/64), symbols (int16), decoded hyper-latents (float32 or
        None), and the bits of all symbols, by the tables. `y_hat / 64` as latents lead a `FixedPath` to these symbols.
    """
    chooser = _Chooser(codec.quantiser(quality), table_bits(codec.coding_tables.tables), y, z, by_channel, by_place)
    with single_thread():
        y_hat, symbols = codec.networks.run(chooser, y.shape[0], y.shape[1], quality)
    return y_hat, symbols, chooser.z_hat, chooser.bits
