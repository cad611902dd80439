"""Gradients are those of finite differences, at the image and inside the network, on every backend."""

import keras
import numpy as np
import pytest

from aewidgets.models.families import build_autoencoder
from aewidgets.studies.explanation.gradient_maps import gradient_at
from aewidgets.studies.explanation.gradients import gradients
from aewidgets.studies.explanation.layers import network_of
from aewidgets.studies.explanation.targets import Target, target_values

pytestmark = [pytest.mark.backend, pytest.mark.long]

TARGETS = [
    Target.code_unit(2),
    Target.error_at(3, 4),
    Target.whole_error(),
    Target.layer_unit("encoder/conv2d", (1, 2, 3)),
    Target.layer_unit("decoder/dense", 5),
]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    return build_autoencoder("convolutional", (6, 7, 1), latent_dim=4, num_filters=4, levels=2)


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return np.random.default_rng(0).random((1, 6, 7, 1)).astype("float32")


@pytest.mark.parametrize("target", TARGETS, ids=Target.describe)
def test_the_gradient_is_that_of_finite_differences(model, image: np.ndarray, target: Target):
    value, slope, _ = gradient_at(network_of(model), image, target)
    assert value == pytest.approx(target_values(model, image, target), rel=1e-5)
    moved = np.random.default_rng(1).normal(size=image.shape).astype("float32")
    moved *= 2e-2 / np.abs(moved).max()
    upper, lower = target_values(model, np.concatenate([image + moved, image - moved]), target)
    assert (slope * 2 * moved).sum() == pytest.approx(upper - lower, rel=2e-2, abs=1e-6)


def test_the_gradient_at_the_layer_before_a_unit_is_its_kernel(model, image: np.ndarray):
    network = network_of(model)
    _, slope, output = gradient_at(network, image, Target.code_unit(2), "encoder/concatenate")
    kernel, _ = network.step("encoder/code").layer.get_weights()
    np.testing.assert_allclose(slope[0], kernel[:, 2], rtol=1e-5)
    assert output.shape == slope.shape


def test_images_of_a_batch_have_their_own_gradients(model):
    images = np.random.default_rng(2).random((3, 6, 7, 1)).astype("float32")
    network, target = network_of(model), Target.whole_error()
    together = gradient_at(network, images, target)[1]
    alone = np.concatenate([gradient_at(network, image[None], target)[1] for image in images])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-7)


def test_what_has_no_influence_has_no_gradient():
    values, (first, second) = gradients(lambda a, b: 2 * a, [np.ones(3), np.ones((2, 2))])
    np.testing.assert_array_equal(values, 2)
    np.testing.assert_array_equal(first, 2)
    np.testing.assert_array_equal(second, np.zeros((2, 2)))


def test_a_layer_after_the_target_is_refused(model, image: np.ndarray):
    with pytest.raises(ValueError, match="does not depend on 'decoder/dense'"):
        gradient_at(network_of(model), image, Target.code_unit(0), "decoder/dense")
    with pytest.raises(ValueError, match=r"expected one of encoder/flatten, .* got 'none'"):
        gradient_at(network_of(model), image, Target.code_unit(0), "none")


@pytest.mark.parametrize(
    "target",
    [Target.code_unit(4), Target.code_unit((0, 0)), Target.error_at(6, 0), Target.layer_unit("decoder/dense", -1)],
    ids=Target.describe,
)
def test_targets_outside_are_refused(model, image: np.ndarray, target: Target):
    with pytest.raises(ValueError, match="target: expected an index in"):
        target_values(model, image, target)
