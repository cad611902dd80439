"""Pruning by magnitude: exactly the share asked, the smallest first, the others untouched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aewidgets.models.shrinking.pruning import prune_kernel


@given(share=st.floats(0, 1), rows=st.integers(1, 9), seed=st.integers(0, 99))
def test_the_share_is_met_to_the_nearest_weight_and_the_smallest_go(share: float, rows: int, seed: int):
    kernel = np.random.default_rng(seed).normal(size=(rows, 7)).astype("float32")
    pruned = prune_kernel(kernel, share)
    gone = pruned == 0
    assert gone.sum() == np.rint(share * kernel.size)
    assert (pruned[~gone] == kernel[~gone]).all()
    if gone.any() and not gone.all():
        assert np.abs(kernel[gone]).max() <= np.abs(kernel[~gone]).min()


def test_equal_weights_are_shared_out_and_zeros_that_are_there_count():
    assert (prune_kernel(np.ones((4, 4)), 0.5) == 0).sum() == 8
    assert (prune_kernel(np.eye(4), 0.5) == np.eye(4)).all()  # three quarters are zero already


def test_the_kernel_that_was_given_stays():
    kernel = np.ones((2, 2), "float32")
    prune_kernel(kernel, 1)
    assert (kernel == 1).all()


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_other_shares_are_refused(share: float):
    with pytest.raises(ValueError, match="from 0 to 1"):
        prune_kernel(np.ones((2, 2)), share)
