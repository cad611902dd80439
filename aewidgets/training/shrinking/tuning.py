"""Tuning of a trained autoencoder for its shrunken form: a few more epochs through rounded or pruned kernels."""

from __future__ import annotations

import math

import keras
import numpy as np

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.models.shrinking.shrink import twin_of
from aewidgets.models.shrinking.words import plan_of
from aewidgets.training.autoencoders import keras_loss
from aewidgets.training.shrinking.gradual_pruning import GradualPruning
from aewidgets.training.shrinking.quantisation_aware import QuantisationAware

__all__ = ["tune"]

BATCH = 64
RATE = 1e-3  # of Adam at the first step; it falls to 0 along a cosine
PRUNED = 0.6  # of the steps, after which the share of zeros is reached
CHOICES = 100  # of what is pruned, at most


def tune(
    model: Autoencoder, to: str, images: np.ndarray, epochs: int, *, loss: str = "mse", seed: int = 1
) -> Autoencoder:
    """Return a copy of a trained autoencoder, trained on for the form that `aewidgets.shrink` is to give it.

    Args:
        model: trained; is not changed.
        to: as in `aewidgets.shrink`; for "float16" and "float32" the copy is not trained.
        images: training pictures, uint8 or float in [0, 1], (n, h, w, c).
        epochs: number of epochs.
        loss: of the training, one of a recipe's.
        seed: seed of the order of pictures.

    Raises:
        ValueError: for another word, fewer than one epoch, or what is no autoencoder of ours.
    """
    plan = plan_of(to)
    if not isinstance(model, Autoencoder):
        raise ValueError(
            f"model: expected an autoencoder, got {type(model).__name__}; fit others with the callbacks "
            "aewidgets.QuantisationAware and aewidgets.GradualPruning"
        )
    if epochs < 1:
        raise ValueError(f"epochs: expected at least 1, got {epochs}")
    twin = twin_of(model)
    steps = epochs * math.ceil(len(images) / BATCH)
    callbacks: list[keras.callbacks.Callback] = []
    if plan.bits in (4, 8):
        callbacks.append(QuantisationAware(plan.bits))
    if plan.share:
        end = max(1, round(PRUNED * steps))
        callbacks.append(GradualPruning(plan.share, 0, end, max(1, end // CHOICES)))
    if not callbacks:
        return twin
    keras.utils.set_random_seed(seed)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    twin.compile(keras.optimizers.Adam(rate), loss=keras_loss(loss))
    twin.fit(np.asarray(images), epochs=epochs, batch_size=BATCH, verbose=0, callbacks=callbacks)
    return twin
