"""A grid fits into its bytes, holds both sides first, and shows no artefacts of another codec."""

import numpy as np
import pytest

from aewidgets.images.reading import read_image
from aewidgets.studies.rate.operating_grids import Crop, operating_grid, shown_bytes
from aewidgets.studies.rate.operating_points import ORIGINAL, operating_point
from aewidgets.studies.subjects import Subject, open_subject

pytestmark = pytest.mark.long


@pytest.fixture
def subject(photo: np.ndarray) -> Subject:
    """Return a photograph of 128 x 192 pixels."""
    return open_subject(photo, "face")


def grid_of(subject: Subject, left: str, right: str, max_bytes: int):
    return operating_grid(subject, operating_point(subject, left), operating_point(subject, right), max_bytes)


@pytest.mark.parametrize("max_bytes", [150_000, 1_000_000])
def test_a_grid_fits_and_begins_with_what_is_shown_first(subject: Subject, max_bytes: int):
    grid = grid_of(subject, "jpeg2000", "avif", max_bytes)
    assert grid.size <= max_bytes
    first = [(e.point.codec, e.point.quality) for e in grid.points[:3]]
    assert first == [(ORIGINAL, None), ("jpeg2000", 30), ("avif", 50)]


def test_more_room_holds_more_points(subject: Subject):
    few, many = (grid_of(subject, "jpeg2000", "avif", size) for size in (150_000, 1_000_000))
    assert len(few.points) < len(many.points)
    assert {e.point.codec for e in many.points} >= {"jpeg", "webp", "avif", "jpeg2000"}


def test_pictures_of_the_grid_are_exactly_what_the_files_decode_to(subject: Subject):
    grid = grid_of(subject, "jpeg2000", "avif", 400_000)
    assert grid.crop == Crop(0, 0, 192, 128)
    for e in grid.points:
        assert np.array_equal(read_image(e.shown), e.point.image)


def test_of_a_picture_that_does_not_fit_the_middle_is_embedded(subject: Subject):
    grid = grid_of(subject, "jpeg2000", "jpeg", 60_000)
    assert grid.crop.width < 192
    assert grid.crop.height < 128
    for e in grid.points:
        shown = read_image(e.shown)
        assert np.array_equal(grid.crop.of(shown) if e.whole else shown, grid.crop.of(e.point.image))


def test_curves_are_there_for_codecs_whose_pictures_are_not(subject: Subject):
    grid = grid_of(subject, "jpeg", "webp", 60_000)
    assert set(grid.curves) >= {"jpeg", "webp", "avif", "jpeg2000", "learned"}


def test_all_figures_are_judged(subject: Subject):
    assert all(e.point.ssim is not None for e in grid_of(subject, "jpeg", "webp", 200_000).points)


def test_a_browser_gets_the_file_itself_where_it_reads_the_format(subject: Subject):
    point = operating_point(subject, "avif")
    assert shown_bytes(point) == (point.data, "image/avif")


def test_only_a_preview_is_lossy(subject: Subject):
    point = operating_point(subject, "jpeg2000")
    exact, preview = shown_bytes(point), shown_bytes(point, preview=True)
    assert (exact[1], preview[1]) == ("image/png", "image/jpeg")
    assert np.array_equal(read_image(exact[0]), point.image)
    assert len(preview[0]) < len(exact[0]) / 2
