"""Metadata kept whole, with the place: EXIF bytes as they are and XMP, but for the orientation, which is applied.

EXIF is changed in place, since makers' notes count their offsets from its first byte. XMP is never parsed as XML: it is
bytes, of which the properties of orientation are cut out.
"""

from __future__ import annotations

import re
import struct
from typing import Any

from PIL import ExifTags, Image

from aewidgets.images.arrays import ImageError
from aewidgets.images.metadata import KEPT_TAGS, copied, has_scale

__all__ = ["kept_whole", "kept_xmp", "told_in", "xmp_of"]

_ORIENTATION, _X, _Y, _UNIT, _INCH = 0x0112, 0x011A, 0x011B, 0x0128, 2
_EXIF_IFD, _GPS_IFD, _MAKER_NOTE = 0x8769, 0x8825, 0x927C
_THUMBNAIL, _THUMBNAIL_BYTES = 0x0201, 0x0202  # in the second directory
_SHORT, _LONG, _RATIONAL = 3, 4, 5
_MOVED, _TURNED = range(2, 9), range(5, 9)  # orientations that are not upright, and that exchange height and width
_HEAD = b"Exif\0\0"
# What a TIFF has beside the layout of its samples: document, computer, rating, IPTC, Windows' texts
_OF_TIFF = (*KEPT_TAGS, 0x010D, 0x013C, 0x4746, 0x83BB, *range(0x9C9B, 0x9CA0), _EXIF_IFD, _GPS_IFD)
_PREFIXES = re.compile(rb"""xmlns:([\w.-]{1,40})\s?=\s?["']http://ns\.adobe\.com/tiff/1\.0/["']""")
_ATTRIBUTE = re.compile(rb"""([\w.-]{1,40}):Orientation\s{0,9}=\s{0,9}(?:"[^"<]{0,20}"|'[^'<]{0,20}')""")
_ELEMENT = re.compile(rb"<([\w.-]{1,40}):Orientation(?=[\s>])[^<>]{0,200}>[^<]{0,50}</\1:Orientation\s{0,9}>")


def kept_whole(exif: Image.Exif, raw: bytes, name: str, dpi: Any = None) -> bytes:
    """Return EXIF bytes with all entries, for a picture that was turned upright; b"" where there are none.

    The orientation becomes 1; where it exchanged the sides, the two resolutions change places. A thumbnail is kept
    where the picture was not turned, and blanked where it was, since it would be shown turned.

    Args:
        exif: entries as Pillow reads them.
        raw: bytes of the EXIF; b"" for a TIFF, whose own entries they are.
        name: name of the picture in error messages.
        dpi: resolution where the format has it outside of EXIF, as in `aewidgets.images.metadata.kept_entries`.

    Raises:
        ImageError: for damaged metadata.
    """
    try:
        orientation = exif.get(_ORIENTATION, 1)
        dpi = dpi if has_scale(None, dpi) else None
        if raw:
            return _upright(raw, orientation, dpi)
        kept = copied(exif, _OF_TIFF)
        if _X not in kept and dpi is not None:
            kept[_X], kept[_Y], kept[_UNIT] = float(dpi[0]), float(dpi[1]), _INCH
        if orientation in _TURNED and _X in kept and _Y in kept:
            kept[_X], kept[_Y] = kept[_Y], kept[_X]
        return kept.tobytes() if kept else b""
    except Exception as error:  # Pillow raises nearly anything on damaged metadata
        raise ImageError(f"{name}: its metadata are damaged ({error}); compress it without keeping them") from error


def _upright(raw: bytes, orientation: int, dpi: Any) -> bytes:
    """Return EXIF bytes whose first directory says that the picture is upright; all else stays where it is.

    Raises:
        KeyError, struct.error: for what is no directory.
    """
    blob = bytearray(raw.removeprefix(_HEAD))
    order = {b"II*\0": "<", b"MM\0*": ">"}[bytes(blob[:4])]
    first = struct.unpack_from(f"{order}I", blob, 4)[0]
    places, end = _places(blob, order, first)
    if _ORIENTATION in places:
        struct.pack_into(f"{order}HHIHH", blob, places[_ORIENTATION], _ORIENTATION, _SHORT, 1, 1, 0)
    if orientation in _TURNED and _X in places and _Y in places:
        x, y = (slice(places[tag] + 2, places[tag] + 12) for tag in (_X, _Y))
        blob[x], blob[y] = blob[y], blob[x]
    if orientation in _MOVED and len(blob) >= end + 4:
        _blank_thumbnail(blob, order, struct.unpack_from(f"{order}I", blob, end)[0])
        struct.pack_into(f"{order}I", blob, end, 0)
    if _X not in places and dpi is not None:
        across, down = (dpi[1], dpi[0]) if orientation in _TURNED else (dpi[0], dpi[1])
        _add_resolution(blob, order, places, end, float(across), float(down))
    return _HEAD + bytes(blob)


def _places(blob: bytearray, order: str, at: int) -> tuple[dict[int, int], int]:
    """Return where each entry of a directory begins, by tag, and where its entries end."""
    count = struct.unpack_from(f"{order}H", blob, at)[0]
    end = at + 2 + 12 * count
    return {struct.unpack_from(f"{order}H10x", blob, i)[0]: i for i in range(at + 2, end, 12)}, end


def _blank_thumbnail(blob: bytearray, order: str, at: int) -> None:
    """Replace the bytes of a thumbnail, whose directory begins at `at`, 0 for none, by zeros, which take no bytes."""
    if not at:
        return
    places, _ = _places(blob, order, at)
    if _THUMBNAIL in places and _THUMBNAIL_BYTES in places:
        start, size = (
            struct.unpack_from(f"{order}I", blob, places[tag] + 8)[0] for tag in (_THUMBNAIL, _THUMBNAIL_BYTES)
        )
        part = slice(start, min(start + size, len(blob)))
        blob[part] = bytes(len(blob[part]))


def _add_resolution(
    blob: bytearray, order: str, places: dict[int, int], end: int, across: float, down: float
) -> None:
    """Append a copy of the first directory that has the resolution too, and let the head point to it."""
    entries = {tag: bytes(blob[at : at + 12]) for tag, at in places.items()}
    following = bytes(blob[end : end + 4]).ljust(4, b"\0")
    blob += bytes(len(blob) % 2)
    at = len(blob)
    values = at + 2 + 12 * (len(entries) + 3 - (_UNIT in entries) - (_Y in entries)) + 4
    for tag, place in ((_X, values), (_Y, values + 8)):
        entries[tag] = struct.pack(f"{order}HHII", tag, _RATIONAL, 1, place)
    entries[_UNIT] = struct.pack(f"{order}HHIHH", _UNIT, _SHORT, 1, _INCH, 0)
    blob += struct.pack(f"{order}H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries)) + following
    blob += b"".join(struct.pack(f"{order}II", round(1000 * value), 1000) for value in (across, down))
    struct.pack_into(f"{order}I", blob, 4, at)


def xmp_of(info: dict[Any, Any]) -> bytes:
    """Return the XMP packet among what Pillow knows of a picture (`Image.info`); b"" where there is none."""
    found = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    if isinstance(found, tuple):  # of a TIFF, by older versions of Pillow
        found = found[0] if found and isinstance(found[0], bytes) else b""
    return found.encode("utf-8", "replace") if isinstance(found, str) else bytes(found)


def kept_xmp(xmp: bytes) -> bytes:
    """Return an XMP packet without the orientation, which would turn a picture again that is upright already.

    Cut out are attributes and elements of that name, whatever prefix the packet gives TIFF's names (XMP, part 2, 3.1).
    """
    prefixes = {b"tiff", *_PREFIXES.findall(xmp)}
    for pattern in (_ATTRIBUTE, _ELEMENT):
        xmp = pattern.sub(lambda found: b"" if found[1] in prefixes else found[0], xmp)
    return xmp


def told_in(exif: bytes, xmp: bytes) -> list[str]:
    """Return what metadata tell beside the camera's settings, in words: of what a person may want to know first."""
    words = []
    entries = Image.Exif()
    try:
        entries.load(exif)
        inner, thumbnail = entries.get_ifd(_EXIF_IFD), entries.get_ifd(ExifTags.IFD.IFD1)
        if entries.get_ifd(_GPS_IFD):
            words.append("the place")
        if _MAKER_NOTE in inner:
            words.append("a maker's note")
        if _THUMBNAIL in thumbnail:
            words.append("a thumbnail")
    except Exception:  # Pillow raises nearly anything on damaged metadata, which then tell nothing
        words.append("damaged")
    if b"GPSL" in xmp and "the place" not in words:
        words.append("the place")
    return words
