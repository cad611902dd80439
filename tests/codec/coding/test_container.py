"""The .aew file: parsing inverts packing, the overhead is small, and other bytes are refused."""

import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aewidgets.codec.coding.container import BitstreamError, Container, parse
from aewidgets.codec.coding.levels import BYTES, Levels

PLAIN = Container(b"mdl1", 512, 768, 30000, False, (b"abcd" * 900, b"efgh" * 40, b"", b"ijkl" * 9), (1, 2, 3, 65535))


def with_right_checksum(data: bytes) -> bytes:
    return data[:4] + struct.pack("<I", zlib.crc32(data[8:])) + data[8:]


@given(
    st.builds(
        Container,
        fingerprint=st.binary(min_size=4, max_size=4).filter(any),
        height=st.integers(1, 9999),
        width=st.integers(1, 9999),
        quality=st.integers(0, 65535),
        gray=st.booleans(),
        streams=st.lists(st.binary(max_size=300), min_size=2, max_size=2).map(tuple),
        checks=st.tuples(st.integers(0, 65535), st.integers(0, 65535)),
        chunks=st.lists(
            st.tuples(st.sampled_from([b"note", b"Alph", b"exif"]), st.binary(max_size=300)),
            max_size=3,
            unique_by=lambda chunk: chunk[0],
        ).map(tuple),
        levels=st.sampled_from([BYTES, Levels(9, 0, 511), Levels(12, 7, 8), Levels(16, 65534, 65535)]),
    )
)
def test_parsing_inverts_packing(container):
    assert parse(container.pack()) == container


def test_a_plain_photograph_costs_at_most_40_bytes_beside_its_substreams():
    large = Container(b"mdl1", 4000, 6000, 65535, False, (b"0" * 200_000,) * 4, (1,) * 4)
    assert len(large.pack()) - 800_000 <= 40


def test_every_flipped_bit_is_detected():
    data = PLAIN.pack()
    for position in range(0, 8 * len(data), 7):
        damaged = bytearray(data)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(BitstreamError):
            parse(bytes(damaged))


@pytest.mark.parametrize("length", [0, 1, 3, 7, 8, 20, 100, -1])
def test_a_cut_file_is_refused(length):
    with pytest.raises(BitstreamError):
        parse(PLAIN.pack()[:length])


def test_a_cut_file_is_refused_also_with_a_right_checksum():
    data = PLAIN.pack()
    for length in range(8, len(data), 13):
        with pytest.raises(BitstreamError):
            parse(with_right_checksum(data[:length]))


def test_headers_with_right_checksums_are_parsed_or_refused():
    rng = np.random.default_rng(0)
    data = PLAIN.pack()
    for _ in range(3000):
        damaged = bytearray(data)
        for position in rng.integers(8, 40, rng.integers(1, 4)):
            damaged[position] = rng.integers(256)
        try:
            container = parse(with_right_checksum(bytes(damaged)))
        except BitstreamError as error:
            assert len(str(error)) > 20
        else:
            assert container.height * container.width <= 100_000_000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "does not start with"),
        (b"AEW\x02" + PLAIN.pack()[4:], "version 2"),
        (PLAIN.pack() + b"x", "checksum"),
        (with_right_checksum(PLAIN.pack() + b"x"), "follow"),
    ],
)
def test_the_error_gives_the_reason(data, reason):
    with pytest.raises(BitstreamError, match=reason):
        parse(data)


def test_a_picture_beyond_the_cap_is_refused_before_anything_is_decoded():
    huge = Container(b"mdl1", 60000, 60000, 0, False, (b"",), (0,)).pack()
    assert len(huge) < 64
    with pytest.raises(BitstreamError, match="max_pixels"):
        parse(huge)
    assert parse(huge, max_pixels=60000**2).height == 60000


def test_unknown_flags_are_refused():
    data = bytearray(PLAIN.pack())
    data[12] |= 4
    with pytest.raises(BitstreamError, match="flags"):
        parse(with_right_checksum(bytes(data)))


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (Levels(0, 0, 1), "0 bits per sample"),
        (Levels(17, 0, 1), "17 bits per sample"),
        (Levels(8, 0, 255), "8 bits per sample"),
        (Levels(12, 5, 5), "black of 5 and white of 5"),
        (Levels(12, 9, 5), "black of 9 and white of 5"),
        (Levels(12, 0, 4096), "do not fit 12 bits"),
    ],
)
def test_levels_that_no_encoder_writes_are_refused(levels, words):
    data = bytearray(replace(PLAIN, levels=Levels(16, 0, 1)).pack())
    assert parse(bytes(data)).levels == Levels(16, 0, 1)
    data[15:20] = struct.pack("<BHH", levels.depth, levels.black, levels.white)
    with pytest.raises(BitstreamError, match=words):
        parse(with_right_checksum(bytes(data)))


def test_eight_bits_take_no_byte_for_their_depth():
    assert len(replace(PLAIN, levels=Levels(16, 0, 1)).pack()) == len(PLAIN.pack()) + 5


def test_a_picture_without_substreams_has_no_black_of_its_own():
    good = Container(bytes(4), 8, 9, 4096, False, (), (), ((b"Pict", b"123"),), levels=Levels(16, 0, 65535))
    assert parse(good.pack()) == good
    for bad in (replace(good, levels=Levels(16, 1, 65535)), replace(good, quality=4097), replace(good, levels=BYTES)):
        with pytest.raises(BitstreamError, match="damaged"):
            parse(bad.pack())


def test_a_chunk_that_must_be_understood_is_refused():
    container = Container(b"mdl1", 8, 8, 0, False, (b"",), (0,), ((b"Abcd", b"123"),))
    with pytest.raises(BitstreamError, match="Abcd"):
        parse(container.pack())


def test_latent_positions_cover_the_picture():
    assert Container(b"mdl1", 17, 32, 0, False, (b"",), (0,)).latent_shape == (2, 2)


def test_a_file_has_substreams_or_one_lossless_picture_and_never_both_or_neither():
    good = Container(bytes(4), 8, 9, 0, False, (), (), ((b"Pict", b"123"),))
    assert parse(good.pack()) == good and good.lossless and not PLAIN.lossless
    assert good.chunk(b"Pict") == b"123" and good.chunk(b"Alph") is None
    for bad in (
        Container(bytes(4), 8, 9, 0, False, (), ()),
        Container(b"mdl1", 8, 9, 0, False, (), (), ((b"Pict", b"123"),)),
        Container(b"mdl1", 8, 9, 0, False, (b"",), (0,), ((b"Pict", b"123"),)),
        Container(bytes(4), 8, 9, 0, False, (b"",), (0,)),
    ):
        with pytest.raises(BitstreamError, match="either"):
            parse(bad.pack())


def test_no_chunk_comes_twice():
    with pytest.raises(BitstreamError, match="twice"):
        parse(Container(b"mdl1", 8, 9, 0, False, (b"",), (0,), ((b"note", b""),) * 2).pack())
