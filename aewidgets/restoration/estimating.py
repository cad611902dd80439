"""Estimation of the noise level of any picture that can be read; the arithmetic is in `aewidgets.classical`."""

from __future__ import annotations

from typing import Any

from aewidgets.classical import noise_levels
from aewidgets.images.reading import image_of

__all__ = ["estimate_noise_level"]


def estimate_noise_level(image: Any) -> float:
    """Estimate the standard deviation of white Gaussian noise in an image.

    `aewidgets.classical.noise_levels` has the method, its papers and its errors on photographs.

    Args:
        image: (h, w) or (h, w, 3), at least 16 pixels a side; uint8, or float in units of [0, 1], where noise may
            leave that range. Or a picture as `aewidgets.read_image` takes it: a path, bytes, an open file, a Pillow
            image.

    Returns:
        The noise level from 0 to 255; in colour the root mean square over channels.

    Raises:
        ValueError: for another shape or type, smaller images, NaN and infinity.
        ImageError, FileNotFoundError: when the picture cannot be read.
    """
    return noise_levels.estimate_noise_level(image_of(image))
