"""Conversion between quality, 1 to 100 as users give it, and stored quality, 0 to 65535 as files hold it."""

from aewidgets.codec.coding.constants import QUALITY_MAX


def stored_quality(quality: float) -> int:
    """Return the stored quality, 0 ... 65535, of a quality 1 ... 100.

    Raises:
        ValueError: for a quality outside 1 ... 100.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality: expected 1 (small) to 100 (good), got {quality}")
    return round((quality - 1) / 99 * QUALITY_MAX)


def user_quality(stored: int) -> float:
    """Return the quality, 1 ... 100, of a stored quality 0 ... 65535: the inverse of `stored_quality`."""
    return 1 + 99 * stored / QUALITY_MAX
