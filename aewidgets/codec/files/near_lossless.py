"""Samples that differ from given ones by a few levels at most, and take fewer bytes. Codes nothing itself.

Every colour sample moves to the nearest of levels that are 2 N + 1 apart; none moves by more than N. What a lossless
coder then keeps is exact on every machine, which an error bound over a picture from floats would not be. Closed loops
of prediction (Weinberger, Seroussi, Sapiro 2000, IEEE Trans. Image Processing 9(8), section III.H) quantise with the
same step, after prediction; here it happens before, so that any lossless coder does.
"""

from typing import Any

import numpy as np

from aewidgets.codec.coding.constants import QUALITY_MAX
from aewidgets.codec.coding.container import max_error_of
from aewidgets.codec.coding.lagrangian import lmbda_of
from aewidgets.codec.coding.levels import Levels, peak_of

__all__ = ["bound_at", "checked_max_error", "exactness", "within"]


def checked_max_error(value: Any, depth: int = 8) -> int:
    """Return a bound on the error of every sample, in levels of a depth in bits, as a whole number.

    Raises:
        ValueError: for anything but a whole number from 1 to 1/16 of the levels: 16 of 8 bits, 4096 of 16.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    most = max_error_of(depth)
    if not whole or not 1 <= value <= most:
        raise ValueError(
            f"max_error: expected a whole number of levels from 1 to {most}, got {value!r}; "
            "for no error at all ask for lossless"
        )
    return int(value)


def bound_at(quality: int, levels: Levels) -> int:
    """Return the bound that suits a stored quality, in levels: of the step that is best at high rates.

    A finer step by a factor costs log2 of it in bits a sample. Against squared error at the quality's lambda the best
    step is sqrt(18 / (ln 2 * lambda)), in 1/255 of the way from black to white: 10 at quality 100, 43 at 50.
    """
    step = np.sqrt(18 / (np.log(2) * lmbda_of(quality / QUALITY_MAX))) * levels.span / 255
    return int(np.clip((step - 1) // 2, 1, max_error_of(levels.depth)))


def within(samples: np.ndarray, max_error: int, depth: int = 8) -> np.ndarray:
    """Return samples of which every one lies within `max_error` levels of the one given; black, white and alpha stay.

    Args:
        samples: uint8 or uint16 (H, W) or (H, W, channels) with 1 to 4 channels; the last of 2 or 4 is alpha.
        max_error: 0 or more.
        depth: bits per sample.

    Returns:
        samples of the same shape and type.
    """
    peak, step = peak_of(depth), 2 * max_error + 1
    nearest = np.minimum((np.arange(peak + 1) + max_error) // step * step, peak)
    last = (peak // step) * step  # white is a level of its own, and takes what is nearer to it
    nearest[(last + peak) // 2 + 1 :] = peak
    out = nearest.astype(samples.dtype)[samples]
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        out[..., -1] = samples[..., -1]
    return out


def exactness(max_error: int) -> str:
    """Return what a file without a model promises, in words, given its bound on the error of every sample."""
    return f"near-lossless, within {max_error} level{'s' * (max_error > 1)}" if max_error else "lossless"
