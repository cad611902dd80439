"""Figures stand in one order for pages and notices, and their names say their units."""

import math
from typing import Any

import pytest

from aewidgets.reports.requirements.drift import Baseline
from aewidgets.reports.requirements.figures import Figure, figures_of
from aewidgets.reports.requirements.thresholds import Metric, Requirement, outcomes_of
from aewidgets.reports.requirements.units import named


def test_what_missed_comes_first_then_headlines_then_what_met_and_times_last():
    metrics = {"seconds": 3.0, "count": 1, "met": 2, "first": 3, "missed": 4, "verdict": "well", "note": "x"}
    outcomes = outcomes_of([Requirement.of("met > 1"), Requirement.of("missed < 1")], metrics)
    found = figures_of(metrics, {}, outcomes, None, ("first", "verdict"))
    assert [one.metric for one in found] == ["missed", "first", "verdict", "met", "count", "seconds"]
    assert [one.headline for one in found] == [False, True, True, False, False, False]


def test_a_list_of_numbers_takes_the_place_of_no_figure_unless_something_is_required_of_it():
    metrics = {"losses": list(range(500)), "in": {"a": 1, "rows": [1, 2]}, "psnr_db": 30}
    assert [one.metric for one in figures_of(metrics, {}, (), None, ("losses",))] == ["in.a", "psnr_db"]
    outcomes = outcomes_of([Requirement.of("losses[3] < 9")], metrics)
    assert [one.metric for one in figures_of(metrics, {}, outcomes, None)] == ["losses[3]", "in.a", "psnr_db"]


ODD = [31.0, 30, "infinite", "-infinite", "text", None, True, math.nan, math.inf, 10**400, -(10**400)]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("before", ODD)
def test_a_figure_of_any_kind_can_be_told(value: Any, before: Any):
    """The text "infinite", which stands for infinity, is compared like a number, and subtracted from nothing."""
    metrics, earlier = {"psnr_db": value}, Baseline("a", {"psnr_db": before})
    outcomes = outcomes_of([Requirement.of("psnr_db >= 30")], metrics)
    (figure,) = figures_of(metrics, {}, outcomes, earlier)
    assert "psnr_db" in figure.text()
    for number in (figure.difference, figure.percent):
        assert number is None or math.isfinite(number)
    if figure.change in ("better", "worse") and figure.difference is not None:
        assert (figure.difference > 0) == (figure.change == "better")


def test_a_change_has_its_sign_and_its_share():
    figure = Figure("a", 28.0, before=-35.0)
    assert (figure.difference, figure.percent) == (63.0, 180.0)
    assert Figure("a", 1, before=0).percent is None and Figure("a", True, before=1).difference is None


def test_the_better_way_is_what_was_said_when_the_run_was_started():
    earlier = Baseline("a", {"success_rate": 0.9})
    (silent,) = figures_of({"success_rate": 0.8}, {}, (), earlier)
    (said,) = figures_of({"success_rate": 0.8}, {}, (), earlier, said=[(Metric.of("success_rate"), True)])
    (over,) = figures_of({"success_rate": 0.8}, {"success_rate": "lower"}, (), earlier,
                         said=[(Metric.of("success_rate"), True)])  # fmt: skip
    assert (silent.change, said.change, over.change) == (None, "worse", "worse")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("psnr_db", ("PSNR", "dB")), ("bd_rate_percent", ("BD rate", "%")), ("worst.psnr_db", ("worst PSNR", "dB")),
        ("psnr_db.kodim01", ("PSNR kodim01", "dB")), ("images['a_b c'].psnr_db", ("images a_b c PSNR", "dB")),
        ("encode_seconds", ("encode", "s")), ("mb_per_s", ("mb per s", "MB/s")), ("read_mb_per_s", ("read", "MB/s")),
        ("images_per_s", ("images per s", "")), ("psnr_min", ("PSNR min", "")), ("seconds", ("seconds", "s")),
        ("bpp", ("bits per pixel", "bpp")), ("count", ("count", "")), ("_", ("_", "")), ("s", ("s", "s")),
        ("db", ("db", "dB")), ("bytes_per_pixel", ("bytes per pixel", "")), ("size_bytes", ("size", "bytes")),
        ("bd_rate_percent_against_jpeg", ("BD rate against jpeg", "%")), ("s_of_it", ("s of it", "")),
    ],
)  # fmt: skip
def test_the_unit_is_the_end_of_a_name_where_that_means_one_thing(name: str, said: tuple[str, str]):
    assert named(name) == said
