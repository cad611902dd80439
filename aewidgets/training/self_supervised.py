"""Training of denoisers on noisy pictures alone, where no clean ones exist: pairs are made from one noisy crop.

Two ways, which make different assumptions about the noise n = y - x:

`masked` (Noise2Void, Krull, Buchholz and Jug, CVPR 2019, section 3) replaces some pixels by a neighbour each; the loss
counts these pixels alone, against the noisy values that were there. The network cannot predict their noise and so
learns the picture, as long as the noise of neighbouring pixels is independent.

`recorrupted` (Pang, Zheng, Quan and Ji, CVPR 2021, section 3) makes y + a s z and y - s z / a from y, where z is fresh
normal noise. If n is normal with standard deviation s, the two have independent noise, and a network that maps the
first to the second learns what it would learn from x. It sees every pixel, which makes it better by far for such noise;
s is estimated for each picture. We draw a anew for each crop, so that the trained network can take y itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops

from aewidgets.classical.noise_levels import estimate_noise_level
from aewidgets.models.residual_denoiser import ResidualDenoiser
from aewidgets.training.fitting.stepwise import check_run
from aewidgets.training.restorers import NoisyCrops, compiled

__all__ = ["WAYS", "MaskedCrops", "RecorruptedCrops", "SelfSupervisedRun"]

BLOCK = 4  # one pixel of each 4 x 4 is masked
REACH = 2  # and takes the value of another at most two pixels away
SHARE = (0.2, 0.8)  # range of a, the share of the noise that is added


@dataclass(frozen=True)
class SelfSupervisedRun:
    """The settings of a run of `aewidgets.training.restorers.fit_restoration` on noisy pictures.

    Train on the pictures that are to be denoised, and on more of their kind. The network is then called without a noise
    level.

    Args:
        way: "masked" or "recorrupted", see the module.
        channels: 1 for gray pictures, 3 for colour.
        steps: number of steps.
        learning_rate: peak of Adam's rate.
        seed: seed of crops, masks, noise and initial weights.
        precision: "float32" or "mixed_bfloat16", of all layers but the last.
        options: further arguments of the model.
        start: name of a shipped denoiser, or path of a card, whose weights training starts from; those have been
            trained on clean pictures.

    Raises:
        ValueError: for an unknown way, or numbers that cannot train.
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
        check_run(self.steps, self.learning_rate)

    def build(self) -> ResidualDenoiser:
        """Return the compiled model before its first step."""
        return compiled(self, 1, weighted_squares)

    @property
    def crops(self) -> type[NoisyCrops]:
        """Kind of the batches."""
        return WAYS[self.way]

    def batches(self, images: Sequence[np.ndarray]) -> NoisyCrops:
        """Return the batches of the run, `batches[step]` from 1."""
        return self.crops(images, self.seed)


def weighted_squares(y_true, y_pred):
    """Return 100 times the squared error (b,), weighted by the last channel of `y_true`, of sum 1 per picture."""
    error = ops.square(ops.cast(y_true[..., :-1], "float32") - ops.cast(y_pred, "float32"))
    weights = ops.cast(y_true[..., -1], "float32")
    return 100.0 * ops.sum(ops.mean(error, axis=-1) * weights, axis=(1, 2))


class MaskedCrops(NoisyCrops):
    """Batches of crops with masked pixels, and as targets the noisy values that were there."""

    def corrupted(self, clean: np.ndarray, chosen: np.ndarray, rng: np.random.Generator):
        """Mask crops, which are noisy here; the last channel of the targets is the weight of each pixel."""
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
    """Batches of crops with noise added, and as targets the same crops with other noise."""

    def __init__(self, images: Sequence[np.ndarray], seed: int):
        super().__init__(images, seed)
        self.levels = np.array([estimate_noise_level(image) / 255 for image in self.images], "float32")

    def corrupted(self, clean: np.ndarray, chosen: np.ndarray, rng: np.random.Generator):
        """Corrupt noisy crops twice, independently; crops with noisier targets have less weight, by their variance."""
        count, height, width, _ = clean.shape
        share = rng.uniform(*SHARE, (count, 1, 1, 1)).astype("float32")
        noise = self.levels[chosen][:, None, None, None] * rng.standard_normal(clean.shape, dtype="float32")
        weights = 2 / (1 + share**-2) / (height * width)
        y = np.concatenate([clean - noise / share, np.broadcast_to(weights, (count, height, width, 1))], axis=-1)
        return {"x": clean + noise * share, "maps": np.zeros((count, height, width, 1), "float32")}, y


WAYS = {"masked": MaskedCrops, "recorrupted": RecorruptedCrops}


def masked_pixels(count: int, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Choose one random pixel in each block, bool (count, height, width), so that all lie near unmasked pixels."""
    blocks = (count, -(-height // BLOCK), -(-width // BLOCK))
    chosen = rng.integers(BLOCK * BLOCK, size=blocks)
    one = chosen[..., None] == np.arange(BLOCK * BLOCK)
    tiled = one.reshape(*blocks, BLOCK, BLOCK).transpose(0, 1, 3, 2, 4)
    return tiled.reshape(count, blocks[1] * BLOCK, blocks[2] * BLOCK)[:, :height, :width]


def _moved(index: np.ndarray, by: np.ndarray, side: int) -> np.ndarray:
    """Move indices, the other way where an edge is in the way, so that only a move by 0 leads back to itself."""
    return np.where((index + by < 0) | (index + by >= side), index - by, index + by)
