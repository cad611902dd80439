"""Symbols with table indexes <-> bytes. No networks, no headers.

A substream holds segments. A segment is decoded as soon as its table indexes are known, so segments may depend on
the ones before them. Within one, symbols are grouped by table (stable order): at most one coder call per table.
Rare large symbols are escapes: their excess follows as an Exp-Golomb code in raw bits.
"""

import numpy as np

from aewidgets.coding import ans
from aewidgets.coding.tables import reach_of

LENGTH_BITS = 5  # of an escape's number of raw bits
MAX_SYMBOL = 1 << 15  # larger ones are no picture's


def _runs(indexes: np.ndarray):
    """Stable order by table, and (table, start, end) of each run in it."""
    order = np.argsort(indexes, kind="stable")
    counts = np.bincount(indexes, minlength=1)
    ends = np.cumsum(counts)
    return order, [(int(t), int(ends[t] - counts[t]), int(ends[t])) for t in np.flatnonzero(counts)]


class SymbolEncoder:
    """Collects the segments of one substream; `finish` turns them into bytes."""

    def __init__(self, tables: list[np.ndarray]):
        self._tables = tables
        self._segments: list[tuple[np.ndarray, np.ndarray]] = []

    def push(self, symbols: np.ndarray, indexes: np.ndarray) -> None:
        """Appends a segment: (n,) integers and (n,) table numbers."""
        self._segments.append((symbols, indexes))

    def finish(self) -> bytes:
        """The substream; a multiple of four bytes."""
        coder = ans.encoder()
        models: dict[int, object] = {}
        for symbols, indexes in reversed(self._segments):
            order, runs = _runs(indexes)
            ordered = symbols[order].astype("int64")
            pieces, escapes = [], []
            for table, start, end in runs:
                part, reach = ordered[start:end], reach_of(self._tables[table])
                far = np.abs(part) > reach
                escapes.append(2 * (np.abs(part[far]) - reach - 1) + (part[far] < 0) + 1)
                pieces.append((table, np.where(far, 2 * reach + 1, part + reach).astype("int32")))
            self._push_escapes(coder, np.concatenate(escapes) if escapes else np.zeros(0, "int64"))
            for table, positions in reversed(pieces):
                if table not in models:
                    models[table] = ans.categorical(self._tables[table])
                coder.encode_reverse(positions, models[table])
        return coder.get_compressed().astype(ans.WORD).tobytes()

    @staticmethod
    def _push_escapes(coder, numbers: np.ndarray) -> None:
        """Numbers >= 1: first the count of bits below the leading one of each, then those bits, by count."""
        if not len(numbers):
            return
        if numbers.max() > 2 * MAX_SYMBOL:
            raise ValueError(f"a latent is beyond +-{MAX_SYMBOL} steps: no picture in [0, 1] gives that")
        lengths = np.floor(np.log2(numbers)).astype("int32")
        for n in range(int(lengths.max()), 0, -1):
            group = numbers[lengths == n]
            if len(group):
                coder.encode_reverse((group - (1 << n)).astype("int32"), ans.uniform(n))
        coder.encode_reverse(lengths, ans.uniform(LENGTH_BITS))


class SymbolDecoder:
    """Reads the segments of one substream.

    Raises:
        ValueError: for bytes that no encoder wrote, as far as that can be seen.
    """

    def __init__(self, data: bytes, tables: list[np.ndarray], decoder=ans.decoder):
        if len(data) % 4:
            raise ValueError(f"a substream has {len(data)} bytes, expected a multiple of 4")
        self._tables = tables
        self._coder = decoder(np.frombuffer(data, ans.WORD), tables)

    def pop(self, indexes: np.ndarray) -> np.ndarray:
        """(n,) table numbers -> (n,) int32 symbols."""
        order, runs = _runs(indexes)
        ordered, far = np.empty(len(indexes), "int64"), []
        for table, start, end in runs:
            positions, reach = self._coder.pop(table, end - start), reach_of(self._tables[table])
            ordered[start:end] = positions.astype("int64") - reach
            far.append((start + np.flatnonzero(positions == 2 * reach + 1), reach))
        where = np.concatenate([w for w, _ in far]) if far else np.zeros(0, "int64")
        if len(where):
            reach = np.repeat([r for _, r in far], [len(w) for w, _ in far])
            excess = self._pop_escapes(len(where)) - 1
            ordered[where] = np.where(excess % 2, -1, 1) * (excess // 2 + reach + 1)
        symbols = np.empty(len(indexes), "int32")
        symbols[order] = ordered
        return symbols

    def _pop_escapes(self, count: int) -> np.ndarray:
        lengths = self._coder.pop_bits(LENGTH_BITS, count)
        if lengths.max() > 16:
            raise ValueError("an escape code is longer than any encoder writes")
        numbers = np.left_shift(1, lengths.astype("int64"))
        for n in range(1, int(lengths.max()) + 1):
            group = np.flatnonzero(lengths == n)
            if len(group):
                numbers[group] += self._coder.pop_bits(n, len(group))
        return numbers

    def finish(self) -> None:
        """Checks that the substream is used up and the coder's state is the one it started from."""
        if not self._coder.is_empty():
            raise ValueError("a substream did not end where its symbols ended")
