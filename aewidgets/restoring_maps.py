"""What a restorer is told beside the picture: which task, where pixels are lost, how strong. NumPy only.

The maps of an `aewidgets.models.denoiser.ResidualDenoiser` for restoration are `NUM_MAPS` numbers a pixel: one for each
of `TASKS`, 1 where it is that task and 0 for the others, and a last one whose meaning is the task's.
"""

from __future__ import annotations

import numpy as np

from aewidgets.corruptions import to_linear, to_srgb

__all__ = ["NUM_MAPS", "TASKS", "brighten", "light_gain", "maps_for"]

#: Task -> what its last map is.
TASKS = {
    "jpeg": "nothing: 0",
    "blur": "the Gaussian's standard deviation in tens of pixels; 0 where it is not known, or none",
    "inpainting": "1 where the pixel is lost",
    "low-light": "the binary logarithm of the gain that `brighten` was given, over 8",
}
NUM_MAPS = len(TASKS) + 1
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
