"""Masks of a region of interest: read, checked, and turned into weights of the squared error. No codec."""

from __future__ import annotations

from typing import Any

import numpy as np

from aewidgets.images.reading import MAX_PIXELS, read_image

__all__ = ["BACKGROUND", "read_mask", "weight_of"]

BACKGROUND = 1 / 8  # weight of the squared error where the mask is black; 1 where it is white


def read_mask(mask: Any, height: int, width: int) -> np.ndarray:
    """Read a mask for a picture of height x width pixels.

    Args:
        mask: a path, the bytes of a picture, a Pillow image, or an array of uint8 or of floats in [0, 1]; white, or
            1, marks the region of interest. Colours are averaged.
        height, width: size of the picture.

    Returns:
        float32 (height, width) in [0, 1].

    Raises:
        ImageError, FileNotFoundError: when the mask is no picture.
        ValueError: when it has another size, or floats outside [0, 1].
    """
    if isinstance(mask, np.ndarray) and mask.dtype.kind == "f" and mask.ndim == 2:
        values = mask.astype("float32")  # not through 8 bits, which would round them
        if not (values.size and np.all((values >= 0) & (values <= 1))):  # also refuses NaN
            raise ValueError("mask: expected floats in [0, 1], 1 in the region of interest; got others, or none")
    else:
        if isinstance(mask, np.ndarray) and mask.dtype.kind in "iu" and mask.size and mask.max() == 1:
            raise ValueError("mask: expected 255 where it is white, got 0 and 1; give mask.astype(bool)")
        samples = read_image(mask, max_pixels=max(MAX_PIXELS, height * width))
        values = (samples if samples.ndim == 2 else samples.mean(axis=-1)).astype("float32") / 255
    if values.shape != (height, width):
        raise ValueError(
            f"mask: expected {width} x {height} as the picture, got {values.shape[1]} x {values.shape[0]}; "
            "scale the mask to the picture"
        )
    return values


def weight_of(mask: np.ndarray) -> np.ndarray:
    """Return the weight of each pixel's squared error, float32 from `BACKGROUND` to 1, for a mask in [0, 1]."""
    return (BACKGROUND + (1 - BACKGROUND) * mask).astype("float32")
