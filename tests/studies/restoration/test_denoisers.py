"""The published protocol: noise begun afresh for each picture, not clipped; results in 8 bits; means over pictures."""

import numpy as np
import pytest
from skimage.data import camera, coins

from aewidgets.images.arrays import to_uint8
from aewidgets.images.metrics import psnr
from aewidgets.restoration.corruptions import corrupt
from aewidgets.restoration.restoring import restore
from aewidgets.studies.restoration.denoisers import compare_denoisers, denoise_by
from aewidgets.studies.restoration.restorers import CORRUPTED, Case, compare_restorers


@pytest.fixture(scope="module")
def pictures():
    return [camera()[:128, :128], coins()[:100, :140]]


def test_noise_is_that_of_the_published_tables(pictures):
    (result,) = compare_denoisers(pictures, {}, [25])
    expected = []
    for picture in pictures:
        noisy = picture / 255 + np.random.RandomState(0).normal(0, 25 / 255, picture.shape)
        error = np.rint(np.clip(noisy, 0, 1) * 255) - picture
        expected.append(20 * np.log10(255 / np.sqrt(np.mean(error**2))))
    np.testing.assert_allclose(result.psnr_db, expected, atol=0.01)
    assert result.mean_psnr_db == pytest.approx(np.mean(expected), abs=0.01)
    assert result.pixels == 128 * 128 + 100 * 140


def test_a_denoiser_is_given_the_level_and_measured(pictures):
    given = []

    def perfect(noisy, level):
        given.append(level)
        return next(p for p in pictures if p.shape == noisy.shape) / 255

    results = compare_denoisers(pictures, {"perfect": perfect, "nlm": denoise_by("nlm")}, [15, 50])
    assert given == [15, 15, 50, 50]
    by = {(r.method, r.noise_level): r.mean_psnr_db for r in results}
    assert by["perfect", 15] == np.inf
    assert by["noisy", 50] < by["nlm", 50] < by["nlm", 15]


def test_restorers_are_compared_on_the_same_corrupted_pictures(pictures):
    cases = [Case("blur", "blur:1.6+gaussian:2"), Case("jpeg", "jpeg:10")]
    reported = []
    results = compare_restorers(
        pictures, cases, ["wiener", "nlm"], progress=lambda done, total, what: reported.append((done, total))
    )
    assert [(r.task, r.method) for r in results] == [
        ("blur", CORRUPTED), ("blur", "wiener"), ("jpeg", CORRUPTED), ("jpeg", "nlm")
    ]  # fmt: skip
    assert reported == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert results[1].mean_psnr_db > results[0].mean_psnr_db
    assert results[3].mean_psnr_db > results[2].mean_psnr_db


def test_restorers_are_given_what_a_file_of_8_bits_holds(pictures):
    picture, case = pictures[0], Case("low-light", "low-light:0.06")
    (came, result) = compare_restorers([picture], [case], ["clahe"], seed=3)
    file = to_uint8(np.clip(corrupt(picture, case.corruption, seed=3).image, 0, 1))
    assert came.psnr_db == (pytest.approx(psnr(picture, file)),)
    assert result.psnr_db == (pytest.approx(psnr(picture, restore(file, "low-light", "clahe").image)),)


def test_the_standard_error_is_that_of_a_mean(pictures):
    (result,) = compare_denoisers(pictures * 2, {}, [25])
    a, b, *_ = result.psnr_db
    assert result.standard_error_db == pytest.approx(abs(a - b) / np.sqrt(12))  # two pairs of equal values
    assert np.isnan(compare_denoisers(pictures[:1], {}, [25])[0].standard_error_db)
