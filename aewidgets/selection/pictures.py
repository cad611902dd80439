"""Pictures as scikit-learn passes them on, as one array; other things are refused in words. Trains nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from aewidgets.training.data.parts import Part

__all__ = ["images_of"]


def images_of(X: Any) -> np.ndarray:
    """Return pictures as an array, uint8 (n, height, width, channels).

    Args:
        X: such an array, or a list of pictures of one shape.

    Raises:
        ValueError: for anything else; the message says what to do.
    """
    try:
        images = np.asarray(X)
    except ValueError:  # NumPy speaks of an inhomogeneous shape
        raise ValueError("expected pictures of one shape, got several; crop or resize them before") from None
    if images.ndim == 3 and images.dtype == np.uint8:
        raise ValueError(f"expected pictures with an axis of channels, got {images.shape}; give images[..., None]")
    if images.ndim == 2 and images.size:
        raise ValueError(
            f"expected pictures, got rows of numbers {images.shape}; reshape them to (n, height, width, channels)"
        )
    if images.ndim == 4 and images.size and images.dtype != np.uint8:
        given = f"expected uint8 pictures, got {images.dtype}"
        if not np.issubdtype(images.dtype, np.number) or not np.isfinite(images).all():
            raise ValueError(f"{given} with values that are no numbers")
        low, high = images.min(), images.max()
        words = f"{given} from {low:.3g} to {high:.3g}"
        if low < 0 or high > 255:
            raise ValueError(f"{words}; scale them to 0 to 255 and round them, np.rint(x).astype('uint8')")
        scaled = "255 * x" if high <= 1 and images.dtype.kind == "f" else "x"
        raise ValueError(f"{words}; give np.rint({scaled}).astype('uint8')")
    if images.ndim != 4 or not images.size:
        raise ValueError(f"expected uint8 pictures (n, height, width, channels), got {images.dtype} {images.shape}")
    return Part(images).images
