"""Trellis-coded quantisation: two coarse quantisers, and a state machine that says which of them a symbol is of.

Dependent quantisation of H.266 with eight states (Schwarz et al. 2021, IEEE TCSVT 31(10), section III; after Marcellin
and Fischer 1990, IEEE Trans. Comm. 38(1)). In `TRELLIS_UNIT`s the quantiser of even states decodes to the even
integers, that of odd states to zero and the odd ones. What is coded is a level, its number in its quantiser; the parity
of levels leads from state to state. So values are packed as spheres are in many dimensions, not as intervals in one.

Symbols of one part of the latents are ordered by their tables, cut into lanes of the same length, and every lane starts
in state 0. Tables of levels depend on the state: lanes are decoded side by side, symbol after symbol. Integers, NumPy
only; which path is cheapest is for `aewidgets.codec.coding.trellis.paths`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aewidgets.codec.coding.constants import NUM_TABLES, TABLE_BITS, TRELLIS_FROM, TRELLIS_LANE, TRELLIS_UNIT
from aewidgets.codec.coding.entropy.symbols import SymbolDecoder, SymbolEncoder
from aewidgets.codec.coding.entropy.tables import pack_tables, to_integers, unpack_tables

NEXT = np.array([[0, 2], [5, 7], [1, 3], [6, 4], [2, 0], [4, 6], [3, 1], [7, 5]], "uint8")  # by state and parity
NUM_STATES = len(NEXT)
KINDS = 4  # of levels, by magnitude: 0; 1; even from 2 on; odd from 3 on. What a state's own tables tell.
AFTER = NEXT[:, [1, 0, 1, 0]].astype("intp").ravel()  # by state and position in its tables, which begin with kind 3
SIGN = to_integers(np.array([0, 0.5, 0, 0.5, 0, 0]))  # of levels +-1; the first of a table is rare, see SymbolDecoder


@dataclass(frozen=True)
class Lanes:
    """How symbols lie in lanes: `steps` consecutive ones in each, the last may have less."""

    count: int
    steps: int

    @classmethod
    def of(cls, count: int) -> "Lanes":
        """Those that a part of `count` symbols is cut into."""
        number = max(1, -(-count // TRELLIS_LANE))
        return cls(count, max(1, -(-count // number)))

    @property
    def number(self) -> int:
        """Of lanes."""
        return -(-self.count // self.steps)

    def at(self, step: int) -> int:
        """Lanes that have a symbol at a step: the first so many."""
        return -(-(self.count - step) // self.steps)

    def split(self, values: np.ndarray) -> np.ndarray:
        """(..., count) -> (steps, ..., lanes), with zeros after the last symbol."""
        padded = np.zeros((*values.shape[:-1], self.number * self.steps), values.dtype)
        padded[..., : self.count] = values
        return np.ascontiguousarray(np.moveaxis(padded.reshape(*values.shape[:-1], self.number, self.steps), -1, 0))

    def join(self, values: np.ndarray) -> np.ndarray:
        """(steps, lanes) -> (count,)"""
        return values.T.reshape(-1)[: self.count]


def order_of(index: np.ndarray) -> np.ndarray:
    """Which symbols, by their tables, go through the trellis, in its order."""
    (through,) = np.nonzero(index >= TRELLIS_FROM)
    return through[np.argsort(index[through], kind="stable")]


def split(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tables (n,) -> which symbols are plain, as a mask; and `order_of` the others."""
    return index < TRELLIS_FROM, order_of(index)


def kinds_of(magnitude: np.ndarray) -> np.ndarray:
    """Magnitudes of levels -> 0 ... `KINDS` - 1."""
    return np.where(magnitude < 2, magnitude, 2 + (magnitude & 1)).astype("uint8")


def offsets_of(levels: np.ndarray, states: np.ndarray) -> np.ndarray:
    """What levels decode to beside their means, int32 multiples of 1/64."""
    return TRELLIS_UNIT * (2 * levels - np.sign(levels) * (states & 1))


def follow(offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Levels (int32) and states (uint8) of what a path has decoded to, (n,) multiples of `TRELLIS_UNIT`."""
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
    """The probabilities of levels.

    Args:
        kinds: int64 (NUM_STATES, NUM_TABLES, KINDS), each sums to 2**24.
        rest: for each table, what is left of a level from 2 on: half its magnitude, rounded down, with its sign.
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
        """As constriction takes them (see `ans.categorical`), the rarest first: what an empty stream gives for ever."""
        return (self.kinds[..., ::-1] - 1).astype("float64").swapaxes(0, 1).reshape(-1, KINDS)

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> "Trellis | None":
        """That of a codec's arrays, None where it has none."""
        if "trellis/kinds" not in arrays:
            return None
        rest = unpack_tables(arrays["trellis/entries"], arrays["trellis/lengths"])
        return cls(arrays["trellis/kinds"].astype("int64"), rest)

    def arrays(self) -> dict[str, np.ndarray]:
        """As they are stored; `of` is the inverse."""
        entries, lengths = pack_tables(self.rest)
        return {"trellis/kinds": self.kinds.astype("uint32"), "trellis/entries": entries, "trellis/lengths": lengths}

    @property
    def tables(self) -> list[np.ndarray]:
        """Tables beside those of plain symbols: the rest's, and that of signs alone."""
        return [*self.rest, SIGN]

    def push(self, encoder: SymbolEncoder, levels: np.ndarray, states: np.ndarray, index: np.ndarray) -> None:
        """Gives levels (n,) of a path, in order, to an encoder whose tables are the plain ones and `tables`."""
        magnitude = np.abs(levels)
        lanes = Lanes.of(len(levels))
        there = lanes.split(np.ones(len(levels), bool))
        positions = KINDS - 1 - lanes.split(kinds_of(magnitude))[there]
        encoder.push_rows(positions, lanes.split(index.astype("uint16") * NUM_STATES + states)[there], self._weights)
        (told,) = np.nonzero(magnitude)
        large = magnitude[told] > 1
        rest = np.where(large, magnitude[told] // 2, 1) * np.sign(levels[told])
        encoder.push(rest, self._table_of_rest(index[told], large))

    def pop(self, decoder: SymbolDecoder, index: np.ndarray) -> np.ndarray:
        """Tables (n,), in order -> offsets (n,), int32 multiples of 1/64."""
        lanes = Lanes.of(len(index))
        rows, weights = lanes.split(index.astype("intp") * NUM_STATES), self._weights
        positions, states = np.zeros((2, *rows.shape), "intp")
        state = np.zeros(lanes.number, "intp")
        for step in range(lanes.steps):  # thousands in a picture, of few symbols each: every call here is felt
            here = lanes.at(step)
            states[step, :here] = state = state[:here]
            told = decoder.pop_rows(weights.take(rows[step, :here] + state, axis=0))
            positions[step, :here] = told
            state = AFTER.take(state * KINDS + told)
        kind, states = KINDS - 1 - lanes.join(positions), lanes.join(states)
        decoder.check(int(np.count_nonzero(kind == KINDS - 1)), len(index))
        (told,) = np.nonzero(kind)
        large = kind[told] > 1
        rest = decoder.pop(self._table_of_rest(index[told], large))
        levels = np.zeros(len(index), "int32")
        levels[told] = np.where(large, 2 * rest + np.sign(rest) * (kind[told] & 1), rest)
        return offsets_of(levels, states)

    @staticmethod
    def _table_of_rest(index, large):
        return np.where(large, NUM_TABLES + index, 2 * NUM_TABLES).astype("uint8")
