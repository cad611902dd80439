"""Odd pictures that people have, made from skimage's photographs, and the expected outcome of each. No assertions."""

from __future__ import annotations

import io
import itertools
import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageDraw
from skimage.data import camera, chelsea

from aewidgets.codec.coding.container import parse
from aewidgets.codec.files.near_lossless import exactness
from aewidgets.codec.files.packing import Packer, unpack
from aewidgets.codec.files.picture import Picture, read_picture
from aewidgets.images.arrays import ImageError

COLOUR, GRAY = chelsea()[60:157, 100:231], camera()[60:157, 100:231]
HEIGHT, WIDTH = GRAY.shape
CODED, LOSSLESS = "coded", "lossless"


@dataclass(frozen=True)
class Odd:
    """One odd picture and what is expected of it.

    Attributes:
        name: description of the picture.
        source: function that makes it: the bytes of a file, or an array.
        outcome: `CODED`, `LOSSLESS`, or a regular expression that matches the refusal.
        shape: shape of the decoded samples; None where it does not matter.
        keep_metadata: whether to keep its metadata.
        law: function that returns whether (picture read, picture decoded, bytes of the file) are as they should be.
    """

    name: str
    source: Callable[[], Any]
    outcome: str
    shape: tuple[int, ...] | None = None
    keep_metadata: bool = False
    law: Callable[[Picture, Picture, bytes], bool] | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Outcome:
    """Outcome of coding: the refusal, or the picture that was read, its file and the decoded picture."""

    refusal: str | None = None
    read: Picture | None = None
    data: bytes = b""
    decoded: Picture | None = None

    def in_words(self) -> str:
        """Return the outcome as a line of the table in benchmarks/odd_pictures.md."""
        if self.refusal is not None:
            return f"refused: {self.refusal}"
        colour = self.decoded.colour
        words = [f"{len(self.data):,} bytes"]
        if self.decoded.lossless:
            words.insert(0, "lossless")
        else:
            error = (self.decoded.colour.astype("float64") - self.read.colour) ** 2
            if self.read.alpha is not None:
                error = error[self.read.alpha > 0]
            words.insert(0, exactness(self.decoded.max_error) if self.decoded.max_error else "coded")
            words.append(f"{8 * len(self.data) / (colour.shape[0] * colour.shape[1]):.2f} bpp")
            if error.size:
                words.append(f"{10 * math.log10(255**2 / max(error.mean(), 1e-9)):.1f} dB")
        words += [f"{name.decode()} {len(content)}" for name, content in parse(self.data).chunks if name != b"Pict"]
        return ", ".join([*words, f"back as {self.decoded.samples.shape}"])


def happened(odd: Odd, codec: Any, quality: int = 32768) -> Outcome:
    """Read, pack and unpack a picture."""
    try:
        read = read_picture(odd.source(), metadata="safe" if odd.keep_metadata else "none")
    except ImageError as error:
        return Outcome(refusal=str(error))
    data = Packer(read, codec).pack(quality)
    return Outcome(None, read, data, unpack(data, lambda container: codec))


def saved(picture: Image.Image | np.ndarray, name: str, **options) -> bytes:
    """Return the bytes of a file in one of Pillow's formats."""
    buffer = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(buffer, name, **options)
    return buffer.getvalue()


def png(width: int, height: int, bits: int, colour_type: int, data: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """Return the bytes of a PNG put together here, for kinds that Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    parts = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def round_alpha(soft: bool = False) -> np.ndarray:
    """Return the alpha of a disc, hard or soft at its edge."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    edge = 40 - np.hypot(y - HEIGHT / 2, x - WIDTH / 2)
    return np.clip(edge * 12 + 128 if soft else np.sign(edge) * 999, 0, 255).astype("uint8")


def exif(orientation: int | None = None) -> Image.Exif:
    """Return metadata of a camera that knew its place."""
    out = Image.Exif()
    out[0x010F], out[0x0132] = "Camera works", "2026:11:20 12:00:00"
    if orientation:
        out[0x0112] = orientation
    out[0x8769] = {0x829A: (1, 125), 0x927C: b"MAKER 48.8584N"}
    out[0x8825] = {1: "N", 2: (48.0, 51.0, 30.2), 3: "E", 4: (2.0, 17.0, 40.1)}
    return out


@cache
def srgb() -> bytes:
    """Return the bytes of an sRGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile(space: bytes, size: int = 600) -> bytes:
    """Return bytes with the head of a colour space's profile; nothing else of it is examined."""
    head = struct.pack(">I", size) + b"test" + bytes(4) + b"mntr" + space + b"XYZ " + bytes(12) + b"acsp"
    return head + np.random.default_rng(0).bytes(size - len(head))


def press_profile() -> bytes:
    """Return a whole profile of a printing press (ICC.1:2001-04), CMYK to Lab, with two steps for each ink."""
    paper = {  # of the inks cyan, magenta and yellow: colour in Lab
        (0, 0, 0): (100, 0, 0), (1, 0, 0): (55, -37, -50), (0, 1, 0): (48, 74, -3), (0, 0, 1): (89, -5, 93),
        (1, 1, 0): (24, 22, -46), (1, 0, 1): (50, -68, 33), (0, 1, 1): (47, 68, 48), (1, 1, 1): (23, 0, 0),
    }  # fmt: skip
    grid = [paper[c, m, y] if not k else (0, 0, 0) for c, m, y, k in itertools.product((0, 1), repeat=4)]
    lab = b"".join(struct.pack(">3H", round(li * 652.8), (a + 128) * 256, (b + 128) * 256) for li, a, b in grid)
    lut = b"mft2" + bytes(4) + bytes([4, 3, 2, 0]) + struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    lut += struct.pack(">2H", 2, 2) + struct.pack(">2H", 0, 65535) * 4 + lab + struct.pack(">2H", 0, 65535) * 3
    text = b"text" + bytes(4) + b"none\0"
    words = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(8 + 3 + 67)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"desc": words, b"cprt": text, b"wtpt": white, b"A2B0": lut}
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4s2I", name, at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s12s4s", size, b"", 0x02400000, b"prtr", b"CMYK", b"Lab ", bytes(12), b"acsp")
    head += bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def drawing() -> np.ndarray:
    """Return an image of text and boxes on white."""
    picture = Image.new("RGB", (320, 200), "white")
    pen = ImageDraw.Draw(picture)
    for i in range(12):
        pen.text((10 + i % 3 * 100, 10 + i // 3 * 45), f"figure {i}", fill=(20, 20, 20 * i))
        pen.rectangle((12 + i * 25, 150 - 8 * i, 30 + i * 25, 190), fill=(20 * i, 90, 200))
    return np.asarray(picture)


def hidden_noise() -> np.ndarray:
    """Return a disc of the photograph, with noise of alpha 0 around it."""
    noise = np.random.default_rng(0).integers(0, 256, COLOUR.shape, dtype="uint8")
    alpha = round_alpha()
    return np.dstack([np.where(alpha[..., None] > 0, COLOUR, noise), alpha])


def deep_avif() -> bytes:
    """Return an AVIF whose header declares 10 bits."""
    data = bytearray(saved(COLOUR, "AVIF"))
    data[data.index(b"av1C") + 6] |= 0x40
    return bytes(data)


def two_frames(name: str) -> bytes:
    """Return a file with two images."""
    return saved(GRAY, name, save_all=True, append_images=[Image.fromarray(255 - GRAY)])


def no_place(read: Picture, decoded: Picture, data: bytes) -> bool:
    """Return True when camera and time are kept, but not the place, the maker's note and the orientation."""
    kept = Image.Exif()
    kept.load(decoded.exif)
    inside = kept.get_ifd(0x8769)
    return (
        kept[0x010F] == "Camera works"
        and 0x829A in inside
        and not {0x0112, 0x8825} & set(kept)
        and 0x927C not in inside
        and b"48.8584" not in decoded.exif
    )


def _costs_nothing(read: Picture, decoded: Picture, data: bytes) -> bool:
    """Return True when alpha takes next to no bytes."""
    alpha_bytes = len(parse(data).chunk(b"Alph"))
    return alpha_bytes < 250


SIZE, RGB, RGBA, LA = GRAY.shape, COLOUR.shape, (*GRAY.shape, 4), (*GRAY.shape, 2)

ODD = (
    Odd("one gray pixel", lambda: GRAY[:1, :1], LOSSLESS, (1, 1)),
    Odd("one red pixel", lambda: np.array([[[255, 0, 0]]], "uint8"), LOSSLESS, (1, 1, 3)),
    Odd("one half-transparent pixel", lambda: np.array([[[9, 8, 7, 128]]], "uint8"), LOSSLESS, (1, 1, 4)),
    Odd("a row of 300 pixels", lambda: chelsea()[9:10, :300], CODED, (1, 300, 3)),
    Odd("a column of 300 pixels", lambda: chelsea()[:300, 9:10], CODED, (300, 1, 3)),
    Odd("17,000 pixels in a row, more than WebP holds", lambda: np.full((1, 17000, 3), 99, "uint8"), LOSSLESS),
    Odd("gray photograph, PNG", lambda: saved(GRAY, "PNG"), CODED, SIZE),
    Odd("gray array with a channel axis", lambda: GRAY[..., None], CODED, (*SIZE, 1)),
    Odd("floats in [0, 1]", lambda: COLOUR / 255, CODED, RGB),
    Odd("progressive JPEG", lambda: saved(COLOUR, "JPEG", progressive=True), CODED, RGB),
    Odd("8-bit AVIF", lambda: saved(COLOUR, "AVIF"), CODED, RGB),
    Odd("8-bit JPEG 2000", lambda: saved(COLOUR, "JPEG2000"), CODED, RGB),
    Odd("TIFF, LZW", lambda: saved(COLOUR, "TIFF", compression="tiff_lzw"), CODED, RGB),
    Odd("BMP", lambda: saved(COLOUR, "BMP"), CODED, RGB),
    Odd("phone JPEG with a second view (MPO)", lambda: two_frames("MPO"), CODED, SIZE),
    Odd("palette of 64 colours", lambda: saved(Image.fromarray(COLOUR).quantize(64), "PNG"), CODED, RGB),
    Odd("palette with a transparent entry", lambda: saved(Image.fromarray(COLOUR).quantize(8), "PNG", transparency=3),
        CODED, RGBA),
    Odd("GIF of one frame", lambda: saved(Image.fromarray(COLOUR).quantize(64), "GIF"), CODED, RGB),
    Odd("one bit a pixel", lambda: saved(Image.fromarray(round_alpha() > 0), "PNG"), LOSSLESS, SIZE),
    Odd("an array of truth values", lambda: round_alpha() > 0, LOSSLESS, SIZE),
    Odd("soft alpha, PNG", lambda: saved(np.dstack([COLOUR, round_alpha(soft=True)]), "PNG"), CODED, RGBA),
    Odd("gray with alpha, PNG", lambda: saved(np.dstack([GRAY, round_alpha(soft=True)]), "PNG"), CODED, LA),
    Odd("gray with alpha, array of two channels", lambda: np.dstack([GRAY, round_alpha()]), CODED, LA),
    Odd("noise under alpha 0", hidden_noise, CODED, RGBA, law=_costs_nothing),
    Odd("alpha that is opaque everywhere", lambda: np.dstack([COLOUR, np.full(SIZE, 255, "uint8")]), CODED, RGBA,
        law=lambda read, decoded, data: parse(data).chunk(b"Alph") == b""),
    Odd("alpha 0 everywhere", lambda: np.dstack([COLOUR, np.zeros(SIZE, "uint8")]), LOSSLESS, RGBA,
        law=lambda read, decoded, data: len(data) < 70),
    Odd("alpha with colour under it, WebP", lambda: saved(np.dstack([COLOUR, round_alpha()]), "WEBP", lossless=True),
        CODED, RGBA),
    Odd("a transparent colour that no pixel has", lambda: saved(COLOUR, "PNG", transparency=(1, 2, 3)), CODED, RGB),
    Odd("a transparent colour that a pixel has",
        lambda: saved(COLOUR, "PNG", transparency=tuple(map(int, COLOUR[5, 5]))), CODED, RGBA),
    Odd("turned by EXIF (orientation 6)", lambda: saved(COLOUR, "JPEG", exif=exif(6)), CODED, (WIDTH, HEIGHT, 3),
        law=lambda read, decoded, data: decoded.exif == b""),
    Odd("turned and mirrored by EXIF (orientation 5)", lambda: saved(COLOUR, "JPEG", exif=exif(5)), CODED,
        (WIDTH, HEIGHT, 3)),
    Odd("metadata with the place, not asked for", lambda: saved(COLOUR, "JPEG", exif=exif()), CODED, RGB,
        law=lambda read, decoded, data: parse(data).chunks == ()),
    Odd("metadata with the place, asked for", lambda: saved(COLOUR, "JPEG", exif=exif(1)), CODED, RGB, True, no_place),
    Odd("no metadata, asked for", lambda: saved(COLOUR, "PNG"), CODED, RGB, True,
        lambda read, decoded, data: parse(data).chunks == ()),
    Odd("colour profile, JPEG", lambda: saved(COLOUR, "JPEG", icc_profile=srgb()), CODED, RGB,
        law=lambda read, decoded, data: decoded.icc == srgb()),
    Odd("gray profile in a gray PNG", lambda: saved(GRAY, "PNG", icc_profile=profile(b"GRAY")), CODED, SIZE,
        law=lambda read, decoded, data: decoded.icc == profile(b"GRAY")),
    Odd("a CMYK profile in an RGB file: dropped", lambda: saved(COLOUR, "PNG", icc_profile=profile(b"CMYK")), CODED,
        RGB, law=lambda read, decoded, data: decoded.icc == b""),
    Odd("a white page of a megapixel", lambda: np.full((1000, 1000, 3), 255, "uint8"), LOSSLESS, (1000, 1000, 3),
        law=lambda read, decoded, data: len(data) < 120),
    Odd("a checkerboard of single pixels", lambda: (np.indices((128, 128)).sum(0) % 2 * 255).astype("uint8"),
        LOSSLESS, (128, 128)),
    Odd("noise", lambda: np.random.default_rng(0).integers(0, 256, RGB, dtype="uint8"), CODED, RGB),
    Odd("a profile of 2 MB", lambda: saved(COLOUR, "JPEG", icc_profile=profile(b"RGB ", 2 << 20)), "colour profile"),
    Odd("16-bit gray PNG", lambda: png(5, 4, 16, 0, bytes(44)), LOSSLESS, (4, 5)),
    Odd("16-bit RGB PNG, which Pillow opens as 8-bit", lambda: png(5, 4, 16, 2, bytes(124)), LOSSLESS, (4, 5, 3)),
    Odd("16-bit PPM", lambda: b"P6 2 1 65535\n" + bytes(12), LOSSLESS, (1, 2, 3)),
    Odd("16-bit JPEG 2000", lambda: saved(Image.new("I;16", (64, 64), 999), "JPEG2000"), "16-bit"),
    Odd("10-bit AVIF", deep_avif, "10- or 12-bit"),
    Odd("HDR PNG (PQ)", lambda: png(2, 2, 8, 2, bytes(14), (b"cICP", bytes((9, 16, 0, 1)))), "high dynamic range"),
    Odd("HEIC of a phone", lambda: b"\0\0\0\x18ftypheic" + bytes(60), "HEIC"),
    Odd("camera raw (DNG)", lambda: saved(GRAY, "TIFF", tiffinfo={0xC612: b"\1\4\0\0"}), "raw"),
    Odd("camera raw (CR2)", lambda: b"II*\0\x10\0\0\0CR\2\0" + bytes(60), "raw"),
    Odd("floating-point TIFF", lambda: saved(GRAY.astype("float32"), "TIFF"), "floating-point"),
    Odd("CMYK JPEG", lambda: saved(Image.fromarray(COLOUR).convert("CMYK"), "JPEG"), "CMYK"),
    Odd("Lab TIFF", lambda: saved(Image.fromarray(COLOUR).convert("LAB"), "TIFF"), "Lab"),
    Odd("animated GIF", lambda: two_frames("GIF"), "2 frames"),
    Odd("animated WebP", lambda: two_frames("WEBP"), "2 frames"),
    Odd("animated PNG", lambda: two_frames("PNG"), "2 frames"),
    Odd("TIFF of two pages", lambda: two_frames("TIFF"), "2 frames"),
    Odd("JPEG cut short", lambda: saved(COLOUR, "JPEG")[:-900], "damaged or cut short"),
    Odd("900 megapixels in 60 bytes", lambda: png(30000, 30000, 1, 0, b"")[:60], "pixels"),
    Odd("an empty file", lambda: b"", "not a picture"),
    Odd("SVG", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    Odd("an array without pixels", lambda: np.zeros((0, 5), "uint8"), "at least one pixel"),
    Odd("a batch", lambda: COLOUR[None], "one image of the batch"),
    Odd("16-bit array", lambda: GRAY.astype("uint16") * 200, CODED, GRAY.shape),
    Odd("floats up to 255", lambda: COLOUR.astype("float64"), "divide by 255"),
    Odd("NaN among floats", lambda: np.full((4, 4), np.nan), "nan"),
)  # fmt: skip
