"""Batches follow from seed, epoch and step; each picture comes once an epoch; changes stay within their bounds."""

import numpy as np
import pytest
from skimage.data import astronaut

from aewidgets.training.data.parts import Part
from aewidgets.training.fitting.batches import Batches, augmented


@pytest.fixture(scope="module")
def part():
    rng, photograph = np.random.default_rng(0), astronaut()
    corners = rng.integers(0, 480, (70, 2))
    return Part(np.stack([photograph[i : i + 16, j : j + 24] for i, j in corners]))


def epoch_of(part, epoch=1, **options):
    batches = Batches(part, 16, **options)
    batches.epoch = epoch
    return [batches[step][0] for step in range(len(batches))]


def test_every_picture_comes_once_an_epoch(part):
    got = np.concatenate(epoch_of(part, seed=1))
    assert sorted(image.tobytes() for image in got) == sorted(image.tobytes() for image in part.images)
    assert not np.array_equal(got, part.images)


def test_without_a_seed_the_order_stays(part):
    np.testing.assert_array_equal(np.concatenate(epoch_of(part)), part.images)


@pytest.mark.parametrize("augment", [(), ("flip", "shift", "brightness")])
def test_seed_and_epoch_decide_the_batches(part, augment):
    first, again = (epoch_of(part, 3, seed=1, augment=augment) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    for other in (epoch_of(part, 4, seed=1, augment=augment), epoch_of(part, 3, seed=2, augment=augment)):
        assert not np.array_equal(first[0], other[0])


def test_a_batch_needs_none_before_it(part):
    """Batches are the same in any order of access, which resuming relies on."""
    backwards = Batches(part, 16, seed=1, augment=("flip",))
    last = [backwards[step][0] for step in reversed(range(len(backwards)))][::-1]
    for a, b in zip(epoch_of(part, seed=1, augment=("flip",)), last, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("multiple, sizes", [(1, [16, 16, 16, 16, 6]), (4, [16, 16, 16, 16, 4]), (8, [16] * 4)])
def test_the_last_batch_is_shared_evenly(part, multiple, sizes):
    assert [len(batch) for batch in epoch_of(part, seed=1, multiple=multiple)] == sizes


def test_flipped_pictures_are_pictures_or_their_mirrors(part):
    got = augmented(part.images, ("flip",), np.random.default_rng(1))
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(got, part.images, strict=True)]
    same = [np.array_equal(a, b) for a, b in zip(got, part.images, strict=True)]
    assert all(a or b for a, b in zip(mirrored, same, strict=True))
    assert 20 < sum(mirrored) < 50


def test_shifts_are_at_most_an_eighth_of_the_side(part):
    """Shifts are at most an eighth; pictures hold their rows and columns as brightness, to be read out again."""
    rows = np.broadcast_to(np.arange(16)[None, :, None, None], (200, 16, 24, 1)).astype("uint8")
    columns = np.broadcast_to(np.arange(24)[None, None, :, None], (200, 16, 24, 1)).astype("uint8")
    down, right = (
        augmented(places, ("shift",), np.random.default_rng(2))[:, 8, 12, 0].astype(int) for places in (rows, columns)
    )
    assert {*(down - 8)} == set(range(-2, 3))
    assert {*(right - 12)} == set(range(-3, 4))


def test_brightness_is_a_factor_within_a_fifth():
    gray = np.full((300, 4, 4, 1), 100, "uint8")
    got = augmented(gray, ("brightness",), np.random.default_rng(3))
    assert got.dtype == np.uint8
    assert 80 <= got.min() < 85 and 115 < got.max() <= 120
    assert (got == got[:, :1, :1]).all()
