"""The DC plane: its order from coarse to fine, predictions from decoded values, contexts for other frequencies.

Integers, NumPy only; no convolutions. The Keras twins are in `aewidgets.codec.model.contexts`.
"""

import numpy as np

from aewidgets.codec.coding.constants import CONTEXT_LINEAR_MAX, DC_AVERAGED, DC_NEIGHBOURS, DC_STEPS, LOG_ENTRIES


def signed_log(logarithm: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return sign * 24 * log2(1 + |y|) and its magnitude, both rounded to int16 within +-255.

    Args:
        logarithm: uint8 (LOG_ENTRIES,), round(24 * log2(1 + i / 8)).
        y: integers of any shape, multiples of 1/64.
    """
    magnitude = logarithm[np.minimum(np.abs(y) >> 3, LOG_ENTRIES - 1)].astype("int16")
    return np.where(y < 0, -magnitude, magnitude), magnitude


def activations(logarithm: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Return network inputs, int16 (..., 2 * channels), of differences (..., channels) in multiples of 1/64.

    First come the differences in multiples of 1/4, clipped to +-127, and then their signed logarithms.
    """
    linear = np.clip(difference >> 4, -CONTEXT_LINEAR_MAX, CONTEXT_LINEAR_MAX).astype("int16")
    return np.concatenate([linear, signed_log(logarithm, difference)[0]], axis=-1)


def dc_passes(height: int, width: int):
    """Yield the passes in which the DC plane is decoded, coarse to fine, as (class, kind, rows, columns, step).

    The coarsest grid has the kind "" and no neighbours. Then follow, for each step, the centres of its squares and the
    middles of their sides; `DC_NEIGHBOURS` lists the positions that are decoded around them.
    """
    i, j = np.mgrid[:height, :width]
    top = 2 * DC_STEPS[0]
    yield 0, "", *np.nonzero((i % top == 0) & (j % top == 0)), top
    for k, s in enumerate(DC_STEPS):
        odd_i, odd_j, even_i, even_j = i % (2 * s) == s, j % (2 * s) == s, i % (2 * s) == 0, j % (2 * s) == 0
        yield 2 * k + 1, "centre", *np.nonzero(odd_i & odd_j), s
        yield 2 * k + 2, "side", *np.nonzero(odd_i & even_j | even_i & odd_j), s


def dc_prediction(dc: np.ndarray, kind: str, rows: np.ndarray, columns: np.ndarray, step: int):
    """Predict the DCs at some positions from their decoded neighbours.

    Args:
        dc: integers (h, w, channels), the DC plane as far as it is decoded.
        kind: "centre" or "side", see `DC_NEIGHBOURS`.
        rows, columns: (n,) positions to predict.
        step: size of one step of `DC_NEIGHBOURS`, in positions.

    Returns:
        The rounded-down mean of the nearest neighbours inside the picture, int64 (n, channels), zeros where there are
        none; and the differences of all neighbours from it, (n, neighbours * channels), zeros outside the picture.
    """
    total, count = np.zeros((len(rows), dc.shape[2]), "int64"), np.zeros((len(rows), 1), "int64")
    values = []
    for number, (di, dj) in enumerate(DC_NEIGHBOURS[kind]):
        i, j = rows + di * step, columns + dj * step
        inside = ((i >= 0) & (i < dc.shape[0]) & (j >= 0) & (j < dc.shape[1]))[:, None]
        values.append((dc[np.clip(i, 0, dc.shape[0] - 1), np.clip(j, 0, dc.shape[1] - 1)], inside))
        if number < DC_AVERAGED:
            total += np.where(inside, values[-1][0], 0)
            count += inside
    mean = total // np.maximum(count, 1)
    return mean, np.concatenate([np.where(inside, value - mean, 0) for value, inside in values], axis=-1)


def _shifted(x: np.ndarray, di: int, dj: int) -> np.ndarray:
    """Return the neighbour of each position at (di, dj), each within +-1, with the borders of `x` repeated."""
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return padded[1 + di : 1 + di + x.shape[0], 1 + dj : 1 + dj + x.shape[1]]


def dc_differences(dc: np.ndarray) -> np.ndarray:
    """Return differences of neighbouring DCs, (h, w, 9): across, down, and the Laplacian.

    `aewidgets.codec.model.contexts.dc_context` explains why they predict other frequencies.
    """
    north, south, west, east = (_shifted(dc, *o) for o in ((-1, 0), (1, 0), (0, -1), (0, 1)))
    return np.concatenate([east - west, south - north, west + east + north + south - 4 * dc], axis=-1)
