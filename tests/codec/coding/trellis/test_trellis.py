"""Trellis-coded quantisation: paths decode as they were coded, take as many bits as computed, and are the cheapest."""

from itertools import product

import numpy as np
import pytest
import tiny

from aewidgets.codec.coding.constants import MEAN_STEPS, TABLE_SCALES, TRELLIS_FROM, TRELLIS_LANE, TRELLIS_UNIT
from aewidgets.codec.coding.container import BitstreamError, parse
from aewidgets.codec.coding.entropy import ans
from aewidgets.codec.coding.entropy.symbols import MAX_FIRST, SymbolDecoder, SymbolEncoder
from aewidgets.codec.coding.entropy.tables import ideal_bits, logistic_tables
from aewidgets.codec.coding.trellis.lanes import Lanes
from aewidgets.codec.coding.trellis.levels import LevelCounter, fitted_trellis
from aewidgets.codec.coding.trellis.paths import Paths
from aewidgets.codec.coding.trellis.quantisers import Quantiser
from aewidgets.codec.coding.trellis.trellis import NEXT, Trellis, follow, offsets_of, order_of

TRELLIS = fitted_trellis()
PATHS = Paths(TRELLIS)
ALL = logistic_tables() + TRELLIS.tables


def source(count, seed=0, low=TRELLIS_FROM, high=40):
    """Return residuals in steps and their tables, in the order of the trellis, drawn from the tables' densities."""
    rng = np.random.default_rng(seed)
    index = np.sort(rng.integers(low, high, count)).astype("uint8")
    return (rng.logistic(0, 1, count) * TABLE_SCALES[index]).astype("float32"), index


def coded(levels, states, index):
    encoder = SymbolEncoder(ALL)
    TRELLIS.push(encoder, levels, states, index)
    return encoder.finish()


@pytest.mark.parametrize("count", [0, 1, 2, TRELLIS_LANE, TRELLIS_LANE + 1, 1000, 3 * TRELLIS_LANE, 70001])
def test_lanes_hold_every_symbol_once(count):
    lanes = Lanes.of(count)
    assert lanes.steps <= TRELLIS_LANE
    there = lanes.split(np.ones(count, bool))
    np.testing.assert_array_equal(lanes.join(lanes.split(np.arange(count))), np.arange(count))
    for step in range(lanes.steps if count else 0):  # lanes that have a symbol come first
        assert there[step, : lanes.at(step)].all()
        assert not there[step, lanes.at(step) :].any()


@pytest.mark.parametrize("decoder", [ans.AnsDecoder, ans.PythonAnsDecoder])
@pytest.mark.parametrize("count", [0, 1, 300, 2000])
def test_paths_decode_as_they_were_coded(count, decoder):
    residual, index = source(count)
    levels, states = PATHS.cheapest(residual, index, 16.0)
    reader = SymbolDecoder(coded(levels, states, index), ALL, decoder)
    np.testing.assert_array_equal(TRELLIS.pop(reader, index), offsets_of(levels, states))
    reader.finish()


def test_levels_far_out_decode_too():
    residual, index = source(700, high=64)
    residual[::50] = np.clip(200 * residual[::50], -32000, 32000)
    assert np.abs(residual).max() > 10000
    levels, states = PATHS.cheapest(residual, index, 16.0)
    offsets = offsets_of(levels, states)
    assert np.abs(offsets / MEAN_STEPS - residual).max() < 3 * TRELLIS_UNIT / MEAN_STEPS
    np.testing.assert_array_equal(TRELLIS.pop(SymbolDecoder(coded(levels, states, index), ALL), index), offsets)


def test_a_path_follows_from_its_offsets():
    residual, index = source(5000, seed=3)
    levels, states = PATHS.cheapest(residual, index, 16.0)
    found = follow(offsets_of(levels, states))
    np.testing.assert_array_equal(found[0], levels)
    np.testing.assert_array_equal(found[1], states)


def test_computed_bits_are_those_of_the_bytes():
    residual, index = source(60000)
    levels, states = PATHS.cheapest(residual, index, 16.0)
    assert len(coded(levels, states, index)) * 8 == pytest.approx(PATHS.bits(levels, states, index).sum(), rel=0.002)


def test_no_other_path_is_cheaper():
    """Compare with all paths of five symbols with magnitudes up to 3."""
    for seed in range(3):
        residual, index = source(5, seed, high=24)
        residual = np.clip(residual, -2, 2)
        levels, states = PATHS.cheapest(residual, index, 9.0)
        least = np.inf
        for magnitudes in product(range(4), repeat=5):
            walked = [0]
            for magnitude in magnitudes[:-1]:
                walked.append(int(NEXT[walked[-1], magnitude % 2]))
            other = np.where(residual < 0, -1, 1) * np.array(magnitudes)
            least = min(least, _cost(residual, other, np.array(walked, "uint8"), index))
        assert _cost(residual, levels, states, index) == pytest.approx(least, rel=1e-5)


def _cost(residual, levels, states, index, curvature=9.0):
    """Return bits + curvature / 2 * error**2 of a path."""
    error = residual - offsets_of(levels, states) / MEAN_STEPS
    return PATHS.bits(levels, states, index).sum() + curvature / 2 * (error**2).sum()


def test_paths_are_worth_more_than_rounding():
    """Compare costs where contexts are right, at about the curvature for which the step is best."""
    residual, index = source(100_000, low=15, high=32)
    curvature, tables = 15.0, logistic_tables()
    plain = Quantiser(tables, 1 / curvature)(residual, index)
    before = ideal_bits(tables, plain, index).sum()
    cost = before + curvature / 2 * ((residual - plain) ** 2).sum()
    levels, states = PATHS.cheapest(residual, index, curvature)
    assert _cost(residual, levels, states, index, curvature) < cost - 0.04 * before
    counter = LevelCounter()  # tables fitted to these levels save more
    counter.count(levels, states, index)
    assert Paths(fitted_trellis(counter)).bits(levels, states, index).sum() < PATHS.bits(levels, states, index).sum()


def test_symbols_of_low_tables_stay_outside_the_trellis():
    index = np.array([TRELLIS_FROM, 0, 40, TRELLIS_FROM - 1, 40, TRELLIS_FROM], "uint8")
    np.testing.assert_array_equal(order_of(index), [0, 5, 2, 4])


def test_tables_come_back_as_stored():
    again = Trellis.of(TRELLIS.arrays())
    np.testing.assert_array_equal(again.kinds, TRELLIS.kinds)
    for ours, theirs in zip(again.rest, TRELLIS.rest, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert Trellis.of({}) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a["trellis/kinds"].__setitem__((0, 0, 0), 5), "damaged"),
        (lambda a: a.update({"trellis/kinds": a["trellis/kinds"][:4]}), "expected kinds"),
    ],
)
def test_damaged_tables_are_refused(change, message):
    arrays = TRELLIS.arrays()
    change(arrays)
    with pytest.raises(ValueError, match=message):
        Trellis.of(arrays)


def test_a_stream_with_nothing_in_it_is_refused():
    count = 100 * MAX_FIRST
    with pytest.raises(ValueError, match="ended long before"):
        TRELLIS.pop(SymbolDecoder(b"", ALL), np.full(count, 30, "uint8"))


@pytest.fixture(scope="module", params=["hyperprior", "factorised"])
def codec(request):
    return tiny.trained(request.param, trellis=True)


def test_a_stream_that_ends_in_signs_is_not_taken_for_an_empty_one():
    count, state, states = 4 * MAX_FIRST, 0, []
    for symbol in range(count):
        state = int(NEXT[state, 1]) if symbol % TRELLIS_LANE else 0
        states.append(state)
    levels, states, index = np.full(count, -1), np.array(states, "uint8"), np.full(count, 30, "uint8")
    reader = SymbolDecoder(coded(levels, states, index), ALL)
    np.testing.assert_array_equal(TRELLIS.pop(reader, index), offsets_of(levels, states))
    reader.finish()


PICTURE = np.random.default_rng(1).integers(0, 256, (70, 90, 3)).astype("uint8")


@pytest.mark.parametrize("quality", [0, 30000, 65535])
def test_a_codec_decodes_what_its_encoder_saw(codec, quality):
    encoded = codec.encode(PICTURE, quality, measure=True)
    container = parse(codec.container(PICTURE, encoded, quality).pack())
    y_hat, symbols = codec.latents(container)
    np.testing.assert_array_equal(y_hat, encoded.y_hat)
    np.testing.assert_array_equal(symbols, encoded.symbols)
    used = 8 * sum(map(len, encoded.streams))
    assert encoded.ideal_bits <= used <= 1.01 * encoded.ideal_bits + 64 * len(encoded.streams)
    assert codec.bit_map(container.pack()).bits.sum() == pytest.approx(encoded.ideal_bits)


def test_every_prefix_decodes_and_damage_is_detected(codec):
    data = codec.compress(PICTURE, 60)
    whole, count = codec.decompress(data), codec.networks.streams
    errors = [np.abs(whole.astype(int) - codec.decompress(data, groups=n + 1)).mean() for n in range(count)]
    assert errors[-1] == 0 < min(errors[:-1])
    container = parse(data)
    stream = bytearray(container.streams[0])
    stream[len(stream) // 2] ^= 1
    with pytest.raises(BitstreamError):
        codec.decode(type(container)(**vars(container) | {"streams": (bytes(stream), *container.streams[1:])}))
