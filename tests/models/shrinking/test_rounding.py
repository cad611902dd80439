"""Rounding to integers: at most half a step, one step a channel, the same again for what was rounded, two a byte."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aewidgets.models.shrinking.rounding import BITS, pack_nibbles, round_kernel, unpack_nibbles


def kernel(shape=(3, 3, 4, 5), seed=0, spread=6.0) -> np.ndarray:
    """Return a kernel whose output channels differ in scale by `spread` powers of ten."""
    draws = np.random.default_rng(seed)
    return (draws.normal(size=shape) * 10.0 ** draws.uniform(-spread, 0, shape[-1])).astype("float32")


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("channels", [(-1,), (2,), (2, 3), (0, 1, 2, 3)])
def test_no_value_moves_by_more_than_half_a_step_and_none_beyond_the_largest_integer(bits: int, channels):
    given = kernel()
    rounded = round_kernel(given, bits, channels)
    assert np.abs(rounded.integers).max() == 2 ** (bits - 1) - 1
    moved = np.abs(rounded.floats().astype("float64") - given)
    assert (moved <= rounded.step.astype("float64") * (0.5 + 1e-6)).all()


@pytest.mark.parametrize("bits", BITS)
@given(seed=st.integers(0, 10_000), power=st.integers(-90, 90))
def test_what_was_rounded_is_rounded_to_the_same_bits(bits: int, seed: int, power: int):
    first = round_kernel(kernel((7, 3), seed) * np.float32(2.0) ** power, bits, (1,))
    again = round_kernel(first.floats(), bits, (1,))
    assert first.floats().tobytes() == again.floats().tobytes()
    assert first.step.tobytes() == again.step.tobytes()


@pytest.mark.parametrize("bits", BITS)
def test_a_small_channel_beside_a_large_one_keeps_its_values(bits: int):
    given = np.stack([np.linspace(-1, 1, 50), np.linspace(-1e-4, 1e-4, 50)], axis=-1).astype("float32")
    by_channel, whole = (round_kernel(given, bits, axes).floats() for axes in ((1,), ()))
    assert (whole[:, 1] == 0).all()
    signal = np.square(given[:, 1]).mean()
    assert np.square(by_channel[:, 1] - given[:, 1]).mean() < signal * 4.0**-bits * 4


def test_steps_are_a_largest_magnitude_over_the_largest_integer_in_sixteen_bits():
    step = round_kernel(np.array([[1.0, 127.0, 0.0]], "float32"), 8, (1,)).step
    assert step[0, 1:].tolist() == [1.0, 1.0]  # exact, and a channel of zeros
    assert 1 / 127 <= step[0, 0] <= 1 / 127 * (1 + 2.0**-15)
    mantissa = np.frexp(step.astype("float64"))[0] * 2**16
    assert (mantissa == np.rint(mantissa)).all()


@given(st.lists(st.integers(-8, 7), max_size=9))
def test_two_integers_a_byte_come_back(values: list[int]):
    given = np.array(values, "int8")
    packed = pack_nibbles(given)
    assert packed.nbytes == -(-len(values) // 2)
    assert unpack_nibbles(packed, given.shape).tolist() == values


def test_another_number_of_bytes_is_refused():
    for packed in (np.zeros(3, "uint8"), np.zeros(2, "int8"), np.zeros((2, 1), "uint8")):
        with pytest.raises(ValueError, match="expected 2 bytes for 3 integers"):
            unpack_nibbles(packed, (3,))


def test_other_bits_and_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="bits: expected one of 4, 8, got 3"):
        round_kernel(kernel(), 3, (-1,))
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="finite"):
            round_kernel(np.array([[1, bad]]), 8, (1,))
