"""Layer-wise relevance propagation (Bach et al. 2015, PLOS ONE 10(7)) through the layers of our autoencoders.

Rules as in Montavon et al. 2019 ("Layer-wise relevance propagation: an overview", table 1). Letters: a is a layer's
input, w its kernel, b its bias, z = w a + b, R relevance.

No rule is run backwards layer by layer. Each layer is replaced by one of the same value whose gradient is the rule's:
if the layer's output counts as m * r, with r = (output / m) held constant and m linear in a, then a times the gradient
is a_j w_j / m times the relevance of the output, which is the rule with m for a denominator. At the image, x times the
gradient is the relevance, and so it is at a bias, which is an input of value 1. What pixels and biases get is
together the target: the law of conservation, which `Relevance` lets you check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.explanation.gradients import gradients
from aewidgets.studies.explanation.layers import IMAGE, Network, Step, run_step
from aewidgets.studies.explanation.targets import Target

__all__ = ["RULES", "Relevance", "Rules", "relevance"]

RULES = ("epsilon", "gamma", "alpha-beta")
_LINEAR = ("Dense", "Conv2D", "Conv2DTranspose")
_ACTIVATIONS = ("Activation", "ReLU", "LeakyReLU", "ELU")
#: Layers that only move, add, scale or choose values: relevance follows the values, as the gradient says it.
_MOVING = (
    "Flatten", "Reshape", "Permute", "RepeatVector", "Cropping2D", "ZeroPadding2D", "UpSampling2D", "PadToMultiple",
    "AveragePooling2D", "MaxPooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Concatenate", "Add", "TopK",
    "Dropout", "Identity",
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """How relevance is divided among the inputs of a layer.

    Attributes:
        rule: "epsilon": in proportion to a_j w_j. "gamma": parts of the sign of z count 1 + gamma times. "alpha-beta":
            alpha times among the parts above zero, less alpha - 1 times among those below.
        epsilon: what is added to the size of denominators, as a share of their mean size in the layer; it takes away
            relevance where parts cancel. 0.1 makes calmer maps that conserve less.
        gamma: from 0 on.
        alpha: from 1 on.
        z_box: layers that read pixels alone count how far each pixel is from the end of [0, 1] that would lower z, so
            that a black pixel can be relevant, too. Their biases get nothing.
    """

    rule: str = "epsilon"
    epsilon: float = 1e-6
    gamma: float = 0.25
    alpha: float = 2.0
    z_box: bool = False

    def __post_init__(self):
        if self.rule not in RULES:
            raise ValueError(f"rule: expected one of {', '.join(RULES)}, got {self.rule!r}")
        if not self.epsilon >= 0 or not self.gamma >= 0 or not self.alpha >= 1:
            raise ValueError(
                "epsilon, gamma, alpha: expected numbers from 0, 0 and 1 on, got "
                f"{self.epsilon}, {self.gamma} and {self.alpha}"
            )


@dataclass(frozen=True, eq=False)
class Relevance:
    """Relevance of pixels for a target.

    Attributes:
        maps: float32 (n, height, width, channels).
        values: the target's values, (n,).
        biases: relevance that biases got, (n,); an activation's value at zero, such as a sigmoid's 1/2, is a bias.
        without_rule: names of layers of kinds that have no rule here, such as recurrent ones. They count as their
            gradient times their input, which conserves nothing.
    """

    maps: np.ndarray
    values: np.ndarray
    biases: np.ndarray
    without_rule: tuple[str, ...]


def relevance(network: Network, images: np.ndarray, target: Target, rules: Rules | None = None) -> Relevance:
    """Divide the value of a target among the pixels of each image.

    Args:
        network: steps of an autoencoder.
        images: float32 (n, height, width, channels) in [0, 1].
        target: the target. The squared error is divided as `Target.share_of` says.
        rules: the rules; "epsilon" by default.
    """
    until, rules = target.step(network), rules or Rules()
    high, ones = np.ones_like(images), np.ones(len(images), "float32")

    def function(x, high, one):
        runner = _ByRules(rules, high, one, "" if target.is_error else until)
        return target.share_of(network, network.run(x, runner, until=until))

    values, (to_image, to_high, to_one) = gradients(function, [images, high, ones])
    known = (*_LINEAR, *_ACTIVATIONS, *_MOVING)
    missing = tuple(step.name for step in network.steps_to(until) if step.kind not in known)
    return Relevance(images * to_image + high * to_high, values, to_one, missing)


class _ByRules:
    """Runs the steps of a network with the gradients that the rules ask for.

    Args:
        rules: the rules.
        high: largest values of pixels, of the images' shape.
        one: value of the input that a bias multiplies, (b,).
        last: name of the step whose output is the target. Its whole output is divided, as it is explained; of other
            layers the output less the activation's value at zero, which counts as a bias.
    """

    def __init__(self, rules: Rules, high: Any, one: Any, last: str):
        self.rules, self.one, self.last = rules, one, last
        self.highs = {IMAGE: high}  # of steps that hold nothing but pixels

    def __call__(self, step: Step, inputs: list[Any]) -> Any:
        """Return the output of a step, the layer's own in value."""
        from keras import ops

        inputs = [ops.cast(one, "float32") for one in inputs]
        if step.kind in _LINEAR:
            return self._linear(step, inputs[0])
        if step.kind in _ACTIVATIONS:
            made = run_step(step, inputs)
            at_zero = self._at_zero(step, made, lambda zero: run_step(step, [zero]))
            return self._like(made, inputs[0] * self._ratio(made - at_zero, inputs[0]) + at_zero * self._one(made))
        if step.kind in _MOVING and step.inputs[0] in self.highs and len(inputs) == 1:
            self.highs[step.name] = run_step(step, [self.highs[step.inputs[0]]])
        return run_step(step, inputs)

    def _linear(self, step: Step, a: Any) -> Any:
        """Return the output of a linear layer and its activation."""
        from keras import ops

        layer = step.layer
        kernel, bias = ops.cast(layer.kernel, "float32"), ops.zeros((1,))
        if layer.use_bias:
            bias = ops.cast(layer.bias, "float32")
        z = _times(layer, a, kernel) + bias
        made = layer.activation(z)
        at_zero = self._at_zero(step, made, layer.activation)
        divided = made - at_zero
        rest = at_zero * self._one(made)
        if self.rules.z_box and step.inputs[0] in self.highs:
            m = _times(layer, a, kernel) - _times(layer, self.highs[step.inputs[0]], ops.minimum(kernel, 0.0))
            return self._like(made, m * self._ratio(divided, m) + rest)
        bias = bias * self._one(made)
        if self.rules.rule == "epsilon" or (self.rules.rule == "gamma" and not self.rules.gamma):
            m = _times(layer, a, kernel) + bias
            return self._like(made, m * self._ratio(divided, m) + rest)
        above, below = _parts(layer, a, kernel, bias)
        if self.rules.rule == "gamma":
            m = _times(layer, a, kernel) + bias + self.rules.gamma * ops.where(z > 0, above, below)
            return self._like(made, m * self._ratio(divided, m) + rest)
        some, other = ops.cast(above > 0, "float32"), ops.cast(below < 0, "float32")
        alpha = some * (other * self.rules.alpha + 1 - other)  # all of it where there are no parts below zero
        beta = other * (some * (self.rules.alpha - 1) - (1 - some))
        to_above = ops.stop_gradient(divided * alpha / ops.where(above > 0, above, 1.0))
        to_below = ops.stop_gradient(divided * beta / ops.where(below < 0, below, 1.0))
        return self._like(made, above * to_above - below * to_below + rest)

    def _at_zero(self, step: Step, made: Any, activation: Any) -> Any:
        """Return the activation's value at zero; zeros for the target itself."""
        from keras import ops

        return ops.zeros_like(made) if step.name == self.last else activation(ops.zeros_like(made))

    def _one(self, made: Any) -> Any:
        """Return the input of biases in a shape that broadcasts to outputs."""
        from keras import ops

        return ops.reshape(self.one, (-1,) + (1,) * (len(made.shape) - 1))

    def _ratio(self, divided: Any, m: Any) -> Any:
        """Return what is divided, over the denominator m, as a constant."""
        from keras import ops

        mean = ops.mean(ops.abs(m), axis=tuple(range(1, len(m.shape))), keepdims=True)
        floor = self.rules.epsilon * mean + 1e-20
        return ops.stop_gradient(divided / (m + ops.where(m < 0, -floor, floor)))

    def _like(self, made: Any, counted: Any) -> Any:
        """Return a tensor of the value of `made` and the gradient of `counted`."""
        from keras import ops

        return ops.stop_gradient(made - counted) + counted


def _times(layer: Any, a: Any, kernel: Any) -> Any:
    """Return a linear layer's output for another kernel, without bias and activation."""
    from keras import ops

    if type(layer).__name__ == "Dense":
        return ops.matmul(a, kernel)
    shared = {"strides": layer.strides, "padding": layer.padding, "data_format": layer.data_format}
    if type(layer).__name__ == "Conv2D":
        return ops.conv(a, kernel, dilation_rate=layer.dilation_rate, **shared)
    shared |= {"output_padding": layer.output_padding, "dilation_rate": layer.dilation_rate}
    return ops.conv_transpose(a, kernel, **shared)


def _parts(layer: Any, a: Any, kernel: Any, bias: Any) -> tuple[Any, Any]:
    """Return the sums of the parts of z above zero and of those below it."""
    from keras import ops

    up, down = ops.maximum(a, 0.0), ops.minimum(a, 0.0)
    more, less = ops.maximum(kernel, 0.0), ops.minimum(kernel, 0.0)
    above = _times(layer, up, more) + _times(layer, down, less) + ops.maximum(bias, 0.0)
    below = _times(layer, up, less) + _times(layer, down, more) + ops.minimum(bias, 0.0)
    return above, below
