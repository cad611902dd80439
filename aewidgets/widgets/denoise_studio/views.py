"""Messages to DenoiseStudio's browser half: figures as JSON, pictures as bytes. Nothing is measured here."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.studies.restoration.corrupted import CorruptedSubject
from aewidgets.studies.restoration.levels import LevelPoint, corruption_choices, where_they_differ
from aewidgets.studies.restoration.points import INPUT, ORIGINAL, DenoisePoint, MethodChoice
from aewidgets.widgets.base.pictures import png_with_alpha

__all__ = [
    "choices",
    "corruptions",
    "curve",
    "differ",
    "figures",
    "given",
    "noise",
    "point",
    "tried",
    "words",
]


def choices(of: Iterable[MethodChoice]) -> list[dict[str, Any]]:
    """List what a side may show, for menus."""
    return [choice._asdict() for choice in of]


def corruptions() -> list[dict[str, Any]]:
    """List what may be done to a picture, for menus and sliders."""
    return [choice._asdict() for choice in corruption_choices()]


def _finite(value: float | None) -> float | None:
    """Return a number that JSON can hold; None in the place of infinity."""
    return value if value is not None and math.isfinite(value) else None


def figures(of: DenoisePoint) -> dict[str, Any]:
    """Return the figures of a point; None for one that is not known, or infinite."""
    exact = of.psnr_db is not None and math.isinf(of.psnr_db)
    return {
        "method": of.method, "label": of.label, "psnr": _finite(of.psnr_db), "exact": exact, "ssim": of.ssim,
        "flip": of.flip, "seconds": of.seconds,
    }  # fmt: skip


def point(
    side: str, setting: Any, of: DenoisePoint | tuple[str, str], alpha: np.ndarray | None, *, preview: bool
) -> dict[str, Any]:
    """Return the answered traits of a side; of a method that failed, by its name and label, without any figures."""
    where = dict(zip(("corruption", "strength", "seed"), setting, strict=True))
    if not isinstance(of, DenoisePoint):
        nothing = {"method": of[0], "label": of[1], "psnr": None, "exact": False, "ssim": None}
        failed = {**nothing, "seconds": None, "failed": True, "preview": False, "media": "image/png", **where}
        return {f"{side}_point": failed, f"{side}_picture": b""}
    shown, media = (b"", "image/png") if of.method in (INPUT, ORIGINAL) else _shown(of.image, alpha, preview)
    done = figures(of) | {"failed": False, "preview": preview, "media": media, **where}
    return {f"{side}_point": done, f"{side}_picture": shown}


def given(of: CorruptedSubject, alpha: np.ndarray | None, *, preview: bool) -> dict[str, Any]:
    """Return the answered traits of what methods are given."""
    shown, media = _shown(of.shown, alpha, preview)
    return {"given": shown, "noise": noise(of) | {"media": media, "preview": preview}}


def noise(of: CorruptedSubject) -> dict[str, Any]:
    """Return what was done, and the noise level given and found."""
    reference = of.original is not None
    return {
        "corruption": of.corruption, "strength": of.strength, "seed": of.seed, "description": of.description,
        "task": of.task, "given": of.noise_level, "estimated": of.estimated, "found": of.found, "reference": reference,
    }  # fmt: skip


def _shown(image: np.ndarray, alpha: np.ndarray | None, preview: bool) -> tuple[bytes, str]:
    """Encode as PNG; for the time of a drag as JPEG of quality 90, a quarter of the bytes, unless there is alpha."""
    if alpha is not None or not preview:
        return png_with_alpha(image, alpha), "image/png"
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=90, subsampling=0)
    return buffer.getvalue(), "image/jpeg"


def tried(of: Iterable[DenoisePoint]) -> list[dict[str, Any]]:
    """Return a table of methods."""
    return [figures(one) for one in of]


def differ(left: DenoisePoint | None, right: DenoisePoint | None) -> list[list[int]]:
    """List [column, row, size] of the squares where two sides differ most; empty where one could not be made."""
    if left is None or right is None:
        return []
    return [[w.column, w.row, w.size] for w in where_they_differ(left.image, right.image)]


def curve(of: Iterable[LevelPoint], label: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return PSNR by strength, method by method with its label, without what cannot be done or is exact."""
    lines: dict[str, list[list[float]]] = {}
    for one in of:
        points = lines.setdefault(one.method, [])
        if one.psnr_db is not None and math.isfinite(one.psnr_db):
            points.append([one.strength, one.psnr_db])
    return [{"method": name, "label": label(name), "points": points} for name, points in lines.items()]


def words(name: str, corrupted: CorruptedSubject, left: DenoisePoint, right: DenoisePoint) -> str:
    """Describe the comparison in one sentence."""
    sides = []
    for side, one in (("left", left), ("right", right)):
        parts = [one.label]
        if one.psnr_db is not None:
            parts.append("unharmed" if math.isinf(one.psnr_db) else f"{one.psnr_db:.2f} dB")
        sides.append(f"{side}: {', '.join(parts)}")
    level = f", noise level {corrupted.estimated:.1f} by estimate" if corrupted.estimated is not None else ""
    level += f", {corrupted.found}" if corrupted.found else ""
    return f"{name}, {corrupted.description}{level}. " + "; ".join(sides)
