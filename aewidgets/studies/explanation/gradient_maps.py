"""Maps by gradients: the gradient itself, gradient times input, integrated gradients, and Grad-CAM.

Letters: f is the target, x the image, x0 the baseline, A a layer's map with channels k.
"""

from __future__ import annotations

import numpy as np

from aewidgets.studies.explanation.gradients import gradients
from aewidgets.studies.explanation.layers import IMAGE, Network, at_once, is_map
from aewidgets.studies.explanation.targets import Target

__all__ = ["grad_cam", "gradient_at", "integrated_gradients", "last_map"]


def gradient_at(
    network: Network, images: np.ndarray, target: Target, layer: str = IMAGE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the target's values, its gradient at the image or at a layer's output, and that output.

    Args:
        network: steps of an autoencoder.
        images: float32 (n, height, width, channels) in [0, 1].
        target: the target; its error depends on the image in two ways, through the network and as the original.
        layer: name of a layer; the image by default.

    Returns:
        Values (n,), gradients (n, ...) and outputs (n, ...), float32.

    Raises:
        ValueError: for a layer that the target does not need.
    """
    from keras import ops

    until = target.step(network)
    if layer == IMAGE:
        value, (slope,) = gradients(lambda x: target.of(network, network.run(x, until=until)), [images])
        return value, slope, images
    if layer not in {step.name for step in network.steps_to(until)}:
        raise ValueError(f"layer: the target does not depend on {network.step(layer).name!r}")
    kept = ops.convert_to_tensor(images)
    output = ops.convert_to_numpy(ops.stop_gradient(network.run(kept, until=layer)[layer])).astype("float32")

    def function(probe):
        return target.of(network, network.run(kept, probes={layer: probe}, until=until))

    value, (slope,) = gradients(function, [np.zeros_like(output)])
    return value, slope, output


def integrated_gradients(
    network: Network, image: np.ndarray, target: Target, baseline: np.ndarray, steps: int = 64
) -> tuple[np.ndarray, float, float]:
    """Return integrated gradients of one image (Sundararajan, Taly and Yan 2017, arXiv:1703.01365, equation 1).

    The gradient is averaged over the straight path from the baseline to the image, at the middles of `steps` equal
    parts, and multiplied by x - x0. The sum over pixels is f(x) - f(x0) but for the error of the sum over steps. This
    error falls with 1 / steps where the network has kinks (rectifiers), and faster where it is smooth; in percent of
    f(x) - f(x0) it is large where f is almost the same at both ends.

    Args:
        network: steps of an autoencoder.
        image: float32 (height, width, channels) in [0, 1].
        target: the target.
        baseline: of the image's shape.
        steps: number of gradients.

    Returns:
        The map (height, width, channels), f(x) and f(x0).
    """
    along = ((np.arange(steps) + 0.5) / steps).astype("float32")[:, None, None, None]
    total = np.zeros(image.shape, "float64")
    together = at_once(image.shape)
    for start in range(0, steps, together):
        path = baseline + along[start : start + together] * (image - baseline)
        total += gradient_at(network, path, target)[1].sum(0, dtype="float64")
    value, at_baseline = gradient_at(network, np.stack([image, baseline]), target)[0]
    return (total / steps * (image - baseline)).astype("float32"), float(value), float(at_baseline)


def last_map(network: Network, target: Target) -> str | None:
    """Return the name of the last convolution that the target needs and whose output is a map; None if none is.

    For an error these are convolutions of the encoder: what the decoder's last one computes is the picture itself.
    """
    until = network.code if target.is_error else target.step(network)
    found = [step.name for step in network.steps_to(until) if is_map(step) and "Conv" in step.kind]
    if found and found[-1] == target.step(network):
        found.pop()  # a unit does not depend on the other units of its own map
    return found[-1] if found else None


def grad_cam(network: Network, images: np.ndarray, target: Target, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """Return maps by gradient-weighted class activation mapping (Selvaraju et al. 2017, equations 1 and 2).

    The weight of a channel is the mean of the gradient over its map; the map is the sum of weights times channels,
    rectified, and enlarged to the image's size by linear interpolation. The paper's target is the score of a class;
    any scalar will do, and without one there is no gradient. A target below zero is explained by what makes it so low:
    its map is at most zero.

    Args:
        network: steps of an autoencoder.
        images: float32 (n, height, width, channels) in [0, 1].
        target: the target.
        layer: name of a layer whose output is a map.

    Returns:
        Maps (n, height, width) and values (n,).

    Raises:
        ValueError: for a layer whose output is no map.
    """
    if not is_map(network.step(layer)):
        raise ValueError(
            f"layer: Grad-CAM needs rows, columns and channels, and {layer} has {network.step(layer).shape}"
        )
    values, slope, output = gradient_at(network, images, target, layer)
    small = np.sum(slope.mean((1, 2), keepdims=True) * output, axis=-1)
    sign = np.where(values < 0, -1.0, 1.0)[:, None, None]
    small = sign * np.maximum(sign * small, 0)
    return np.stack([_enlarge(one, *images.shape[1:3]) for one in small]).astype("float32"), values


def _enlarge(small: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a map of the image's size by linear interpolation between the middles of its cells."""
    rows, columns = (
        np.clip((np.arange(many) + 0.5) * few / many - 0.5, 0, few - 1)
        for many, few in ((height, small.shape[0]), (width, small.shape[1]))
    )
    by_rows = np.stack([np.interp(rows, np.arange(len(small)), column) for column in small.T], axis=1)
    return np.stack([np.interp(columns, np.arange(small.shape[1]), row) for row in by_rows])
