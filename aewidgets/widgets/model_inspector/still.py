"""Picture of an inspector for pages without scripts: the image, and the maps of a target beside it. By Pillow."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aewidgets.images.arrays import to_rgb
from aewidgets.studies.explanation.maps import Explanation
from aewidgets.widgets.model_inspector.views import shown, strongest

__all__ = ["overlaid", "still"]

_SIDE, _HEAD, _GAP = 176, 20, 8  # pixels of a picture, of what is written over it, and between two
_INK, _PAPER = (29, 33, 38), (255, 255, 255)
#: What raises the target, what lowers it, and size alone: the colours of js/src/inspector/colours.js.
_RAISES, _LOWERS, _SIZE = (255, 138, 20), (60, 150, 255), (190, 240, 60)


def overlaid(image: np.ndarray, of: np.ndarray, signed: bool) -> np.ndarray:
    """Lay a map (h, w) over an image, which is dimmed: uint8 (h, w, 3)."""
    gray = to_rgb(shown(image)).astype("float32").mean(-1, keepdims=True)
    dimmed = np.repeat(24 + 0.42 * gray, 3, axis=-1)
    strength = np.clip(of / (strongest(of) or 1.0), -1, 1)[..., None]
    raises, lowers = (np.array(colour, "float32") for colour in ((_RAISES, _LOWERS) if signed else (_SIZE, _SIZE)))
    size = np.abs(strength)
    return np.rint((1 - size) * dimmed + size * np.where(strength < 0, lowers, raises)).astype("uint8")


def still(image: np.ndarray, found: Sequence[tuple[str, Explanation]]) -> bytes:
    """Draw an image and maps beside each other as PNG.

    Args:
        image: (h, w, c), uint8 or float in [0, 1].
        found: labels and explanations of this image.
    """
    panes = [("Picture", to_rgb(shown(image)))]
    panes += [(label, overlaid(image, one.maps[0], one.method != "gradient")) for label, one in found]
    canvas = Image.new("RGB", (len(panes) * (_SIDE + _GAP) - _GAP, _SIDE + _HEAD), _PAPER)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(13)
    for number, (label, pixels) in enumerate(panes):
        left = number * (_SIDE + _GAP)
        height, width = pixels.shape[:2]
        scale = _SIDE / max(height, width)
        how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        canvas.paste(Image.fromarray(pixels).resize(size, how), (left, _HEAD))
        draw.text((left, 2), label, _INK, font)
    file = io.BytesIO()
    canvas.save(file, "PNG", optimize=True)
    return file.getvalue()
