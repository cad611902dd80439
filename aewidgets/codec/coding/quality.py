"""Quality as people say it, 1 to 100, and as files hold it."""

from aewidgets.codec.coding.constants import QUALITY_MAX


def stored_quality(quality: float) -> int:
    """Quality 1 ... 100 -> 0 ... 65535, as files hold it.

    Raises:
        ValueError: outside 1 ... 100.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality: expected 1 (small) to 100 (good), got {quality}")
    return round((quality - 1) / 99 * QUALITY_MAX)


def user_quality(stored: int) -> float:
    """The inverse of `stored_quality`."""
    return 1 + 99 * stored / QUALITY_MAX
