"""Search for the quality at which the file of a picture meets a target: a number of bytes or a PSNR. No disk.

Bytes and PSNR rise with the quality; the PSNR and the logarithm of the bytes do so almost in a straight line. Regula
falsi with the Illinois rule (Dowell and Jarratt 1971, BIT 11) therefore needs about four steps, each one encoding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from aewidgets.codec.coding.constants import QUALITY_MAX
from aewidgets.codec.coding.container import max_error_of
from aewidgets.codec.files.near_lossless import within
from aewidgets.codec.files.packing import Packer

__all__ = ["Found", "Target", "TargetError", "search"]

SLACK = 0.98  # least share of a target size that a file has
CLOSE_DB = 0.05  # largest difference from a target PSNR, dB
_AIM_DB = 0.03  # aimed at, so that the last rounding to a stored quality cannot matter
_MAX_STEPS = 24
_TYPICAL_BPP = 0.1, 1.5  # typical of photographs at quality 1 and 100: the search starts from these
_TYPICAL_DB = 29.0, 43.0


class TargetError(ValueError):
    """Error for a target that no quality reaches, or that is none; the message says what can be reached."""


@dataclass(frozen=True)
class Target:
    """Target of a search: exactly one of three.

    Attributes:
        num_bytes: largest size of the file, in bytes.
        bpp: largest size of the file, in bits per pixel.
        psnr_db: PSNR of the decoded picture, in dB.

    Raises:
        TargetError: when not exactly one is given, or it is not a finite number above zero.
    """

    num_bytes: int | None = None
    bpp: float | None = None
    psnr_db: float | None = None

    def __post_init__(self) -> None:
        given = [v for v in (self.num_bytes, self.bpp, self.psnr_db) if v is not None]
        if len(given) != 1 or not (math.isfinite(given[0]) and given[0] > 0):
            raise TargetError(f"expected one positive number of bytes, bpp or dB; got {self}")

    def limit(self, pixels: int) -> int | None:
        """Return the largest number of bytes for a picture of `pixels` pixels; None where the target is a PSNR."""
        return self.num_bytes if self.bpp is None else int(self.bpp * pixels / 8)


@dataclass(frozen=True)
class Found:
    """Result of `search`.

    Attributes:
        data: the bytes of the file.
        quality: stored quality, 0 ... 65535; None for a lossless or near-lossless file.
        encodings: number of times that the picture was analysed and coded.
        psnr_db: PSNR of the decoded picture in dB, infinite for a lossless file; None where the target was a size.
    """

    data: bytes
    quality: int | None
    encodings: int
    psnr_db: float | None = None


def search(packer: Packer, target: Target) -> Found:
    """Return a file of a picture that meets a target.

    A size is met from below, to within 2 % where the range of qualities allows it; a lossless file that is no larger
    than the target is taken at once. A PSNR is met to within 0.05 dB; one that no quality
    reaches is met, for more than 8 bits per sample, by the coarsest near-lossless file that has no less.

    With effort, forward passes alone find the quality first. One or two refined encodings, which are a little smaller
    at the same quality, then meet the target as closely.

    Args:
        packer: packer of the picture.
        target: size or PSNR to be met.

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

    effort = packer.options.effort
    if not effort:
        return found(0)
    try:
        rough = found(0)
    except TargetError:  # it may be just out of reach without effort
        return found(effort)
    if rough.quality is None:
        return rough
    try:
        fine = found(effort, rough.quality)
    except TargetError:
        return rough
    return replace(fine, encodings=rough.encodings + fine.encodings)


def _to_size(packer: Packer, limit: int, effort: int, guess: float | None) -> Found:
    """Search for the largest file of at most `limit` bytes, from the stored quality `guess` where one is known."""
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
    """Search for the file with a PSNR in dB, from the stored quality `guess` where one is known."""
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
    if reached < psnr_db - CLOSE_DB and packer.levels.depth > 8:
        return _near_lossless(packer, psnr_db, len(seen))
    if abs(reached - psnr_db) > CLOSE_DB:
        least = reached > psnr_db
        raise TargetError(
            f"{psnr_db:g} dB: this picture has {'no less' if least else 'no more'} than {reached:.2f} dB, at quality "
            f"{1 if least else 100}; " + ("ask for more" if least else "ask for less, or keep it losslessly, as PNG")
        )
    return Found(data, quality, len(seen), reached)


def _near_lossless(packer: Packer, psnr_db: float, encodings: int) -> Found:
    """Return a near-lossless or lossless file, of more than 8 bits per sample, with a PSNR beyond all qualities.

    Errors of steps of 2 N + 1 levels are nearly uniform, so that the PSNR tells N; the nearest N with no less is taken.
    """
    peak, depth = packer.levels.peak, packer.levels.depth
    step = math.sqrt(12 * peak**2 / 10 ** (psnr_db / 10) + 1)
    for bound in range(min(int((step - 1) / 2) + 2, max_error_of(depth)), 0, -1):
        error = packer.squared_error(within(packer.colour, bound, depth))
        reached = 10 * math.log10(peak**2 / max(error, 1e-12))
        if reached >= psnr_db:
            return Found(packer.near_lossless(bound), None, encodings, reached)
    return Found(packer.lossless(), None, encodings, math.inf)


def _psnr(packer: Packer, encoded: Any, quality: int) -> float:
    """Return the PSNR of the picture that a decoder will show, in dB, over pixels that are not wholly transparent."""
    error = packer.squared_error(packer.decoded(encoded, quality))
    return 10 * math.log10(packer.levels.peak**2 / max(error, 1e-12))


def _root(excess: Callable[[int], float], good: Callable[[int], bool], guess: float, slope: float) -> None:
    """Try stored qualities until one is good, or none is left between those that give too little and too much.

    Args:
        excess: function of a stored quality that rises through zero.
        good: function that returns whether a quality, already tried, is good enough.
        guess: quality to start from.
        slope: approximate slope of the excess, used until the excess is known on both sides of zero.
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
            if side == last > 0:  # Illinois rule: the end that stays counts half, so that it does not stay for ever
                below = below[0], below[1] / 2
            elif side == last:
                above = above[0], above[1] / 2
            share = below[1] / (below[1] - above[1])
            between = round(below[0] + (above[0] - below[0]) * share)
            quality = min(max(between, below[0] + 1), above[0] - 1)
        last = side
