"""FLIP: none without its package, and with it what the package says of the two pictures in [0, 1]."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from aewidgets.images.perceptual import flip, has_flip
from aewidgets.studies.rate.operating_points import judged, operating_point
from aewidgets.studies.restoration.corrupted import corrupt_subject
from aewidgets.studies.restoration.methods import OwnMethods
from aewidgets.studies.restoration.points import denoise_point, with_flip
from aewidgets.studies.subjects import open_subject
from aewidgets.widgets.denoise_studio.cache import DenoiseCache
from aewidgets.widgets.denoise_studio.views import figures


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> list:
    """Put a package in its place whose "FLIP" is the mean difference, and return what it is given."""
    given = []

    def evaluate(reference, test, kind, **options):
        given.append((reference, test, kind, options))
        return np.zeros(reference.shape[:2]), float(np.abs(reference - test).mean()), {}

    module = ModuleType("flip_evaluator")
    module.evaluate, module.__spec__ = evaluate, ModuleSpec("flip_evaluator", None)
    monkeypatch.setitem(sys.modules, "flip_evaluator", module)
    return given


def test_without_the_package_there_is_no_figure(photo: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("aewidgets.images.perceptual.find_spec", lambda name: None)
    assert flip(photo, photo) is None
    noisy = corrupt_subject(photo[:24, :24], "gaussian", 25)
    assert with_flip(noisy, denoise_point(noisy, "median")).flip is None


@pytest.mark.parametrize("gray", [False, True])
def test_the_package_is_given_both_pictures_in_colour_in_0_to_1(photo: np.ndarray, stand_in: list, gray: bool):
    a = photo[:24, :28, 0] if gray else photo[:24, :28]
    b = 255 - a
    assert flip(a, b) == pytest.approx(float(np.abs(a / 255 - b / 255).mean()), abs=1e-5)
    [(first, second, kind, _)] = stand_in
    assert (first.dtype, first.shape, kind) == (np.float32, (24, 28, 3), "LDR")
    np.testing.assert_allclose(first[..., 0] * 255, a if gray else a[..., 0], atol=1e-3)
    np.testing.assert_allclose(second[..., 2] * 255, b if gray else b[..., 2], atol=1e-3)
    with pytest.raises(ValueError, match="one shape"):
        flip(a, b[1:])


def test_studies_have_it_beside_psnr_and_ssim(photo: np.ndarray, stand_in: list):
    subject = open_subject(photo[:48, :56])
    point = operating_point(subject, "jpeg", 30)
    assert point.flip is None and judged(subject, point).flip == flip(subject.image, point.image) > 0
    noisy = corrupt_subject(subject.image, "gaussian", 25)
    restored = with_flip(noisy, denoise_point(noisy, "median"))
    assert restored.flip == flip(subject.image, restored.image) > 0
    blind = corrupt_subject(subject.image, "as-is")
    assert with_flip(blind, denoise_point(blind, "median")).flip is None


def test_studios_have_it_at_rest_and_do_without_while_a_slider_is_dragged(photo: np.ndarray, stand_in: list):
    cache, setting = DenoiseCache(open_subject(photo[:24, :28]), OwnMethods()), ("gaussian", 25.0, 0)
    assert cache.point(setting, "median", draft=True).flip is None
    point = cache.point(setting, "median")
    assert point.flip == flip(photo[:24, :28], point.image)
    assert figures(point)["flip"] == point.flip
    assert cache.point(setting, "median", draft=True).flip == point.flip


@pytest.mark.skipif(not has_flip(), reason="flip-evaluator is not installed")
def test_the_real_one_is_0_for_equal_pictures_and_grows_with_noise(photo: np.ndarray):
    noise = np.random.RandomState(0).normal(0, 1, photo.shape)
    found = [flip(photo, np.clip(photo + s * noise, 0, 255).round().astype(np.uint8)) for s in (0, 5, 20)]
    assert found[0] == 0
    assert 0 < found[1] < found[2] < 1
