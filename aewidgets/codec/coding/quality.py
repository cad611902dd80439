"""Conversion between quality, 1 to 100 as users give it, and stored quality, 0 to 65535 as files hold it."""

import math
from numbers import Real
from typing import Any

from aewidgets.codec.coding.constants import QUALITY_MAX


def stored_quality(quality: Any) -> int:
    """Return the stored quality, 0 ... 65535, of a quality 1 ... 100.

    Raises:
        ValueError: for a quality outside 1 ... 100, and for what is no number.
    """
    number = math.nan if isinstance(quality, bool) or not isinstance(quality, Real) else float(quality)
    if not 1 <= number <= 100:
        raise ValueError(f"quality: expected 1 (small) to 100 (good), got {quality!r}")
    return round((number - 1) / 99 * QUALITY_MAX)


def user_quality(stored: int) -> float:
    """Return the quality, 1 ... 100, of a stored quality 0 ... 65535: the inverse of `stored_quality`."""
    return 1 + 99 * stored / QUALITY_MAX
