"""Summary of an autoencoder's layers, and what each makes of an image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.explanation.layers import network_of, to_images

__all__ = ["LayerSummary", "layer_activations", "summarise_layers"]


@dataclass(frozen=True)
class LayerSummary:
    """One layer.

    Attributes:
        name: name that `Target.layer_unit` and Grad-CAM take, such as "encoder/conv2d".
        kind: class of the layer.
        inputs: names of the layers that it reads; "image" for the image.
        shape: shape of its output for one image; None for unknown sides.
        parameters: number of its weights; of a layer that is called several times, at its first call.
        multiplications: number of multiplications for one image; None where the image's size is not known, or for a
            kind of layer that is not counted.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    shape: tuple[int | None, ...]
    parameters: int
    multiplications: int | None


def summarise_layers(model: Any) -> tuple[LayerSummary, ...]:
    """Return the layers of an autoencoder, encoder first, each after those that it reads."""
    found, counted = [], set[int]()
    for step in network_of(model).steps:
        weights = {id(w): math.prod(w.shape) for w in getattr(step.layer, "weights", ())}
        own = sum(size for weight, size in weights.items() if weight not in counted)
        counted |= set(weights)
        found.append(LayerSummary(step.name, step.kind, step.inputs, step.shape, own, _multiplications(step.layer)))
    return tuple(found)


def _multiplications(layer: Any) -> int | None:
    """Return the number of multiplications of a layer, or None; operations of `keras.ops` are not counted."""
    import keras

    from aewidgets.models.cost import layer_multiplications

    try:
        return layer_multiplications(layer) if isinstance(layer, keras.layers.Layer) else None
    except (TypeError, ValueError):
        return None


def layer_activations(model: Any, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return what each layer makes of one image.

    Args:
        model: an autoencoder.
        image: (height, width, channels), float in [0, 1] or uint8.

    Returns:
        float32 arrays by the names of the layers, in their order; "image" is the image itself, the last one the
        reconstruction.

    Raises:
        ValueError: for another shape, or more than one image.
    """
    from keras import ops

    if np.ndim(image) != 3:
        raise ValueError(f"image: expected (height, width, channels), got {np.shape(image)}")
    outputs = network_of(model).run(ops.convert_to_tensor(to_images(model, image)))
    return {name: ops.convert_to_numpy(ops.stop_gradient(made))[0].astype("float32") for name, made in outputs.items()}
