"""Training of denoisers on the noise of cameras, as `aewidgets.restoration.corruptions.camera` makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aewidgets.classical.noise_levels import block_means
from aewidgets.models.residual_denoiser import ResidualDenoiser, decibel_loss
from aewidgets.restoration.corruptions.camera import camera_noise, random_camera
from aewidgets.training.fitting.ahead import Ahead
from aewidgets.training.fitting.stepwise import check_run
from aewidgets.training.restorers import BLIND, NoisyCrops, compiled

__all__ = ["TOLD", "CameraCrops", "CameraRun"]

TOLD = 2.0  # level that the network is told over the noise's level on 4 x 4 block means
DOUBT = 0.7  # and a factor from this to 1 / this, since no estimate is exact
UNTOUCHED = 0.06  # share of the crops without noise, so that the network learns to leave them as they are


@dataclass(frozen=True)
class CameraRun:
    """The settings of a run of `aewidgets.training.restorers.fit_restoration` on the noise of cameras, in colour.

    Args:
        steps: number of steps.
        learning_rate: peak of Adam's rate.
        seed: seed of crops, cameras, noise and initial weights.
        precision: "float32" or "mixed_bfloat16", of all layers but the last.
        options: further arguments of the model.
        start: name of a shipped denoiser, or path of a card, whose weights training starts from.

    Raises:
        ValueError: for numbers that cannot train.
    """

    steps: int = 8000
    learning_rate: float = 3e-4
    seed: int = 1
    precision: str = "float32"
    options: dict | None = None
    start: str | None = None
    channels = 3

    def __post_init__(self) -> None:
        check_run(self.steps, self.learning_rate)

    def build(self) -> ResidualDenoiser:
        """Return the compiled model before its first step."""
        return compiled(self, 1, decibel_loss)

    @property
    def crops(self) -> type[NoisyCrops]:
        """Kind of the batches."""
        return CameraCrops

    def batches(self, images: Sequence[np.ndarray]) -> Ahead:
        """Return the batches of the run, `batches[step]` from 1, made while the steps before are trained."""
        return Ahead(CameraCrops(images, self.seed), self.steps)


class CameraCrops(NoisyCrops):
    """Batches of colour crops, each from another camera; what the network is told is `TOLD`, with `DOUBT`, or 0."""

    margin = 8  # the blur of the noise reaches that far

    def corrupted(self, clean: np.ndarray, chosen: np.ndarray, rng: np.random.Generator):
        """Corrupt crops (b, h, w, 3); return inputs and targets."""
        edge = self.margin // 2
        inner = slice(edge, -edge)
        noisy = np.stack([self._noisy(crop, rng) for crop in clean])[:, inner, inner]
        clean = np.ascontiguousarray(clean[:, inner, inner])
        levels = np.array([4 * np.std(block_means(field, 4)) for field in noisy - clean])
        told = TOLD * levels * np.exp(rng.uniform(np.log(DOUBT), -np.log(DOUBT), len(levels)))
        given = np.where(rng.random(len(told)) < BLIND, 0, told).astype("float32")
        maps = np.broadcast_to(given[:, None, None, None], (*clean.shape[:3], 1))
        return {"x": np.ascontiguousarray(noisy), "maps": np.ascontiguousarray(maps)}, clean

    @staticmethod
    def _noisy(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a crop with the noise of a camera, or without."""
        camera = random_camera(rng)
        return crop if rng.random() < UNTOUCHED else camera_noise(crop, camera, rng)
