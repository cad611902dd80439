"""Samples of codes, drawn from the prior or from a mixture fitted to codes. NumPy and scikit-learn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aewidgets.classical.codes.mixture import Mixture, fit_mixture
from aewidgets.system.brief import shown_briefly

__all__ = ["Mixture", "Samples", "fit_mixture", "sample"]


@shown_briefly
class Samples(NamedTuple):
    """Codes that were drawn, float32 (n, d), and their source, "prior" or "mixture"."""

    codes: np.ndarray
    source: str


def sample(
    count: int, *, size: int | None = None, mixture: Mixture | None = None, temperature: float = 1.0, seed: int = 0
) -> Samples:
    """Draw codes from the prior or from a mixture.

    Args:
        count: number of codes.
        size: number of numbers in a code, to draw from the prior N(0, I).
        mixture: mixture to draw from instead.
        temperature: factor of all standard deviations; 0 gives the mean of the prior, or means of the mixture.
        seed: seed of the draw.

    Raises:
        ValueError: unless exactly one of `size` and `mixture` is given; for a count below 1 or a negative temperature.
    """
    if (size is None) == (mixture is None):
        raise ValueError("sample: expected either size (to draw from the prior) or a mixture, got both or none")
    if count < 1 or not temperature >= 0:
        raise ValueError(f"sample: expected a count above 0 and a temperature of 0 or more, got {count}, {temperature}")
    rng = np.random.default_rng(seed)
    if mixture is None:
        assert size is not None
        return Samples((temperature * rng.standard_normal((count, size))).astype("float32"), "prior")
    return Samples(mixture.draw(count, rng, temperature), "mixture")
