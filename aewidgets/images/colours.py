"""What a file says of its colours other than by a profile: code points, gamma, primaries; made into a small profile.

PNG has cICP, gAMA and cHRM, AVIF the box nclx, TIFF and BMP primaries, JPEG 2000 profiles that Pillow does not read,
and cameras a note that a JPEG is Adobe RGB. A picture that says sRGB, or nothing, has no profile here.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from PIL import Image, ImageFile

from aewidgets.images import profiles
from aewidgets.images.arrays import ImageError
from aewidgets.images.headers import boxes, nclx_of, png_chunks

__all__ = ["WITHOUT_PROFILE", "kept_profile", "told_profile"]

#: What to do about a profile that cannot be kept.
WITHOUT_PROFILE = "leave it out, as --no-profile and profile='drop' do, or convert the picture to sRGB"

_D65, _C = profiles.D65, (0.310, 0.316)
# ITU-T H.273, table 2: number -> primaries and white
_PRIMARIES = {
    1: (profiles.SRGB_PRIMARIES, _D65),
    2: (profiles.SRGB_PRIMARIES, _D65),  # unspecified
    4: (((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), _C),
    5: (((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)), _D65),
    6: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), _D65),
    7: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), _D65),
    8: (((0.681, 0.319), (0.243, 0.692), (0.145, 0.049)), _C),
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), _D65),
    11: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), (0.314, 0.351)),
    12: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), _D65),
    22: (((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)), _D65),
}
_BT709 = profiles.parametric_curve(1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
# ITU-T H.273, table 3: number -> curve from sample to light
_CURVES = {
    **dict.fromkeys((1, 6, 14, 15), _BT709),
    **dict.fromkeys((2, 13), profiles.SRGB_CURVE),
    4: profiles.gamma_curve(2.2),
    5: profiles.gamma_curve(2.8),
    7: profiles.parametric_curve(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912),
    8: profiles.gamma_curve(1),
}
_STEPS = np.linspace(0, 1, 1024)


def _table(light: np.ndarray) -> bytes:
    """Return the tag of a curve of light in [0, 1] at 1024 equal steps of the sample."""
    return profiles.table_curve(np.rint(65535 * np.clip(light, 0, 1)))


def _perceptual_quantiser(sample: np.ndarray) -> np.ndarray:
    """Return the light of samples in [0, 1], where 1 is 10,000 cd/m2 (SMPTE ST 2084, equation 4.1)."""
    root = sample ** (32 / 2523)
    return (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (8192 / 1305)


def _hybrid_log_gamma(sample: np.ndarray) -> np.ndarray:
    """Return the light of samples in [0, 1] before the system's gamma (ITU-R BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(sample <= 0.5, sample**2 / 3, (np.exp((sample - c) / a) + b) / 12)


# Number -> curve from sample to light of high dynamic range. The code points stay beside it, because white is not 1.
_HIGH_RANGE = {16: _table(_perceptual_quantiser(_STEPS)), 18: _table(_hybrid_log_gamma(_STEPS))}
_ADOBE = (((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), _D65)
_CLOSE = 0.002  # chromaticities that differ by less are the same, rounded
_EXIF_IFD, _INTEROPERABILITY, _COLOUR_SPACE = 0x8769, 0xA005, 0xA001
_TRANSFER, _WHITE, _CHROMATICITIES = 301, 318, 319  # TIFF tags


def told_profile(picture: Image.Image, data: bytes | None, name: str) -> bytes | None:
    """Return the profile of a picture: its own, or one made from what the file says of its colours.

    Args:
        picture: a picture that Pillow opened or made.
        data: the bytes of its file, None where there is none.
        name: name of the picture in error messages.

    Returns:
        The profile; b"" for none, which means sRGB; None where there is one that cannot be read.

    Raises:
        ImageError: for colours that no profile here describes.
    """
    data = data or b""
    try:
        chunks = png_chunks(data)
        if b"cICP" in chunks:  # goes before a profile: PNG, third edition, 4.3
            return _by_codes(*struct.unpack(">BBxB", chunks[b"cICP"][:4]))
        icc = picture.info.get("icc_profile", b"")
        if icc or (icc is None and isinstance(picture, ImageFile.ImageFile)):
            return icc
        if icc is not None and "icc_profile" in picture.info:  # b"": whoever saves it wants none
            return b""
        if data[4:8] == b"ftyp":
            return _by_codes(*codes) if (codes := nclx_of(data)) else b""
        if data[4:8] == b"jP  ":
            return _of_jpeg_2000(data)
        if data[:2] == b"BM":
            return _of_bitmap(data)
        tags = getattr(picture, "tag_v2", {})
        if _CHROMATICITIES in tags or _TRANSFER in tags:
            return _of_tiff(tags)
        if "gamma" in picture.info or "chromaticity" in picture.info:
            return b"" if "srgb" in picture.info else _of_png(picture.info)
    except (ImageError, struct.error, ValueError, IndexError, TypeError) as error:
        raise ImageError(f"{name}: {error}; convert the picture to sRGB first") from error
    return _of_camera(picture)


def kept_profile(icc: bytes | None, gray: bool, name: str) -> bytes:
    """Return the profile that is kept with gray or with RGB samples, as `aewidgets.images.profiles.fitting` makes it.

    Args:
        icc: profile as `told_profile` returns it.
        gray: whether there is one colour sample per pixel.
        name: name of the picture in error messages.

    Raises:
        ImageError: for a profile that is damaged, and one of RGB that has no single curve for gray.
    """
    fit = None if icc is None else profiles.fitting(icc, gray)
    if fit is None:
        wrong = "is damaged" if icc is None else "has no one curve for gray"
        raise ImageError(f"{name}: its colour profile {wrong}; {WITHOUT_PROFILE}")
    return fit


def _by_codes(primaries: int, transfer: int, full: int = 1) -> bytes:
    """Return the profile of code points of ITU-T H.273; b"" for sRGB."""
    if primaries not in _PRIMARIES or transfer not in _CURVES | _HIGH_RANGE:
        raise ImageError(f"colours of primaries {primaries} and transfer {transfer} (ITU-T H.273), not known here")
    if not full:
        raise ImageError("samples of a narrow range (16 to 235, ITU-T H.273), which are shown wrong as they are")
    if transfer in _HIGH_RANGE:
        codes = bytes((primaries, transfer, 0, 1))
        return profiles.rgb_profile(*_PRIMARIES[primaries], _HIGH_RANGE[transfer], codes)
    return _made(*_PRIMARIES[primaries], _CURVES[transfer])


def _made(primaries: Any, white: Any, curves: Any) -> bytes:
    """Return a profile; b"" where it would be that of sRGB."""
    srgb = (*profiles.SRGB_PRIMARIES, profiles.D65)
    if curves == profiles.SRGB_CURVE and np.abs(np.subtract((*primaries, white), srgb)).max() < _CLOSE:
        return b""
    return profiles.rgb_profile(primaries, white, curves)


def _of_png(info: dict[Any, Any]) -> bytes:
    """Return the profile of a PNG's gAMA and cHRM."""
    gamma, points = info.get("gamma"), info.get("chromaticity")
    primaries: Any = profiles.SRGB_PRIMARIES
    white = profiles.D65
    if points and len(points) >= 8 and all(points[1::2]):
        white, *three = zip(points[0:8:2], points[1:8:2], strict=True)
        primaries = tuple(three)
    if not gamma or (abs(1 / gamma - 2.2) < 0.03 and _made(primaries, white, profiles.SRGB_CURVE) == b""):
        return _made(primaries, white, profiles.SRGB_CURVE)  # 0.45455 is how PNG spells the curve of sRGB
    return _made(primaries, white, profiles.gamma_curve(1 / gamma))


def _of_jpeg_2000(data: bytes) -> bytes:
    """Return the profile in the header of a JPEG 2000 file (ISO/IEC 15444-1, I.5.3.3)."""
    header = list(boxes(dict(boxes(data)).get(b"jp2h", b"")))
    for kind, content in header:
        if kind == b"colr" and content[:1] == b"\2":
            return content[3:]
    for kind, content in header:
        if kind == b"colr" and content[:1] == b"\1":
            space = struct.unpack(">I", content[3:7])[0]
            if space not in (0, 12, 15, 16, 17, 18):  # 12, CMYK, is refused by its mode
                raise ImageError(f"colours of the enumerated space {space} (ISO/IEC 15444-1), not known here")
            return b""
    return b""


def _of_bitmap(data: bytes) -> bytes:
    """Return the profile in a bitmap of the fourth or fifth version."""
    if len(data) < 138 or struct.unpack("<I", data[14:18])[0] < 108:
        return b""
    kind = data[70:74][::-1]
    if kind == b"MBED":
        at, size = struct.unpack("<II", data[126:134])
        return data[14 + at : 14 + at + size]
    if kind == b"LINK":
        raise ImageError("its colour profile lies in another file")
    if kind != b"\0\0\0\0" or not any(data[74:110]):
        return b""  # sRGB, that of Windows, or nothing
    ends = np.frombuffer(data[74:110], "<i4").reshape(3, 3) / 2**30
    gammas = np.frombuffer(data[110:122], "<u4") / 65536
    primaries = tuple((x / (x + y + z), y / (x + y + z)) for x, y, z in ends.tolist())
    plain = not gammas.any() or np.abs(gammas - 2.2).max() < 0.03 or np.abs(gammas - 1 / 2.2).max() < 0.03
    if plain:
        return _made(primaries, profiles.D65, profiles.SRGB_CURVE)
    curves = tuple(profiles.gamma_curve(float(g if g >= 1 else 1 / g)) for g in gammas)
    return _made(primaries, profiles.D65, curves)


def _of_tiff(tags: Any) -> bytes:
    """Return the profile of a TIFF's primaries, white and curve (TIFF 6.0, section 20)."""
    points = [float(v) for v in tags.get(_CHROMATICITIES, ())]
    three = tuple(zip(points[::2], points[1::2], strict=True)) if len(points) == 6 else profiles.SRGB_PRIMARIES
    white = tuple(float(v) for v in tags.get(_WHITE, ())) or profiles.D65
    table = np.array(tags.get(_TRANSFER, ()))
    if table.size not in (256, 768):
        return _made(three, white, profiles.SRGB_CURVE)
    parts = [profiles.table_curve(part) for part in table.reshape(-1, 256)]
    return _made(three, white, tuple(parts) if len(parts) == 3 else parts[0])


def _of_camera(picture: Image.Image) -> bytes:
    """Return the profile of Adobe RGB where a camera's metadata say so (DCF 2.0, 3.3: colour space R03)."""
    try:
        exif = picture.getexif()
        space = exif.get_ifd(_EXIF_IFD).get(_COLOUR_SPACE) if exif else None
        adobe = space == 2 or (space == 0xFFFF and str(exif.get_ifd(_INTEROPERABILITY).get(1, "")).startswith("R03"))
    except Exception:  # damaged metadata: whoever asks for them hears of it
        return b""
    return _made(*_ADOBE, profiles.gamma_curve(profiles.ADOBE_GAMMA)) if adobe else b""
