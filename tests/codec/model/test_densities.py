"""Densities: masses sum to one, twins agree with the integer networks, gradients are the documented ones."""

import numpy as np
import pytest
import tiny
from keras import ops

from aewidgets.codec.coding.constants import (
    DC_AVERAGED,
    DC_NEIGHBOURS,
    DC_STEPS,
    MEAN_STEPS,
    NUM_KNOTS,
    QUALITY_MAX,
    TABLE_SCALES,
)
from aewidgets.codec.coding.entropy.tables import ideal_bits, logistic_tables
from aewidgets.codec.coding.integer import dc as dc_plane
from aewidgets.codec.coding.integer.dc import dc_passes
from aewidgets.codec.coding.integer.networks import HyperNetworks
from aewidgets.codec.coding.integer.priors import Prior
from aewidgets.codec.coding.latents import decode_latents, encode_latents
from aewidgets.codec.coding.trellis.quantisers import Quantiser
from aewidgets.codec.model.contexts import dc_prediction
from aewidgets.codec.model.densities import (
    code,
    index_to_log_scale,
    knot_weights,
    logistic_bits,
    quantise,
    scale_to_index,
)

pytestmark = pytest.mark.backend
TABLES = logistic_tables()


def array(x):
    return ops.convert_to_numpy(x)


def tensor(x):
    return ops.convert_to_tensor(np.asarray(x, "float32"))


@pytest.mark.parametrize("scale", [0.04, 0.5, 3.0])
def test_masses_of_all_symbols_sum_to_one(scale):
    bits = array(logistic_bits(tensor(np.arange(-200, 201)), tensor(np.log(scale))))
    assert np.exp2(-bits.astype("float64")).sum() == pytest.approx(1, abs=1e-5)


def test_the_density_is_the_one_of_the_tables():
    for index in (5, 30, 50):
        symbols = np.arange(-20, 21)
        ours = array(logistic_bits(tensor(symbols), index_to_log_scale(tensor(index))))
        theirs = ideal_bits(TABLES, symbols, np.full(41, index))
        likely = theirs < 15
        np.testing.assert_allclose(ours[likely], theirs[likely], atol=0.02)


def test_a_tail_costs_bits_in_proportion_to_its_distance():
    far = array(logistic_bits(tensor([1e3, 2e3]), tensor(0)))
    assert far[1] - far[0] == pytest.approx(1e3 / np.log(2), rel=1e-3)


def test_scales_and_indexes_invert_each_other():
    np.testing.assert_allclose(scale_to_index(TABLE_SCALES), np.arange(64), atol=1e-9)


def test_knots_interpolate():
    w = array(knot_weights(tensor([0, 1, 0.3])))
    np.testing.assert_allclose(w.sum(axis=1), 1, atol=1e-6)
    assert w[0, 0] == 1
    assert w[1, -1] == 1


def test_stored_and_real_qualities_interpolate_alike():
    rng = np.random.default_rng(0)
    mean, index = rng.integers(-500, 500, (2, NUM_KNOTS, 7)).astype("int32")
    for quality in (0, 1, 8191, 40000, QUALITY_MAX):
        weights = array(knot_weights(tensor([quality / QUALITY_MAX])))[0]
        for exact, real in zip(Prior(mean, index)(quality), (weights @ mean, weights @ index), strict=True):
            assert np.abs(exact - real).max() < 3  # 1/256 of the largest difference of two knots, and rounding


def test_a_zero_that_is_certain_costs_nothing_in_training():
    zeros = tensor(np.zeros((1, 2, 2, 3)))
    noise = zeros + 0.49
    bits, _, _ = code(zeros, noise, zeros, zeros - 10.0, 0.04)
    assert float(array(bits)[0]) < 0.01


def test_the_training_quantiser_is_the_coders_between_0_and_1():
    rng = np.random.default_rng(1)
    residual, index = rng.uniform(-1, 1, 5000).astype("float32"), rng.integers(0, 50, 5000).astype("uint8")
    ours = array(quantise(tensor(residual), tensor(0), index_to_log_scale(tensor(index)), 0.04))
    theirs = Quantiser(TABLES, 0.04)(residual, index)
    assert np.mean(ours != theirs) < 0.002  # tables hold 24 bits, densities more


def test_larger_strength_never_makes_a_symbol_larger():
    rng = np.random.default_rng(2)
    residual, index = rng.normal(0, 3, 2000).astype("float32"), rng.integers(0, 64, 2000).astype("uint8")
    sizes = [np.abs(Quantiser(TABLES, s)(residual, index)) for s in (0.0, 0.03, 0.1)]
    assert (sizes[0] >= sizes[1]).all()
    assert (sizes[1] >= sizes[2]).all()
    np.testing.assert_array_equal(sizes[0], np.abs(np.rint(residual)))


@pytest.mark.parametrize("shape", [(1, 1), (3, 17), (16, 9)])
def test_dc_passes_visit_every_position_once_from_coarse_to_fine(shape):
    known = np.zeros(shape, bool)
    for number, kind, rows, columns, step in dc_passes(*shape):
        assert not known[rows, columns].any()
        reachable = np.zeros(len(rows), bool)
        for n, (di, dj) in enumerate(DC_NEIGHBOURS[kind] if kind else ()):
            i, j = rows + step * di, columns + step * dj
            inside = (i >= 0) & (i < shape[0]) & (j >= 0) & (j < shape[1])
            assert known[i[inside], j[inside]].all()
            reachable |= inside & (n < DC_AVERAGED)
        assert number == 0 or reachable.all()
        known[rows, columns] = True
    assert known.all()


def test_interpolation_of_a_plane_is_the_plane():
    i, j = np.mgrid[:25, :25]
    dc = ((2 * i + 3 * j) * MEAN_STEPS)[..., None].astype("int64")
    for _, kind, rows, columns, step in dc_passes(25, 25):
        inner = (rows % 8 != 0) & (columns % 8 != 0) & (rows < 24) & (columns < 24)
        if kind and inner.any():
            predicted, around = dc_plane.dc_prediction(dc, kind, rows[inner], columns[inner], step)
            np.testing.assert_array_equal(predicted, dc[rows[inner], columns[inner]])
            assert around.shape == (inner.sum(), len(DC_NEIGHBOURS[kind]))
            assert around[:, :DC_AVERAGED].sum() == 0


@pytest.mark.parametrize("shape", [(9, 11), (8, 8), (1, 3)])
def test_the_dc_twin_predicts_as_the_passes_do(shape):
    dc = np.random.default_rng(3).integers(-9, 9, (*shape, 3)) * 12 * MEAN_STEPS
    predicted, around, classes = (array(t) for t in dc_prediction(tensor(dc[None] / MEAN_STEPS)))
    assert DC_STEPS == (4, 2, 1)
    for number, kind, rows, columns, step in dc_passes(*shape):
        np.testing.assert_array_equal(classes[0, rows, columns].argmax(axis=-1), number)
        if kind:
            exact, differences = dc_plane.dc_prediction(dc, kind, rows, columns, step)
            np.testing.assert_allclose(predicted[0, rows, columns], exact / MEAN_STEPS, atol=1e-4)
            np.testing.assert_allclose(around[0, rows, columns], differences / MEAN_STEPS, atol=1e-4)


def latents(rng, shape, channels=24):
    spread = 40.0 / (1 + np.arange(channels))
    return rng.laplace(0, spread, (*shape, channels)).astype("float32")


@pytest.mark.parametrize("family", ["hyperprior", "factorised"])
@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (8, 4)])
def test_decoding_gives_the_latents_that_the_encoder_saw(family, shape):
    codec = tiny.trained(family)
    rng = np.random.default_rng(5)
    y = latents(rng, shape)
    z = (
        rng.normal(0, 2, (-(-shape[0] // 4), -(-shape[1] // 4), 8)).astype("float32")
        if family == "hyperprior"
        else None
    )
    for quality in (0, 40000, QUALITY_MAX):
        quantise = codec.quantiser(quality)
        encoded = encode_latents(codec.networks, codec.coding_tables, y, z, quality, quantise, measure=True)
        streams = encoded.streams, encoded.checks
        y_hat, symbols = decode_latents(codec.networks, codec.coding_tables, *streams, *shape, quality)
        np.testing.assert_array_equal(y_hat, encoded.y_hat)
        np.testing.assert_array_equal(symbols, encoded.symbols)
        assert np.abs(y_hat / MEAN_STEPS - y).max() < 1
        coded = 8 * sum(len(s) for s in encoded.streams)
        assert encoded.ideal_bits <= coded <= encoded.ideal_bits * 1.01 + 64 * len(encoded.streams)


def test_the_float_twin_follows_the_integer_networks():
    """The twin, fed with latents that the integers decoded, finds the same symbols and values, and nearly that rate."""
    codec, model = tiny.trained(), tiny.model()
    assert isinstance(codec.networks, HyperNetworks)
    rng, shape, quality = np.random.default_rng(6), (9, 10), 30000
    z = np.rint(rng.normal(0, 2, (3, 3, 8))).astype("float32")
    seen = {}

    class Spy(Quantiser):
        def __call__(self, residual, index):
            symbols = super().__call__(residual, index)
            if "z" not in seen:
                seen["z"] = symbols
            return symbols

    encoded = encode_latents(
        codec.networks, codec.coding_tables, latents(rng, shape), z, quality, Spy(codec.coding_tables.tables, 0.0), True
    )
    z_mean = codec.networks.z_prior(quality)[0] / MEAN_STEPS
    z_hat = (seen["z"].reshape(z.shape) + z_mean).astype("float32")
    y = (encoded.y_hat / MEAN_STEPS).astype("float32")
    q = np.array([quality / QUALITY_MAX], "float32")
    bits, y_hat, symbols = model.context(
        tensor(y[None]), tensor(z_hat[None]), tensor(q), tensor(np.zeros_like(y[None])), strength=0.0
    )
    # Priors are rounded to 1/64 and 1/16 in the integers: means may differ by that much, symbols then hardly ever.
    assert np.mean(array(symbols)[0] != encoded.symbols) < 0.01
    assert np.abs(array(y_hat)[0] - y).max() <= 1
    z_bits = ideal_bits(codec.coding_tables.tables, seen["z"], np.zeros(seen["z"].size, "uint8") + 0).size
    assert z_bits == z.size
    assert float(array(bits)[0]) < encoded.ideal_bits * 1.05
