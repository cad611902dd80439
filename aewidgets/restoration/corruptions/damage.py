"""JPEG artefacts, lost pixels, low light and low contrast: one function per kind. The caller gives the random source.

Each takes float (h, w) or (h, w, 3) in units of [0, 1] and returns a new float32 array of the same shape.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from aewidgets.classical.light import to_linear, to_srgb
from aewidgets.restoration.corruptions.noise import Rng, gaussian_noise, in_bands

__all__ = ["holes", "jpeg_artefacts", "low_contrast", "low_light", "missing_pixels"]

JPEG_SIDE = 65_500  # longest side that libjpeg takes
SUBSAMPLINGS = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


def jpeg_artefacts(image: np.ndarray, quality: int, subsampling: str = "4:2:0") -> np.ndarray:
    """Compress an image by Pillow's JPEG and decode it; it is clipped and rounded to 8 bits first.

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
    """Lose each pixel, all of its channels, with probability `share`; lost pixels hold 0.

    Returns:
        The image, and the mask, bool (h, w), True where pixels are lost.
    """
    mask = rng.random(image.shape[:2]) < share
    return _without(image, mask), mask


def holes(image: np.ndarray, count: int, size: int, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Lose rectangles of pixels, which may overlap and hold 0.

    Args:
        image: float (h, w) or (h, w, 3).
        count: number of rectangles.
        size: longest side of a rectangle in pixels, at most the image's; each side is drawn from size / 2 to size.
        rng: source of random numbers.

    Returns:
        The image, and the mask, bool (h, w), True where pixels are lost.
    """
    mask = np.zeros(image.shape[:2], bool)
    for _ in range(int(count)):
        longer, place = rng.random(2), rng.random(2)
        sides = np.minimum(np.ceil(size * (1 + longer) / 2).astype(int), mask.shape)
        top, left = (place * (np.array(mask.shape) - sides + 1)).astype(int)
        mask[top : top + sides[0], left : left + sides[1]] = True
    return _without(image, mask), mask


def low_light(image: np.ndarray, exposure: float, noise_level: float, rng: Rng) -> np.ndarray:
    """Darken an sRGB image (IEC 61966-2-1) as by a shorter exposure: multiply its linear light by `exposure`.

    Gaussian noise of standard deviation `noise_level` / 255 is then added to the sRGB values, and not clipped.
    """
    dark = in_bands(image, lambda part: to_srgb(to_linear(part) * np.float32(exposure)))
    return gaussian_noise(dark, noise_level, rng)


def low_contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply differences from the mean over all pixels and channels by `factor`, 0 to 1."""
    x = np.asarray(image, np.float32)
    mean = np.float32(x.mean(dtype=np.float64))
    return mean + np.float32(factor) * (x - mean)


def _without(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a copy of the image with 0 where the mask is True."""
    kept = np.array(image, np.float32)
    kept[mask] = 0
    return kept
