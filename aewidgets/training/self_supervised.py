"""Denoisers trained on noisy pictures alone, where no clean ones exist: pairs made from one noisy crop.

Two ways, which differ in what they ask of the noise n = y - x:

`masked` (Noise2Void, Krull, Buchholz and Jug, CVPR 2019, section 3): some pixels are replaced by a neighbour each, and
the network is judged at these alone, by the noisy values that were there. It cannot know their noise, so that it tells
the picture, as long as the noise of one pixel says nothing of the next one's.

`recorrupted` (Pang, Zheng, Quan and Ji, CVPR 2021, section 3): from y come y + a s z and y - s z / a with z normal
noise drawn anew. Where n is normal of standard deviation s their noises are independent, and a network that takes the
one to the other learns what it would learn from x. It sees every pixel, so that it is better by far for such noise; s
is estimated for each picture. We draw a anew for each crop, so that the network can be given y itself in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops

from aewidgets.classical.noise_levels import estimate_noise_level
from aewidgets.models.residual_denoiser import ResidualDenoiser
from aewidgets.training.restorers import NoisyCrops, compiled

__all__ = ["WAYS", "MaskedCrops", "RecorruptedCrops", "SelfSupervisedRun"]

BLOCK = 4  # one pixel of each 4 x 4 is masked
REACH = 2  # and takes the value of another at most two pixels away
SHARE = (0.2, 0.8)  # of the noise, added once more: a


@dataclass(frozen=True)
class SelfSupervisedRun:
    """What decides a run of `aewidgets.training.restorers.fit_restoration`, which is given noisy pictures.

    They are those that are to be denoised themselves, and more of their kind. The network is called without a level.

    Args:
        way: of `WAYS`.
        channels: 1 for gray pictures, 3 for colour.
        steps: total.
        learning_rate: peak of Adam's rate.
        seed: of crops, masks, noise and initial weights.
        precision: "float32" or "mixed_bfloat16", of all layers but the last.
        options: further arguments of the model.
        start: name of a denoiser that is shipped, or the path of a card, to start from; else nothing clean was seen.
    """

    way: str = "recorrupted"
    channels: int = 1
    steps: int = 4000
    learning_rate: float = 1e-3
    seed: int = 1
    precision: str = "float32"
    options: dict | None = None
    start: str | None = None

    def __post_init__(self):
        if self.way not in WAYS:
            raise ValueError(f"way: expected one of {', '.join(WAYS)}, got {self.way!r}")

    def build(self) -> ResidualDenoiser:
        """The compiled model before its first step."""
        return compiled(self, 1, weighted_squares)

    def batches(self, images: Sequence[np.ndarray]) -> NoisyCrops:
        """What it learns from."""
        return WAYS[self.way](images, self.seed)


def weighted_squares(y_true, y_pred):
    """(b,) squared error times 100, by the weights that are the last channel of `y_true`; they sum to 1 a picture."""
    error = ops.square(ops.cast(y_true[..., :-1], "float32") - ops.cast(y_pred, "float32"))
    weights = ops.cast(y_true[..., -1], "float32")
    return 100.0 * ops.sum(ops.mean(error, axis=-1) * weights, axis=(1, 2))


class MaskedCrops(NoisyCrops):
    """Crops with masked pixels, and the noisy values that were there: batch `step` of a run."""

    def corrupted(self, clean: np.ndarray, chosen: np.ndarray, rng: np.random.Generator):
        """As in `NoisyCrops`; here `clean` is noisy, and the last channel of the target says where it counts."""
        count, height, width, _ = clean.shape
        masks = masked_pixels(count, height, width, rng)
        offsets = rng.integers(1, (2 * REACH + 1) ** 2, masks.shape)  # 0 would be the pixel itself
        offsets = (offsets + (2 * REACH + 1) ** 2 // 2) % (2 * REACH + 1) ** 2
        down, across = offsets // (2 * REACH + 1) - REACH, offsets % (2 * REACH + 1) - REACH
        rows = _moved(np.arange(height)[None, :, None], down, height)
        columns = _moved(np.arange(width)[None, None, :], across, width)
        other = clean[np.arange(count)[:, None, None], rows, columns]
        x = np.where(masks[..., None], other, clean)
        weights = (masks / masks.sum(axis=(1, 2), keepdims=True)).astype("float32")
        maps = np.zeros((count, height, width, 1), "float32")
        return {"x": x, "maps": maps}, np.concatenate([clean, weights[..., None]], axis=-1)


class RecorruptedCrops(NoisyCrops):
    """Crops with more noise, and with other noise: batch `step` of a run."""

    def __init__(self, images: Sequence[np.ndarray], seed: int):
        super().__init__(images, seed)
        self.levels = np.array([estimate_noise_level(image) / 255 for image in self.images], "float32")

    def corrupted(self, clean: np.ndarray, chosen: np.ndarray, rng: np.random.Generator):
        """As in `MaskedCrops`; crops whose targets are noisier count less, as their variance says."""
        count, height, width, _ = clean.shape
        share = rng.uniform(*SHARE, (count, 1, 1, 1)).astype("float32")
        noise = self.levels[chosen][:, None, None, None] * rng.standard_normal(clean.shape, dtype="float32")
        weights = 2 / (1 + share**-2) / (height * width)
        y = np.concatenate([clean - noise / share, np.broadcast_to(weights, (count, height, width, 1))], axis=-1)
        return {"x": clean + noise * share, "maps": np.zeros((count, height, width, 1), "float32")}, y


WAYS = {"masked": MaskedCrops, "recorrupted": RecorruptedCrops}


def masked_pixels(count: int, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """bool (count, height, width): one pixel at random in each block, so that none is far from what is known."""
    blocks = (count, -(-height // BLOCK), -(-width // BLOCK))
    chosen = rng.integers(BLOCK * BLOCK, size=blocks)
    one = chosen[..., None] == np.arange(BLOCK * BLOCK)
    tiled = one.reshape(*blocks, BLOCK, BLOCK).transpose(0, 1, 3, 2, 4)
    return tiled.reshape(count, blocks[1] * BLOCK, blocks[2] * BLOCK)[:, :height, :width]


def _moved(index: np.ndarray, by: np.ndarray, side: int) -> np.ndarray:
    """Indexes moved; the other way where that would be over an edge, so that none but 0 leads back to itself."""
    return np.where((index + by < 0) | (index + by >= side), index - by, index + by)
