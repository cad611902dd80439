"""Checks tell maps that show the model from maps that do not, on models where that is known."""

import dataclasses

import numpy as np
import pytest
from built_autoencoders import digits, linear, small

from aewidgets.studies.explanation.deletion import deletion
from aewidgets.studies.explanation.layers import network_of
from aewidgets.studies.explanation.maps import METHODS, explain
from aewidgets.studies.explanation.randomisation import Randomisation, randomisation, rank_correlation
from aewidgets.studies.explanation.targets import Target, target_values
from aewidgets.studies.explanation.verdicts import check_sum, over_pictures

UNIT = Target.code_unit(0)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).uniform(0.1, 1, (6, 8, 8, 1)).astype("float32")


@pytest.fixture(scope="module")
def model():
    """Return a model whose unit adds pixels with weights from 0 to 1, few of them large: known parts."""
    return linear(np.random.default_rng(1).random((64, 1)).astype("float32") ** 6)


@pytest.fixture(scope="module")
def right(model, images: np.ndarray):
    return explain(model, images, UNIT, "gradient x input")


def test_true_parts_pass(model, images: np.ndarray, right):
    found = deletion(model, images, right)
    assert found.verdict.passes, found.verdict.reason
    assert found.drops["map"] > found.drops["brightness"] > found.drops["chance"]


def test_no_order_falls_faster_than_that_of_the_true_parts(model, images: np.ndarray, right):
    """Removing the largest parts first leaves least, after any share of the pixels."""
    found = deletion(model, images, right, points=9)
    assert (found.by_map[None] <= found.by_chance + 1e-5).all()
    assert (found.by_map <= found.by_brightness + 1e-5).all()


@pytest.mark.parametrize("wrong", ["upside down", "noise", "brightness"])
def test_wrong_maps_fail(model, images: np.ndarray, right, wrong: str):
    noise = np.random.default_rng(2).random(right.maps.shape)
    maps = {"upside down": -right.maps, "noise": noise, "brightness": images[..., 0]}[wrong]
    found = deletion(model, images, dataclasses.replace(right, maps=maps))
    assert not found.verdict.passes
    assert "not clearly faster than" in found.verdict.reason


def test_a_target_below_zero_is_raised(images: np.ndarray):
    model = linear(-(np.random.default_rng(1).random((64, 1)).astype("float32") ** 6))
    found = deletion(model, images, explain(model, images, UNIT, "gradient x input"))
    assert (found.by_map[:, 0] < 0).all()
    assert found.verdict.passes, found.verdict.reason


@pytest.mark.parametrize("method", [method for method in METHODS if method != "grad-cam"])
def test_it_does_not_matter_on_which_side_of_zero_a_target_lies(images: np.ndarray, method: str):
    kernel = np.random.default_rng(2).normal(size=(64, 1)).astype("float32") ** 3
    one, two = (linear(sign * kernel) for sign in (1, -1))
    one, two = (deletion(net, images, explain(net, images, UNIT, method)) for net in (one, two))
    np.testing.assert_allclose(one.by_map, -two.by_map, rtol=1e-4, atol=1e-5)
    assert one.over_chance == pytest.approx(two.over_chance, rel=1e-4)
    assert one.over_brightness == pytest.approx(two.over_brightness, rel=1e-4)
    assert method == "gradient" or one.over_chance[0] > 2 * one.over_chance[1]


def test_curves_begin_at_the_image_and_end_at_the_baseline(model, images: np.ndarray, right):
    found = deletion(model, images, right, baseline=0.5, points=5, draws=3)
    assert found.by_chance.shape == (3, 6, 5)
    ends = target_values(model, np.full((1, 8, 8, 1), 0.5, "float32"), UNIT)[0]
    for curves in (found.by_map, found.by_brightness, *found.by_chance):
        np.testing.assert_allclose(curves[:, 0], right.values, rtol=1e-5)
        np.testing.assert_allclose(curves[:, -1], ends, rtol=1e-5)
    assert found.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_one_picture_is_held_against_the_deviation_of_draws(model, images: np.ndarray):
    found = deletion(model, images[0], explain(model, images[0], UNIT, "gradient x input"))
    assert found.over_chance[1] > 0
    assert np.isnan(found.over_brightness[1])
    assert found.verdict.passes, found.verdict.reason


def test_deletion_takes_the_images_of_the_maps(model, images: np.ndarray, right):
    with pytest.raises(ValueError, match=r"images: expected those of the maps, \(6, 8, 8\), got \(2, 8, 8, 1\)"):
        deletion(model, images[:2], right)
    with pytest.raises(ValueError, match="points, draws, baseline"):
        deletion(model, images, right, draws=1)


@pytest.mark.backend
@pytest.mark.long
@pytest.mark.parametrize("name", ["dense", pytest.param("convolutional, map", marks=pytest.mark.slow)])
def test_random_weights_change_the_map_and_leave_the_model_as_it_is(name: str):
    model, images = small(name), digits(6)
    before = [w.copy() for part in (model.encoder, model.decoder) for w in part.get_weights()]
    target = Target.error_at(3, 3)
    found = randomisation(model, images, target, "lrp-epsilon")
    assert found.layers[-1] in ("encoder/dense", "encoder/conv2d")
    assert found.layers[0].startswith("decoder/")
    assert found.agreement.shape == (2, len(found.layers), 6)
    assert found.means[-1] < 1
    after = [w for part in (model.encoder, model.decoder) for w in part.get_weights()]
    assert all(np.array_equal(*pair) for pair in zip(before, after, strict=True))


@pytest.mark.backend
@pytest.mark.long
def test_the_cascade_is_that_of_weights_that_are_really_shuffled():
    """From the target down, one layer after another, each staying as it is: Adebayo et al. 2018, section 3."""
    model, other, images = small("dense", biases=0.1), small("dense", biases=0.1), digits(2)
    target = Target.whole_error()
    found = randomisation(model, images, target, "gradient x input", draws=2, seed=5)
    before = explain(other, images, target, "gradient x input").maps
    random, network = np.random.default_rng((5, 1)), network_of(other)
    for name, agreement in zip(found.layers, found.agreement[1], strict=True):
        layer = network.step(name).layer
        layer.set_weights([random.permutation(w.ravel()).reshape(w.shape) for w in layer.get_weights()])
        maps = explain(other, images, target, "gradient x input").maps
        np.testing.assert_allclose(agreement, [rank_correlation(*pair) for pair in zip(before, maps, strict=True)])
    assert found.layers == ("decoder/dense_2", "decoder/dense", "encoder/code", "encoder/dense")


def test_the_map_of_random_weights_is_another(images: np.ndarray):
    model = linear(np.random.default_rng(3).normal(size=(64, 1)).astype("float32"))
    found = randomisation(model, images, UNIT, "gradient x input")
    assert found.layers == ("encoder/dense",)
    assert found.verdict.passes, found.verdict.reason


def test_a_map_that_shows_the_picture_alone_fails(images: np.ndarray):
    """All weights are the same, so that shuffling changes nothing and the map is the picture."""
    found = randomisation(linear(np.ones((64, 1), "float32")), images, UNIT, "lrp-epsilon")
    np.testing.assert_allclose(found.agreement, 1)
    assert not found.verdict.passes
    assert "stays at 1.00" in found.verdict.reason


def test_a_map_that_is_only_turned_round_fails():
    for agreement in (1.0, -1.0):
        found = Randomisation(("encoder/dense",), np.full((2, 1, 6), agreement))
        assert found.last == (1, 0)
        assert not found.verdict.passes
    mixed = Randomisation(("encoder/dense",), np.array([[[1.0, -1.0]], [[-1.0, 1.0]]]))
    assert not mixed.verdict.passes


def test_rank_correlation_is_that_of_scipy():
    from scipy.stats import spearmanr

    one, other = np.random.default_rng(0).integers(0, 5, (2, 8, 8))
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one.ravel(), other.ravel()).statistic)
    assert rank_correlation(one, one**3) == pytest.approx(1)
    assert rank_correlation(one, np.zeros((8, 8))) == 0
    assert rank_correlation(np.ones((8, 8)), np.zeros((8, 8))) == 1  # a blank map that stays blank fails


def test_standard_errors_are_over_pictures_or_else_over_draws():
    many = np.array([[1.0, 3.0], [3.0, 5.0]])
    assert over_pictures(many) == (3, pytest.approx(1))
    assert over_pictures(many[:, :1]) == (2, pytest.approx(1))
    assert np.isnan(over_pictures(np.array([2.0]))[1])


def test_a_sum_that_is_missing_is_said_in_percent(right):
    half = dataclasses.replace(right, explained=right.values, maps=right.maps / 2, biases=right.values / 2)
    verdict = check_sum(half)
    assert not verdict.passes
    assert verdict.reason.startswith("the sum of the map is 50 % away from what it explains; with what biases took")
    assert check_sum(half, at_most_percent=51).passes
    np.testing.assert_allclose(half.error_percent, 50, rtol=1e-4)
    np.testing.assert_allclose(half.error_with_biases_percent, 0, atol=1e-3)
