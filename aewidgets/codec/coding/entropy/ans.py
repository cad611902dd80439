"""Symbols to 32-bit words by asymmetric numeral systems (Duda 2013, arXiv:1311.2540). No files, no networks.

`constriction` codes; `PythonAnsDecoder` reads the same words without it, slowly: the reference in tests, and the
fallback where there is no wheel. Words are 32 bits, the state 64, probabilities multiples of 2**-24.
"""

import numpy as np

from aewidgets.codec.coding.constants import TABLE_BITS

try:
    import constriction
except ImportError:  # no wheel for this machine: decoding still works
    constriction = None

WORD = np.dtype("<u4")


def encoder():
    """An empty ANS coder: a stack, so that what is pushed last is popped first."""
    if constriction is None:
        raise ImportError("encoding needs the package 'constriction': pip install constriction")
    return constriction.stream.stack.AnsCoder()


def categorical(table: np.ndarray):
    """Model with exactly the integer probabilities `table`, at least 1 each, summing to 2**24.

    constriction gives every symbol one unit and shares the rest in proportion to the weights: with weights
    table - 1 nothing is left to rounding.
    """
    return constriction.stream.model.Categorical((table - 1).astype("float64"), perfect=False)


def rows():
    """Family of models: of distributions that each symbol has of its own, given as rows of such weights."""
    return constriction.stream.model.Categorical(perfect=False)


def uniform(bits: int):
    """Model of `bits` raw bits, 1 to 16."""
    return constriction.stream.model.Uniform(1 << bits)


class AnsDecoder:
    """Pops symbols from words, by constriction.

    Raises:
        ValueError: when the words cannot be the end of any stream.
    """

    def __init__(self, words: np.ndarray, tables: list[np.ndarray]):
        self._coder = constriction.stream.stack.AnsCoder(words.astype("uint32"))
        self._tables = tables
        self._models: dict[int, object] = {}
        self._rows = rows()

    def pop(self, table: int, count: int) -> np.ndarray:
        """(count,) int32 positions in table number `table`."""
        if table not in self._models:
            self._models[table] = categorical(self._tables[table])
        return self._coder.decode(self._models[table], count)

    def pop_rows(self, weights: np.ndarray) -> np.ndarray:
        """(n, k) float64, probabilities in 2**-24 less one -> (n,) int32 positions in their rows."""
        return self._coder.decode(self._rows, weights)

    def pop_bits(self, bits: int, count: int) -> np.ndarray:
        """(count,) int32 numbers of `bits` bits."""
        return self._coder.decode(uniform(bits), count)

    def is_empty(self) -> bool:
        """Whether every word is used up and the state is back where an encoder starts."""
        return self._coder.is_empty()

    def is_exhausted(self) -> bool:
        """Whether less is left than one symbol may need: from here on every symbol is the first or close to it."""
        return self._coder.num_valid_bits() <= TABLE_BITS


class PythonAnsDecoder:
    """The same as `AnsDecoder` in plain integers."""

    def __init__(self, words: np.ndarray, tables: list[np.ndarray]):
        self._words = [int(w) for w in words]
        if self._words and self._words[-1] == 0:
            raise ValueError("an ANS stream never ends in a zero word")
        self._cumulative = [np.concatenate([[0], np.cumsum(t)]) for t in tables]
        self._state = 0
        self._refill()
        self._refill()

    def _refill(self) -> None:
        if self._words and self._state < 1 << 32:
            self._state = self._state << 32 | self._words.pop()

    def _advance(self, left: int, probability: int) -> None:
        quantile = self._state & ((1 << TABLE_BITS) - 1)
        self._state = (self._state >> TABLE_BITS) * probability + quantile - left
        self._refill()

    def pop(self, table: int, count: int) -> np.ndarray:
        return np.array([self._pop(self._cumulative[table]) for _ in range(count)], "int32")

    def _pop(self, cumulative: np.ndarray) -> int:
        quantile = self._state & ((1 << TABLE_BITS) - 1)
        k = int(np.searchsorted(cumulative, quantile, side="right")) - 1
        self._advance(int(cumulative[k]), int(cumulative[k + 1] - cumulative[k]))
        return k

    def pop_rows(self, weights: np.ndarray) -> np.ndarray:
        rows = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights + 1, axis=1)], axis=1).astype("int64")
        return np.array([self._pop(row) for row in rows], "int32")

    def pop_bits(self, bits: int, count: int) -> np.ndarray:
        out, width = np.empty(count, "int32"), TABLE_BITS - bits
        for i in range(count):
            out[i] = (self._state & ((1 << TABLE_BITS) - 1)) >> width
            self._advance(int(out[i]) << width, 1 << width)
        return out

    def is_empty(self) -> bool:
        return not self._words and self._state == 0

    def is_exhausted(self) -> bool:
        return not self._words and self._state < 1 << TABLE_BITS


def decoder(words: np.ndarray, tables: list[np.ndarray]):
    """The fast decoder where constriction is installed, else the plain one."""
    return (PythonAnsDecoder if constriction is None else AnsDecoder)(words, tables)
