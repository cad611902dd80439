"""Positions in tables to 32-bit words and back, by asymmetric numeral systems (Duda 2013, arXiv:1311.2540). No files.

The package `constriction` does the coding. `PythonAnsDecoder` reads the same words without it, slowly: it is the
reference in tests, and the fallback where constriction has no wheel. Words have 32 bits, the state has 64, and
probabilities are multiples of 2**-24.
"""

import numpy as np

from aewidgets.codec.coding.constants import TABLE_BITS

try:
    import constriction
except ImportError:  # this machine has no wheel of it: decoding still works
    constriction = None

WORD = np.dtype("<u4")


def encoder():
    """Return an empty ANS coder: a stack, so that what is pushed last is popped first.

    Raises:
        ImportError: where constriction is not installed.
    """
    if constriction is None:
        raise ImportError("encoding needs the package 'constriction': pip install constriction")
    return constriction.stream.stack.AnsCoder()


def categorical(table: np.ndarray):
    """Return a model with exactly the integer probabilities `table`, at least 1 each, summing to 2**24.

    constriction gives every symbol one unit and distributes the rest in proportion to the weights: with weights
    `table - 1` nothing is rounded.
    """
    return constriction.stream.model.Categorical((table - 1).astype("float64"), perfect=False)


def rows():
    """Return a family of models in which every symbol has a distribution of its own: a row of weights `table - 1`."""
    return constriction.stream.model.Categorical(perfect=False)


def uniform(bits: int):
    """Return a model of `bits` raw bits, 1 to 16."""
    return constriction.stream.model.Uniform(1 << bits)


class AnsDecoder:
    """ANS decoder of constriction.

    Args:
        words: (n,) 32-bit words, as the encoder gave them.
        tables: integer probabilities, see `categorical`.

    Raises:
        ValueError: when the words cannot be the end of any stream.
    """

    def __init__(self, words: np.ndarray, tables: list[np.ndarray]):
        self._coder = constriction.stream.stack.AnsCoder(words.astype("uint32"))
        self._tables = tables
        self._models: dict[int, object] = {}
        self._rows = rows()

    def pop(self, table: int, count: int) -> np.ndarray:
        """Pop positions in table number `table`, int32 (count,)."""
        if table not in self._models:
            self._models[table] = categorical(self._tables[table])
        return self._coder.decode(self._models[table], count)

    def pop_rows(self, weights: np.ndarray) -> np.ndarray:
        """Pop one position in each row of weights, float64 (n, k), probabilities in 2**-24 less one; int32 (n,)."""
        return self._coder.decode(self._rows, weights)

    def pop_bits(self, bits: int, count: int) -> np.ndarray:
        """Pop numbers of `bits` bits, int32 (count,)."""
        return self._coder.decode(uniform(bits), count)

    def is_empty(self) -> bool:
        """Return True when every word is used up and the state is the one that an encoder starts from."""
        return self._coder.is_empty()

    def is_exhausted(self) -> bool:
        """Return True when less is left than one symbol may need; all further positions are the first or near it."""
        return self._coder.num_valid_bits() <= TABLE_BITS


class PythonAnsDecoder:
    """ANS decoder in Python integers, with the methods, results and errors of `AnsDecoder`."""

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
    """Return the fast decoder of these words where constriction is installed, otherwise the one in Python."""
    return (PythonAnsDecoder if constriction is None else AnsDecoder)(words, tables)
