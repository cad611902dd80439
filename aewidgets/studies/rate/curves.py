"""Results of a rate-distortion study: rows, points and curves, frozen. Measures and compares nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from aewidgets.system.brief import shown_briefly

__all__ = ["CodecCurve", "Failure", "Measurement", "Point", "Quality"]

#: A quality in the codec's own unit; None if there is none to choose.
Quality = float | None


@shown_briefly
@dataclass(frozen=True)
class Measurement:
    """One image through one codec at one quality.

    Attributes:
        image: name of the image.
        num_bytes: size of the whole file.
        bpp: bits per pixel, all bytes counted.
        bpp_ideal: information content in bits per pixel; None for codecs that do not know it.
        psnr_db: PSNR in dB; infinite if nothing was lost.
        ssim: SSIM; None below 11 pixels a side.
        ms_ssim: MS-SSIM; None below 176 pixels a side.
        encode_s: seconds to encode, bytes in memory, codec loaded; None for curves from elsewhere without it.
        decode_s: seconds to decode, likewise.
    """

    image: str
    num_bytes: int
    bpp: float
    bpp_ideal: float | None
    psnr_db: float
    ssim: float | None
    ms_ssim: float | None
    encode_s: float | None
    decode_s: float | None


@shown_briefly
@dataclass(frozen=True)
class Point:
    """Means over the images at one quality, and the rows of which they are means.

    Values are those of `Measurement`; None if any row has None. `images` is empty for curves from elsewhere.
    """

    quality: Quality
    bpp: float
    bpp_ideal: float | None
    psnr_db: float
    ssim: float | None
    ms_ssim: float | None
    encode_s: float | None
    decode_s: float | None
    images: tuple[Measurement, ...] = ()


@shown_briefly
@dataclass(frozen=True)
class CodecCurve:
    """Points of one codec, in the order of its ladder of qualities."""

    codec: str
    label: str
    points: tuple[Point, ...]

    @property
    def rates_and_psnr(self) -> tuple[list[float], list[float]]:
        """Bits per pixel and PSNR in dB of all points, as `aewidgets.bd_rate` takes them."""
        return [p.bpp for p in self.points], [p.psnr_db for p in self.points]

    @property
    def rates_and_ms_ssim(self) -> tuple[list[float], list[float]]:
        """Bits per pixel and mean MS-SSIM in dB, -10 log10(1 - MS-SSIM), of the points where it is known."""
        known = [(p.bpp, p.ms_ssim) for p in self.points if p.ms_ssim is not None and p.ms_ssim < 1]
        return [bpp for bpp, _ in known], [-10 * math.log10(1 - value) for _, value in known]


@shown_briefly
@dataclass(frozen=True)
class Failure:
    """Picture that was left out, and the reason.

    Attributes:
        image: name of the picture.
        reason: why it was left out, in words.
        error: the error itself, while a study runs; None in its result.
    """

    image: str
    reason: str
    error: Exception | None = field(default=None, repr=False, compare=False)
