"""Pictures as a widget sends them: subjects, originals and still images. Nothing is computed on them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from aewidgets.images.arrays import to_rgb, with_alpha
from aewidgets.images.displays import thumbnail
from aewidgets.images.reading import png_bytes
from aewidgets.studies.subjects import Subject

_STILL = 400  # pixels of the longer side
_SQUARE, _LIGHT, _DARK = 8, 232, 190  # of the checkerboard below transparency, as in js/src/comparison/checkers.js


def subject(of: Subject, transparency: str) -> dict[str, Any]:
    """Return name, size in pixels, number of bytes and source of a subject, and whether it is transparent.

    Args:
        of: the subject.
        transparency: what becomes of its transparency, in words; they follow its source.
    """
    height, width = of.image.shape[:2]
    clear = of.alpha is not None
    source = f"{of.source}; transparent: {transparency}" if clear else of.source
    return {
        "name": of.name, "width": width, "height": height, "bytes": of.num_bytes, "source": source, "transparent": clear
    }  # fmt: skip


def png_with_alpha(image: np.ndarray, alpha: np.ndarray | None) -> bytes:
    """Encode an image, uint8 (h, w) or (h, w, 3), and its alpha as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(with_alpha(image, alpha)).save(buffer, "PNG")
    return buffer.getvalue()


def mask(alpha: np.ndarray | None) -> bytes:
    """Encode alpha as a PNG that is black and as transparent as it says; nothing for None."""
    return b"" if alpha is None else png_with_alpha(np.zeros_like(alpha), alpha)


def on_checkers(image: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Lay an image over a checkerboard where it is transparent; return uint8 (h, w, 3)."""
    colour = to_rgb(image)
    if alpha is None:
        return colour
    rows, columns = (np.arange(side) // _SQUARE for side in alpha.shape)
    board = np.where((rows[:, None] + columns) % 2, _DARK, _LIGHT)[..., None]
    share = alpha[..., None].astype("float32") / 255
    return np.rint(share * colour + (1 - share) * board).astype("uint8")


def original(of: Subject) -> bytes:
    """Encode the colours of a subject as PNG."""
    return png_bytes(of.image)


def still(left: np.ndarray, right: np.ndarray, alpha: np.ndarray | None = None) -> bytes:
    """Encode the left half of one image and the right half of another, with a line between them, as a small PNG."""
    small_alpha = None if alpha is None else thumbnail(alpha, _STILL)
    small = [on_checkers(thumbnail(to_rgb(image), _STILL), small_alpha) for image in (left, right)]
    height, width = small[0].shape[:2]
    joined = np.concatenate([small[0][:, : width // 2], small[1][:, width // 2 :]], axis=1)
    picture = Image.fromarray(joined)
    ImageDraw.Draw(picture).line([(width // 2, 0), (width // 2, height)], fill="#ffffff", width=2)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
