"""Portable decoder: a Keras model as a list of steps and one string of bytes, to be run without Keras. No widgets.

A step is a dictionary: its `kind`; its inputs, `of`, by number of their step (0 is the code); the `shape` of its output
without the batch; and the entries of its kind, which `portable.layers` makes. Arrays are references into the bytes,
which `portable.weights` makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from aewidgets.models.portable.layers import DROPPED, STEPS
from aewidgets.models.portable.weights import NotPortable, Packed

__all__ = ["PortableDecoder", "portable_decoder"]


@dataclass(frozen=True, eq=False)
class PortableDecoder:
    """A decoder without Keras.

    Attributes:
        steps: dictionaries as this module's docstring says; the last one gives the image (height, width, channels).
        weights: the arrays of all steps.
        precision: precision of the weights, one of `aewidgets.models.portable.weights.PRECISIONS`.
    """

    steps: tuple[dict[str, Any], ...]
    weights: bytes
    precision: str


def portable_decoder(decoder: keras.Model, precision: str = "float16") -> PortableDecoder:
    """Convert a decoder to steps and bytes.

    Args:
        decoder: a functional model from codes (batch, ...) of known size to images (batch, height, width, channels).
        precision: precision of the weights: "float32", "float16" or "int8".

    Raises:
        NotPortable: for a layer that has no portable form, and for codes of unknown size.
        ValueError: for another precision.
    """
    packed = Packed(precision)
    if len(decoder.inputs) != 1 or len(decoder.outputs) != 1 or None in decoder.inputs[0].shape[1:]:
        raise NotPortable("the decoder: expected one code of a fixed size, and one image")
    numbers = {id(decoder.inputs[0]): 0}
    steps: list[dict[str, Any]] = [{"kind": "code", "of": [], "shape": list(decoder.inputs[0].shape[1:])}]
    waiting = [decoder.outputs[0]]
    while waiting:  # from the image back to the code, without recursion: a tensor waits until its inputs are done
        tensor = waiting[-1]
        if id(tensor) in numbers:
            waiting.pop()
            continue
        layer, node, _ = tensor._keras_history
        needed = layer._inbound_nodes[node].input_tensors
        missing = [one for one in needed if id(one) not in numbers]
        if missing:
            waiting += missing
            continue
        kind = type(layer).__name__
        if kind in DROPPED:
            numbers[id(tensor)] = numbers[id(needed[0])]
            continue
        if kind not in STEPS:
            raise NotPortable(f"layer {layer.name!r} is a {kind}: expected one of {', '.join(sorted(STEPS))}")
        numbers[id(tensor)] = len(steps)
        of = [numbers[id(one)] for one in needed]
        steps.append({"of": of, "shape": list(tensor.shape[1:]), **STEPS[kind](layer, packed)})
    if len(steps[-1]["shape"]) != 3 or None in steps[-1]["shape"]:
        raise NotPortable(f"the decoder: expected images (height, width, channels), got {steps[-1]['shape']}")
    return PortableDecoder(tuple(steps), packed.bytes, precision)
