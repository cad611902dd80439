"""Steps of portable decoders: the entries that each kind of Keras layer gives. Walks through no model.

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
SLOPE = 0.2  # negative slope of keras.activations.leaky_relu


def _activated(layer: Any) -> dict[str, Any]:
    """Return the activation of a layer by name."""
    name = keras.activations.serialize(layer.activation)
    name = name if isinstance(name, str) else getattr(layer.activation, "__name__", "another")
    if name not in ACTIVATIONS:
        raise NotPortable(f"layer {layer.name!r}: expected an activation of {', '.join(ACTIVATIONS)}, got {name}")
    return {"activation": name} | ({"slope": SLOPE} if name == "leaky_relu" else {})


def _bias(layer: Any, packed: Packed) -> dict[str, Any]:
    """Append the bias of a layer, if it has one."""
    return {"bias": packed.add(layer.bias)} if layer.use_bias else {}


def _dense(layer: Any, packed: Packed) -> dict[str, Any]:
    """Return the step of a dense layer."""
    return {"kind": "dense", "kernel": packed.weight(layer.kernel), **_bias(layer, packed), **_activated(layer)}


def _same(size: int, kernel: int, stride: int) -> int:
    """Return the number of rows or columns of zeros that "same" adds; none if negative."""
    return (math.ceil(size / stride) - 1) * stride + kernel - size


def _plain(layer: Any) -> None:
    """Raise NotPortable for a convolution with groups, dilation, output padding or channels first."""
    grouped = getattr(layer, "groups", 1) != 1
    later = getattr(layer, "output_padding", None) is not None
    last = layer.data_format == "channels_last" and layer.padding in ("same", "valid")
    if grouped or later or not last or set(np.ravel(layer.dilation_rate)) != {1}:
        raise NotPortable(
            f"layer {layer.name!r}: expected channels last, padding 'same' or 'valid', no groups and no dilation"
        )


def _conv(layer: Any, packed: Packed) -> dict[str, Any]:
    """Return the step of a convolution; `before` is the padding at the top and left."""
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
    """Return the step of a transposed convolution; `before` is cut off at the top and left."""
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
    """Return the step of an upsampling by nearest neighbours."""
    if layer.interpolation != "nearest" or layer.data_format != "channels_last":
        raise NotPortable(f"layer {layer.name!r}: expected nearest neighbours and channels last")
    return {"kind": "upsample", "factors": list(layer.size)}


def _crop(layer: Any, packed: Packed) -> dict[str, Any]:
    """Return the step of a cropping; the lower and right ends follow from the shape."""
    return {"kind": "crop", "before": [rows[0] for rows in layer.cropping]}


def _normalised(layer: Any, packed: Packed) -> dict[str, Any]:
    """Return batch normalisation after training: a factor and an offset for each channel."""
    factor = 1 / np.sqrt(np.asarray(layer.moving_variance) + layer.epsilon)
    factor = factor * np.asarray(layer.gamma) if layer.scale else factor
    offset = -np.asarray(layer.moving_mean) * factor + (np.asarray(layer.beta) if layer.center else 0)
    return {"kind": "affine", "factor": packed.add(factor), "offset": packed.add(offset)}


def _relu(layer: Any, packed: Packed) -> dict[str, Any]:
    """Return the step of a ReLU layer, as a leaky ReLU."""
    if layer.max_value is not None or layer.threshold:
        raise NotPortable(f"layer {layer.name!r}: expected a ReLU without threshold and largest value")
    return {"kind": "activation", "activation": "leaky_relu", "slope": float(layer.negative_slope)}


def _elu(layer: Any, packed: Packed) -> dict[str, Any]:
    """Return the step of an ELU layer."""
    if layer.alpha != 1:
        raise NotPortable(f"layer {layer.name!r}: expected an ELU with alpha 1, got {layer.alpha}")
    return {"kind": "activation", "activation": "elu"}


def _leaky(layer: Any, packed: Packed) -> dict[str, Any]:
    """Return the step of a leaky ReLU layer."""
    return {"kind": "activation", "activation": "leaky_relu", "slope": float(layer.negative_slope)}


#: Layers that do nothing after training and are left out.
DROPPED = ("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "Identity")
#: Kind of layer -> function of the layer that returns "kind" and its entries, and appends its arrays to the bytes.
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
