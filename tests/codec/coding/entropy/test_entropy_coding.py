"""Symbols to bytes and back: inverses, exact tables, lengths near the information content, detection of damage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aewidgets.codec.coding.entropy import ans
from aewidgets.codec.coding.entropy.symbols import MAX_SYMBOL, SymbolDecoder, SymbolEncoder
from aewidgets.codec.coding.entropy.tables import (
    MAX_REACH,
    fitted_tables,
    ideal_bits,
    logistic_probabilities,
    logistic_tables,
    pack_tables,
    reach_of,
    to_integers,
    unpack_tables,
)

TABLES = logistic_tables()


def drawn(rng, count, spread=1.0):
    """Return symbols, drawn from about the densities of random tables, and the numbers of these tables."""
    from aewidgets.codec.coding.constants import TABLE_SCALES

    indexes = rng.integers(0, len(TABLES), count).astype("uint8")
    symbols = np.rint(rng.logistic(0, TABLE_SCALES[indexes] * spread)).astype("int32")
    return np.clip(symbols, -MAX_SYMBOL + 1, MAX_SYMBOL - 1), indexes


def coded(segments):
    encoder = SymbolEncoder(TABLES)
    for symbols, indexes in segments:
        encoder.push(symbols, indexes)
    return encoder.finish()


@pytest.mark.parametrize("decoder", [ans.AnsDecoder, ans.PythonAnsDecoder])
@pytest.mark.parametrize("spread", [1.0, 40.0])
def test_decoding_inverts_encoding(decoder, spread):
    rng = np.random.default_rng(1)
    segments = [drawn(rng, n, spread) for n in (700, 0, 1, 300)]
    reader = SymbolDecoder(coded(segments), TABLES, decoder)
    for symbols, indexes in segments:
        np.testing.assert_array_equal(reader.pop(indexes), symbols)
    reader.finish()


@given(st.lists(st.tuples(st.integers(-MAX_SYMBOL, MAX_SYMBOL), st.integers(0, 63)), max_size=40))
def test_any_symbol_survives_any_table(pairs):
    symbols, indexes = (np.array([p[i] for p in pairs], t) for i, t in ((0, "int32"), (1, "uint8")))
    reader = SymbolDecoder(coded([(symbols, indexes)]), TABLES)
    np.testing.assert_array_equal(reader.pop(indexes), symbols)
    reader.finish()


def test_plain_integers_and_constriction_read_the_same_words():
    rng = np.random.default_rng(2)
    words = rng.integers(1, 1 << 32, 400).astype("uint32")
    fast, plain = ans.AnsDecoder(words, TABLES), ans.PythonAnsDecoder(words, TABLES)
    for table, count, bits in ((0, 50, 5), (20, 200, 16), (63, 200, 1)):
        np.testing.assert_array_equal(fast.pop(table, count), plain.pop(table, count))
        np.testing.assert_array_equal(fast.pop_bits(bits, 7), plain.pop_bits(bits, 7))


@pytest.mark.parametrize("spread", [1.0, 40.0])
def test_plain_integers_and_constriction_write_the_same_words(spread):
    rng = np.random.default_rng(4)
    segments = [drawn(rng, n, spread) for n in (500, 0, 1)]
    weights = rng.integers(1, 1 << 20, (9, 5)).astype("float64")
    weights[:, 0] += (1 << 24) - 5 - weights.sum(1)
    positions = rng.integers(0, 5, 30)
    written = []
    for encoder in (ans.AnsEncoder, ans.PythonAnsEncoder):
        writer = SymbolEncoder(TABLES, encoder)
        empty = writer.finish()
        for symbols, indexes in segments:
            writer.push(symbols, indexes)
            writer.push_rows(positions, np.arange(30) % 9, weights)
        written.append((empty, writer.finish()))
    assert written[0] == written[1]
    assert len(written[0][1]) > 100 and not written[0][0]


def test_bytes_are_the_information_content():
    symbols, indexes = drawn(np.random.default_rng(3), 20000)
    ideal = ideal_bits(TABLES, symbols, indexes).sum() / 8
    assert ideal <= len(coded([(symbols, indexes)])) <= ideal * 1.001 + 8


def test_ideal_bits_count_escapes_as_they_are_written():
    symbols, indexes = np.array([4000, -4000, 300], "int32"), np.array([40, 40, 10], "uint8")
    many = np.tile(symbols, 500), np.tile(indexes, 500)
    assert len(coded([many])) * 8 == pytest.approx(ideal_bits(TABLES, *many).sum(), rel=0.001)


def test_no_symbols_cost_nothing():
    assert coded([(np.zeros(0, "int32"), np.zeros(0, "uint8"))]) == b""


def test_left_over_words_are_detected():
    segments = [drawn(np.random.default_rng(seed), 50) for seed in (4, 5)]
    reader = SymbolDecoder(coded(segments), TABLES)
    reader.pop(segments[0][1])
    with pytest.raises(ValueError, match="did not end"):
        reader.finish()


def test_bytes_that_are_no_words_are_refused():
    with pytest.raises(ValueError, match="multiple of 4"):
        SymbolDecoder(b"abc", TABLES)


@pytest.mark.parametrize("decoder", [ans.AnsDecoder, ans.PythonAnsDecoder])
def test_a_final_zero_word_is_refused(decoder):
    with pytest.raises(ValueError, match="zero word"):
        decoder(np.array([5, 0], "uint32"), TABLES)


def test_symbols_beyond_the_limit_are_refused():
    with pytest.raises(ValueError, match="beyond"):
        coded([(np.array([3 * MAX_SYMBOL], "int32"), np.array([0], "uint8"))])


def test_tables_sum_to_the_coders_precision():
    for table in TABLES:
        assert table.sum() == 1 << 24
        assert table.min() >= 1
        np.testing.assert_array_equal(table[:-1], table[:-1][::-1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300).filter(lambda p: sum(p) > 0))
def test_any_distribution_becomes_integers(probabilities):
    table = to_integers(np.array(probabilities))
    assert table.sum() == 1 << 24
    assert table.min() >= 1


def test_logistic_masses_sum_to_one():
    for scale in (0.04, 1.0, 200.0):
        assert logistic_probabilities(scale, 255).sum() == pytest.approx(1, abs=1e-12)


def test_fitted_tables_follow_the_counts():
    counts = np.zeros((len(TABLES), 2 * MAX_REACH + 1))
    counts[30, MAX_REACH - 1 : MAX_REACH + 2] = 1e7, 2e7, 1e7
    table = fitted_tables(counts)[30]
    centre = reach_of(table)
    assert table[centre] / table.sum() == pytest.approx(0.5, abs=1e-3)
    np.testing.assert_array_equal(
        fitted_tables(counts * 0)[30], to_integers(logistic_probabilities(np.geomspace(0.04, 256.0, 64)[30], centre))
    )


def test_packed_tables_unpack():
    for ours, theirs in zip(TABLES, unpack_tables(*pack_tables(TABLES)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_damaged_tables_are_refused():
    entries, lengths = pack_tables(TABLES)
    entries[5] += 1
    with pytest.raises(ValueError, match="damaged"):
        unpack_tables(entries, lengths)
