"""Mixture of Gaussians fitted to codes, and draws from it. NumPy and scikit-learn."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from aewidgets.system.brief import shown_briefly
from aewidgets.system.extras import extras_in_words

__all__ = ["Mixture", "fit_mixture"]

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

    def draw(self, count: int, random: np.random.Generator, temperature: float = 1.0) -> np.ndarray:
        """Draw codes, float32 (count, d), with all standard deviations multiplied by `temperature`."""
        which = random.choice(len(self.weights), count, p=self.weights)
        noise = random.standard_normal((count, self.means.shape[1]))
        spread = np.empty_like(noise)
        for number, root in enumerate(self.roots):  # one matrix for each code would fill the memory
            spread[which == number] = noise[which == number] @ root.T
        return (self.means[which] + temperature * spread).astype("float32")


def fit_mixture(codes: np.ndarray, components: int = 10, seed: int = 0) -> Mixture:
    """Fit a Gaussian mixture by expectation maximisation (scikit-learn), with diagonal covariances above 32 numbers.

    Args:
        codes: (n, d); at most 20,000 of them are used, evenly spaced.
        components: largest number of Gaussians; fewer if there are fewer than five codes for each.
        seed: seed of its start.

    Raises:
        ValueError: for fewer than two codes.
    """
    with extras_in_words("a mixture"):
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
