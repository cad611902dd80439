"""JPEG artefacts, lost pixels, low light and low contrast, one plain function a kind. Seeds are the caller's.

Each takes float (h, w) or (h, w, 3) in units of [0, 1] and gives float32 of the same shape, a new array.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from aewidgets.restoration.corruptions.noise import Rng, gaussian_noise, in_bands

__all__ = ["holes", "jpeg_artefacts", "low_contrast", "low_light", "missing_pixels", "to_linear", "to_srgb"]

JPEG_SIDE = 65_500  # what libjpeg takes
SUBSAMPLINGS = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


def jpeg_artefacts(image: np.ndarray, quality: int, subsampling: str = "4:2:0") -> np.ndarray:
    """What Pillow's JPEG of that quality gives back; clipped and rounded to 8 bits on the way in.

    Raises:
        ValueError: for another subsampling than "4:4:4", "4:2:2" and "4:2:0", and a side above 65,500.
    """
    if subsampling not in SUBSAMPLINGS:
        raise ValueError(f"subsampling: expected one of {', '.join(SUBSAMPLINGS)}, got {subsampling!r}")
    if max(image.shape[:2]) > JPEG_SIDE:
        raise ValueError(f"image: expected sides of at most {JPEG_SIDE} for JPEG, got {image.shape[:2]}; cut it first")
    samples = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    options = {"subsampling": SUBSAMPLINGS[subsampling]} if samples.ndim == 3 else {}
    file = io.BytesIO()
    Image.fromarray(samples).save(file, "JPEG", quality=int(quality), **options)
    with Image.open(file) as picture:
        return np.asarray(picture, np.float32) / np.float32(255)


def missing_pixels(image: np.ndarray, share: float, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel is lost, all of its channels, with probability `share`, and holds 0.

    Returns:
        The image, and bool (h, w), True where it is lost.
    """
    mask = rng.random(image.shape[:2]) < share
    return _without(image, mask), mask


def holes(image: np.ndarray, count: int, size: int, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Rectangles are lost and hold 0; they may overlap.

    Args:
        count: of them.
        size: their longest side in pixels; each side is drawn from half of it up to it. Ends at the picture's own.

    Returns:
        The image, and bool (h, w), True where it is lost.
    """
    mask = np.zeros(image.shape[:2], bool)
    for _ in range(int(count)):
        longer, place = rng.random(2), rng.random(2)
        sides = np.minimum(np.ceil(size * (1 + longer) / 2).astype(int), mask.shape)
        top, left = (place * (np.array(mask.shape) - sides + 1)).astype(int)
        mask[top : top + sides[0], left : left + sides[1]] = True
    return _without(image, mask), mask


def low_light(image: np.ndarray, exposure: float, noise_level: float, rng: Rng) -> np.ndarray:
    """A picture taken with less light: linear light (IEC 61966-2-1, sRGB) times `exposure`, then coded again.

    Gaussian noise of standard deviation `noise_level` / 255 is added to the coded numbers, and not clipped.
    """
    dark = in_bands(image, lambda part: to_srgb(to_linear(part) * np.float32(exposure)))
    return gaussian_noise(dark, noise_level, rng)


def low_contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """What is away from the mean over all pixels and channels comes nearer to it: by 0 all, by 1 nothing."""
    x = np.asarray(image, np.float32)
    mean = np.float32(x.mean(dtype=np.float64))
    return mean + np.float32(factor) * (x - mean)


def to_linear(x: np.ndarray) -> np.ndarray:
    """sRGB to linear light; what is below 0 is treated as its positive and keeps its sign."""
    size = np.abs(x)
    return np.sign(x) * np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)


def to_srgb(x: np.ndarray) -> np.ndarray:
    """The inverse of `to_linear`."""
    size = np.abs(x)
    return np.sign(x) * np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)


def _without(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    kept = np.array(image, np.float32)
    kept[mask] = 0
    return kept
