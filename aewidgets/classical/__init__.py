"""Restoration without networks, which learned restoration is held against. NumPy, SciPy, scikit-image; no Keras."""

from aewidgets.classical.methods import (
    CLASSICAL,
    TASKS,
    Method,
    checked_mask,
    checked_psf,
    classical_methods,
    restore_classically,
    unit_image,
)

__all__ = ["CLASSICAL", "TASKS", "Method", "checked_mask", "checked_psf", "classical_methods", "restore_classically",
           "unit_image"]  # fmt: skip
