"""Points and codes as a page sends them, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["AT_ONCE", "codes", "points"]

AT_ONCE = 1000  # points or codes in one message, at most


def points(given: Any, count: int) -> np.ndarray:
    """Return numbers of points that a page sent, int64 (n,).

    Args:
        given: the numbers.
        count: number of points that there are.

    Raises:
        ValueError: for anything but numbers from 0 to `count` - 1.
    """
    numbers = np.asarray(given)
    if numbers.ndim != 1 or not len(numbers) or numbers.dtype.kind not in "iu":
        raise ValueError("expected numbers of points; reload the page, its two halves differ in version")
    if numbers.min() < 0 or numbers.max() >= count:
        raise ValueError(f"expected numbers of points from 0 to {count - 1}, got {numbers.max()}")
    return numbers.astype("int64")


def codes(buffers: list[Any], size: int) -> np.ndarray:
    """Return codes that a page sent, float32 (n, size).

    Args:
        buffers: of the message; the first one holds little-endian float32.
        size: latent dimensions of a code.

    Raises:
        ValueError: for anything but 1 to `AT_ONCE` codes of finite numbers.
    """
    numbers = np.frombuffer(bytes(buffers[0]), "<f4") if buffers else np.zeros(0, "float32")
    if not len(numbers) or len(numbers) % size or len(numbers) > size * AT_ONCE or not np.isfinite(numbers).all():
        raise ValueError(f"expected codes of {size} finite numbers, got {len(numbers)} numbers")
    return numbers.reshape(-1, size)
