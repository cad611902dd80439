"""Conversions of image arrays: gray and colour, 0-255 and 0-1, padding and cropping. Reads no files."""

from __future__ import annotations

import numpy as np
from PIL import Image

__all__ = ["ImageError", "crop", "pad_to_multiple", "to_float", "to_gray", "to_rgb", "to_uint8"]


class ImageError(ValueError):
    """An image that is not 8-bit gray or RGB and cannot become it; the message says why and what to do."""


def to_rgb(image: np.ndarray) -> np.ndarray:
    """Return gray (H, W) as RGB (H, W, 3) with three equal channels; RGB is returned unchanged.

    Raises:
        ImageError: for another shape.
    """
    if image.ndim == 2:
        return np.repeat(image[..., None], 3, axis=2)
    if image.ndim == 3 and image.shape[2] == 3:
        return image
    raise ImageError(f"expected (H, W) or (H, W, 3), got {image.shape}; read_image gives one of these")


def to_gray(image: np.ndarray) -> np.ndarray:
    """Return the luma (H, W) of uint8 RGB (H, W, 3), by ITU-R BT.601 as Pillow's mode L; gray is returned unchanged."""
    return image if image.ndim == 2 else np.asarray(Image.fromarray(image).convert("L"))


def to_float(image: np.ndarray) -> np.ndarray:
    """Return uint8 values as float32 in [0, 1].

    Raises:
        ImageError: for another type.
    """
    if image.dtype != np.uint8:
        raise ImageError(f"expected uint8 from 0 to 255, got {image.dtype}")
    return image.astype(np.float32) / np.float32(255)


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Return floats in [0, 1] as uint8: times 255, rounded half to even; values outside are clipped.

    Raises:
        ImageError: when a value is NaN or infinite.
    """
    if not np.all(np.isfinite(image)):
        raise ImageError("expected finite numbers, got NaN or infinity among the pixels")
    return np.clip(np.rint(np.asarray(image, dtype=np.float64) * 255), 0, 255).astype(np.uint8)


def pad_to_multiple(image: np.ndarray, multiple: int) -> np.ndarray:
    """Extend bottom and right by the last row and column until both sides divide by `multiple`.

    Args:
        image: (H, W) or (H, W, C), of any type.
        multiple: at least 1.

    Returns:
        The padded image, or the image itself if its sides divide already; `crop` to the first size undoes it.

    Raises:
        ValueError: for a multiple below 1.
    """
    if multiple < 1:
        raise ValueError(f"expected a multiple of at least 1, got {multiple}")
    missing = [(0, -side % multiple) for side in image.shape[:2]] + [(0, 0)] * (image.ndim - 2)
    return np.pad(image, missing, mode="edge") if any(m[1] for m in missing) else image


def crop(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the top left `height` x `width` pixels of an image, as a view.

    Raises:
        ValueError: for a size that is not positive or larger than the image.
    """
    if not (0 < height <= image.shape[0] and 0 < width <= image.shape[1]):
        raise ValueError(f"expected a size within {image.shape[0]}x{image.shape[1]} pixels, got {height}x{width}")
    return image[:height, :width]
