"""Messages to the studio's browser half: figures as JSON, pictures as bytes, a grid for pages without a kernel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from aewidgets.studies.rate.operating_grids import Embedded, OperatingGrid, operating_grid, shown_bytes
from aewidgets.studies.rate.operating_points import Bits, CodecChoice, OperatingPoint, bits_of
from aewidgets.studies.subjects import Subject
from aewidgets.widgets.base import pictures
from aewidgets.widgets.compression_studio.cache import Results

__all__ = ["bits", "curves", "figures", "offline", "point", "words"]

_AROUND = 60_000  # bytes of an offline page beside its grid: curves, figures, the still picture is counted by itself


def figures(of: OperatingPoint) -> dict[str, Any]:
    """Return the figures of a point; None for one that is not known, or infinite, which JSON cannot hold."""
    return {
        "codec": of.codec,
        "label": of.label,
        "quality": of.quality,
        "bytes": of.num_bytes,
        "percent": of.percent,
        "bpp": of.bpp,
        "psnr": of.psnr_db if math.isfinite(of.psnr_db) else None,
        "exact": math.isinf(of.psnr_db),
        "ssim": of.ssim,
        "ms_ssim": of.ms_ssim,
        "flip": of.flip,
        "suffix": of.suffix,
    }


def point(side: str, of: OperatingPoint, *, preview: bool = False) -> dict[str, Any]:
    """Return the answered traits of a side: figures, picture, bits, and the file where that is not the picture."""
    shown, media_type = shown_bytes(of, preview=preview)
    shown_figures = figures(of) | {"media": media_type, "preview": preview}
    answer: dict[str, Any] = {f"{side}_point": shown_figures, f"{side}_picture": shown}
    if preview:
        return answer
    return answer | {
        f"{side}_file": b"" if shown is of.data else of.data,
        f"{side}_bits": bits(_bits_of(of)),
    }


def bits(of: Bits | None) -> dict[str, Any]:
    """Return where bits go: float32, little-endian (rows, columns, groups); empty for codecs that do not say."""
    if of is None:
        return {}
    rows, columns, groups = of.positions.shape
    return {
        "rows": rows,
        "columns": columns,
        "groups": list(of.group_bytes) if len(of.group_bytes) == groups else [0] * groups,
        "header": of.header_bytes,
        "stride": of.stride,
        "positions": of.positions.astype("<f4").tobytes(),
    }


def curves(of: Mapping[str, Sequence[OperatingPoint]], menu: Sequence[CodecChoice]) -> list[dict[str, Any]]:
    """Return rate and distortion by codec, in the order of the menu."""
    order = [c.name for c in menu]
    return [
        {
            "codec": name,
            "label": of[name][0].label,
            "points": [
                [p.quality, p.bpp, p.psnr_db, p.num_bytes] for p in of[name] if math.isfinite(p.psnr_db)
            ],
        }
        for name in sorted(of, key=order.index)
        if of[name]
    ]


def words(of: Subject, results: Results) -> str:
    """Describe the comparison in one sentence."""
    sides = []
    for side, p in (("left", results.left), ("right", results.right)):
        psnr = "lossless" if math.isinf(p.psnr_db) else f"{p.psnr_db:.2f} dB"
        sides.append(f"{side}: {p.label}, {p.num_bytes:,} bytes, {p.bpp:.3f} bpp, {psnr}")
    return f"{of.name}. " + "; ".join(sides)


def offline(
    of: Subject,
    results: Results,
    asked: Mapping[str, Any],
    max_bytes: int,
    menu: Sequence[CodecChoice],
    sides: Sequence[Any],
) -> dict[str, Any]:
    """Return all that a page without a kernel needs, in at most `max_bytes` bytes of HTML.

    Args:
        of: the picture.
        results: both sides.
        asked: traits by name.
        max_bytes: of the HTML, where base64 makes four bytes of three.
        menu: all that may be chosen.
        sides: codecs of both sides, as `aewidgets.get_codec` takes them.
    """
    room = int((max_bytes - _AROUND) * 3 / 4) - len(asked["alpha"])
    grid = operating_grid(of, results.left, results.right, room, sides)
    embedded = {e.point.codec for e in grid.points}
    return {
        "traits": {
            **asked,
            "choices": [c._asdict() for c in menu if c.name in embedded],
            "curves": curves(grid.curves, menu),
            "alpha": pictures.mask(None if of.alpha is None else grid.crop.of(of.alpha)),
            "crop": [grid.crop.column, grid.crop.row, grid.crop.width, grid.crop.height],
            "frozen": _frozen(of, grid),
        },
        "grid": [_embedded(e) for e in grid.points],
    }


def _embedded(e: Embedded) -> dict[str, Any]:
    answer: dict[str, Any] = {"point": figures(e.point) | {"media": e.media_type, "preview": False, "whole": e.whole}}
    answer |= {"picture": e.shown, "file": b"" if e.is_file else e.point.data}
    return answer | {"bits": bits(_bits_of(e.point))}


def _bits_of(of: OperatingPoint) -> Bits | None:
    """Return where the bits of a point go; None for files of other formats, whatever they begin with."""
    return bits_of(of.data) if of.suffix == ".aew" else None


def _frozen(of: Subject, grid: OperatingGrid) -> str:
    """Describe what cannot be changed on a page without a kernel."""
    counts: dict[str, int] = {}
    for e in grid.points[1:]:
        counts[e.point.label] = counts.get(e.point.label, 0) + 1
    steps = ", ".join(f"{label} {count}" for label, count in counts.items())
    height, width = of.image.shape[:2]
    part = ""
    if (grid.crop.width, grid.crop.height) != (width, height):
        part = (
            f" Of the picture, {grid.crop.width} x {grid.crop.height} pixels of {width} x {height} are here; "
            "figures are those of the whole."
        )
    return f"No kernel: the picture is fixed, and sliders stop at the embedded qualities ({steps}).{part}"
