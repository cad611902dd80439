"""Sparse codes are restored from their bytes, which take about as many bits as the entropy."""

import numpy as np
import pytest

from aewidgets.codec.coding.entropy.sparse import decode_sparse, encode_sparse


def codes(seed=0, rows=400, units=60, share=0.1, signed=False):
    rng = np.random.default_rng(seed)
    sizes = rng.exponential(1.0, (rows, units)) + 0.05
    signs = rng.choice([-1, 1], (rows, units)) if signed else 1
    return (sizes * signs * (rng.random((rows, units)) < share)).astype("float32")


@pytest.mark.parametrize("share", [0.0, 0.003, 0.1, 0.7, 1.0])
@pytest.mark.parametrize("signed", [False, True])
def test_decoding_inverts_encoding_to_half_a_step(share, signed):
    h = codes(share=share, signed=signed)
    again = decode_sparse(encode_sparse(h, 0.1))
    assert again.shape == h.shape
    np.testing.assert_allclose(again, h, atol=0.05 + 1e-6)
    assert (again[h == 0] == 0).all()


def test_units_of_all_scales_and_rare_large_numbers_come_back():
    h = codes(rows=50, units=8) * np.geomspace(0.01, 1000, 8)
    h[0, 0] = 3000.0
    np.testing.assert_allclose(decode_sparse(encode_sparse(h, 0.1)), h, atol=0.05 + 1e-3)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_bytes_are_close_to_the_entropy_of_positions_and_sizes(share):
    h = codes(rows=4000, share=share)
    whole = np.round(h / 0.1).astype(int)
    _, counts = np.unique(whole, return_counts=True)
    entropy = -np.sum(counts * np.log2(counts / whole.size)) / 8
    assert 0.99 * entropy < len(encode_sparse(h, 0.1)) - 2 * 60 < 1.04 * entropy


def test_sparser_codes_are_smaller():
    sizes = [len(encode_sparse(codes(share=share), 0.1)) for share in (0.01, 0.05, 0.2, 0.8)]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize(
    "act",
    [
        lambda: encode_sparse(np.zeros(4), 0.1),
        lambda: encode_sparse(np.zeros((4, 2)), 0.0),
        lambda: decode_sparse(b"short"),
        lambda: decode_sparse(encode_sparse(codes(), 0.1)[:100]),
    ],
)
def test_wrong_arguments_and_damaged_bytes_are_refused(act):
    with pytest.raises(ValueError, match=r"expected|damaged"):
        act()


def test_bytes_that_end_early_are_refused():
    data = encode_sparse(codes(), 0.1)
    with pytest.raises(ValueError):
        decode_sparse(data[:-8])
