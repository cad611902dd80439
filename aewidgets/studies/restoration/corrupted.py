"""Pictures to be restored: corrupted by a named corruption, or noisy already. Restores nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from aewidgets.classical.noise_estimates import WHITE, estimate_noise
from aewidgets.classical.noise_levels import LEAST_SIDE, estimate_noise_level
from aewidgets.images.arrays import gray_axis, to_float, to_uint8
from aewidgets.restoration.corruptions import CORRUPTIONS, corrupt
from aewidgets.studies.subjects import Subject
from aewidgets.system.brief import shown_briefly

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

#: The "corruption" that leaves a picture as it is: the picture is noisy already, and has no original.
AS_IS = "as-is"
#: Names of all corruptions, `AS_IS` last.
CORRUPTION_NAMES = (*CORRUPTIONS, AS_IS)
#: Pixels of the largest picture that is restored while somebody waits: non-local means takes seconds for it.
MOST_PIXELS = 1_000_000


@shown_briefly
@dataclass(frozen=True, eq=False)
class CorruptedSubject:
    """Picture to be restored, and what is known of it.

    Attributes:
        original: picture before it was corrupted, uint8 (h, w) or (h, w, 3); None if there is none.
        given: input of methods, float32 of that shape in units of [0, 1]; noise may exceed that range.
        shown: the input in 8 bits.
        corruption, strength, seed: corruption that was applied; strength is None for `AS_IS`.
        description: corruption and strength in words.
        task: task that undoes it.
        mask, psf: lost pixels and kernel of a blur, as `aewidgets.restoration.corruptions.Corrupted` has them.
        noise_level: noise level that methods are given, 0 to 255; None if they must estimate it.
        estimated: noise level by `estimate_noise_level`; None for tasks without noise and for small pictures.
        found: noise of another kind than white that `estimate_noise` found, or that it found none, in words; "" for
            white noise, and where the level is known.
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
    noise_level: float | None
    estimated: float | None
    found: str = ""


def middle(subject: Subject, most_pixels: int = MOST_PIXELS) -> Subject:
    """Return the picture, or the middle of a larger one: at most `most_pixels` pixels, in the picture's shape."""
    height, width = subject.image.shape[:2]
    scale = (most_pixels / (height * width)) ** 0.5
    if scale >= 1:
        return subject
    h, w = max(1, int(height * scale)), max(1, int(width * scale))
    top, left = (height - h) // 2, (width - w) // 2
    part = f"the middle of {width:,} × {height:,} pixels; `aewidgets denoise` takes all of them"
    here = slice(top, top + h), slice(left, left + w)
    alpha = None if subject.alpha is None else subject.alpha[here]
    return replace(subject, image=subject.image[here], alpha=alpha, source=f"{subject.source}; {part}")


def checked_strength(corruption: str, strength: float | None) -> float | None:
    """Return a strength that is in range, the default for None, and None for `AS_IS`.

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
    """Corrupt a picture, or take it as it is.

    Args:
        image: uint8 (h, w) or (h, w, 3).
        corruption: a name of `CORRUPTIONS`, or `AS_IS`.
        strength: strength in the corruption's unit; its default if None.
        seed: seed of the noise.
        estimate: whether the noise level is estimated; curves need that only where the level is unknown.

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
    looks = able and level is None and gray_axis(given) is None  # as `denoise` does
    found = estimate_noise(given) if looks else None
    estimated = (found.fine if found else estimate_noise_level(given)) if able else None
    shown = to_uint8(np.clip(given, 0, 1))
    original = None if corruption == AS_IS else image
    known = (corruption, strength, seed, description, task, mask, psf)
    words = found.words if found and found.verdict != WHITE else ""
    return CorruptedSubject(original, given, shown, *known, level, estimated, words)


def task_of(corruption: str) -> str:
    """Return the task of `aewidgets.classical.TASKS` that undoes a corruption.

    Raises:
        ValueError: for an unknown corruption.
    """
    if corruption == AS_IS:
        return "noise"
    if corruption not in CORRUPTIONS:
        raise ValueError(f"unknown corruption {str(corruption)[:40]!r}; expected one of {', '.join(CORRUPTION_NAMES)}")
    return CORRUPTIONS[corruption].task
