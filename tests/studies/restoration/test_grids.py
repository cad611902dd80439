"""A page embeds figures of its part of the picture, and as many pictures as fit, always those of both sides."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.data import camera, chelsea

from aewidgets.images.metrics import psnr
from aewidgets.studies.restoration.corrupted import corrupt_subject
from aewidgets.studies.restoration.grids import denoise_grid
from aewidgets.studies.restoration.points import denoise_point

pytestmark = pytest.mark.long

SMALL = camera()[100:160, 200:280]


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"))


def test_figures_are_of_the_picture_and_pictures_near_to_what_was_measured():
    grid = denoise_grid(SMALL, "gaussian", 25, 0, ("noisy", "tv"), 1_000_000)
    assert [level.corrupted.strength for level in grid.levels] == [15, 25, 50, 75, 100]
    level = grid.levels[1]
    point = denoise_point(corrupt_subject(SMALL, "gaussian", 25), "tv")
    assert {p.method: p.psnr_db for p in level.points}["tv"] == point.psnr_db
    assert psnr(point.image, decoded(level.pictures["tv"])) > 35
    np.testing.assert_array_equal(decoded(grid.original), SMALL)
    assert level.points[0].method == "original"
    assert grid.levels[0].points[1].psnr_db > level.points[1].psnr_db


def test_a_strength_between_those_of_curves_is_embedded_too():
    grid = denoise_grid(SMALL, "jpeg", 13, 0, ("noisy", "tv"), 1_000_000)
    strengths = [level.corrupted.strength for level in grid.levels]
    assert 13 in strengths
    assert len(strengths) == 5
    assert strengths == sorted(strengths)


def test_what_does_not_fit_is_a_smaller_part_with_fewer_methods():
    image = chelsea()
    grid = denoise_grid(image, "gaussian", 50, 0, ("noisy", "tv"), 90_000)
    assert grid.size <= 90_000
    assert all("tv" in level.pictures for level in grid.levels)
    height, width = grid.image.shape[:2]
    assert height >= 80
    top, left = (300 - height) // 2, (451 - width) // 2
    np.testing.assert_array_equal(grid.image, image[top : top + height, left : left + width])


def test_all_of_a_picture_is_embedded_where_it_fits_and_its_proportions_where_not():
    image = camera()[:128:2, ::2]  # four times as wide as it is high
    whole = denoise_grid(image, "as-is", None, 0, ("noisy", "tv"), 400_000)
    np.testing.assert_array_equal(whole.image, image)
    assert whole.size <= 400_000
    part = denoise_grid(np.repeat(image, 2, axis=0), "as-is", None, 0, ("noisy", "tv"), 200_000)
    height, width = part.image.shape
    assert height < 128
    assert width / height == pytest.approx(2, rel=0.2)


@pytest.mark.parametrize("corruption", ["as-is", "missing"])
def test_a_picture_as_it_is_has_one_level_and_what_cannot_be_done_is_missing(corruption):
    strength = None if corruption == "as-is" else 1.0
    grid = denoise_grid(SMALL[:32, :32], corruption, strength, 0, ("noisy", "biharmonic"), 500_000)
    if corruption == "as-is":
        assert (len(grid.levels), grid.original) == (1, b"")
    else:
        assert "biharmonic" not in {p.method for p in grid.levels[-1].points}
        assert grid.levels[-1].differ == ()
