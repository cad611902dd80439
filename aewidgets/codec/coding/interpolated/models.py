"""Models of predictions: weights of neighbours and tables of errors, fitted by the encoder and stored in the file.

Fits are made with floats; what is stored, and what both sides compute with it, are whole numbers: products in float64
whose sums stay below 2**53 are exact in any order.
"""

from dataclasses import dataclass
from math import isqrt

import numpy as np

from aewidgets.codec.coding.interpolated.tables import MAX_SHIFT, MOST, SCALES, SHAPES, costs

UNIT = 4096  # weights of predictions are multiples of 1 / 4096
ACTIVITY_UNIT = 256  # and those of activities, which count in 1/16 of a level, of 1 / 256
#: Activities at which classes begin: powers of the square root of two.
BOUNDS = np.array(sorted({isqrt(1 << k) for k in range(43)}), "float64")
CLASSES = len(BOUNDS) + 1
_SAMPLES = 30_000  # samples to which a model is fitted
_ROUNDS = 3


@dataclass(frozen=True)
class Predictor:
    """Prediction of samples from what is known around them.

    Args:
        weights: int16 (k,), in 1 / `UNIT`.
        activity: uint16 (k + 1,), in 1 / `ACTIVITY_UNIT`, of magnitudes of differences, and last a constant.
    """

    weights: np.ndarray
    activity: np.ndarray

    def predict(self, base: np.ndarray, differences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return predictions, int64 (n,), and classes of activity, uint8 (n,), of what `differences` returned."""
        moved = np.floor((differences @ self.weights.astype("float64") + UNIT // 2) / UNIT)
        magnitude = np.abs(differences, out=differences) @ self.activity[:-1].astype("float64")
        magnitude = np.floor((magnitude + float(self.activity[-1])) / ACTIVITY_UNIT)
        classes = np.searchsorted(BOUNDS, magnitude, side="right").astype("uint8")
        return (base + moved).astype("int64"), classes


def fitted(base: np.ndarray, differences: np.ndarray, samples: np.ndarray) -> Predictor:
    """Return the predictor that suits samples (n,), by least squares weighted with the activity around each."""
    stride = max(1, len(base) // _SAMPLES)
    known, wanted = differences[::stride], (samples - base)[::stride]
    magnitudes = np.concatenate([np.abs(known), np.ones((len(known), 1))], axis=1)
    weight, expected = np.ones(len(known)), np.zeros(known.shape[1] + 1)
    solution = np.zeros(known.shape[1])
    for _ in range(_ROUNDS):
        solution = _solved(known, wanted, weight)
        expected = _not_negative(magnitudes, np.abs(wanted - known @ solution), weight)
        weight = 1 / (magnitudes @ expected + 0.25) ** 2
    weights = np.clip(np.rint(solution * UNIT), -32767, 32767).astype("int16")
    return Predictor(weights, np.clip(np.rint(expected * 16 * ACTIVITY_UNIT), 0, 65535).astype("uint16"))


def _solved(columns: np.ndarray, wanted: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return weighted least squares, with a little ridge: neighbours of flat pictures are all alike."""
    scaled = columns * weight[:, None]
    square = scaled.T @ columns
    ridge = 1e-6 * np.trace(square) / len(square) + 1e-9
    return np.linalg.solve(square + ridge * np.eye(len(square)), scaled.T @ wanted)


def _not_negative(columns: np.ndarray, wanted: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return weighted least squares with no negative factor, nearly: those that come out negative are left out."""
    kept = np.ones(columns.shape[1], bool)
    out = np.zeros(columns.shape[1])
    for _ in range(_ROUNDS):
        out[:] = 0
        out[kept] = _solved(columns[:, kept], wanted, weight)
        kept &= out > 0
        if not kept.any():
            break
    return np.maximum(out, 0)


@dataclass(frozen=True)
class ErrorCode:
    """How the errors of one class are coded: their lowest bits as they are, the rest by a table."""

    shift: int = 0
    scale: int = 0
    shape: int = 0

    def __post_init__(self) -> None:
        if self.shift > MAX_SHIFT or self.scale >= SCALES or self.shape >= len(SHAPES):
            raise ValueError("a class of errors has no such table")


def suited(errors: np.ndarray) -> ErrorCode:
    """Return the code with the fewest bits for errors (n,)."""
    if not len(errors):
        return ErrorCode()
    mean = float(np.abs(errors).mean())
    shift = int(np.clip(np.floor(np.log2(mean + 1e-9)) - 3, 0, MAX_SHIFT))
    counts = np.bincount(np.clip(errors >> shift, -MOST, MOST) + MOST, minlength=2 * MOST + 1)
    scale, shape = divmod(int(np.argmin(costs() @ counts)), len(SHAPES))
    return ErrorCode(shift, scale, shape)
