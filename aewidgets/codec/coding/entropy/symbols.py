"""Symbols with table indexes to the bytes of a substream and back. No networks, no headers.

A substream holds segments. A segment is decoded as soon as its table indexes are known, so segments may depend on
the ones before them. Within a segment, symbols are grouped by table (stable order): at most one coder call per table.
Rare large symbols are escapes: their excess follows as an Exp-Golomb code in raw bits.
"""

import numpy as np

from aewidgets.codec.coding.entropy import ans
from aewidgets.codec.coding.entropy.tables import reach_of

LENGTH_BITS = 5  # bits that an escape's number of raw bits takes
MAX_SYMBOL = 1 << 15  # no picture has larger ones
MAX_FIRST = 1024  # symbols that one segment may pop from a substream with nothing left in it
LARGE = (1 << 15) - 1  # segments whose symbols are no larger are kept as int16 until they are coded
BLOCK = 1 << 20  # symbols sorted at once, to bound memory


def narrowed(symbols: np.ndarray) -> np.ndarray:
    """Return integer symbols as int8 or int16 where they all fit, because segments are kept until they are coded."""
    largest = max(int(symbols.max(initial=0)), -int(symbols.min(initial=0)))
    return symbols.astype("int8" if largest < 128 else "int16" if largest <= LARGE else symbols.dtype, copy=False)


def _blocks(indexes: np.ndarray):
    """Yield the slice of each block of a segment, its stable order by table, and its runs (table, start, end)."""
    for first in range(0, len(indexes), BLOCK):
        block = slice(first, first + BLOCK)
        order = np.argsort(indexes[block], kind="stable")
        counts = np.bincount(indexes[block])
        ends = np.cumsum(counts)
        yield block, order, [(int(t), int(ends[t] - counts[t]), int(ends[t])) for t in np.flatnonzero(counts)]


class SymbolEncoder:
    """Encoder of one substream: collects segments, which `finish` turns into bytes.

    Args:
        tables: integer probabilities, see `aewidgets.codec.coding.entropy.tables`.
        encoder: ANS encoder, called with the tables; see `ans.encoder`.
    """

    def __init__(self, tables: list[np.ndarray], encoder=ans.encoder):
        self._tables = tables
        self._encoder = encoder
        self._segments: list[tuple[np.ndarray, ...]] = []

    def push(self, symbols: np.ndarray, indexes: np.ndarray) -> None:
        """Append a segment: integer symbols (n,) and their table numbers (n,)."""
        self._segments.append((narrowed(symbols), indexes))

    def push_rows(self, positions: np.ndarray, rows: np.ndarray, weights: np.ndarray) -> None:
        """Append a segment of positions (n,) in rows (n,) of weights (r, k), see `ans.AnsDecoder.pop_rows`."""
        self._segments.append((positions, rows, weights))

    def finish(self) -> bytes:
        """Return the bytes of the substream, a multiple of four; its segments are used up.

        Raises:
            ValueError: for an escape beyond `MAX_SYMBOL`.
        """
        coder = self._encoder(self._tables)
        while self._segments:
            symbols, indexes, *weights = self._segments.pop()
            if weights:
                coder.push_rows(symbols, weights[0][indexes])
                continue
            pieces, escapes = [], []
            for table, part in self._by_table(symbols, indexes):
                reach = reach_of(self._tables[table])
                excess = part[(part > reach) | (part < -reach)].astype("int64")
                escapes.append(2 * (np.abs(excess) - reach - 1) + (excess < 0) + 1)
                pieces.append((table, part))
            self._push_escapes(coder, np.concatenate(escapes) if escapes else np.zeros(0, "int64"))
            while pieces:
                table, part = pieces.pop()
                reach = reach_of(self._tables[table])
                for first in reversed(range(0, len(part), BLOCK)):  # the last ones first, as one call would push them
                    positions = part[first : first + BLOCK].astype("int32")
                    positions[np.abs(positions) > reach] = reach + 1
                    positions += reach
                    coder.push(positions, table)
        return coder.words().astype(ans.WORD).tobytes()

    @staticmethod
    def _by_table(symbols, indexes):
        """Return (table, its symbols in the order of the segment) for each table in use, lowest first."""
        parts: dict[int, list] = {}
        for block, order, runs in _blocks(indexes):
            ordered = symbols[block][order]
            for table, start, end in runs:
                parts.setdefault(table, []).append(ordered[start:end])
        return [(table, np.concatenate(parts.pop(table))) for table in sorted(parts)]

    @staticmethod
    def _push_escapes(coder, numbers: np.ndarray) -> None:
        """Push numbers >= 1 so that a decoder pops, for all of them, the count of bits below the leading one; then, by
        rising count, those bits.
        """
        if not len(numbers):
            return
        if numbers.max() > 2 * MAX_SYMBOL:
            raise ValueError(f"a latent is beyond +-{MAX_SYMBOL} steps: no picture in [0, 1] gives that")
        lengths = np.floor(np.log2(numbers)).astype("int32")
        for n in range(int(lengths.max()), 0, -1):
            group = numbers[lengths == n]
            if len(group):
                coder.push_bits(group - (1 << n), n)
        coder.push_bits(lengths, LENGTH_BITS)


class SymbolDecoder:
    """Decoder of one substream, segment by segment.

    Args:
        data: the bytes, as `SymbolEncoder.finish` gave them.
        tables: as the encoder had them.
        decoder: ANS decoder, called with (words, tables); see `ans.decoder`.

    Raises:
        ValueError: for bytes that no encoder wrote, as far as that can be detected.
    """

    def __init__(self, data: bytes, tables: list[np.ndarray], decoder=ans.decoder):
        if len(data) % 4:
            raise ValueError(f"a substream has {len(data)} bytes, expected a multiple of 4")
        self._tables = tables
        self._coder = decoder(np.frombuffer(data, ans.WORD), tables)

    def pop(self, indexes: np.ndarray) -> np.ndarray:
        """Return the symbols, integers (n,), of the next segment, given its table numbers (n,)."""
        ordered, far, first = {}, [], 0
        blocks = (indexes[start : start + BLOCK] for start in range(0, len(indexes), BLOCK))
        counts = sum((np.bincount(block, minlength=len(self._tables)) for block in blocks), np.zeros(1, "int64"))
        for table in np.flatnonzero(counts):
            reach, parts, escaped = reach_of(self._tables[table]), [], []
            for start in range(0, counts[table], BLOCK):
                positions = self._coder.pop(int(table), int(min(BLOCK, counts[table] - start)))
                first += len(positions) - int(np.count_nonzero(positions))
                escaped.append(start + np.flatnonzero(positions == 2 * reach + 1))
                positions -= np.int32(reach)
                parts.append(narrowed(positions))
            far.append((table, np.concatenate(escaped), reach))
            ordered[table] = np.concatenate(parts)
        self.check(first, len(indexes))
        if any(len(where) for _, where, _ in far):
            excess = self._pop_escapes(sum(len(where) for _, where, _ in far)) - 1
            for table, where, reach in far:
                part, excess = np.split(excess, [len(where)])
                ordered[table] = ordered[table].astype("int32")
                ordered[table][where] = np.where(part % 2, -1, 1) * (part // 2 + reach + 1)
        kind = np.result_type("int8", *(part.dtype for part in ordered.values()))
        symbols, taken = np.empty(len(indexes), kind), dict.fromkeys(ordered, 0)
        for block, order, runs in _blocks(indexes):
            pieces = []
            for table, start, end in runs:
                pieces.append(ordered[table][taken[table] : taken[table] + end - start])
                taken[table] += end - start
            symbols[block][order] = np.concatenate(pieces)
        return symbols

    def pop_rows(self, weights: np.ndarray) -> np.ndarray:
        """Return the positions, int32 (n,), in rows of weights (n, k), see `ans.AnsDecoder.pop_rows`."""
        return self._coder.pop_rows(weights)

    def check(self, first: int, count: int) -> None:
        """Refuse a substream with nothing left, when `first` of `count` symbols were the first of their table.

        An empty ANS stream never ends: it gives the first symbol of every table, which is the rarest. A few bytes that
        claim a huge picture are detected here, in their first segment, before memory is taken for the next.

        Raises:
            ValueError: for a substream that ended long before its symbols.
        """
        if first > max(MAX_FIRST, count // 2) and self._coder.is_exhausted():
            raise ValueError("a substream ended long before its symbols: it does not belong to a picture of this size")

    def _pop_escapes(self, count: int) -> np.ndarray:
        """Return the next numbers >= 1, int64 (count,), that `SymbolEncoder` pushed as escapes."""
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
        """Check that the substream is used up and the coder's state is the one that it started from.

        Raises:
            ValueError: when it is not.
        """
        if not self._coder.is_empty():
            raise ValueError("a substream did not end where its symbols ended")
