"""BD-rates between measured curves, with bootstrap intervals and image by image. Measures nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from aewidgets.studies.rate.curves import CodecCurve
from aewidgets.studies.rate.integrals import CurveIntegral
from aewidgets.system.brief import shown_briefly

__all__ = [
    "BD_INTERVAL",
    "MS_SSIM_INTERVAL",
    "PARTS",
    "AgainstAnchor",
    "BDRate",
    "ImageRate",
    "PartRate",
    "against_anchor",
    "all_bd_rates",
    "bd_interval",
    "bd_rate",
    "is_curve",
]

#: PSNR interval, dB, on which BD-rates are stated. It is fixed: over the full overlap of two curves a codec's figure
#: moves by as much as nine points with the anchor, and rankings stop being transitive.
BD_INTERVAL = (29.0, 38.0)

#: Interval for BD-rates in MS-SSIM, in dB, -10 log10(1 - MS-SSIM): about 29 to 38 dB of PSNR in photographs.
MS_SSIM_INTERVAL = (12.0, 20.0)

Curve = tuple[Sequence[float], Sequence[float]]

Interval = tuple[float, float]
# Lowest and highest quality, and the integral over quality of log rate.
_Draws = list[tuple[float, float, Callable[[float], float]] | None]

#: Parts of the interval, dB: a codec may win at one end and lose at the other.
PARTS: tuple[Interval, ...] = ((29.0, 32.0), (32.0, 35.0), (35.0, 38.0))


@shown_briefly
@dataclass(frozen=True)
class PartRate:
    """BD-rate on a part of the interval: `percent` over `interval`, in dB, the piece that both curves cover."""

    percent: float
    interval: Interval


@shown_briefly
@dataclass(frozen=True)
class BDRate:
    """Rate of one codec relative to another's at equal PSNR, in percent; negative is a saving.

    Attributes:
        anchor: codec that is compared with.
        test: codec that is judged.
        percent: BD-rate over `interval`; None if the curves share nothing of 29 to 38 dB.
        interval: part of 29 to 38 dB that both curves cover.
        low: lower end of the 95 % interval over images (percentile bootstrap); None for one image, or for
            curves without rows, or of other images than the first curve's.
        high: upper end of that interval.
        full: BD-rate over all that both curves cover, second because it changes with the anchor.
        parts: BD-rates on 29 to 32, 32 to 35 and 35 to 38 dB (`PARTS`); None for a part that they share nothing of.
        ms_ssim: BD-rate in MS-SSIM, over the part of 12 to 20 dB that both cover (`MS_SSIM_INTERVAL`).
    """

    anchor: str
    test: str
    percent: float | None
    interval: Interval | None
    low: float | None
    high: float | None
    full: PartRate | None
    parts: tuple[PartRate | None, ...]
    ms_ssim: PartRate | None = None


@shown_briefly
@dataclass(frozen=True)
class ImageRate:
    """BD-rate on one image, in percent, over the piece of 29 to 38 dB that both curves cover there."""

    image: str
    percent: float
    interval: Interval


@shown_briefly
@dataclass(frozen=True)
class AgainstAnchor:
    """BD-rates of a codec against the anchor by image, worst first; images without common quality are left out."""

    codec: str
    anchor: str
    images: tuple[ImageRate, ...]

    @property
    def worst(self) -> ImageRate | None:
        """Image where the codec saves least; None if there are no images."""
        return self.images[0] if self.images else None


def all_bd_rates(curves: Sequence[CodecCurve], resamples: int, seed: int) -> tuple[BDRate, ...]:
    """Compare every codec with every other, but those without a curve: lossless ones, or those of one quality.

    Args:
        curves: curves of the codecs.
        resamples: number of bootstrap draws for the intervals.
        seed: seed of the draws.
    """
    usable = [c for c in curves if is_curve([p.psnr_db for p in c.points])]
    names = _image_names(usable)
    drawn: dict[str, _Draws | None] = dict.fromkeys(c.codec for c in usable)
    if len(names) > 1:
        draws = np.random.default_rng(seed).multinomial(len(names), [1 / len(names)] * len(names), resamples)
        drawn |= {c.codec: _drawn(_table(c), draws) for c in usable if _image_names([c]) == names}
    rates = {}
    for first, second in combinations(usable, 2):
        there = _pair(first, second, drawn[first.codec], drawn[second.codec])
        rates[first.codec, second.codec] = there
        rates[second.codec, first.codec] = _swapped(there, first, second)
    order = [c.codec for c in usable]
    return tuple(rates[a, t] for a in order for t in order if a != t)


def is_curve(psnr_db: list[float]) -> bool:
    """Return whether points at these PSNR, in dB, make a curve: two finite ones that differ, at least."""
    return len({value for value in psnr_db if np.isfinite(value)}) > 1


def against_anchor(test: CodecCurve, anchor: CodecCurve) -> AgainstAnchor:
    """Compute BD-rates image by image, over the images that both codecs have rows of."""
    of_anchor, of_test = _image_curves(anchor), _image_curves(test)
    rates = []
    for name in of_anchor.keys() & of_test.keys():
        pair = of_anchor[name], of_test[name]
        if not all(is_curve(psnr_db) for _, psnr_db in pair):
            continue
        interval = bd_interval(*pair)
        if interval is not None:
            rates.append(ImageRate(name, bd_rate(*pair, interval), interval))
    return AgainstAnchor(test.codec, anchor.codec, tuple(sorted(rates, key=lambda r: (-r.percent, r.image))))


def _image_curves(curve: CodecCurve) -> dict[str, tuple[list[float], list[float]]]:
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for row in (row for point in curve.points for row in point.images):
        rates, qualities = curves.setdefault(row.image, ([], []))
        rates.append(row.bpp)
        qualities.append(row.psnr_db)
    return curves


def _image_names(curves: Sequence[CodecCurve]) -> tuple[str, ...]:
    """Return the images of the first curve that has the same ones at each of its points; () if none has."""
    for curve in curves:
        names = {tuple(row.image for row in point.images) for point in curve.points}
        if len(names) == 1 and () not in names:
            return names.pop()
    return ()


def _table(curve: CodecCurve) -> np.ndarray:
    """Return bpp and PSNR of a curve's rows, float64 (2, points, images)."""
    points = [p for p in curve.points if np.isfinite(p.psnr_db)]
    return np.array([[[getattr(m, f) for m in p.images] for p in points] for f in ("bpp", "psnr_db")])


def _drawn(table: np.ndarray, draws: np.ndarray) -> _Draws:
    """Return for each draw the range and the integral of the curve of means; None if its points are of one quality."""
    curves: _Draws = []
    for rate, quality in np.moveaxis(table @ draws.T / table.shape[2], 2, 0):
        if is_curve(quality.tolist()):
            integral = log_rate_integral((rate, quality))
            curves.append((quality.min(), quality.max(), integral))
        else:
            curves.append(None)
    return curves


def _pair(anchor: CodecCurve, test: CodecCurve, anchor_draws: _Draws | None, test_draws: _Draws | None) -> BDRate:
    pair = anchor.rates_and_psnr, test.rates_and_psnr
    low = high = None
    interval = bd_interval(*pair)
    if interval and anchor_draws and test_draws:
        values = [_percent(a, t) for a, t in zip(anchor_draws, test_draws, strict=True)]
        known = [v for v in values if v is not None]
        if known:
            low, high = (float(v) for v in np.percentile(known, [2.5, 97.5]))
    return BDRate(
        anchor.codec,
        test.codec,
        bd_rate(*pair, interval) if interval else None,
        interval,
        low,
        high,
        _part(pair, None),
        tuple(_part(pair, wanted) for wanted in PARTS),
        _in_ms_ssim(anchor, test),
    )


def _percent(anchor, test) -> float | None:
    """Return the BD-rate of one draw, over the part of the fixed interval that its two curves cover."""
    if anchor is None or test is None:
        return None
    low, high = max(anchor[0], test[0], BD_INTERVAL[0]), min(anchor[1], test[1], BD_INTERVAL[1])
    if low >= high:
        return None
    means = [(curve(high) - curve(low)) / (high - low) for curve in (anchor[2], test[2])]
    return float(100 * np.expm1(means[1] - means[0]))


def _part(pair: tuple[Curve, Curve], wanted: Interval | None) -> PartRate | None:
    interval = bd_interval(*pair, wanted)
    return PartRate(bd_rate(*pair, interval), interval) if interval else None


def _in_ms_ssim(anchor: CodecCurve, test: CodecCurve) -> PartRate | None:
    pair = anchor.rates_and_ms_ssim, test.rates_and_ms_ssim
    return _part(pair, MS_SSIM_INTERVAL) if all(is_curve(quality) for _, quality in pair) else None


def _swapped(rate: BDRate, anchor: CodecCurve, test: CodecCurve) -> BDRate:
    """Turn a comparison round: ratios become their reciprocals, and ends change places."""

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
        _in_ms_ssim(test, anchor),
    )


def bd_interval(
    anchor: Curve, test: Curve, interval: tuple[float, float] | None = BD_INTERVAL
) -> tuple[float, float] | None:
    """Return the part of `interval` (dB) that both curves cover, or None if they share none of it.

    `interval=None` asks for the full overlap.
    """
    ranges = [(x[0], x[-1]) for x, _ in (_curve(anchor, "anchor"), _curve(test, "test"))]
    if interval is not None:
        ranges.append(interval)
    low, high = max(r[0] for r in ranges), min(r[1] for r in ranges)
    return (float(low), float(high)) if low < high else None


def bd_rate(anchor: Curve, test: Curve, interval: tuple[float, float] | None = BD_INTERVAL) -> float:
    """Compute the mean difference in rate at equal quality (Bjontegaard 2001), in percent; negative is a saving.

    Log rate is interpolated over quality by PCHIP, which does not overshoot as the original's cubic does, and its
    difference is averaged over `interval`.

    Args:
        anchor: (rates, qualities) of the codec that is compared with: bpp and mean PSNR in dB, in any order.
        test: (rates, qualities) of the codec that is judged.
        interval: interval of quality in dB; None for the full overlap of the two curves.

    Raises:
        ValueError: if a curve does not cover the interval, since nothing is extrapolated; `bd_interval` gives the
            part that can be asked for.
    """
    covered = bd_interval(anchor, test, interval)
    if covered is None or (interval is not None and covered != tuple(map(float, interval))):
        ends = [f"{x[0]:.2f} to {x[-1]:.2f}" for x, _ in (_curve(anchor, "anchor"), _curve(test, "test"))]
        wanted = "their overlap" if interval is None else f"{interval[0]:g} to {interval[1]:g} dB"
        advice = (
            "they share no part of it"
            if covered is None
            else f"measure more qualities, or ask for interval=({covered[0]:.2f}, {covered[1]:.2f}) and say so"
        )
        raise ValueError(f"BD-rate over {wanted}: the anchor covers {ends[0]} dB, the test {ends[1]} dB; {advice}")
    integrals = (log_rate_integral(c) for c in (anchor, test))
    means = [(integral(covered[1]) - integral(covered[0])) / (covered[1] - covered[0]) for integral in integrals]
    return float(100 * np.expm1(means[1] - means[0]))


def log_rate_integral(curve: Curve) -> CurveIntegral:
    """Return the integral of natural log rate over quality."""
    return CurveIntegral(*_curve(curve, "curve"))


def _curve(curve: Curve, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the qualities of a curve, ascending, and their log rates.

    Points of infinite quality (lossless) are left out. The cheapest of several points of one quality stays, because a
    codec at its ceiling spends more for nothing.
    """
    rate, quality = (np.asarray(a, dtype=np.float64) for a in curve)
    if rate.shape != quality.shape or rate.ndim != 1:
        raise ValueError(f"{name}: expected (rates, qualities) of one length, got {rate.shape}, {quality.shape}")
    rate, quality = rate[np.isfinite(quality)], quality[np.isfinite(quality)]
    order = np.lexsort((rate, quality))
    quality, first = np.unique(quality[order], return_index=True)
    rate = rate[order][first]
    if len(rate) < 2 or np.any(rate <= 0):
        raise ValueError(
            f"{name}: expected at least two points of different quality with rates above zero, "
            f"got rates {rate.tolist()} at {quality.tolist()}"
        )
    return quality, np.log(rate)
