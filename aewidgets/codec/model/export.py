"""Conversion of a trained codec to the arrays that a decoder loads, and back. No files.

The entropy networks become integers; the transforms stay floats. `aewidgets.system.cards` keeps the arrays on disk.
"""

import numpy as np
from keras import ops

from aewidgets.codec.coding.constants import INDEX_STEPS, LOG_ENTRIES, LOG_GAIN, LOG_STEPS, MEAN_STEPS
from aewidgets.codec.model.codec import Codec, HyperpriorCodec

SMALL = 4096  # float arrays up to this many entries keep 32 bits


def _prior_arrays(name, layer):
    """Return the arrays of a prior: means as int32 multiples of 1/64, table indexes of 1/16."""
    mean, index = (ops.convert_to_numpy(v).astype("float64") for v in (layer.mean, layer.index))
    return {
        f"{name}/mean": np.rint(mean * MEAN_STEPS).astype("int32"),
        f"{name}/index": np.rint(10.0 * index * INDEX_STEPS).astype("int32"),
    }


def _conv_arrays(layer):
    """Return the arrays of an integer convolution."""
    kernel, bias, shift = (ops.convert_to_numpy(t) for t in layer.quantised())
    return {
        f"{layer.name}/kernel": kernel.astype("int8"),
        f"{layer.name}/bias": bias.astype("int32"),
        f"{layer.name}/shift": shift.astype("uint8"),
        f"{layer.name}/relu": np.array(layer.activation == "relu"),
    }


def _layer_variables(layer):
    """Return (name, variable) of a layer: its own, or of the convolutions inside it."""
    inner = [(name, getattr(layer, name)) for name in ("conv", "conv_1", "conv_2") if hasattr(layer, name)]
    if inner:
        return [(f"{name}/{v.name}", v) for name, part in inner for v in part.weights]
    return [(v.name, v) for v in layer.weights]


def _float_variables(model: Codec):
    """Return (name, variable) of all but the integer networks: `stack/position/variable`, and the model's own."""
    stacks = ["g_a", "g_s_16", "g_s_8", "g_s_4", *(["h_a"] if hasattr(model, "h_a") else [])]
    found = [
        (f"{stack}/{number}/{name}", variable)
        for stack in stacks
        for number, layer in enumerate(getattr(model, stack))
        for name, variable in _layer_variables(layer)
    ]
    found += [(f"transform/{v.name}", v) for v in model.transform.weights]
    own = ["log_step", "offset", *(["z_gain"] if hasattr(model, "z_gain") else [])]
    return found + [(name, getattr(model, name)) for name in own]


def to_arrays(model: Codec) -> dict[str, np.ndarray]:
    """Return every array, by name, that encoding and decoding need, except the probability tables."""
    arrays = {}
    for name, variable in _float_variables(model):
        value = ops.convert_to_numpy(variable).astype("float32")
        arrays[name] = value if value.size <= SMALL else value.astype("float16")
    if isinstance(model, HyperpriorCodec):
        context = model.context
        arrays |= _prior_arrays("z_prior", model.z_prior) | _prior_arrays("prior", context.prior)
        arrays |= _prior_arrays("dc_prior", context.dc_prior)
        for layer in context.integer_layers():
            arrays |= _conv_arrays(layer)
        steps = np.arange(LOG_ENTRIES) / LOG_STEPS
        arrays["logarithm"] = np.minimum(np.rint(LOG_GAIN * np.log2(1 + steps)), 255).astype("uint8")
    else:
        arrays |= _prior_arrays("prior", model.prior)
    return arrays


def load_arrays(model: Codec, arrays: dict[str, np.ndarray]) -> None:
    """Set every weight of a built model from arrays; integer networks become their float twins (a warm start).

    Raises:
        ValueError: when the arrays belong to another architecture.
    """
    for name, variable in _float_variables(model):
        if name not in arrays or arrays[name].shape != tuple(variable.shape):
            raise ValueError(f"the weights belong to another architecture: expected {name} {tuple(variable.shape)}")
        variable.assign(arrays[name].astype("float32"))
    if isinstance(model, HyperpriorCodec):
        priors = [
            ("z_prior", model.z_prior),
            ("prior", model.context.prior),
            ("dc_prior", model.context.dc_prior),
        ]
        for layer in model.context.integer_layers():
            unit = np.exp2(-arrays[f"{layer.name}/shift"].astype("float32"))
            layer.kernel.assign(arrays[f"{layer.name}/kernel"] * unit)
            layer.bias.assign(arrays[f"{layer.name}/bias"] * unit / 32.0)
    else:
        priors = [("prior", model.prior)]
    for name, layer in priors:
        layer.mean.assign(arrays[f"{name}/mean"] / MEAN_STEPS)
        layer.index.assign(arrays[f"{name}/index"] / (10.0 * INDEX_STEPS))
