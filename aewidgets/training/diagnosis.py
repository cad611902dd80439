"""What codes tell of a model: collapsed, dead and always-on units, the gap between training and validation. NumPy only.

Takes arrays, such as a model's `code_statistics`; knows no model.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aewidgets.training.watching import Units

__all__ = ["ACTIVE", "COLLAPSED", "activity_units", "generalisation_gap", "kl_per_unit", "kl_units", "units"]

#: Nats a picture, below which a unit of a VAE tells nothing: its posterior is its prior, whatever the picture. Burda et
#: al. 2016 (arXiv:1509.00519, appendix C) call a unit active where its means vary by more than 0.01 over the pictures,
#: which costs 0.005 nats; trained units are orders of magnitude above either bound or below.
COLLAPSED = 0.01
#: Share of the pictures, from which on a unit is called always on: it tells pictures apart by its size alone.
ACTIVE = 0.99


def kl_per_unit(z_mean: np.ndarray, z_log_var: np.ndarray) -> np.ndarray:
    """(units,) nats a picture: KL of the posteriors N(mean, var) from N(0, 1), -0.5 (1 + log var - mean**2 - var).

    Args:
        z_mean: (n, units).
        z_log_var: as `z_mean`.

    Raises:
        ValueError: for other shapes.
    """
    mean, log_var = np.asarray(z_mean, "float64"), np.asarray(z_log_var, "float64")
    if mean.ndim != 2 or mean.shape != log_var.shape or not len(mean):
        raise ValueError(f"z_mean, z_log_var: expected the same (n, units), got {mean.shape} and {log_var.shape}")
    return np.mean(-0.5 * (1 + log_var - mean**2 - np.exp(log_var)), axis=0)


def kl_units(z_mean: np.ndarray, z_log_var: np.ndarray) -> Units:
    """Nats a picture of each unit of a VAE; below `COLLAPSED` it is marked so. Arguments as in `kl_per_unit`."""
    values = kl_per_unit(z_mean, z_log_var)
    return Units("kl", tuple(map(float, values)), tuple("collapsed" if v < COLLAPSED else "" for v in values))


def activity_units(active: np.ndarray) -> Units:
    """Share of the pictures in which each unit of a sparse code is on.

    Args:
        active: (n, ...), not zero where a unit is on; axes after the first are units.

    Returns:
        Marked "dead" where a unit is never on, "always on" from `ACTIVE` on.

    Raises:
        ValueError: for no pictures.
    """
    active = np.asarray(active) != 0
    if active.ndim < 2 or not len(active):
        raise ValueError(f"active: expected (n, units) with at least one picture, got {active.shape}")
    values = active.reshape(len(active), -1).mean(axis=0)
    marks = tuple("dead" if v == 0 else "always on" if v >= ACTIVE else "" for v in values)
    return Units("activity", tuple(map(float, values)), marks)


def units(statistics: Mapping[str, np.ndarray]) -> Units | None:
    """What a model's `code_statistics` say: the KL of {"z_mean", "z_log_var"}, the activity of {"active"}, or None."""
    if "z_log_var" in statistics:
        return kl_units(statistics["z_mean"], statistics["z_log_var"])
    if "active" in statistics:
        return activity_units(statistics["active"])
    return None


def generalisation_gap(training: float, validation: float) -> float:
    """By how much the error on new pictures is larger, as a share of that on the training pictures: 0.25 is a quarter.

    Both must be measured alike, after the same epoch: the running mean of an epoch's losses is of older weights.

    Raises:
        ValueError: for a training error that is not above zero.
    """
    if not training > 0:
        raise ValueError(f"training: expected an error above zero, got {training}")
    return validation / training - 1.0
