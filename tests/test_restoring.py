"""Restoring by classical methods under one face, and what the network is told of a kernel."""

import numpy as np
import pytest
from skimage.data import camera, chelsea

from aewidgets.corruptions import corrupt, gaussian_psf, motion_psf
from aewidgets.learned_restoration import is_shipped
from aewidgets.metrics import psnr
from aewidgets.restoring import WEIGHTS, gaussian_sigma, restore, restoring_methods
from aewidgets.restoring_maps import TASKS


@pytest.mark.parametrize("sigma", [0.8, 1.6, 3.0])
def test_a_gaussian_is_known_by_its_spread(sigma):
    assert gaussian_sigma(gaussian_psf(sigma)) == pytest.approx(sigma, rel=0.02)


@pytest.mark.parametrize("angle", [0, 30, 45, 90])
def test_movement_is_no_gaussian(angle):
    assert gaussian_sigma(motion_psf(9, angle)) == 0


def test_what_is_known_stays_when_pixels_are_filled_in():
    image = chelsea()[:80, :90]
    spoilt = corrupt(image, "missing", 0.5, seed=1)
    result = restore((spoilt.image * 255).round().astype("uint8"), "inpainting", "biharmonic", mask=spoilt.mask)
    np.testing.assert_array_equal(result.image[~spoilt.mask], image[~spoilt.mask])
    assert psnr(image, result.image) > 30


def test_eight_bits_come_back_as_eight_bits_and_floats_as_floats():
    image = camera()[:64, :64]
    assert restore(image, "low-light", "gamma").image.dtype == np.uint8
    assert restore(image / np.float32(255), "low-light", "gamma").image.dtype == np.float32


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_learned_and_a_classical_method(task):
    methods = restoring_methods(task, network=object())
    assert methods[0] == "learned"
    assert len(methods) >= 2


@pytest.mark.parametrize("task", TASKS)
def test_the_learned_method_is_listed_where_its_weights_are(task):
    assert ("learned" in restoring_methods(task)) == is_shipped(WEIGHTS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("noise",), "one of jpeg, blur, inpainting, low-light"),
        (("jpeg", "wiener"), "expected for jpeg one of (learned, )?nlm, "),
        (("inpainting", "biharmonic"), "True where pixels are lost"),
        (("blur", "wiener"), "kernel of the blur"),
    ],
)
def test_what_is_missing_or_wrong_is_told(arguments, words):
    with pytest.raises(ValueError, match=words):
        restore(camera()[:32, :32], *arguments)
