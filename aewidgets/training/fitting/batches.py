"""Batches of pictures for models; seed, epoch and step alone decide order and augmentation. Of Keras its data set."""

from __future__ import annotations

import keras
import numpy as np

from aewidgets.training.data.parts import Part

__all__ = ["Batches", "augmented"]

SHIFT = 1 / 8  # of the side, at most
BRIGHTNESS = 0.2


class Batches(keras.utils.PyDataset):
    """Batches of a part: in its order, or, with a seed, in another order every epoch.

    The trainer sets `epoch` (from 1) before each epoch. Bytes stay bytes, which the model divides by 255; pictures of
    16 bits become floats in [0, 1]. The model takes the input as its target.

    Args:
        part: the pictures; a memory map is read batch by batch.
        batch_size: pictures a batch; the last batch may be smaller.
        seed: seed of order and augmentation; None keeps the order.
        augment: names of changes, as in `Recipe`.
        multiple: number that the size of the last batch is reduced to a multiple of, such as the number of devices.
    """

    def __init__(self, part: Part, batch_size: int, seed: int | None = None, augment=(), multiple: int = 1):
        super().__init__()
        self.part, self.batch_size, self.seed, self.augment = part, batch_size, seed, tuple(augment)
        self.count = len(part) - len(part) % batch_size % multiple
        self.epoch = 1
        self._order: tuple[int, np.ndarray] | None = None

    def __len__(self) -> int:
        return -(-self.count // self.batch_size)

    def __getitem__(self, step: int):
        chosen = slice(step * self.batch_size, min(self.count, (step + 1) * self.batch_size))
        if self.seed is None:
            return (_inputs(self.part.images[chosen]),)
        if self._order is None or self._order[0] != self.epoch:
            self._order = self.epoch, np.random.default_rng((self.seed, self.epoch)).permutation(len(self.part))
        images = np.asarray(self.part.images[self._order[1][chosen]])
        rng = np.random.default_rng((self.seed, self.epoch, step)) if self.augment else None
        return (_inputs(augmented(images, self.augment, rng) if rng else images),)


def _inputs(images: np.ndarray) -> np.ndarray:
    """Return pictures as a model takes them: torch has no type for 16 bits."""
    images = np.asarray(images)
    return np.divide(images, np.float32(65535), dtype="float32") if images.dtype == np.uint16 else images


def augmented(images: np.ndarray, augment: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    """Return pictures changed at random, each in its own way.

    Args:
        images: (n, h, w, c), uint8, uint16, or floats in [0, 1].
        augment: names of changes, as in `Recipe`.
        rng: source of random numbers.

    Returns:
        The same type and shape.
    """
    count, height, width, _ = images.shape
    rows, columns = np.arange(height)[None], np.arange(width)[None]
    if "flip" in augment:
        columns = np.where(rng.integers(2, size=(count, 1)), columns[:, ::-1], columns)
    if "shift" in augment:
        most = int(height * SHIFT), int(width * SHIFT)
        rows = np.clip(rows + rng.integers(-most[0], most[0] + 1, (count, 1)), 0, height - 1)
        # Where a row of `columns` runs backwards, shifting it is shifting the other way: as likely
        columns = np.clip(columns + rng.integers(-most[1], most[1] + 1, (count, 1)), 0, width - 1)
    images = images[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
    if "brightness" in augment:
        factors = rng.uniform(1 - BRIGHTNESS, 1 + BRIGHTNESS, (count, 1, 1, 1)).astype("float32")
        white = 1.0 if images.dtype.kind == "f" else np.iinfo(images.dtype).max
        brighter = np.minimum(images * factors, white)
        images = (brighter if images.dtype.kind == "f" else np.rint(brighter)).astype(images.dtype)
    return images
