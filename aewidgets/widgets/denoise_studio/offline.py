"""Data of a DenoiseStudio for a page without a kernel: results at a few strengths. Nothing is measured here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from aewidgets.images.encoders import page_media_type
from aewidgets.studies.restoration.grids import DenoiseGrid, EmbeddedLevel, denoise_grid
from aewidgets.studies.restoration.methods import OwnMethods
from aewidgets.studies.restoration.points import INPUT, ORIGINAL, label_of, method_choices
from aewidgets.studies.subjects import Subject
from aewidgets.widgets.denoise_studio import views

__all__ = ["offline"]

_AROUND = 40_000  # bytes of a page beside its pictures; the still picture and the module are counted by themselves


def offline(of: Subject, asked: Mapping[str, Any], max_bytes: int, methods: OwnMethods) -> dict[str, Any]:
    """Return all that a page without a kernel needs, in at most `max_bytes` bytes of HTML.

    Args:
        of: the picture.
        asked: traits by name.
        max_bytes: of the HTML, where base64 makes four bytes of three.
        methods: those of one's own.
    """
    sides = (asked["left"], asked["right"])
    setting = (asked["corruption"], asked["strength"], asked["seed"])
    grid = denoise_grid(of.image, *setting, sides, int((max_bytes - _AROUND) * 3 / 4), of.alpha, methods)
    height, width = grid.image.shape[:2]
    there = set(grid.levels[0].pictures).union(*(level.pictures for level in grid.levels))
    own = {INPUT} | ({ORIGINAL} if grid.original else set())
    choices = method_choices(asked["corruption"], 1 if of.image.ndim == 2 else 3, methods)
    kinds = [kind for kind in views.corruptions() if kind["name"] == asked["corruption"]]
    strengths = [level.corrupted.strength for level in grid.levels]
    return {
        "traits": {
            **asked,
            "subject": asked["subject"] | {"width": width, "height": height},
            "original": grid.original,
            "choices": [c for c in views.choices(choices) if c["name"] in there | own],
            "corruptions": [{**kind, "levels": strengths} for kind in kinds],
            "curve": _curve(grid, methods),
            "frozen": _frozen(of, grid),
        },
        "levels": [_level(level) for level in grid.levels],
    }


def _level(of: EmbeddedLevel) -> dict[str, Any]:
    return {
        "strength": of.corrupted.strength,
        "given": of.given,
        "noise": views.noise(of.corrupted) | {"media": page_media_type(), "preview": False},
        "points": views.tried(of.points),
        "pictures": of.pictures,
        "differ": [[w.column, w.row, w.size] for w in of.differ],
    }


def _curve(grid: DenoiseGrid, methods: OwnMethods) -> list[dict[str, Any]]:
    """Return PSNR of all methods at the strengths that are embedded."""
    lines: dict[str, list[list[float]]] = {}
    for level in grid.levels:
        for point in level.points:
            if point.psnr_db is not None and math.isfinite(point.psnr_db) and level.corrupted.strength is not None:
                lines.setdefault(point.method, []).append([level.corrupted.strength, point.psnr_db])
    labels = {name: label_of(methods.named(name)) for name in lines}
    return [{"method": name, "label": labels[name], "points": points} for name, points in lines.items()]


def _frozen(of: Subject, grid: DenoiseGrid) -> str:
    """Describe what cannot be changed on a page without a kernel."""
    height, width = of.image.shape[:2]
    h, w = grid.image.shape[:2]
    strengths = [level.corrupted.strength for level in grid.levels]
    fixed = "the picture and what is done to it are fixed"
    stops = "" if strengths == [None] else f"; the slider stops at {', '.join(f'{s:g}' for s in strengths)}"
    part = "" if (h, w) == (height, width) else (
        f" Of {width} × {height} pixels the middle {w} × {h} are here, and figures and curve are of that part."
    )  # fmt: skip
    return f"No kernel: {fixed}{stops}. Pictures are embedded as WebP; figures are of the pictures before that.{part}"
