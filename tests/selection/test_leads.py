"""A paired lead is scipy's paired t test, with Nadeau and Bengio's wider standard error."""

import math

import numpy as np
import pytest
from scipy import stats

from aewidgets.selection import paired_lead


def scores(seed):
    return np.random.default_rng(seed).normal(size=7)


def test_without_correction_it_is_the_paired_t_test():
    lead = paired_lead(scores(1), scores(2), test_share=0)
    expected = stats.ttest_rel(scores(1), scores(2))
    assert (lead.t, lead.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert lead.standard_error == pytest.approx(lead.plain_error)


@pytest.mark.parametrize("folds", [3, 5, 10])
def test_the_correction_widens_by_the_shared_pictures(folds):
    lead = paired_lead(scores(1)[:folds], scores(2)[:folds])
    k = len(scores(1)[:folds])
    assert lead.standard_error / lead.plain_error == pytest.approx(math.sqrt(1 + k / (k - 1)))


def test_a_lead_turns_with_its_sides():
    one, other = paired_lead(scores(1), scores(2)), paired_lead(scores(2), scores(1))
    assert (one.mean, one.p) == pytest.approx((-other.mean, other.p)) and one.certain == other.certain


def test_equal_scores_have_no_lead_and_a_constant_one_is_certain():
    assert not paired_lead(scores(1), scores(1)).exceeds
    assert paired_lead([1, 2, 3], [1, 2, 3]).p == 1
    assert paired_lead([2, 3, 4], [1, 2, 3]).exceeds and not paired_lead([1, 2, 3], [2, 3, 4]).exceeds


@pytest.mark.parametrize("pair", [([1], [2]), ([1, 2], [1, 2, 3]), ([], [])])
def test_other_folds_are_refused(pair):
    with pytest.raises(ValueError, match="same two or more folds"):
        paired_lead(*pair)


@pytest.mark.parametrize(
    ("pair", "share", "words"),
    [(([1, float("nan")], [1, 2]), None, "finite scores"), (([1, 2], [1, 3]), -1, "test_share: expected 0 or more")],
)
def test_scores_that_are_no_numbers_are_refused(pair, share, words):
    with pytest.raises(ValueError, match=words):
        paired_lead(*pair, test_share=share)
