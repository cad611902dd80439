"""One corrupted picture through one method: its figures are those of the picture, by the published protocol."""

import numpy as np
import pytest
from skimage.data import astronaut, camera

from aewidgets.classical import restore_classically
from aewidgets.images.arrays import to_uint8
from aewidgets.images.metrics import psnr, ssim
from aewidgets.restoration.corruptions import CORRUPTIONS, corrupt
from aewidgets.restoration.learned import is_shipped
from aewidgets.restoration.restoring import DENOISERS, denoising_methods
from aewidgets.studies.restoration.corrupted import AS_IS, corrupt_subject, middle
from aewidgets.studies.restoration.points import INPUT, ORIGINAL, denoise_point, label_of, method_choices
from aewidgets.studies.subjects import Subject

GRAY = camera()[100:164, 200:280]
COLOUR = astronaut()[60:124, 180:260]


@pytest.fixture(scope="module")
def noisy():
    return corrupt_subject(GRAY, "gaussian", 25, seed=3)


def test_a_point_is_what_the_method_makes_of_the_picture_in_float(noisy):
    expected = to_uint8(restore_classically("tv", corrupt(GRAY, "gaussian", 25, 3).image, "noise", noise_level=25))
    point = denoise_point(noisy, "tv")
    np.testing.assert_array_equal(point.image, expected)
    assert (point.psnr_db, point.ssim) == (psnr(GRAY, expected), ssim(GRAY, expected))
    assert point.seconds > 0


def test_the_picture_before_and_after_are_points_too(noisy):
    before, after = denoise_point(noisy, ORIGINAL), denoise_point(noisy, INPUT)
    assert before.psnr_db == np.inf
    assert after.psnr_db == pytest.approx(20.2, abs=0.6)  # 20 log10(255 / 25), a little more for what is clipped
    assert before.seconds is after.seconds is None


def test_the_level_of_gaussian_noise_is_known_and_that_of_others_estimated(noisy):
    assert noisy.noise_level == 25
    assert noisy.estimated == pytest.approx(25, rel=0.15)
    photons = corrupt_subject(GRAY, "poisson", 50)
    assert photons.noise_level is None
    assert photons.estimated > 5


def test_what_is_noisy_already_has_no_figures_but_is_denoised():
    noise = corrupt_subject(GRAY, "gaussian", 20).shown
    given = corrupt_subject(noise, AS_IS)
    assert (given.original, given.noise_level, given.strength) == (None, None, None)
    np.testing.assert_array_equal(given.shown, noise)
    point = denoise_point(given, "nlm")
    assert (point.psnr_db, point.ssim) == (None, None)
    assert psnr(GRAY, point.image) > psnr(GRAY, noise) + 4
    with pytest.raises(ValueError, match="one of noisy, "):
        denoise_point(given, ORIGINAL)


@pytest.mark.parametrize("corruption", [k for k in CORRUPTIONS if k != "gaussian"])
def test_every_corruption_has_a_method_that_is_able(corruption):
    choices = [c for c in method_choices(corruption, 3) if c.does and not c.slow]
    assert choices
    point = denoise_point(corrupt_subject(COLOUR, corruption), choices[0].name)
    assert point.image.shape == COLOUR.shape
    assert np.isfinite(point.psnr_db)
    assert {c.label for c in choices} == {label_of(c.name) for c in choices}
    assert all(c.about for c in method_choices(corruption, 3))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_network_is_offered_first_where_its_weights_are(channels):
    shipped = is_shipped(DENOISERS[channels])
    assert (denoising_methods(channels)[0] == "learned") == shipped
    assert (method_choices("gaussian", channels)[2].name == "learned") == shipped


def test_of_a_large_picture_the_middle_is_taken_and_that_is_said():
    image = np.arange(400 * 600, dtype=np.uint32).reshape(400, 600).astype(np.uint8)
    part = middle(Subject("x", image, image.nbytes), most_pixels=60_000)
    assert part.image.shape == (200, 300)
    np.testing.assert_array_equal(part.image, image[100:300, 150:450])
    assert "the middle of 600 × 400 pixels" in part.source
    assert middle(part) is part


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: corrupt_subject(GRAY, "rain"), "unknown corruption 'rain'; expected one of gaussian"),
        (lambda: corrupt_subject(GRAY, "gaussian", 300), "from 0 to 255, got 300"),
        (lambda: corrupt_subject(GRAY, "gaussian", 5, seed=-1), "whole number from 0"),
        (lambda: denoise_point(corrupt_subject(GRAY, "jpeg"), "wiener"), "for JPEG, quality 20 one of original, "),
        (lambda: method_choices("gaussian", 2), "expected 1 for gray or 3 for colour, got 2"),
        (lambda: denoising_methods(2), "expected 1 for gray or 3 for colour, got 2"),
        (lambda: label_of("magic"), "unknown method 'magic'"),
    ],
)
def test_what_is_wrong_is_told(ask, words):
    with pytest.raises(ValueError, match=words):
        ask()


def test_pictures_too_small_for_figures_are_still_denoised():
    point = denoise_point(corrupt_subject(GRAY[:8, :9], "gaussian", 10), "median")
    assert point.ssim is None
    assert point.psnr_db > 0
