"""Pictures as a widget sends them: subjects, originals and still images. Nothing is computed on them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from aewidgets.images.arrays import to_rgb
from aewidgets.images.displays import thumbnail
from aewidgets.images.reading import png_bytes
from aewidgets.studies.subjects import Subject

_STILL = 400  # pixels of the longer side


def subject(of: Subject) -> dict[str, Any]:
    """Return name, size in pixels, number of bytes and source of a subject."""
    height, width = of.image.shape[:2]
    return {"name": of.name, "width": width, "height": height, "bytes": of.num_bytes, "source": of.source}


def original(of: Subject) -> bytes:
    """Encode the image of a subject as PNG."""
    return png_bytes(of.image)


def still(left: np.ndarray, right: np.ndarray) -> bytes:
    """Encode the left half of one image and the right half of another, with a line between them, as a small PNG."""
    small = [thumbnail(to_rgb(image), _STILL) for image in (left, right)]
    height, width = small[0].shape[:2]
    joined = np.concatenate([small[0][:, : width // 2], small[1][:, width // 2 :]], axis=1)
    picture = Image.fromarray(joined)
    ImageDraw.Draw(picture).line([(width // 2, 0), (width // 2, height)], fill="#ffffff", width=2)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
