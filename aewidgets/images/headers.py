"""Checks of file headers for properties that Pillow's decoders hide: more than 8 bits, HDR. Decodes no pixels."""

from __future__ import annotations

import struct

from PIL import Image

__all__ = ["CAMERA_RAW", "REFUSED_MODES", "SIXTEEN_BITS", "holds_16_bits", "is_raw", "trouble_in"]

SIXTEEN_BITS = "16-bit samples, of which only 8 bits would be kept; convert it to 8 bits first"
CAMERA_RAW = "a camera's raw file, of which Pillow reads a preview at best; develop it to 8 bits first"
#: Pillow modes that are neither 8-bit gray nor RGB, with their name and what to do.
REFUSED_MODES = dict.fromkeys(("I;16", "I;16B", "I;16L", "I;16N", "I"), SIXTEEN_BITS) | {
    "F": "floating-point samples; scale them to 8 bits first",
    "CMYK": "CMYK, whose conversion to RGB needs a colour profile; convert it to RGB first",
    "La": "premultiplied alpha; flatten it on a background first",
    "RGBa": "premultiplied alpha; flatten it on a background first",
    "YCbCr": "Y'CbCr samples; convert it to RGB first (Pillow: image.convert('RGB'))",
    "LAB": "Lab colours; convert it to RGB first",
    "HSV": "HSV samples; convert it to RGB first (Pillow: image.convert('RGB'))",
}
_HDR = {16: "PQ", 18: "HLG"}  # transfer functions, ITU-T H.273
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_DNG_VERSION = 0xC612
_HEAD = 1 << 16  # bytes of a file that are searched


def holds_16_bits(picture: Image.Image) -> bool:
    """Return whether Pillow would silently drop the low 8 bits: it opens 16-bit colour PNG, TIFF and PPM as "RGB"."""
    for tile in getattr(picture, "tile", ()):
        values = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if any(isinstance(v, str) and ";16" in v for v in values):
            return True
        if tile[0].startswith("ppm") and any(isinstance(v, int) and v > 255 for v in values):
            return True
    return False


def is_raw(picture: Image.Image) -> bool:
    """Return whether a TIFF is a camera's raw file, whose first picture is a preview."""
    return _DNG_VERSION in getattr(picture, "tag_v2", ())


def trouble_in(data: bytes) -> str | None:
    """Return why Pillow would lose part of the picture or cannot read it, with what to do; None if it reads all of it.

    Args:
        data: the file, or its beginning.
    """
    head = data[:_HEAD]
    if head[4:8] == b"ftyp":
        if head[8:12] in _HEIF:
            return "HEIC, which Pillow does not read; convert it to JPEG, PNG or AVIF first"
        at = head.find(b"av1C")  # AV1CodecConfigurationRecord: after version, profile and level comes high_bitdepth
        while at >= 0:
            if head[at + 6 : at + 7] and head[at + 6] & 0x40:
                return "10- or 12-bit samples (often HDR), of which only 8 would be kept; convert it to 8 bits first"
            at = head.find(b"av1C", at + 4)
    if head[8:10] == b"CR" and head[:2] in (b"II", b"MM"):
        return CAMERA_RAW
    if head[:4] == b"\xff\x4f\xff\x51" or head[4:8] == b"jP  ":
        # ISO 15444-1, A.5.1: SIZ, whose Ssiz hold the depth of each component less one
        at = head.find(b"\xff\x4f\xff\x51") + 2
        if at >= 2 and len(head) >= at + 40:
            count = struct.unpack(">H", head[at + 38 : at + 40])[0]
            depths = [(s & 127) + 1 for s in head[at + 40 : at + 40 + 3 * count : 3]]
            if max(depths, default=8) > 8:
                return SIXTEEN_BITS.replace("16", str(max(depths)))
    if head[:4] == b"\x89PNG":
        at = head.find(b"cICP", 0, head.find(b"IDAT") + 1)
        if at >= 0 and (transfer := _HDR.get(head[at + 5])):
            return f"high dynamic range ({transfer}), which 8 bits do not hold; map its tones to sRGB first"
    return None
