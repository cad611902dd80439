"""BD-rates obey their laws and reproduce the table of published codecs."""

import json
from pathlib import Path

import numpy as np
import pytest

from aewidgets.studies.rate.bd_rates import bd_interval, bd_rate

ANCHORS = json.loads((Path(__file__).parents[2] / "anchors" / "kodak_rd.json").read_text())


def curve(name: str) -> tuple[list, list]:
    return ANCHORS[name]["bpp"], ANCHORS[name]["psnr"]


@pytest.mark.parametrize(
    "test, jpeg_, optimised, avif, vtm",
    [
        ("pillow-jpeg-optimize-progressive", -7.3, 0, 81, 167),
        ("pillow-webp-m6", -38.0, -33.1, 21, 79),
        ("bmshj2018-factorized", -41.8, -37.2, 14, 68),
        ("pillow-jpeg2000", -45.9, -41.6, 5.9, 56),
        ("pillow-avif-s6-444", -48.9, -44.8, 0, 48),
        ("bmshj2018-hyperprior", -54.5, -51.0, -11, 31),
        ("mbt2018-mean", -57.7, -54.4, -17, 22),
        ("evc-s", -60.2, -57.6, -26, 7),  # covers 32.3 to 37.4 dB only
        ("mlic++", -70.7, -68.5, -43, -15.0),  # covers 29.2 to 37.3 dB only
        ("vtm", -65.3, -62.6, -32, 0),
    ],
)
def test_bd_rate_reproduces_the_table_of_published_codecs(test, jpeg_, optimised, avif, vtm):
    anchors = ["jpeg", "pillow-jpeg-optimize-progressive", "pillow-avif-s6-444", "vtm"]
    for anchor, percent in zip(anchors, [jpeg_, optimised, avif, vtm], strict=True):
        pair = curve(anchor), curve(test)
        digits = 0.06 if percent != round(percent) else 0.56
        assert bd_rate(*pair, bd_interval(*pair)) == pytest.approx(percent, abs=digits)


def test_bd_rate_of_a_constant_saving_is_that_saving():
    rate, quality = curve("vtm")
    assert bd_rate((rate, quality), (np.multiply(rate, 0.8), quality)) == pytest.approx(-20)
    assert bd_rate((rate, quality), (np.multiply(rate, 0.8), quality), None) == pytest.approx(-20)


def test_bd_rate_swapped_is_the_reciprocal_ratio():
    there, back = (bd_rate(*p) for p in [(curve("vtm"), curve("bpg")), (curve("bpg"), curve("vtm"))])
    assert (1 + there / 100) * (1 + back / 100) == pytest.approx(1)


def test_bd_rate_does_not_depend_on_the_order_of_points_or_on_lossless_ones():
    rate, quality = curve("bpg")
    reversed_ = [*rate[::-1], 12.0], [*quality[::-1], np.inf]
    assert bd_rate(curve("vtm"), reversed_) == bd_rate(curve("vtm"), (rate, quality))


def test_of_points_of_equal_quality_the_cheapest_counts():
    rate, quality = curve("bpg")
    at_its_ceiling = [rate[-1] * 1.5, *rate], [quality[-1], *quality]
    assert bd_rate(curve("vtm"), at_its_ceiling) == bd_rate(curve("vtm"), (rate, quality))


def test_bd_rate_extrapolates_nothing_and_says_what_is_covered():
    with pytest.raises(ValueError, match=r"test 32.32 to 37.40 dB.*interval=\(32.32, 37.40\)"):
        bd_rate(curve("jpeg"), curve("evc-s"))
    with pytest.raises(ValueError, match="share no part"):
        bd_rate(curve("jpeg"), ([0.01, 0.02], [10.0, 12.0]), None)


def test_bd_interval_is_the_overlap_inside_the_asked_interval():
    assert bd_interval(curve("jpeg"), curve("evc-s")) == pytest.approx((32.3197, 37.4012), abs=1e-4)
    assert bd_interval(curve("jpeg"), curve("vtm"), None) == (26.1448, 40.5567)
    assert bd_interval(curve("jpeg"), ([0.01, 0.02], [10.0, 12.0])) is None


@pytest.mark.parametrize("bad", [([1.0], [30.0]), ([1.0, 2.0], [30.0, 30.0]), ([0.0, 1.0], [30.0, 31.0])])
def test_bd_rate_refuses_curves_it_cannot_interpolate(bad):
    with pytest.raises(ValueError, match="at least two points"):
        bd_rate(curve("jpeg"), bad)
