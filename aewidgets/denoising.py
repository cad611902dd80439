"""Noise taken out of a picture by the trained network or a classical method, under one face. No files, no training."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from aewidgets.classical import classical_methods, restore_classically
from aewidgets.images import to_float, to_uint8
from aewidgets.noise_levels import estimate_noise_level
from aewidgets.tiles import TILE, in_tiles

__all__ = ["LEARNED", "Denoised", "denoise", "denoising_methods", "through_network"]

LEARNED, BLIND = "learned", "blind"
WEIGHTS = {1: "photo-denoise-gray", 3: "photo-denoise-colour"}  # by channels


@dataclass(frozen=True, eq=False)
class Denoised:
    """What came of a picture.

    Attributes:
        image: uint8 where the picture was, else float32 in [0, 1]; of its shape.
        method: which made it.
        noise_level: that was told or estimated, 0 to 255; None for the blind network, which needs none.
        seconds: of the method alone.
    """

    image: np.ndarray
    method: str
    noise_level: float | None
    seconds: float


def denoising_methods() -> tuple[str, ...]:
    """Names that `denoise` takes: the network told the noise level, the same network untold, and classical methods."""
    return (LEARNED, BLIND, *(method.name for method in classical_methods("noise")))


def denoise(
    image: np.ndarray,
    noise_level: float | str = "auto",
    method: str = LEARNED,
    *,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Denoised:
    """A picture with less noise.

    Args:
        image: (h, w) or (h, w, 3); uint8, or float in units of [0, 1], which noise may leave.
        noise_level: standard deviation of the noise, 0 to 255 as papers print it; "auto" estimates it from the picture.
        method: of `denoising_methods()`.
        tile: side of the pieces that the network is given, a multiple of 8; memory grows with it.
        progress: called with (pieces done, pieces) by the network.
        stop: asked before each piece; KeyboardInterrupt is raised when it says so.

    Raises:
        ValueError: for another shape or type, a noise level out of range, and a method that is not known.
    """
    x = np.asarray(image)
    if not (x.ndim == 2 or (x.ndim == 3 and x.shape[2] == 3)) or 0 in x.shape:
        raise ValueError(f"image: expected (h, w) or (h, w, 3), got {x.shape}")
    if x.dtype != np.uint8 and not np.issubdtype(x.dtype, np.floating):
        raise ValueError(f"image: expected uint8, or float in units of [0, 1], got {x.dtype}")
    if method not in denoising_methods():
        raise ValueError(f"method: expected one of {', '.join(denoising_methods())}, got {method!r}")
    values = to_float(x) if x.dtype == np.uint8 else x.astype(np.float32)
    level = None if method == BLIND else _level(values, noise_level)
    start = time.perf_counter()
    if method in (LEARNED, BLIND):
        network = _network(x.shape[2] if x.ndim == 3 else 1)
        clean = through_network(network, values, level, tile, progress, stop) if level != 0 else values
    else:
        clean = restore_classically(method, values, "noise", noise_level=level)
    clean = np.clip(clean, 0, 1)
    seconds = time.perf_counter() - start
    return Denoised(to_uint8(clean) if x.dtype == np.uint8 else clean, method, level, seconds)


def _level(values: np.ndarray, asked: float | str) -> float:
    if asked == "auto":
        return estimate_noise_level(values)
    if isinstance(asked, str) or not 0 <= asked <= 255:
        raise ValueError(f"noise_level: expected 'auto', or a number from 0 to 255, got {asked!r}")
    return float(asked)


@cache
def _network(channels: int) -> Any:
    from aewidgets.pretrained import load_denoiser

    return load_denoiser(WEIGHTS[channels])


def through_network(
    network: Any,
    image: np.ndarray,
    noise_level: float | None,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """A picture through a denoiser, tile by tile.

    Args:
        network: an `aewidgets.models.denoiser.ResidualDenoiser`.
        image: float32 (h, w) or (h, w, 3) in units of [0, 1].
        noise_level: 0 to 255; None leaves it to the network.
        tile, progress, stop: as in `denoise`.

    Returns:
        float32 of the same shape, not clipped.
    """
    planes = image[..., None] if image.ndim == 2 else image
    told = np.float32((noise_level or 0) / 255)

    def of_tile(x: np.ndarray) -> np.ndarray:
        return network.restored(x, np.full((*x.shape[:3], 1), told))

    return in_tiles(of_tile, planes, network.multiple, network.reach, tile, progress, stop).reshape(image.shape)
