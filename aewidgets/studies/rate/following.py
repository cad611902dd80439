"""Which quality of one codec does as another's file does, out of what has been measured already. Makes no files.

`aewidgets.studies.rate.operating_points.match` searches, with a dozen encodings; these answer at once, for as long as a
slider is being dragged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from aewidgets.studies.rate.operating_points import OperatingPoint, codec_choice

__all__ = ["estimated_quality", "nearest_point"]


def nearest_point(points: Iterable[OperatingPoint], leader: OperatingPoint, by: str) -> OperatingPoint | None:
    """The point nearest to `leader`, by bytes as a ratio or by PSNR in dB; None where there are no points.

    Args:
        points: of one codec and one picture.
        leader: what they are held against, of the same picture.
        by: "size" or "quality".
    """
    wanted = _measure(leader, by)
    return min(points, key=lambda point: abs(_measure(point, by) - wanted), default=None)


def estimated_quality(curve: Sequence[OperatingPoint], leader: OperatingPoint, by: str) -> float | None:
    """The quality at which a codec does as `leader` does, between the points of its curve, which it does not leave.

    Args:
        curve: at least one point, all of one codec and one picture.
        leader: of the same picture.
        by: "size", for as many bytes, or "quality", for the same PSNR.

    Returns:
        A quality that the codec takes; None for a codec without a choice.
    """
    about = codec_choice(curve[0].codec)
    if about.usual is None:
        return None
    ordered = sorted((_measure(point, by), point.quality) for point in curve)
    measures, qualities = (np.array(column, dtype=float) for column in zip(*ordered, strict=True))
    if about.ratio:
        return float(np.exp(np.interp(_measure(leader, by), measures, np.log(qualities))))
    quality = float(np.interp(_measure(leader, by), measures, qualities))
    return round(quality / about.step) * about.step if about.step else quality


def _measure(point: OperatingPoint, by: str) -> float:
    """What is to be equal: it rises with the size of the file, and files without a loss end it."""
    if by == "size":
        return math.log(point.num_bytes)
    return min(point.psnr_db, 130.0)  # dB: more than any picture of 25 megapixels that differs in one sample
