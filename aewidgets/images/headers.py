"""Checks of file headers for what Pillow's decoders hide or get wrong: more than 8 bits, HDR. Decodes no pixels."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import Any

from PIL import TiffImagePlugin

__all__ = ["REFUSED_MODES", "boxes", "nclx_of", "png_chunks", "tags_of", "trouble_in", "trouble_in_tags"]

SIXTEEN_BITS = "16-bit samples, of which only 8 bits would be kept; convert it to 8 bits first"
CAMERA_RAW = "a camera's raw file, of which Pillow reads a preview at best; develop it to 8 bits first"
#: Pillow modes that are neither 8-bit gray nor RGB, with their name and what to do.
REFUSED_MODES = dict.fromkeys(("I;16", "I;16B", "I;16L", "I;16N", "I"), SIXTEEN_BITS) | {
    "F": "floating-point samples; scale them to 8 bits first",
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
_BITS, _PHOTOMETRIC, _FILL, _PLANAR, _EXTRA, _FORMAT, _INKS = 258, 262, 266, 284, 338, 339, 332  # TIFF tags
_LIGHTS = (0, 1, 2, 3, 5, 6)  # meanings of a TIFF's samples: gray either way, RGB, palette, inks, Y'CbCr
_PNM = re.compile(rb"P[2356](?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+(\d+)")  # as far as maxval


def trouble_in(data: bytes) -> str | None:
    """Return why Pillow would lose part of the picture or cannot read it, with what to do; None if it reads all of it.

    Args:
        data: the whole file, or as much of it as there is. TIFF is judged by its tags: see `trouble_in_tags`.
    """
    if data[4:8] == b"ftyp":
        return _in_heif(data)
    if data[8:10] == b"CR" and data[:2] in (b"II", b"MM"):
        return CAMERA_RAW
    if data[:4] == b"\xff\x4f\xff\x51" or data[4:8] == b"jP  ":
        return _in_jpeg_2000(data[:_HEAD])
    if data[:4] == b"\x89PNG":
        if data[24:25] == b"\x10":
            return SIXTEEN_BITS
        codes = png_chunks(data).get(b"cICP", b"")
        return _hdr(codes[1]) if len(codes) > 1 else None
    if data[:2] in (b"P2", b"P3", b"P5", b"P6"):
        found = re.match(_PNM, data[:_HEAD])
        return SIXTEEN_BITS if found and int(found[1][:9]) > 255 else None
    if data[:4] == b"\x01\xda\x00\x02" or data[:4] == b"\x01\xda\x01\x02":  # SGI, two bytes a sample
        return SIXTEEN_BITS
    if data[:4] == b"DDS " and data[84:88] == b"DX10" and data[128:129] in (b"\x5e", b"\x5f", b"\x60"):
        return "floating-point samples (BC6H); map its tones to 8 bits first"
    return None


def trouble_in_tags(tags: Any) -> str | None:
    """Return why Pillow would read a TIFF wrong or not at all, with what to do; None where it reads it right.

    Args:
        tags: the tags of its first page, as `PIL.TiffImagePlugin.ImageFileDirectory_v2` has them.
    """
    bits, formats = (_numbers(tags.get(tag, 1)) for tag in (_BITS, _FORMAT))
    light, planar = tags.get(_PHOTOMETRIC, 0), tags.get(_PLANAR, 1) == 2
    if _DNG_VERSION in tags or light in (32803, 34892):
        return CAMERA_RAW
    if 3 in formats or 6 in formats:
        return REFUSED_MODES["F"]
    if 2 in formats or 5 in formats:
        return f"signed samples of {max(bits)} bits, whose black and white nothing says; make them unsigned first"
    if max(bits) > 8:
        return SIXTEEN_BITS.replace("16", str(max(bits)))
    if light in (8, 9, 10):
        return REFUSED_MODES["LAB"]
    if light == 5 and (tags.get(_INKS, 1) != 1 or max(bits) != 8):
        return "inks other than CMYK of 8 bits; convert it to RGB first"
    if light == 4:
        return "a transparency mask, not a picture; save the picture that it belongs to"
    if light not in _LIGHTS:
        return f"a TIFF whose samples have the meaning {light}; convert it to gray or RGB first"
    if len(set(bits)) > 1:
        return f"samples of {', '.join(map(str, bits))} bits; convert it to 8 bits first"
    if max(bits) < 8 and light not in (0, 1, 3):
        return f"colour of {max(bits)} bits a sample; convert it to 8 bits first"
    extra = _numbers(tags.get(_EXTRA, ()))
    if planar and (1 in extra or (tags.get(_FILL, 1) == 2 and len(bits) > 1)):
        return "planes that Pillow does not put together right; save it with interleaved samples first"
    return None


def tags_of(data: bytes) -> Any:
    """Return the tags of the first page of a TIFF, {} for other and damaged files."""
    if data[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return {}
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(data[:16] if data[2:3] == b"+" or data[3:4] == b"+" else data[:8])
        file = io.BytesIO(data)
        file.seek(tags.next)
        tags.load(file)
        return {tag: tags[tag] for tag in (_BITS, _FORMAT, _PHOTOMETRIC, _PLANAR, _EXTRA, _FILL, _INKS) if tag in tags}
    except Exception:  # damaged bytes raise nearly anything
        return {}


def _numbers(value: Any) -> tuple[int, ...]:
    """Return a tag's value as a tuple."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def png_chunks(data: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a PNG before its samples, by name; {} for other files."""
    found: dict[bytes, bytes] = {}
    at = 8
    while data[:4] == b"\x89PNG" and len(data) >= at + 8:
        size, name = struct.unpack_from(">I4s", data, at)
        if name == b"IDAT":
            break
        found.setdefault(name, data[at + 8 : at + 8 + size])
        at += 12 + size
    return found


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the boxes in a file of ISO/IEC 14496-12, or in the content of one."""
    at = 0
    while len(data) >= at + 8:
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and len(data) >= at + 16:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        size = size or len(data) - at
        if size < head:
            return
        yield name, data[at + head : at + size]
        at += size


def nclx_of(data: bytes) -> tuple[int, int] | None:
    """Return primaries and transfer (ITU-T H.273) that an AVIF names for its primary picture, None where it names none.

    Those of other pictures in the file, such as a gain map, do not count (ISO/IEC 23008-12, 6.5.5).
    """
    try:
        meta = dict(boxes(dict(boxes(data)).get(b"meta", b"")[4:]))
        properties = dict(boxes(meta.get(b"iprp", b"")))
        owned = list(boxes(properties.get(b"ipco", b"")))
        item = meta.get(b"pitm", bytes(8))
        for number in _associated(properties.get(b"ipma", b""), int.from_bytes(item[4 : 8 if item[0] else 6], "big")):
            kind, content = owned[number - 1] if 0 < number <= len(owned) else (b"", b"")
            if kind == b"colr" and content[:4] == b"nclx":
                primaries, transfer = struct.unpack_from(">HH", content, 4)
                return primaries, transfer
    except (struct.error, IndexError):  # damaged: Pillow says so
        pass
    return None


def _associated(ipma: bytes, wanted: int) -> list[int]:
    """Return the numbers of the properties that an item has, from 1."""
    if len(ipma) < 8:
        return []
    version, wide = ipma[0], ipma[3] & 1
    at, side = 8, 4 if version else 2
    for _ in range(struct.unpack(">I", ipma[4:8])[0]):
        item, count = int.from_bytes(ipma[at : at + side], "big"), ipma[at + side]
        at += side + 1
        size = 2 if wide else 1
        if item == wanted:
            mask = 0x7FFF if wide else 0x7F
            return [int.from_bytes(ipma[at + size * i : at + size * (i + 1)], "big") & mask for i in range(count)]
        at += size * count
    return []


def _hdr(transfer: int) -> str | None:
    """Return the refusal of a transfer function of high dynamic range, None for others."""
    if name := _HDR.get(transfer):
        return f"high dynamic range ({name}), which 8 bits do not hold; map its tones to sRGB first"
    return None


def _in_heif(data: bytes) -> str | None:
    """Return what is wrong with a HEIC or AVIF file."""
    if data[8:12] in _HEIF:
        return "HEIC, which Pillow does not read; convert it to JPEG, PNG or AVIF first"
    head = dict(boxes(data)).get(b"meta", b"") or data[:_HEAD]
    at = head.find(b"av1C")  # AV1CodecConfigurationRecord: after version, profile and level comes high_bitdepth
    while at >= 0:
        if head[at + 6 : at + 7] and head[at + 6] & 0x40:
            return "10- or 12-bit samples (often HDR), of which only 8 would be kept; convert it to 8 bits first"
        at = head.find(b"av1C", at + 4)
    codes = nclx_of(data)
    return _hdr(codes[1]) if codes else None


def _in_jpeg_2000(head: bytes) -> str | None:
    """Return what is wrong with a JPEG 2000 file: ISO 15444-1, A.5.1, SIZ, whose Ssiz hold each depth less one."""
    at = head.find(b"\xff\x4f\xff\x51") + 2
    if at >= 2 and len(head) >= at + 40:
        count = struct.unpack(">H", head[at + 38 : at + 40])[0]
        depths = [(s & 127) + 1 for s in head[at + 40 : at + 40 + 3 * count : 3]]
        if max(depths, default=8) > 8:
            return SIXTEEN_BITS.replace("16", str(max(depths)))
    return None
