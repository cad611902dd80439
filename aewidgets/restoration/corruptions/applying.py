"""Application of named corruptions to an image, seeded, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import signal

from aewidgets.images.arrays import unit_floats
from aewidgets.restoration.corruptions.steps import CheckedStep, Step, checked_steps, parse_steps
from aewidgets.system.brief import shown_briefly

__all__ = ["Corrupted", "corrupt"]

SEEDS = 2**32  # number of seeds that RandomState takes


@shown_briefly
class Corrupted(NamedTuple):
    """A corrupted image, and what is known of its corruption.

    Attributes:
        image: float32 (h, w) or (h, w, 3), in units of [0, 1]; noise may leave that range.
        mask: bool (h, w), True where pixels are lost, which hold 0; None if no step loses pixels.
        psf: kernel of all blurs together, float32 (n, n) of sum 1; None without a blur.
        description: the steps in words.
    """

    image: np.ndarray
    mask: np.ndarray | None
    psf: np.ndarray | None
    description: str


def corrupt(
    image: np.ndarray,
    kind_or_steps: str | Sequence[Step | tuple],
    strength: float | None = None,
    seed: int = 0,
    **options: float,
) -> Corrupted:
    """Corrupt an image in one or several steps.

    Every call draws noise anew from `numpy.random.RandomState(seed)`, as published denoising figures do; step i of
    several (from 0) draws from seed + i. Lost pixels hold 0 at the end, whatever steps follow their loss.

    Args:
        image: (h, w) or (h, w, 3); uint8, or float in [0, 1].
        kind_or_steps: a name in `CORRUPTIONS`, a text as `parse_steps` takes it, or a sequence of (kind, strength) or
            (kind, strength, options); an empty one changes nothing.
        strength: strength of one named kind, in its own unit; its default if None.
        seed: 0 to 2**32 - 1.
        options: further parameters of one named kind, such as angle=30.

    Raises:
        ValueError: for another shape or range, an unknown kind or option, a number out of its range.
    """
    x = _checked_image(image)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < SEEDS:
        raise ValueError(f"seed: expected a whole number from 0 to {SEEDS - 1}, got {seed!r}")
    steps = _steps(kind_or_steps, strength, options)
    mask, psf = None, None
    for index, step in enumerate(steps):
        rng = np.random.RandomState((int(seed) + index) % SEEDS)
        part = step.kind.apply(x, step.strength, rng, **step.options)
        x = part.image
        if part.mask is not None:
            mask = part.mask if mask is None else mask | part.mask
        if part.psf is not None:
            psf = part.psf if psf is None else signal.convolve(psf, part.psf)
    if mask is not None:
        x[mask] = 0
    return Corrupted(x, mask, psf, ", then ".join(step.description for step in steps) or "nothing")


def _steps(kind_or_steps: Any, strength: float | None, options: dict[str, float]) -> list[CheckedStep]:
    """Return the steps that the arguments of `corrupt` stand for, checked."""
    if isinstance(kind_or_steps, str) and not set(kind_or_steps) & set(":+,"):
        return checked_steps([Step(kind_or_steps, strength, options)])
    if strength is not None or options:
        raise ValueError("expected strengths and options inside the steps, such as ('blur', 1.6); got arguments")
    return checked_steps(parse_steps(kind_or_steps) if isinstance(kind_or_steps, str) else kind_or_steps)


def _checked_image(image: np.ndarray) -> np.ndarray:
    """Return an image as float32 in [0, 1]; ValueError for what is no image."""
    if not isinstance(image, np.ndarray) or not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)):
        raise ValueError(f"image: expected an array (h, w) or (h, w, 3), got {getattr(image, 'shape', type(image))}; "
                         "read_image gives one")  # fmt: skip
    if not image.size:
        raise ValueError(f"image: expected at least one pixel, got {image.shape}")
    return unit_floats(image)
