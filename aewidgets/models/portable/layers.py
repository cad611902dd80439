"""Layers of decoders that travel, as steps: what each kind of Keras layer comes to. Walks through no model.

Kernels of convolutions are (rows, columns, in, out).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from aewidgets.models.portable.weights import NotPortable, Packed

__all__ = ["DROPPED", "STEPS"]

ACTIVATIONS = ("linear", "relu", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "silu")
SLOPE = 0.2  # of keras.activations.leaky_relu


def _activated(layer: Any) -> dict[str, Any]:
    """A layer's activation, by name."""
    name = keras.activations.serialize(layer.activation)
    name = name if isinstance(name, str) else getattr(layer.activation, "__name__", "another")
    if name not in ACTIVATIONS:
        raise NotPortable(f"layer {layer.name!r}: expected an activation of {', '.join(ACTIVATIONS)}, got {name}")
    return {"activation": name} | ({"slope": SLOPE} if name == "leaky_relu" else {})


def _bias(layer: Any, packed: Packed) -> dict[str, Any]:
    return {"bias": packed.add(layer.bias)} if layer.use_bias else {}


def _dense(layer: Any, packed: Packed) -> dict[str, Any]:
    return {"kind": "dense", "kernel": packed.weight(layer.kernel), **_bias(layer, packed), **_activated(layer)}


def _same(size: int, kernel: int, stride: int) -> int:
    """Rows or columns of zeros that "same" adds; a negative number is none."""
    return (math.ceil(size / stride) - 1) * stride + kernel - size


def _plain(layer: Any) -> None:
    """Raises unless a convolution is of the usual kind."""
    grouped = getattr(layer, "groups", 1) != 1
    later = getattr(layer, "output_padding", None) is not None
    last = layer.data_format == "channels_last" and layer.padding in ("same", "valid")
    if grouped or later or not last or set(np.ravel(layer.dilation_rate)) != {1}:
        raise NotPortable(
            f"layer {layer.name!r}: expected channels last, padding 'same' or 'valid', no groups and no dilation"
        )


def _conv(layer: Any, packed: Packed) -> dict[str, Any]:
    _plain(layer)
    sides = layer._inbound_nodes[0].input_tensors[0].shape[1:3]
    before = [
        0 if layer.padding == "valid" else max(_same(side, size, stride), 0) // 2
        for side, size, stride in zip(sides, layer.kernel_size, layer.strides, strict=True)
    ]
    return {
        "kind": "conv", "kernel": packed.weight(layer.kernel), **_bias(layer, packed), **_activated(layer),
        "strides": list(layer.strides), "before": before,
    }  # fmt: skip


def _conv_transpose(layer: Any, packed: Packed) -> dict[str, Any]:
    _plain(layer)
    before = [
        0 if layer.padding == "valid" else max(size - stride, 0) // 2
        for size, stride in zip(layer.kernel_size, layer.strides, strict=True)
    ]
    kernel = np.swapaxes(np.asarray(layer.kernel), 2, 3)  # Keras has (rows, columns, out, in) here
    return {
        "kind": "conv_transpose", "kernel": packed.weight(kernel), **_bias(layer, packed), **_activated(layer),
        "strides": list(layer.strides), "before": before,
    }  # fmt: skip


def _upsampling(layer: Any, packed: Packed) -> dict[str, Any]:
    if layer.interpolation != "nearest" or layer.data_format != "channels_last":
        raise NotPortable(f"layer {layer.name!r}: expected nearest neighbours and channels last")
    return {"kind": "upsample", "factors": list(layer.size)}


def _crop(layer: Any, packed: Packed) -> dict[str, Any]:
    return {"kind": "crop", "before": [rows[0] for rows in layer.cropping]}


def _normalised(layer: Any, packed: Packed) -> dict[str, Any]:
    """Batch normalisation as it stands after training: a factor and an offset for each channel."""
    factor = 1 / np.sqrt(np.asarray(layer.moving_variance) + layer.epsilon)
    factor = factor * np.asarray(layer.gamma) if layer.scale else factor
    offset = -np.asarray(layer.moving_mean) * factor + (np.asarray(layer.beta) if layer.center else 0)
    return {"kind": "affine", "factor": packed.add(factor), "offset": packed.add(offset)}


def _relu(layer: Any, packed: Packed) -> dict[str, Any]:
    if layer.max_value is not None or layer.threshold:
        raise NotPortable(f"layer {layer.name!r}: expected a ReLU without threshold and largest value")
    return {"kind": "activation", "activation": "leaky_relu", "slope": float(layer.negative_slope)}


def _elu(layer: Any, packed: Packed) -> dict[str, Any]:
    if layer.alpha != 1:
        raise NotPortable(f"layer {layer.name!r}: expected an ELU with alpha 1, got {layer.alpha}")
    return {"kind": "activation", "activation": "elu"}


def _leaky(layer: Any, packed: Packed) -> dict[str, Any]:
    return {"kind": "activation", "activation": "leaky_relu", "slope": float(layer.negative_slope)}


#: Layers that do nothing after training.
DROPPED = ("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "Identity")
#: Kind of layer -> its step: "kind" and what that needs, from the layer; its arrays go into the bytes.
STEPS: dict[str, Callable[[Any, Packed], dict[str, Any]]] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "Conv2DTranspose": _conv_transpose,
    "UpSampling2D": _upsampling,
    "Cropping2D": _crop,
    "BatchNormalization": _normalised,
    "Reshape": lambda layer, packed: {"kind": "reshape"},
    "Flatten": lambda layer, packed: {"kind": "reshape"},
    "Add": lambda layer, packed: {"kind": "add"},
    "Activation": lambda layer, packed: {"kind": "activation", **_activated(layer)},
    "ReLU": _relu,
    "LeakyReLU": _leaky,
    "ELU": _elu,
}
