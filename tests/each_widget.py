"""One small widget of each of the five kinds, for the laws that hold for all of them. No assertions."""

from collections.abc import Callable
from typing import Any

import numpy as np
from linear_halves import Halves

from aewidgets.training.watching import Ended, Plan, Snapshot, Units
from aewidgets.widgets import (
    CompressionStudio,
    DenoiseStudio,
    ImageCompare,
    LatentExplorer,
    ModelInspector,
    TrainingMonitor,
)

_RANDOM = np.random.default_rng(0)
PICTURE = _RANDOM.integers(0, 256, (24, 32, 3)).astype("uint8")
PICTURES = _RANDOM.integers(0, 256, (30, 3, 4, 1)).astype("uint8")


def compression(**traits: Any) -> CompressionStudio:
    """JPEG against WebP."""
    return CompressionStudio(PICTURE, "jpeg", "webp", (50, 50), **traits)


def denoising(**traits: Any) -> DenoiseStudio:
    """Total variation against wavelets."""
    return DenoiseStudio(PICTURE, "gaussian", 25, "tv", "wavelet", **traits)


def comparison(**traits: Any) -> ImageCompare:
    """A picture beside its negative."""
    return ImageCompare(PICTURE, 255 - PICTURE, **traits)


def explorer(**traits: Any) -> LatentExplorer:
    """A linear autoencoder with known codes."""
    return LatentExplorer(Halves(), PICTURES, **traits)


def inspector(**traits: Any) -> ModelInspector:
    """A linear model as somebody else builds it."""
    import keras

    layers = [keras.layers.Flatten(), keras.layers.Dense(4), keras.layers.Dense(12), keras.layers.Reshape((3, 4, 1))]
    return ModelInspector(keras.Sequential([keras.Input((3, 4, 1)), *layers]), PICTURES, **traits)


def monitor(**traits: Any) -> TrainingMonitor:
    """A run of two epochs that is over."""
    watched = TrainingMonitor(**traits)
    watched.begin(Plan("dense", "noise", 2, 5, "mse", ("reconstruction",), {"PCA": 0.05}, PICTURES[:2]))
    for epoch in (1, 2):
        loss = {"loss": 0.1 / epoch}
        units = Units("activity", (0.5, 0.0), ("", "dead"))
        watched.epoch(Snapshot(epoch, loss, {**loss, "error": 0.1 / epoch}, 1e-3, 0.1, 0.01, PICTURES[:2], units, True))
    watched.end(Ended("finished", 2, "finished after 2 epochs"))
    return watched


KINDS: dict[str, Callable[..., Any]] = {
    "CompressionStudio": compression,
    "DenoiseStudio": denoising,
    "ImageCompare": comparison,
    "LatentExplorer": explorer,
    "ModelInspector": inspector,
    "TrainingMonitor": monitor,
}
