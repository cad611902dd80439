"""Damaged pictures of one's own: what can be estimated of the damage, and what each repair makes of it. No drawing.

Nobody has said what happened to such a picture, and mostly nobody has the original. What can be estimated from its file
and its pixels is estimated; a repair is tried where it has what it needs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aewidgets.classical.light import gain_to_white
from aewidgets.classical.noise_levels import LEAST_SIDE, estimate_noise_level
from aewidgets.images.arrays import ImageError, to_float, to_rgb
from aewidgets.images.jpeg_quality import jpeg_quality
from aewidgets.images.metrics import psnr, ssim
from aewidgets.images.perceptual import flip
from aewidgets.restoration.restoring import LEARNED, denoise, denoising_methods, restore, restoring_methods
from aewidgets.studies.restoration.corrupted import middle
from aewidgets.studies.restoration.points import INPUT, DenoisePoint, label_of
from aewidgets.studies.subjects import open_subject
from aewidgets.system.brief import shown_briefly

__all__ = ["OwnPicture", "open_own", "repair_own"]

#: Pixels of the largest part that is looked at: all repairs of it take some seconds.
MOST_PIXELS = 160_000
_LEAST_SSIM = 11  # pixels a side
_WHAT = {"noise": "noise", "jpeg": "JPEG artefacts", "blur": "blur, its kernel not known",
         "inpainting": "transparent pixels", "low-light": "low light"}  # fmt: skip
# The only method that needs no kernel, and the fastest of the good ones where much is lost.
_NETWORK = {"blur": LEARNED, "inpainting": LEARNED}


@shown_briefly
@dataclass(frozen=True, eq=False)
class OwnPicture:
    """A damaged picture, and what can be estimated of its damage.

    Attributes:
        name: name of the file.
        image: the picture, or the middle of a larger one, uint8 (h, w) or (h, w, 3).
        original: the same part of the undamaged picture, of the same shape; None without one.
        lost: bool (h, w), True for pixels that are wholly transparent; None if there is none, or nothing else.
        noise_level: estimated noise level, 0 to 255; None below 16 pixels a side.
        quality: quality of the JPEG by the tables in its file; None for other files.
        gain: gain of linear light that makes the brightest half percent white, 1 for a picture that has white.
        part: which part of the file the picture is, in words.
    """

    name: str
    image: np.ndarray = field(repr=False)
    original: np.ndarray | None = field(repr=False)
    lost: np.ndarray | None = field(repr=False)
    noise_level: float | None
    quality: int | None
    gain: float
    part: str


def open_own(source: Any, original: Any = None, most_pixels: int = MOST_PIXELS) -> OwnPicture:
    """Open a damaged picture, and the same picture undamaged if there is one, and estimate what was done to it.

    Args:
        source: a picture as `open_subject` takes it, such as a path; it may be transparent, of any size.
        original: the same picture undamaged, of the same height and width; None without one.
        most_pixels: largest height times width; of larger pictures the middle is taken.

    Raises:
        ImageError: for anything but a picture of 8 bits, and for an original of another size.
    """
    whole = open_subject(source, alpha=True)
    opened = middle(whole, most_pixels)
    image = opened.image
    good = None if original is None else open_subject(original, alpha=True)
    if good is not None:
        if good.image.shape[:2] != whole.image.shape[:2]:
            sizes = [" x ".join(map(str, s.image.shape[1::-1])) for s in (whole, good)]
            raise ImageError(
                f"original: expected the same picture undamaged, of {sizes[0]} pixels as {whole.name} has, "
                f"got {sizes[1]}; cut or resize it first, or leave it out"
            )
        image, undamaged = _alike(image, middle(good, most_pixels).image)
    clear = None if opened.alpha is None else opened.alpha == 0
    lost = clear if clear is not None and clear.any() and not clear.all() else None
    level = estimate_noise_level(image) if min(image.shape[:2]) >= LEAST_SIDE else None
    quality = jpeg_quality(source) if isinstance(source, str | os.PathLike | bytes) else None
    here, there = (s.image.shape[1::-1] for s in (opened, whole))
    part = "all of it" if here == there else f"its middle, {here[0]} x {here[1]} of {there[0]} x {there[1]} pixels"
    return OwnPicture(
        name=whole.name, image=image, original=None if good is None else undamaged, lost=lost, noise_level=level,
        quality=quality, gain=gain_to_white(to_float(image)), part=part,
    )  # fmt: skip


def repair_own(own: OwnPicture, tasks: tuple[str, ...] = tuple(_WHAT)) -> list[DenoisePoint]:
    """Try every repair that has what it needs; the picture as it came first.

    Noise, if there is any, is removed by the network, given the estimated level; JPEG artefacts of a JPEG, given its
    quality; blur without a kernel; transparent pixels are filled in; low light is brightened unless there is white
    already. The method is the network for blur and transparent pixels, and the one recommended for the task elsewhere.

    Args:
        own: picture from `open_own`.
        tasks: tasks to try, of "noise", "jpeg", "blur", "inpainting" and "low-light".

    Returns:
        One point for each repair, its label says what was repaired and how. PSNR and SSIM are None without an original,
        SSIM also below 11 pixels a side.
    """
    points = [_point(own, INPUT, "as it came", None, own.image)]
    for task in tasks:
        facts: dict[str, Any] = {"quality": own.quality} if task == "jpeg" else {}
        facts |= {"mask": own.lost} if task == "inpainting" else {}
        if task == "noise":
            method = denoising_methods(1 if own.image.ndim == 2 else 3)[0]
            able = bool(own.noise_level)  # known, and not 0
        else:
            methods = restoring_methods(task)
            method = _NETWORK.get(task, methods[0])
            lacking = any(value is None for value in facts.values())
            able = method in methods and not lacking and (task != "low-light" or own.gain > 1)
        if able:
            done = (
                denoise(own.image, own.noise_level or 0.0, method)
                if task == "noise"
                else restore(own.image, task, method, **facts)
            )
            points.append(_point(own, method, f"{_WHAT[task]}: {label_of(method)}", done.seconds, done.image))
    return points


def _alike(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two images of one size as two of one shape: both in colour if one is."""
    return (a, b) if a.ndim == b.ndim else (np.asarray(to_rgb(a)), np.asarray(to_rgb(b)))


def _point(own: OwnPicture, method: str, label: str, seconds: float | None, image: np.ndarray) -> DenoisePoint:
    """Measure a result against the original, where there is one."""
    if own.original is None:
        return DenoisePoint(method, label, None, None, seconds, image)
    similar = float(ssim(own.original, image)) if min(image.shape[:2]) >= _LEAST_SSIM else None
    found = flip(own.original, image)
    return DenoisePoint(method, label, float(psnr(own.original, image)), similar, seconds, image, found)
