"""Picture of a map for pages without scripts: its points, and what the decoder makes of the plane. By Pillow."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aewidgets.studies.latent.columns import Classes
from aewidgets.studies.latent.decoder import decode_codes
from aewidgets.studies.latent.map import LatentMap
from aewidgets.studies.latent.paths import grid
from aewidgets.widgets.latent_explorer.views import shown

__all__ = ["still"]

_SIDE = 460  # pixels of each half
_TILES = 10  # decoded in each direction
_NAMED = 40  # classes whose names are written
_INK, _PAPER, _PLAIN, _NONE = (29, 33, 38), (255, 255, 255), (11, 92, 173), (150, 155, 160)
# The colours of js/src/explorer/palette.js, which differ for every kind of colour vision, and the ends of cividis.
_CLASSES = ("0072b2", "e69f00", "009e73", "cc5f9b", "d55e00", "56b4e9", "6a3fb5", "a89a00", "8a4b2a", "6b6f76")
_LOW, _HIGH = np.array([0, 34, 78]), np.array([225, 204, 85])


def still(model: Any, map_: LatentMap, values: np.ndarray | None, classes: Classes | None) -> bytes:
    """Draw a map as PNG: points, coloured by `values` or by class, and beside them decoded tiles.

    It has 920 x 460 pixels, without a decoder (`model` None) half of them. Points whose value is NaN are gray.
    """
    canvas = Image.new("RGB", (_SIDE if model is None else 2 * _SIDE, _SIDE), _PAPER)
    low, high = map_.plane.min(0), map_.plane.max(0)
    middle, half = (low + high) / 2, max(float((high - low).max()) / 2 * 1.06, 1e-6)
    canvas.paste(_points(map_, values, classes, middle, half), (0, 0))
    if model is not None:
        canvas.paste(_tiles(model, map_, middle, half), (_SIDE + 4, 4))
    file = io.BytesIO()
    canvas.save(file, "PNG", optimize=True)
    return file.getvalue()


def _tiles(model: Any, map_: LatentMap, middle: np.ndarray, half: float) -> Image.Image:
    """Decode tiles over a square of the plane."""
    bounds = (middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
    codes = grid(map_, _TILES, _TILES, tuple(map(float, bounds)))  # type: ignore[arg-type]
    tiles = shown(decode_codes(model, map_, codes.reshape(_TILES**2, -1)))
    height, width, channels = tiles.shape[1:]
    laid = tiles.reshape(_TILES, _TILES, height, width, channels).swapaxes(1, 2)
    laid = laid.reshape(_TILES * height, _TILES * width, channels)
    picture = Image.fromarray(laid[..., 0] if channels == 1 else laid).convert("RGB")
    return picture.resize((_SIDE - 8, _SIDE - 8), Image.Resampling.LANCZOS)


def _points(
    map_: LatentMap, values: np.ndarray | None, classes: Classes | None, middle: np.ndarray, half: float
) -> Image.Image:
    """Draw points as squares of 2 pixels, or 4 where there are few, and names at the middles of their classes."""
    pixels = np.full((_SIDE, _SIDE, 3), 255, np.uint8)
    at = np.rint((map_.plane - middle) / half * (_SIDE / 2 - 4) + _SIDE / 2).astype(int)
    if values is not None and np.isfinite(values).any():
        low, spread = np.nanmin(values), float(np.nanmax(values) - np.nanmin(values)) or 1.0
        share = np.nan_to_num((values - low) / spread)[:, None]
        colours = np.rint(_LOW + share * (_HIGH - _LOW)).astype("uint8")
        colours[np.isnan(values)] = _NONE
    elif classes is not None:
        table = np.array([list(bytes.fromhex(colour)) for colour in _CLASSES], "uint8")
        colours = table[classes.indexes % len(table)]
    else:
        colours = np.repeat(np.array([_PLAIN], "uint8"), len(map_), 0)
    reach = 2 if len(map_) > 5000 else 4
    for dy in range(reach):
        for dx in range(reach):
            pixels[np.clip(_SIDE - 1 - at[:, 1] + dy, 0, _SIDE - 1), np.clip(at[:, 0] + dx, 0, _SIDE - 1)] = colours
    picture = Image.fromarray(pixels)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    if classes is None or values is not None:
        return picture
    counts = np.bincount(classes.indexes, minlength=len(classes.names))
    for k in np.argsort(-counts, kind="stable")[:_NAMED]:
        x, y = np.median(at[classes.indexes == k], 0)
        place = (x, _SIDE - 1 - y)
        draw.text(place, classes.names[k][:40], _INK, font, anchor="mm", stroke_width=3, stroke_fill=_PAPER)
    return picture
