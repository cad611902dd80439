"""Scores of reconstructions by name, of which the highest is the best. Knows no models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aewidgets.images.metrics import ms_ssim, psnr, ssim

__all__ = ["METRICS", "check_metric", "score_of"]


def _minus_mse(images: np.ndarray, found: np.ndarray) -> float:
    """Return minus the mean squared error."""
    return -float(np.mean(np.square(found - images), dtype="float64"))


def _minus_mae(images: np.ndarray, found: np.ndarray) -> float:
    """Return minus the mean absolute error."""
    return -float(np.mean(np.abs(found - images), dtype="float64"))


def _mean_psnr(images: np.ndarray, found: np.ndarray) -> float:
    """Return the mean over pictures of their PSNR in dB."""
    return float(np.mean(psnr(images, found, data_range=1)))


def _mean_over_pictures(metric: Callable[..., float]) -> Callable[[np.ndarray, np.ndarray], float]:
    """Return the mean over pictures of a metric of single pictures."""
    return lambda images, found: float(
        np.mean([metric(one, other, data_range=1) for one, other in zip(images, found, strict=True)])
    )


#: Name -> function of pictures and their reconstructions, both float32 (n, h, w, c) in [0, 1]; higher is better.
METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "mse": _minus_mse,
    "mae": _minus_mae,
    "psnr": _mean_psnr,
    "ssim": _mean_over_pictures(ssim),
    "ms-ssim": _mean_over_pictures(ms_ssim),
}


def check_metric(metric: str) -> None:
    """Raise ValueError unless a metric is a key of `METRICS`."""
    if not isinstance(metric, str) or metric not in METRICS:
        raise ValueError(f"metric: expected one of {', '.join(METRICS)}, got {metric!r}")


def score_of(metric: str, images: np.ndarray, found: np.ndarray) -> float:
    """Return the score of reconstructions: minus an error, or a similarity, so that higher is better.

    Args:
        metric: a key of `METRICS`.
        images: float32 (n, h, w, c) in [0, 1].
        found: their reconstructions, of the same shape; values outside [0, 1] count as its ends.

    Raises:
        ValueError: for an unknown metric, and for pictures that are too small for it.
    """
    check_metric(metric)
    return METRICS[metric](images, np.clip(found, 0, 1))
