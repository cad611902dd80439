"""Metadata kept whole stay as they are but for the orientation; those that are safe tell no place; hostile ones."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps
from travelling import NOTE, SAMPLES, XMP, camera_exif, file, places, png_with, thumbnail_bytes

from aewidgets.codec.coding.chunks import inflate
from aewidgets.codec.coding.container import parse
from aewidgets.codec.compression import compress, open_aew
from aewidgets.codec.files.picture import left_out, picture_bytes
from aewidgets.images.arrays import ImageError
from aewidgets.images.metadata import save_options
from aewidgets.images.whole_metadata import kept_whole, kept_xmp, told_in

ORIENTATIONS = range(1, 9)


def loaded(exif: bytes) -> Image.Exif:
    entries = Image.Exif()
    entries.load(exif)
    return entries


def kept(data: bytes, metadata: str):
    return open_aew(compress(data, lossless=True, metadata=metadata))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_all_keeps_every_byte_but_those_of_the_orientation(order: str, orientation: int):
    raw = camera_exif(order, orientation)
    whole = kept_whole(loaded(raw), raw, "x", None)
    assert len(whole) == len(raw)
    turned, upright = orientation > 4, orientation == 1
    assert (whole == raw) == upright
    entries = loaded(whole)
    assert entries[0x0112] == 1
    assert (entries[0x011A], entries[0x011B]) == ((150, 300) if turned else (300, 150))
    assert entries.get_ifd(0x8825)[2] == (35, 39, 31)
    assert whole.index(NOTE) == raw.index(NOTE)  # makers count from the first byte
    assert (thumbnail_bytes() in whole) == upright == bool(entries.get_ifd(ExifTags.IFD.IFD1))
    assert told_in(whole, b"") == ["the place", "a maker's note", *["a thumbnail"] * upright]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_resolution_outside_of_the_metadata_is_put_into_them(order: str, orientation: int):
    raw = camera_exif(order, orientation, resolution=False)
    whole = kept_whole(loaded(raw), raw, "x", (240.5, 120))
    entries = loaded(whole)
    assert (entries[0x011A], entries[0x011B], entries[0x0128]) == (
        (240.5, 120, 2) if orientation == 1 else (120, 240.5, 2)
    )
    assert entries[0x010F] == "Camera works" and whole.index(NOTE) == raw.index(NOTE)
    assert bool(entries.get_ifd(ExifTags.IFD.IFD1)) == (orientation == 1)
    assert kept_whole(loaded(raw), raw, "x", (72, 72)) == kept_whole(loaded(raw), raw, "x", None)  # says nothing


def sources(orientation: int) -> dict[str, bytes]:
    """Return the camera's picture in formats that hold metadata, by name."""
    exif, xmp = camera_exif("<", orientation), XMP.replace(b'"6"', b'"%d"' % orientation)
    tags = loaded(exif)
    return {
        "JPEG": file("JPEG", exif=exif, xmp=xmp), "PNG": png_with(xmp, exif=exif),
        "WEBP": file("WEBP", exif=exif, xmp=xmp),
        "TIFF": file("TIFF", **save_options(exif, "TIFF", xmp)) if tags else b"",
    }  # fmt: skip


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_all_travels_from_each_format_through_the_codec_into_each(orientation: int):
    for name, data in sources(orientation).items():
        with Image.open(io.BytesIO(data)) as given:
            seen = np.asarray(ImageOps.exif_transpose(given).convert("RGB"))
        picture = kept(data, "all")
        np.testing.assert_array_equal(picture.samples, seen, err_msg=name)
        assert picture.xmp == kept_xmp(XMP)
        for suffix in (".png", ".webp", ".tif"):
            with Image.open(io.BytesIO(picture_bytes(picture, suffix, name="x"))) as written:
                exif = written.getexif()
                assert exif.get_ifd(0x8825)[4] == (139, 44, 43.5), (name, suffix)
                assert exif.get_ifd(0x8769)[0x927C] == NOTE
                assert (exif[0x010F], exif.get(0x0112, 1)) == ("Camera works", 1)
                assert written.info["xmp"] == picture.xmp
                turned = ImageOps.exif_transpose(written)
            np.testing.assert_array_equal(np.asarray(turned), seen, err_msg=f"{name} {suffix}")
            thumbnail = orientation == 1 and name != "TIFF" and suffix == ".tif"
            assert left_out(picture, f"a{suffix}") == ("without its thumbnail, which .tif does not hold" * thumbnail)
        assert left_out(picture, "a.bmp") == "without its metadata, which .bmp does not hold"


@pytest.mark.parametrize("metadata", ["none", "safe"])
def test_the_place_is_in_no_file_unless_all_is_kept(metadata: str):
    for name, data in sources(6).items():
        assert any(place in data for place in places()), name  # or this test would see nothing
        coded = compress(data, lossless=True, metadata=metadata)
        picture = open_aew(coded)
        notes = [inflate(content, 1 << 20, "x") for kind, content in parse(coded).chunks if kind != b"Pict"]
        assert len(notes) == (metadata == "safe"), name
        written = [picture_bytes(picture, suffix, name="x") for suffix in (".png", ".webp", ".tif")]
        for content in (coded, *notes, *map(bytes, written)):
            assert not [place for place in places() if place in content], name
            assert NOTE not in content and thumbnail_bytes() not in content and b"xpacket" not in content
        assert bool(picture.exif) == (metadata == "safe") and told_in(picture.exif, picture.xmp) == []


@pytest.mark.parametrize(
    "packet",
    [
        b'<x tiff:Orientation="6"/>', b"<x tiff:Orientation = '8' a='1'/>",
        b"<tiff:Orientation>3</tiff:Orientation>", b'<tiff:Orientation rdf:datatype="x">3</tiff:Orientation >',
        b'<r xmlns:t="http://ns.adobe.com/tiff/1.0/" t:Orientation="6"><t:Orientation>6</t:Orientation></r>',
    ],
)  # fmt: skip
def test_the_orientation_is_cut_out_of_xmp(packet: bytes):
    cut = kept_xmp(b"before" + packet + b"after")
    assert b"Orientation" not in cut and cut.startswith(b"before") and cut.endswith(b"after")


def test_a_picture_that_xmp_alone_turns_is_turned_once():
    for data in (png_with(XMP), file("JPEG", xmp=XMP), file("WEBP", xmp=XMP)):
        picture = kept(data, "all")
        assert picture.samples.shape[:2] == SAMPLES.shape[1::-1] and picture.exif == b""
        with Image.open(io.BytesIO(picture_bytes(picture, ".png", name="x"))) as written:
            np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(written)), picture.samples)


@pytest.mark.parametrize("orientation", [1, 6])
def test_all_is_kept_of_avif_which_turns_pictures_in_a_way_of_its_own(orientation: int):
    xmp = XMP.replace(b'"6"', b'"%d"' % orientation)
    picture = kept(file("AVIF", exif=camera_exif(orientation=orientation), xmp=xmp), "all")
    assert picture.samples.shape[:2] == (SAMPLES.shape[:2] if orientation == 1 else SAMPLES.shape[1::-1])
    entries = loaded(picture.exif)
    assert entries.get_ifd(0x8825)[4] == (139, 44, 43.5) and entries.get(0x0112, 1) == 1
    assert (entries[0x011A], entries[0x011B]) == ((300, 150) if orientation == 1 else (150, 300))
    assert picture.xmp == kept_xmp(XMP)


def test_xmp_is_bytes_and_nothing_in_it_is_followed():
    entity = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    for packet in (entity, b"not XML at all", b"\xff\xfe<\0x\0/\0>\0", bytes(300), b"<" * 99):
        for data in (png_with(packet), file("JPEG", xmp=packet)):
            assert kept(data, "all").xmp == packet
    for part in (b"<tiff:Orientation ", b"<tiff:Orientation>", b'tiff:Orientation="', b"tiff:Orientation= ", b" " * 17):
        flood = part * ((1 << 20) // len(part))  # hours, if any pattern looked back
        assert len(kept_xmp(flood)) <= len(flood)
    names = b"".join(b' xmlns:p%d="http://ns.adobe.com/tiff/1.0/"' % number for number in range(20_000))
    assert kept_xmp(names + b' p7:Orientation="6" q:Orientation="6"') == names + b'  q:Orientation="6"'


def test_xmp_without_bounds_is_refused_in_words_and_in_nobodys_way():
    large = png_with(b"<" * ((1 << 20) + 1))
    with pytest.raises(ImageError, match="at most 1,048,576 bytes of XMP, got 1,048,577; keep those that are safe"):
        kept(large, "all")
    assert kept(large, "safe").xmp == b""
    bomb = png_with(b"", zlib.compress(bytes(1 << 26), 9))
    for metadata in ("all", "none"):
        with pytest.raises(ImageError, match="damaged or cut short"):
            kept(bomb, metadata)
    extended = XMP.replace(b"exif:GPSLatitude", b'xmpNote:HasExtendedXMP="00" exif:GPSLatitude')
    with pytest.warns(UserWarning, match="extends beyond 64 kB is left out"):
        assert kept(file("JPEG", xmp=extended), "all").xmp


def test_damaged_metadata_are_refused_in_words_or_kept_as_bytes():
    raw = camera_exif()
    rng = np.random.default_rng(0)
    damaged = [raw[:n] for n in range(6, len(raw), 7)]
    for _ in range(300):
        other = bytearray(raw)
        for at in rng.integers(6, 280, rng.integers(1, 5)):
            other[at] = rng.integers(0, 256)
        damaged.append(bytes(other))
    outcomes = set()
    for data in damaged:
        for dpi in (None, (300, 300)):
            try:
                outcomes.add(len(kept_whole(Image.Exif(), data, "x.jpg", dpi)) >= len(data))
            except ImageError as error:
                assert "x.jpg: its metadata are damaged" in str(error)
                outcomes.add("refused")
    assert outcomes == {True, "refused"}


def test_metadata_too_large_for_a_chunk_are_refused_with_what_to_do():
    data = file("PNG", exif=camera_exif() + bytes(70_000))
    with pytest.raises(ImageError, match=r"65,527 bytes of metadata, got .*; keep those that are safe, or none"):
        kept(data, "all")
    assert kept(data, "safe").exif


def test_the_directory_of_a_png_that_tells_its_resolution_apart_is_whole():
    picture = kept(file("PNG", exif=camera_exif(resolution=False), dpi=(300, 300)), "all")
    entries = loaded(picture.exif)
    assert round(entries[0x011A], 1) == 300 and entries.get_ifd(0x8769)[0x927C] == NOTE
    assert struct.unpack_from("<I", picture.exif, 10)[0] > 500  # the directory was moved, and nothing else
    assert SAMPLES.tobytes() == picture.samples.tobytes()
