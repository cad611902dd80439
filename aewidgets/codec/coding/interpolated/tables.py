"""Probability tables of prediction errors, from a scale and a shape alone, to the same integers on every machine.

They are Student's distributions whose exponent is a whole number: additions, multiplications and divisions, which IEEE
754 rounds alike everywhere. Large errors are coded without their lowest bits, which are nearly uniform.
"""

from functools import cache
from itertools import product

import numpy as np

from aewidgets.codec.coding.constants import TABLE_BITS

SHAPES = (1, 2, 3, 5, 10)  # exponents q of 1 / (1 + k**2 / ((2 q - 1) s**2))**q: from Cauchy's to nearly Gauss's
SCALES = 40  # s**2 is 2**(i - 12), with steps of one half between even ones
MOST = 255  # largest error with an entry of its own, else an escape
MAX_SHIFT = 12


def squared_scale(number: int) -> float:
    """Return s**2 of a scale's number."""
    return 2.0 ** (number // 2 - 10) * (1.0 if number % 2 == 0 else 1.5)


@cache
def error_table(scale: int, shape: int) -> np.ndarray:
    """Return a table as `aewidgets.codec.coding.entropy.tables` describes them.

    Args:
        scale: 0 ... `SCALES` - 1.
        shape: index into `SHAPES`.
    """
    power, squared = SHAPES[shape], squared_scale(scale)
    reach = MOST
    while reach > 2 and (reach // 2) ** 2 > 64 * squared:
        reach //= 2
    k = np.arange(reach + 1, dtype="float64")
    ratio = 1.0 / (1.0 + k * k / ((2 * power - 1) * squared))
    density = np.ones(reach + 1)
    for _ in range(power):
        density *= ratio
    rest = 2.0 * density[-1] * reach / (2 * power - 1)  # beyond the reach it falls like k**(-2 q)
    density = np.concatenate([density[:0:-1], density, [rest]])
    weights = np.floor(density * (1 << 28)).astype("int64")
    table = 1 + weights * ((1 << TABLE_BITS) - len(weights)) // int(weights.sum())
    table[reach] += (1 << TABLE_BITS) - int(table.sum())
    return table


@cache
def costs() -> np.ndarray:
    """Return the bits of errors -255 ... 255 in all tables, float64 (`SCALES` * `len(SHAPES)`, 511): for encoders."""
    bits = np.empty((SCALES * len(SHAPES), 2 * MOST + 1))
    for row, (scale, shape) in zip(bits, product(range(SCALES), range(len(SHAPES))), strict=True):
        table = error_table(scale, shape)
        reach = (len(table) - 2) // 2
        beyond = np.maximum(np.abs(np.arange(-MOST, MOST + 1)) - reach, 1)
        row[:] = TABLE_BITS - np.log2(table[-1]) + 6 + np.floor(np.log2(beyond))
        row[MOST - reach : MOST + reach + 1] = TABLE_BITS - np.log2(table[:-1])
    return bits
