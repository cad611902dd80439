"""Diagnosis of a model: collapsed, dead and always-on units of its code, gap between training and validation.

NumPy only. Takes arrays, such as a model's `code_statistics`; knows no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aewidgets.system.notices import counted, named
from aewidgets.training.watching import Units

__all__ = [
    "ACTIVE",
    "COLLAPSED",
    "activity_units",
    "collapse",
    "generalisation_gap",
    "kl_per_unit",
    "kl_units",
    "units",
]

#: Nats per picture below which a unit of a VAE is collapsed: its posterior is its prior, whatever the picture. A tenth
#: of a nat is a seventh of a bit. Burda et al. 2016 (arXiv:1509.00519, appendix C) call a unit active where its means
#: vary by more than 0.01 over the pictures, which costs 0.005 nats; most units lie far above or below either bound.
COLLAPSED = 0.1
#: Share of the pictures from which on a unit is called always on: only its size then differs between pictures.
ACTIVE = 0.99


def kl_per_unit(z_mean: np.ndarray, z_log_var: np.ndarray) -> np.ndarray:
    """Return the KL divergence of the posteriors N(mean, var) from N(0, 1): -0.5 (1 + log var - mean**2 - var).

    Args:
        z_mean: means, (n, units).
        z_log_var: logarithms of the variances, (n, units).

    Returns:
        float64 (units,), mean over the pictures, in nats.

    Raises:
        ValueError: for other shapes.
    """
    mean, log_var = np.asarray(z_mean, "float64"), np.asarray(z_log_var, "float64")
    if mean.ndim != 2 or mean.shape != log_var.shape or not len(mean):
        raise ValueError(f"z_mean, z_log_var: expected the same (n, units), got {mean.shape} and {log_var.shape}")
    return np.mean(-0.5 * (1 + log_var - mean**2 - np.exp(log_var)), axis=0)


def kl_units(z_mean: np.ndarray, z_log_var: np.ndarray) -> Units:
    """Measure the units of a VAE in nats per picture, and mark those below `COLLAPSED`; see `kl_per_unit`."""
    values = kl_per_unit(z_mean, z_log_var)
    return Units("kl", tuple(map(float, values)), tuple("collapsed" if v < COLLAPSED else "" for v in values))


def collapse(nats: Sequence[float], finds_variance: bool) -> str | None:
    """Return a warning in words if units of a VAE carry less than `COLLAPSED`, else None.

    Args:
        nats: KL divergence of each unit, mean over the pictures, as `kl_per_unit` measures it.
        finds_variance: whether the decoder's variance is found in training, so that it need not be advised.
    """
    few = [number for number, value in enumerate(nats, 1) if value < COLLAPSED]
    if not few:
        return None
    which = "" if len(few) == len(nats) else f" ({named([f'z{number}' for number in few])})"
    left = len(nats) - len(few)
    means = f"the code is one of {left:,}" if left else "the decoder makes one and the same of every picture"
    advice = ["a smaller code (latent_dim)", "a smaller beta"]
    if not finds_variance:
        advice.append("the Gaussian likelihood without a fixed variance, which finds the best one")
    return (
        f"{len(few):,} of {counted(len(nats), 'unit')} of the code{which} carry less than {COLLAPSED} nats about a "
        f"picture: they collapsed onto the prior, the decoder ignores them, and {means}. What helps: "
        f"{', '.join(advice[:-1])}, or {advice[-1]}"
    )


def activity_units(active: np.ndarray) -> Units:
    """Measure the units of a sparse code by the share of the pictures in which they are on.

    Args:
        active: (n, ...), not zero where a unit is on; axes after the first are units.

    Returns:
        The shares, with the mark "dead" where a unit is never on, and "always on" from `ACTIVE` on.

    Raises:
        ValueError: if there are no pictures or no axis of units.
    """
    active = np.asarray(active) != 0
    if active.ndim < 2 or not len(active):
        raise ValueError(f"active: expected (n, units) with at least one picture, got {active.shape}")
    values = active.reshape(len(active), -1).mean(axis=0)
    marks = tuple("dead" if v == 0 else "always on" if v >= ACTIVE else "" for v in values)
    return Units("activity", tuple(map(float, values)), marks)


def units(statistics: Mapping[str, np.ndarray]) -> Units | None:
    """Measure units from a model's `code_statistics`: KL from "z_mean" and "z_log_var", or activity from "active"."""
    if "z_log_var" in statistics:
        return kl_units(statistics["z_mean"], statistics["z_log_var"])
    if "active" in statistics:
        return activity_units(statistics["active"])
    return None


def generalisation_gap(training: float, validation: float) -> float:
    """Return the relative excess of the validation error: 0.25 if it is a quarter above the training error.

    Measure both alike, after the same epoch: the running mean of an epoch's losses belongs to older weights.

    Raises:
        ValueError: if the training error is not above zero.
    """
    if not training > 0:
        raise ValueError(f"training: expected an error above zero, got {training}")
    return validation / training - 1.0
