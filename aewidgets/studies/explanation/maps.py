"""Explanations: one function for all methods, from a model, images and a target to maps of the images' size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.explanation.gradient_maps import grad_cam, gradient_at, integrated_gradients, last_map
from aewidgets.studies.explanation.layers import at_once, network_of, to_images
from aewidgets.studies.explanation.relevance import Rules, reads_pixels, relevance
from aewidgets.studies.explanation.targets import Target
from aewidgets.system.brief import shown_briefly

__all__ = ["METHODS", "WITHOUT_SIGN", "Explanation", "explain", "explanation_methods"]

#: Method -> what it shows, in words.
METHODS = {
    "gradient": "how much the target changes with each pixel, whatever the pixel's own value",
    "gradient x input": "gradient times pixel value: exact parts of the target where the network is linear",
    "integrated gradients": "gradients along the path from a baseline, times the way: parts of the target's change",
    "grad-cam": "where a layer's channels are on that raise the target; as coarse as that layer",
    "lrp-epsilon": "relevance by the epsilon rule: parts of the target, layer by layer",
    "lrp-gamma": "relevance by the gamma rule, which favours what raises the target",
    "lrp-alpha-beta": "relevance by the alpha-beta rule, with what raises and what lowers apart",
    "lrp-z-box": "relevance by the gamma rule, and in the first layer by the z-box rule: black pixels count, too",
}

#: Methods whose maps are sizes, never below zero.
WITHOUT_SIGN = ("gradient",)


@shown_briefly
@dataclass(frozen=True, eq=False)
class Explanation:
    """Maps of where the values of a target come from.

    Attributes:
        method: one of `METHODS`.
        target: the target.
        values: the target's value for each image, float32 (n,).
        maps: float32 (n, height, width), summed over channels; of "gradient" the largest size over channels.
        explained: what the maps' sums should be, (n,): the values, or for integrated gradients the difference between
            them and the values at the baseline. None for methods that promise no sum.
        biases: what LRP gave to biases, (n,); None for other methods.
        without_rule: names of layers that LRP has no rule for; see `aewidgets.studies.explanation.relevance`.
    """

    method: str
    target: Target
    values: np.ndarray
    maps: np.ndarray
    explained: np.ndarray | None = None
    biases: np.ndarray | None = None
    without_rule: tuple[str, ...] = ()

    @property
    def error_percent(self) -> np.ndarray | None:
        """Conservation error (LRP) or completeness error (integrated gradients) of each image, in percent, (n,).

        It is the distance between a map's sum and what it should be, over the size of the latter; None for others.
        """
        return None if self.explained is None else self._error(np.zeros_like(self.values))

    @property
    def error_with_biases_percent(self) -> np.ndarray | None:
        """Conservation error where what biases got counts as well, (n,); None for other methods than LRP."""
        return None if self.biases is None else self._error(self.biases)

    def _error(self, more: np.ndarray) -> np.ndarray:
        """Return the error in percent of sums to which `more` is added."""
        explained = np.asarray(self.explained, "float64")
        away = np.abs(self.maps.sum((1, 2), dtype="float64") + more - explained)
        return 100 * away / np.maximum(np.abs(explained), 1e-12)


def explanation_methods(model: Any, target: Target) -> tuple[str, ...]:
    """Return the methods that apply.

    Grad-CAM needs a convolution's map on the way to the target, the z-box rule a layer that reads pixels alone.
    """
    network = network_of(model)
    left_out = {"grad-cam": not last_map(network, target), "lrp-z-box": not reads_pixels(network, target)}
    return tuple(method for method in METHODS if not left_out.get(method))


def explain(
    model: Any,
    images: np.ndarray,
    target: Target,
    method: str = "lrp-epsilon",
    *,
    layer: str | None = None,
    baseline: float = 0.0,
    steps: int = 64,
    epsilon: float = 1e-6,
    gamma: float = 0.25,
    alpha: float = 2.0,
) -> Explanation:
    """Explain a target by one method.

    Args:
        model: an autoencoder, or anything with an `encoder` and a `decoder`: functional or sequential Keras models. Of
            several outputs of the encoder the first is the code.
        images: (n, height, width, channels), or one image (height, width, channels); float in [0, 1] or uint8.
        target: the target.
        method: one of `METHODS`.
        layer: layer that Grad-CAM looks at; by default the last convolution before the target, of the encoder for
            errors.
        baseline: pixel value, in [0, 1], from which integrated gradients start.
        steps: number of gradients that are integrated for an image.
        epsilon, gamma, alpha: of the rules of LRP; see `aewidgets.studies.explanation.relevance.Rules`.

    Returns:
        The maps. What they are worth is for `deletion` and `randomisation` to say.

    Raises:
        TypeError: for a model that cannot be taken apart.
        ValueError: for an unknown method, one that does not apply, a target that is not in the model, or numbers out
            of range.
    """
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    if steps < 1 or not 0 <= baseline <= 1:
        raise ValueError(f"steps, baseline: expected at least 1, and a value in [0, 1], got {steps} and {baseline}")
    network, images = network_of(model), to_images(model, images)
    target.check(network, images.shape[1:])
    if method == "grad-cam":
        layer = layer or last_map(network, target)
        if layer is None:
            raise ValueError(f"grad-cam: no convolution's map leads to {target.describe()}; choose another method")
        maps, values = _joined([grad_cam(network, part, target, layer) for part in _parts(images)])
        return Explanation(method, target, values, maps)
    if method == "integrated gradients":
        base = np.full(images.shape[1:], baseline, "float32")
        found = [integrated_gradients(network, image, target, base, steps) for image in images]
        maps, values, at_base = (np.array(part, "float32") for part in zip(*found, strict=True))
        return Explanation(method, target, values, maps.sum(-1), values - at_base)
    if method.startswith("lrp-"):
        rule = "gamma" if method == "lrp-z-box" else method.removeprefix("lrp-")
        rules = Rules(rule, epsilon, gamma, alpha, z_box=method == "lrp-z-box")
        got = [relevance(network, part, target, rules) for part in _parts(images)]
        maps, values, biases = _joined([(one.maps.sum(-1), one.values, one.biases) for one in got])
        return Explanation(method, target, values, maps, values, biases, got[0].without_rule)
    values, slope = _joined([gradient_at(network, part, target)[:2] for part in _parts(images)])
    if method == "gradient":
        return Explanation(method, target, values, np.abs(slope).max(-1))
    return Explanation(method, target, values, (slope * images).sum(-1))


def _parts(images: np.ndarray) -> list[np.ndarray]:
    """Return images in parts that are run together."""
    together = at_once(images.shape[1:])
    return [images[start : start + together] for start in range(0, len(images), together)]


def _joined(found: Sequence[tuple[np.ndarray, ...]]) -> list[np.ndarray]:
    """Return the arrays of all parts, one after another."""
    return [np.concatenate(arrays) for arrays in zip(*found, strict=True)]
