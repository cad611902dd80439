"""Codes that no picture has: drawn from the prior, or from a mixture fitted to the codes. NumPy and scikit-learn."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = ["Mixture", "Samples", "fit_mixture", "sample"]

_FULL = 32  # numbers in a code up to which its covariances are whole
_MOST = 20_000  # codes that a mixture is fitted to
_FLOOR = 1e-5  # variance below which a number counts as constant


@dataclass(frozen=True, eq=False)
class Mixture:
    """Gaussians that together are spread as the codes are.

    Attributes:
        weights: float64 (k,), sum 1.
        means: float64 (k, d).
        roots: float64 (k, d, d), lower triangular: covariance = root @ root.T.
    """

    weights: np.ndarray
    means: np.ndarray
    roots: np.ndarray


class Samples(NamedTuple):
    """Codes that were drawn: float32 (n, d), and from what."""

    codes: np.ndarray
    source: str


def fit_mixture(codes: np.ndarray, components: int = 10, seed: int = 0) -> Mixture:
    """A Gaussian mixture fitted by expectation maximisation (scikit-learn), covariances diagonal above 32 numbers.

    Args:
        codes: (n, d); of more than 20,000 as many are used, evenly drawn.
        components: at most; fewer where there are fewer than five codes for each.
        seed: of its start.

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
    with warnings.catch_warnings():  # one that has not quite settled is still one to draw from
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
    """Draw codes.

    Args:
        count: of codes.
        size: numbers in a code, to draw from the prior N(0, I).
        mixture: to draw from instead.
        temperature: factor of all standard deviations; 0 gives the mean, of a mixture its means.
        seed: of the draw.

    Raises:
        ValueError: unless one of `size` and `mixture` is given, and for a negative temperature.
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
    spread = np.einsum("nij,nj->ni", mixture.roots[which], noise)
    return Samples((mixture.means[which] + temperature * spread).astype("float32"), "mixture")
