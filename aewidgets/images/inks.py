"""Pictures of printing inks (CMYK, YCCK) to sRGB through the profile in their file."""

from __future__ import annotations

from PIL import Image

from aewidgets.images.arrays import ImageError
from aewidgets.images.srgb import through_profile

__all__ = ["from_inks"]

_NO_PROFILE = (
    "CMYK without a colour profile, which alone says what colours its inks have; convert it to RGB first, with the "
    "profile of the press it was made for"
)


def from_inks(picture: Image.Image, name: str) -> Image.Image:
    """Return a CMYK picture in sRGB, mode RGB: relative colorimetric, with black-point compensation.

    This is lossy: 8 bits of four inks become 8 bits of three colours, and colours that no screen has the nearest.

    Args:
        picture: of mode CMYK; `info` holds its profile. A YCCK file is CMYK once Pillow has opened it.
        name: name of the picture in error messages.

    Raises:
        ImageError: without a profile, for one that littleCMS cannot use, and for a Pillow without littleCMS.
    """
    icc = picture.info.get("icc_profile")
    if not icc or icc[16:20] != b"CMYK":
        raise ImageError(f"{name}: {_NO_PROFILE}")
    return through_profile(picture, icc, name)
