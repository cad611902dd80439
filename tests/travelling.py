"""A camera's picture with all that may travel along with it: place, maker's note, thumbnail, XMP. No assertions."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from PIL import Image

H, W = 12, 20
SAMPLES = np.random.default_rng(8).integers(0, 256, (H, W, 3), dtype="uint8")
NOTE = b"MAKER'S NOTE, which says 35.6586N 139.7454E too"
LATITUDE, LONGITUDE = ((35, 1), (39, 1), (3100, 100)), ((139, 1), (44, 1), (4350, 100))
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" tiff:Orientation="6" '
    b'exif:GPSLatitude="35,39.5167N" exif:GPSLongitude="139,44.725E"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def camera_exif(order: str = "<", orientation: int = 1, resolution: bool = True) -> bytes:
    """Return the EXIF of a camera, laid out here: two directories and those of camera and place.

    Args:
        order: "<" or ">", the order of bytes.
        orientation: as EXIF counts them.
        resolution: whether it has one, 300 across and 150 down.
    """
    values = b""
    thumbnail = thumbnail_bytes()

    def put(data: bytes) -> int:
        nonlocal values
        values += data + bytes(len(data) % 2)
        return 500 + len(values) - len(data) - len(data) % 2

    def entry(tag: int, kind: int, count: int, value: Any) -> bytes:
        packed = struct.pack(f"{order}HH", value, 0) if kind == 3 else struct.pack(f"{order}I", value)
        return struct.pack(f"{order}HHI", tag, kind, count) + packed

    def rationals(*pairs: tuple[int, int]) -> int:
        return put(b"".join(struct.pack(f"{order}II", *pair) for pair in pairs))

    def directory(entries: list[bytes], following: int = 0) -> bytes:
        return struct.pack(f"{order}H", len(entries)) + b"".join(entries) + struct.pack(f"{order}I", following)

    camera_at, place_at, second_at = 120, 160, 240
    first = [entry(0x010F, 2, 13, put(b"Camera works\0")), entry(0x0112, 3, 1, orientation)]
    if resolution:
        first += [entry(0x011A, 5, 1, rationals((300, 1))), entry(0x011B, 5, 1, rationals((150, 1)))]
        first += [entry(0x0128, 3, 1, 2)]
    first += [entry(0x8769, 4, 1, camera_at), entry(0x8825, 4, 1, place_at)]
    camera = [entry(0x829A, 5, 1, rationals((1, 125))), entry(0x927C, 7, len(NOTE), put(NOTE))]
    north, east = (struct.unpack(f"{order}I", letter + b"\0\0\0")[0] for letter in (b"N", b"E"))
    place = [entry(1, 2, 2, north), entry(2, 5, 3, rationals(*LATITUDE))]
    place += [entry(3, 2, 2, east), entry(4, 5, 3, rationals(*LONGITUDE))]
    second = [entry(0x0201, 4, 1, put(thumbnail)), entry(0x0202, 4, 1, len(thumbnail))]
    blob = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    for at, part in ((8, directory(first, second_at)), (camera_at, directory(camera)), (place_at, directory(place)),
                     (second_at, directory(second))):  # fmt: skip
        blob = blob.ljust(at, b"\0") + part
    return b"Exif\0\0" + blob.ljust(500, b"\0") + values


def thumbnail_bytes() -> bytes:
    """Return the bytes of a small JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(SAMPLES[::4, ::4]).save(buffer, "JPEG")
    return buffer.getvalue()


def places() -> list[bytes]:
    """Return the ways in which these coordinates are written, in texts and in numbers of both orders."""
    found = [b"35.6586", b"139.7454", b"35,39.5", b"139,44.7", b"GPSL"]
    for order in "<>":
        for triple in (LATITUDE, LONGITUDE):
            found.append(b"".join(struct.pack(f"{order}II", *pair) for pair in triple))
            found.append(struct.pack(f"{order}II", *triple[2]))
    return found


def file(name: str, **options: Any) -> bytes:
    """Return the bytes of the picture in one of Pillow's formats, without loss but as JPEG."""
    buffer = io.BytesIO()
    how = {"lossless": True, "exact": True} if name == "WEBP" else {}
    Image.fromarray(SAMPLES).save(buffer, name, **how, **options)
    return buffer.getvalue()


def png_with(xmp: bytes, compressed: bytes | None = None, **options: Any) -> bytes:
    """Return a PNG with an XMP packet, or with one that is compressed already."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    head = b"XML:com.adobe.xmp\0" + (b"\0\0" if compressed is None else b"\1\0") + b"\0\0"
    info.add(b"iTXt", head + (xmp if compressed is None else compressed))
    return file("PNG", pnginfo=info, **options)
