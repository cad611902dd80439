"""A codec follows another's file by points measured before: exact on the curve, close between its points."""

import math
from dataclasses import replace

import numpy as np
import pytest

from aewidgets.studies.rate.following import estimated_quality, nearest_point
from aewidgets.studies.rate.operating_points import OperatingPoint, curve, operating_point
from aewidgets.studies.subjects import Subject, open_subject


@pytest.fixture(scope="module")
def subject() -> Subject:
    """Return a photograph of 96 x 128 pixels."""
    from skimage.data import astronaut

    return open_subject(astronaut()[40:136, 150:278], "face")


@pytest.fixture(scope="module")
def curves(subject: Subject) -> dict[str, list[OperatingPoint]]:
    """Return curves of nine points a codec."""
    return {codec: list(curve(subject, codec)) for codec in ("jpeg", "jpeg2000", "webp")}


@pytest.mark.parametrize("by", ["size", "quality"])
@pytest.mark.parametrize("codec", ["jpeg", "jpeg2000", "webp"])
def test_a_point_of_the_curve_is_followed_by_itself(curves, codec: str, by: str):
    for point in curves[codec]:
        assert nearest_point(curves[codec], point, by) is point
        assert estimated_quality(codec, curves[codec], point, by) == pytest.approx(point.quality, rel=1e-6)


@pytest.mark.parametrize("follower", ["jpeg2000", "webp"])
def test_between_points_the_estimate_comes_closer_than_the_nearest_point(subject: Subject, curves, follower: str):
    leader = operating_point(subject, "jpeg", 43)
    quality = estimated_quality(follower, curves[follower], leader, "size")
    ratio = operating_point(subject, follower, quality).num_bytes / leader.num_bytes
    nearest = nearest_point(curves[follower], leader, "size").num_bytes / leader.num_bytes
    assert abs(math.log(ratio)) < 0.1
    assert abs(math.log(ratio)) < abs(math.log(nearest))


def test_a_quality_keeps_to_the_codecs_steps(curves):
    leader = replace(curves["webp"][4], num_bytes=curves["webp"][4].num_bytes + 77)
    assert estimated_quality("jpeg", curves["jpeg"], leader, "size") in range(1, 101)


@pytest.mark.parametrize(("size", "end"), [(1, 0), (10**9, -1)])
def test_beyond_its_ends_a_curve_answers_with_them(curves, size: int, end: int):
    leader = replace(curves["webp"][0], num_bytes=size)
    for codec in ("jpeg", "jpeg2000"):
        assert estimated_quality(codec, curves[codec], leader, "size") == pytest.approx(curves[codec][end].quality)


def test_what_lost_nothing_is_followed_by_the_best(subject: Subject, curves):
    leader = replace(curves["webp"][0], psnr_db=np.inf)
    assert nearest_point(curves["jpeg"], leader, "quality") is curves["jpeg"][-1]
    assert estimated_quality("jpeg", curves["jpeg"], leader, "quality") == curves["jpeg"][-1].quality


def test_of_nothing_nothing_is_nearest_and_without_a_choice_there_is_none(subject: Subject, curves):
    assert nearest_point([], curves["jpeg"][0], "size") is None
    assert estimated_quality("png", [operating_point(subject, "png")], curves["jpeg"][0], "size") is None
