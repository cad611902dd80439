"""A picture to be restored: corrupted by a named corruption, or noisy already, with what is known of it. No methods."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from aewidgets.classical.noise_levels import LEAST_SIDE, estimate_noise_level
from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.restoration.corruptions import CORRUPTIONS, corrupt
from aewidgets.studies.subjects import Subject

__all__ = [
    "AS_IS",
    "CORRUPTION_NAMES",
    "MOST_PIXELS",
    "CorruptedSubject",
    "checked_strength",
    "corrupt_subject",
    "middle",
    "task_of",
]

#: The "corruption" that leaves a picture as it is: it is noisy itself, and nobody knows what it should be.
AS_IS = "as-is"
#: All that can be done to a picture, or left.
CORRUPTION_NAMES = (*CORRUPTIONS, AS_IS)
#: Of a picture that is tried while somebody waits: non-local means takes seconds for as many.
MOST_PIXELS = 1_000_000


@dataclass(frozen=True, eq=False)
class CorruptedSubject:
    """A picture to be restored, and what is known of it.

    Attributes:
        original: uint8, (h, w) or (h, w, 3); None where nobody has it.
        given: float32 of that shape in units of [0, 1], which noise may leave: what methods get.
        shown: the same in 8 bits.
        corruption, strength, seed: what was done; strength is None for `AS_IS`.
        description: the same in words.
        task: that undoes it.
        mask, psf: of lost pixels and of a blur, as `aewidgets.restoration.corruptions.Corrupted` has them.
        told: noise level that methods are told; None where they have to find out.
        estimated: noise level as `estimate_noise_level` finds it; None for tasks without noise and small pictures.
    """

    original: np.ndarray | None = field(repr=False)
    given: np.ndarray = field(repr=False)
    shown: np.ndarray = field(repr=False)
    corruption: str
    strength: float | None
    seed: int
    description: str
    task: str
    mask: np.ndarray | None = field(repr=False)
    psf: np.ndarray | None = field(repr=False)
    told: float | None
    estimated: float | None


def middle(subject: Subject, most_pixels: int = MOST_PIXELS) -> Subject:
    """The picture, or of a larger one the middle of `most_pixels`, in its shape: what can be tried while one waits."""
    height, width = subject.image.shape[:2]
    scale = (most_pixels / (height * width)) ** 0.5
    if scale >= 1:
        return subject
    h, w = max(1, int(height * scale)), max(1, int(width * scale))
    top, left = (height - h) // 2, (width - w) // 2
    part = f"the middle of {width:,} × {height:,} pixels; `aewidgets denoise` takes all of them"
    return replace(subject, image=subject.image[top : top + h, left : left + w], source=f"{subject.source}; {part}")


def checked_strength(corruption: str, strength: float | None) -> float | None:
    """A strength in range, its default for None; None for `AS_IS`.

    Raises:
        ValueError: for an unknown corruption, and a strength out of range.
    """
    task_of(corruption)
    if corruption == AS_IS:
        return None
    parameter = CORRUPTIONS[corruption].strength
    return float(parameter.default if strength is None else parameter.check(strength, corruption))


def corrupt_subject(
    image: np.ndarray, corruption: str, strength: float | None = None, seed: int = 0, *, estimate: bool = True
) -> CorruptedSubject:
    """A picture, corrupted or taken as it is.

    Args:
        image: uint8 (h, w) or (h, w, 3).
        corruption: of `CORRUPTIONS`, or `AS_IS`.
        strength: in its unit; its default if None.
        seed: of the noise.
        estimate: whether the noise level is estimated; not for curves, which need it only where nobody tells it.

    Raises:
        ValueError: for an unknown corruption, and a strength or seed out of range.
    """
    task, level = task_of(corruption), None
    strength = checked_strength(corruption, strength)
    if corruption == AS_IS:
        given, mask, psf, description = to_float(image), None, None, "as it is"
    else:
        given, mask, psf, description = corrupt(image, corruption, strength, seed)
        level = strength if corruption == "gaussian" else None
    able = estimate and task == "noise" and min(image.shape[:2]) >= LEAST_SIDE
    estimated = estimate_noise_level(given) if able else None
    shown = to_uint8(np.clip(given, 0, 1))
    original = None if corruption == AS_IS else image
    known = (corruption, strength, seed, description, task, mask, psf)
    return CorruptedSubject(original, given, shown, *known, level, estimated)


def task_of(corruption: str) -> str:
    """What undoes a corruption: a task of `aewidgets.classical.TASKS`.

    Raises:
        ValueError: for an unknown one.
    """
    if corruption == AS_IS:
        return "noise"
    if corruption not in CORRUPTIONS:
        raise ValueError(f"unknown corruption {str(corruption)[:40]!r}; expected one of {', '.join(CORRUPTION_NAMES)}")
    return CORRUPTIONS[corruption].task
