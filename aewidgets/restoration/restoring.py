"""JPEG artefacts, blur, lost pixels and low light undone, by the trained network or a classical method. No files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.classical import checked_mask, checked_psf, classical_methods, restore_classically, unit_image
from aewidgets.classical.noise_levels import estimate_noise_level
from aewidgets.images.arrays import to_uint8
from aewidgets.images.tiles import TILE
from aewidgets.restoration.learned import is_shipped, shipped, through_network, through_orientations
from aewidgets.restoration.network_inputs import TASKS, restorer_inputs

__all__ = [
    "LEARNED",
    "Denoised",
    "Restored",
    "denoise",
    "denoising_methods",
    "level_map",
    "restore",
    "restoring_methods",
]

LEARNED, BLIND, EIGHT = "learned", "blind", "learned-8"
NETWORKS = (LEARNED, BLIND, EIGHT)
DENOISERS = {1: "photo-denoise-gray", 3: "photo-denoise-colour"}  # shipped weights, by channels
RESTORER = "photo-restore"  # shipped weights
AHEAD = ("jpeg", "blur", "low-light")  # of classical methods that are told the same, on photos-select


@dataclass(frozen=True, eq=False)
class Restored:
    """What came of a picture.

    Attributes:
        image: uint8 where the picture was, else float32 in [0, 1]; of its shape.
        task, method: what was done, and how.
        seconds: of the method alone.
    """

    image: np.ndarray
    task: str
    method: str
    seconds: float


def restoring_methods(task: str, network: Any = None) -> tuple[str, ...]:
    """Names of what can be done for a task of `aewidgets.restoration.network_inputs.TASKS`, the one to begin with first.

    Args:
        task: one of them.
        network: that `restore` is given; its method comes first then. The network that comes with the package comes
            first where it is ahead of the classical methods, and last elsewhere.
    """
    classical = tuple(method.name for method in classical_methods(task))
    if network is None and not is_shipped(RESTORER):
        return classical
    return (LEARNED, *classical) if network is not None or task in AHEAD else (*classical, LEARNED)


def restore(
    image: np.ndarray,
    task: str,
    method: str | None = None,
    *,
    mask: np.ndarray | None = None,
    psf: np.ndarray | None = None,
    quality: int | None = None,
    noise_level: float | None = None,
    network: Any = None,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Restored:
    """A picture restored.

    Args:
        image: (h, w) or (h, w, 3); uint8, or float in units of [0, 1].
        task: "jpeg", "blur", "inpainting" or "low-light".
        method: of `restoring_methods(task)`; the first of them if None.
        mask: bool (h, w), True where pixels are lost; inpainting needs it.
        psf: the kernel of the blur, float of sum 1 with odd sides: classical methods need it, the network can do
            without, and is better for knowing it.
        quality: of the JPEG, 1 to 100: methods that use it are better for knowing it.
        noise_level: 0 to 255, for classical methods that use it.
        network: an `aewidgets.models.residual_denoiser.ResidualDenoiser` for restoration in place of the shipped one.
        tile, progress, stop: as in `aewidgets.restoration.restoring.denoise`.

    Raises:
        ValueError: for another shape, type, task or method, and for what a method needs and is not given.
    """
    if task not in TASKS:
        raise ValueError(f"task: expected one of {', '.join(TASKS)}, got {task!r}")
    method = method or restoring_methods(task, network)[0]
    if method not in (LEARNED, *restoring_methods(task, network)):
        raise ValueError(f"method: expected for {task} one of {', '.join(restoring_methods(task))}, got {method!r}")
    x = np.asarray(image)
    values = unit_image(x)
    mask = checked_mask(mask, x) if task == "inpainting" else None
    if method == LEARNED:
        network = network or shipped(RESTORER)  # loading it is not counted
    start = time.perf_counter()
    if method == LEARNED:
        kernel = checked_psf(psf) if task == "blur" and psf is not None else None
        given, maps = restorer_inputs(task, values, mask=mask, psf=kernel, quality=quality)
        restored = through_network(network, given, maps, tile, progress, stop)
    else:
        restored = restore_classically(
            method, values, task, noise_level=noise_level, mask=mask, psf=psf, quality=quality
        )
    if mask is not None:
        lost = mask if values.ndim == 2 else mask[..., None]
        restored = np.where(lost, restored, values)  # what is known stays
    restored = np.clip(restored, 0, 1)
    seconds = time.perf_counter() - start
    return Restored(to_uint8(restored) if x.dtype == np.uint8 else restored, task, method, seconds)


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


def denoising_methods(channels: int | None = None) -> tuple[str, ...]:
    """Names of what can be done: the network told the noise level, the same untold, the mean of what it makes of a
    picture's eight orientations (eight times the work; Timofte, Rothe and Van Gool 2016, section 3.6), and classical
    methods.

    Args:
        channels: of the picture, 1 or 3. The network is left out where its weights do not come with the package; for
            None, where those for gray and those for colour do not.
    """
    wanted = DENOISERS.values() if channels is None else (DENOISERS[channels],)
    learned = NETWORKS if any(is_shipped(name) for name in wanted) else ()
    return (*learned, *(method.name for method in classical_methods("noise")))


def denoise(
    image: np.ndarray,
    noise_level: float | str = "auto",
    method: str = LEARNED,
    *,
    network: Any = None,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Denoised:
    """A picture with less noise.

    Args:
        image: (h, w) or (h, w, 3); uint8, or float in units of [0, 1], which noise may leave.
        noise_level: standard deviation of the noise, 0 to 255 as papers print it; "auto" estimates it from the picture.
        method: of `denoising_methods()`.
        network: an `aewidgets.models.residual_denoiser.ResidualDenoiser` in place of the shipped one; one for colour takes gray
            pictures too.
        tile: side of the pieces that the network is given, a multiple of 8; memory grows with it.
        progress: called with (pieces done, pieces) by the network.
        stop: asked before each piece; KeyboardInterrupt is raised when it says so.

    Raises:
        ValueError: for another shape or type, a noise level out of range, and a method that is not known.
    """
    x = np.asarray(image)
    values = unit_image(x)
    if method not in (*NETWORKS, *denoising_methods()):
        raise ValueError(f"method: expected one of {', '.join(denoising_methods())}, got {method!r}")
    level = None if method == BLIND else _level(values, noise_level)
    if method in NETWORKS:
        channels = x.shape[2] if x.ndim == 3 else 1
        network = network or shipped(DENOISERS[channels])  # loading it is not counted
        if network.channels not in (channels, 3) or network.num_maps != 1:
            raise ValueError(f"network: expected one that denoises {channels} channels, got {network.describe()}")
    start = time.perf_counter()
    if level == 0 and method in NETWORKS:
        clean = values
    elif method in NETWORKS:
        through = through_orientations if method == EIGHT else through_network
        clean = through(network, values, level_map(values, level), tile, progress, stop)
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


def level_map(image: np.ndarray, noise_level: float | None) -> np.ndarray:
    """float32 (h, w, 1): the noise's standard deviation in units of the picture; 0 for None, where it is not known."""
    return np.full((*image.shape[:2], 1), (noise_level or 0) / 255, np.float32)
