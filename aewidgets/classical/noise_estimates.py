"""What kind of noise an image has: white, or correlated as cameras leave it, or none. NumPy and SciPy; no Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.classical.noise_levels import LEAST_SIDE, block_means, estimate_noise_level
from aewidgets.images.arrays import gray_axis, samples_of
from aewidgets.images.reading import image_of
from aewidgets.system.brief import shown_briefly

__all__ = ["CAMERA", "NONE", "WHITE", "NoiseEstimate", "estimate_noise"]

WHITE, CAMERA, NONE = "white", "camera", "none"
GATE = 1.5  # ratio of two to fine: at most 1.25 for white noise, and more than 2 for that of most cameras
FAINT = 0.6  # level of single pixels below which noise is not told from what clean photographs have, 0.4 on average
# Level at four pixels that clean photographs have by their texture: 0.6 to 3.5 on photos-select.
TEXTURE = 2.0
# What the network is told over the level at four pixels. Of 1, 2, 3 and 4, the best on 15 pictures of photos-select
# with simulated camera noise: the flattest parts, where levels are estimated, have less noise than the others.
TOLD = 3.0
# Levels of the brightness over those of the colour at four pixels, at most: cameras' noise has colour, most texture has
# none.
AGREEMENT = 4.0
# Level at four pixels above which an image is all texture: strong camera noise is estimated as 12 to 15.
COARSEST = 20.0
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@shown_briefly
@dataclass(frozen=True)
class NoiseEstimate:
    """Noise found in an image; levels are standard deviations from 0 to 255.

    Attributes:
        fine: level at single pixels, as `estimate_noise_level` has it.
        two, four: levels on means of 2 x 2 and 4 x 4 pixels, times two and four: those of white noise are all equal.
            As `fine` is for images that are too small for them, below 32 and 64 pixels a side.
        verdict: "white", "camera" for noise that is correlated over pixels, or "none".
        level: noise level that the network for this kind of noise is to be told; where none was found, that of white
            noise, or 0 where there is coarse texture alone.
    """

    fine: float
    two: float
    four: float
    verdict: str
    level: float

    @property
    def words(self) -> str:
        """The estimate in words."""
        if self.verdict == NONE:
            return f"no noise found; denoised as {self.level:.1f}" if self.level else "no noise found"
        if self.verdict == WHITE:
            return f"white noise: {self.fine:.1f}"
        levels = f"{self.fine:.1f} at the finest scale, {self.four:.1f} at four pixels"
        return f"camera noise: {levels}; denoised as {self.level:.0f}"


def estimate_noise(image: Any) -> NoiseEstimate:
    """Estimate how strong the noise of an image is at three scales, and of which kind it is.

    White noise is as strong on means of pixels as theory has it. Noise that a camera has processed and JPEG has coded
    is weak between neighbours and strong over four pixels, so that a level by single pixels misses most of it. Texture
    looks like it: what clean photographs have is taken off, and brightness is believed as far as colour agrees.

    Args:
        image: as `estimate_noise_level` takes it.

    Raises:
        ValueError, ImageError, FileNotFoundError: as `estimate_noise_level` does.
    """
    image = image_of(image)
    fine = estimate_noise_level(image)
    values = samples_of(image)
    if gray_axis(values) is not None:
        values = values[..., :1] if values.ndim == 3 else values[..., None]
    values = values.astype(np.float32) / np.float32(255 if values.dtype == np.uint8 else 1)
    two, four = (_level_at(values, side) for side in (2, 4))
    two = fine if two is None else two
    four = two if four is None else four
    if two <= GATE * max(fine, 0.1) or four > COARSEST:
        return NoiseEstimate(fine, two, four, WHITE if fine >= FAINT else NONE, fine)
    believed = min(four, AGREEMENT * _colour_level(values)) if values.shape[2] == 3 else four
    level = TOLD * float(np.sqrt(max(0.0, believed**2 - TEXTURE**2)))
    return NoiseEstimate(fine, two, four, CAMERA if level else NONE, min(level, 255.0))


def _level_at(values: np.ndarray, side: int) -> float | None:
    """Return the level on means of side x side pixels, times side; None where the image is too small."""
    if min(values.shape[:2]) < side * LEAST_SIDE:
        return None
    return side * estimate_noise_level(block_means(values, side))


def _colour_level(values: np.ndarray) -> float:
    """Return the level of red, green and blue against the brightness at four pixels, or at two of small images."""
    side = 4 if min(values.shape[:2]) >= 4 * LEAST_SIDE else 2
    means = block_means(values, side)
    colour = means - (means @ LUMA)[..., None]
    return side * 2 * estimate_noise_level(colour / 2 + np.float32(0.5))
