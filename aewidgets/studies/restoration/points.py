"""One picture, corrupted or noisy already, through one method: result, figures and time. No drawing.

Widgets, notebooks and tests get the same figures from here. Denoisers are given the picture in float, as in published
tables, restorers in 8 bits, as it is shown; PSNR and SSIM are of results in 8 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from aewidgets.classical import CLASSICAL
from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.images.metrics import psnr, ssim
from aewidgets.images.perceptual import flip
from aewidgets.restoration.own_methods import OwnMethod, own_method
from aewidgets.restoration.restoring import (
    BLIND,
    EIGHT,
    LEARNED,
    denoise,
    denoising_methods,
    restore,
    restoring_methods,
    takes_noise_level,
)
from aewidgets.studies.restoration.corrupted import AS_IS, CorruptedSubject, task_of
from aewidgets.system.brief import shown_briefly

__all__ = [
    "INPUT",
    "ORIGINAL",
    "DenoisePoint",
    "MethodChoice",
    "denoise_point",
    "label_of",
    "method_choices",
    "with_flip",
]

#: Names that are no methods: the picture before it was corrupted, and after.
ORIGINAL, INPUT = "original", "noisy"
_ABOUT = {
    ORIGINAL: "The picture before anything was done to it",
    INPUT: "The picture that methods are given",
    LEARNED: "A network trained on photographs, given what is known of the noise or damage",
    BLIND: "The same network without the noise level, which it estimates itself (blind denoising)",
    EIGHT: "The mean of the network's results for the picture turned and mirrored in eight ways (self-ensemble)",
}
_LEAST_SSIM = 11  # pixels a side
_SLOW = ("ksvd",)  # minutes for a quarter of a megapixel

#: Called with (pieces done, pieces) by methods that work in pieces; an exception that it raises ends them.
Progress = Callable[[int, int], None]


@shown_briefly
class MethodChoice(NamedTuple):
    """A method, or the picture itself, that may be chosen for a side.

    Attributes:
        name: name as `denoise_point` takes it.
        label: name for menus.
        does: whether it is a method, rather than the picture itself.
        slow: whether it takes minutes, and is left out where all are tried.
        about: what it is, and its source; "" for methods of one's own.
    """

    name: str
    label: str
    does: bool
    slow: bool
    about: str = ""


@shown_briefly
@dataclass(frozen=True, eq=False)
class DenoisePoint:
    """Result of one method on one picture.

    Attributes:
        method: name of the method, or `ORIGINAL` or `INPUT`.
        label: its name for captions.
        psnr_db, ssim: figures against the original; None without an original, SSIM also below 11 pixels a side.
        seconds: time of the method alone; None for `ORIGINAL` and `INPUT`.
        image: result, uint8.
        flip: see `aewidgets.images.perceptual.flip`; None before `with_flip`, without an original, and without its
            package.
    """

    method: str
    label: str
    psnr_db: float | None
    ssim: float | None
    seconds: float | None
    image: np.ndarray = field(repr=False)
    flip: float | None = None

    def bare(self) -> DenoisePoint:
        """Return the point without its picture: the figures that tables and curves keep."""
        return replace(self, image=self.image[:0].copy())  # a view would keep the picture


def label_of(method: str | OwnMethod) -> str:
    """Return the name of a method for captions and menus; that of a method of one's own is its name.

    Raises:
        ValueError: for an unknown method.
    """
    if isinstance(method, OwnMethod):
        return method.name
    own = {ORIGINAL: "Original", INPUT: "Input", LEARNED: "Learned", BLIND: "Learned, blind"}
    own[EIGHT] = "Learned, mean of 8"
    if method in own:
        return own[method]
    if method not in CLASSICAL:
        raise ValueError(f"unknown method {method[:40]!r}; expected one of {', '.join((*own, *CLASSICAL))}")
    return CLASSICAL[method].label


def method_choices(corruption: str, channels: int, own: Iterable[OwnMethod] = ()) -> tuple[MethodChoice, ...]:
    """Return all that a side may show: the picture before and after corruption, then methods, the best first.

    Args:
        corruption: a name of `CORRUPTIONS`, or `AS_IS`.
        channels: number of channels of the picture, 1 or 3.
        own: methods of one's own; those that can do the task come last.

    Raises:
        ValueError: for an unknown corruption, and for another number of channels.
    """
    if channels not in (1, 3):
        raise ValueError(f"channels: expected 1 for gray or 3 for colour, got {channels!r}")
    task = task_of(corruption)
    able = denoising_methods(channels) if task == "noise" else restoring_methods(task)
    itself = (INPUT,) if corruption == AS_IS else (ORIGINAL, INPUT)
    named = (
        MethodChoice(name, label_of(name), name not in itself, name in _SLOW, _about(name)) for name in (*itself, *able)
    )
    return (*named, *(MethodChoice(of.name, of.name, True, False) for of in own if of.does(task)))


def _about(name: str) -> str:
    """Return what a method is, in words and with its source."""
    return _ABOUT.get(name) or CLASSICAL[name].reference


def denoise_point(corrupted: CorruptedSubject, method: Any, progress: Progress | None = None) -> DenoisePoint:
    """Restore a corrupted picture by one method, and measure the result.

    Args:
        corrupted: picture from `corrupt_subject`.
        method: a name of `method_choices`, or a method of your own as `aewidgets.denoise` takes it.
        progress: see `Progress`.

    Raises:
        ValueError: for another method, and for a picture that the method cannot restore; the message says why.
    """
    channels = 1 if corrupted.given.ndim == 2 else 3
    able = [choice.name for choice in method_choices(corrupted.corruption, channels)]
    method = method if isinstance(method, str) else own_method(method)
    if isinstance(method, str) and method not in able:
        raise ValueError(f"method: expected for {corrupted.description} one of {', '.join(able)}, got {method[:40]!r}")
    image, seconds = _made(corrupted, method, progress)
    image = image if image.dtype == np.uint8 else to_uint8(image)
    name = method if isinstance(method, str) else method.name
    if corrupted.original is None:
        return DenoisePoint(name, label_of(method), None, None, seconds, image)
    fidelity = float(psnr(corrupted.original, image))
    similar = ssim(corrupted.original, image) if min(image.shape[:2]) >= _LEAST_SSIM else None
    return DenoisePoint(name, label_of(method), fidelity, similar, seconds, image)


def with_flip(corrupted: CorruptedSubject, point: DenoisePoint) -> DenoisePoint:
    """Return a point with FLIP measured too, which takes longer than the other figures together."""
    if corrupted.original is None or point.flip is not None:
        return point
    return replace(point, flip=flip(corrupted.original, point.image))


def _made(
    corrupted: CorruptedSubject, method: str | OwnMethod, progress: Progress | None
) -> tuple[np.ndarray, float | None]:
    if method == ORIGINAL:
        assert corrupted.original is not None
        return corrupted.original, None
    if method == INPUT:
        return corrupted.shown, None
    if corrupted.task == "noise":
        level = corrupted.estimated if corrupted.noise_level is None else corrupted.noise_level
        given = (level or 0.0) if takes_noise_level(method) and not corrupted.found else "auto"
        denoised = denoise(corrupted.given, given, method, progress=progress)
        return denoised.image, denoised.seconds
    quality = int(corrupted.strength or 0) if corrupted.corruption == "jpeg" else None
    shown = to_float(corrupted.shown)
    facts: dict[str, Any] = {"mask": corrupted.mask, "psf": corrupted.psf, "quality": quality}
    if isinstance(method, OwnMethod):  # the lost pixels are always known, since the others stay
        facts = {name: fact for name, fact in facts.items() if name in (*method.facts, "mask")}
    restored = restore(shown, corrupted.task, method, progress=progress, **facts)
    return restored.image, restored.seconds
