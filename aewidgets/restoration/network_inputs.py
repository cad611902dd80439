"""What a restorer is given: the picture as a classical method leaves it, and what is known of it. No Keras.

What can be computed need not be learned: where the kernel of a blur is known, Wiener's filter goes before the network
(as in Schuler et al. 2013, "A machine learning approach for non-blind image deconvolution"); lost pixels are filled
first; darkness is made up for by a gain. The network takes away what these leave.

The maps of an `aewidgets.models.residual_denoiser.ResidualDenoiser` for restoration are `NUM_MAPS` numbers a pixel: one for each
of `TASKS`, 1 where it is that task and 0 for the others, and a last one whose meaning is the task's.
"""

from __future__ import annotations

import numpy as np

from aewidgets.classical.filling import harmonic
from aewidgets.classical.repairing import wiener
from aewidgets.restoration.corruptions import to_linear, to_srgb

__all__ = ["FINEST", "NUM_MAPS", "TASKS", "brighten", "light_gain", "maps_for", "restorer_inputs", "spread"]

#: Task -> what its last map is.
TASKS = {
    "jpeg": "the quality over 100, at most `FINEST`; 0 where it is not known",
    "blur": "the spread of the kernel that Wiener's filter was given, in tens of pixels; 0 where none is known",
    "inpainting": "1 where the pixel was lost, and is filled",
    "low-light": "the binary logarithm of the gain that `brighten` was given, over 8",
}
NUM_MAPS = len(TASKS) + 1
BALANCE = 0.02  # of Wiener's filter: sharper and noisier than is best without a network behind it, which is 0.03
FINEST = 75  # quality of JPEGs that networks are trained with; told of a higher one, they would make things up
LEAST_SPREAD = 0.2  # pixels; a kernel below it is none
BRIGHTNESS = 0.5  # mean of a coded photograph: 0.5007 over photos-train
MAX_GAIN = 256.0


def maps_for(task: str, height: int, width: int, last: np.ndarray | float = 0.0) -> np.ndarray:
    """float32 (h, w, NUM_MAPS).

    Args:
        task: of `TASKS`.
        height, width: of the picture.
        last: of the last map, for all pixels or (h, w).

    Raises:
        ValueError: for another task.
    """
    if task not in TASKS:
        raise ValueError(f"task: expected one of {', '.join(TASKS)}, got {task!r}")
    maps = np.zeros((height, width, NUM_MAPS), np.float32)
    maps[..., list(TASKS).index(task)] = 1
    maps[..., -1] = last
    return maps


def light_gain(image: np.ndarray) -> float:
    """What linear light must be multiplied by for the coded picture to be as bright as photographs are on average.

    Args:
        image: float (h, w) or (h, w, 3) in units of [0, 1].

    Returns:
        1/256 to 256; found by halving the interval on a logarithmic scale.
    """
    step = max(1, int(np.sqrt(image.shape[0] * image.shape[1] / 65536)))
    light = to_linear(np.clip(image[::step, ::step], 0, 1))
    low, high = -np.log2(MAX_GAIN), np.log2(MAX_GAIN)
    for _ in range(20):
        middle = (low + high) / 2
        bright = np.minimum(to_srgb(light * np.float32(2**middle)), 1).mean()
        low, high = (middle, high) if bright < BRIGHTNESS else (low, middle)
    return float(2 ** ((low + high) / 2))


def brighten(image: np.ndarray, gain: float) -> np.ndarray:
    """float32 of the same shape, its linear light times `gain`; not clipped."""
    return to_srgb(to_linear(np.asarray(image, np.float32)) * np.float32(gain)).astype(np.float32)


def restorer_inputs(
    task: str,
    image: np.ndarray,
    *,
    mask: np.ndarray | None = None,
    psf: np.ndarray | None = None,
    quality: int | None = None,
    gain: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The picture that the network begins with, and the maps; in training as in use.

    Args:
        task: of `TASKS`.
        image: float32 (h, w) or (h, w, 3) in units of [0, 1].
        mask: bool (h, w), True where pixels are lost; for inpainting.
        psf: the kernel of the blur, float of sum 1 with odd sides, where it is known.
        quality: of the JPEG, 1 to 100, where it is known.
        gain: of linear light; `light_gain` of the picture if None.

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
        gain = light_gain(image) if gain is None else gain
        x, last = brighten(image, gain), float(np.log2(gain)) / 8
    return x, maps_for(task, height, width, last)


def spread(psf: np.ndarray) -> float:
    """How far a kernel carries light, in pixels: a Gaussian's standard deviation; of others, as of a Gaussian's."""
    weights = np.asarray(psf, np.float64) / np.sum(psf)
    down, across = (np.arange(side) - (side - 1) / 2 for side in weights.shape)
    return float((weights * (down[:, None] ** 2 + across**2)).sum() / 2) ** 0.5
