"""Shrunken models are measured against the original on the same pictures: no change for none, worse for fewer bits."""

import keras
import numpy as np
import pytest

from aewidgets import build_autoencoder, load_splits, shrink, train
from aewidgets.models.residual_denoiser import ResidualDenoiser
from aewidgets.studies import compare_shrunk, shrinking_inputs
from aewidgets.studies.shrinking import FASTER, _speed

pytestmark = pytest.mark.long  # fits networks


@pytest.fixture(scope="module")
def trained():
    splits = load_splits("digits")
    keras.utils.set_random_seed(1)
    model = build_autoencoder("dense", (8, 8, 1), latent_dim=8, hidden=(32,))
    train(model, splits, epochs=10, learning_rate=0.01)
    return model, splits.validation.images[:64]


@pytest.fixture(scope="module")
def points(trained):
    model, images = trained
    words = ("float32", "int8", "int4", "prune-50")
    return compare_shrunk(model, words, *shrinking_inputs(model, images), rounds=3, runtimes=())


@pytest.mark.backend
def test_the_same_weights_change_nothing_and_fewer_bits_cost_more(points):
    floats, eight, four, _ = points
    assert floats.change_db == floats.worst_db == 0
    assert four.change_db < 0 and abs(eight.change_db) < 0.2 * abs(four.change_db)
    assert all(p.worst_db <= p.change_db for p in points)


def test_a_point_says_what_shrink_says(points, trained):
    for point in points:
        shrunk = shrink(trained[0], point.to)
        assert (point.bytes, point.zeros, point.left) == (shrunk.bytes, shrunk.zeros, shrunk.left)
    assert points[3].zeros == pytest.approx(0.5, abs=1e-3)


def test_the_change_is_the_mean_over_pictures_of_the_change_of_psnr(points, trained):
    model, images = trained
    x = images / 255
    found = []
    for each in (model, points[2].shrunk.model):
        errors = np.square(np.clip(each.reconstruct(images), 0, 1) - x).mean(axis=(1, 2, 3))
        found.append(-10 * np.log10(errors))
    change = found[1] - found[0]
    assert points[2].change_db == pytest.approx(change.mean(), abs=1e-4)
    assert points[2].worst_db == pytest.approx(change.min(), abs=1e-4)
    assert points[2].psnr_db - points[2].change_db == pytest.approx(found[0].mean(), abs=1e-4)


def test_points_are_shown_as_a_table(points):
    page = points._repr_html_()
    assert page.count("<tr>") == 5 and "worst dB" in page and "int4" in page


def test_equal_speeds_and_noisy_ones_are_not_faster():
    draws = np.random.default_rng(0)
    seconds = 0.01 * np.exp(draws.normal(0, 0.5, (2, 25)))
    assert _speed(seconds[0], seconds[1]) < FASTER
    assert _speed(seconds[0], seconds[0] / 2) == pytest.approx(2)


@pytest.mark.parametrize("maps", [1, 5])
def test_denoisers_and_restorers_get_damaged_pictures(maps: int):
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), "uint8")
    model = ResidualDenoiser(channels=3, num_maps=maps, widths=(4,), blocks=(1,))
    inputs, originals = shrinking_inputs(model, images)
    assert inputs["maps"].shape == (2, 16, 16, maps) and inputs["x"].dtype == np.float32
    assert 0.02 < np.abs(inputs["x"] - originals).mean() < 0.5
    (point,) = compare_shrunk(model, ["float32"], inputs, originals, rounds=2, runtimes=())
    assert point.change_db == 0


def test_a_tuned_model_is_shrunk_in_place_of_the_original(trained):
    model, images = trained
    other = build_autoencoder("dense", (8, 8, 1), latent_dim=8, hidden=(32,))
    inputs, originals = shrinking_inputs(model, images)
    asked = []
    (point,) = compare_shrunk(
        model, ["float32"], inputs, originals, rounds=2, runtimes=(), tuned=lambda word: asked.append(word) or other
    )
    assert asked == ["float32"] and point.change_db < -1


@pytest.mark.parametrize("runtime", ["litert", "onnx"])
def test_another_runtime_has_the_same_change_with_floats_and_nearly_with_integers(trained, runtime: str):
    for name in {"litert": ["ai_edge_litert"], "onnx": ["onnxruntime", "tf2onnx"]}[runtime]:
        pytest.importorskip(name, reason="the extra edge is not installed")
    model, images = trained
    inputs, originals = shrinking_inputs(model, images)
    pruned, eight, four = compare_shrunk(
        model, ["prune-20", "int8", "int4"], inputs, originals, rounds=2, runtimes=[runtime], calibration=inputs
    )
    (other,) = pruned.runtimes
    assert other.change_db == pytest.approx(pruned.change_db, abs=1e-3)
    assert eight.runtimes[0].change_db == pytest.approx(eight.change_db, abs=0.5)
    assert four.runtimes == ()  # neither runtime's converter makes them


def test_wrong_questions_are_refused(trained):
    model, images = trained
    inputs, originals = shrinking_inputs(model, images)
    with pytest.raises(ValueError, match="at least one image"):
        compare_shrunk(model, ["int8"], inputs[:0], originals[:0])
    with pytest.raises(ValueError, match="expected images as the model returns"):
        compare_shrunk(model, ["int8"], inputs, originals[:, :4], runtimes=())
    with pytest.raises(ValueError, match="to: expected one of"):
        compare_shrunk(model, ["int9"], inputs, originals, runtimes=())
