"""Which variables of a Keras model are kernels, and along which axes their output channels lie. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

__all__ = ["Kernel", "check_built", "kernels_of", "layers_left"]

#: Endings of the names of kernels: of Dense, convolutions, recurrent cells, and separable and depthwise convolutions.
_ENDING = "kernel"
_TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)


@dataclass(frozen=True, eq=False)
class Kernel:
    """A variable that multiplies inputs.

    Attributes:
        variable: the `keras.Variable`.
        channels: axes of its output channels.
    """

    variable: Any
    channels: tuple[int, ...]

    @property
    def floats(self) -> np.ndarray:
        """Values of the kernel, float32."""
        return np.array(keras.ops.convert_to_numpy(self.variable), "float32")


def kernels_of(model: keras.Model) -> list[Kernel]:
    """Return the kernels of a model, each once, in the order of its weights.

    A kernel is a variable of two axes or more whose name ends in "kernel", as those of Keras's layers do, and of most
    people's. Biases, embeddings and the weights of normalisation are none.

    Raises:
        ValueError: for a model that has no weights yet, or no kernels.
    """
    check_built(model)
    owners = {id(v): layer for layer in _layers_of(model) for v in layer._trainable_variables + _frozen_of(layer)}
    found = [
        Kernel(variable, _channels(owners.get(id(variable)), variable))
        for variable in model.weights
        if variable.name.endswith(_ENDING) and len(variable.shape) > 1
    ]
    if not found:
        raise ValueError(
            f"{model.name}: expected kernels, as those of Dense, Conv2D and GRU layers, got a model without any"
        )
    return found


def check_built(model: Any) -> None:
    """Raise ValueError for what is no Keras model, and for a model that has no weights yet."""
    if not isinstance(model, keras.Model):
        raise ValueError(f"model: expected a Keras model, got {type(model).__name__}")
    if not model.built or any(not layer.built for layer in _layers_of(model)):
        raise ValueError(f"{model.name}: expected a model with weights, got one not built yet; call it on images first")


def layers_left(model: keras.Model, kernels: list[Kernel]) -> tuple[str, ...]:
    """Return the names of layers with weights of which none is among the kernels, such as normalisation."""
    taken = {id(kernel.variable) for kernel in kernels}
    return tuple(
        layer.path
        for layer in _layers_of(model)
        if (own := layer._trainable_variables + _frozen_of(layer)) and not any(id(v) in taken for v in own)
    )


def _frozen_of(layer: Any) -> list:
    """Return the variables of a layer itself that training leaves, without states of random generators."""
    return [v for v in layer._non_trainable_variables if "seed_generator" not in v.path]


def _layers_of(model: keras.Model) -> list:
    """Return all layers inside a model, and those inside these."""
    return list(model._flatten_layers(include_self=False, recursive=True))


def _channels(layer: Any, variable: Any) -> tuple[int, ...]:
    """Return the axes of the output channels of a layer's kernel; the last one where nothing else is known."""
    last = len(variable.shape) - 1
    if isinstance(layer, _TRANSPOSED):
        return (last - 1,)
    if variable.name == "depthwise_kernel" or isinstance(layer, layers.DepthwiseConv1D | layers.DepthwiseConv2D):
        return (last - 1, last)
    if isinstance(layer, layers.EinsumDense):
        kernel, outputs = layer.equation.replace(" ", "").split(",")[1].split("->")
        return tuple(axis for axis, letter in enumerate(kernel) if letter in outputs)
    return (last,)
