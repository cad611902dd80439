"""FLIP, the difference of two pictures as eyes see it, where NVIDIA's package `flip-evaluator` is installed.

Andersson et al. 2020, "FLIP: A Difference Evaluator for Alternating Images". Nothing here is needed for anything else.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import numpy as np

from aewidgets.images.arrays import to_float, to_rgb

__all__ = ["flip", "has_flip"]

_MODULE = "flip_evaluator"


def has_flip() -> bool:
    """Return whether `flip-evaluator` is installed."""
    return find_spec(_MODULE) is not None


def flip(reference: np.ndarray, image: np.ndarray) -> float | None:
    """Return the mean FLIP of two images, 0 (equal) to 1; None where `flip-evaluator` is not installed.

    It is that of images seen at its usual distance, 67 pixels a degree: 0.7 m from a screen that is 0.7 m wide and
    has 3840 pixels.

    Args:
        reference: the original, uint8 (h, w) or (h, w, 3), in sRGB.
        image: the image to compare, of the same shape.

    Raises:
        ValueError: for images of different shapes.
    """
    if reference.shape != image.shape:
        raise ValueError(f"expected two images of one shape, got {reference.shape} and {image.shape}")
    if not has_flip():
        return None
    pair = (np.ascontiguousarray(to_float(to_rgb(each)), np.float32) for each in (reference, image))
    _, mean, _ = import_module(_MODULE).evaluate(*pair, "LDR", applyMagma=False)
    return float(mean)
