"""File formats that Pillow can write here, which depends on the libraries that it was built with. Writes no files.

Wheels from PyPI have all that are asked for in aewidgets; builds of distributions, and those for browsers, may lack
some.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import PIL
from PIL import Image, features

__all__ = ["can_write", "page_bytes", "page_media_type", "why_not"]

#: Pillow's names of formats that need a library -> its names of the features that say whether it is there.
_FEATURES = {"JPEG": "jpg", "JPEG2000": "jpg_2000", "WEBP": "webp", "AVIF": "avif", "PNG": "zlib"}


def can_write(file_format: str) -> bool:
    """Return whether Pillow can write a file format, by its name for it, such as "WEBP".

    Of JPEG 2000 Pillow registers a writer even where it has none, so that its features are asked too.
    """
    feature = _FEATURES.get(file_format)
    if feature is not None and not features.check(feature):
        return False
    Image.preinit()
    if file_format not in Image.SAVE:
        Image.init()  # a tenth of a second, which the usual formats do without
    return file_format in Image.SAVE


def why_not(file_format: str) -> str:
    """Return words for a format that Pillow cannot write: what is missing, and what to do."""
    feature = _FEATURES.get(file_format, file_format)
    return (
        f"Pillow {PIL.__version__} was built here without {file_format} (its feature {feature!r}); "
        "wheels from PyPI have it: pip install --force-reinstall --only-binary pillow pillow"
    )


def page_media_type() -> str:
    """Return the media type of `page_bytes`: that of WebP, or of PNG where Pillow was built without WebP."""
    return "image/webp" if can_write("WEBP") else "image/png"


def page_bytes(picture: np.ndarray | Image.Image, **options: Any) -> bytes:
    """Encode a picture for a page as WebP, or losslessly as PNG where Pillow was built without WebP.

    Args:
        picture: uint8 (H, W), (H, W, 3) or with alpha, or a Pillow image.
        options: of Pillow's WebP, such as `lossless=True` or `quality=80`.
    """
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    if can_write("WEBP"):
        image.save(buffer, "WEBP", **options)
    else:
        image.save(buffer, "PNG")
    return buffer.getvalue()
