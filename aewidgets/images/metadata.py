"""Metadata of pictures as EXIF entries: which are safe to keep, and the scale that formats write in ways of their own.

Safe are entries on a list alone: never the place where a picture was taken, and never maker notes, XMP or thumbnails,
which can contain it too; `aewidgets.images.whole_metadata` keeps them all. The scale is the resolution, and the
description in which ImageJ and OME write its unit.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any

from PIL import Image, PngImagePlugin

from aewidgets.images.arrays import ImageError

__all__ = [
    "CHOICES",
    "KEPT_TAGS",
    "chosen_metadata",
    "copied",
    "dpi_of",
    "has_camera_entries",
    "has_scale",
    "kept_entries",
    "save_options",
    "tiff_options",
    "with_resolution",
]

#: What may be kept of metadata: nothing, what tells no place, or all.
CHOICES = ("none", "safe", "all")
_EXIF_IFD, _GPS_IFD, _XMP = 0x8769, 0x8825, 700
_ORIENTATION, _DESCRIPTION = 0x0112, 0x010E
_X, _Y, _UNIT = 0x011A, 0x011B, 0x0128
_NO_UNIT, _INCH, _CENTIMETRE = 1, 2, 3
_BYTE, _ASCII = 1, 2  # types of a TIFF's tags
#: Description, maker, model, resolution, software, date, artist, copyright. Orientation is dropped: it is applied.
KEPT_TAGS = (_DESCRIPTION, 0x010F, 0x0110, _X, _Y, _UNIT, 0x0131, 0x0132, 0x013B, 0x8298)
_MAKER_NOTE, _INTEROPERABILITY = 0x927C, 0xA005
_SAYS_NOTHING = (0, 1, 72, 96)  # resolutions that programs write where nobody has given one


def chosen_metadata(metadata: str | None, keep_metadata: bool = False) -> str:
    """Return which metadata are kept, one of `CHOICES`; "safe" for `keep_metadata`, its older name.

    Raises:
        ValueError: for another choice, and for two that differ.
    """
    if metadata not in (None, *CHOICES):
        raise ValueError(f"metadata: expected one of {', '.join(CHOICES)}, got {metadata!r}")
    if keep_metadata and metadata not in (None, "safe"):
        raise ValueError(f"metadata={metadata!r} and keep_metadata, which means 'safe', exclude each other; give one")
    return metadata or ("safe" if keep_metadata else "none")


def has_scale(exif: Image.Exif | None, dpi: Any = None) -> bool:
    """Return whether a picture tells its scale, and not only what programs write where they know of none.

    Args:
        exif, dpi: as in `kept_entries`.
    """
    try:
        resolutions, words = list(dpi) if _is_pair(dpi) else [], ""
        if exif is not None:
            resolutions += [exif[tag] for tag in (_X, _Y) if tag in exif]
            words = str(exif.get(_DESCRIPTION, ""))
        told = any(round(float(value), 1) not in _SAYS_NOTHING for value in resolutions)
        return told or words.startswith("ImageJ=") or "openmicroscopy.org" in words[:1000]
    except Exception:  # Pillow raises nearly anything on damaged metadata, of which there is then none
        return False


def kept_entries(exif: Image.Exif, name: str, dpi: Any = None) -> bytes:
    """Return the entries that may be kept, as EXIF bytes; b"" where there are none.

    Where the orientation turned the picture by a right angle, the two resolutions change places.

    Args:
        exif: entries of the picture.
        name: name of the picture in error messages.
        dpi: resolution across and down in dots per inch, where a format has it outside of EXIF, as PNG, BMP and JPEG
            do (Pillow's `info["dpi"]`); None elsewhere.

    Raises:
        ImageError: for damaged metadata.
    """
    try:
        kept, inner = Image.Exif(), exif.get_ifd(_EXIF_IFD)
        for tag in KEPT_TAGS:
            if tag in exif:
                kept[tag] = _bytes_of_text(exif[tag])
        if _X not in kept and _is_pair(dpi):
            kept[_X], kept[_Y], kept[_UNIT] = float(dpi[0]), float(dpi[1]), _INCH
        if exif.get(_ORIENTATION, 1) in (5, 6, 7, 8) and _X in kept and _Y in kept:
            kept[_X], kept[_Y] = kept[_Y], kept[_X]
        inner = {t: v for t, v in inner.items() if t < 0xA500 and t not in (_MAKER_NOTE, _INTEROPERABILITY)}
        inner = {tag: _bytes_of_text(value) for tag, value in inner.items()}
        if inner:
            kept.get_ifd(_EXIF_IFD).update(inner)
            kept[_EXIF_IFD] = inner
        return kept.tobytes() if kept else b""
    except Exception as error:  # Pillow raises nearly anything on damaged metadata
        raise ImageError(f"{name}: its metadata are damaged ({error}); compress it without keeping them") from error


def save_options(exif: bytes, file_format: str, xmp: bytes = b"") -> dict[str, Any]:
    """Return the arguments of Pillow's `save` that write metadata, and the resolution as the format has it.

    Args:
        exif: metadata as EXIF bytes, b"" for none.
        file_format: Pillow's name of the format.
        xmp: XMP packet, b"" for none.
    """
    if file_format == "PPM":
        return {}
    if file_format == "TIFF":
        tags = copied(_entries(exif)) if exif else Image.Exif()
        if xmp:
            tags[_XMP] = xmp
        return {"exif": tags} if tags else {}
    dpi = dpi_of(exif) if exif and file_format in ("PNG", "BMP") else None
    options: dict[str, Any] = {"dpi": dpi} if dpi else {}
    if file_format == "BMP":
        return options
    if exif:
        options["exif"] = exif
    if xmp and file_format == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add(b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + xmp)  # XMP, part 3, 1.1.5
    elif xmp:
        options["xmp"] = xmp
    return options


def dpi_of(exif: bytes) -> tuple[float, float] | None:
    """Return the resolution that EXIF bytes tell, across and down in dots per inch; None where they tell none."""
    with suppress(ImageError):
        pair, unit = _resolution(_entries(exif))
        if pair and unit in (_INCH, _CENTIMETRE):
            return (2.54 * pair[0], 2.54 * pair[1]) if unit == _CENTIMETRE else pair
    return None


def with_resolution(exif: bytes, dpi: tuple[float, float]) -> bytes:
    """Return EXIF bytes, b"" for none, with another resolution, across and down in dots per inch.

    Raises:
        ValueError: for anything but two finite numbers above zero.
    """
    if not _is_pair(dpi):
        raise ValueError(f"dpi: expected two numbers above zero, across and down, got {dpi!r}")
    copy = copied(_entries(exif))
    copy[_X], copy[_Y], copy[_UNIT] = float(dpi[0]), float(dpi[1]), _INCH
    return copy.tobytes()


def tiff_options(exif: bytes, xmp: bytes = b"") -> dict[str, Any]:
    """Return the arguments of tifffile's `imwrite` that write metadata; those in directories of their own are left out.

    Args:
        exif: metadata as EXIF bytes, b"" for none.
        xmp: XMP packet, b"" for none.
    """
    entries = _entries(exif)
    pair, unit = _resolution(entries)
    options = {"resolution": pair, "resolutionunit": unit} if pair else {}
    tags: list[tuple] = []
    for tag in (tag for tag in KEPT_TAGS if tag in entries and tag not in (_X, _Y, _UNIT)):
        text = str(entries[tag]).encode("latin-1", "replace") + b"\0"
        tags.append((tag, _ASCII, len(text), text, True))
    if xmp:
        tags.append((_XMP, _BYTE, len(xmp), xmp, True))
    return options | {"extratags": tags}


def has_camera_entries(exif: bytes) -> bool:
    """Return whether metadata hold the camera's settings or the place, which are in directories of their own."""
    entries = _entries(exif)
    return bool(entries.get_ifd(_EXIF_IFD) or entries.get_ifd(_GPS_IFD))


def _entries(exif: bytes) -> Image.Exif:
    """Return the entries in EXIF bytes; ImageError for damaged ones."""
    entries = Image.Exif()
    try:
        entries.load(exif)
    except Exception as error:  # Pillow raises nearly anything on damaged metadata
        raise ImageError(f"the metadata are damaged ({error}); choose .png, which takes them as they are") from error
    return entries


def _resolution(entries: Image.Exif) -> tuple[tuple[float, float] | None, int]:
    """Return the resolution across and down, None where entries tell none, and its unit as TIFF counts them."""
    pair: Any = entries.get(_X), entries.get(_Y)
    if not _is_pair(pair):
        return None, _NO_UNIT
    unit = entries.get(_UNIT, _INCH)
    return (float(pair[0]), float(pair[1])), unit if unit in (_INCH, _CENTIMETRE) else _NO_UNIT


def copied(entries: Image.Exif, tags: Collection[int] | None = None) -> Image.Exif:
    """Return a copy of entries, of some tags alone where they are given, with the directories that belong to them.

    Texts beyond ASCII become bytes: of others Pillow writes ? for each such letter of a TIFF.
    """
    copy = Image.Exif()
    for tag in entries:
        if tags is not None and tag not in tags:
            continue
        if tag in (_EXIF_IFD, _GPS_IFD):
            inner = {key: _bytes_of_text(value) for key, value in entries.get_ifd(tag).items()}
            if _INTEROPERABILITY in inner:
                inner[_INTEROPERABILITY] = entries.get_ifd(_INTEROPERABILITY)
            copy.get_ifd(tag).update(inner)
            copy[tag] = inner
        else:
            copy[tag] = _bytes_of_text(entries[tag])
    return copy


def _bytes_of_text(value: Any) -> Any:
    """Return the bytes of a text beyond ASCII, which Pillow has read as Latin-1, whatever it is; others as they are."""
    return value.encode("latin-1", "replace") if isinstance(value, str) and not value.isascii() else value


def _is_pair(given: Any) -> bool:
    """Return whether these are two resolutions, finite and above zero."""
    try:
        return len(given) == 2 and all(0 < float(value) < 1e9 for value in given)
    except (TypeError, ValueError, ZeroDivisionError):
        return False
