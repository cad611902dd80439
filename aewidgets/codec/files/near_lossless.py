"""Samples that differ from given ones by a few levels at most, and take fewer bytes. Codes nothing itself.

Every colour sample moves to the nearest of levels that are 2 N + 1 apart; none moves by more than N. What a lossless
coder then keeps is exact on every machine, which an error bound over a picture from floats would not be. Closed loops
of prediction (Weinberger, Seroussi, Sapiro 2000, IEEE Trans. Image Processing 9(8), section III.H) quantise with the
same step, after prediction; here it happens before, so that any lossless coder does.
"""

from typing import Any

import numpy as np

from aewidgets.codec.coding.constants import MAX_ERROR, QUALITY_MAX
from aewidgets.codec.coding.lagrangian import lmbda_of

__all__ = ["bound_at", "checked_max_error", "exactness", "within"]


def checked_max_error(value: Any) -> int:
    """Return a bound on the error of every sample, in levels, as a whole number.

    Raises:
        ValueError: for anything but a whole number from 1 to 16.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not 1 <= value <= MAX_ERROR:
        raise ValueError(
            f"max_error: expected a whole number of levels from 1 to {MAX_ERROR}, got {value!r}; "
            "for no error at all ask for lossless"
        )
    return int(value)


def bound_at(quality: int) -> int:
    """Return the bound that suits a stored quality, in levels: of the step that is best at high rates.

    A finer step by a factor costs log2 of it in bits a sample. Against squared error at the quality's lambda the best
    step is sqrt(18 / (ln 2 * lambda)): 10 levels at quality 100, 43 at 50.
    """
    step = np.sqrt(18 / (np.log(2) * lmbda_of(quality / QUALITY_MAX)))
    return int(np.clip((step - 1) // 2, 1, MAX_ERROR))


def within(samples: np.ndarray, max_error: int) -> np.ndarray:
    """Return samples of which every one lies within `max_error` levels of the one given; black, white and alpha stay.

    Args:
        samples: uint8 (H, W) or (H, W, channels) with 1 to 4 channels; the last of 2 or 4 is alpha.
        max_error: 0 or more.

    Returns:
        uint8 of the same shape.
    """
    levels = np.unique([*range(0, 256, 2 * max_error + 1), 255])
    nearest = levels[np.abs(levels - np.arange(256)[:, None]).argmin(axis=1)].astype("uint8")
    out = nearest[samples]
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        out[..., -1] = samples[..., -1]
    return out


def exactness(max_error: int) -> str:
    """Return what a file without a model promises, in words, given its bound on the error of every sample."""
    return f"near-lossless, within {max_error} level{'s' * (max_error > 1)}" if max_error else "lossless"
