"""Symbols with table indexes <-> bytes. No networks, no headers.

A substream holds segments. A segment is decoded as soon as its table indexes are known, so segments may depend on
the ones before them. Within one, symbols are grouped by table (stable order): at most one coder call per table.
Rare large symbols are escapes: their excess follows as an Exp-Golomb code in raw bits.
"""

import numpy as np

from aewidgets.codec.coding.entropy import ans
from aewidgets.codec.coding.entropy.tables import reach_of

LENGTH_BITS = 5  # of an escape's number of raw bits
MAX_SYMBOL = 1 << 15  # larger ones are no picture's
MAX_FIRST = 1024  # symbols in one segment that may come out of a substream with nothing left in it


LARGE = (1 << 15) - 1  # what 16 bits hold: segments wait in them where they can
BLOCK = 1 << 20  # symbols sorted at once, to bound memory


def _blocks(indexes: np.ndarray):
    """For each block of a segment: its slice, its stable order by table, and (table, start, end) of the runs in it."""
    for first in range(0, len(indexes), BLOCK):
        block = slice(first, first + BLOCK)
        order = np.argsort(indexes[block], kind="stable")
        counts = np.bincount(indexes[block])
        ends = np.cumsum(counts)
        yield block, order, [(int(t), int(ends[t] - counts[t]), int(ends[t])) for t in np.flatnonzero(counts)]


class SymbolEncoder:
    """Collects the segments of one substream; `finish` turns them into bytes."""

    def __init__(self, tables: list[np.ndarray]):
        self._tables = tables
        self._segments: list[tuple[np.ndarray, ...]] = []

    def push(self, symbols: np.ndarray, indexes: np.ndarray) -> None:
        """Appends a segment: (n,) integers and (n,) table numbers."""
        small = symbols.min(initial=0) >= -LARGE and symbols.max(initial=0) <= LARGE
        self._segments.append((symbols.astype("int16") if small else symbols, indexes))

    def push_rows(self, positions: np.ndarray, rows: np.ndarray, weights: np.ndarray) -> None:
        """Appends positions (n,) in rows (n,) of weights (r, k), see `ans.AnsDecoder.pop_rows`."""
        self._segments.append((positions, rows, weights))

    def finish(self) -> bytes:
        """The substream; a multiple of four bytes."""
        coder = ans.encoder()
        models: dict[int, object] = {}
        for symbols, indexes, *weights in reversed(self._segments):
            if weights:
                coder.encode_reverse(symbols.astype("int32"), ans.rows(), weights[0][indexes])
                continue
            pieces, escapes = [], []
            for table, part in self._by_table(symbols, indexes):
                reach = reach_of(self._tables[table])
                far = np.abs(part) > reach
                excess = part[far].astype("int64")
                escapes.append(2 * (np.abs(excess) - reach - 1) + (excess < 0) + 1)
                part += reach
                part[far] = 2 * reach + 1
                pieces.append((table, part))
            self._push_escapes(coder, np.concatenate(escapes) if escapes else np.zeros(0, "int64"))
            while pieces:
                table, positions = pieces.pop()
                if table not in models:
                    models[table] = ans.categorical(self._tables[table])
                coder.encode_reverse(positions, models[table])
        return coder.get_compressed().astype(ans.WORD).tobytes()

    @staticmethod
    def _by_table(symbols, indexes):
        """(table, int32 symbols in the order of the segment) for each table in use, lowest first."""
        parts: dict[int, list] = {}
        for block, order, runs in _blocks(indexes):
            ordered = symbols[block][order].astype("int32")
            for table, start, end in runs:
                parts.setdefault(table, []).append(ordered[start:end])
        return [(table, np.concatenate(parts.pop(table))) for table in sorted(parts)]

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
        ordered, far, first = {}, [], 0
        counts = np.bincount(indexes)
        for table in np.flatnonzero(counts):
            positions, reach = self._coder.pop(int(table), int(counts[table])), reach_of(self._tables[table])
            first += len(positions) - int(np.count_nonzero(positions))
            far.append((table, np.flatnonzero(positions == 2 * reach + 1), reach))
            ordered[table] = positions - np.int32(reach)
        self.check(first, len(indexes))
        if any(len(where) for _, where, _ in far):
            excess = self._pop_escapes(sum(len(where) for _, where, _ in far)) - 1
            for table, where, reach in far:
                part, excess = np.split(excess, [len(where)])
                ordered[table][where] = np.where(part % 2, -1, 1) * (part // 2 + reach + 1)
        symbols, taken = np.empty(len(indexes), "int32"), dict.fromkeys(ordered, 0)
        for block, order, runs in _blocks(indexes):
            pieces = []
            for table, start, end in runs:
                pieces.append(ordered[table][taken[table] : taken[table] + end - start])
                taken[table] += end - start
            symbols[block][order] = np.concatenate(pieces)
        return symbols

    def pop_rows(self, weights: np.ndarray) -> np.ndarray:
        """(n, k) weights -> (n,) int32 positions, see `ans.AnsDecoder.pop_rows`."""
        return self._coder.pop_rows(weights)

    def check(self, first: int, count: int) -> None:
        """Refuses a substream that has nothing left, by how many of `count` symbols were the first of their table.

        An empty ANS stream goes on for ever, with the first symbol of every table, the rarest there is. A few bytes
        that claim a huge picture are seen here, in their first segment, before memory is taken for the next.
        """
        if first > max(MAX_FIRST, count // 2) and self._coder.is_exhausted():
            raise ValueError("a substream ended long before its symbols: it is not of a picture of this size")

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
