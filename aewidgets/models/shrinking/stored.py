"""Shrunken weights as arrays of a file, and back. Opens no file; `aewidgets.system.cards` does.

Arrays are named by the position of their variable among the model's weights. "w0003" holds floats. A rounded kernel has
"w0003.int8" of its shape, or "w0003.int4", two integers a byte; and "w0003.step", the step of each output channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aewidgets.models.shrinking.rounding import Rounded, pack_nibbles, unpack_nibbles

__all__ = ["array_names", "floats_of", "restored", "stored"]


def stored(number: int, weight: np.ndarray | Rounded) -> dict[str, np.ndarray]:
    """Return the arrays of the weight at a position."""
    name = f"w{number:04d}"
    if not isinstance(weight, Rounded):
        return {name: weight}
    integers = pack_nibbles(weight.integers) if weight.bits == 4 else weight.integers
    return {f"{name}.int{weight.bits}": integers, f"{name}.step": weight.step}


def array_names(arrays: Mapping[str, np.ndarray]) -> list[str]:
    """Return the names of the weights in a file, in the order of the model's."""
    return sorted({name.split(".")[0] for name in arrays})


def restored(arrays: Mapping[str, np.ndarray], shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    """Return the weights of a file, float32, in the order of the model's.

    Args:
        arrays: by name.
        shapes: of the model's weights.

    Raises:
        ValueError: for another number of weights, and for integers that are none of ours.
    """
    names = array_names(arrays)
    return [_restored(arrays, name, tuple(shape)) for name, shape in zip(names, shapes, strict=True)]


def floats_of(array: np.ndarray) -> np.ndarray:
    """Return an array as the shortest floats that hold all its values: float16 or float32."""
    array = np.asarray(array, "float32")
    with np.errstate(over="ignore"):
        half = array.astype("float16")
    return half if np.array_equal(half.astype("float32"), array) else array


def _restored(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return one weight of a file."""
    own = {key for key in arrays if key.split(".")[0] == name}
    if own == {name}:
        array = arrays[name]  # integers are states of random generators
        return array.astype("float32") if array.dtype.kind == "f" else array
    (kind,) = own - {f"{name}.step"} if len(own) == 2 else [""]
    bits = {f"{name}.int8": 8, f"{name}.int4": 4}.get(kind)
    if bits is None or f"{name}.step" not in own:
        raise ValueError(f"expected floats, or integers and their steps, got {', '.join(sorted(own))}")
    integers, step = arrays[kind], arrays[f"{name}.step"]
    if bits == 4:
        integers = unpack_nibbles(integers, shape)
    types = (integers.dtype, step.dtype) == (np.int8, np.float32)
    if not types or np.broadcast_shapes(integers.shape, step.shape) != shape:
        raise ValueError(f"expected int8 and steps for {shape}, got {integers.dtype} {integers.shape}, {step.shape}")
    return Rounded(integers, step, bits).floats()
