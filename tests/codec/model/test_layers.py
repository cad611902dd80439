"""Layers of the codecs: inverses, orthonormality, exact integers; the same on every backend."""

import keras
import numpy as np
import pytest
from keras import ops

from aewidgets.codec.coding.integer import lapped
from aewidgets.codec.coding.integer.convolution import IntegerConv as NumpyConv
from aewidgets.codec.coding.integer.grids import depth_to_space as numpy_depth_to_space
from aewidgets.codec.model.layers import ACTIVATION_STEP, IntegerConv, LappedTransform, StridedConv
from aewidgets.codec.model.ops import (
    depth_to_space,
    fold_edges,
    mirror_edges,
    pad_to_multiple,
    round_half_up,
    space_to_depth,
    straight_through,
)

pytestmark = pytest.mark.backend


array, tensor = ops.convert_to_numpy, ops.convert_to_tensor


def full_transform():
    grid = [(u, v) for u in range(16) for v in range(16)]
    layer = LappedTransform([grid] * 3)
    layer.build()
    return layer


@pytest.mark.parametrize("block", [2, 4])
def test_depth_to_space_inverts_space_to_depth(block):
    x = np.random.default_rng(0).normal(size=(2, 8, 12, 3)).astype("float32")
    np.testing.assert_array_equal(array(depth_to_space(space_to_depth(x, block), block)), x)


def test_depth_to_space_is_the_one_of_the_integer_networks():
    x = np.random.default_rng(0).normal(size=(4, 5, 12)).astype("float32")
    np.testing.assert_array_equal(array(depth_to_space(x[None], 2))[0], numpy_depth_to_space(x, 2))


def test_fold_edges_is_the_adjoint_of_symmetric_padding():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(1, 24, 16, 2)).astype("float32"), rng.normal(size=(1, 32, 24, 2)).astype("float32")
    padded = np.pad(x, ((0, 0), (4, 4), (4, 4), (0, 0)), mode="symmetric")
    np.testing.assert_array_equal(array(mirror_edges(tensor(x), 4)), padded)
    assert np.vdot(padded, y) == pytest.approx(np.vdot(x, array(fold_edges(tensor(y), 4))), rel=1e-4)


def test_padding_reaches_the_multiple_and_keeps_the_corner():
    x = np.ones((1, 5, 8, 1), "float32")
    assert pad_to_multiple(x, 4).shape == (1, 8, 8, 1)
    assert array(pad_to_multiple(x, 4)).sum() == 40


def test_rounding_goes_up_at_halves():
    np.testing.assert_array_equal(array(round_half_up(np.array([-1.5, -0.5, 0.5, 1.5], "float32"))), [-1, 0, 1, 2])


def test_straight_through_has_the_value_of_one_and_adds_the_other_exactly():
    assert float(array(straight_through(tensor(np.float32(3)), tensor(np.float32(2.5))))) == 3


def test_opponent_colours_and_cosines_are_orthonormal():
    np.testing.assert_allclose(lapped.OPPONENT @ lapped.OPPONENT.T, np.eye(3), atol=1e-12)
    for kind in (2, 4):
        c = lapped.cosines(16, kind)
        np.testing.assert_allclose(c @ c.T, np.eye(16), atol=1e-12)


def test_neighbouring_blocks_of_the_lapped_transform_are_orthonormal():
    basis, n, m = lapped.lapped_basis(), lapped.BLOCK, lapped.MARGIN
    line = np.zeros((3 * n, 3 * n + 2 * m))
    for i in range(3):
        line[i * n : (i + 1) * n, i * n : (i + 1) * n + 2 * m] = basis
    np.testing.assert_allclose(line @ line.T, np.eye(3 * n), atol=1e-12)


@pytest.mark.parametrize("shape", [(16, 16), (16, 48), (48, 32)])
def test_the_transform_keeps_energy_and_inverts_up_to_the_edges(shape):
    x = np.random.default_rng(2).uniform(size=(1, *shape, 3)).astype("float32")
    layer = full_transform()
    y = layer.analyse(tensor(x))
    assert np.sum(np.square(array(y))) == pytest.approx(255**2 * np.sum((x - 0.5) ** 2), rel=1e-4)
    np.testing.assert_allclose(array(layer.to_picture(layer.synthesise(y))), x, atol=2e-5)


def test_a_strided_convolution_sees_the_same_phase_at_every_size():
    layer = StridedConv(4)
    x = np.random.default_rng(3).normal(size=(1, 24, 24, 3)).astype("float32")
    layer.build(x.shape)
    whole = array(layer(x))
    for size in (17, 18, 21):
        part = array(layer(x[:, :size, :size]))
        inner = size // 2 - 1
        np.testing.assert_allclose(part[:, :inner, :inner], whole[:, :inner, :inner], atol=1e-5)


@pytest.mark.parametrize(("size", "activation"), [(3, "relu"), (1, None)])
def test_the_integer_twin_computes_the_integers(size, activation):
    rng = np.random.default_rng(4)
    layer = IntegerConv(6, size, activation)
    layer.build((None, None, None, 40))
    layer.kernel.assign(rng.normal(0, 0.3, layer.kernel.shape))
    layer.bias.assign(rng.normal(0, 0.5, layer.bias.shape))
    kernel, bias, shift = (array(t) for t in layer.quantised())
    exact = NumpyConv(kernel.astype("int8"), bias.astype("int32"), shift.astype("uint8"), activation == "relu")
    x = rng.integers(0, 256, (7, 5, 40)).astype("float32")
    twin = array(layer(x[None] / ACTIVATION_STEP))[0] * ACTIVATION_STEP
    np.testing.assert_array_equal(twin, exact(x))


def test_the_twin_stays_exact_with_many_large_weights():
    layer = IntegerConv(2, 3)
    layer.build((None, None, None, 470))
    layer.kernel.assign(np.ones(layer.kernel.shape))
    kernel, bias, shift = (array(t) for t in layer.quantised())
    NumpyConv(kernel.astype("int8"), bias.astype("int32"), shift.astype("uint8"), False)  # raises if not exact


@pytest.mark.parametrize("layer", [IntegerConv(3, 1, "relu", True), StridedConv(5, "relu"), full_transform()])
def test_a_layer_comes_back_from_its_configuration(layer):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config()
