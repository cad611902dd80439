"""Arrays of pixels: what is an image, gray and colour, 0 to 255 and 0 to 1, padding and cropping. Reads no files."""

from __future__ import annotations

import numpy as np
from PIL import Image


class ImageError(ValueError):
    """An image that cannot be taken as 8-bit gray or RGB; the message says why and what to do."""


def to_rgb(image: np.ndarray) -> np.ndarray:
    """Gray (H, W) as RGB (H, W, 3) with three equal channels; RGB as it is."""
    if image.ndim == 2:
        return np.repeat(image[..., None], 3, axis=2)
    if image.ndim == 3 and image.shape[2] == 3:
        return image
    raise ImageError(f"expected (H, W) or (H, W, 3), got {image.shape}; read_image gives one of these")


def to_gray(image: np.ndarray) -> np.ndarray:
    """uint8 RGB (H, W, 3) as its luma (H, W), by ITU-R BT.601 as Pillow's mode L; gray is handed back."""
    return image if image.ndim == 2 else np.asarray(Image.fromarray(image).convert("L"))


def to_float(image: np.ndarray) -> np.ndarray:
    """uint8 0 to 255 as float32 in [0, 1]."""
    if image.dtype != np.uint8:
        raise ImageError(f"expected uint8 from 0 to 255, got {image.dtype}")
    return image.astype(np.float32) / np.float32(255)


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Floats in [0, 1] as uint8: times 255, rounded half to even; what lies outside is clipped.

    Raises:
        ImageError: when a value is NaN or infinite, which no pixel can stand for.
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
        The image itself where nothing is missing; `crop` with the first size undoes it.
    """
    if multiple < 1:
        raise ValueError(f"expected a multiple of at least 1, got {multiple}")
    missing = [(0, -side % multiple) for side in image.shape[:2]] + [(0, 0)] * (image.ndim - 2)
    return np.pad(image, missing, mode="edge") if any(m[1] for m in missing) else image


def crop(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """The top left `height` x `width` of an image: a view."""
    if not (0 < height <= image.shape[0] and 0 < width <= image.shape[1]):
        raise ValueError(f"cannot cut {height}x{width} out of {image.shape[0]}x{image.shape[1]}")
    return image[:height, :width]
