"""Trellis-coded quantisation: two coarse quantisers, and a state machine that selects one of them for each symbol.

It is the dependent quantisation of H.266 with eight states (Schwarz et al. 2021, IEEE TCSVT 31(10), section III; after
Marcellin and Fischer 1990, IEEE Trans. Comm. 38(1)). In units of `TRELLIS_UNIT` the quantiser of even states decodes to
the even integers, the quantiser of odd states to zero and the odd integers. What is coded is a level, the number of the
value in its quantiser; the parity of levels leads from state to state. So values are packed like spheres in many
dimensions instead of intervals in one.

Symbols of one part of the latents are ordered by their tables and cut into lanes of the same length; every lane starts
in state 0. Tables of levels depend on the state, so lanes are decoded side by side, symbol after symbol. Integers and
NumPy only; `aewidgets.codec.coding.trellis.paths` finds the cheapest path.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aewidgets.codec.coding.constants import NUM_TABLES, TABLE_BITS, TRELLIS_FROM, TRELLIS_UNIT
from aewidgets.codec.coding.entropy.symbols import SymbolDecoder, SymbolEncoder
from aewidgets.codec.coding.entropy.tables import pack_tables, to_integers, unpack_tables
from aewidgets.codec.coding.trellis.lanes import Lanes

NEXT = np.array([[0, 2], [5, 7], [1, 3], [6, 4], [2, 0], [4, 6], [3, 1], [7, 5]], "uint8")  # by state and parity
NUM_STATES = len(NEXT)
KINDS = 4  # of levels, by magnitude: 0; 1; even from 2 on; odd from 3 on. Each state has tables of its own for them.
AFTER = NEXT[:, [1, 0, 1, 0]].astype("intp").ravel()  # by state and position in its tables, which begin with kind 3
SIGN = to_integers(np.array([0, 0.5, 0, 0.5, 0, 0]))  # levels +-1; the first entry must be rare, see SymbolDecoder


def order_of(index: np.ndarray) -> np.ndarray:
    """Return the positions of symbols that go through the trellis, in its order, given table numbers (n,)."""
    (through,) = np.nonzero(index >= TRELLIS_FROM)
    return through[np.argsort(index[through], kind="stable")]


def split(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a mask (n,) of the plain symbols and `order_of` the others, given table numbers (n,)."""
    return index < TRELLIS_FROM, order_of(index)


def kinds_of(magnitude: np.ndarray) -> np.ndarray:
    """Return the kinds of levels, uint8 0 ... `KINDS` - 1, given their magnitudes."""
    return np.where(magnitude < 2, magnitude, 2 + (magnitude & 1)).astype("uint8")


def offsets_of(levels: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Return the offsets that levels decode to in their states, int32 multiples of 1/64."""
    return TRELLIS_UNIT * (2 * levels - np.sign(levels) * (states & 1))


def follow(offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return levels (int32) and states (uint8) of the path with offsets (n,), which are multiples of `TRELLIS_UNIT`."""
    lanes = Lanes.of(len(offsets))
    units = lanes.split(np.abs(offsets) // TRELLIS_UNIT)
    states, state = np.empty(units.shape, "uint8"), np.zeros(lanes.number, "uint8")
    for step, unit in enumerate(units):
        states[step] = state
        units[step] = (unit + (state & 1)) >> 1
        state = NEXT[state, units[step] & 1]
    return np.sign(offsets) * lanes.join(units), lanes.join(states)


@dataclass(frozen=True)
class Trellis:
    """Probability tables of levels, and their coding.

    Args:
        kinds: int64 (NUM_STATES, NUM_TABLES, KINDS), probabilities of kinds; each row sums to 2**24.
        rest: for each table number, a table for levels of magnitude 2 or more: of half the magnitude, rounded down,
            with the sign.

    Raises:
        ValueError: for tables of another shape, or that are no distributions.
    """

    kinds: np.ndarray
    rest: list[np.ndarray]

    def __post_init__(self) -> None:
        expected = (NUM_STATES, NUM_TABLES, KINDS)
        if self.kinds.shape != expected or len(self.rest) != NUM_TABLES:
            raise ValueError(f"tables of a trellis: expected kinds {expected} and {NUM_TABLES} tables of the rest")
        if self.kinds.min() < 1 or np.any(self.kinds.sum(axis=-1) != 1 << TABLE_BITS):
            raise ValueError("tables of a trellis are damaged: expected positive integers that sum to 2**24")

    @cached_property
    def _weights(self) -> np.ndarray:
        """Rows of weights for `ans.rows`, with kind 3 first.

        An empty stream gives the first position for ever, so it must be a rare one.
        """
        return (self.kinds[..., ::-1] - 1).astype("float64").swapaxes(0, 1).reshape(-1, KINDS)

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> "Trellis | None":
        """Return the trellis in a codec's arrays, None where they hold none."""
        if "trellis/kinds" not in arrays:
            return None
        rest = unpack_tables(arrays["trellis/entries"], arrays["trellis/lengths"])
        return cls(arrays["trellis/kinds"].astype("int64"), rest)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that weights store, by name; `of` is the inverse."""
        entries, lengths = pack_tables(self.rest)
        return {"trellis/kinds": self.kinds.astype("uint32"), "trellis/entries": entries, "trellis/lengths": lengths}

    @property
    def tables(self) -> list[np.ndarray]:
        """Tables that follow those of plain symbols: the tables of the rest, and the one of signs alone."""
        return [*self.rest, SIGN]

    def push(self, encoder: SymbolEncoder, levels: np.ndarray, states: np.ndarray, index: np.ndarray) -> None:
        """Push the levels of a path to an encoder whose tables are those of plain symbols, followed by `tables`.

        Args:
            encoder: encoder of the substream.
            levels, states: (n,) in the order of the trellis, see `aewidgets.codec.coding.trellis.paths`.
            index: uint8 (n,), table numbers in that order.
        """
        magnitude = np.abs(levels)
        lanes = Lanes.of(len(levels))
        there = lanes.split(np.ones(len(levels), bool))
        positions = KINDS - 1 - lanes.split(kinds_of(magnitude))[there]
        encoder.push_rows(positions, lanes.split(index.astype("uint16") * NUM_STATES + states)[there], self._weights)
        (nonzero,) = np.nonzero(magnitude)
        large = magnitude[nonzero] > 1
        rest = np.where(large, magnitude[nonzero] // 2, 1) * np.sign(levels[nonzero])
        encoder.push(rest, self._table_of_rest(index[nonzero], large))

    def pop(self, decoder: SymbolDecoder, index: np.ndarray) -> np.ndarray:
        """Pop offsets, int32 (n,) multiples of 1/64, given table numbers (n,); both in the order of the trellis."""
        lanes = Lanes.of(len(index))
        rows, weights = lanes.split(index.astype("intp") * NUM_STATES), self._weights
        positions, states = np.zeros((2, *rows.shape), "intp")
        state = np.zeros(lanes.number, "intp")
        for step in range(lanes.steps):  # thousands per picture, of few symbols each: every call here costs time
            here = lanes.at(step)
            states[step, :here] = state = state[:here]
            popped = decoder.pop_rows(weights.take(rows[step, :here] + state, axis=0))
            positions[step, :here] = popped
            state = AFTER.take(state * KINDS + popped)
        kind, states = KINDS - 1 - lanes.join(positions), lanes.join(states)
        decoder.check(int(np.count_nonzero(kind == KINDS - 1)), len(index))
        (nonzero,) = np.nonzero(kind)
        large = kind[nonzero] > 1
        rest = decoder.pop(self._table_of_rest(index[nonzero], large)).astype("int32")
        levels = np.zeros(len(index), "int32")
        levels[nonzero] = np.where(large, 2 * rest + np.sign(rest) * (kind[nonzero] & 1), rest)
        return offsets_of(levels, states)

    @staticmethod
    def _table_of_rest(index, large):
        """Return the number, among all tables of the encoder, of the table for the rest or sign of each level."""
        return np.where(large, NUM_TABLES + index, 2 * NUM_TABLES).astype("uint8")
