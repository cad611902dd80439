"""Probability tables: integers that sum to 2**24, shipped with the weights. A decoder never builds them.

A table covers the symbols -reach ... reach; its last entry is the escape, for all symbols further out.
"""

import numpy as np

from aewidgets.codec.coding.constants import TABLE_BITS, TABLE_SCALES

MAX_REACH = 255
ESCAPE_BITS = 12  # approximate cost of an escape's raw bits; encoders hardly ever choose one


def reach_of(table: np.ndarray) -> int:
    """Return the largest symbol that a table codes without an escape."""
    return (len(table) - 2) // 2


def to_integers(probabilities: np.ndarray) -> np.ndarray:
    """Return probabilities (n,) as integers, int64 (n,), at least 1 each, that sum to 2**24 exactly."""
    p = np.maximum(np.asarray(probabilities, "float64"), 0)
    p = p / p.sum()
    table = 1 + np.floor(p * ((1 << TABLE_BITS) - len(p))).astype("int64")
    table[np.argmax(table)] += (1 << TABLE_BITS) - table.sum()
    return table


def logistic_probabilities(scale: float, reach: int) -> np.ndarray:
    """Return the masses of a centred logistic density, float64 (2 * reach + 2,).

    The first 2 * reach + 1 are those of the unit cells around -reach ... reach, the last is that of all the rest.

    Args:
        scale: scale of the logistic, in steps.
        reach: largest symbol with a cell of its own.
    """
    edges = np.arange(0, reach + 1) + 0.5
    upper = 1 / (1 + np.exp(np.minimum(edges / scale, 700)))  # mass above each edge
    centre = 1 - 2 * upper[0]
    side = upper[:-1] - upper[1:]
    return np.concatenate([side[::-1], [centre], side, [2 * upper[-1]]])


def logistic_tables() -> list[np.ndarray]:
    """Return one logistic table per scale of `TABLE_SCALES`."""
    return [to_integers(logistic_probabilities(s, int(min(MAX_REACH, np.ceil(8 * s) + 1)))) for s in TABLE_SCALES]


def fitted_tables(counts: np.ndarray, strength: float = 200.0) -> list[np.ndarray]:
    """Return symmetric tables fitted to counted symbols, each drawn towards its logistic where counts are few.

    Args:
        counts: (tables, 2 * MAX_REACH + 1), how often each symbol -MAX_REACH ... MAX_REACH came with each table.
        strength: number of observations that the logistic stands for.
    """
    tables = []
    for table, scale in enumerate(TABLE_SCALES):
        reach = int(min(MAX_REACH, np.ceil(8 * scale) + 1))
        prior = logistic_probabilities(scale, reach)
        seen = counts[table] + counts[table][::-1]
        inside = seen[MAX_REACH - reach : MAX_REACH + reach + 1] / 2
        outside = (seen.sum() - 2 * inside.sum()) / 2
        tables.append(to_integers(np.append(inside, outside) + strength * prior))
    return tables


def pack_tables(tables: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return all entries (uint32) and the lengths of the tables (uint16), as weights store them."""
    return np.concatenate(tables).astype("uint32"), np.array([len(t) for t in tables], "uint16")


def unpack_tables(entries: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """Return the tables that `pack_tables` stored, after checking them.

    Raises:
        ValueError: when a table is not a distribution over an odd number of symbols and an escape.
    """
    tables = np.split(entries.astype("int64"), np.cumsum(lengths.astype("int64"))[:-1])
    for t in tables:
        if len(t) < 4 or len(t) % 2 or t.min() < 1 or t.sum() != 1 << TABLE_BITS:
            raise ValueError("a probability table is damaged: expected positive integers that sum to 2**24")
    return tables


def ideal_bits(tables: list[np.ndarray], symbols: np.ndarray, indexes: np.ndarray) -> np.ndarray:
    """Return the information content of each symbol in bits, float64 of the shape of `symbols`.

    It is -log2 of the symbol's probability in its table; an escape costs its table entry and its raw bits.
    """
    bits = np.zeros(symbols.shape)
    for i in np.unique(indexes):
        where, reach = indexes == i, reach_of(tables[i])
        s = symbols[where]
        cost = TABLE_BITS - np.log2(tables[i])
        inside = np.abs(s) <= reach
        b = cost[np.where(inside, s + reach, -1)]
        further = 2 * (np.abs(s[~inside]) - reach - 1) + 1 + (s[~inside] < 0)
        b[~inside] += 5 + np.floor(np.log2(further))
        bits[where] = b
    return bits


def table_bits(tables: list[np.ndarray]) -> np.ndarray:
    """Return the cost in bits of each magnitude, sign included, as float32 (tables, MAX_REACH + 2).

    Magnitudes beyond a table's reach cost an escape with `ESCAPE_BITS` raw bits.
    """
    bits = np.empty((len(tables), MAX_REACH + 2), "float32")
    for row, table in zip(bits, tables, strict=True):
        reach = reach_of(table)
        cost = TABLE_BITS - np.log2(table)
        row[: reach + 1], row[reach + 1 :] = cost[reach : 2 * reach + 1], cost[-1] + ESCAPE_BITS
    return bits
