"""Codes and images as other programs make them, read as arrays or refused in words. Knows no models."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["as_array", "codes_of", "images_of", "is_table"]

_SLACK = 1e-3  # by which floats of an image may leave [0, 1]


def is_table(given: Any) -> bool:
    """Return whether something is a table as pandas has them: rows and columns, by place and by name."""
    return hasattr(given, "columns") and hasattr(given, "iloc")


def as_array(given: Any) -> np.ndarray:
    """Return array-likes as a NumPy array: lists of arrays too, and torch tensors with gradients or on a device."""
    if isinstance(given, list | tuple) and given and hasattr(given[0], "detach"):
        return np.asarray([as_array(one) for one in given])
    if hasattr(given, "detach") and hasattr(given, "cpu"):
        given = given.detach().cpu()
        given = given.float() if given.is_floating_point() else given  # NumPy has no bfloat16
    return np.asarray(given)


def codes_of(given: Any) -> np.ndarray:
    """Read codes.

    Args:
        given: (n, d) or (n, ...) numbers, two rows at least: an array, a list, a tensor, or a table whose columns are
            all numbers.

    Returns:
        float32, of the same shape.

    Raises:
        ValueError: for anything else, and for NaN and infinity; the message says what to do.
    """
    codes = _numbers(_table(given) if is_table(given) else given)
    if codes.ndim < 2 or len(codes) < 2 or not codes.size:
        hint = "; of one number each, give codes[:, None]" if codes.ndim == 1 and len(codes) > 1 else ""
        raise ValueError(f"codes: expected (n, d) numbers, two rows at least, got shape {codes.shape}{hint}")
    with np.errstate(over="ignore"):
        codes = np.ascontiguousarray(codes, "float32")
    bad = np.flatnonzero(~np.isfinite(codes.reshape(len(codes), -1)).all(1))
    if len(bad):
        raise ValueError(
            f"codes: expected finite numbers, got NaN or infinity in {len(bad):,} of {len(codes):,} rows, first in row "
            f"{bad[0]}; drop these rows or fill them in"
        )
    return codes


def _table(given: Any) -> np.ndarray:
    """Return a table of numbers as an array; raise ValueError for columns of anything else."""
    words = [str(name) for name, kind in zip(given.columns, given.dtypes, strict=True) if kind.kind not in "iufb"]
    if words:
        some = ", ".join(words[:5]) + (", ..." if len(words) > 5 else "")
        raise ValueError(
            f"codes: expected columns of numbers, got {some}; choose columns, as in frame[['x', 'y']], and give the "
            "whole table as frame="
        )
    return given.to_numpy("float64", na_value=np.nan)


def _numbers(given: Any) -> np.ndarray:
    """Return numbers as an array; raise ValueError for what are none."""
    if callable(getattr(given, "toarray", None)):
        raise ValueError("codes: expected dense numbers, got a sparse matrix; give codes.toarray()")
    try:
        codes = as_array(given)
        codes = codes.astype("float64") if codes.dtype.kind == "O" and codes.ndim else codes
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"codes: expected (n, d) numbers, rows of one length, got {type(given).__name__}: {error}"
        ) from error
    if codes.dtype.kind not in "iufb" or not codes.ndim:
        raise ValueError(f"codes: expected (n, d) numbers, got {type(given).__name__} of {codes.dtype}")
    return codes


def images_of(given: Any, count: int | None = None) -> np.ndarray:
    """Read images.

    Args:
        given: (n, height, width) or (n, height, width, channels) of 1, 3 or 4 channels, whole numbers from 0 to 255,
            floats in [0, 1], or True and False; an array, a list of arrays or Pillow images of one size, or a torch
            tensor, which may be (n, channels, height, width).
        count: number of images that there must be, if it is known.

    Returns:
        uint8 or float32 (n, height, width, channels).

    Raises:
        ValueError: for anything else; the message says what to do.
    """
    torch = hasattr(given, "detach")
    try:
        images = as_array([np.asarray(one) for one in given] if isinstance(given, list | tuple) else given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"images: expected images of one size, resize them first; {error}") from error
    if torch and images.ndim == 4 and images.shape[1] in (1, 3, 4) and images.shape[3] not in (1, 3, 4):
        images = np.moveaxis(images, 1, 3)
    images = images[..., None] if images.ndim == 3 else images
    if images.ndim != 4 or images.shape[3] not in (1, 3, 4) or not images.size:
        raise ValueError(f"images: expected (n, height, width) or (n, height, width, 1, 3 or 4), got {_shape(images)}")
    if count is not None and len(images) != count:
        raise ValueError(f"images: expected {count:,}, one for each code, got {len(images):,}")
    return _levels(images)


def _shape(images: np.ndarray) -> str:
    """Describe a shape that is not that of images, and say what to do about rows of pixel values."""
    side = math.isqrt(images.shape[1]) if images.ndim == 2 else 0
    if side and side**2 == images.shape[1]:
        return f"{images.shape}; of rows of pixel values, images.reshape(-1, {side}, {side})"
    return str(images.shape)


def _levels(images: np.ndarray) -> np.ndarray:
    """Return images as uint8, or as float32 in [0, 1]; raise ValueError for other values."""
    if images.dtype.kind == "b":
        return images.astype("uint8") * 255
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind not in "iuf":
        raise ValueError(f"images: expected uint8, or float from 0 to 1, got {images.dtype}")
    low, high = float(images.min()), float(images.max())
    if images.dtype.kind in "iu" and 0 <= low <= high <= 255:
        return images.astype("uint8")
    if images.dtype.kind == "f" and -_SLACK <= low <= high <= 1 + _SLACK:
        return images.astype("float32")
    if not np.isfinite([low, high]).all():
        raise ValueError("images: expected finite numbers, got NaN or infinity")
    raise ValueError(
        f"images: expected uint8, or float from 0 to 1, got {images.dtype} from {low:g} to {high:g}; bring them to "
        "[0, 1], as in images / images.max()"
    )
