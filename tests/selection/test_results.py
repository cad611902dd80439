"""Rows of a search: means and deviations over folds and seeds, and an order in which only equals are compared."""

import numpy as np
import pytest

from aewidgets.selection.leads import paired_lead
from aewidgets.selection.results import Candidate, compared, row_of


def candidate(number, scores, round=1, **changes):
    """A candidate with these scores, (folds, seeds)."""
    fit = {"mse": 0.1, "seconds": 2.0, "parameters": 7, "code_values": 5}
    results = {
        (fold, seed): fit | {"score": score} | changes
        for fold, seeds in enumerate(scores) for seed, score in enumerate(seeds, 1)
    }  # fmt: skip
    return Candidate(number, {"latent_dim": number}, round, results)


SCORES = np.random.default_rng(0).normal(size=(4, 3))


def test_figures_are_those_of_numpy():
    row = row_of(candidate(1, SCORES))
    assert row["score"] == pytest.approx(SCORES.mean())
    assert row["deviation"] == pytest.approx(SCORES.std(ddof=1))
    assert row["fold_scores"] == pytest.approx(SCORES.mean(1)) and row["fits"] == 12
    assert row["seed_deviation"] == pytest.approx(np.sqrt(SCORES.var(1, ddof=1).mean()))
    assert row["code_bytes"] == 20
    assert row_of(candidate(1, SCORES[:, :1]))["seed_deviation"] is None


def test_a_candidate_without_all_fits_has_no_score():
    whole = candidate(1, SCORES)
    for result in (None, {"failure": "the loss is NaN"}, {"score": float("nan"), "mse": 1, "seconds": 1}):
        row = row_of(Candidate(1, {}, 1, {**whole.results, (0, 1): result}))
        assert row["score"] is None
        assert row["failures"] == (["the loss is NaN"] if result and "failure" in result else [])


def test_the_winner_leads_all_of_its_round_and_nobody_else():
    rows = [row_of(candidate(n, SCORES + shift, of)) for n, shift, of in ((1, 5, 1), (2, 0, 2), (3, 1, 2))]
    rows.append(row_of(Candidate(4, {}, 2, {(0, 1): None})))
    ordered = compared(rows)
    assert [row["number"] for row in ordered] == [3, 2, 4, 1]
    assert [row["lead"] is not None for row in ordered] == [False, True, False, False]
    lead = paired_lead(ordered[0]["fold_scores"], ordered[1]["fold_scores"])
    assert ordered[1]["lead"]["mean"] == pytest.approx(1) == pytest.approx(lead.mean)


def test_no_winner_leads_where_nobody_has_a_score():
    assert [row["lead"] for row in compared([row_of(Candidate(1, {}, 1, {(0, 1): None}))])] == [None]
    assert compared([]) == []
    dropped, last = row_of(candidate(1, SCORES)), row_of(Candidate(2, {}, 2, {(0, 1): None}))
    first = compared([dropped, last])[0]  # it would be trained for the few epochs of its round
    assert first["number"] == 2 and first["score"] is None
