"""Small ICC profiles (ICC.1:2022, version 4.3) made from primaries and a curve, and gray ones from RGB. No pictures."""

from __future__ import annotations

import struct

import numpy as np

__all__ = [
    "ADOBE_GAMMA",
    "D65",
    "SRGB_CURVE",
    "SRGB_PRIMARIES",
    "codes_in",
    "fitting",
    "gamma_curve",
    "gray_profile",
    "parametric_curve",
    "rgb_profile",
    "table_curve",
]

Point = tuple[float, float]  # chromaticity x, y

D65: Point = (0.3127, 0.3290)
SRGB_PRIMARIES: tuple[Point, Point, Point] = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
ADOBE_GAMMA = 2 + 51 / 256  # of Adobe RGB (1998)
_D50 = np.array([0.9642, 1.0, 0.8249])  # white of the profile connection space
# Bradford's cone responses (ICC.1:2022, annex E.3)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def _fixed(value: float) -> int:
    """Return a number as s15Fixed16Number."""
    return round(value * 65536)


def gamma_curve(exponent: float) -> bytes:
    """Return the tag of the curve y = x**exponent, from sample to light."""
    return struct.pack(">4sIHHi", b"para", 0, 0, 0, _fixed(exponent))


def parametric_curve(g: float, a: float, b: float, c: float, d: float) -> bytes:
    """Return the tag of the curve y = (a x + b)**g from d on, and y = c x below it."""
    return struct.pack(">4sIHH5i", b"para", 0, 3, 0, *(_fixed(v) for v in (g, a, b, c, d)))


def table_curve(values: np.ndarray) -> bytes:
    """Return the tag of a curve by its values, uint16 (n,), at n equal steps of the sample."""
    return struct.pack(">4sII", b"curv", 0, len(values)) + np.asarray(values, ">u2").tobytes()


SRGB_CURVE = parametric_curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def rgb_profile(
    primaries: tuple[Point, Point, Point],
    white: Point,
    curves: bytes | tuple[bytes, bytes, bytes],
    codes: bytes = b"",
) -> bytes:
    """Return the profile of an RGB space.

    Args:
        primaries: chromaticities of red, green and blue.
        white: chromaticity of white; colours are adapted from it to D50 by Bradford's method.
        curves: the tag of the curve from sample to light, or of one for each channel.
        codes: code points of ITU-T H.273 that say more than the curves, four bytes as in PNG's cICP; b"" for none.

    Raises:
        ValueError: for primaries on one line, and chromaticities that no colour has.
    """
    columns = np.array([_xyz(point) for point in primaries]).T
    if abs(np.linalg.det(columns)) < 1e-9:
        raise ValueError(f"expected three primaries that are not on one line, got {primaries}")
    matrix = columns * np.linalg.solve(columns, _xyz(white))
    scale = (_BRADFORD @ _D50) / (_BRADFORD @ _xyz(white))
    adapting = np.linalg.inv(_BRADFORD) @ (scale[:, None] * _BRADFORD)
    if not np.isfinite(matrix).all() or np.abs(adapting @ matrix).max() > 100:
        raise ValueError(f"expected primaries and a white that colours have, got {primaries} and {white}")
    red, green, blue = (curves,) * 3 if isinstance(curves, bytes) else curves
    tags = {b"chad": struct.pack(">4sI9i", b"sf32", 0, *(_fixed(v) for v in adapting.ravel()))}
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), (adapting @ matrix).T, strict=True):
        tags[name] = _xyz_tag(column)
    return _profile(b"RGB ", tags | {b"rTRC": red, b"gTRC": green, b"bTRC": blue} | _codes_tag(codes))


def codes_in(icc: bytes) -> bytes:
    """Return the code points of ITU-T H.273 that a profile holds, four bytes as in PNG's cICP; b"" for none."""
    return _tags(icc).get(b"cicp", b"")[8:12]


def _codes_tag(codes: bytes) -> dict[bytes, bytes]:
    """Return the tag of code points (ICC.1:2022, 9.2.17), by its name; none for none."""
    return {b"cicp": struct.pack(">4sI4s", b"cicp", 0, codes)} if codes else {}


def fitting(icc: bytes, gray: bool) -> bytes | None:
    """Return a profile for gray or for RGB samples, made of one of the other kind where it has to be.

    A gray picture whose three channels would be equal under an RGB profile has a gray profile of the same curve, and
    gray samples repeated in RGB keep their curve under the primaries of sRGB.

    Args:
        icc: bytes of a profile, b"" for none.
        gray: whether there is one colour sample per pixel.

    Returns:
        The profile; b"" where there is none, or one of a colour space, such as CMYK, that the samples were converted
        from; None where the RGB profile has no single curve for gray.
    """
    space = icc[16:20]
    if space == (b"GRAY" if gray else b"RGB ") or space not in (b"GRAY", b"RGB "):
        return icc if space in (b"GRAY", b"RGB ") else b""
    tags = _tags(icc)
    if not gray:
        curve = tags.get(b"kTRC")
        return rgb_profile(SRGB_PRIMARIES, D65, curve, codes_in(icc)) if curve else None
    curves = {tags.get(name, b"") for name in (b"rTRC", b"gTRC", b"bTRC")}
    if len(curves) > 1 or b"" in curves or b"A2B0" in tags:
        return None
    return gray_profile(curves.pop(), codes_in(icc))


def gray_profile(curve: bytes, codes: bytes = b"") -> bytes:
    """Return the profile of a gray space, given the tag of its curve from sample to light; codes as in RGB."""
    return _profile(b"GRAY", {b"kTRC": curve} | _codes_tag(codes))


def _xyz(point: Point) -> np.ndarray:
    """Return the colour of luminance 1 with a chromaticity; ValueError where there is none."""
    x, y = point
    if not y > 0:
        if x > 0:  # such as the X primary of CIE 1931, which has no luminance
            return np.array([1.0, 0.0, (1 - x) / x])
        return np.array([0.0, 0.0, 1.0])
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _xyz_tag(value: np.ndarray) -> bytes:
    """Return the tag of one colour."""
    return struct.pack(">4sI3i", b"XYZ ", 0, *(_fixed(v) for v in value))


def _text_tag(text: str) -> bytes:
    """Return the tag of a text in English."""
    return struct.pack(">4sIII2s2sII", b"mluc", 0, 1, 12, b"en", b"US", 2 * len(text), 28) + text.encode("utf-16-be")


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return a display profile of a colour space; equal tags are stored once."""
    tags = {b"desc": _text_tag("as the file says"), b"cprt": _text_tag("CC0"), b"wtpt": _xyz_tag(_D50)} | tags
    offset, body, table = 128 + 4 + 12 * len(tags), b"", b""
    places: dict[bytes, int] = {}
    for name, content in tags.items():
        if content not in places:
            places[content] = offset + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, places[content], len(content))
    version = 0x04400000 if b"cicp" in tags else 0x04300000
    head = struct.pack(">I4sI4s4s4s6H4s", offset + len(body), b"", version, b"mntr", space, b"XYZ ",
                       2000, 1, 1, 0, 0, 0, b"acsp")  # fmt: skip
    head += bytes(28) + b"".join(struct.pack(">i", _fixed(v)) for v in _D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _tags(icc: bytes) -> dict[bytes, bytes]:
    """Return the tags of a profile by name; none of a damaged one."""
    try:
        count = struct.unpack_from(">I", icc, 128)[0]
        entries = [struct.unpack_from(">4sII", icc, 132 + 12 * i) for i in range(min(count, 100))]
    except struct.error:
        return {}
    return {name: icc[at : at + size] for name, at, size in entries}
