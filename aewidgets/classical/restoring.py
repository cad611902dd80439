"""Classical restoration under one face: what a user hands over, checked, and the method run."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np

from aewidgets.classical.methods import CLASSICAL, TASKS, Known, Method

__all__ = ["classical_methods", "restore_classically"]


def classical_methods(task: str) -> tuple[Method, ...]:
    """The methods for one of `TASKS`, the one to begin with first.

    Raises:
        ValueError: for another task.
    """
    _known("task", task, TASKS)
    return tuple(method for method in CLASSICAL.values() if task in method.tasks)


def restore_classically(
    name: str,
    image: np.ndarray,
    task: str,
    *,
    noise_level: float | None = None,
    mask: np.ndarray | None = None,
    psf: np.ndarray | None = None,
    quality: int | None = None,
) -> np.ndarray:
    """A picture restored by a classical method.

    Args:
        name: of `CLASSICAL`.
        image: (h, w) or (h, w, 3); uint8, or float in units of [0, 1], where noise may leave that range.
        task: "noise", "jpeg", "blur", "inpainting" or "low-light".
        noise_level: standard deviation of the noise, 0 to 255. For "noise" it is estimated where it is not told; for
            "jpeg" it is the strength, which otherwise follows from the quality; for "blur" it sets Wiener's balance.
        mask: bool (h, w), True where pixels are lost: for "inpainting".
        psf: the kernel of the blur, float (n, m) of sum 1 with odd sides: for "blur".
        quality: 1 to 95, of the JPEG; taken for 20 where it is not told.

    Returns:
        float32 of the image's shape, in [0, 1].

    Raises:
        ValueError: for unknown names, a method that does not do the task, and what is missing for it or out of range.
    """
    method = CLASSICAL[_known("method", name, CLASSICAL)]
    if _known("task", task, TASKS) not in method.tasks:
        able = ", ".join(m.name for m in classical_methods(task))
        raise ValueError(f"{name}: does {' and '.join(method.tasks)}; for {task} take one of {able}")
    x = unit_image(image)
    if noise_level is not None and not 0 <= noise_level <= 255:
        raise ValueError(f"noise_level: expected 0 to 255, got {noise_level}")
    if quality is not None and not 1 <= quality <= 100:
        raise ValueError(f"quality: expected 1 to 100, got {quality}")
    known = Known(
        task,
        noise_level,
        mask=checked_mask(mask, x) if task == "inpainting" else None,
        psf=checked_psf(psf) if task == "blur" else None,
        quality=quality,
    )
    restored = np.clip(method.function(x, known), 0, 1).astype(np.float32)
    return restored.reshape(x.shape)  # scikit-image drops sides of one pixel


def unit_image(image: np.ndarray) -> np.ndarray:
    """A picture as float32 in units of [0, 1], which noise may leave; ValueError in words for what is none."""
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3) or not image.size:
        raise ValueError(f"image: expected (h, w) or (h, w, 3), got {image.shape}")
    if image.dtype == np.uint8:
        return image.astype(np.float32) / np.float32(255)
    if image.dtype.kind != "f":
        raise ValueError(f"image: expected uint8, or floats in units of [0, 1], got {image.dtype}")
    if not np.isfinite(image).all():
        raise ValueError("image: expected finite numbers, got NaN or infinity")
    return image.astype(np.float32)


def checked_mask(mask: np.ndarray | None, x: np.ndarray) -> np.ndarray:
    """Where pixels of the picture x are lost; ValueError in words for what is no mask of it."""
    if mask is None or mask.dtype != np.bool_ or mask.shape != x.shape[:2]:
        got = "none" if mask is None else f"{mask.dtype} {mask.shape}"
        raise ValueError(f"mask: expected bool {x.shape[:2]}, True where pixels are lost, got {got}")
    return mask


def checked_psf(psf: np.ndarray | None) -> np.ndarray:
    """The kernel of a blur as float64 of sum 1; ValueError in words for what is none."""
    if psf is None or psf.ndim != 2 or not all(side % 2 and side <= 255 for side in psf.shape):
        got = "none" if psf is None else psf.shape
        raise ValueError(f"psf: expected the kernel of the blur, (n, m) with odd sides up to 255, got {got}; "
                         "corrupt gives one, or make it with gaussian_psf or motion_psf")  # fmt: skip
    total = float(psf.sum())
    if not (np.isfinite(psf).all() and psf.min() >= 0 and abs(total - 1) < 0.01):
        raise ValueError(f"psf: expected finite numbers from 0 on with sum 1, got sum {total:g}; divide it by its sum")
    return psf.astype(np.float64) / total


def _known(what: str, name: str, known: Iterable[str]) -> str:
    if isinstance(name, str) and name in known:
        return name
    near = get_close_matches(str(name)[:40], known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(known)}"
    raise ValueError(f"unknown {what} {str(name)[:40]!r}; {hint}")
