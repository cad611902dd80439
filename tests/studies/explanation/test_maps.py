"""Maps of networks whose answer is known: linear ones, and Grad-CAM of two channels."""

import keras
import numpy as np
import pytest
from built_autoencoders import by_hand, digits, linear, small

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


@pytest.mark.parametrize("name", ["dense", "convolutional", "variational", "recurrent"])
def test_integrated_gradients_sum_to_the_way_from_the_baseline(name: str):
    model = small(name, biases=0.1)
    image, black = digits(1), np.zeros((1, 8, 8, 1), "float32")
    unit = int(np.abs(model.encode(image) - model.encode(black)).argmax())
    for target in (Target.code_unit(unit), Target.whole_error()):
        verdict = check_sum(explain(model, image, target, "integrated gradients", steps=192))
        assert verdict.passes, (target, verdict.reason)
        assert verdict.check == "completeness"


def test_more_steps_complete_more():
    model = small("convolutional", biases=0.1, output="sigmoid")
    errors = [
        explain(model, digits(), Target.whole_error(), "integrated gradients", steps=n).error_percent.mean()
        for n in (2, 8, 32)
    ]
    assert errors[0] > errors[1] > errors[2]


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
    with pytest.raises(TypeError, match="whose encoder is a Keras model, got object"):
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
