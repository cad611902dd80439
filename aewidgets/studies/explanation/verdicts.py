"""Verdicts on maps, in words, and the first of the checks: whether a map's sum is what its method promises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aewidgets.studies.explanation.maps import Explanation
from aewidgets.studies.restoration.denoisers import standard_error

__all__ = ["Verdict", "check_sum", "over_pictures"]


@dataclass(frozen=True)
class Verdict:
    """Result of a check.

    Attributes:
        check: name of the check.
        passes: whether the map passes; None where the check does not apply.
        reason: why, in a sentence with the figures.
    """

    check: str
    passes: bool | None
    reason: str


def over_pictures(values: np.ndarray) -> tuple[float, float]:
    """Return the mean of values (draws, pictures) and its standard error.

    The error is that over pictures, each the mean of its draws; with a single picture that over draws. It is NaN where
    there is one of both.
    """
    values = np.atleast_2d(values)
    each = values.mean(axis=0) if values.shape[1] > 1 else values[:, 0]
    return float(each.mean()), standard_error(each.tolist())


def check_sum(explanation: Explanation, at_most_percent: float = 1.0) -> Verdict:
    """Check that maps sum up to what they explain: conservation (LRP) or completeness (integrated gradients).

    The error is the sum over images of the distances from what the sums should be, over that of the latter's sizes.

    Args:
        explanation: maps of one method.
        at_most_percent: error up to which the check is passed.
    """
    check = "completeness" if explanation.method == "integrated gradients" else "conservation"
    if explanation.explained is None:
        return Verdict("sum", None, f"{explanation.method} promises no sum")
    explained = np.asarray(explanation.explained, "float64")
    sums = explanation.maps.sum((1, 2), dtype="float64")
    size = max(float(np.abs(explained).sum()), 1e-12)
    percent = 100 * float(np.abs(sums - explained).sum()) / size
    reason = f"the sum of the map is {_short(percent)} % away from what it explains"
    if check == "completeness" and percent > at_most_percent:
        reason += "; more steps bring it closer"
    if explanation.biases is not None and percent > at_most_percent:
        rest = 100 * float(np.abs(sums + explanation.biases - explained).sum()) / size
        reason += f"; with what biases took it is {_short(rest)} % away"
    if explanation.without_rule:
        reason += f"; there is no rule for {', '.join(explanation.without_rule)}"
    return Verdict(check, percent <= at_most_percent, reason)


def _short(percent: float) -> str:
    """Return a percentage with two digits, or as a whole number from 10 on."""
    return f"{percent:,.0f}" if percent >= 10 else f"{percent:.2g}"
