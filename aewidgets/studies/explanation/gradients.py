"""Gradients on every backend: `keras.ops` has none, so that each backend has a branch of its own here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["gradients"]


def gradients(
    function: Callable[..., Any], arrays: Sequence[np.ndarray | float]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return values of a function of arrays, and the gradients of their sum with respect to each array.

    Where the first axis of the arrays is that of images and no image's value depends on another image, the gradients
    are those of each image's own value.

    Args:
        function: takes tensors, one for each array; returns a tensor (b,) of values, made of `keras.ops` and layers.
        arrays: float32 arrays.

    Returns:
        The values, float32 (b,), and gradients of the shapes of the arrays: zeros for an array that has no influence.
    """
    import keras

    tensors = [keras.ops.convert_to_tensor(np.asarray(array, "float32")) for array in arrays]
    backend = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]
    values, found = backend(function, tensors)
    zeros = [np.zeros(tuple(tensor.shape), "float32") for tensor in tensors]
    slopes = [zero if one is None else keras.ops.convert_to_numpy(one) for one, zero in zip(found, zeros, strict=True)]
    return keras.ops.convert_to_numpy(values), slopes


def _tensorflow(function: Callable[..., Any], tensors: list[Any]) -> tuple[Any, Sequence[Any]]:
    """Return values and gradients by TensorFlow's tape."""
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for tensor in tensors:
            tape.watch(tensor)
        values = function(*tensors)
        total = tf.reduce_sum(values)
    return values, tape.gradient(total, tensors)


def _jax(function: Callable[..., Any], tensors: list[Any]) -> tuple[Any, Sequence[Any]]:
    """Return values and gradients by a transform of JAX."""
    import jax

    def total(arguments: list[Any]) -> tuple[Any, Any]:
        values = function(*arguments)
        return values.sum(), values

    (_, values), found = jax.value_and_grad(total, has_aux=True)(tensors)
    return values, found


def _torch(function: Callable[..., Any], tensors: list[Any]) -> tuple[Any, Sequence[Any]]:
    """Return values and gradients by torch's automatic differentiation."""
    import torch

    with torch.enable_grad():
        given = [tensor.detach().clone().requires_grad_(True) for tensor in tensors]
        values = function(*given)
        found = torch.autograd.grad(values.sum(), given, allow_unused=True)
    return values.detach(), found
