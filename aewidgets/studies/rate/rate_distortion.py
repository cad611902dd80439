"""Rate against distortion: images through codecs at every quality, as frozen results. No files, no drawing.

Protocol: bits of *all* bytes of a file over pixels; PSNR of the decoded 8-bit picture, per image; a curve's point is
the mean of the per-image values at one quality. An image that any codec fails on is left out for all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from statistics import fmean
from typing import Any

from aewidgets.codec.registry import Codec, OwnCodec, codec_names, get_codec
from aewidgets.studies.rate.bd_rates import AgainstAnchor, BDRate, against_anchor, all_bd_rates, is_curve
from aewidgets.studies.rate.curves import CodecCurve, Failure, Measurement, Point, Quality
from aewidgets.studies.rate.measuring import Ladders, NamedImages, Progress, Spread, elsewhere, here
from aewidgets.system.brief import shown_briefly

__all__ = [
    "CodecCurve",
    "Failure",
    "Measurement",
    "Point",
    "RateDistortion",
    "compare",
    "measure",
    "rate_distortion",
]


@shown_briefly
@dataclass(frozen=True)
class RateDistortion:
    """Result of a whole study.

    Attributes:
        curves: one curve per codec.
        images: names of the pictures that were measured.
        failures: pictures that were left out, with reasons.
        bd_rates: BD-rates of every codec against every other.
        against: per codec, its BD-rates against the anchor, image by image.
        anchor: name of the codec that `against` compares with.
    """

    curves: tuple[CodecCurve, ...]
    images: tuple[str, ...]
    failures: tuple[Failure, ...]
    bd_rates: tuple[BDRate, ...]
    against: tuple[AgainstAnchor, ...]
    anchor: str

    def curve(self, codec: str) -> CodecCurve:
        """Return the curve of a codec; KeyError, which says what there is, for one that is not in the study."""
        curves = {c.codec: c for c in self.curves}
        if codec not in curves:
            raise KeyError(f"no codec of this study is called {codec!r}; it has {', '.join(curves)}")
        return curves[codec]

    def bd_rate(self, anchor: str, test: str) -> BDRate:
        """Return the BD-rate of `test` against `anchor`.

        Raises:
            KeyError: for a codec that is not in the study, or has no curve there, being lossless or measured at one
                quality alone; the message says which.
        """
        rates = {(b.anchor, b.test): b for b in self.bd_rates}
        if (anchor, test) not in rates:
            alone = [c.codec for c in map(self.curve, (anchor, test)) if not is_curve([p.psnr_db for p in c.points])]
            raise KeyError(
                f"no BD-rate of {test} against {anchor}: it takes two codecs, each with two qualities or more at "
                f"which something is lost; without that: {', '.join(alone) or 'a codec against itself'}"
            )
        return rates[anchor, test]


def rate_distortion(
    images: NamedImages,
    codecs: Iterable[Any] | None = None,
    qualities: Sequence[Quality] | Mapping[str, Sequence[Quality]] | None = None,
    *,
    anchor: str | None = None,
    extra: Sequence[CodecCurve] = (),
    resamples: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
    spread: Spread | None = None,
) -> RateDistortion:
    """Run codecs over images at every quality and compare their curves.

    Args:
        images: (name, uint8 image) pairs, (H, W) or (H, W, 3), such as `load_images` returns; read one by one.
        codecs: what `aewidgets.get_codec` takes: names, paths of cards, or codecs of your own; all of ours that can be
            used here if None.
        qualities: qualities in each codec's own unit, for all codecs or by codec name; a codec's stated ladder if None
            or if its name is missing. Qualities for all codecs are not for those without a choice.
        anchor: codec that images are compared against one by one; "jpeg" if it is there, else the first.
        extra: curves measured elsewhere, to be compared with (their intervals are unknown, hence None).
        resamples: number of bootstrap draws of the images, with replacement, for the 95 % intervals.
        seed: seed of those draws.
        progress: called with (files made, files in all, what is next).
        spread: measures pictures in other processes: called with a function and items, it yields (item, result or
            None, error or None), as `aewidgets.system.spreading.spread` does. All figures but the seconds are equal to
            those of a run here.

    Raises:
        ValueError: if no image could be measured, a name is unknown, two codecs have one name, or a codec of your own
            that `spread` would send to other processes cannot be sent.
    """
    chosen: list[Codec] = [get_codec(c) for c in (codecs or codec_names())]
    if len({c.name for c in chosen}) < len(chosen):
        raise ValueError(f"expected codecs of different names, got {', '.join(c.name for c in chosen)}; rename one")
    if spread is not None:
        for codec in chosen:
            if isinstance(codec, OwnCodec):
                codec.check_sendable()
    curves, names, failures = measure(images, chosen, qualities, progress, spread)
    return compare((*curves, *extra), names, failures, anchor=anchor, resamples=resamples, seed=seed)


def compare(
    curves: Sequence[CodecCurve],
    images: Sequence[str] = (),
    failures: Sequence[Failure] = (),
    *,
    anchor: str | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> RateDistortion:
    """Compute every BD-rate between curves.

    Args:
        curves: curves of different names.
        images, failures: names of the pictures that were measured, and those that were left out.
        anchor, resamples, seed: see `rate_distortion`.

    Raises:
        ValueError: for two curves of one name, and an anchor that is not among them.
    """
    names = [c.codec for c in curves]
    if len(set(names)) < len(names):
        raise ValueError(f"expected curves of different names, got {', '.join(names)}; rename one")
    anchor = anchor or ("jpeg" if "jpeg" in names else names[0])
    if anchor not in names:
        raise ValueError(f"the anchor {anchor!r} is not among the curves: {', '.join(names)}")
    return RateDistortion(
        tuple(curves),
        tuple(images),
        tuple(failures),
        all_bd_rates(curves, resamples, seed),
        tuple(against_anchor(c, curves[names.index(anchor)]) for c in curves if c.codec != anchor),
        anchor,
    )


def measure(
    images: NamedImages,
    codecs: Sequence[Codec],
    qualities: Sequence[Quality] | Mapping[str, Sequence[Quality]] | None = None,
    progress: Progress | None = None,
    spread: Spread | None = None,
) -> tuple[tuple[CodecCurve, ...], tuple[str, ...], tuple[Failure, ...]]:
    """Measure curves; return them, the names of the images that were measured, and the failures.

    Arguments and errors are those of `rate_distortion`.
    """
    if isinstance(qualities, Mapping):
        _check_names(codecs, qualities)
    ladders = Ladders(tuple(codecs), {codec.name: _ladder(codec, qualities) for codec in codecs})
    measured = here(images, ladders, progress) if spread is None else elsewhere(images, ladders, spread, progress)
    found: dict[int, Any] = {}
    cause: Exception | None = None
    for index, one in measured:
        if isinstance(one, Failure):  # errors are not kept: their tracebacks hold pictures
            cause, one = cause or one.error, replace(one, error=None)
        found[index] = one
    ended = [found[index] for index in sorted(found)]
    failures = tuple(one for one in ended if isinstance(one, Failure))
    rows = [one for one in ended if not isinstance(one, Failure)]
    if not rows:
        reasons = "; ".join(f"{f.image}: {f.reason}" for f in failures[:3])
        raise ValueError(f"none of {len(images)} images could be measured: {reasons or 'there are none'}") from cause
    if progress:
        progress(ladders.files * len(images), ladders.files * len(images), "comparing")

    def curve(codec: Codec) -> CodecCurve:
        name, ladder = codec.name, ladders.qualities[codec.name]
        return CodecCurve(name, codec.label, tuple(_mean(q, [row[name, q] for row in rows]) for q in ladder))

    return tuple(map(curve, codecs)), tuple(next(iter(row.values())).image for row in rows), failures


def _check_names(codecs: Sequence[Codec], qualities: Mapping[str, Sequence[Quality]]) -> None:
    """Refuse qualities of codecs that do not exist, and of those that have none."""
    measured = {codec.name: codec for codec in codecs}
    for name in qualities:
        if name not in measured:
            get_codec(name)
        elif None in measured[name].qualities and set(qualities[name]) != {None}:
            raise ValueError(f"qualities: {name} has no choice of quality; leave it out")


def _ladder(codec: Codec, qualities) -> tuple[Quality, ...]:
    if None in codec.qualities or qualities is None:
        return codec.qualities
    if isinstance(qualities, Mapping):
        ladder = tuple(qualities.get(codec.name, codec.qualities))
    else:
        ladder = tuple(qualities)
    if not ladder:
        raise ValueError(f"{codec.name}: expected at least one quality, got none")
    return ladder


def _mean(quality: Quality, rows: list[Measurement]) -> Point:
    columns = [f.name for f in fields(Point) if f.name not in ("quality", "images")]
    values = {column: [getattr(row, column) for row in rows] for column in columns}
    means: dict[str, Any] = {
        c: None if None in v else (math.inf if math.inf in v else fmean(v)) for c, v in values.items()
    }
    return Point(quality, images=tuple(rows), **means)
