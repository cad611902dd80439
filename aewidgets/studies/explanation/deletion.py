"""Deletion curves (Samek et al. 2017, IEEE TNNLS 28; Petsiuk et al. 2018): pixels are removed in the order of a map.

The target must fall faster than in random order, and faster than where the brightest pixels go first: an order that
needs no model, and is good on bright strokes before black.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.explanation.layers import to_images
from aewidgets.studies.explanation.maps import WITHOUT_SIGN, Explanation
from aewidgets.studies.explanation.targets import target_values
from aewidgets.studies.explanation.verdicts import Verdict, over_pictures
from aewidgets.system.brief import shown_briefly

__all__ = ["Deletion", "deletion"]


@shown_briefly
@dataclass(frozen=True, eq=False)
class Deletion:
    """Curves of a target while pixels are removed.

    Attributes:
        shares: shares of removed pixels, 0 to 1, (points,).
        by_map, by_brightness: values of the target, (n, points).
        by_chance: values in random orders, (draws, n, points).
    """

    shares: np.ndarray
    by_map: np.ndarray
    by_brightness: np.ndarray
    by_chance: np.ndarray

    def _drops(self, curves: np.ndarray) -> np.ndarray:
        """Return the mean drop along curves (..., n, points), as a share of the images' mean value: (..., n)."""
        start = self.by_map[:, :1]
        size = max(float(np.abs(start).mean()), 1e-12)
        return (np.where(start < 0, -1, 1) * (start - curves)).mean(axis=-1) / size

    @property
    def drops(self) -> dict[str, float]:
        """Mean drop along each curve, in shares of the target's mean size: "map", "brightness" and "chance"."""
        curves = {"map": self.by_map, "brightness": self.by_brightness, "chance": self.by_chance}
        return {name: float(self._drops(curve).mean()) for name, curve in curves.items()}

    @property
    def over_chance(self) -> tuple[float, float]:
        """Mean by which the map's order is ahead of random order, and its standard error over pictures or draws."""
        return over_pictures(self._drops(self.by_map)[None] - self._drops(self.by_chance))

    @property
    def over_brightness(self) -> tuple[float, float]:
        """Mean by which the map's order is ahead of brightness, and its standard error; NaN for one picture."""
        return over_pictures((self._drops(self.by_map) - self._drops(self.by_brightness))[None])

    @property
    def verdict(self) -> Verdict:
        """Passed if the map is ahead of both by more than two standard errors; of brightness simply ahead if NaN."""
        found, ahead = [], True
        for name, (mean, error) in (("random order", self.over_chance), ("order of brightness", self.over_brightness)):
            clear = mean > 2 * (0.0 if np.isnan(error) else error)
            ahead &= clear
            spread = "" if np.isnan(error) else f" ± {100 * error:.2g}"
            words = "faster than" if clear else "not clearly faster than"
            found.append(f"{words} in {name} ({100 * mean:+.3g}{spread} points)")
        return Verdict("deletion", bool(ahead), f"the target falls {' and '.join(found)}")


def deletion(
    model: Any,
    images: np.ndarray,
    explanation: Explanation,
    *,
    baseline: float = 0.0,
    points: int = 17,
    draws: int = 5,
    seed: int = 0,
) -> Deletion:
    """Remove pixels in the order of maps, of brightness, and at random, and measure the target.

    Pixels whose map is largest go first; where the target is below zero, those whose map is lowest, but for the
    gradient, which says how much and not which way. Ties are drawn.
    What is removed takes the value `baseline`, in all channels. The target "error" is that of the changed image.

    Args:
        model: the autoencoder.
        images: those that were explained, (n, height, width, channels) or one of them.
        explanation: maps of one method.
        baseline: pixel value in [0, 1]; "brightness" is the distance from it.
        points: number of points of a curve, at least 2.
        draws: number of random orders, at least 2.
        seed: seed of orders and ties.

    Raises:
        ValueError: for other images than those of the maps, or numbers out of range.
    """
    images = to_images(model, images)
    if images.shape[:3] != explanation.maps.shape:
        raise ValueError(f"images: expected those of the maps, {explanation.maps.shape}, got {images.shape}")
    if points < 2 or draws < 2 or not 0 <= baseline <= 1:
        raise ValueError(
            f"points, draws, baseline: expected at least 2, at least 2, and a value in [0, 1], got {points}, {draws} "
            f"and {baseline}"
        )
    random = np.random.default_rng(seed)
    shares = np.linspace(0, 1, points)
    turned = (explanation.values < 0) & (explanation.method not in WITHOUT_SIGN)
    sign = np.where(turned, -1, 1)[:, None]
    maps = sign * explanation.maps.reshape(len(images), -1)
    bright = np.abs(images - baseline).mean(-1).reshape(len(images), -1)
    scores = [maps, bright, *(np.zeros_like(maps) for _ in range(draws))]
    curves = []
    for score in scores:
        changed = _removed(images, score, shares, baseline, random).reshape(-1, *images.shape[1:])
        curves.append(target_values(model, changed, explanation.target).reshape(len(images), points))
    by_map, by_brightness, *by_chance = curves
    return Deletion(shares, by_map, by_brightness, np.stack(by_chance))


def _removed(images: np.ndarray, scores: np.ndarray, shares: np.ndarray, baseline: float, random) -> np.ndarray:
    """Return images without growing shares of their pixels, the largest scores first: (n, points, h, w, c)."""
    order = np.lexsort((random.random(scores.shape), -scores), axis=-1)
    ranks = np.argsort(order, axis=-1)
    gone = ranks[:, None] < np.rint(shares[:, None] * scores.shape[1])
    gone = gone.reshape(len(images), len(shares), *images.shape[1:3], 1)
    return np.where(gone, np.float32(baseline), images[:, None])
