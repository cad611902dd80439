"""Lossless planes of more than 8 bits: decoding inverts encoding, bytes are few, tables are the same everywhere."""

import zlib
from itertools import product

import numpy as np
import pytest

from aewidgets.codec.coding.container import BitstreamError
from aewidgets.codec.coding.interpolated.coder import decode_planes, encode_planes
from aewidgets.codec.coding.interpolated.tables import SCALES, SHAPES, error_table

SHAPES_OF_PLANES = [(1, 1, 1), (1, 1, 2), (2, 2, 1), (3, 1, 9), (1, 9, 1), (1, 1, 100), (1, 100, 1), (4, 7, 5),
                    (3, 17, 33), (1, 40, 3), (2, 64, 65)]  # fmt: skip
RNG = np.random.default_rng(0)
FILLINGS = {
    "noise": lambda shape: RNG.integers(0, 65536, shape),
    "slopes": lambda shape: np.cumsum(RNG.integers(-30, 31, shape), axis=-1) + 3000,
    "few levels": lambda shape: RNG.integers(0, 5, shape) * 16,
    "one level": lambda shape: np.full(shape, 7),
    "hot pixels": lambda shape: (RNG.random(shape) < 0.02) * 65535,
}


def smooth(height, width, noise):
    i, j = np.mgrid[:height, :width]
    light = 30000 + 9000 * np.sin(i / 60) * np.cos(j / 45)
    return np.rint(light + np.random.default_rng(1).normal(0, noise, light.shape)).astype("uint16")


@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("shape", SHAPES_OF_PLANES)
def test_decoding_inverts_encoding(shape, filling):
    planes = FILLINGS[filling](shape).astype("uint16")
    np.testing.assert_array_equal(decode_planes(encode_planes(planes), *shape), planes)


def test_gaussian_noise_takes_little_more_than_its_entropy():
    """A prediction from noisy neighbours adds a quarter of their variance: log2(sqrt(1.25)) bits."""
    for noise in (100, 1000):
        planes = smooth(256, 256, noise)[None]
        entropy = np.log2(noise * np.sqrt(2 * np.pi * np.e))
        assert 8 * len(encode_planes(planes)) / planes.size < entropy + 0.3


def test_a_channel_that_follows_from_another_costs_next_to_nothing():
    one = smooth(128, 128, 300)
    alone = len(encode_planes(one[None]))
    assert len(encode_planes(np.stack([one, one + np.uint16(99)]))) < 1.1 * alone


def test_numbers_of_twelve_bits_spread_over_sixteen_take_those_of_twelve():
    few = smooth(96, 96, 800)[None] >> 4
    assert len(encode_planes(few * 16)) < 1.03 * len(encode_planes(few)) + 50


def test_tables_are_positive_integers_that_sum_to_their_unit_and_never_change():
    tables = [error_table(scale, shape) for scale, shape in product(range(SCALES), range(len(SHAPES)))]
    assert all(t.min() >= 1 and t.sum() == 1 << 24 and len(t) % 2 == 0 for t in tables)
    assert zlib.crc32(b"".join(t.astype("<i4").tobytes() for t in tables)) == 4283455539


def test_damaged_bytes_are_decoded_or_refused():
    good = encode_planes(smooth(24, 40, 9)[None])
    for _ in range(300):
        data = bytearray(good)
        for at in RNG.integers(0, len(data), 3):
            data[at] = RNG.integers(256)
        data = data[: RNG.integers(0, len(data))] if RNG.integers(3) == 0 else data
        try:
            assert decode_planes(bytes(data), 1, 24, 40).shape == (1, 24, 40)
        except BitstreamError as error:
            assert len(str(error)) > 20


def test_another_size_is_refused():
    good = encode_planes(smooth(24, 40, 9)[None])
    for shape in ((1, 24, 41), (2, 24, 40), (1, 9000, 9000)):
        with pytest.raises(BitstreamError):
            decode_planes(good, *shape)
