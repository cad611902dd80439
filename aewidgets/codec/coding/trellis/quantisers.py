"""What chooses symbols from latents, in one pass and with no picture at hand. NumPy only; decoders need none of it."""

import numpy as np

from aewidgets.codec.coding.constants import MEAN_STEPS
from aewidgets.codec.coding.entropy.tables import reach_of
from aewidgets.codec.coding.trellis.paths import Paths
from aewidgets.codec.coding.trellis.trellis import follow


class Quantiser:
    """Rounds to the one of the two nearest symbols that costs less, rate and distortion together; and finds paths.

    Between k and k + 1 the threshold moves from 1/2 towards k + 1, in proportion to the bits that k saves (Sullivan
    1996, IEEE Trans. IT 42(5), gives the theory for Laplacian sources).

    Args:
        tables: as the networks' symbols are coded with.
        strength: steps per bit. The optimum without contexts is 3 / (2 * lmbda * step**2), step in units of 1/255.
        paths: of a codec with a trellis.
    """

    LARGEST = 16  # thresholds of larger symbols are 1/2

    def __init__(self, tables: list[np.ndarray], strength: float, paths: Paths | None = None):
        self.strength, self.paths = strength, paths
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

    def path(self, residual: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Levels and states of the cheapest path, see `Paths.cheapest`."""
        assert self.paths is not None
        return self.paths.cheapest(residual, index, 1 / self.strength)


class FixedPath(Quantiser):
    """For latents that are decoded values already: they stay what they are, whatever another path would save."""

    def path(self, residual: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Levels and states that lead to these residuals."""
        return follow(np.rint(residual * MEAN_STEPS).astype("int32"))
