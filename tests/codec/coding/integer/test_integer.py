"""Convolutions on integers: results equal those in 64-bit integers, and layers that might differ are refused."""

import numpy as np
import pytest

from aewidgets.codec.coding.integer.convolution import IntegerConv, reference_conv
from aewidgets.codec.coding.integer.grids import depth_to_space


def conv(rng, size=3, inputs=5, outputs=7, relu=True, largest=127):
    return IntegerConv(
        rng.integers(-largest, largest + 1, (size, size, inputs, outputs)).astype("int8"),
        rng.integers(-5000, 5000, outputs).astype("int32"),
        rng.integers(0, 12, outputs).astype("uint8"),
        relu,
    )


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize(("size", "shape"), [(3, (9, 6)), (3, (1, 1)), (3, (1, 5)), (1, (4, 3)), (5, (7, 2))])
def test_floats_give_the_integers_of_the_definition(size, shape, relu):
    rng = np.random.default_rng(0)
    layer = conv(rng, size, relu=relu)
    x = rng.integers(-255, 256, (*shape, 5)).astype("float32")
    np.testing.assert_array_equal(layer(x), reference_conv(layer, x))


def test_the_largest_accumulator_allowed_is_exact():
    inputs = 500  # 500 * 127 * 255 is just below 2**24
    kernel = np.full((1, 1, inputs, 1), 127, "int8")
    layer = IntegerConv(kernel, np.array([1], "int32"), np.array([0], "uint8"), False)
    x = np.full((1, 3, inputs), 255, "float32")
    x[0, 1, 0] = 254
    np.testing.assert_array_equal(layer(x), reference_conv(layer, x))


def test_an_accumulator_that_could_overflow_is_refused():
    kernel = np.full((3, 3, 100, 1), 127, "int8")
    with pytest.raises(ValueError, match="not exact"):
        IntegerConv(kernel, np.zeros(1, "int32"), np.zeros(1, "uint8"), False)


@pytest.mark.parametrize(
    "change", [{"kernel": np.zeros((2, 2, 1, 1), "int8")}, {"shift": np.array([17], "uint8")}, {"bias": np.zeros(2)}]
)
def test_arrays_that_are_no_convolution_are_refused(change):
    good = {"kernel": np.zeros((1, 1, 1, 1), "int8"), "bias": np.zeros(1, "int32"), "shift": np.zeros(1, "uint8")}
    with pytest.raises(ValueError, match="expected"):
        IntegerConv(**(good | change), relu=True)


def test_depth_to_space_puts_a_channel_block_into_a_square():
    x = np.arange(8.0).reshape(1, 1, 8)
    np.testing.assert_array_equal(depth_to_space(x, 2)[..., 1], [[4, 5], [6, 7]])
