"""Training of denoisers and restorers on crops of photographs, corrupted anew at every step.

Seed and step number alone decide a batch, so that a resumed run ends as if it had not been interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np

from aewidgets.classical.light import gain_to_white
from aewidgets.images.arrays import to_float, to_gray
from aewidgets.images.sets import ImageSet, load_images
from aewidgets.models.pretrained import denoiser_card, start_from
from aewidgets.models.residual_denoiser import ResidualDenoiser, decibel_loss
from aewidgets.restoration.corruptions import (
    gaussian_blur,
    gaussian_noise,
    gaussian_psf,
    holes,
    jpeg_artefacts,
    low_light,
    missing_pixels,
    motion_blur,
    motion_psf,
)
from aewidgets.restoration.network_inputs import FINEST, NUM_MAPS, restorer_inputs
from aewidgets.system.notices import tell
from aewidgets.training.data.pictures import digest_of_all, usable
from aewidgets.training.fitting.ahead import Ahead
from aewidgets.training.fitting.crops import random_crop
from aewidgets.training.fitting.run_folder import RunFolder
from aewidgets.training.fitting.stepwise import averaging_adam, check_run, fit_steps

CROPS = ((16, 64, 64), (7, 96, 96))  # batches of about equal cost
NOISE_LEVELS = (1.0, 75.0)  # of 255; photographs are seldom noisier
BLIND = 0.25  # share of the crops whose noise level, kernel or quality is hidden from the network
SHARES = {"jpeg": 0.35, "blur": 0.3, "inpainting": 0.2, "low-light": 0.15}  # of the crops; harder tasks have more


@dataclass(frozen=True)
class RestorationRun:
    """The settings that decide a training run of a denoiser or a restorer.

    Args:
        channels: 1 for gray pictures, 3 for colour.
        steps: number of steps, over which the learning rate falls to a hundredth along a cosine.
        learning_rate: peak of Adam's rate.
        seed: seed of crops, noise and initial weights.
        precision: "float32" or "mixed_bfloat16", of all layers but the last.
        options: further arguments of the model.
        start: name of a shipped denoiser, or path of a card, whose weights training starts from.
        restore: train for all tasks of `aewidgets.restoration.network_inputs` instead of noise.

    Raises:
        ValueError: for numbers that cannot train.
    """

    channels: int = 1
    steps: int = 40000
    learning_rate: float = 1e-3
    seed: int = 1
    precision: str = "float32"
    options: dict | None = None
    start: str | None = None
    restore: bool = False

    def __post_init__(self) -> None:
        check_run(self.steps, self.learning_rate)

    def build(self) -> ResidualDenoiser:
        """Return the compiled model before its first step."""
        return compiled(self, NUM_MAPS if self.restore else 1, decibel_loss)

    @property
    def crops(self) -> type[NoisyCrops]:
        """Kind of the batches."""
        return CorruptedCrops if self.restore else NoisyCrops

    def batches(self, images: Sequence[np.ndarray]) -> NoisyCrops:
        """Return the batches of the run, `batches[step]` from 1."""
        return self.crops(images, self.seed)


def compiled(run: Any, num_maps: int, loss: Callable) -> ResidualDenoiser:
    """Return the network that a run begins with, compiled and with its optimizer built.

    Args:
        run: has channels, steps, learning_rate, seed, precision, options and start, as `RestorationRun` does.
        num_maps: number of maps that the network takes beside a picture.
        loss: function of targets and results (b, ...) that returns (b,).
    """
    keras.utils.set_random_seed(run.seed)
    model = ResidualDenoiser(run.channels, num_maps, dtype=run.precision, **(run.options or {}))
    if run.start:
        start_from(model, run.start)
    optimizer = averaging_adam(run.steps, run.learning_rate)
    model.compile(optimizer, loss=loss, jit_compile=False)
    optimizer.build(model.trainable_variables)
    return model


class NoisyCrops:
    """Batches of crops with Gaussian noise of any level, and without noise; `crops[step]` is one batch.

    Args:
        images: (h, w) or (h, w, 3), uint8 or float in units of [0, 1]; those below the largest crop are left out.
        seed: decides everything together with the step number.

    Raises:
        ValueError: if no picture is large enough.
    """

    margin = 0  # pixels added to the sides of a crop while it is corrupted

    def __init__(self, images: Sequence[np.ndarray], seed: int):
        self.seed, least = seed, self.least_side()
        self.images = [image for image in images if min(image.shape[:2]) >= least]
        if not self.images:
            raise ValueError(f"training needs pictures of at least {least} x {least} pixels, got none")
        if left := len(images) - len(self.images):
            tell(f"{left} of {len(images)} pictures are smaller than {least} x {least} pixels and not trained on")

    @classmethod
    def least_side(cls) -> int:
        """Return the shorter side of a picture, in pixels, that is the least for crops."""
        return max(max(shape[1:]) for shape in CROPS) + cls.margin

    def __getitem__(self, step: int):
        rng = np.random.default_rng((self.seed, step))
        count, height, width = CROPS[rng.integers(len(CROPS))]
        chosen = rng.integers(len(self.images), size=count)
        crops = [random_crop(self.images[i], height + self.margin, width + self.margin, rng) for i in chosen]
        clean = np.stack([to_float(crop) if crop.dtype == np.uint8 else crop for crop in crops]).astype("float32")
        return self.corrupted(clean.reshape(*clean.shape[:3], -1), chosen, rng)

    def corrupted(self, clean: np.ndarray, chosen: np.ndarray, rng: np.random.Generator):
        """Corrupt crops (b, h, w, c) of the pictures with the indices `chosen`; return inputs and targets."""
        count, height, width, _ = clean.shape
        sigma = (rng.uniform(*NOISE_LEVELS, (count, 1, 1, 1)) / 255.0).astype("float32")
        x = clean + sigma * rng.standard_normal(clean.shape, dtype="float32")
        given = np.where(rng.random((count, 1, 1, 1)) < BLIND, np.float32(0), sigma)
        return {"x": x, "maps": np.broadcast_to(given, (count, height, width, 1))}, clean


class CorruptedCrops(NoisyCrops):
    """Batches of colour crops, each corrupted as in one task of `aewidgets.restoration.network_inputs`."""

    margin = 24  # blur reaches that far, and the blocks of JPEG may begin anywhere

    def __init__(self, images: Sequence[np.ndarray], seed: int):
        super().__init__(images, seed)
        self.gains = [gain_to_white(image / np.float32(255)) for image in self.images]

    def corrupted(self, clean: np.ndarray, chosen: np.ndarray, rng: np.random.Generator):
        height, width = (side - self.margin for side in clean.shape[1:3])
        pairs = []
        for crop, picture in zip(clean, chosen, strict=True):
            task = str(rng.choice(tuple(SHARES), p=tuple(SHARES.values())))
            corrupted, maps = corrupt_crop(task, crop, self.gains[picture], rng)
            top, left = rng.integers(self.margin + 1, size=2) if task == "jpeg" else (self.margin // 2,) * 2
            pairs.append([part[top : top + height, left : left + width] for part in (corrupted, maps, crop)])
        x, maps, y = (np.stack(parts).astype("float32") for parts in zip(*pairs, strict=True))
        return {"x": x, "maps": maps}, y


def corrupt_crop(task: str, crop: np.ndarray, gain: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Corrupt a crop at random as in a task, and return what `restorer_inputs` makes of it: picture and maps.

    Args:
        task: name of a task of `aewidgets.restoration.network_inputs`.
        crop: clean colour picture (h, w, 3) in [0, 1].
        gain: `gain_to_white` of the whole, clean picture.
        rng: source of random numbers.
    """
    noise, known = rng.uniform(0, 4), rng.random() >= BLIND
    if task == "jpeg":
        quality = int(rng.integers(5, FINEST + 1))
        corrupted = jpeg_artefacts(crop, quality, str(rng.choice(["4:2:0", "4:2:0", "4:4:4"])))
        return restorer_inputs(task, corrupted, quality=quality if known else None)
    if task == "blur":
        if rng.random() < 0.4:
            length, angle = rng.uniform(2, 12), rng.uniform(0, 180)
            blurred, psf = motion_blur(crop, length, angle), motion_psf(length, angle)
        else:
            sigma = rng.uniform(0.4, 3.0)
            blurred, psf = gaussian_blur(crop, sigma), gaussian_psf(sigma)
        return restorer_inputs(task, gaussian_noise(blurred, noise, rng), psf=psf if known else None)
    if task == "inpainting":
        if rng.random() < 0.6:
            corrupted, lost = missing_pixels(crop, rng.uniform(0.05, 0.9), rng)
        else:
            corrupted, lost = holes(crop, int(rng.integers(1, 5)), int(rng.integers(4, 29)), rng)
        return restorer_inputs(task, corrupted, mask=lost)
    exposure = 2.0 ** rng.uniform(-5, 0)
    return restorer_inputs(task, low_light(crop, exposure, rng.uniform(0, 6), rng), gain=gain / exposure)


class TrainingRun(Protocol):
    """The settings of a run: `RestorationRun`, or another dataclass that builds its model and its batches."""

    @property
    def steps(self) -> int: ...

    @property
    def start(self) -> str | None: ...

    def build(self) -> ResidualDenoiser: ...

    def batches(self, images: Sequence[np.ndarray]) -> NoisyCrops | Ahead: ...


def fit_restoration(
    run: TrainingRun,
    images: Sequence[np.ndarray],
    folder: Path,
    epoch_steps: int = 250,
    report: Callable[[int, dict[str, float]], None] | None = None,
) -> tuple[ResidualDenoiser, float]:
    """Train a network, or go on with the run that `folder` holds.

    Ctrl-C and SIGTERM save the state and raise `KeyboardInterrupt`, whose message says where.

    Args:
        run: the settings of the run.
        images: training pictures, as `NoisyCrops` takes them.
        folder: where the run is kept.
        epoch_steps: number of steps after which the state is saved.
        report: called with the step and the epoch's means after every epoch.

    Returns:
        The network with averaged weights, and the seconds of all sessions together.

    Raises:
        ValueError: if the folder holds another run (other settings, pictures, or weights to start from), or no picture
            is large enough.
        LockedError: if another run is being trained in the folder.
        ArithmeticError: if the loss stops being finite; the last state that was finite is kept.
        OSError: where the folder cannot be written; the message names the file.
    """
    batches, model = run.batches(images), run.build()
    decides = {
        "run": run,
        "pictures": digest_of_all(images),
        "start": str(denoiser_card(run.start)["sha256"]) if run.start else None,
        "backend": keras.backend.backend(),
    }
    with RunFolder(folder, decides) as kept:
        return model, fit_steps(model, batches, run.steps, kept, epoch_steps, report)


def training_images(
    sources: Iterable[str | ImageSet], channels: int, *, least: int = 0, skip_bad: bool = False
) -> list[np.ndarray]:
    """Load training pictures at full size, uint8 (h, w) or (h, w, 3), all in memory (about 1 MB for 512 x 512).

    Args:
        sources: names of data sets, folders or files, or sets that `load_images` has returned.
        channels: 1 makes colour gray; 3 leaves gray pictures out, which a `Notice` names.
        least: the shorter side of a picture, in pixels, at least; others are left out, which a `Notice` names.
        skip_bad: leave out pictures that cannot be read; a `Notice` names them.

    Raises:
        ImageError: for pictures that cannot be read; the message names them.
    """
    sets = [source if isinstance(source, ImageSet) else load_images(source) for source in sources]
    pictures = (image for each in sets for _, image in usable(each, channels, least, skip_bad))
    return [to_gray(image) if channels == 1 and image.ndim == 3 else image for image in pictures]
