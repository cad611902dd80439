"""One function that shrinks any Keras model, and its frozen result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from aewidgets.models.shrinking.kernels import Kernel, check_built, kernels_of, layers_left
from aewidgets.models.shrinking.pruning import prune_kernel
from aewidgets.models.shrinking.rounding import Rounded, round_kernel
from aewidgets.models.shrinking.stored import floats_of, stored
from aewidgets.models.shrinking.words import Plan, plan_of
from aewidgets.system.cards import pack_weights

__all__ = ["Shrunk", "shrink", "twin_of"]


@dataclass(frozen=True, eq=False)
class Shrunk:
    """A model with smaller weights.

    Attributes:
        to: what was asked, such as "int8".
        model: Keras model with the weights that the file holds, as float32: Keras computes with them as before, so
            that it is no faster.
        arrays: arrays of the file, by name.
        bytes: size of the file, deflated.
        zeros: share of zeros among the weights of kernels, 0 to 1.
        left: names of layers with weights that have no kernel and stay as they were.
    """

    to: str
    model: Any
    arrays: dict[str, np.ndarray]
    bytes: int
    zeros: float
    left: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Shrunk({self.to!r}, {self.bytes:,} bytes, {self.zeros:.1%} zeros)"


def shrink(model: keras.Model, to: str = "int8") -> Shrunk:
    """Round or prune the kernels of a trained Keras model; the model itself is not changed.

    Biases and the weights of normalisation stay as they are, but for "float16", which rounds all weights. Integers are
    symmetric, with one step for each output channel. Pruning sets the smallest weights of each kernel to zero.

    Args:
        model: built; of any layers. Of a model that is a class of its own, `get_config` must return its arguments.
        to: "float32", "float16", "int8" or "int4"; "prune-1" to "prune-99", the percent of weights that become zero;
            or one of each joined by "+", as "prune-50+int8".

    Returns:
        The shrunken model, the arrays of its file, and what became of it.

    Raises:
        ValueError: for another word, a model that has no weights yet or no kernels, weights that are not finite or too
            large for float16, or a model that cannot be built again.

    Example:
        >>> from aewidgets import build_autoencoder, shrink
        >>> shrink(build_autoencoder("dense", (8, 8, 1), latent_dim=4), "prune-50").zeros
        0.5
    """
    plan = plan_of(to)
    check_built(model)
    kernels = {id(kernel.variable): kernel for kernel in kernels_of(model)}
    weights = [_shrunk(variable, kernels.get(id(variable)), plan) for variable in model.weights]
    arrays: dict[str, np.ndarray] = {}
    for number, weight in enumerate(weights):
        arrays |= stored(number, weight)
    twin = twin_of(model)
    for variable, weight in zip(twin.weights, weights, strict=True):
        variable.assign(_values(weight))
    found = [_values(w) for w, v in zip(weights, model.weights, strict=True) if id(v) in kernels]
    zeros = sum(int((k == 0).sum()) for k in found) / sum(k.size for k in found)
    left = layers_left(model, list(kernels.values()))
    return Shrunk(plan.words, twin, arrays, len(pack_weights(arrays)), zeros, left)


def _values(weight: np.ndarray | Rounded) -> np.ndarray:
    """Return the values of a weight of a file as the model has them; states of random generators are integers."""
    return weight.floats() if isinstance(weight, Rounded) else weight


def _shrunk(variable: Any, kernel: Kernel | None, plan: Plan) -> np.ndarray | Rounded:
    """Return what a file holds of a variable."""
    value = np.array(keras.ops.convert_to_numpy(variable))
    if value.dtype.kind not in "fV":  # bfloat16 is of kind V
        if kernel is not None:
            raise ValueError(
                f"{variable.path}: expected floats, got {value.dtype}; shrink the model before it is quantised"
            )
        return value
    value = value.astype("float32")
    try:
        if kernel is not None:
            value = prune_kernel(value, plan.share) if plan.share else value
            if plan.bits in (4, 8):
                return round_kernel(value, plan.bits, kernel.channels)
        if plan.bits == 16:
            return _half(value)
        return value if plan.bits == 32 else floats_of(value)
    except ValueError as error:
        raise ValueError(f"{variable.path}: {error}") from error


def _half(value: np.ndarray) -> np.ndarray:
    """Return weights as float16.

    Raises:
        ValueError: for weights that are not finite there.
    """
    with np.errstate(over="ignore"):
        half = value.astype("float16")
    if not np.isfinite(half).all():
        raise ValueError("expected weights within float16's 65,504, got larger ones, NaN or infinity")
    return half


def _copied(layer: Any) -> Any:
    """Return another layer of the same configuration; a Lambda, which Keras does not build again, is shared."""
    return layer if isinstance(layer, keras.layers.Lambda) else type(layer).from_config(layer.get_config())


def twin_of(model: keras.Model) -> Any:
    """Return another model of the same layers and weights.

    Raises:
        ValueError: for a class whose configuration does not build it again.
    """
    try:
        plain = type(model).__name__ in ("Functional", "Sequential")
        twin = keras.models.clone_model(model, **({"clone_function": _copied, "recursive": True} if plain else {}))
        if not twin.built:
            twin.build_from_config(model.get_build_config() or {})
        if not twin.built:
            twin.build(None)
        twin.set_weights(model.get_weights())
    except Exception as error:  # whatever a stranger's class raises when it is made from its configuration
        raise ValueError(
            f"{model.name}: expected a model that its `get_config` builds again, got {type(model).__name__} "
            f"({type(error).__name__}: {error}); give it a `get_config`, or shrink the models it is made of"
        ) from error
    return twin
