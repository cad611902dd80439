"""Restoring by classical methods and by the network through one function."""

import numpy as np
import pytest
from skimage.data import camera, chelsea

from aewidgets.images.arrays import to_uint8
from aewidgets.images.metrics import psnr
from aewidgets.models.residual_denoiser import ResidualDenoiser
from aewidgets.restoration.corruptions import corrupt
from aewidgets.restoration.learned import is_shipped
from aewidgets.restoration.network_inputs import NUM_MAPS, TASKS
from aewidgets.restoration.restoring import RESTORER, restore, restoring_methods


def test_what_is_known_stays_when_pixels_are_filled_in():
    image = chelsea()[:80, :90]
    corrupted = corrupt(image, "missing", 0.5, seed=1)
    result = restore((corrupted.image * 255).round().astype("uint8"), "inpainting", "biharmonic", mask=corrupted.mask)
    np.testing.assert_array_equal(result.image[~corrupted.mask], image[~corrupted.mask])
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
    assert ("learned" in restoring_methods(task)) == is_shipped(RESTORER)


def test_the_network_begins_where_a_classical_method_ends():
    image = chelsea()[:96, :96]
    unchanged = ResidualDenoiser(3, NUM_MAPS)  # its last layer is zero
    corrupted = corrupt(image, "motion:9,angle=30+gaussian:2", seed=0)
    deblurred = restore(corrupted.image, "blur", "learned", psf=corrupted.psf, network=unchanged).image
    assert psnr(image, to_uint8(deblurred)) > psnr(image, to_uint8(np.clip(corrupted.image, 0, 1))) + 1
    lossy = corrupt(image, "missing", 0.5, seed=0)
    filled = restore(lossy.image, "inpainting", "learned", mask=lossy.mask, network=unchanged).image
    np.testing.assert_allclose(filled, restore(lossy.image, "inpainting", "harmonic", mask=lossy.mask).image, atol=1e-6)


def test_an_invalid_kernel_is_refused_by_the_network_too():
    with pytest.raises(ValueError, match="sum 1"):
        restore(camera()[:32, :32], "blur", "learned", psf=np.ones((3, 3)), network=ResidualDenoiser(1, NUM_MAPS))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("noise",), "one of jpeg, blur, inpainting, low-light"),
        (("jpeg", "wiener"), "expected for jpeg one of (learned, )?nlm, "),
        (("inpainting", "biharmonic"), "True where pixels are lost"),
        (("blur", "wiener"), "kernel of the blur"),
    ],
)
def test_missing_or_wrong_arguments_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        restore(camera()[:32, :32], *arguments)
