"""Relevance is conserved, over families and rules, and is what the rules say where that can be written down."""

import keras
import numpy as np
import pytest
from built_autoencoders import SMALL, by_hand, digits, linear, small

from aewidgets.studies.explanation.maps import explain
from aewidgets.studies.explanation.targets import Target
from aewidgets.studies.explanation.verdicts import check_sum

pytestmark = [pytest.mark.backend, pytest.mark.long]

RULES = ["lrp-epsilon", "lrp-gamma", "lrp-alpha-beta", "lrp-z-box"]
#: Recurrent layers have no rule.
LAWFUL = [name for name in SMALL if name != "recurrent"]
#: Those of other layers than the rest; all of them in slow tests.
FEW = ["dense", "convolutional", "sparse, top-k"]
FAMILIES = [pytest.param(name, marks=[] if name in FEW else [pytest.mark.slow]) for name in LAWFUL]


def unit_of(name: str, model) -> Target:
    """Return the unit of the code that is largest for the first digit."""
    images = digits(1)
    return Target.code_unit(int(np.abs(model.encode(images)[0].ravel()).argmax()))


@pytest.mark.parametrize("name", FAMILIES)
def test_relevance_is_conserved_without_biases(name: str):
    """Of a unit, and of errors unless the network ends in a sigmoid, whose value at zero is a bias."""
    model = small(name)
    ends_in_a_bias = name in ("variational", "sparse, kl")
    unit, place, whole = unit_of(name, model), Target.error_at(3, 4), Target.whole_error()
    for rule in RULES:
        for target in (unit,) if ends_in_a_bias else (unit, place) if rule == "lrp-epsilon" else (unit, whole):
            verdict = check_sum(explain(model, digits(1), target, rule), at_most_percent=1)
            assert verdict.passes, (rule, target, verdict.reason)


@pytest.mark.parametrize("name", FAMILIES)
def test_pixels_and_biases_share_all_there_is(name: str):
    model = small(name, biases=0.2, output="sigmoid")
    for rule in RULES:
        for target in (unit_of(name, model), Target.whole_error()):
            found = explain(model, digits(2), target, rule)
            whole = found.maps.sum((1, 2)) + found.biases
            np.testing.assert_allclose(whole, found.values, rtol=1e-2, atol=1e-4)
        assert np.abs(found.biases).min() > 0  # those of the decoder, which no z-box spares


def test_layers_without_a_rule_are_named():
    found = explain(small("recurrent"), digits(1), Target.code_unit(0))
    assert found.without_rule == ("encoder/gru",)
    assert "there is no rule for encoder/gru" in check_sum(found).reason


def test_epsilon_of_rectified_layers_without_biases_is_gradient_times_input():
    """Ancona et al. 2018 (arXiv:1711.06104), proposition 1."""
    model = small("dense")
    target = unit_of("dense", model)
    one, other = (explain(model, digits(), target, method).maps for method in ("lrp-epsilon", "gradient x input"))
    np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-4)


@pytest.fixture(scope="module")
def kernel() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(64, 1)).astype("float32")


def expected(rule: str, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return relevance in a single linear layer without bias, by the formulas of the papers."""
    z, parts = x @ w, x * w
    up, down = np.maximum(parts, 0), np.minimum(parts, 0)
    if rule == "lrp-alpha-beta":  # alpha = 2, beta = 1
        same, against = (up, down) if z > 0 else (down, up)
        return (2 * same / same.sum() - against / against.sum()) * z
    if rule == "lrp-z-box":  # low = 0, high = 1
        box = parts - (np.minimum(w, 0) if z > 0 else np.maximum(w, 0))
        return box / box.sum() * z
    favoured = parts + 0.25 * (up if z > 0 else down)
    return favoured / favoured.sum() * z


@pytest.mark.parametrize("rule", RULES[1:])
def test_rules_in_a_single_layer_are_their_formulas(kernel: np.ndarray, rule: str):
    images = digits()
    found = explain(linear(kernel), images, Target.code_unit(0), rule).maps.reshape(4, 64)
    for map_, image in zip(found, images.reshape(4, 64), strict=True):
        np.testing.assert_allclose(map_, expected(rule, image, kernel[:, 0]), rtol=1e-3, atol=1e-5)


#: Pixels 1, 0.5, 0 and 1; h1 = 1 - 0.5 + 1 = 1.5, h2 = 1 + 1 = 2, and the unit is 2 h1 - h2 = 1.
BY_HAND = {
    "lrp-epsilon": [2, -2, 0, 1],  # h1 gets 3, h2 -2
    "lrp-gamma": [3 / 3.5, -0.75 / 3.5 - 0.25, 0, 3 / 3.5 - 0.25],  # gamma = 1: h1 gets 6/4, h2 -2/4
    "lrp-alpha-beta": [2, -2.5, 0, 1.5],  # h1 gets 2, h2 -1
    "lrp-z-box": [0.6, 0.05, 0, 0.35],  # as for gamma, then 1, 0.5, 0, 1 of 2.5, and 0, 1, 0, 1 of 2
}


def two_layers(bias: float = 0.0):
    """Return a model of two layers for images of 2 x 2, the first one rectified."""
    first, second = keras.layers.Dense(2, "relu"), keras.layers.Dense(1, use_bias=False)
    model = by_hand(2, [keras.layers.Flatten(), first, second])
    first.set_weights([np.array([[1.0, 0], [-1, 2], [2, 1], [1, 1]]), np.array([bias, 0])])
    second.set_weights([np.array([[2.0], [-1.0]])])
    return model, np.array([1, 0.5, 0, 1], "float32").reshape(1, 2, 2, 1)


@pytest.mark.parametrize("rule", RULES)
def test_two_layers_are_what_they_are_by_hand(rule: str):
    found = explain(*two_layers(), Target.code_unit(0), rule, gamma=1)
    np.testing.assert_allclose(found.maps.ravel(), BY_HAND[rule], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.biases, 0, atol=1e-6)


def test_a_bias_gets_its_part():
    """With a bias of 0.5, h1 is 2 and gets 4: a quarter of it is the bias's."""
    found = explain(*two_layers(0.5), Target.code_unit(0), "lrp-epsilon")
    np.testing.assert_allclose(found.maps.ravel(), [2, -2, 0, 1], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.biases, 1, rtol=1e-4)
    assert check_sum(found).reason.startswith("the sum of the map is 50 % away from what it explains; with what")


def test_a_lone_bias_is_not_lost_by_the_z_box():
    """In black surroundings no weight below zero gives the z-box rule anything to divide."""
    conv = keras.layers.Conv2D(1, 3, kernel_initializer="ones", bias_initializer="ones")
    model = by_hand(8, [conv, keras.layers.Flatten(), keras.layers.Dense(1, kernel_initializer="ones")])
    image = np.zeros((1, 8, 8, 1), "float32")
    image[0, 0, 0] = 1
    found = explain(model, image, Target.code_unit(0), "lrp-z-box")
    np.testing.assert_allclose(found.values, 37, rtol=1e-5)  # 36 biases and a pixel that one place sees
    np.testing.assert_allclose(found.maps[0, 0, 0] + found.biases, 37, rtol=1e-4)
    np.testing.assert_allclose(found.biases, 35, rtol=1e-4)


def test_alpha_one_gives_only_what_raises():
    model = small("dense")
    found = explain(model, digits(), unit_of("dense", model), "lrp-alpha-beta", alpha=1)
    assert (np.sign(found.values)[:, None, None] * found.maps).min() >= 0
    np.testing.assert_allclose(found.maps.sum((1, 2)), found.values, rtol=1e-3)


def test_pooling_and_enlarging_conserve():
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = by_hand(
        8,
        [
            layers.Conv2D(4, 3, padding="same"),
            layers.LeakyReLU(),
            layers.MaxPooling2D(),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(5, "tanh"),
        ],
        [
            layers.Dense(16),
            layers.ReLU(),
            layers.Reshape((4, 4, 1)),
            layers.UpSampling2D(interpolation="bilinear"),
            layers.Conv2DTranspose(1, 3, padding="same"),
        ],
    )
    for rule in RULES:
        for target in (Target.code_unit(2), Target.whole_error()):
            found = explain(model, digits(), target, rule)
            assert found.without_rule == ()
            verdict = check_sum(found)
            assert verdict.passes, (rule, target, verdict.reason)
