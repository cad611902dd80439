"""Restoration without networks, to compare learned restoration with. NumPy, SciPy and scikit-image; no Keras."""

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
