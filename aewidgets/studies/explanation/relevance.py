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

__all__ = ["RULES", "Relevance", "Rules", "reads_pixels", "relevance"]

RULES = ("epsilon", "gamma", "alpha-beta")
_LINEAR = ("Dense", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D")
_ACTIVATIONS = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU")
#: A scale and an offset for each channel; the offset is a bias.
_AFFINE = ("BatchNormalization", "Rescaling", "Normalization")
#: Layers that do nothing but in training.
_IDLE = ("Identity", "ActivityRegularization", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout")
#: Layers that only move, add or average values: relevance follows the values, as the gradient says it.
_MOVING = (
    *_IDLE, "Flatten", "Reshape", "Permute", "RepeatVector", "Cropping2D", "ZeroPadding2D", "UpSampling2D",
    "PadToMultiple", "AveragePooling2D", "GlobalAveragePooling2D", "Concatenate", "Add", "Subtract", "Average",
)  # fmt: skip
#: Layers that choose values. Relevance follows what is chosen.
_CHOOSING = ("MaxPooling2D", "GlobalMaxPooling2D", "Maximum", "Minimum", "TopK")
_OUR_OWN = ("PadToMultiple", "TopK")
#: Operations of `keras.ops` on outputs of layers alone, such as a + b.
_OPERATIONS = ("Add", "Subtract", "Concatenate")


@dataclass(frozen=True)
class Rules:
    """How relevance is divided among the inputs of a layer.

    Attributes:
        rule: "epsilon": in proportion to a_j w_j. "gamma": parts of the sign of z count 1 + gamma times. "alpha-beta":
            alpha times among the parts of the sign of z, less alpha - 1 times among the others.
        epsilon: what is added to the size of denominators, as a share of their mean size in the layer; it takes away
            relevance where parts cancel. 0.1 makes calmer maps that conserve less.
        gamma: from 0 on.
        alpha: from 1 on.
        z_box: layers that read pixels alone count how far each pixel is from the end of [0, 1] that would lower z (or
            raise it, where z is below zero), so that a black pixel can be relevant, too. Their biases get nothing, but
            for places where no pixel can.
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
        without_rule: names of layers that have no rule here, such as recurrent ones and Lambda, layers of other
            people's classes, or quantised ones. They count as their gradient times their input, which conserves
            nothing.
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

    Raises:
        ValueError: for the z-box rule, if no layer that has a rule reads pixels alone.
    """
    until, rules = target.step(network), rules or Rules()
    if rules.z_box and not reads_pixels(network, target):
        raise ValueError("z_box: no dense layer or convolution reads pixels alone; choose another rule")
    high, ones = np.ones_like(images), np.ones(len(images), "float32")

    def function(x, high, one):
        runner = _ByRules(rules, high, one, "" if target.is_error else until)
        return target.share_of(network, network.run(x, runner, until=until))

    values, (to_image, to_high, to_one) = gradients(function, [images, high, ones])
    missing = tuple(step.name for step in network.steps_to(until) if not _has_rule(step))
    return Relevance(images * to_image + high * to_high, values, to_one, missing)


def reads_pixels(network: Network, target: Target) -> bool:
    """Return whether a layer with a rule reads pixels alone, so that there is something for the z-box rule to do."""
    pixels = {IMAGE}
    for step in network.steps_to(target.step(network)):
        if step.inputs[0] in pixels and _is(step, _LINEAR):
            return True
        if _passes_pixels(step, pixels):
            pixels.add(step.name)
    return False


def _passes_pixels(step: Step, pixels: Any) -> bool:
    """Return whether the output of a step is pixels, in another order or averaged."""
    return len(step.inputs) == 1 and step.inputs[0] in pixels and _is(step, _MOVING)


def _is(step: Step, kinds: tuple[str, ...]) -> bool:
    """Return whether a step is a layer of one of Keras's own kinds, or ours, as it is: subclasses may do otherwise."""
    import keras

    if step.kind not in kinds or getattr(step.layer, "quantization_mode", None):
        return False
    if step.kind in _OUR_OWN:
        return type(step.layer).__module__.startswith("aewidgets.")
    return type(step.layer) is getattr(keras.layers, step.kind, None)


def _has_rule(step: Step) -> bool:
    """Return whether relevance is conserved in a step, biases counted."""
    if _is(step, (*_LINEAR, *_ACTIVATIONS, *_AFFINE, *_MOVING, *_CHOOSING)):
        return True
    operation = type(step.layer).__module__.startswith("keras.src.ops") and step.kind in _OPERATIONS
    return operation and (len(step.inputs) > 1 or step.kind == "Concatenate")


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
        if _is(step, _LINEAR):
            return self._linear(step, inputs[0])
        if _is(step, _AFFINE):
            offset = ops.stop_gradient(_run(step, [ops.zeros_like(inputs[0])]))
            return _run(step, inputs) - offset + offset * self._one(offset)
        if _is(step, _ACTIVATIONS):
            made = _run(step, inputs)
            at_zero = self._at_zero(step, made, lambda zero: _run(step, [zero]))
            return self._like(made, inputs[0] * self._ratio(made - at_zero, inputs[0]) + at_zero * self._one(made))
        if _passes_pixels(step, self.highs):
            self.highs[step.name] = _run(step, [self.highs[step.inputs[0]]])
        return _run(step, inputs)

    def _linear(self, step: Step, a: Any) -> Any:
        """Return the output of a linear layer and its activation."""
        from keras import ops

        layer = step.layer
        kernel, bias = ops.cast(layer.kernel, "float32"), ops.zeros((1,), "float32")
        if layer.use_bias:
            bias = ops.cast(layer.bias, "float32")
        z = _times(layer, a, kernel) + bias
        made = layer.activation(z)
        at_zero = self._at_zero(step, made, layer.activation)
        divided = made - at_zero
        rest = at_zero * self._one(made)
        if self.rules.z_box and step.inputs[0] in self.highs:
            high = self.highs[step.inputs[0]]
            away = [_times(layer, high, ends) for ends in (ops.minimum(kernel, 0.0), ops.maximum(kernel, 0.0))]
            m = _times(layer, a, kernel) - ops.where(z > 0, *away)
            given = m * self._ratio(divided, m)
            left = ops.stop_gradient(divided - given) * self._one(made)  # where m is 0, the bias is all there is
            return self._like(made, given + left + rest)
        bias = bias * self._one(made)
        if self.rules.rule == "epsilon" or (self.rules.rule == "gamma" and not self.rules.gamma):
            m = _times(layer, a, kernel) + bias
            return self._like(made, m * self._ratio(divided, m) + rest)
        above, below = _parts(layer, a, kernel, bias)
        if self.rules.rule == "gamma":
            m = _times(layer, a, kernel) + bias + self.rules.gamma * ops.where(z > 0, above, below)
            return self._like(made, m * self._ratio(divided, m) + rest)
        same, against = ops.where(z > 0, above, below), ops.where(z > 0, below, above)
        alpha = ops.where(against == 0, 1.0, self.rules.alpha)  # all of it where no part is against z
        to_same = ops.stop_gradient(divided * alpha / ops.where(same == 0, 1.0, same))
        to_against = ops.stop_gradient(divided * (alpha - 1) / ops.where(against == 0, 1.0, against))
        return self._like(made, same * to_same - against * to_against + rest)

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


def _run(step: Step, inputs: list[Any]) -> Any:
    """Return the output of a step as float32, whatever the policy of its layer."""
    from keras import ops

    return ops.cast(run_step(step, inputs), "float32")


def _times(layer: Any, a: Any, kernel: Any) -> Any:
    """Return a linear layer's output for another kernel, without bias and activation."""
    from keras import ops

    if type(layer).__name__ == "Dense":
        return ops.matmul(a, kernel)
    shared = {"strides": layer.strides, "padding": layer.padding, "data_format": layer.data_format}
    if type(layer).__name__ == "Conv2D":
        return ops.conv(a, kernel, dilation_rate=layer.dilation_rate, **shared)
    if type(layer).__name__ == "DepthwiseConv2D":
        return ops.depthwise_conv(a, kernel, dilation_rate=layer.dilation_rate, **shared)
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
