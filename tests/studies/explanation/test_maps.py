"""Maps of networks whose answer is known: linear ones, and Grad-CAM of two channels."""

import keras
import numpy as np
import pytest
from built_autoencoders import by_hand, digits, linear, small

from aewidgets.studies.explanation.gradient_maps import gradient_at
from aewidgets.studies.explanation.layers import network_of
from aewidgets.studies.explanation.maps import METHODS, explain, explanation_methods
from aewidgets.studies.explanation.targets import Target
from aewidgets.studies.explanation.verdicts import check_sum

pytestmark = [pytest.mark.backend, pytest.mark.long]


@pytest.fixture(scope="module")
def kernel() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(64, 3)).astype("float32")


@pytest.mark.parametrize("method", ["gradient x input", "integrated gradients", "lrp-epsilon"])
def test_parts_of_a_linear_code_are_weight_times_input(kernel: np.ndarray, method: str):
    images = digits()
    found = explain(linear(kernel), images, Target.code_unit(1), method)
    np.testing.assert_allclose(found.maps.reshape(4, 64), images.reshape(4, 64) * kernel[:, 1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.values, images.reshape(4, 64) @ kernel[:, 1], rtol=1e-4)


def test_the_gradient_of_a_linear_code_is_the_size_of_the_weights(kernel: np.ndarray):
    found = explain(linear(kernel), digits(), Target.code_unit(1), "gradient")
    np.testing.assert_allclose(found.maps.reshape(4, 64), np.tile(np.abs(kernel[:, 1]), (4, 1)), rtol=1e-5)
    assert found.error_percent is None
    assert check_sum(found).passes is None


@pytest.mark.parametrize("name", ["dense", "variational", "recurrent"])
def test_integrated_gradients_sum_to_the_way_from_the_baseline(name: str):
    model = small(name, biases=0.1)
    image, black = digits(1), np.zeros((1, 8, 8, 1), "float32")
    unit = int(np.abs(model.encode(image) - model.encode(black)).argmax())
    for target in (Target.code_unit(unit), Target.whole_error()):
        verdict = check_sum(explain(model, image, target, "integrated gradients", steps=192))
        assert verdict.passes, (target, verdict.reason)
        assert verdict.check == "completeness"


def test_an_error_moves_with_the_image_in_both_of_its_places():
    """The error e**2, e = (w - d) x with d one at the place, gives pixel j the part e (w - d)_j x_j.

    The gradient grows evenly along the path, so that its middle is the whole integral.
    """
    first, second = keras.layers.Dense(3, use_bias=False), keras.layers.Dense(64, use_bias=False)
    model = by_hand(8, [keras.layers.Flatten(), first], [second, keras.layers.Reshape((8, 8, 1))])
    images, place = digits(), 3 * 8 + 4
    ways = first.get_weights()[0] @ second.get_weights()[0]
    ways[place, place] -= 1
    x = images.reshape(4, 64)
    found = explain(model, images, Target.error_at(3, 4), "integrated gradients", steps=1)
    expected = (x @ ways[:, place])[:, None] * ways[:, place] * x
    np.testing.assert_allclose(found.maps.reshape(4, 64), expected, rtol=1e-3, atol=1e-6)
    assert check_sum(found).passes


@pytest.mark.parametrize("target", [Target.error_at(3, 3), Target.code_unit(1)], ids=Target.describe)
@pytest.mark.parametrize("name", ["dense", "convolutional", pytest.param("recurrent", marks=pytest.mark.slow)])
def test_what_is_missing_from_the_sum_is_what_the_middles_of_steps_miss(name: str, target: Target):
    """A sum of n middles is at most v / 2n away from an integral, v being how far its integrand moves up and down.

    In percent of the change of a target it may be much: the error at one place can be the same at both ends.
    """
    model, image = small(name, biases=0.1), digits(1)
    along = (np.arange(512, dtype="float32") + 0.5)[:, None, None, None] / 512
    slopes = (gradient_at(network_of(model), along * image, target)[1] * image).sum((1, 2, 3), dtype="float64")
    moves = np.abs(np.diff(slopes)).sum()
    for steps in (4, 32):
        found = explain(model, image, target, "integrated gradients", steps=steps)
        away = abs(found.maps.sum(dtype="float64") - found.explained[0])
        assert away <= moves / (2 * steps) + 1e-5 * np.abs(slopes).max()


def test_a_sum_that_is_not_complete_asks_for_more_steps():
    model = small("variational", biases=0.1)
    few, many = (
        check_sum(explain(model, digits(1), Target.error_at(3, 4), "integrated gradients", steps=n)) for n in (8, 1024)
    )
    assert not few.passes
    assert few.reason.endswith("% away from what it explains; more steps bring it closer")
    assert many.passes, many.reason


def test_grad_cam_of_two_channels():
    """Channels 2 x and -x, weighed 3 and 1 everywhere, give 5 x; a unit of opposite weights is as far below zero."""
    conv = keras.layers.Conv2D(2, 1, use_bias=False)
    dense = keras.layers.Dense(2, use_bias=False)
    model = by_hand(8, [conv, keras.layers.Flatten(), dense])
    conv.set_weights([np.array([2.0, -1.0]).reshape(1, 1, 1, 2)])
    ways = np.tile([3.0, 1.0], 64)
    dense.set_weights([np.stack([ways, -ways], axis=1)])
    images = digits()
    for unit, sign in ((0, 1), (1, -1)):
        found = explain(model, images, Target.code_unit(unit), "grad-cam")
        np.testing.assert_allclose(found.maps, sign * 5 * images[..., 0], rtol=1e-5)
        assert np.array_equal(np.sign(found.values), np.full(4, sign))


def test_grad_cam_enlarges_a_small_layer_without_moving_it():
    """One cell of 2 x 2 is on: it is largest in its own quarter of the picture, and the opposite corner is zero."""
    conv = keras.layers.Conv2D(1, 4, strides=4, use_bias=False, kernel_initializer="ones")
    model = by_hand(8, [conv, keras.layers.Flatten(), keras.layers.Dense(1, kernel_initializer="ones")])
    image = np.zeros((8, 8, 1), "float32")
    image[:4, 4:] = 1
    (found,) = explain(model, image, Target.code_unit(0), "grad-cam").maps
    assert found.shape == (8, 8)
    assert found[0, 7] == found.max() == pytest.approx(16)
    assert found[7, 0] == 0
    np.testing.assert_allclose(found, found[::-1, ::-1].T, atol=1e-6)


def test_grad_cam_needs_a_map():
    model = small("dense")
    assert "grad-cam" not in explanation_methods(model, Target.code_unit(0))
    with pytest.raises(ValueError, match="no convolution's map leads to unit 0 of the code"):
        explain(model, digits(1), Target.code_unit(0), "grad-cam")
    with pytest.raises(ValueError, match="Grad-CAM needs rows, columns and channels"):
        explain(model, digits(1), Target.code_unit(0), "grad-cam", layer="encoder/dense")
    assert explanation_methods(small("convolutional"), Target.code_unit(0)) == tuple(METHODS)


def test_uint8_and_float_are_the_same_picture():
    model = small("dense", biases=0.1)
    whole = np.rint(digits(2) * 255).astype("uint8")
    one, other = (explain(model, x, Target.whole_error()).maps for x in (whole, whole.astype("float32") / 255))
    np.testing.assert_allclose(one, other, atol=1e-7)


def test_the_model_of_another_kind_is_refused():
    with pytest.raises(
        TypeError, match="whose encoder is a Keras model, functional or Sequential and built, got object"
    ):
        explain(object(), digits(1), Target.code_unit(0))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "magic"}, "method: expected one of gradient, "),
        ({"steps": 0}, "steps, baseline: expected at least 1"),
        ({"baseline": 2}, r"a value in \[0, 1\]"),
        ({"gamma": -1}, "epsilon, gamma, alpha"),
        ({"alpha": 0.5}, "epsilon, gamma, alpha"),
    ],
)
def test_options_out_of_range_are_refused(options: dict, words: str):
    with pytest.raises(ValueError, match=words):
        explain(small("dense"), digits(1), Target.code_unit(0), **options)
