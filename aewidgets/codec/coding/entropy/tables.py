"""Probability tables: integers that sum to 2**24, shipped with the weights. Built once, never on a decoder.

A table covers the symbols -reach ... reach; its last entry is the escape, for everything further out.
"""

import numpy as np

from aewidgets.codec.coding.constants import TABLE_BITS, TABLE_SCALES

MAX_REACH = 255
ESCAPE_BITS = 12  # beyond a table's reach, about: exact only matters to what nobody would choose


def reach_of(table: np.ndarray) -> int:
    """Largest symbol that a table codes without an escape."""
    return (len(table) - 2) // 2


def to_integers(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities (n,) -> int64 (n,), at least 1 each, summing to 2**24 exactly."""
    p = np.maximum(np.asarray(probabilities, "float64"), 0)
    p = p / p.sum()
    table = 1 + np.floor(p * ((1 << TABLE_BITS) - len(p))).astype("int64")
    table[np.argmax(table)] += (1 << TABLE_BITS) - table.sum()
    return table


def logistic_probabilities(scale: float, reach: int) -> np.ndarray:
    """(2 * reach + 2,) masses of a centred logistic on the unit cells -reach ... reach, then of all the rest."""
    edges = np.arange(0, reach + 1) + 0.5
    upper = 1 / (1 + np.exp(np.minimum(edges / scale, 700)))  # mass above each edge
    centre = 1 - 2 * upper[0]
    side = upper[:-1] - upper[1:]
    return np.concatenate([side[::-1], [centre], side, [2 * upper[-1]]])


def logistic_tables() -> list[np.ndarray]:
    """One table per scale of `TABLE_SCALES`."""
    return [to_integers(logistic_probabilities(s, int(min(MAX_REACH, np.ceil(8 * s) + 1)))) for s in TABLE_SCALES]


def fitted_tables(counts: np.ndarray, strength: float = 200.0) -> list[np.ndarray]:
    """Tables from counted symbols, each drawn towards its logistic where there is little evidence.

    Args:
        counts: (tables, 2 * MAX_REACH + 1) how often each symbol -MAX_REACH ... MAX_REACH came with each table.
        strength: how many observations the logistic stands for. Tables stay symmetric.
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
    """(all entries as uint32, lengths as uint16), to be stored; `unpack_tables` is the inverse."""
    return np.concatenate(tables).astype("uint32"), np.array([len(t) for t in tables], "uint16")


def unpack_tables(entries: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """Tables as `pack_tables` stored them, checked.

    Raises:
        ValueError: when a table is no distribution over an odd number of symbols and an escape.
    """
    tables = np.split(entries.astype("int64"), np.cumsum(lengths.astype("int64"))[:-1])
    for t in tables:
        if len(t) < 4 or len(t) % 2 or t.min() < 1 or t.sum() != 1 << TABLE_BITS:
            raise ValueError("a probability table is damaged: expected positive integers that sum to 2**24")
    return tables


def ideal_bits(tables: list[np.ndarray], symbols: np.ndarray, indexes: np.ndarray) -> np.ndarray:
    """-log2 of each symbol's probability, as `symbols`; an escape counts its table entry and its raw bits."""
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
    """float32 (tables, MAX_REACH + 2): bits of each magnitude, sign included, escapes beyond a table's reach."""
    bits = np.empty((len(tables), MAX_REACH + 2), "float32")
    for row, table in zip(bits, tables, strict=True):
        reach = reach_of(table)
        cost = TABLE_BITS - np.log2(table)
        row[: reach + 1], row[reach + 1 :] = cost[reach : 2 * reach + 1], cost[-1] + ESCAPE_BITS
    return bits
