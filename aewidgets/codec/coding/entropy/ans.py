"""Positions in tables to 32-bit words and back, by asymmetric numeral systems (Duda 2013, arXiv:1311.2540). No files.

The package `constriction` does the coding. `PythonAnsEncoder` and `PythonAnsDecoder` write and read the same words
without it, slowly: they are the reference in tests, and the fallback where constriction has no wheel. Words have 32
bits, the state has 64, and probabilities are multiples of 2**-24.
"""

import numpy as np

from aewidgets.codec.coding.constants import TABLE_BITS

try:
    import constriction
except ImportError:  # this machine has no wheel of it
    constriction = None

WORD = np.dtype("<u4")


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


class AnsEncoder:
    """ANS encoder of constriction: a stack, so that what is pushed last is popped first.

    Each method pushes the last of its numbers first: a decoder pops them in their order.

    Args:
        tables: integer probabilities, see `categorical`.
    """

    def __init__(self, tables: list[np.ndarray]):
        self._coder = constriction.stream.stack.AnsCoder()
        self._tables = tables
        self._models: dict[int, object] = {}

    def push(self, positions: np.ndarray, table: int) -> None:
        """Push positions, integers (n,), in table number `table`."""
        if table not in self._models:
            self._models[table] = categorical(self._tables[table])
        self._coder.encode_reverse(positions.astype("int32"), self._models[table])

    def push_rows(self, positions: np.ndarray, weights: np.ndarray) -> None:
        """Push one position (n,) in each row of weights, float64 (n, k), probabilities in 2**-24 less one."""
        self._coder.encode_reverse(positions.astype("int32"), rows(), weights)

    def push_bits(self, numbers: np.ndarray, bits: int) -> None:
        """Push numbers (n,) of `bits` bits."""
        self._coder.encode_reverse(numbers.astype("int32"), uniform(bits))

    def words(self) -> np.ndarray:
        """Return the words of all that was pushed, uint32 (n,)."""
        return self._coder.get_compressed()


class PythonAnsEncoder:
    """ANS encoder in Python integers, with the methods and words of `AnsEncoder`."""

    def __init__(self, tables: list[np.ndarray]):
        self._cumulative = [np.concatenate([[0], np.cumsum(t)]) for t in tables]
        self._words: list[int] = []
        self._state = 0

    def _push(self, left: np.ndarray, right: np.ndarray) -> None:
        """Push symbols by where their shares of 2**24 begin and end, the last first."""
        state, words = self._state, self._words
        for low, high in zip(reversed(left.tolist()), reversed(right.tolist()), strict=True):
            probability = high - low
            if state >> (64 - TABLE_BITS) >= probability:
                words.append(state & 0xFFFFFFFF)
                state >>= 32
            state = (state // probability << TABLE_BITS) + state % probability + low
        self._state = state

    def push(self, positions: np.ndarray, table: int) -> None:
        cumulative = self._cumulative[table]
        self._push(cumulative[positions], cumulative[positions + 1])

    def push_rows(self, positions: np.ndarray, weights: np.ndarray) -> None:
        rows = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights + 1, axis=1)], axis=1).astype("int64")
        each = np.arange(len(rows))
        self._push(rows[each, positions], rows[each, positions + 1])

    def push_bits(self, numbers: np.ndarray, bits: int) -> None:
        width, numbers = TABLE_BITS - bits, numbers.astype("int64")
        self._push(numbers << width, (numbers + 1) << width)

    def words(self) -> np.ndarray:
        state = [self._state >> shift & 0xFFFFFFFF for shift in (0, 32) if self._state >> shift]
        return np.array([*self._words, *state], "uint32")


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


def encoder(tables: list[np.ndarray]):
    """Return an empty fast encoder where constriction is installed, otherwise the one in Python."""
    return (PythonAnsEncoder if constriction is None else AnsEncoder)(tables)


def decoder(words: np.ndarray, tables: list[np.ndarray]):
    """Return the fast decoder of these words where constriction is installed, otherwise the one in Python."""
    return (PythonAnsDecoder if constriction is None else AnsDecoder)(words, tables)
