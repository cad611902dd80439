"""Pictures of printing inks (CMYK, YCCK) to sRGB through the profile in their file, by littleCMS in Pillow."""

from __future__ import annotations

import io

from PIL import Image, features

from aewidgets.images.arrays import ImageError

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
    if not features.check("littlecms2"):
        raise ImageError(
            f"{name}: CMYK, and Pillow was built here without littleCMS, which converts it; wheels from PyPI have it"
        )
    from PIL import ImageCms

    try:
        made = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"),
            ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB", flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError) as error:
        words = f"CMYK with a profile that cannot be used ({error}); convert it to RGB first"
        raise ImageError(f"{name}: {words}") from error
    assert made is not None  # it is None only where a picture is changed in place
    made.info.pop("icc_profile", None)
    return made
