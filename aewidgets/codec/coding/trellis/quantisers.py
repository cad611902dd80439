"""Quantisers, which choose symbols from latents in one pass, without the image. Decoders need none of them."""

import numpy as np

from aewidgets.codec.coding.constants import MEAN_STEPS
from aewidgets.codec.coding.entropy.tables import reach_of
from aewidgets.codec.coding.trellis.paths import Paths
from aewidgets.codec.coding.trellis.trellis import follow


class Quantiser:
    """Quantiser that weighs rate and distortion: of the two nearest symbols it takes the cheaper; it also finds paths.

    Between k and k + 1 the threshold moves from 1/2 towards k + 1, in proportion to the bits that k saves (Sullivan
    1996, IEEE Trans. IT 42(5), gives the theory for Laplacian sources).

    Args:
        tables: tables that plain symbols are coded with.
        strength: shift of the threshold, in steps per bit. The optimum without contexts is 3 / (2 * lmbda * step**2),
            with the step in units of 1/255.
        paths: path finder, for a codec with a trellis.
    """

    LARGEST = 16  # from this symbol on thresholds are 1/2

    def __init__(self, tables: list[np.ndarray], strength: float, paths: Paths | None = None):
        self.strength, self.paths = strength, paths
        self.shift = np.zeros((len(tables), self.LARGEST + 1), "float32")
        for row, table in zip(self.shift, tables, strict=True):
            reach = min(reach_of(table), self.LARGEST)
            bits = -np.log2(table[reach_of(table) : reach_of(table) + reach + 1] / table.sum())
            row[:reach] = np.clip(strength * np.diff(bits), 0, 0.49)

    def __call__(self, residual: np.ndarray, index: np.ndarray) -> np.ndarray:
        """Return symbols, int32 (n,), of residuals, float (n,) in steps, with table numbers `index`, uint8 (n,)."""
        magnitude, symbols = np.abs(residual), np.zeros(residual.shape, "int32")
        (far,) = np.nonzero(magnitude > 0.5)  # the others, by far the most, are zero whatever their tables
        magnitude, index = magnitude[far], index[far]
        lower = np.floor(magnitude)
        shift = self.shift[index, np.minimum(lower, self.LARGEST).astype("intp")]
        symbols[far] = np.copysign(lower + (magnitude - lower > 0.5 + shift), residual[far])
        return symbols

    def path(self, residual: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return levels and states of the cheapest path, see `Paths.cheapest`."""
        assert self.paths is not None
        return self.paths.cheapest(residual, index, 1 / self.strength)


class FixedPath(Quantiser):
    """Quantiser of latents that are decoded values already: it keeps their path, even if another would be cheaper."""

    def path(self, residual: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return levels and states of the path that decodes to these residuals."""
        return follow(np.rint(residual * MEAN_STEPS).astype("int32"))
