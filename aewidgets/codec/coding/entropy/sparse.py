"""Sparse codes of autoencoders to bytes and back. No networks, no files.

```
rows, units       <u4 each
step              <f4, step of the quantiser: the coded integers are round(code / step)
zeros             u1 per unit: table of its signs, chosen by how often it is not zero and which signs it has
sizes             u1 per unit: table of its magnitudes, chosen by their mean
substream         a sign for every number, then a magnitude for each that is not zero; see
                  `aewidgets.codec.coding.entropy.symbols`
```
"""

import struct
from functools import cache

import numpy as np

from aewidgets.codec.coding.entropy.symbols import SymbolDecoder, SymbolEncoder
from aewidgets.codec.coding.entropy.tables import MAX_REACH, to_integers

__all__ = ["decode_sparse", "encode_sparse"]

_HEADER = struct.Struct("<IIf")
_CLASSES = 64
_SHARES = 10.0 ** -np.linspace(0.0005, 5, _CLASSES)  # shares of numbers that are not zero
_MEANS = np.geomspace(0.02, 1000, _CLASSES)  # means of magnitudes less one
_SIGNS = ((0.5, 0.5), (0.0, 1.0), (1.0, 0.0))  # shares of minus and plus: both, plus alone, minus alone


@cache
def _tables() -> list[np.ndarray]:
    """Return the tables of signs, for all `_SHARES` of each row of `_SIGNS`, and then the tables of magnitudes."""
    signs = [to_integers(np.array([s * minus, 1 - s, s * plus, 0])) for minus, plus in _SIGNS for s in _SHARES]
    ratios = _MEANS / (1 + _MEANS)
    whole = np.arange(MAX_REACH + 1)
    sizes = [
        to_integers(np.concatenate([np.zeros(MAX_REACH), (1 - r) * r**whole, [r ** (MAX_REACH + 1)]])) for r in ratios
    ]
    return [*signs, *sizes]


def _nearest(values: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the index of the class that is nearest to each value by ratio."""
    logs = np.log(np.maximum(values, classes.min()))
    return np.argmin(np.abs(logs[:, None] - np.log(classes)), axis=1)


def encode_sparse(codes: np.ndarray, step: float) -> bytes:
    """Encode codes, rounded to multiples of a step, to bytes from which `decode_sparse` restores them.

    Args:
        codes: float (n, units).
        step: step of the quantiser, in the units of the codes.

    Raises:
        ValueError: for another shape, a step that is not positive, or codes beyond 32,768 steps.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or not codes.size:
        raise ValueError(f"codes: expected (n, units), got {codes.shape}")
    if not step > 0:
        raise ValueError(f"step: expected a number above zero, got {step}")
    step = float(np.float32(step))
    whole = np.round(codes.astype("float64") / step).astype("int64")
    signs, on = np.sign(whole), whole != 0
    kind = np.where(~(whole < 0).any(axis=0), 1, np.where(~(whole > 0).any(axis=0), 2, 0))
    zeros = kind * _CLASSES + _nearest(on.mean(axis=0), _SHARES)
    sizes = _nearest((np.abs(whole) - 1).sum(axis=0, where=on) / np.maximum(on.sum(axis=0), 1), _MEANS)

    coder = SymbolEncoder(_tables())
    coder.push(signs.ravel(), np.tile(zeros, len(codes)))
    coder.push(np.abs(whole[on]) - 1, _table_of_sizes(sizes, on))
    return _HEADER.pack(*codes.shape, step) + bytes(zeros.tolist()) + bytes(sizes.tolist()) + coder.finish()


def _table_of_sizes(sizes: np.ndarray, on: np.ndarray) -> np.ndarray:
    """Return the table of the magnitude of each number that is not zero, in order."""
    return len(_SIGNS) * _CLASSES + np.broadcast_to(sizes, on.shape)[on]


def decode_sparse(data: bytes) -> np.ndarray:
    """Decode what `encode_sparse` gave to float32 (n, units), multiples of the step.

    Raises:
        ValueError: for bytes that no encoder wrote, as far as that can be detected.
    """
    if len(data) < _HEADER.size:
        raise ValueError(f"sparse codes: expected at least {_HEADER.size} bytes, got {len(data)}")
    rows, units, step = _HEADER.unpack_from(data)
    start = _HEADER.size + 2 * units
    sides = np.frombuffer(data[_HEADER.size : start], "uint8").astype("int64")
    zeros, sizes = sides[:units], sides[units:]
    if len(sides) != 2 * units or max(zeros.max(initial=0) / len(_SIGNS), sizes.max(initial=0)) >= _CLASSES:
        raise ValueError("sparse codes: the tables of the units are damaged")
    coder = SymbolDecoder(data[start:], _tables())
    signs = coder.pop(np.tile(zeros, rows)).reshape(rows, units)
    whole = signs.astype("int64")
    on = signs != 0
    whole[on] *= coder.pop(_table_of_sizes(sizes, on)).astype("int64") + 1
    coder.finish()
    return (whole * step).astype("float32")
