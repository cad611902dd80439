"""Shipped denoisers and restorers beat the classical methods on a picture that they were not trained on."""

import numpy as np
import pytest
from skimage.data import camera, chelsea

from aewidgets.images.arrays import to_uint8
from aewidgets.images.metrics import psnr
from aewidgets.models.pretrained import denoiser_cards
from aewidgets.restoration.corruptions import corrupt
from aewidgets.restoration.learned import is_shipped, shipped
from aewidgets.restoration.restoring import DENOISERS, denoise, restore
from aewidgets.studies.restoration.denoisers import compare_denoisers, denoise_by

pytestmark = pytest.mark.long

PICTURES = {1: camera()[100:292, 150:342], 3: chelsea()[60:252, 100:292]}
SHIPPED = [channels for channels, name in DENOISERS.items() if is_shipped(name)]


@pytest.mark.parametrize("name", denoiser_cards())
def test_cards_say_what_was_learnt_from_and_reached(name):
    card = denoiser_cards()[name]
    assert card["bytes"] < 3_000_000
    assert {d["name"] for d in card["data"]} <= {"photos-train", "bsds500"}
    assert card["images"] == "photos-select"
    assert card["figures"]
    assert shipped(name).network.count_params() < 700_000


@pytest.mark.backend
@pytest.mark.parametrize("channels", SHIPPED)
@pytest.mark.parametrize("level", [15, 50])
def test_they_are_better_than_non_local_means_with_the_level_or_blind(channels, level):
    methods = {name: denoise_by(name) for name in ("learned", "blind", "learned-8", "nlm")}
    reached = {r.method: r.mean_psnr_db for r in compare_denoisers([PICTURES[channels]], methods, [level])}
    assert reached["learned"] > reached["nlm"] + 0.5
    assert reached["blind"] > reached["learned"] - 0.7
    assert reached["learned-8"] > reached["learned"]


@pytest.mark.parametrize("channels", SHIPPED)
def test_no_seam_shows(channels):
    noisy = PICTURES[channels] / np.float32(255) + np.random.RandomState(0).normal(0, 0.1, PICTURES[channels].shape)
    whole, parts = (denoise(noisy, 25, "learned", tile=tile).image for tile in (256, 64))
    np.testing.assert_allclose(parts, whole, atol=1e-4)


@pytest.mark.parametrize("channels", SHIPPED)
def test_a_level_that_is_estimated_serves_nearly_as_well(channels):
    clean = PICTURES[channels]
    noisy = clean / 255 + np.random.RandomState(0).normal(0, 25 / 255, clean.shape)
    given, estimated = denoise(noisy, 25), denoise(noisy)
    assert estimated.noise_level == pytest.approx(25, abs=2)
    reached = [psnr(clean / 255, result.image.astype("float64"), data_range=1) for result in (given, estimated)]
    assert reached[1] > reached[0] - 0.15


@pytest.mark.parametrize("channels", SHIPPED)
def test_the_mean_of_eight_orientations_turns_with_the_picture(channels):
    noisy = PICTURES[channels] / np.float32(255) + np.random.RandomState(0).normal(0, 0.1, PICTURES[channels].shape)
    noisy = noisy[:64, :96].astype("float32")
    seen = []
    once = denoise(noisy, 25, "learned-8", tile=64, progress=lambda done, pieces: seen.append((done, pieces))).image
    turned = denoise(np.rot90(noisy), 25, "learned-8").image
    np.testing.assert_allclose(np.rot90(once), turned, atol=1e-4)
    assert seen == [(n, 16) for n in range(1, 17)]


@pytest.mark.parametrize("channels", SHIPPED)
def test_no_noise_changes_nothing(channels):
    for method in ("learned", "learned-8"):
        np.testing.assert_array_equal(denoise(PICTURES[channels], 0, method).image, PICTURES[channels])


@pytest.mark.backend
@pytest.mark.parametrize(
    ("task", "corruption", "classical", "gain"),
    [
        ("jpeg", "jpeg:20", "tv", 0.0),
        ("blur", "blur:1.6+gaussian:2", "wiener", 0.3),
        ("blur", "motion:9,angle=30+gaussian:2", "wiener", 0.3),
        ("inpainting", "missing:0.8", "harmonic", 0.1),
        ("inpainting", "holes:24,count=8", "biharmonic", 0.5),
        ("low-light", "low-light:0.06", "clahe", 2.0),
    ],
)
def test_the_restorer_goes_on_from_what_a_classical_method_reaches(task, corruption, classical, gain):
    clean = PICTURES[3]
    corrupted = corrupt(clean, corruption, seed=0)
    known = {"mask": corrupted.mask, "psf": corrupted.psf, "quality": 20 if task == "jpeg" else None}
    given = to_uint8(np.clip(corrupted.image, 0, 1))
    made = {m: restore(given, task, m, **known).image for m in ("learned", classical)}
    assert psnr(clean, made["learned"]) > psnr(clean, given)
    assert psnr(clean, made["learned"]) > psnr(clean, made[classical]) + gain
