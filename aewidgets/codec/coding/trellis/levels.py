"""Tables of a trellis, from logistic densities and counted levels. A decoder never builds them."""

import numpy as np

from aewidgets.codec.coding.constants import MEAN_STEPS, NUM_TABLES, TABLE_SCALES, TRELLIS_UNIT
from aewidgets.codec.coding.entropy.tables import MAX_REACH, to_integers
from aewidgets.codec.coding.trellis.trellis import KINDS, NUM_STATES, Trellis, kinds_of

_OBSERVATIONS = 200.0  # number that the logistic stands for


class LevelCounter:
    """Counter of the levels of paths, for `fitted_trellis`.

    Levels are counted by state, table and kind; those of magnitude 2 or more also by table and half their magnitude.
    """

    def __init__(self) -> None:
        self.kinds = np.zeros((NUM_STATES, NUM_TABLES, KINDS))
        self.rest = np.zeros((NUM_TABLES, MAX_REACH + 2))  # the last column counts all larger ones

    def count(self, levels: np.ndarray, states: np.ndarray, index: np.ndarray) -> None:
        """Add levels, states and table numbers (n,) of a path that `Paths.cheapest` found."""
        magnitude = np.abs(levels)
        np.add.at(self.kinds, (states, index, kinds_of(magnitude)), 1)
        large = magnitude > 1
        np.add.at(self.rest, (index[large], np.minimum(magnitude[large] // 2, MAX_REACH + 1)), 1)


def _masses(scale: float, second: int) -> np.ndarray:
    """Return the masses that a centred logistic of a scale, rounded to the nearest, gives to magnitudes of levels.

    They are those of 0 ... 2 * MAX_REACH + 2 and of all the rest; `second` is 1 for the quantiser of odd states.
    """
    magnitude = np.arange(2 * MAX_REACH + 4)
    values = (2 * magnitude - second * (magnitude > 0)) * TRELLIS_UNIT / MEAN_STEPS
    edges = (values[1:] + values[:-1]) / 2
    outside = 2 / (1 + np.exp(np.minimum(edges / scale, 700)))
    return -np.diff(outside, prepend=1, append=0)


def fitted_trellis(counter: LevelCounter | None = None) -> Trellis:
    """Return tables fitted to counted levels, each drawn towards its logistic where counts are few.

    Args:
        counter: counted levels; None for the logistic alone.
    """
    counter = LevelCounter() if counter is None else counter
    kinds, rest = counter.kinds.copy(), []
    for table, scale in enumerate(TABLE_SCALES):
        halves = counter.rest[table].copy()
        for second in (0, 1):
            mass = _masses(scale, second)
            prior = np.array([mass[0], mass[1], mass[2::2].sum(), mass[3::2].sum()])
            kinds[second::2, table] += _OBSERVATIONS * prior
            pairs = mass[2:].reshape(-1, 2).sum(axis=1)
            halves[1:] += _OBSERVATIONS / 2 * np.append(pairs[:MAX_REACH], pairs[MAX_REACH:].sum())
        reach = int(min(MAX_REACH, np.ceil(8 * scale * MEAN_STEPS / TRELLIS_UNIT / 2) + 1))
        one_side, outside = halves[1 : reach + 1] / 2, halves[reach + 1 :].sum()
        rest.append(to_integers(np.concatenate([one_side[::-1], [0], one_side, [outside]])))
    whole = np.stack([to_integers(row) for row in kinds.reshape(-1, KINDS)])
    return Trellis(whole.reshape(kinds.shape), rest)
