"""Rate against distortion: images through codecs at every quality, as frozen results. No files, no drawing.

Protocol: bits of *all* bytes of a file over pixels; PSNR of the decoded 8-bit picture, per image; a curve's
point is the mean of the per-image values at one quality. An image that any codec fails on counts for none.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import fmean
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.codecs import Codec, codec_names, get_codec
from aewidgets.images import to_rgb
from aewidgets.metrics import bits_per_pixel, psnr, similarity
from aewidgets.studies.bd_rates import AgainstAnchor, BDRate, against_anchor, all_bd_rates
from aewidgets.studies.curves import CodecCurve, Failure, Measurement, Point, Quality

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

NamedImages = Sequence[tuple[str, np.ndarray]]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class RateDistortion:
    """The whole study.

    Attributes:
        curves: one per codec.
        images: the pictures that counted.
        failures: those that did not.
        bd_rates: of every codec against every other.
        against: per codec, its BD-rate against the anchor image by image.
        anchor: name of the codec that `against` compares with.
    """

    curves: tuple[CodecCurve, ...]
    images: tuple[str, ...]
    failures: tuple[Failure, ...]
    bd_rates: tuple[BDRate, ...]
    against: tuple[AgainstAnchor, ...]
    anchor: str

    def curve(self, codec: str) -> CodecCurve:
        """The curve of a codec; KeyError for one that is not in the study."""
        return {c.codec: c for c in self.curves}[codec]

    def bd_rate(self, anchor: str, test: str) -> BDRate:
        """The BD-rate of `test` against `anchor`; KeyError for codecs not in the study."""
        return {(b.anchor, b.test): b for b in self.bd_rates}[anchor, test]


def rate_distortion(
    images: NamedImages,
    codecs: Iterable[str | Codec] | None = None,
    qualities: Sequence[Quality] | Mapping[str, Sequence[Quality]] | None = None,
    *,
    anchor: str | None = None,
    extra: Sequence[CodecCurve] = (),
    resamples: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> RateDistortion:
    """Run codecs over images at every quality and compare their curves.

    Args:
        images: (name, uint8 image) pairs, (H, W) or (H, W, 3); what `load_images` returns, read one by one.
        codecs: names or codecs; all known ones if None.
        qualities: in each codec's own unit: for all codecs, or by codec name; a codec's stated ladder if None
            or where its name is missing. Codecs without a choice of quality ignore it.
        anchor: codec that the worst images are found against; "jpeg" if it is there, else the first.
        extra: curves measured elsewhere, to be compared with (their intervals are unknown, hence None).
        resamples: how many times the images are drawn anew, with replacement, for the 95 % intervals.
        seed: of those draws.
        progress: called with (files made, files in all, what is next).

    Raises:
        ValueError: when no image could be measured, or a name is unknown.
    """
    chosen = [get_codec(c) if isinstance(c, str) else c for c in (codecs or codec_names())]
    curves, names, failures = measure(images, chosen, qualities, progress)
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
    """Curves with every BD-rate between them; arguments as in `rate_distortion`."""
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
) -> tuple[tuple[CodecCurve, ...], tuple[str, ...], tuple[Failure, ...]]:
    """The curves, the images that counted and those that did not; arguments as in `rate_distortion`."""
    ladders = {codec.name: _ladder(codec, qualities) for codec in codecs}
    total, done = len(images) * sum(map(len, ladders.values())), 0
    rows: dict[tuple[str, Quality], list[Measurement]] = {}
    counted: list[str] = []
    failures: list[Failure] = []
    warm: set[tuple] = set()
    known = getattr(images, "names", None)
    for index in range(len(images)):
        name = known[index] if known else f"image {index + 1}"
        of_image: dict[tuple[str, Quality], Measurement] = {}
        try:
            name, image = images[index]
            for codec in codecs:
                _warm_up(codec, image, ladders[codec.name][0], warm)
                for quality in ladders[codec.name]:
                    if progress:
                        progress(done + len(of_image), total, f"{name}, {codec.label}")
                    of_image[codec.name, quality] = _measured(name, image, codec, quality)
        except (ValueError, OSError) as error:
            failures.append(Failure(name, str(error)))
        else:
            counted.append(name)
            for key, row in of_image.items():
                rows.setdefault(key, []).append(row)
        done += sum(map(len, ladders.values()))
    if not counted:
        reasons = "; ".join(f"{f.image}: {f.reason}" for f in failures[:3])
        raise ValueError(f"none of {len(images)} images could be measured: {reasons or 'there are none'}")
    if progress:
        progress(total, total, "comparing")
    curves = tuple(
        CodecCurve(c.name, c.label, tuple(_mean(q, rows[c.name, q]) for q in ladders[c.name])) for c in codecs
    )
    return curves, tuple(counted), tuple(failures)


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


def _warm_up(codec: Codec, image: np.ndarray, quality: Quality, warm: set[tuple]) -> None:
    """First use loads a model or a plug-in, and networks are traced for each new size: not encoding time."""
    key = (codec.name, image.shape if hasattr(codec, "ideal_bits") else None)
    if key not in warm:
        codec.decompress(codec.compress(image, quality))
        warm.add(key)


def _measured(name: str, image: np.ndarray, codec: Codec, quality: Quality) -> Measurement:
    start = time.perf_counter()
    data = codec.compress(image, quality)
    middle = time.perf_counter()
    decoded = codec.decompress(data)
    end = time.perf_counter()
    decoded = _like(decoded, image)
    height, width = image.shape[:2]
    ideal_bits = getattr(codec, "ideal_bits", None)
    return Measurement(
        name,
        len(data),
        bits_per_pixel(len(data), height, width),
        ideal_bits(data) / (height * width) if ideal_bits else None,
        float(psnr(image, decoded)),
        *similarity(image, decoded),
        encode_s=middle - start,
        decode_s=end - middle,
    )


def _like(decoded: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Gray as colour and back, for formats that know only one of the two."""
    if decoded.ndim == image.ndim:
        return decoded
    return to_rgb(decoded) if image.ndim == 3 else np.asarray(Image.fromarray(decoded).convert("L"))


def _mean(quality: Quality, rows: list[Measurement]) -> Point:
    columns = [f.name for f in fields(Point) if f.name not in ("quality", "images")]
    values = {column: [getattr(row, column) for row in rows] for column in columns}
    means: dict[str, Any] = {
        c: None if None in v else (math.inf if math.inf in v else fmean(v)) for c, v in values.items()
    }
    return Point(quality, images=tuple(rows), **means)
