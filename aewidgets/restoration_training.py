"""Training of denoisers: crops of photographs, spoilt anew at every step, resumable fitting. No weights on disk.

What decides a run is its seed and its step number alone, so that a run that was stopped goes on as if it had not been.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from aewidgets.datasets import ImageSet, load_images
from aewidgets.fitting.crops import random_crop
from aewidgets.fitting.stepwise import averaging_adam, fit_steps, same_run
from aewidgets.images import to_gray
from aewidgets.models.denoiser import ResidualDenoiser, decibel_loss
from aewidgets.pretrained import start_from

CROPS = ((16, 64, 64), (7, 96, 96))  # batches of about equal cost
NOISE_LEVELS = (1.0, 75.0)  # of 255; a restorer of photographs meets no more
BLIND = 0.25  # share of the crops whose noise level the network is not told


@dataclass(frozen=True)
class DenoiserRun:
    """What decides a training run of a denoiser.

    Args:
        channels: 1 for gray pictures, 3 for colour.
        steps: total; the learning rate falls to a hundredth along a cosine over them.
        learning_rate: peak of Adam's rate.
        seed: of crops, noise and initial weights.
        precision: "float32" or "mixed_bfloat16", of all layers but the last.
        options: further arguments of the model.
        start: name of a denoiser that is shipped, or the path of a card: training starts from its weights.
    """

    channels: int = 1
    steps: int = 40000
    learning_rate: float = 1e-3
    seed: int = 1
    precision: str = "float32"
    options: dict | None = None
    start: str | None = None

    def build(self) -> ResidualDenoiser:
        """The compiled model before its first step."""
        keras.utils.set_random_seed(self.seed)
        model = ResidualDenoiser(self.channels, dtype=self.precision, **(self.options or {}))
        if self.start:
            start_from(model, self.start)
        optimizer = averaging_adam(self.steps, self.learning_rate)
        model.compile(optimizer, loss=decibel_loss, jit_compile=False)
        optimizer.build(model.trainable_variables)
        return model


class NoisyCrops:
    """Crops with Gaussian noise of any level, and without: batch `step` of a run.

    Args:
        images: uint8 (h, w) or (h, w, 3); those smaller than the largest crop are left out.
        seed: decides everything together with the step number.

    Raises:
        ValueError: when no picture is large enough.
    """

    def __init__(self, images: Sequence[np.ndarray], seed: int):
        self.seed = seed
        least = max(max(shape[1:]) for shape in CROPS)
        self.images = [image for image in images if min(image.shape[:2]) >= least]
        if not self.images:
            raise ValueError(f"training needs pictures of at least {least} x {least} pixels, got none")

    def __getitem__(self, step: int):
        rng = np.random.default_rng((self.seed, step))
        count, height, width = CROPS[rng.integers(len(CROPS))]
        chosen = [self.images[rng.integers(len(self.images))] for _ in range(count)]
        clean = np.stack([random_crop(image, height, width, rng) for image in chosen]).astype("float32") / 255.0
        clean = clean.reshape(count, height, width, -1)
        sigma = (rng.uniform(*NOISE_LEVELS, (count, 1, 1, 1)) / 255.0).astype("float32")
        x = clean + sigma * rng.standard_normal(clean.shape, dtype="float32")
        told = np.where(rng.random((count, 1, 1, 1)) < BLIND, np.float32(0), sigma)
        return {"x": x, "maps": np.broadcast_to(told, (count, height, width, 1))}, clean


def fit_denoiser(
    run: DenoiserRun,
    images: Sequence[np.ndarray],
    folder: Path,
    epoch_steps: int = 250,
    report: Callable[[int, dict[str, float]], None] | None = None,
) -> tuple[ResidualDenoiser, float]:
    """Trains a denoiser, or goes on with the run that `folder` holds; returns it, averaged, and the seconds.

    Args:
        run: what to train. A folder with another run in it is refused.
        images: as `NoisyCrops` takes them.
        folder: of checkpoints, one every `epoch_steps` steps.
        report: called with the step and the epoch's means after every epoch.
    """
    same_run(folder, asdict(run))
    model = run.build()
    return model, fit_steps(model, NoisyCrops(images, run.seed), run.steps, folder, epoch_steps, report)


def denoising_images(sources: Iterable[str | ImageSet], channels: int) -> list[np.ndarray]:
    """Training pictures at full size, uint8 (h, w) or (h, w, 3), all in memory (about 1 MB a 512 x 512 picture).

    Args:
        sources: names of data sets, folders or files, or what `load_images` makes of them.
        channels: 1 makes colour gray; 3 leaves gray pictures out.
    """
    pictures = [image for source in sources for _, image in _opened(source)]
    if channels == 3:
        return [image for image in pictures if image.ndim == 3]
    return [to_gray(image) if image.ndim == 3 else image for image in pictures]


def _opened(source: str | ImageSet) -> ImageSet:
    return source if isinstance(source, ImageSet) else load_images(source)
