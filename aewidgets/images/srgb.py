"""8-bit pictures from their colour profile to sRGB, by littleCMS: relative colorimetric, to the same black."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, features

from aewidgets.images.arrays import ImageError
from aewidgets.images.profiles import fitting

__all__ = ["through_profile", "to_srgb"]


def to_srgb(colour: np.ndarray, icc: bytes, name: str) -> np.ndarray:
    """Return colours as sRGB has them; those that sRGB does not reach become the nearest.

    This is lossy: 8 bits become 8 other bits. Gray stays gray, unless its profile has another curve for each channel.

    Args:
        colour: uint8 (h, w) or (h, w, 3).
        icc: their profile, gray or RGB.
        name: name of the picture in error messages.

    Returns:
        uint8, of the same shape or (h, w, 3).

    Raises:
        ImageError: for a profile that littleCMS cannot use, and for a Pillow without littleCMS.
    """
    if colour.ndim == 3:
        return np.array(through_profile(Image.fromarray(colour), icc, name))
    levels = np.arange(256, dtype="uint8")
    curved = fitting(icc, gray=False)  # RGB of the same curve: of a gray profile littleCMS makes a coarse table
    given = np.repeat(levels[None, :, None], 3, axis=2) if curved else levels[None]
    table = np.array(through_profile(Image.fromarray(given), curved or icc, name))[0]
    tinted = np.ptp(table.astype(int), axis=1).max() > 1
    return table[colour] if tinted else table[:, 1][colour]


def through_profile(picture: Image.Image, icc: bytes, name: str) -> Image.Image:
    """Return a Pillow image in sRGB, of mode RGB.

    Raises:
        ImageError: for a profile that littleCMS cannot use, and for a Pillow without littleCMS.
    """
    kind = "CMYK" if picture.mode == "CMYK" else "gray or RGB"
    if not features.check("littlecms2"):
        raise ImageError(
            f"{name}: {kind}, and Pillow was built here without littleCMS, which converts it; wheels from PyPI have it"
        )
    from PIL import ImageCms

    try:
        made = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"),
            ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB", flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError) as error:
        to = "RGB" if kind == "CMYK" else "sRGB"
        words = f"{kind} with a profile that cannot be used ({error}); convert it to {to} first"
        raise ImageError(f"{name}: {words}") from error
    assert made is not None  # it is None only where a picture is changed in place
    made.info.pop("icc_profile", None)
    return made
