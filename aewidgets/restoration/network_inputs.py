"""Inputs of the restoring network: the image after a classical first step, and maps of what is known. No Keras.

The first step computes what need not be learned: where the blur kernel is known, Wiener's filter goes before the
network (as in Schuler et al. 2013, "A machine learning approach for non-blind image deconvolution"); lost pixels are
filled; dark images are brightened by a gain. The network removes the remaining errors.

A restoring `aewidgets.models.residual_denoiser.ResidualDenoiser` has `NUM_MAPS` maps: one for each of `TASKS`, which is
1 for the task at hand and 0 for the others, and a last one whose meaning depends on the task.
"""

from __future__ import annotations

import numpy as np

from aewidgets.classical.filling import harmonic
from aewidgets.classical.light import brighten, gain_to_white
from aewidgets.classical.repairing import wiener

__all__ = ["FINEST", "NUM_MAPS", "TASKS", "maps_for", "restorer_inputs", "spread"]

#: Task -> meaning of the last map.
TASKS = {
    "jpeg": "the quality, at most `FINEST`, over 100; 0 where it is not known",
    "blur": "the spread of the kernel that Wiener's filter was given, in tens of pixels; 0 where none is known",
    "inpainting": "1 where the pixel was lost, and is filled",
    "low-light": "the binary logarithm of the gain that `brighten` was given, over 8",
}
NUM_MAPS = len(TASKS) + 1
BALANCE = 0.02  # of Wiener's filter: sharper and noisier than 0.03, the best without a network after it
FINEST = 75  # highest JPEG quality in training; given a higher one, the network would invent detail
LEAST_SPREAD = 0.2  # pixels; a kernel with a smaller spread does not blur


def maps_for(task: str, height: int, width: int, last: np.ndarray | float = 0.0) -> np.ndarray:
    """Return the maps for a task, float32 (h, w, NUM_MAPS).

    Args:
        task: one of `TASKS`.
        height, width: size of the image.
        last: value of the last map, for all pixels or (h, w).

    Raises:
        ValueError: for an unknown task.
    """
    if task not in TASKS:
        raise ValueError(f"task: expected one of {', '.join(TASKS)}, got {task!r}")
    maps = np.zeros((height, width, NUM_MAPS), np.float32)
    maps[..., list(TASKS).index(task)] = 1
    maps[..., -1] = last
    return maps


def restorer_inputs(
    task: str,
    image: np.ndarray,
    *,
    mask: np.ndarray | None = None,
    psf: np.ndarray | None = None,
    quality: int | None = None,
    gain: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the image and the maps that the network is given, in training as in use.

    Args:
        task: one of `TASKS`.
        image: float32 (h, w) or (h, w, 3) in units of [0, 1].
        mask: bool (h, w), True where pixels are lost; for inpainting.
        psf: the blur kernel, float of sum 1 with odd sides; None if not known.
        quality: quality of the JPEG, 1 to 100; None if not known.
        gain: gain of linear light; `gain_to_white` of the image if None.

    Returns:
        float32 of the image's shape, and float32 (h, w, NUM_MAPS).
    """
    height, width = image.shape[:2]
    x: np.ndarray = image
    last: np.ndarray | float = 0.0
    if task == "jpeg":
        last = min(quality or 0, FINEST) / 100
    elif task == "blur" and psf is not None and (width_of_blur := spread(psf)) >= LEAST_SPREAD:
        x, last = wiener(image, psf, BALANCE).astype(np.float32), width_of_blur / 10
    elif task == "inpainting" and mask is not None:
        x, last = harmonic(image, mask), mask.astype(np.float32)
    elif task == "low-light":
        gain = gain_to_white(image) if gain is None else gain
        x, last = brighten(image, gain), float(np.log2(gain)) / 8
    return x, maps_for(task, height, width, last)


def spread(psf: np.ndarray) -> float:
    """Return the spread of a blur kernel in pixels: the standard deviation of a Gaussian with the same variance."""
    weights = np.asarray(psf, np.float64) / np.sum(psf)
    down, across = (np.arange(side) - (side - 1) / 2 for side in weights.shape)
    return float((weights * (down[:, None] ** 2 + across**2)).sum() / 2) ** 0.5
