"""Samples of codes, drawn from the prior or from a mixture fitted to codes. NumPy and scikit-learn."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aewidgets.system.brief import shown_briefly

__all__ = ["Mixture", "Samples", "fit_mixture", "sample"]

_FULL = 32  # largest code size for full covariances
_MOST = 20_000  # largest number of codes that a mixture is fitted to
_FLOOR = 1e-5  # added to variances, so that a constant number has one


@shown_briefly
@dataclass(frozen=True, eq=False)
class Mixture:
    """Mixture of Gaussians.

    Attributes:
        weights: float64 (k,), sum 1.
        means: float64 (k, d).
        roots: float64 (k, d, d), lower triangular: covariance = root @ root.T.
    """

    weights: np.ndarray
    means: np.ndarray
    roots: np.ndarray


@shown_briefly
class Samples(NamedTuple):
    """Codes that were drawn, float32 (n, d), and their source, "prior" or "mixture"."""

    codes: np.ndarray
    source: str


def fit_mixture(codes: np.ndarray, components: int = 10, seed: int = 0) -> Mixture:
    """Fit a Gaussian mixture by expectation maximisation (scikit-learn), with diagonal covariances above 32 numbers.

    Args:
        codes: (n, d); at most 20,000 of them are used, evenly spaced.
        components: largest number of Gaussians; fewer if there are fewer than five codes for each.
        seed: seed of its start.

    Raises:
        ValueError: for fewer than two codes.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    codes = np.asarray(codes, "float64")
    if codes.ndim != 2 or len(codes) < 2:
        raise ValueError(f"codes: expected (n, d) with two codes at least, got {codes.shape}")
    few = codes[:: -(-len(codes) // _MOST)]
    count = max(1, min(components, len(few) // 5))
    kind = "full" if codes.shape[1] <= _FULL else "diag"
    fitted = GaussianMixture(count, covariance_type=kind, reg_covar=_FLOOR, max_iter=50, tol=1e-2, random_state=seed)
    with warnings.catch_warnings():  # a mixture that has not quite converged is good enough to draw from
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted.fit(few)
    if kind == "full":
        roots = np.linalg.cholesky(fitted.covariances_)
    else:
        roots = np.sqrt(fitted.covariances_)[:, :, None] * np.eye(codes.shape[1])
    return Mixture(fitted.weights_, fitted.means_, roots)


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
    which = rng.choice(len(mixture.weights), count, p=mixture.weights)
    noise = rng.standard_normal((count, mixture.means.shape[1]))
    spread = np.empty_like(noise)
    for number, root in enumerate(mixture.roots):  # one matrix for each code would fill the memory
        spread[which == number] = noise[which == number] @ root.T
    return Samples((mixture.means[which] + temperature * spread).astype("float32"), "mixture")
