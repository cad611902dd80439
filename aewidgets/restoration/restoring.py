"""JPEG artefacts, blur, lost pixels and low light undone, by the trained network or a classical method. No files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.classical import checked_mask, checked_psf, classical_methods, restore_classically, unit_image
from aewidgets.images.reading import to_uint8
from aewidgets.images.tiles import TILE
from aewidgets.restoration.learned import is_shipped, shipped, through_network
from aewidgets.restoration.network_inputs import TASKS, restorer_inputs

__all__ = ["LEARNED", "Restored", "restore", "restoring_methods"]

LEARNED = "learned"
WEIGHTS = "photo-restore"
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
    if network is None and not is_shipped(WEIGHTS):
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
        tile, progress, stop: as in `aewidgets.restoration.denoising.denoise`.

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
        network = network or shipped(WEIGHTS)  # loading it is not counted
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
