"""Picture of a map for pages without scripts: its points, and what the decoder makes of the plane. By Pillow."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aewidgets.studies.latent.decoder import decode_codes
from aewidgets.studies.latent.map import LatentMap
from aewidgets.studies.latent.paths import grid
from aewidgets.widgets.latent_explorer.views import class_indexes, shown

__all__ = ["still"]

_SIDE = 460  # pixels of each half
_TILES = 10  # decoded in each direction
_INK, _PAPER, _PLAIN = (29, 33, 38), (255, 255, 255), (11, 92, 173)
# The colours of js/src/explorer/palette.js, which differ for every kind of colour vision, and the ends of cividis.
_CLASSES = ("0072b2", "e69f00", "009e73", "cc5f9b", "d55e00", "56b4e9", "6a3fb5", "a89a00", "8a4b2a", "6b6f76")
_LOW, _HIGH = np.array([0, 34, 78]), np.array([225, 204, 85])


def still(model: Any, map_: LatentMap, values: np.ndarray | None, names: Sequence[str] | None) -> bytes:
    """Draw a map as PNG of 920 x 460 pixels: points, coloured by `values` or by label, and decoded tiles."""
    canvas = Image.new("RGB", (2 * _SIDE, _SIDE), _PAPER)
    low, high = map_.plane.min(0), map_.plane.max(0)
    middle, half = (low + high) / 2, max(float((high - low).max()) / 2 * 1.06, 1e-6)
    canvas.paste(_points(map_, values, names, middle, half), (0, 0))
    bounds = (middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
    codes = grid(map_, _TILES, _TILES, tuple(map(float, bounds)))  # type: ignore[arg-type]
    tiles = shown(decode_codes(model, map_, codes.reshape(_TILES**2, -1)))
    height, width, channels = tiles.shape[1:]
    laid = tiles.reshape(_TILES, _TILES, height, width, channels).swapaxes(1, 2)
    laid = laid.reshape(_TILES * height, _TILES * width, channels)
    picture = Image.fromarray(laid[..., 0] if channels == 1 else laid).convert("RGB")
    canvas.paste(picture.resize((_SIDE - 8, _SIDE - 8), Image.Resampling.LANCZOS), (_SIDE + 4, 4))
    file = io.BytesIO()
    canvas.save(file, "PNG", optimize=True)
    return file.getvalue()


def _points(
    map_: LatentMap, values: np.ndarray | None, names: Sequence[str] | None, middle: np.ndarray, half: float
) -> Image.Image:
    """Draw points as squares of 2 pixels, or 4 where there are few, and names at the middles of their classes."""
    pixels = np.full((_SIDE, _SIDE, 3), 255, np.uint8)
    at = np.rint((map_.plane - middle) / half * (_SIDE / 2 - 4) + _SIDE / 2).astype(int)
    labels, indexes = class_indexes(map_.labels)
    if values is not None:
        spread = float(np.ptp(values)) or 1.0
        share = ((values - values.min()) / spread)[:, None]
        colours = np.rint(_LOW + share * (_HIGH - _LOW)).astype("uint8")
    elif len(labels):
        table = np.array([list(bytes.fromhex(colour)) for colour in _CLASSES], "uint8")
        colours = table[indexes % len(table)]
    else:
        colours = np.repeat(np.array([_PLAIN], "uint8"), len(map_), 0)
    reach = 2 if len(map_) > 5000 else 4
    for dy in range(reach):
        for dx in range(reach):
            pixels[np.clip(_SIDE - 1 - at[:, 1] + dy, 0, _SIDE - 1), np.clip(at[:, 0] + dx, 0, _SIDE - 1)] = colours
    picture = Image.fromarray(pixels)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    for k, label in enumerate(labels if values is None else []):
        x, y = np.median(at[indexes == k], 0)
        name = str(names[label]) if names is not None else str(label)
        draw.text((x, _SIDE - 1 - y), name, _INK, font, anchor="mm", stroke_width=3, stroke_fill=_PAPER)
    return picture
