"""What the fits of a search say: means, deviations, the winner and its lead. Pure; trains and reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from aewidgets.selection.leads import paired_lead

__all__ = ["BYTES_OF_A_VALUE", "Candidate", "compared", "row_of"]

BYTES_OF_A_VALUE = 4  # of a code in float32, before any coding


@dataclass(frozen=True)
class Candidate:
    """One set of parameters of a search, and the results of its fits.

    Attributes:
        number: number of the candidate, from 1, in the order of the grid.
        settings: its parameters.
        round: number of the last round of halving that it was in, from 1.
        results: what `fit_once` returned, by fold and seed; None for a fit that is missing.
    """

    number: int
    settings: Mapping[str, Any]
    round: int
    results: Mapping[tuple[int, int], Mapping[str, Any] | None]

    def table(self, name: str) -> np.ndarray | None:
        """Return a figure of all fits, (folds, seeds) float64; None where a fit failed or is missing."""
        values = [one.get(name) if one else None for one in self.results.values()]
        if not values or any(value is None or not np.isfinite(value) for value in values):
            return None
        seeds = len({seed for _, seed in self.results})
        return np.array(values, "float64").reshape(-1, seeds)

    @property
    def score(self) -> float | None:
        """Mean score over folds and seeds; None where a fit failed or is missing."""
        found = self.table("score")
        return None if found is None else float(found.mean())


def row_of(candidate: Candidate) -> dict[str, Any]:
    """Return the figures of a candidate as JSON holds them.

    "deviation" is the standard deviation of the score over all fits, folds and seeds together; "seed_deviation" that
    over seeds of one fold, as the root of the mean variance.
    """
    failures = [one["failure"] for one in candidate.results.values() if one and "failure" in one]
    row: dict[str, Any] = {
        "number": candidate.number, "settings": dict(candidate.settings), "round": candidate.round,
        "fits": sum(one is not None for one in candidate.results.values()), "failures": failures,
    }  # fmt: skip
    score, mse, seconds = (candidate.table(name) for name in ("score", "mse", "seconds"))
    if score is None or mse is None or seconds is None:
        return row | {"score": None}
    first = next(one for one in candidate.results.values() if one)
    seeds = score.shape[1]
    return row | {
        "score": float(score.mean()), "deviation": _deviation(score.ravel()),
        "seed_deviation": float(np.sqrt(score.var(axis=1, ddof=1).mean())) if seeds > 1 else None,
        "fold_scores": score.mean(1).tolist(), "mse": float(mse.mean()),
        "seconds": float(seconds.mean()), "parameters": first["parameters"], "code_values": first["code_values"],
        "code_bytes": BYTES_OF_A_VALUE * first["code_values"],
    }  # fmt: skip


def compared(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order rows from the best to the worst, and give each but the first the winner's lead over it as "lead".

    Candidates that halving dropped come after those that went on, whatever their scores, and without a lead: they were
    trained for fewer epochs. Of each round those with failed or missing fits come last; where all of the last round
    have some, there is no winner.
    """
    ordered = sorted(
        rows, key=lambda row: (-row["round"], row["score"] is None, -(row["score"] or 0.0), row["number"])
    )
    winner = ordered[0] if ordered and ordered[0]["score"] is not None else None
    found = []
    for row in ordered:
        lead = None
        if winner and row is not winner and row["score"] is not None and row["round"] == winner["round"]:
            one = paired_lead(winner["fold_scores"], row["fold_scores"])
            lead = asdict(one) | {"exceeds": one.exceeds, "t": one.t if np.isfinite(one.t) else None}
        found.append(row | {"lead": lead})
    return found


def _deviation(values: np.ndarray) -> float | None:
    """Return the standard deviation of a sample; None of a single value."""
    return float(values.std(ddof=1)) if len(values) > 1 else None
