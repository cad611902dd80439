"""Disentanglement of codes: the mutual information gap, and factors measured in pictures. NumPy; no models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aewidgets.system.brief import shown_briefly

__all__ = ["Disentanglement", "mutual_information_gap", "shape_factors"]


@shown_briefly
@dataclass(frozen=True, eq=False)
class Disentanglement:
    """Information that the numbers of a code hold about factors.

    Attributes:
        information: float64 (factors, d), mutual information as a share of the factor's entropy, 0 to 1.
        names: names of the factors.
    """

    information: np.ndarray
    names: tuple[str, ...]

    @property
    def gaps(self) -> np.ndarray:
        """Lead of the most informative number over the second, for each factor: float64 (factors,), 0 to 1."""
        least = np.sort(self.information, axis=1)
        return least[:, -1] - least[:, -2]

    @property
    def gap(self) -> float:
        """Mean of the gaps: 1 if each factor is held by one number alone, and wholly."""
        return float(self.gaps.mean())


def mutual_information_gap(codes: np.ndarray, factors: Mapping[str, np.ndarray], bins: int = 10) -> Disentanglement:
    """Measure the mutual information gap of Chen et al. 2018 (arXiv:1802.04942, equation 6), between binned values.

    Codes and factors are cut into bins of equally many pictures, which leaves whole-number factors of fewer values as
    they are. Few pictures make all information look larger, by about bins**2 / 2n nats.

    Args:
        codes: (n, d), d at least 2. For a VAE, codes that are drawn: means hold more than the decoder gets.
        factors: name -> (n,) numbers.
        bins: largest number of bins for each.

    Raises:
        ValueError: for other shapes, and for a factor that is the same in all pictures.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.shape[1] < 2 or not factors or bins < 2:
        raise ValueError(
            f"expected codes (n, 2 or more), a factor and 2 bins, got {codes.shape}, {len(factors)} and {bins}"
        )
    columns = [_binned(column, bins) for column in codes.T]
    found = []
    for name, values in factors.items():
        if np.shape(values) != codes.shape[:1]:
            raise ValueError(f"{name}: expected {len(codes)} numbers, one a code, got shape {np.shape(values)}")
        factor = _binned(np.asarray(values), bins)
        entropy = _information(factor, factor)
        if not entropy > 0:
            raise ValueError(f"{name}: expected a factor that varies; it is the same in all pictures, leave it out")
        found.append([_information(column, factor) / entropy for column in columns])
    return Disentanglement(np.asarray(found), tuple(factors))


def _binned(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the bin of each number, int64 (n,); equal numbers share a bin."""
    if len(np.unique(values)) <= bins:
        return np.unique(values, return_inverse=True)[1]
    edges = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, values, side="right")


def _information(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mutual information of two rows of bins, in nats; for a row with itself, its entropy."""
    joint = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(joint, (a, b), 1 / len(a))
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return float(np.sum(joint[there] * np.log(joint[there] / apart[there])))


def shape_factors(images: np.ndarray) -> dict[str, np.ndarray]:
    """Measure bright strokes on dark ground, after Morpho-MNIST (Castro et al. 2019, arXiv:1809.10780).

    Args:
        images: (n, height, width, channels), uint8 or float in [0, 1]; channels are averaged.

    Returns:
        float64 (n,) each: "ink" (mean brightness, 0 to 1), "slant" (columns to the left for each row further down, by
        the second moments of the brightness) and "width" (its horizontal standard deviation, pixels). A picture without
        any brightness has slant and width 0.
    """
    grays = np.asarray(images, "float64").mean(axis=3) / (255 if images.dtype == np.uint8 else 1)
    total = grays.sum(axis=(1, 2))
    weights = grays / np.where(total > 0, total, 1)[:, None, None]
    rows, columns = (np.arange(side, dtype="float64") for side in grays.shape[1:])
    down, across = weights.sum(axis=2), weights.sum(axis=1)
    dy, dx = rows - (down @ rows)[:, None], columns - (across @ columns)[:, None]
    high, wide = np.sum(down * dy**2, axis=1), np.sum(across * dx**2, axis=1)
    both = np.einsum("nyx,ny,nx->n", weights, dy, dx)
    slant = np.divide(-both, high, out=np.zeros(len(grays)), where=high > 0)
    return {"ink": grays.mean(axis=(1, 2)), "slant": slant, "width": np.sqrt(wide)}
