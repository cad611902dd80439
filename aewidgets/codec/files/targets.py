"""The quality at which a picture takes so many bytes, or keeps so many decibels. No files, no pictures of its own.

Bytes and decibels rise with the quality, the logarithm of the bytes and the decibels almost in a straight line: regula
falsi with the Illinois rule (Dowell and Jarratt 1971, BIT 11) needs about four steps, each of them one encoding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aewidgets.codec.coding.constants import QUALITY_MAX
from aewidgets.codec.files.packing import Packer

__all__ = ["Found", "Target", "TargetError", "search"]

SLACK = 0.98  # a file of a target size has at least this share of it
CLOSE_DB = 0.05
_AIM_DB = 0.03  # searched for, so that the last rounding to a stored quality cannot matter
_MAX_STEPS = 24
_TYPICAL_BPP = 0.1, 1.5  # of photographs at quality 1 and 100: where the search starts
_TYPICAL_DB = 29.0, 43.0


class TargetError(ValueError):
    """No quality reaches the target; the message says what can be reached."""


@dataclass(frozen=True)
class Target:
    """What is asked for: exactly one of a file's bytes, its bits per pixel, and the PSNR of the picture in dB."""

    num_bytes: int | None = None
    bpp: float | None = None
    psnr_db: float | None = None

    def __post_init__(self) -> None:
        given = [v for v in (self.num_bytes, self.bpp, self.psnr_db) if v is not None]
        if len(given) != 1 or not (math.isfinite(given[0]) and given[0] > 0):
            raise TargetError(f"expected one positive number of bytes, bpp or dB; got {self}")

    def limit(self, pixels: int) -> int | None:
        """The most bytes that a file of so many pixels may have; None where the target is not a size."""
        return self.num_bytes if self.bpp is None else int(self.bpp * pixels / 8)


@dataclass(frozen=True)
class Found:
    """What `search` gives.

    Attributes:
        data: the file.
        quality: stored quality, 0 ... 65535; None for a lossless file.
        encodings: how often the picture was analysed and coded.
        psnr_db: of the decoded picture where it was searched for (infinite: lossless), else None.
    """

    data: bytes
    quality: int | None
    encodings: int
    psnr_db: float | None = None


def search(packer: Packer, target: Target) -> Found:
    """The file of a picture that meets a target.

    A size is met from below, to 2 % where that many bytes make a difference; a lossless file that is no larger than
    the target is taken at once. A PSNR is met to 0.05 dB.

    With effort the quality is first found by forward passes alone; one or two refined encodings then meet the target
    as closely, for they are a little smaller at the same quality.

    Raises:
        TargetError: when every file is larger, or no quality has that PSNR.
    """
    colour = packer.colour
    limit = target.limit(colour.shape[0] * colour.shape[1])

    def found(effort: int, guess: int | None = None) -> Found:
        if limit is not None:
            return _to_size(packer, limit, effort, guess)
        assert target.psnr_db is not None
        return _to_psnr(packer, target.psnr_db, effort, guess)

    effort = packer.choosing.effort
    if not effort:
        return found(0)
    try:
        rough = found(0)
    except TargetError:  # just out of reach without effort, perhaps
        return found(effort)
    if rough.quality is None:
        return rough
    try:
        fine = found(effort, rough.quality)
    except TargetError:
        return rough
    return replace(fine, encodings=rough.encodings + fine.encodings)


def _to_size(packer: Packer, limit: int, effort: int, guess: float | None) -> Found:
    if exact := packer.lossless_within(limit):
        return Found(exact, None, 0)
    pixels = packer.colour.shape[0] * packer.colour.shape[1]
    seen: dict[int, bytes] = {}

    def excess(quality: int) -> float:
        seen[quality] = packer.lossy(quality, effort)[0]
        return math.log(len(seen[quality]) / (limit * (1 + SLACK) / 2))

    def good(quality: int) -> bool:
        return SLACK * limit <= len(seen[quality]) <= limit

    slope = math.log(_TYPICAL_BPP[1] / _TYPICAL_BPP[0]) / QUALITY_MAX
    guess = math.log(8 * limit / pixels / _TYPICAL_BPP[0]) / slope if guess is None else guess
    _root(excess, good, guess, slope)
    fitting = [q for q, data in seen.items() if len(data) <= limit]
    if not fitting:
        smallest = min(map(len, seen.values()))
        raise TargetError(
            f"{limit:,} bytes: this picture needs at least {smallest:,}, at quality 1; "
            "ask for more bytes, or make the picture smaller"
        )
    quality = max(fitting, key=lambda q: (len(seen[q]), q))
    return Found(seen[quality], quality, len(seen))


def _to_psnr(packer: Packer, psnr_db: float, effort: int, guess: float | None) -> Found:
    seen: dict[int, tuple[bytes, float]] = {}

    def excess(quality: int) -> float:
        data, encoded = packer.lossy(quality, effort)
        seen[quality] = data, _psnr(packer, encoded, quality)
        return seen[quality][1] - psnr_db

    def good(quality: int) -> bool:
        return abs(seen[quality][1] - psnr_db) <= _AIM_DB

    slope = (_TYPICAL_DB[1] - _TYPICAL_DB[0]) / QUALITY_MAX
    _root(excess, good, (psnr_db - _TYPICAL_DB[0]) / slope if guess is None else guess, slope)
    quality = min(seen, key=lambda q: abs(seen[q][1] - psnr_db))
    data, reached = seen[quality]
    if exact := packer.lossless_within(len(data)):
        return Found(exact, None, len(seen), math.inf)
    if abs(reached - psnr_db) > CLOSE_DB:
        least = reached > psnr_db
        raise TargetError(
            f"{psnr_db:g} dB: this picture has {'no less' if least else 'no more'} than {reached:.2f} dB, at quality "
            f"{1 if least else 100}; " + ("ask for more" if least else "ask for less, or keep it losslessly, as PNG")
        )
    return Found(data, quality, len(seen), reached)


def _psnr(packer: Packer, encoded: Any, quality: int) -> float:
    """Of what a decoder will show, in dB, over the pixels that are not wholly transparent."""
    colour, alpha = packer.colour, packer.picture.alpha
    shown = packer.codec.picture(encoded.y_hat, encoded.symbols, quality)[: colour.shape[0], : colour.shape[1]]
    if packer.picture.gray:
        shown = np.rint(shown.mean(axis=-1))
    error = (shown.astype("float32") - colour) ** 2
    if alpha is not None and alpha.any():
        error = error[alpha > 0]
    return 10 * math.log10(255**2 / max(float(np.mean(error, dtype="float64")), 1e-12))


def _root(excess: Callable[[int], float], good: Callable[[int], bool], guess: float, slope: float) -> None:
    """Asks for qualities until one is good, or none is left between too little and too much.

    Args:
        excess: of a stored quality, rising through zero.
        good: whether one that was asked for will do.
        guess: where to start.
        slope: of the excess, about, until it is known on both sides.
    """
    below = above = None  # the nearest (quality, excess) on either side of zero
    quality, last = round(min(max(guess, 0), QUALITY_MAX)), 0
    for _ in range(_MAX_STEPS):
        value = excess(quality)
        if good(quality):
            return
        side = 1 if value >= 0 else -1
        if side > 0:
            above = quality, value
        else:
            below = quality, value
        if below is None or above is None:
            if quality == (0 if side > 0 else QUALITY_MAX):
                return
            further = min(max(round(quality - 1.5 * value / slope), 0), QUALITY_MAX)
            quality = min(further, quality - 1) if side > 0 else max(further, quality + 1)
        elif above[0] - below[0] < 2:
            return
        else:
            if side == last > 0:  # Illinois: the end that stays counts half, so that it does not stay for ever
                below = below[0], below[1] / 2
            elif side == last:
                above = above[0], above[1] / 2
            share = below[1] / (below[1] - above[1])
            between = round(below[0] + (above[0] - below[0]) * share)
            quality = min(max(between, below[0] + 1), above[0] - 1)
        last = side
