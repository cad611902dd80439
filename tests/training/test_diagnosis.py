"""Diagnosis of codes: values, limits and marks."""

import numpy as np
import pytest

from aewidgets.training.diagnosis import (
    ACTIVE,
    COLLAPSED,
    activity_units,
    collapse,
    generalisation_gap,
    kl_per_unit,
    kl_units,
    units,
)


def test_a_posterior_that_is_the_prior_costs_nothing():
    assert kl_per_unit(np.zeros((5, 3)), np.zeros((5, 3))) == pytest.approx(np.zeros(3))


@pytest.mark.parametrize(("mean", "log_var"), [(0.7, -1.3), (-2.0, 0.4), (0.0, -6.0)])
def test_kl_is_the_integral_that_defines_it(mean, log_var):
    z, step = np.linspace(-12, 12, 200_001, retstep=True)
    q = np.exp(-0.5 * (z - mean) ** 2 / np.exp(log_var)) / np.sqrt(2 * np.pi * np.exp(log_var))
    log_ratio = -0.5 * (z - mean) ** 2 / np.exp(log_var) - 0.5 * log_var + 0.5 * z**2
    expected = np.sum(q * log_ratio) * step
    assert kl_per_unit(np.full((2, 1), mean), np.full((2, 1), log_var))[0] == pytest.approx(expected, rel=1e-6)


def test_a_unit_without_information_is_collapsed():
    rng = np.random.default_rng(0)
    mean = np.stack([rng.normal(0, 1, 400), rng.normal(0, 0.01, 400)], axis=1)
    log_var = np.stack([np.full(400, -4.0), np.full(400, 0.001)], axis=1)
    found = kl_units(mean, log_var)
    assert found.measure == "kl"
    assert found.marks == ("", "collapsed")
    assert found.values[1] < COLLAPSED < found.values[0]


@pytest.mark.parametrize(
    ("nats", "words"),
    [
        ((0.5, 0.0, 2.0), "1 of 3 units of the code (z2) carry less than 0.1 nats"),
        ((0.5, 0.0, 2.0), "the code is one of 2."),
        ((0.01,), "1 of 1 unit of the code carry less"),
        ((0.01,), "the decoder makes one and the same of every picture"),
    ],
)
def test_a_collapse_is_said_in_words_with_what_helps(nats, words):
    assert words in collapse(nats, finds_variance=False)
    assert "without a fixed variance" in collapse(nats, finds_variance=False)
    assert "variance" not in collapse(nats, finds_variance=True)


def test_without_a_collapse_nothing_is_said():
    assert collapse((COLLAPSED, 3.0), finds_variance=False) is None
    assert collapse((), finds_variance=False) is None


def test_dead_and_always_active_units_are_marked():
    codes = np.zeros((200, 4), "float32")
    codes[:, 1] = 0.3
    codes[::4, 2] = -1.0
    codes[:199, 3] = 2.0
    found = activity_units(codes)
    assert found.measure == "activity"
    assert found.values == pytest.approx((0, 1, 0.25, 0.995))
    assert found.marks == ("dead", "always on", "", "always on")
    assert found.values[3] >= ACTIVE


def test_every_place_of_a_map_is_a_unit():
    assert len(activity_units(np.ones((3, 2, 2, 5))).values) == 20


def test_statistics_choose_the_measure():
    zeros = np.zeros((4, 2))
    assert units({"z_mean": zeros, "z_log_var": zeros}).measure == "kl"
    assert units({"active": zeros}).measure == "activity"
    assert units({}) is None


def test_the_gap_is_a_share_of_the_training_error():
    assert generalisation_gap(0.008, 0.010) == pytest.approx(0.25)
    assert generalisation_gap(0.008, 0.008) == 0.0


@pytest.mark.parametrize(
    "act",
    [
        lambda: kl_per_unit(np.zeros((4, 2)), np.zeros((4, 3))),
        lambda: kl_per_unit(np.zeros((0, 2)), np.zeros((0, 2))),
        lambda: activity_units(np.zeros(5)),
        lambda: generalisation_gap(0.0, 1.0),
    ],
)
def test_wrong_arguments_are_refused_in_words(act):
    with pytest.raises(ValueError, match="expected"):
        act()
