"""Qualities of one codec that match a file of another, found among points measured before. Makes no files.

`aewidgets.studies.rate.operating_points.match` searches with a dozen encodings; these functions answer at once, while a
slider is dragged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from aewidgets.studies.rate.operating_points import OperatingPoint, codec_choice

__all__ = ["estimated_quality", "nearest_point"]


def nearest_point(points: Iterable[OperatingPoint], leader: OperatingPoint, by: str) -> OperatingPoint | None:
    """Return the point nearest to `leader`, by the ratio of bytes or by PSNR in dB; None if there are no points.

    Args:
        points: points of one codec and one picture.
        leader: point of the same picture that they are held against.
        by: "size" or "quality".
    """
    wanted = _measure(leader, by)
    return min(points, key=lambda point: abs(_measure(point, by) - wanted), default=None)


def estimated_quality(
    codec: Any, curve: Sequence[OperatingPoint], leader: OperatingPoint, by: str
) -> float | None:
    """Estimate the quality at which a codec matches `leader`, by interpolation between the points of its curve.

    Args:
        codec: what `aewidgets.get_codec` takes.
        curve: at least one point, all of one codec and one picture; nothing is extrapolated beyond its ends.
        leader: point of the same picture.
        by: "size", for the same number of bytes, or "quality", for the same PSNR.

    Returns:
        A quality that the codec takes; None for a codec without a choice of quality.
    """
    about = codec_choice(codec)
    if about.usual is None:
        return None
    ordered = sorted((_measure(point, by), point.quality) for point in curve)
    measures, qualities = (np.array(column, dtype=float) for column in zip(*ordered, strict=True))
    if about.ratio:
        return float(np.exp(np.interp(_measure(leader, by), measures, np.log(qualities))))
    quality = float(np.interp(_measure(leader, by), measures, qualities))
    return round(quality / about.step) * about.step if about.step else quality


def _measure(point: OperatingPoint, by: str) -> float:
    """Return the measure that is to be equal; it rises with the size of the file, up to files without loss."""
    if by == "size":
        return math.log(point.num_bytes)
    return min(point.psnr_db, 130.0)  # dB; above the PSNR of any picture of 25 megapixels that differs in one sample
