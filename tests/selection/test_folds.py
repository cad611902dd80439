"""Folds share no picture, not even a near duplicate, and do not depend on the order of the pictures."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from aewidgets.selection import PictureKFold, folds
from aewidgets.selection.folds import groups_of


def patches(side=32):
    whole = astronaut()
    return np.stack([whole[y : y + side, x : x + side] for y in range(0, 256, side) for x in range(0, 512, side)])


def as_jpeg(image):
    file = BytesIO()
    Image.fromarray(image).save(file, "jpeg", quality=95, subsampling=0)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize("count", [2, 3, 7])
def test_every_picture_is_tested_once_and_never_trained_on_beside_it(count):
    images = patches()
    found = list(PictureKFold(count).split(images))
    assert len(found) == PictureKFold(count).get_n_splits() == count
    assert sorted(np.concatenate([test for _, test in found])) == list(range(len(images)))
    for train, test in found:
        assert sorted([*train, *test]) == list(range(len(images)))


def test_pictures_that_were_stored_again_are_in_the_fold_of_their_original():
    images = patches()
    again = np.stack([as_jpeg(image) for image in images])
    assert (again != images).any(axis=(1, 2, 3)).mean() > 0.9
    fold = PictureKFold(4).folds_of(np.concatenate([images, again, images]))
    assert len(set(fold)) == 4
    np.testing.assert_array_equal(fold[: len(images)], fold[len(images) : 2 * len(images)])
    np.testing.assert_array_equal(fold[: len(images)], fold[2 * len(images) :])


def test_folds_follow_pictures_not_places():
    images = patches()
    order = np.random.default_rng(0).permutation(len(images))
    fold = PictureKFold(4, seed=1).folds_of(images)
    np.testing.assert_array_equal(PictureKFold(4, seed=1).folds_of(images[order]), fold[order])
    assert (PictureKFold(4, seed=2).folds_of(images) != fold).any()


def test_folds_of_different_pictures_are_of_equal_size():
    images = np.random.default_rng(0).integers(0, 256, (103, 5, 3, 1), "uint8")
    assert np.ptp(np.bincount(PictureKFold(4).folds_of(images))) <= 1


@pytest.mark.parametrize("shape", [(7, 9, 1), (3, 5, 3), (8, 8, 1)])
@pytest.mark.parametrize("tolerance", [0.0, 3.0, 6.0])
def test_groups_are_those_of_all_pairs_compared(shape, tolerance):
    rng = np.random.default_rng(1)
    base = rng.integers(20, 230, (12, *shape))
    noise = rng.integers(-8, 9, (48, *shape)) * rng.uniform(0, 1, (48, 1, 1, 1))
    images = (np.repeat(base, 4, 0) + noise).astype("uint8")
    images = np.concatenate([images, images[:5]])
    values = images.reshape(len(images), -1).astype(float)
    near = np.sqrt(np.square(values[:, None] - values).mean(2)) <= tolerance
    for _ in range(6):  # chains of up to 64 pictures
        near = near @ near
    group = groups_of(images, tolerance)
    np.testing.assert_array_equal(group[:, None] == group, near)


def test_near_copies_are_found_whatever_their_number_and_though_their_thumbnails_are_equal(monkeypatch):
    monkeypatch.setattr(folds, "_CHUNK", 7)
    board = np.indices((8, 8)).sum(0) % 2 * 2 - 1  # of mean 0 in each block
    images = np.stack([np.full((8, 8), 40 + 60 * (n % 3)) + board * (n // 3 % 3) for n in range(60)])[..., None]
    group = groups_of(images.astype("uint8"), 1.5)
    np.testing.assert_array_equal(group[:, None] == group, np.arange(60)[:, None] % 3 == np.arange(60) % 3)


def test_no_fold_is_empty_beside_a_large_group():
    others = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), "uint8")
    images = np.concatenate([np.zeros((50, 8, 8, 1), "uint8"), others])
    assert len(np.unique(PictureKFold(5).folds_of(images))) == 5
    with pytest.raises(ValueError, match="5 groups of near duplicates"):
        PictureKFold(6).folds_of(images)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_splits": 1}, "at least 2 folds"),
        ({"n_splits": 2.5}, "at least 2 folds"),
        ({"n_splits": "3"}, "at least 2 folds"),
        ({"tolerance": -1}, "0 or more"),
        ({"tolerance": float("nan")}, "0 or more"),
        ({"tolerance": None}, "0 or more"),
        ({"seed": None}, "a whole number"),
    ],
)
def test_numbers_out_of_range_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        PictureKFold(**options)
