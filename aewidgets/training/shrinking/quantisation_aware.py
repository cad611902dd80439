"""Keras callback that trains through rounded kernels (Jacob et al. 2018, arXiv:1712.05877, section 3)."""

from __future__ import annotations

import keras

from aewidgets.models.shrinking.kernels import kernels_of
from aewidgets.models.shrinking.rounding import BITS, round_kernel

__all__ = ["QuantisationAware"]


class QuantisationAware(keras.callbacks.Callback):
    """Callback that keeps every kernel rounded while float shadows of them are trained.

    The gradient is that at the rounded kernels, and the optimiser's step is added to the shadows: the gradient passes
    straight through the rounding (Bengio et al. 2013, arXiv:1308.3432). What validates, saves and stops early therefore
    sees rounded kernels, and so does who uses the model afterwards; `aewidgets.shrink` with as many bits finds them as
    they are. Each step costs the rounding of all kernels besides, so that training takes longer, not less.

    Use it with an optimiser that does not average or decay weights: both would change the rounded kernels unseen.

    Args:
        bits: 4 or 8.

    Raises:
        ValueError: for another number of bits.

    Example:
        >>> QuantisationAware(4).bits
        4
    """

    def __init__(self, bits: int = 8):
        super().__init__()
        if bits not in BITS:
            raise ValueError(f"bits: expected one of {', '.join(map(str, BITS))}, got {bits!r}")
        self.bits = bits

    def on_train_begin(self, logs=None):
        self._kernels = kernels_of(self.model)
        self._shadows = [kernel.floats for kernel in self._kernels]
        self._round()

    def on_train_batch_end(self, batch, logs=None):
        _ = self.model  # which brings the variables up to date where JAX keeps its own state
        for shadow, rounded, kernel in zip(self._shadows, self._rounded, self._kernels, strict=True):
            shadow += kernel.floats - rounded
        self._round()

    def on_train_end(self, logs=None):
        # Weights that another callback has brought back, the best ones, are rounded already.
        for kernel in kernels_of(self.model):
            kernel.variable.assign(round_kernel(kernel.floats, self.bits, kernel.channels).floats())

    def _round(self) -> None:
        """Set every kernel to its rounded shadow."""
        self._rounded = [
            round_kernel(shadow, self.bits, kernel.channels).floats()
            for shadow, kernel in zip(self._shadows, self._kernels, strict=True)
        ]
        for rounded, kernel in zip(self._rounded, self._kernels, strict=True):
            kernel.variable.assign(rounded)
