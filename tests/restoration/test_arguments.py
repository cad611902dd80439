"""What is known of an image makes a difference to a method, or is refused in words; nothing is dropped in silence."""

import numpy as np
import pytest
from skimage.data import camera

from aewidgets.classical import CLASSICAL
from aewidgets.restoration.corruptions import corrupt, gaussian_psf
from aewidgets.restoration.network_inputs import TASKS
from aewidgets.restoration.restoring import (
    BLIND,
    NETWORKS,
    denoise,
    denoising_methods,
    restore,
    restoring_methods,
    takes_noise_level,
)

IMAGE = corrupt(camera()[:24, :28], "gaussian:8", seed=1).image.clip(0, 1)
MASKS = tuple(np.random.default_rng(seed).random((24, 28)) < 0.2 for seed in range(2))
#: Two values of each fact, which give two results where the fact is made use of.
FACTS = {
    "mask": MASKS,
    "psf": (gaussian_psf(1.0), gaussian_psf(2.0)),
    "quality": (5, 60),
    "noise_level": (4, 40),
}
REQUIRED = {"blur": "psf", "inpainting": "mask"}


@pytest.mark.parametrize("task", TASKS)
def test_a_fact_makes_a_difference_or_is_refused(task):
    required = REQUIRED.get(task)
    for method in restoring_methods(task):
        refused = set()
        for fact, values in FACTS.items():
            known = {required: FACTS[required][0]} if required and fact != required and method in CLASSICAL else {}
            try:
                results = [restore(IMAGE, task, method, **known, **{fact: value}).image for value in values] if (
                    method in CLASSICAL
                ) else []
            except ValueError as error:
                assert str(error).startswith(f"{fact}: method {method} for {task} makes no use of it")
                refused.add(fact)
            else:
                assert not results or not np.array_equal(*results), (method, fact)
        if method in CLASSICAL:
            assert set(FACTS) - refused == set(CLASSICAL[method].facts_for(task))


@pytest.mark.parametrize(
    ("task", "fact"),
    [(task, fact) for task in TASKS for fact in FACTS if (task, fact) not in {
        ("jpeg", "quality"), ("blur", "psf"), ("inpainting", "mask")}],
)  # fmt: skip
def test_the_network_is_given_what_it_makes_use_of(task, fact):
    with pytest.raises(ValueError, match=f"{fact}: method learned for {task} makes no use of it"):
        restore(IMAGE, task, "learned", **{fact: FACTS[fact][0]})


def test_a_noise_level_makes_a_difference_or_the_result_says_that_none_was_used():
    for method in {*denoising_methods(), *NETWORKS}:
        if takes_noise_level(method):
            if method in CLASSICAL:
                assert not np.array_equal(*(denoise(IMAGE, level, method).image for level in (4, 40)))
            continue
        assert denoise(IMAGE, 25, method).noise_level is None
    assert not takes_noise_level(BLIND) and not takes_noise_level("median")
    assert denoise(IMAGE[:9, :9], method="median").noise_level is None  # nor is one estimated, which needs 16 pixels


def test_strength_is_told_once():
    with pytest.raises(ValueError, match="quality and noise_level exclude each other"):
        restore(IMAGE, "jpeg", "nlm", quality=20, noise_level=5)


def test_a_network_is_refused_by_methods_without_one():
    for run in (lambda: denoise(IMAGE, 5, "nlm", network=object()), lambda: restore(IMAGE, "jpeg", "tv", network=1)):
        with pytest.raises(ValueError, match="uses no network"):
            run()


@pytest.mark.parametrize("mask", ["mask.png", [1, 2], 3, np.zeros((2, 2), bool), np.zeros((24, 28), "uint8")])
def test_what_is_no_mask_is_refused_in_words(mask):
    with pytest.raises(ValueError, match="mask: expected bool"):
        restore(IMAGE, "inpainting", "harmonic", mask=mask)
    with pytest.raises(ValueError, match="psf: expected"):
        restore(IMAGE, "blur", "wiener", psf=mask)
    listed = restore(IMAGE, "inpainting", "harmonic", mask=MASKS[0].tolist()).image
    np.testing.assert_array_equal(listed, restore(IMAGE, "inpainting", "harmonic", mask=MASKS[0]).image)
