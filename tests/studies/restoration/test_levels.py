"""Curves over strengths fall as pictures get worse, and windows that differ are where they differ."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import camera

from aewidgets.images.arrays import ImageError
from aewidgets.restoration.corruptions import CORRUPTIONS
from aewidgets.studies.restoration.corrupted import AS_IS, corrupt_subject
from aewidgets.studies.restoration.levels import (
    corruption_choices,
    levels_of,
    measure_level,
    middle_crop,
    middle_crops,
    where_they_differ,
)
from aewidgets.studies.restoration.points import denoise_point

IMAGE = camera()[100:180, 200:300]


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_levels_rise_inside_the_range_of_the_corruption(corruption):
    levels, (least, most) = levels_of(corruption), CORRUPTIONS[corruption].range
    assert list(levels) == sorted(set(levels))
    assert least <= levels[0] < levels[-1] <= most


@pytest.mark.parametrize("choice", corruption_choices()[:-1], ids=lambda choice: choice.name)
def test_another_seed_gives_another_picture_where_that_is_said(choice):
    one, other = (corrupt_subject(IMAGE, choice.name, seed=seed).shown for seed in (0, 1))
    assert np.array_equal(one, other) != choice.random
    assert choice.least <= choice.usual <= choice.most


def test_a_curve_falls_with_the_noise_and_is_that_of_the_middle():
    levels = levels_of("gaussian")
    curve = [measure_level(IMAGE, "gaussian", level, "tv", seed=1).psnr_db for level in levels]
    assert curve == sorted(curve, reverse=True)
    crop = middle_crop(camera(), 64)
    np.testing.assert_array_equal(crop, camera()[224:288, 224:288])
    expected = denoise_point(corrupt_subject(crop, "gaussian", 25), "tv")
    assert measure_level(crop, "gaussian", 25, "tv").psnr_db == expected.psnr_db


def test_a_level_that_a_method_cannot_do_is_a_gap():
    assert measure_level(IMAGE[:32, :32], "missing", 1.0, "biharmonic").psnr_db is None
    assert levels_of(AS_IS) == ()
    with pytest.raises(ValueError, match="unknown corruption"):
        levels_of("rain")


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 70)), min_size=1, max_size=6), st.integers(3, 20))
@settings(max_examples=40, deadline=None)
def test_windows_are_inside_apart_and_from_the_most_different_on(spots, size):
    a = np.zeros((80, 100), np.uint8)
    b = a.copy()
    for index, (column, row) in enumerate(spots):
        b[row : row + 4, column : column + 4] = 40 + index
    windows = where_they_differ(a, b, size)
    sums = [int(np.square(w.of(b).astype(int)).sum()) for w in windows]
    assert 1 <= len(windows) <= 4
    assert sums == sorted(sums, reverse=True)
    assert min(sums) > 0
    for i, w in enumerate(windows):
        assert w.of(a).shape == (size, size)
        assert all(abs(w.row - v.row) >= size or abs(w.column - v.column) >= size for v in windows[:i])


def test_equal_pictures_differ_nowhere_and_two_shapes_are_refused():
    assert where_they_differ(IMAGE, IMAGE) == ()
    with pytest.raises(ValueError, match="one shape"):
        where_they_differ(IMAGE, IMAGE[1:])


def test_middles_are_of_every_picture_and_small_ones_are_named():
    named = [("a", IMAGE), ("a", IMAGE[:40, :30]), ("b", np.dstack([IMAGE] * 3)[:, :64])]
    assert [m.shape for m in middle_crops(named, 64, least=30)] == [(64, 64), (40, 30), (64, 64, 3)]
    assert [m.shape for m in middle_crops(named, 20, least=64)] == [(20, 20), (20, 20), (20, 20, 3)]
    with pytest.raises(ImageError, match=r"at least 64 pixels a side, got a, 30x40; leave"):
        middle_crops(named, 100, least=64)
    with pytest.raises(ImageError, match=r"a, 30x40 and 2 more; leave"):
        middle_crops([("a", IMAGE[:40, :30])] * 7, 100, least=64)
