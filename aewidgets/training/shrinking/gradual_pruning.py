"""Keras callback that prunes kernels a little at a time (Zhu and Gupta 2017, arXiv:1710.01878, equation 1)."""

from __future__ import annotations

import keras
import numpy as np

from aewidgets.models.shrinking.kernels import kernels_of
from aewidgets.models.shrinking.pruning import prune_kernel

__all__ = ["GradualPruning"]


class GradualPruning(keras.callbacks.Callback):
    """Callback that sets more and more of the smallest weights of each kernel to zero, along a cubic schedule.

    The share of zeros grows from 0 at step `begin` to `share` at step `end`: quickly at first, while there are many
    weights to choose from, and slowly at the end. Weights that are zero stay so. Biases are never pruned.

    Args:
        share: of each kernel's weights that are zero at the end, above 0 and below 1.
        begin: step after which pruning begins.
        end: step at which the share is reached; the training must have as many steps.
        every: number of steps between two choices of what is pruned.

    Raises:
        ValueError: for numbers out of range or order, and at the beginning of a training with fewer steps than `end`.

    Example:
        >>> [round(GradualPruning(0.8, 0, 100).share_at(step), 3) for step in (0, 50, 100, 999)]
        [0.0, 0.7, 0.8, 0.8]
    """

    def __init__(self, share: float, begin: int, end: int, every: int = 10):
        super().__init__()
        if not 0 < share < 1:
            raise ValueError(f"share: expected a number between 0 and 1, got {share}")
        if not 0 <= begin < end:
            raise ValueError(f"begin, end: expected 0 <= begin < end, got {begin} and {end}")
        if every < 1:
            raise ValueError(f"every: expected at least 1 step, got {every}")
        self.share, self.begin, self.end, self.every = share, begin, end, every

    def share_at(self, step: int) -> float:
        """Return the share of zeros after a step: share * (1 - (1 - progress)**3), where progress is from 0 to 1."""
        progress = min(max((step - self.begin) / (self.end - self.begin), 0.0), 1.0)
        return self.share * (1 - (1 - progress) ** 3)

    def on_train_begin(self, logs=None):
        epochs, steps = (self.params.get(name) for name in ("epochs", "steps"))
        if epochs and steps and epochs * steps < self.end:
            raise ValueError(
                f"end: expected at most {epochs * steps} steps, as {epochs} epochs of {steps} have, got {self.end}"
            )
        self._kernels = kernels_of(self.model)
        self._masks: list[np.ndarray] = [np.ones(kernel.variable.shape, bool) for kernel in self._kernels]
        self._step = 0

    def on_train_batch_end(self, batch, logs=None):
        self._step += 1
        if self._step <= self.begin:
            return
        _ = self.model  # which brings the variables up to date where JAX keeps its own state
        floats = [kernel.floats for kernel in self._kernels]
        if self._step <= self.end and ((self._step - self.begin) % self.every == 0 or self._step == self.end):
            share = self.share_at(self._step)
            held = [value * mask for value, mask in zip(floats, self._masks, strict=True)]
            self._masks = [prune_kernel(value, share) != 0 for value in held]
        for kernel, value, mask in zip(self._kernels, floats, self._masks, strict=True):
            kernel.variable.assign(value * mask)

    def on_train_end(self, logs=None):
        if self._step >= self.end:  # another callback may have brought back weights of an earlier epoch
            for kernel in kernels_of(self.model):
                kernel.variable.assign(prune_kernel(kernel.floats, self.share))
