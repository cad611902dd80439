"""Room in a page without a kernel: what a value takes, and which of many are taken along."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["evenly", "html_bytes"]


def evenly(count: int, most: int) -> np.ndarray:
    """Choose at most `most` numbers below `count`, in order, at even distances."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).round().astype("int64"))


def html_bytes(value: Any) -> int:
    """Estimate the bytes of a value in a page: bytes as base64, the rest about as JSON."""
    if isinstance(value, bytes):
        return len(value) * 4 // 3 + 20
    if isinstance(value, dict):
        return sum(len(name) + 6 + html_bytes(inner) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return sum(1 + html_bytes(inner) for inner in value) + 2
    return len(str(value)) + 2
