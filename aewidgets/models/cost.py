"""Number of multiplications of a network for one image, by the shapes of its layers. Runs no network."""

import math

from keras import layers

__all__ = ["layer_multiplications", "multiplications"]


def multiplications(network) -> int:
    """Return the number of multiplications for one image or code: of kernels, not of biases, activations or noise.

    Args:
        network: Keras model for images of one size, such as an autoencoder's `encoder` or `decoder`.

    Raises:
        ValueError: where the size of a layer's input is not known.
        TypeError: for a kind of layer with weights that is not counted yet.
    """
    return sum(layer_multiplications(layer) for layer in network._flatten_layers(include_self=False, recursive=True))


def layer_multiplications(layer) -> int:
    """Return the number of multiplications of one layer, without layers inside it; raises as `multiplications` does."""
    if isinstance(layer, layers.GRU | layers.LSTM):
        return _positions(layer, layer.input.shape[1:2]) * sum(math.prod(w.shape) for w in _kernels(layer))
    if isinstance(layer, layers.Conv2D):
        return _positions(layer, layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)
    if isinstance(layer, layers.Conv2DTranspose | layers.Dense):
        return _positions(layer, layer.input.shape[1:-1]) * math.prod(layer.kernel.shape)
    if _kernels(layer) and not hasattr(layer, "layers") and not hasattr(layer, "state_size"):  # their parts are counted
        raise TypeError(f"{layer.name}: multiplications of {type(layer).__name__} layers are not counted here")
    return 0


def _kernels(layer) -> list:
    """Return the trainable weights that multiply inputs; a recurrent layer's bias, of two rows, is not among them."""
    return [w for w in layer.trainable_weights if len(w.shape) > 1 and "bias" not in w.name]


def _positions(layer, sides) -> int:
    """Return the number of positions at which a kernel is applied."""
    if None in sides:
        raise ValueError(f"{layer.name}: expected images of one size, got {tuple(sides)}; build the model for one")
    return math.prod(sides)
