"""One fit of a search: a candidate trained on all folds but one and measured on that one. Writes no files.

A fit is a plain value that other processes and machines can be sent. They load the pictures themselves, once.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.images.datasets import SPLITS
from aewidgets.selection.estimator import AutoencoderEstimator
from aewidgets.selection.folds import PictureKFold
from aewidgets.selection.metrics import score_of
from aewidgets.training.autoencoders import code_size
from aewidgets.training.data.parts import HeldOut, Part, Splits, keys_of, shares_of
from aewidgets.training.data.splits import load_splits

__all__ = ["Asked", "Fit", "fit_once", "fold_splits", "is_result", "splits_of"]


@dataclass(frozen=True)
class Asked:
    """The pictures of a search, as they were asked for.

    Attributes:
        data: name of a set, or the absolute path of a folder.
        size: side of the pictures; None for their own.
        limit: largest number of pictures in each part; None for all.
        folds: number of folds of the training and validation pictures together.
        sample: largest number of pictures that folds are cut from; None for all.
    """

    data: str
    size: int | None = None
    limit: int | None = None
    folds: int = 5
    sample: int | None = None

    @classmethod
    def of(cls, data: str, size: int | None, limit: int | None, folds: int, sample: int | None = None) -> Asked:
        """Return the pictures asked for; a folder by its absolute path, since workers are in other folders."""
        return cls(data if data in SPLITS else str(Path(data).absolute()), size, limit, folds, sample)


@dataclass(frozen=True)
class Fit:
    """One fit: what is trained, on which pictures.

    Attributes:
        family: family of the autoencoder.
        settings: parameters of `AutoencoderEstimator` that differ from its defaults.
        asked: the pictures.
        fingerprint: identifier of the pictures, from `Splits.fingerprint`.
        fold: number of the fold that is left out of training, from 0.
        seed: seed of weights, order and noise.
    """

    family: str
    settings: Mapping[str, Any]
    asked: Asked
    fingerprint: str
    fold: int
    seed: int

    def estimator(self) -> AutoencoderEstimator:
        """Return the untrained estimator."""
        return AutoencoderEstimator(self.family, **{**self.settings, "seed": self.seed})

    @property
    def key(self) -> str:
        """Name of the fit: a hash of all its parameters, defaults too, and of its pictures, 24 hexadecimal digits."""
        facts = [self.estimator().get_params(), self.fingerprint, self.asked.folds, self.asked.sample, self.fold]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


@lru_cache(maxsize=1)
def splits_of(asked: Asked) -> Splits:
    """Load the pictures of a search; the last ones are kept for the next fit."""
    return load_splits(asked.data, size=asked.size, limit=asked.limit)


@lru_cache(maxsize=1)
def _pool(asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """Return the training and validation pictures together, or a sample of them, and the number of each one's fold."""
    splits = splits_of(asked)
    images = np.concatenate([splits.train.images, splits.validation.images])
    if asked.sample is not None and asked.sample < len(images):
        images = images[shares_of(keys_of(images), (asked.sample,))[0]]  # by their pixels, wherever they are
    return images, PictureKFold(asked.folds).folds_of(images)


def fold_splits(asked: Asked, fold: int) -> Splits:
    """Return a fold as a set: what is trained on, and as validation part what is left out of it."""
    images, folds = _pool(asked)
    aside = Part(images[folds == fold])
    return Splits(asked.data, Part(images[folds != fold]), aside, HeldOut(aside))  # nobody opens it


def fit_once(fit: Fit) -> dict[str, Any]:
    """Train and measure one fit.

    Returns:
        "score" by the metric of the fit, and "mse", both on the pictures left out; "train" and "test", the numbers of
        pictures; "code_values", "parameters", "epochs", "best" and "seconds" of the training. Where the loss did not
        stay finite, "failure" alone, in words.

    Raises:
        ValueError: for parameters out of range, or other pictures than the search was begun with.
    """
    if (found := splits_of(fit.asked).fingerprint) != fit.fingerprint:
        raise ValueError(f"{fit.asked.data}: other pictures here ({found}) than where the search began")
    splits = fold_splits(fit.asked, fit.fold)
    began = time.perf_counter()
    try:
        estimator = fit.estimator().fit(splits.train.images)
    except ArithmeticError as error:
        return {"failure": str(error)}
    seconds = time.perf_counter() - began
    floats = splits.validation.floats()
    reconstructions = estimator.predict(splits.validation.images)
    return {
        "score": score_of(estimator.metric, floats, reconstructions),
        "mse": -score_of("mse", floats, reconstructions),
        "train": len(splits.train), "test": len(splits.validation),
        "code_values": code_size(estimator.model_), "parameters": estimator.model_.count_params(),
        "epochs": estimator.n_iter_, "best": estimator.record_.best, "seconds": seconds,
    }  # fmt: skip


def is_result(found: Any) -> bool:
    """Return True for what `fit_once` returns, read from JSON: figures, or a failure in words."""
    if not isinstance(found, dict):
        return False
    figures = ("score", "mse", "seconds", "code_values", "parameters")
    return isinstance(found.get("failure"), str) or all(isinstance(found.get(name), int | float) for name in figures)
