"""Lossless coding restores every sample, and refuses sizes that differ from the header before it takes memory."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from odd import COLOUR, GRAY, drawing, round_alpha
from PIL import Image

from aewidgets.codec.coding.chunks import deflate, inflate
from aewidgets.codec.coding.container import BitstreamError
from aewidgets.codec.files import lossless
from aewidgets.codec.files.lossless import decode_lossless, encode_lossless, may_be_smaller

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: st.sampled_from([size, (*size, 2), (*size, 3), (*size, 4)])
)


def opaque_somewhere(samples):
    """Make every pixel visible, because colours under alpha 0 may change."""
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        samples[..., -1] |= 1
    return samples


@given(SHAPES.flatmap(lambda shape: arrays.arrays("uint8", shape)).map(opaque_somewhere))
def test_decoding_inverts_encoding(samples):
    np.testing.assert_array_equal(decode_lossless(encode_lossless(samples), samples.shape), samples)


@pytest.mark.parametrize("how", [lossless.PLAIN, lossless.LEFT, lossless.ABOVE, lossless.VP8L])
@pytest.mark.parametrize("samples", [GRAY, COLOUR, np.dstack([COLOUR, GRAY | 1])], ids=lambda s: str(s.shape))
def test_every_coding_is_an_inverse(how, samples, monkeypatch):
    coded = []

    def keep(candidates, key):
        coded.extend(candidates)
        return candidates[0]

    monkeypatch.setattr(lossless, "min", keep, raising=False)
    encode_lossless(samples)
    (one,) = (c for c in coded if c[0] == how)
    np.testing.assert_array_equal(decode_lossless(one, samples.shape), samples)


def test_drawings_are_smaller_than_as_png():
    png = io.BytesIO()
    Image.fromarray(drawing()).save(png, "PNG", optimize=True)
    assert len(encode_lossless(drawing())) < 0.8 * len(png.getvalue())


def test_a_mask_costs_bits_not_bytes():
    assert len(encode_lossless(round_alpha())) < GRAY.size / 8 / 5


def test_photographs_are_not_tried_and_drawings_are():
    assert not may_be_smaller(COLOUR, COLOUR.size // 12)
    assert may_be_smaller(COLOUR, COLOUR.size)
    assert may_be_smaller(drawing(), len(encode_lossless(drawing())))
    assert may_be_smaller(np.zeros((3000, 3000), "uint8"), 400)


@pytest.mark.parametrize("wrong", [(96, 131, 3), (97, 130, 3), (131, 97, 3), (970, 131, 3), (97, 131, 4)])
@pytest.mark.parametrize("how", [lossless.LEFT, lossless.VP8L])
def test_samples_of_another_size_than_in_the_header_are_refused(wrong, how):
    coded = encode_lossless(COLOUR) if how == lossless.VP8L else b"\1" + deflate(COLOUR.tobytes())
    if (wrong == (131, 97, 3) and how == lossless.LEFT) or (wrong[2] == 4 and how == lossless.VP8L):
        return  # as many samples, arranged as the header says; VP8L without alpha is opaque
    with pytest.raises(BitstreamError, match="lossless samples"):
        decode_lossless(coded, wrong)


def test_a_flood_of_zeros_is_stopped_at_its_limit():
    flood = deflate(bytes(1 << 25))
    assert len(flood) < 40_000
    with pytest.raises(BitstreamError, match="more than the 1,000 bytes"):
        inflate(flood, 1000, "colour profile")


@pytest.mark.parametrize("data", [deflate(b"abc") + b"x", deflate(b"abc" * 99)[:-3], b"", b"\xff\xff"])
def test_deflated_content_ends_where_its_chunk_ends(data):
    with pytest.raises(BitstreamError, match=r"the metadata (is damaged|does not end)"):
        inflate(data, 1000, "metadata")


@given(st.binary(max_size=99))
def test_inflating_inverts_deflating(content):
    assert inflate(deflate(content), len(content), "note") == content
