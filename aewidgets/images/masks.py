"""What counts in a picture: masks of a region of interest, read and checked, as weights of the error. No codec."""

from __future__ import annotations

from typing import Any

import numpy as np

from aewidgets.images.reading import read_image

__all__ = ["BACKGROUND", "read_mask", "weight_of"]

BACKGROUND = 1 / 8  # what the squared error of a black pixel counts for, where that of a white one counts for 1


def read_mask(mask: Any, height: int, width: int) -> np.ndarray:
    """A mask of a picture of height x width.

    Args:
        mask: a path, the bytes of a picture, a Pillow image, or an array of uint8 or of floats in [0, 1]: white, or
            1, is what matters. Colours are taken by their mean.

    Returns:
        float32 (height, width) in [0, 1].

    Raises:
        ImageError, FileNotFoundError: when it is no picture.
        ValueError: when it has another size.
    """
    if isinstance(mask, np.ndarray) and mask.dtype.kind == "f" and mask.ndim == 2:
        values = mask.astype("float32")  # as they are: eight bits would be fewer
        if not (values.size and np.all((values >= 0) & (values <= 1))):  # also refuses NaN
            raise ValueError("mask: expected floats in [0, 1], 1 where it matters; got some outside, or none")
    else:
        samples = read_image(mask)
        values = (samples if samples.ndim == 2 else samples.mean(axis=-1)).astype("float32") / 255
    if values.shape != (height, width):
        raise ValueError(
            f"mask: expected {width} x {height} as the picture, got {values.shape[1]} x {values.shape[0]}; "
            "scale the mask to the picture"
        )
    return values


def weight_of(mask: np.ndarray) -> np.ndarray:
    """A mask in [0, 1] -> what the squared error of each pixel counts for, from `BACKGROUND` to 1."""
    return (BACKGROUND + (1 - BACKGROUND) * mask).astype("float32")
