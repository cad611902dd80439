"""One picture through one codec at one quality: the real file, what it decodes to, and its figures. No drawing.

All figures are of whole files: bytes are all bytes of the file, PSNR and SSIM are those of the decoded 8-bit picture.
Widgets, notebooks and tests get the same figures from here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from aewidgets.codec.coding.constants import LATENT_STRIDE
from aewidgets.codec.coding.container import parse
from aewidgets.codec.registry import LearnedCodec, OwnCodec, codec_names, get_codec
from aewidgets.images.metrics import bits_per_pixel, similarity
from aewidgets.images.perceptual import flip
from aewidgets.images.reading import png_bytes
from aewidgets.studies.rate.equal_size import Progress, decode_at, equal_psnr, equal_size
from aewidgets.studies.subjects import Subject
from aewidgets.system.brief import shown_briefly

__all__ = [
    "ORIGINAL",
    "Bits",
    "CodecChoice",
    "OperatingPoint",
    "bits_of",
    "codec_choice",
    "codec_here",
    "codec_menu",
    "curve",
    "curve_plan",
    "judged",
    "match",
    "operating_point",
    "sweep",
    "usual_rival",
]

#: The "codec" that leaves the picture as it is.
ORIGINAL = "original"
_POINTS, _FEW_POINTS = 9, 5  # of a curve; of the curve of a large picture
_LARGE = 1_500_000  # pixels, above which a picture is large
_FILES = {
    "jpeg": (".jpg", "image/jpeg"),
    "jpeg2000": (".jp2", "image/jp2"),
    "webp": (".webp", "image/webp"),
    **dict.fromkeys(("avif", "avif-speed-0", "avif-psnr", "avif-psnr-speed-6"), (".avif", "image/avif")),
    **dict.fromkeys(("jxl", "jxl-effort-9"), (".jxl", "image/jxl")),
    "png": (".png", "image/png"),
    ORIGINAL: (".png", "image/png"),
}
_UNKNOWN = "application/octet-stream"
_AEW = (".aew", _UNKNOWN)
#: Names for menus; what the field calls these codecs stands in their tooltips.
_LEARNED_LABELS = {"learned": "Learned", "learned-factorised": "Learned, simpler"}


@shown_briefly
@dataclass(frozen=True)
class OperatingPoint:
    """File of a codec at one quality, the picture in it, and its figures.

    Attributes:
        codec: name of the codec, or "original".
        label: its name for captions.
        quality: quality in the codec's own unit; None if there is none to choose.
        num_bytes: size of the whole file; for the original, as `Subject` counts it.
        percent: size in percent of the original's bytes.
        bpp: bits per pixel, all bytes counted.
        psnr_db: PSNR in dB; infinite if nothing was lost.
        ssim: SSIM; None below 11 pixels a side, and before `judged`.
        ms_ssim: MS-SSIM; None below 176 pixels a side, and before `judged`.
        suffix: suffix of the file's name.
        media_type: media type of the file, for browsers.
        data: the file; for the original, its samples as PNG.
        image: decoded picture, uint8 in the shape of the original.
        flip: see `aewidgets.images.perceptual.flip`; None without its package, and before `judged`.
    """

    codec: str
    label: str
    quality: float | None
    num_bytes: int
    percent: float
    bpp: float
    psnr_db: float
    ssim: float | None
    ms_ssim: float | None
    suffix: str
    media_type: str
    data: bytes = field(repr=False)
    image: np.ndarray = field(repr=False, compare=False)
    flip: float | None = None

    def bare(self) -> OperatingPoint:
        """Return the point without file and picture: the figures that a curve keeps."""
        return replace(self, data=b"", image=self.image[:0].copy())  # a view would hold the whole picture


@shown_briefly
class CodecChoice(NamedTuple):
    """A codec that may be chosen, and the range of its quality slider.

    Attributes:
        name: name as `operating_point` takes it.
        label: name for menus.
        unit: meaning of the quality; "" if there is none to choose.
        worst: quality of the smallest file.
        best: quality of the largest file. A ratio falls from worst to best.
        step: step of the slider; 0 for a continuous one.
        ratio: whether the quality is a compression ratio, on a logarithmic scale.
        usual: quality to begin with; None if there is none to choose.
    """

    name: str
    label: str
    unit: str
    worst: float
    best: float
    step: float
    ratio: bool
    usual: float | None


@shown_briefly
@dataclass(frozen=True)
class Bits:
    """Share of each position and each group of channels in the bytes of a learned codec's file.

    Attributes:
        positions: float32 (rows, columns, groups), bits of each latent position.
        channels: number of channels of the latent, of all groups together.
        stride: side in pixels of the square that a position stands for.
        group_bytes: bytes of each group of channels, low frequencies first.
        header_bytes: bytes of everything else in the file.
    """

    positions: np.ndarray = field(repr=False, compare=False)
    channels: int
    stride: int
    group_bytes: tuple[int, ...]
    header_bytes: int


def codec_choice(codec: Any) -> CodecChoice:
    """Return the choice that a codec offers.

    Args:
        codec: what `aewidgets.get_codec` takes, or "original".

    Raises:
        ValueError: for a name that no codec has, and an object that is none.
    """
    if isinstance(codec, str) and codec == ORIGINAL:
        return CodecChoice(ORIGINAL, "Original", "", 0, 0, 0, False, None)
    given, codec = codec, get_codec(codec)
    name = given if isinstance(given, str) and given.endswith(".json") else codec.name  # a card is known by its path
    if isinstance(codec, LearnedCodec):
        label = _LEARNED_LABELS.get(name, f"L{codec.label[1:]}")
        return CodecChoice(name, label, "quality", 1, 100, 0, False, 50)
    if isinstance(codec, OwnCodec):
        return _own_choice(codec)
    short = codec.label.split(" (")[0]
    if None in codec.qualities:
        return CodecChoice(name, short, "", 0, 0, 0, False, None)
    if name == "jpeg2000":
        return CodecChoice(name, short, "compression ratio", 400, 1.5, 0, True, 30)
    step = 1.0 if codec.whole else 0.0  # some scales are of integers, others of floats
    return CodecChoice(name, short, "quality", codec.limits[0], codec.limits[1], step, False, 50)


def codec_here(given: Any) -> tuple[str, Any]:
    """Return the name of a codec, and what `aewidgets.get_codec` takes for it; None for one that the menu has.

    Args:
        given: what `aewidgets.get_codec` takes, or "original".

    Raises:
        ValueError: for what is no codec, and a codec that has the name of another one of the menu.
    """
    by_name = isinstance(given, str) and (":" not in given or given.endswith(".json"))
    codec = given if by_name else get_codec(given)
    name = codec_choice(codec).name
    if name not in (ORIGINAL, *codec_names()):
        return name, codec
    if not by_name and codec != get_codec(name):
        raise ValueError(f"{name!r} is the name of another codec; give yours another one")
    return name, None


def usual_rival() -> str:
    """Return the name of the codec that a picture is compared with: AVIF, or JPEG where Pillow has no AVIF."""
    return "avif" if "avif" in codec_names() else "jpeg"


def _own_choice(codec: OwnCodec) -> CodecChoice:
    """Return the choice that a codec of somebody's own offers: it begins in the middle of its range."""
    if None in codec.qualities:
        return CodecChoice(codec.name, codec.label, "", 0, 0, 0, False, None)
    worst, best = (float(end or 0) for end in (codec.qualities[0], codec.qualities[-1]))
    step = 1.0 if codec.whole else 10.0 ** math.floor(math.log10(abs(best - worst) / 100))  # 100 steps or more
    middle = min(max(round((worst + best) / 2 / step) * step, min(worst, best)), max(worst, best))
    return CodecChoice(codec.name, codec.label, codec.unit, worst, best, step, False, float(f"{middle:.6g}"))


def codec_menu(*more: Any) -> tuple[CodecChoice, ...]:
    """Return all that may be chosen: the original, the learned codecs, the classical ones that are here, and `more`.

    Args:
        more: what `aewidgets.get_codec` takes, or "original"; what is in the menu already is not added again.
    """
    choices = {name: codec_choice(name) for name in (ORIGINAL, *codec_names())}
    for choice in map(codec_choice, more):
        choices.setdefault(choice.name, choice)
    return tuple(choices.values())


def operating_point(subject: Subject, codec: Any, quality: float | None = None) -> OperatingPoint:
    """Encode and decode a subject, and measure all but SSIM, which `judged` adds.

    Args:
        subject: picture that is compressed.
        codec: what `aewidgets.get_codec` takes, or "original".
        quality: quality in the codec's own unit; its usual one if None.

    Raises:
        ValueError: for a name that no codec has, a quality outside its range, and whatever a codec of one's own does
            wrong.
    """
    height, width = subject.image.shape[:2]
    if isinstance(codec, str) and codec == ORIGINAL:
        bpp = bits_per_pixel(subject.num_bytes, height, width)
        original = (None, subject.num_bytes, 100.0, bpp, math.inf, None, None, *_FILES[ORIGINAL])
        return OperatingPoint(ORIGINAL, "Original", *original, png_bytes(subject.image), subject.image)
    about = codec_choice(codec)
    quality = about.usual if quality is None or about.usual is None else quality
    codec = get_codec(codec)
    decoded = decode_at(subject.image, codec, quality)
    # Pictures of somebody's own format are shown as what they decode to, also where a browser would show the file.
    file = (codec.suffix, _UNKNOWN) if isinstance(codec, OwnCodec) else _FILES.get(about.name, _AEW)
    return OperatingPoint(
        about.name,
        about.label,
        quality,
        decoded.num_bytes,
        100 * decoded.num_bytes / subject.num_bytes,
        decoded.bpp,
        decoded.psnr_db,
        None,
        None,
        *file,
        decoded.data,
        decoded.image,
    )


def judged(subject: Subject, point: OperatingPoint) -> OperatingPoint:
    """Return an operating point of a subject with SSIM, MS-SSIM and FLIP measured too."""
    ssim, ms_ssim = similarity(subject.image, point.image)
    return replace(point, ssim=ssim, ms_ssim=ms_ssim, flip=flip(subject.image, point.image))


def match(
    subject: Subject, codec: Any, other: OperatingPoint, by: str, progress: Progress | None = None
) -> float | None:
    """Search the quality at which a codec matches the other side; None for a codec without a choice of quality.

    Args:
        subject: picture that is compressed.
        codec: codec whose quality is searched.
        other: point of the side that leads.
        by: "size", for the same number of bytes, or "quality", for the same PSNR.
        progress: see `aewidgets.studies.rate.equal_size.Progress`.

    Raises:
        ValueError: for another `by`.
    """
    if by not in ("size", "quality"):
        raise ValueError(f"expected to match by 'size' or 'quality', got {by!r}")
    if codec_choice(codec).usual is None:
        return None
    if by == "size":
        return equal_size(subject.image, codec, other.num_bytes, progress).quality
    return equal_psnr(subject.image, codec, other.psnr_db, progress).quality


def sweep(codec: Any, points: int) -> Sequence[float | None]:
    """Return qualities of a codec from the smallest file to the largest; [None] if there is none to choose."""
    about = codec_choice(codec)
    if about.usual is None:
        return [None]
    if about.ratio:  # a picture compressed by more than 200 : 1 shows nothing
        return [round(float(q), 3) for q in np.geomspace(150, 3, points)]
    if isinstance(own := get_codec(codec), OwnCodec):
        steps = own.steps()
        return [steps[int(i)] for i in np.unique(np.linspace(0, len(steps) - 1, points).round())]
    low, high = (1.0, 100.0) if about.step == 0 and about.worst > 0 else (4.0, 96.0)
    return [float(q) for q in np.linspace(low, high, points).round()]


def bits_of(data: bytes) -> Bits | None:
    """Measure where the bytes of a learned codec's file go; None for files of other codecs and for lossless files."""
    from aewidgets.codec import zoo

    if data[:3] != b"AEW" or parse(data).lossless:
        return None
    codec = zoo.for_bytes(data)
    where = codec.bit_map(data)
    return Bits(
        where.bits.astype("float32"),
        channels=sum(codec.networks.groups),
        stride=LATENT_STRIDE,
        group_bytes=codec.group_bytes(data),
        header_bytes=where.header_bytes,
    )


def curve_plan(subject: Subject, sides: Iterable[Any]) -> tuple[dict[str, Any], int]:
    """Return the codecs whose curves are to be measured, by name, and the number of points of each.

    These are all codecs with a quality to choose, those of the sides first; for a large picture only those of the
    sides, with fewer points.

    Args:
        subject: picture that is compressed.
        sides: what `aewidgets.get_codec` takes, or "original".
    """
    large = subject.image.shape[0] * subject.image.shape[1] > _LARGE
    names = (*sides, *(() if large else (c.name for c in codec_menu())))
    plan: dict[str, Any] = {}
    for codec in names:
        about = codec_choice(codec)
        if about.usual is not None:
            plan.setdefault(about.name, codec)
    return plan, _FEW_POINTS if large else _POINTS


def curve(subject: Subject, codec: Any, points: int = _POINTS) -> Iterator[OperatingPoint]:
    """Yield the points of a codec's rate-distortion curve on one picture, as they are measured."""
    return (operating_point(subject, codec, quality) for quality in sweep(codec, points))
