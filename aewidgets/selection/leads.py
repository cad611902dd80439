"""Paired comparison of two candidates over the same folds. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

__all__ = ["Lead", "paired_lead"]

LEVEL = 0.05  # p value below which a difference is called larger than chance


@dataclass(frozen=True)
class Lead:
    """Lead of one candidate over another, from the differences of their scores fold by fold.

    Attributes:
        mean: mean difference of the scores; positive where the first is better.
        deviation: standard deviation of the differences.
        standard_error: standard error of the mean with the correction of Nadeau and Bengio.
        plain_error: standard error without it: too small, as training pictures are shared between folds.
        t: mean / standard_error.
        p: two-sided p value of t; 1 where there is no difference at all.
        folds: number of differences.
    """

    mean: float
    deviation: float
    standard_error: float
    plain_error: float
    t: float
    p: float
    folds: int

    @property
    def certain(self) -> bool:
        """True if chance alone makes such a difference in fewer than one case in twenty: p is below 0.05."""
        return self.p < LEVEL

    @property
    def exceeds(self) -> bool:
        """True if the first is ahead, and that is certain."""
        return self.mean > 0 and self.certain


def paired_lead(first: Sequence[float], second: Sequence[float], test_share: float | None = None) -> Lead:
    """Compare two candidates by their scores on the same folds.

    The models of k-fold cross-validation share most of their training pictures, so that differences are correlated and
    the usual standard error is too small. Its square, s^2 / k, becomes s^2 (1 / k + test / train) here (Nadeau and
    Bengio 2003, doi:10.1023/A:1024068626366), with k - 1 degrees of freedom. Where the first was chosen as the best of
    many, p is still somewhat too small, for the choice used the same folds.

    Args:
        first: scores of the candidate, one a fold; higher is better. Average over seeds before.
        second: scores of the other one on the same folds.
        test_share: pictures of a fold over pictures that were trained on; 1 / (k - 1) by default, 0 for differences
            that are independent.

    Raises:
        ValueError: for fewer than two folds, scores of other folds or that are not finite, or a negative share.
    """
    one, two = np.asarray(first, "float64"), np.asarray(second, "float64")
    if one.shape != two.shape or one.ndim != 1 or len(one) < 2:
        raise ValueError(f"expected scores of the same two or more folds, got {one.shape} and {two.shape}")
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        raise ValueError("expected finite scores; leave candidates with failed fits out")
    folds, differences = len(one), one - two
    share = 1 / (folds - 1) if test_share is None else test_share
    if not 0 <= share < math.inf:
        raise ValueError(f"test_share: expected 0 or more, got {share}")
    mean, deviation = float(differences.mean()), float(differences.std(ddof=1))
    error = deviation * math.sqrt(1 / folds + share)
    t = mean / error if error else math.copysign(math.inf, mean) if mean else 0.0
    p = float(2 * stats.t.sf(abs(t), folds - 1))
    return Lead(mean, deviation, error, deviation / math.sqrt(folds), t, p, folds)
