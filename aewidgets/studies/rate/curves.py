"""What a rate-distortion study measured: rows, points and curves, frozen. Measures and compares nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["CodecCurve", "Failure", "Measurement", "Point", "Quality"]

#: In the codec's own unit; None where there is nothing to choose.
Quality = float | None


@dataclass(frozen=True)
class Measurement:
    """One image through one codec at one quality.

    Attributes:
        image: its name.
        num_bytes: the whole file.
        bpp: all bits over pixels.
        bpp_ideal: the information content over pixels; None for codecs that do not know it.
        psnr_db: infinite where nothing was lost.
        ssim: None below 11 pixels a side.
        ms_ssim: None below 176 pixels a side.
        encode_s: seconds, bytes in memory, codec loaded.
        decode_s: likewise.
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


@dataclass(frozen=True)
class Point:
    """Means over the images at one quality, and the rows they are means of.

    Values as in `Measurement`; None where any row has None. `images` is empty for curves from elsewhere.
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


@dataclass(frozen=True)
class CodecCurve:
    """A codec's points, in the order of its ladder."""

    codec: str
    label: str
    points: tuple[Point, ...]

    @property
    def rates_and_psnr(self) -> tuple[list[float], list[float]]:
        """What `aewidgets.bd_rate` takes."""
        return [p.bpp for p in self.points], [p.psnr_db for p in self.points]

    @property
    def rates_and_ms_ssim(self) -> tuple[list[float], list[float]]:
        """The same with -10 log10(1 - MS-SSIM) of the mean, as the field states it in dB, where that is known."""
        known = [(p.bpp, p.ms_ssim) for p in self.points if p.ms_ssim is not None and p.ms_ssim < 1]
        return [bpp for bpp, _ in known], [-10 * math.log10(1 - value) for _, value in known]


@dataclass(frozen=True)
class Failure:
    """A picture that was left out, and why."""

    image: str
    reason: str
