"""One run of a Keras network on arrays, which keeps nothing for their sizes. Imports Keras only when it is used."""

from __future__ import annotations

from typing import Any

from aewidgets.system.forks import check_not_forked

__all__ = ["outputs_of"]


def outputs_of(network: Any, inputs: Any) -> Any:
    """Return the outputs of a Keras network as NumPy arrays, in their structure.

    `predict_on_batch` would have TensorFlow compile and keep a graph for every new size, about 2 MB each, and warn of
    it. JAX, which compiles as well, is slow without it.

    Args:
        network: a built Keras model.
        inputs: an array, or a structure of arrays, as the network takes them.

    Raises:
        RuntimeError: in a process that was forked from one that has used Keras.
    """
    import keras

    check_not_forked()
    if keras.backend.backend() == "jax":
        outputs = network.predict_on_batch(inputs)
    else:
        outputs = network(keras.tree.map_structure(keras.ops.convert_to_tensor, inputs), training=False)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)
