"""What a picture costs: multiplications of a network, by the shapes of its layers. Keras only; runs nothing."""

import math

from keras import layers

__all__ = ["multiplications"]


def multiplications(network) -> int:
    """Multiplications for one picture, or one code: those of kernels; biases, activations and noise are left out.

    Args:
        network: Keras model of pictures of one size, such as an autoencoder's `encoder` or `decoder`.

    Raises:
        ValueError: where a layer's input has no one size.
        TypeError: for a layer with weights that are not counted yet.
    """
    return sum(_of_layer(layer) for layer in network._flatten_layers(include_self=False, recursive=True))


def _of_layer(layer) -> int:
    if isinstance(layer, layers.GRU | layers.LSTM):
        return _positions(layer, layer.input.shape[1:2]) * sum(math.prod(w.shape) for w in _kernels(layer))
    if isinstance(layer, layers.Conv2D):
        return _positions(layer, layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)
    if isinstance(layer, layers.Conv2DTranspose | layers.Dense):
        return _positions(layer, layer.input.shape[1:-1]) * math.prod(layer.kernel.shape)
    if _kernels(layer) and not hasattr(layer, "layers") and not hasattr(layer, "state_size"):  # those have been counted
        raise TypeError(f"{layer.name}: multiplications of {type(layer).__name__} layers are not counted here")
    return 0


def _kernels(layer) -> list:
    """Trainable weights that inputs are multiplied by; a recurrent layer's bias has two rows."""
    return [w for w in layer.trainable_weights if len(w.shape) > 1 and "bias" not in w.name]


def _positions(layer, sides) -> int:
    """At how many places a kernel is applied."""
    if None in sides:
        raise ValueError(f"{layer.name}: expected pictures of one size, got {tuple(sides)}; build the model for one")
    return math.prod(sides)
