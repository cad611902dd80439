"""Training of codecs on crops of photographs: batches, starting statistics, resumable runs. No bytes, no widgets.

Seed and step number alone decide a batch, so that a resumed run ends as if it had not been interrupted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from aewidgets.codec.coding.integer.lapped import BLOCK
from aewidgets.codec.model.codec import FAMILIES, Codec, Statistics
from aewidgets.codec.model.layers import LappedTransform
from aewidgets.codec.zoo import load
from aewidgets.images.sets import ImageSet, load_images
from aewidgets.training.data.pictures import digest_of_all, usable
from aewidgets.training.fitting.crops import random_crop
from aewidgets.training.fitting.run_folder import RunFolder
from aewidgets.training.fitting.stepwise import averaging_adam, check_run, fit_steps

# Batches of about equal cost. Sides that are no multiple of 64 train the borders of the hyper-latent.
CROPS = ((8, 128, 128), (6, 144, 160), (5, 176, 144), (3, 208, 208))
MS_SSIM_CROPS = ((4, 176, 176), (4, 192, 176), (3, 176, 208), (3, 208, 208))  # five scales need 176
# Chroma keeps its 12 x 12 lowest frequencies. Unquantised, 8 x 8 reach 43.2 dB on photos-select and 34.0 on its worst
# picture, which costs bits from 35 dB on; 12 x 12 reach 49.0 and 40.4.
NUM_CHROMA = 12


def halve(image: np.ndarray) -> np.ndarray:
    """Halve a uint8 picture (h, w, 3) by the mean of 2 x 2 samples; an odd last row or column is dropped."""
    h, w = image.shape[0] // 2, image.shape[1] // 2
    x = image[: 2 * h, : 2 * w].reshape(h, 2, w, 2, 3).astype("float32")
    return np.rint(x.mean(axis=(1, 3))).astype("uint8")


class Crops:
    """Batches of random crops, flipped and transposed at random, at random qualities; `crops[step]` is one batch.

    Args:
        images: uint8 pictures (h, w, 3); pictures smaller than a crop are not used for it.
        seed: decides everything together with the step number.
        shapes: shapes of batches, (count, height, width).

    Raises:
        ValueError: if no picture is large enough for all crops.
    """

    def __init__(self, images: Sequence[np.ndarray], seed: int, shapes=CROPS):
        self.seed, self.shapes = seed, shapes
        largest, self.least = (pick(max(shape[1:]) for shape in shapes) for pick in (max, min))
        self.usable = [i for i in images if min(i.shape[:2]) >= largest]
        self.small = [i for i in images if largest > min(i.shape[:2]) >= self.least]
        if not self.usable:
            raise ValueError(f"training needs pictures of at least {largest} x {largest} pixels, got none")

    def __getitem__(self, step: int):
        rng = np.random.default_rng((self.seed, step))
        count, height, width = self.shapes[rng.integers(len(self.shapes))]
        pool = self.usable + self.small if max(height, width) == self.least else self.usable
        x = np.stack([random_crop(pool[rng.integers(len(pool))], height, width, rng) for _ in range(count)])
        quality = rng.uniform(0, 1, count).astype("float32")
        return {"x": x.astype("float32") / 255.0, "quality": quality}, np.zeros((count, 3), "float32")


def measure_statistics(images: Sequence[np.ndarray]) -> Statistics:
    """Measure mean magnitude and deviation of each transform coefficient, over pictures of at least 16 x 16 pixels."""
    grid = [(u, v) for u in range(BLOCK) for v in range(BLOCK)]
    frequencies = [grid] + 2 * [[(u, v) for u, v in grid if max(u, v) < NUM_CHROMA]]
    transform = LappedTransform(frequencies)
    transform.build()
    total = squares = np.zeros(sum(map(len, frequencies)))
    count = 0
    for image in images:
        h, w = (s - s % BLOCK for s in image.shape[:2])
        y = transform.analyse(image[None, :h, :w].astype("float32") / 255.0)
        y = keras.ops.convert_to_numpy(y).astype("float64")
        total, squares = total + np.abs(y).sum((0, 1, 2)), squares + (y**2).sum((0, 1, 2))
        count += y[..., 0].size
    std = np.sqrt(squares / count)
    ends = np.cumsum([0] + [len(f) for f in frequencies])
    order = np.argsort(-std, kind="stable")
    dc = ends[:3]  # each colour's first coefficient is its block mean
    order = np.concatenate([dc, order[~np.isin(order, dc)]])
    return Statistics(frequencies, order, (total / count)[order], std[order])


def starting_statistics(run: "CodecRun", images: Sequence[np.ndarray]) -> Statistics:
    """Return the statistics of the model that a run starts from, or measure them on its pictures."""
    return Statistics(**load(run.start).config["statistics"]) if run.start else measure_statistics(images)


def mean_of(column: int, name: str):
    """Return a Keras metric function: the mean of one column of the codec's training output."""

    def metric(y_true, y_pred):
        return keras.ops.mean(y_pred[:, column])

    metric.__name__ = name
    return metric


@dataclass(frozen=True)
class CodecRun:
    """The settings that decide a training run of a codec.

    Args:
        family: "hyperprior" or "factorised".
        steps: number of steps, over which the learning rate falls to a hundredth along a cosine.
        learning_rate: peak of Adam's rate.
        seed: seed of crops, initial weights and noise.
        cnn_dtype: "float32" or "mixed_bfloat16" for the convolutional paths.
        distortion: "mse" or "ms-ssim".
        options: further arguments of the model.
        start: name of a model in the zoo, or path of a card, whose weights and architecture training starts from.

    Raises:
        ValueError: for numbers that cannot train.
    """

    family: str = "hyperprior"
    steps: int = 20000
    learning_rate: float = 1e-3
    seed: int = 1
    cnn_dtype: str = "float32"
    options: dict | None = None
    start: str | None = None
    distortion: str = "mse"

    def __post_init__(self) -> None:
        check_run(self.steps, self.learning_rate)

    def build(self, statistics: Statistics) -> Codec:
        """Return the compiled model before its first step."""
        keras.utils.set_random_seed(self.seed)
        if self.start:
            model = load(self.start).build_model(self.cnn_dtype, self.distortion)
        else:
            model = FAMILIES[self.family](
                statistics, cnn_dtype=self.cnn_dtype, distortion=self.distortion, **(self.options or {})
            )
            model.build()
        optimizer = averaging_adam(self.steps, self.learning_rate)
        model.compile(
            optimizer,
            loss=mean_of(0, "loss"),
            jit_compile=False,
            metrics=[mean_of(1, "bpp"), mean_of(2, "mse")],
        )
        optimizer.build(model.trainable_variables)
        return model


def fit_codec(
    run: CodecRun,
    images: Sequence[np.ndarray],
    folder: Path,
    epoch_steps: int = 250,
    statistics: Statistics | None = None,
    report: Callable[[int, dict], None] | None = None,
) -> tuple[Codec, float]:
    """Train a codec, or go on with the run that `folder` holds.

    Ctrl-C and SIGTERM save the state and raise `KeyboardInterrupt`, whose message says where.

    Args:
        run: the settings of the run.
        images: uint8 pictures (h, w, 3).
        folder: where the run is kept.
        epoch_steps: number of steps after which the state is saved.
        statistics: statistics of the transform's coefficients; measured on the pictures when None.
        report: called with the step and the epoch's means after every epoch.

    Returns:
        The model with averaged weights, and the seconds of all sessions together.

    Raises:
        ValueError: if the folder holds another run (other settings, pictures, statistics, or weights to start from), or
            no picture is large enough.
        LockedError: if another run is being trained in the folder.
        ArithmeticError: if the loss stops being finite; the last state that was finite is kept.
        OSError: where the folder cannot be written; the message names the file.
    """
    crops = Crops(images, run.seed, shapes_of(run.distortion))

    def measure() -> dict:
        return {"statistics": (statistics or starting_statistics(run, images)).as_dict()}

    decides = {
        "run": run,
        "pictures": digest_of_all(images),
        "start": load(run.start).fingerprint.hex() if run.start else None,
        "backend": keras.backend.backend(),
    }
    with RunFolder(folder, decides, measure) as kept:
        known = Statistics(**kept.facts["statistics"])
        if statistics and statistics.as_dict() != known.as_dict():
            raise ValueError(f"{folder} holds a run with other statistics; give an empty folder, or the same ones")
        model = run.build(known)
        return model, fit_steps(model, crops, run.steps, kept, epoch_steps, report)


def codec_images(
    sources: Iterable[str | ImageSet], distortion: str = "mse", *, skip_bad: bool = False
) -> list[np.ndarray]:
    """Load training pictures for codecs, uint8 (h, w, 3), all in memory (about 1 MB for 512 x 512).

    JPEG pictures are halved, which hides their artefacts; others come whole and, for more scales, halved too. A
    `Notice` names gray pictures and those too small for any crop, which are left out.

    Args:
        sources: names of data sets, folders or files, or sets that `load_images` has returned.
        distortion: "mse" or "ms-ssim", which has larger crops.
        skip_bad: leave out pictures that cannot be read; a `Notice` names them.

    Raises:
        ImageError: for pictures that cannot be read; the message names them.
    """
    images = []
    least = min(max(shape[1:]) for shape in shapes_of(distortion))
    for source in sources:
        pictures = source if isinstance(source, ImageSet) else load_images(source)
        lossy = pictures.source == "bsds500"
        for _, image in usable(pictures, 3, 2 * least if lossy else least, skip_bad):
            images += [halve(image)] if lossy else [image, halve(image)]
    return images


def shapes_of(distortion: str) -> tuple[tuple[int, int, int], ...]:
    """Return the shapes of batches for a distortion."""
    return CROPS if distortion == "mse" else MS_SSIM_CROPS
