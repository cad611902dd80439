"""Conversions of image arrays: gray and colour, 0-255 and 0-1, padding and cropping. Reads no files.

`samples_of` and `unit_floats` are the one place that says what the numbers in an array mean: truth values are black
and white, whole numbers count from 0 to 255, floats from 0 to 1. Numbers that fit neither are refused, never scaled.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

__all__ = [
    "NOISE_REACH",
    "ImageError",
    "crop",
    "gray_axis",
    "pad_to_multiple",
    "samples_of",
    "to_eight_bits",
    "to_float",
    "to_gray",
    "to_rgb",
    "to_uint8",
    "unit_floats",
    "with_alpha",
    "with_axis",
    "without_axis",
]


class ImageError(ValueError):
    """An image that is not 8-bit gray or RGB and cannot become it; the message says why and what to do."""


#: How far floats may leave [0, 1] before they are taken for another scale: noise of level 255, the strongest that is
#: added here, reaches 5 beyond.
NOISE_REACH = 8.0
_HALF_LEVEL = 0.5 / 255  # floats this close to [0, 1] round to 0 and 255: rounding errors, not another scale


def samples_of(array: np.ndarray) -> np.ndarray:
    """Return the samples of an image as uint8 or as finite floats, whatever type of number they came in.

    Args:
        array: truth values, which become 0 and 255; whole numbers of any type but uint16, from 0 to 255, which become
            uint8; floats of any size, which are returned unchanged.

    Raises:
        ImageError: for whole numbers outside 0 to 255, or none above 1, which are rather a mask than an image; for
            uint16, whose values count to 65535; for NaN and infinity, masked values, complex numbers and objects.
    """
    dtype, kind = array.dtype, array.dtype.kind
    if np.ma.is_masked(array):
        raise ImageError("expected a value for every pixel, got masked ones; fill them first: array.filled(value)")
    if dtype == np.uint8:
        return array
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if kind == "u" and dtype.itemsize == 2:
        raise ImageError(
            "expected 8 bits a sample, got uint16, whose values count from 0 to 65535; 8 bits are all that is kept: "
            "give x / 65535 for those, or x.astype('uint8') if the values are 0 to 255"
        )
    if kind in "iu":
        least, most = (int(array.min()), int(array.max())) if array.size else (0, 0)
        if least < 0 or most > 255:
            raise ImageError(
                f"expected whole numbers from 0 to 255, got {least} to {most} ({dtype}); divide by the number that "
                "stands for white, and give floats in [0, 1]"
            )
        if most == 1:
            raise ImageError(
                f"expected whole numbers from 0 to 255, got only 0 and 1 ({dtype}), which would all be black; give "
                "x.astype(bool) if 1 is white, x.astype('uint8') if not"
            )
        return array.astype(np.uint8)
    if kind != "f":
        raise ImageError(f"expected uint8, or floats in units of [0, 1], got {dtype}")
    if not np.isfinite(array).all():
        raise ImageError("expected finite numbers, got NaN or infinity (nan, inf) among the pixels")
    return array


def unit_floats(array: np.ndarray, *, noisy: bool = False) -> np.ndarray:
    """Return an image as floats in units of [0, 1].

    Args:
        array: as in `samples_of`.
        noisy: whether floats may leave [0, 1], as noise does. Floats on the scale of 0 to 255 are refused all the same.

    Returns:
        float32 of the array's shape.

    Raises:
        ImageError: as `samples_of`, and for floats on another scale.
    """
    samples = samples_of(array)
    if samples.dtype == np.uint8:
        return samples.astype(np.float32) / np.float32(255)
    if not samples.size:
        return samples.astype(np.float32)
    least, most = float(samples.min()), float(samples.max())
    if noisy:
        far = least < -NOISE_REACH or most > 1 + NOISE_REACH or float(samples.mean(dtype=np.float64)) > 2
        wrong = far or (most > 1 and bool((samples == np.rint(samples)).all()))
    else:
        wrong = least < -_HALF_LEVEL or most > 1 + _HALF_LEVEL
    if wrong:
        raise ImageError(
            f"expected floats in {'units of ' * noisy}[0, 1], got {least:g} to {most:g}; "
            "divide by 255 or whatever stands for white" + ("" if noisy else ", or clip")
        )
    return samples.astype(np.float32)


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


def gray_axis(image: np.ndarray) -> int | None:
    """Return the channel axis of a gray image: 0 for (H, W), 1 for (H, W, 1), 3 for three equal channels, (H, W, 3).

    None stands for colour. Gray that is stored as RGB is gray: it is coded and denoised as such.
    """
    if image.ndim == 2:
        return 0
    if image.shape[2] == 1:
        return 1
    if image.shape[2] != 3:
        return None
    for rows in (slice(0, 8), slice(8, None)):  # a look at a few rows settles it for most pictures
        part = image[rows]
        if not (np.array_equal(part[..., 0], part[..., 1]) and np.array_equal(part[..., 1], part[..., 2])):
            return None
    return 3


def without_axis(image: np.ndarray, axis: int | None) -> np.ndarray:
    """Return an image, of which `gray_axis` found the channel axis, as (H, W) if it is gray; colour unchanged."""
    return np.ascontiguousarray(image[..., 0]) if axis else image


def with_axis(plane: np.ndarray, axis: int | None) -> np.ndarray:
    """Return a plane (H, W) with the channel axis that `gray_axis` found: the inverse of `without_axis`."""
    return np.repeat(plane[..., None], axis, axis=2) if axis else plane


def with_alpha(image: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Return an image (H, W) or (H, W, 3) with alpha (H, W) as its last channel; as it is for None."""
    return image if alpha is None else np.dstack([image, alpha])


def to_float(image: np.ndarray) -> np.ndarray:
    """Return uint8 values, or other whole numbers from 0 to 255, as float32 in [0, 1].

    Raises:
        ImageError: for another type, and for whole numbers outside that range.
    """
    if image.dtype.kind not in "biu":
        raise ImageError(f"expected uint8 from 0 to 255, got {image.dtype}")
    return unit_floats(image)


def to_uint8(image: np.ndarray, *, noisy: bool = True) -> np.ndarray:
    """Return floats in [0, 1] as uint8: times 255, rounded half to even; values a little outside are clipped.

    Args:
        image: floats of any shape.
        noisy: as in `unit_floats`.

    Raises:
        ImageError: when a value is NaN or infinite, for whole numbers, and for floats on another scale than [0, 1],
            such as 0 to 255.
    """
    if image.dtype.kind not in "bf":
        raise ImageError(f"expected floats in [0, 1], got {image.dtype}; read_image takes whole numbers from 0 to 255")
    unit_floats(image, noisy=noisy)
    return np.clip(np.rint(np.asarray(image, dtype=np.float64) * 255), 0, 255).astype(np.uint8)


def to_eight_bits(samples: np.ndarray, depth: int) -> np.ndarray:
    """Return samples with a depth in bits, uint16 of any shape, as uint8: 255 for the largest, rounded to nearest."""
    peak = (1 << depth) - 1
    levels = (np.arange(peak + 1, dtype="uint32") * 255 + peak // 2) // peak
    return levels.astype("uint8")[samples]


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
