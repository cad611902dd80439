"""BD-rates between measured curves, with bootstrap intervals and image by image. Measures nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from aewidgets.metrics import BD_INTERVAL, bd_interval, bd_rate, log_rate_curve

if TYPE_CHECKING:
    from aewidgets.studies.rate_distortion import CodecCurve

__all__ = ["PARTS", "AgainstAnchor", "BDRate", "ImageRate", "PartRate", "against_anchor", "all_bd_rates"]

Interval = tuple[float, float]

#: Parts of the interval, dB, where a codec may win at one end and lose at the other.
PARTS: tuple[Interval, ...] = ((29.0, 32.0), (32.0, 35.0), (35.0, 38.0))


@dataclass(frozen=True)
class PartRate:
    """BD-rate on a part of the interval: `percent` over `interval`, the piece of it both curves cover."""

    percent: float
    interval: Interval


@dataclass(frozen=True)
class BDRate:
    """The rate of one codec relative to another's at equal PSNR, in percent; negative is a saving.

    Attributes:
        anchor: the codec compared with.
        test: the codec that is judged.
        percent: over `interval`; None where the curves share nothing of 29 to 38 dB.
        interval: what both cover of 29 to 38 dB.
        low: lower end of the 95 % interval over images (percentile bootstrap); None for one image, or
            curves without rows.
        high: its upper end.
        full: over all that both curves cover, second because it changes with the anchor.
        parts: on 29 to 32, 32 to 35 and 35 to 38 dB (`PARTS`); None for one that they share nothing of.
    """

    anchor: str
    test: str
    percent: float | None
    interval: Interval | None
    low: float | None
    high: float | None
    full: PartRate | None
    parts: tuple[PartRate | None, ...]


@dataclass(frozen=True)
class ImageRate:
    """BD-rate on one image, in percent, over the piece of 29 to 38 dB that both curves cover there."""

    image: str
    percent: float
    interval: Interval


@dataclass(frozen=True)
class AgainstAnchor:
    """A codec against the anchor, image by image, worst first; images without common quality are left out."""

    codec: str
    anchor: str
    images: tuple[ImageRate, ...]

    @property
    def worst(self) -> ImageRate | None:
        """The image where the codec saves least."""
        return self.images[0] if self.images else None


def all_bd_rates(curves: Sequence[CodecCurve], resamples: int, seed: int) -> tuple[BDRate, ...]:
    """Every codec against every other, but those without a curve: lossless ones, one point, equal points."""
    usable = [c for c in curves if _is_curve([p.psnr_db for p in c.points])]
    tables = {c.codec: _table(c) for c in usable}
    count = max((t.shape[2] for t in tables.values() if t is not None), default=0)
    draws = (
        np.random.default_rng(seed).multinomial(count, [1 / count] * count, resamples) if count > 1 else []
    )
    drawn = {name: _drawn(table, draws) for name, table in tables.items()}
    rates = {}
    for first, second in combinations(usable, 2):
        there = _pair(first, second, drawn[first.codec], drawn[second.codec])
        rates[first.codec, second.codec] = there
        rates[second.codec, first.codec] = _swapped(there, first, second)
    order = [c.codec for c in usable]
    return tuple(rates[a, t] for a in order for t in order if a != t)


def _is_curve(psnr_db: list[float]) -> bool:
    finite = [value for value in psnr_db if np.isfinite(value)]
    return len(set(finite)) == len(finite) > 1


def against_anchor(test: CodecCurve, anchor: CodecCurve) -> AgainstAnchor:
    """BD-rates of each image that both codecs have rows of."""
    curves = [_image_curves(curve) for curve in (anchor, test)]
    rates = []
    for name in curves[0].keys() & curves[1].keys():
        pair = curves[0][name], curves[1][name]
        try:
            interval = bd_interval(*pair)
            if interval is not None:
                rates.append(ImageRate(name, bd_rate(*pair, interval), interval))
        except ValueError:  # one point, or two of equal quality: this image has no curve
            continue
    return AgainstAnchor(test.codec, anchor.codec, tuple(sorted(rates, key=lambda r: (-r.percent, r.image))))


def _image_curves(curve: CodecCurve) -> dict[str, tuple[list[float], list[float]]]:
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for row in (row for point in curve.points for row in point.images):
        rates, qualities = curves.setdefault(row.image, ([], []))
        rates.append(row.bpp)
        qualities.append(row.psnr_db)
    return curves


def _table(curve: CodecCurve) -> np.ndarray | None:
    """(2, points, images): bpp and PSNR; None for a curve without rows."""
    points = [p for p in curve.points if np.isfinite(p.psnr_db)]
    if not all(p.images for p in points):
        return None
    return np.array([[[getattr(m, f) for m in p.images] for p in points] for f in ("bpp", "psnr_db")])


def _drawn(table: np.ndarray | None, draws) -> list | None:
    """Per draw, the range and the integral of the curve of means; None where it bends back on itself."""
    if table is None or not len(draws):
        return None
    curves = []
    for rate, quality in np.moveaxis(table @ draws.T / table.shape[2], 2, 0):
        monotone = np.all(np.diff(np.sort(quality)) > 0)
        curves.append((quality.min(), quality.max(), log_rate_curve((rate, quality)).antiderivative())
                      if monotone else None)  # fmt: skip
    return curves


def _pair(anchor: CodecCurve, test: CodecCurve, anchor_draws, test_draws) -> BDRate:
    pair = anchor.rates_and_psnr, test.rates_and_psnr
    low = high = None
    interval = bd_interval(*pair)
    if interval and anchor_draws and test_draws:
        values = [_percent(a, t) for a, t in zip(anchor_draws, test_draws, strict=True)]
        values = [v for v in values if v is not None]
        if values:
            low, high = (float(v) for v in np.percentile(values, [2.5, 97.5]))
    return BDRate(
        anchor.codec,
        test.codec,
        bd_rate(*pair, interval) if interval else None,
        interval,
        low,
        high,
        _part(pair, None),
        tuple(_part(pair, wanted) for wanted in PARTS),
    )


def _percent(anchor, test) -> float | None:
    """BD-rate of one draw, over what its two curves cover of the fixed interval."""
    if anchor is None or test is None:
        return None
    low, high = max(anchor[0], test[0], BD_INTERVAL[0]), min(anchor[1], test[1], BD_INTERVAL[1])
    if low >= high:
        return None
    means = [(curve(high) - curve(low)) / (high - low) for curve in (anchor[2], test[2])]
    return float(100 * np.expm1(means[1] - means[0]))


def _part(pair, wanted: Interval | None) -> PartRate | None:
    interval = bd_interval(*pair, wanted)
    return PartRate(bd_rate(*pair, interval), interval) if interval else None


def _swapped(rate: BDRate, anchor: CodecCurve, test: CodecCurve) -> BDRate:
    """The same comparison the other way round: ratios become their reciprocals, and ends change places."""

    def back(percent: float | None) -> float | None:
        return None if percent is None else 100 * (1 / (1 + percent / 100) - 1)

    pair = test.rates_and_psnr, anchor.rates_and_psnr
    return BDRate(
        rate.test,
        rate.anchor,
        back(rate.percent),
        rate.interval,
        back(rate.high),
        back(rate.low),
        _part(pair, None),
        tuple(_part(pair, wanted) for wanted in PARTS),
    )
