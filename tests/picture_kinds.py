"""Kinds of pictures that Pillow opens or makes, tiny, each with the pixels that it shows or the words of its refusal.

No assertions. The expected pixels are those that were put in, where this file writes the bytes itself or the format is
lossless; else those of Pillow's own conversion, never those of the package.
"""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import tifffile
from odd import exif, press_profile, profile, srgb, two_frames
from PIL import Image, ImageCms, TiffImagePlugin

H, W = 3, 5
RNG = np.random.default_rng(5)
COLOUR = RNG.integers(0, 256, (H, W, 3), dtype="uint8")
GRAY = RNG.integers(0, 256, (H, W), dtype="uint8")
ALPHA = RNG.integers(1, 255, (H, W), dtype="uint8")
RGBA, LA = np.dstack([COLOUR, ALPHA]), np.dstack([GRAY, ALPHA])
BITS = (GRAY > 127).astype("uint8")


@dataclass(frozen=True)
class Kind:
    """A kind of picture.

    Attributes:
        name: description.
        source: bytes of a file, or a Pillow image.
        expected: uint8 or uint16 (h, w, 4), red, green, blue, alpha; or a regular expression that matches the refusal.
        suffix: suffix of the file.
        colour: whether the file must keep a colour profile; None where it does not matter.
    """

    name: str
    source: Any
    expected: Any
    suffix: str = ".png"
    colour: bool | None = None

    def __str__(self) -> str:
        return self.name


def on_screen(data: bytes) -> np.ndarray:
    """Return a CMYK file in sRGB by littleCMS, as `shown` does."""
    with Image.open(io.BytesIO(data)) as picture:
        inks, screen = ImageCms.ImageCmsProfile(io.BytesIO(press_profile())), ImageCms.createProfile("sRGB")
        how = {"flags": ImageCms.Flags.BLACKPOINTCOMPENSATION}
        made = ImageCms.profileToProfile(picture, inks, screen, ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB", **how)
    return shown(np.asarray(made))


def shown(samples: np.ndarray) -> np.ndarray:
    """Return samples with 1 to 4 channels, or none, as red, green, blue and alpha."""
    x = np.atleast_3d(samples)
    colour = x[..., :1].repeat(3, 2) if x.shape[2] < 3 else x[..., :3]
    alpha = x[..., -1] if x.shape[2] in (2, 4) else np.full(x.shape[:2], np.iinfo(x.dtype).max, x.dtype)
    return np.dstack([colour, alpha])


def by_pillow(data: bytes, orientation: int = 1) -> np.ndarray:
    """Return what Pillow's own conversion gives, turned as EXIF says."""
    with Image.open(io.BytesIO(data)) as picture:
        return turned(np.asarray(picture.convert("RGBA")), orientation)


def turned(x: np.ndarray, orientation: int) -> np.ndarray:
    """Return an image as it is meant to be seen, by the table of EXIF 2.32, 4.6.5.1.A."""
    if orientation in (5, 6, 7, 8):
        x = x.swapaxes(0, 1)
    vertical, horizontal = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return np.ascontiguousarray(x[:: -1 if vertical else 1, :: -1 if horizontal else 1])


def saved(picture: Any, name: str, **options: Any) -> bytes:
    """Return the bytes of a file in one of Pillow's formats."""
    buffer = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(buffer, name, **options)
    return buffer.getvalue()


def kinds() -> Iterator[Kind]:
    """Yield all kinds of files, then Pillow images in memory."""
    for part in (_png, _png_colours, _tiff, _tiff_by_pillow, _bmp, _jpeg, _webp_avif_jp2, _gif_pnm, _others, _memory):
        yield from part()


# PNG, written here: Pillow writes neither few bits, interlacing, nor 16-bit colour


def png(samples: np.ndarray, bits: int, kind: int, *chunks: tuple[bytes, bytes], interlaced: bool = False) -> bytes:
    """Return the bytes of a PNG of samples (h, w, channels), unfiltered."""
    h, w = samples.shape[:2]
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b""
    for i, j, down, right in passes if interlaced else [(0, 0, 1, 1)]:
        for row in samples[i::down, j::right]:
            flat = row.ravel()
            if not len(flat):
                continue
            if bits == 16:
                packed = flat.astype(">u2").tobytes()
            else:
                ones = (flat[:, None] >> np.arange(bits - 1, -1, -1)) & 1
                packed = np.packbits(ones.astype("uint8").ravel()).tobytes()
            rows += b"\0" + packed
    head = struct.pack(">IIBBBBB", w, h, bits, kind, 0, 0, int(interlaced))
    parts = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in parts
    )


def _png() -> Iterator[Kind]:
    for bits, interlaced in itertools.product((1, 2, 4, 8), (False, True)):
        how = f"{bits} bits{', interlaced' * interlaced}"
        few = GRAY >> (8 - bits)
        level = (few * (255 // (2**bits - 1))).astype("uint8")
        yield Kind(f"PNG, gray, {how}", png(few, bits, 0, interlaced=interlaced), shown(level))
        clear = int(few[1, 2])
        marked = np.dstack([level, np.where(few == clear, 0, 255)]).astype("uint8")
        data = png(few, bits, 0, (b"tRNS", struct.pack(">H", clear)), interlaced=interlaced)
        yield Kind(f"PNG, gray with a transparent level, {how}", data, shown(marked))
        palette = RNG.integers(0, 256, (2**bits, 3), dtype="uint8")
        entries = (b"PLTE", palette.tobytes())
        yield Kind(f"PNG, palette, {how}", png(few, bits, 3, entries, interlaced=interlaced), shown(palette[few]))
        alphas = RNG.integers(0, 256, 2**bits, dtype="uint8")
        alphas[few[0, 0]] = 77
        data = png(few, bits, 3, entries, (b"tRNS", alphas.tobytes()), interlaced=interlaced)
        yield Kind(f"PNG, palette with alpha, {how}", data, np.dstack([palette[few], alphas[few]]))
    for interlaced in (False, True):
        how = ", interlaced" * interlaced
        for kind, samples, what in ((2, COLOUR, "RGB"), (4, LA, "gray with alpha"), (6, RGBA, "RGBA")):
            yield Kind(f"PNG, {what}{how}", png(samples, 8, kind, interlaced=interlaced), shown(samples))
            deep = samples.astype("uint16") * 257 - 1
            yield Kind(f"PNG, {what}, 16 bits{how}", png(deep, 16, kind, interlaced=interlaced), shown(deep))
    deep = GRAY.astype("uint16") * 200
    yield Kind("PNG, gray, 16 bits", png(deep, 16, 0), shown(deep))
    for kind, samples in ((0, deep[..., None]), (2, COLOUR.astype("uint16") * 200)):
        clear = samples[1, 1].tolist()
        marked = np.where((samples == clear).all(axis=2), 0, 65535)
        expected = shown(np.dstack([samples, marked]).astype("uint16"))
        told = (b"tRNS", struct.pack(f">{len(clear)}H", *clear))
        yield Kind(f"PNG, 16 bits with a transparent colour, kind {kind}", png(samples, 16, kind, told), expected)
    for what, transfer in (("PQ", 16), ("HLG", 18)):
        told = (b"cICP", bytes((9, transfer, 0, 1)))
        deep = COLOUR.astype("uint16") * 257
        yield Kind(f"PNG, 16 bits, cICP: {what}", png(deep, 16, 2, told), shown(deep), colour=True)
    clear = (b"tRNS", struct.pack(">3H", *map(int, COLOUR[1, 1])))
    hit = np.equal(COLOUR, COLOUR[1, 1]).all(axis=2)
    seen = np.dstack([COLOUR, np.where(hit, 0, 255)]).astype("uint8")
    yield Kind("PNG, RGB with a transparent colour", png(COLOUR, 8, 2, clear), seen)
    for number in range(1, 9):
        data = saved(COLOUR, "PNG", exif=exif(number))
        yield Kind(f"PNG, EXIF orientation {number}", data, shown(turned(COLOUR, number)))


def _png_colours() -> Iterator[Kind]:
    gamma, primaries = (b"gAMA", struct.pack(">I", 45455)), (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    p3 = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    told = {
        "gAMA of sRGB": ([gamma], False),
        "gAMA and cHRM of sRGB": ([gamma, (b"cHRM", struct.pack(">8I", *primaries))], False),
        "sRGB, which goes before gAMA": ([(b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100000))], False),
        "linear gAMA": ([(b"gAMA", struct.pack(">I", 100000))], True),
        "gAMA of old Macintoshes": ([(b"gAMA", struct.pack(">I", 55556))], True),
        "cHRM of P3": ([(b"cHRM", struct.pack(">8I", *p3))], True),
        "cICP of P3": ([(b"cICP", bytes((12, 13, 0, 1)))], True),
        "cICP of BT.2020": ([(b"cICP", bytes((9, 14, 0, 1)))], True),
        "cICP of sRGB": ([(b"cICP", bytes((1, 13, 0, 1)))], False),
        "iCCP": ([(b"iCCP", b"x\0\0" + zlib.compress(srgb()))], True),
    }
    for (what, (chunks, kept)), (kind, samples) in itertools.product(told.items(), ((0, GRAY), (2, COLOUR), (6, RGBA))):
        yield Kind(f"PNG, {what}, kind {kind}", png(samples, 8, kind, *chunks), shown(samples), colour=kept)
    for what, codes, words in (
        ("PQ", (9, 16, 0, 1), "high dynamic range"),
        ("HLG", (9, 18, 0, 1), "high dynamic range"),
        ("logarithmic", (1, 9, 0, 1), "not known here"),
        ("narrow range", (1, 13, 0, 0), "narrow range"),
    ):
        yield Kind(f"PNG, cICP: {what}", png(COLOUR, 8, 2, (b"cICP", bytes(codes))), words)
    broken = (b"iCCP", b"x\0\0" + b"no DEFLATE at all")
    yield Kind("PNG, a damaged profile", png(COLOUR, 8, 2, broken), "profile is damaged|damaged or cut short")
    lut = bytearray(profile(b"RGB "))
    yield Kind("PNG, gray with an RGB profile without curves", saved(GRAY, "PNG", icc_profile=bytes(lut)), "one curve")


# TIFF, written by tifffile


def tiff(samples: np.ndarray, **options: Any) -> bytes:
    """Return the bytes of a TIFF."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, samples, metadata=None, **options)
    return buffer.getvalue()


def _tiff() -> Iterator[Kind]:
    layouts: dict[str, dict[str, Any]] = {
        "plain": {},
        "big-endian": {"byteorder": ">"},
        "DEFLATE": {"compression": "zlib"},
        "DEFLATE, big-endian": {"compression": "zlib", "byteorder": ">"},
        "DEFLATE, differences": {"compression": "zlib", "predictor": True},
        "one row a strip": {"rowsperstrip": 1},
        "tiles": {"tile": (16, 16)},
        "tiles, DEFLATE": {"tile": (16, 16), "compression": "zlib"},
        "BigTIFF": {"bigtiff": True},
    }
    for layout, options in layouts.items():
        rgb = {"photometric": "rgb"} | options
        yield Kind(f"TIFF, gray, {layout}", tiff(GRAY, photometric="minisblack", **options), shown(GRAY), ".tif")
        yield Kind(f"TIFF, RGB, {layout}", tiff(COLOUR, **rgb), shown(COLOUR), ".tif")
        data = tiff(RGBA, extrasamples=["unassalpha"], **rgb)
        yield Kind(f"TIFF, RGBA, {layout}", data, RGBA, ".tif")
        if "predictor" not in options:
            planes = np.ascontiguousarray(np.moveaxis(COLOUR, 2, 0))
            data = tiff(planes, planarconfig="separate", **rgb)
            yield Kind(f"TIFF, RGB in planes, {layout}", data, shown(COLOUR), ".tif")
            deep = planes.astype("uint16") * 257
            data = tiff(deep, planarconfig="separate", **rgb)
            yield Kind(f"TIFF, 16-bit RGB in planes, {layout}", data, shown(np.moveaxis(deep, 0, 2)), ".tif")
    negative = 255 - GRAY
    yield Kind("TIFF, white is 0", tiff(negative, photometric="miniswhite"), shown(GRAY), ".tif")
    types = {"int8": "signed", "uint16": "", "int16": "signed", "uint32": "32-bit", "int32": "signed",
             "float32": "floating-point", "float64": "floating-point", "float16": "floating-point"}  # fmt: skip
    for (name, words), (what, samples) in itertools.product(types.items(), (("minisblack", GRAY), ("rgb", COLOUR))):
        data = tiff((samples // 2).astype(name), photometric=what)
        yield Kind(f"TIFF of {name}, {what}", data, words or shown((samples // 2).astype(name)), ".tif")
    planes = np.ascontiguousarray(np.moveaxis(RGBA, 2, 0))
    data = tiff(planes, planarconfig="separate", photometric="rgb", extrasamples=["assocalpha"])
    yield Kind("TIFF, premultiplied alpha in planes", data, "planes", ".tif")
    data = tiff(RGBA, photometric="rgb", extrasamples=["assocalpha"])
    yield Kind("TIFF, premultiplied alpha", data, by_pillow(data), ".tif")
    two = io.BytesIO()
    with tifffile.TiffWriter(two) as writer:
        writer.write(GRAY, metadata=None)
        writer.write(GRAY, metadata=None)
    yield Kind("TIFF of two pages", two.getvalue(), "2 frames", ".tif")
    data = tiff(np.dstack([COLOUR, GRAY]), photometric="separated")
    yield Kind("TIFF, CMYK", data, "CMYK", ".tif")
    data = tiff(np.dstack([COLOUR, GRAY]), photometric="separated", iccprofile=press_profile())
    yield Kind("TIFF, CMYK with its profile", data, on_screen(data), ".tif", False)
    data = tiff(np.dstack([COLOUR, GRAY]), photometric="separated", extratags=[(332, 3, 1, 2, True)])
    yield Kind("TIFF, other inks", data, "inks other than CMYK", ".tif")
    data = tiff(COLOUR, photometric="cielab")
    yield Kind("TIFF, Lab", data, "Lab", ".tif")
    data = tiff(GRAY, photometric="cfa")
    yield Kind("TIFF, a sensor's mosaic", data, "raw", ".tif")


def _tiff_by_pillow() -> Iterator[Kind]:
    exact = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits")
    quantised = Image.fromarray(COLOUR).quantize(8)
    modes = {"1": Image.fromarray(BITS > 0), "L": Image.fromarray(GRAY), "P": quantised,
             "RGB": Image.fromarray(COLOUR), "RGBA": Image.fromarray(RGBA), "LA": Image.fromarray(LA)}  # fmt: skip
    for compression, (mode, picture) in itertools.product(exact, modes.items()):
        data = saved(picture, "TIFF", compression=compression)
        yield Kind(f"TIFF by Pillow, {compression}, {mode}", data, shown_of(picture), ".tif")
    for compression in ("group3", "group4"):
        data = saved(modes["1"], "TIFF", compression=compression)
        yield Kind(f"TIFF by Pillow, {compression}", data, shown_of(modes["1"]), ".tif")
    data = saved(COLOUR, "TIFF", compression="jpeg")
    yield Kind("TIFF by Pillow, JPEG", data, by_pillow(data), ".tif")
    for number in range(1, 9):
        data = saved(COLOUR, "TIFF", tiffinfo={0x0112: number})
        yield Kind(f"TIFF, orientation {number}", data, shown(turned(COLOUR, number)), ".tif")
    refused = {"I": "signed", "F": "floating-point", "CMYK": "CMYK", "LAB": "Lab", "YCbCr": "Y'CbCr"}
    for mode, words in refused.items():
        picture = Image.new(mode, (W, H))
        yield Kind(f"TIFF by Pillow, {mode}", saved(picture, "TIFF"), words, ".tif")
    deep = Image.new("I;16", (W, H), 999)
    yield Kind("TIFF by Pillow, I;16", saved(deep, "TIFF"), shown(np.asarray(deep)), ".tif")
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[319] = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
    tags[318] = (0.3127, 0.329)
    yield Kind("TIFF, primaries of P3", saved(COLOUR, "TIFF", tiffinfo=tags), shown(COLOUR), ".tif", True)


def shown_of(picture: Image.Image) -> np.ndarray:
    """Return what Pillow's own conversion of an image in memory gives."""
    return np.asarray(picture.convert("RGBA"))


# BMP, written here


def bmp(rows: list[bytes], bits: int, *, masks: tuple[int, ...] = (), palette: bytes = b"", down: bool = False,
        version: int = 40, further: bytes = b"", tail: bytes = b"") -> bytes:  # fmt: skip
    """Return the bytes of a bitmap of rows, given from the bottom up, or from the top `down`."""
    body = b"".join(row + bytes(-len(row) % 4) for row in rows)
    head = struct.pack("<IiiHHIIiiII", version, W, -H if down else H, 1, bits, 3 if masks else 0, len(body), 2835, 2835,
                       len(palette) // 4, 0)  # fmt: skip
    head += b"".join(struct.pack("<I", m) for m in masks) + further
    at = 14 + len(head) + len(palette)
    return struct.pack("<2sIHHI", b"BM", at + len(body), 0, 0, at) + head + palette + body + tail


def _bmp() -> Iterator[Kind]:
    entries = RNG.integers(0, 256, (256, 3), dtype="uint8")
    for bits, down in itertools.product((1, 4, 8, 15, 16, 24, 32), (False, True)):
        name = f"BMP, {bits} bits{', from the top' * down}"
        order = slice(None) if down else slice(None, None, -1)
        if bits <= 8:
            few = (GRAY >> (8 - bits))[order]
            ones = ((few[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1).reshape(H, -1)
            rows = [np.packbits(row.astype("uint8")).tobytes() for row in ones]
            palette = b"".join(bytes((b, g, r, 0)) for r, g, b in entries[: 2**bits])
            yield Kind(name, bmp(rows, bits, palette=palette, down=down), shown(entries[GRAY >> (8 - bits)]), ".bmp")
        elif bits <= 16:
            greens, masks = (5, (0x7C00, 0x3E0, 0x1F)) if bits == 15 else (6, (0xF800, 0x7E0, 0x1F))
            r, g, b = (COLOUR[order][..., c].astype("uint16") >> s for c, s in enumerate((3, 8 - greens, 3)))
            rows = [row.astype("<u2").tobytes() for row in r << (5 + greens) | g << 5 | b]
            data = bmp(rows, 16, masks=masks, down=down)
            yield Kind(name, data, by_pillow(data), ".bmp")
        else:
            extra = [np.full((H, W), 0, "uint8")] * (bits == 32)
            packed = np.dstack([COLOUR[order][..., ::-1], *extra])
            yield Kind(name, bmp([row.tobytes() for row in packed], bits, down=down), shown(COLOUR), ".bmp")
    packed = [row.tobytes() for row in RGBA[::-1][..., [2, 1, 0, 3]]]
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    yield Kind("BMP, alpha", bmp(packed, 32, masks=masks, version=56), RGBA, ".bmp")
    plain = [row.tobytes() for row in COLOUR[::-1][..., ::-1]]
    for kind, words in ((b"BGRs", False), (b" niW", False), (b"KNIL", "another file")):
        data = bmp(plain, 24, version=124, further=bytes(16) + kind + bytes(48 + 16))
        expected, kept = (words, None) if isinstance(words, str) else (shown(COLOUR), words)
        yield Kind(f"BMP, version 5, {kind[::-1].decode()}", data, expected, ".bmp", kept)
    icc = srgb()
    at = 124 + H * (3 * W + -3 * W % 4)
    further = bytes(16) + b"DEBM" + bytes(48) + struct.pack("<4I", 4, at, len(icc), 0)
    data = bmp(plain, 24, version=124, further=further, tail=icc)
    yield Kind("BMP, version 5, with a profile", data, shown(COLOUR), ".bmp", True)


def _jpeg() -> Iterator[Kind]:
    for number in range(1, 9):
        data = saved(COLOUR, "JPEG", exif=exif(number), quality=90)
        yield Kind(f"JPEG, orientation {number}", data, by_pillow(data, number), ".jpg")
    options: dict[str, dict[str, Any]] = {
        "4:4:4": {"subsampling": 0}, "4:2:2": {"subsampling": 1}, "4:2:0": {"subsampling": 2},
        "RGB": {"keep_rgb": True}, "progressive": {"progressive": True},
        "restarts": {"restart_marker_blocks": 1}, "quality 1": {"quality": 1},
    }  # fmt: skip
    for name, option in options.items():
        data = saved(COLOUR, "JPEG", **option)
        yield Kind(f"JPEG, {name}", data, by_pillow(data), ".jpg")
    data = saved(GRAY, "JPEG")
    yield Kind("JPEG, gray", data, by_pillow(data), ".jpg")
    data = saved(GRAY, "JPEG", icc_profile=srgb())
    yield Kind("JPEG, gray with the profile of sRGB", data, by_pillow(data), ".jpg", True)
    for name, transform in (("CMYK", None), ("YCCK", 2)):
        data = bytearray(saved(Image.fromarray(RGBA, "CMYK"), "JPEG"))
        if transform is not None:
            data[data.index(b"Adobe") + 11] = transform
        yield Kind(f"JPEG, {name}", bytes(data), "CMYK", ".jpg")
        data = bytearray(saved(Image.fromarray(RGBA, "CMYK"), "JPEG", icc_profile=profile(b"CMYK")))
        yield Kind(f"JPEG, {name} with a broken profile", bytes(data), "CMYK", ".jpg")
        data = bytearray(saved(Image.fromarray(RGBA, "CMYK"), "JPEG", icc_profile=press_profile()))
        if transform is not None:
            data[data.index(b"Adobe") + 11] = transform
        yield Kind(f"JPEG, {name} with its profile", bytes(data), on_screen(bytes(data)), ".jpg", False)
    adobe = exif()
    adobe[0x8769] = {0xA001: 0xFFFF, 0xA005: {1: "R03"}}
    adobe[0xA005] = {1: "R03"}
    data = saved(COLOUR, "JPEG", exif=adobe)
    yield Kind("JPEG of a camera, Adobe RGB", data, by_pillow(data), ".jpg", True)
    data = two_frames("MPO")
    yield Kind("JPEG with a second view (MPO)", data, by_pillow(data), ".jpg")


def nclx(data: bytes, primaries: int, transfer: int) -> bytes:
    """Return an AVIF whose box nclx names other colours."""
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def _webp_avif_jp2() -> Iterator[Kind]:
    for what, samples in (("gray", GRAY), ("RGB", COLOUR), ("RGBA", RGBA)):
        data = saved(samples, "WEBP", lossless=True, exact=True)
        yield Kind(f"WebP, lossless, {what}", data, shown(samples), ".webp")
        for name, suffix in (("WEBP", ".webp"), ("AVIF", ".avif")):
            data = saved(samples, name, quality=80)
            yield Kind(f"{name}, {what}", data, by_pillow(data), suffix)
        data = saved(samples, "JPEG2000")
        yield Kind(f"JPEG 2000, {what}", data, by_pillow(data), ".jp2")
        data = saved(samples, "JPEG2000", no_jp2=True)
        yield Kind(f"JPEG 2000 without a header, {what}", data, by_pillow(data), ".jp2")
    yield Kind("WebP, animated", two_frames("WEBP"), "2 frames", ".webp")
    yield Kind("AVIF, animated", two_frames("AVIF"), "2 frames", ".avif")
    for number in range(2, 9):
        data = saved(COLOUR, "WEBP", lossless=True, exact=True, exif=exif(number))
        yield Kind(f"WebP, orientation {number}", data, shown(turned(COLOUR, number)), ".webp")
        data = saved(COLOUR, "AVIF", exif=exif(number))
        yield Kind(f"AVIF, orientation {number}", data, by_pillow(data, number), ".avif")
    data = saved(COLOUR, "AVIF")
    for name, codes, kept in (("sRGB", (1, 13), False), ("P3", (12, 13), True), ("unspecified", (2, 2), False)):
        yield Kind(f"AVIF, nclx: {name}", nclx(data, *codes), by_pillow(data), ".avif", kept)
    yield Kind("AVIF, nclx: PQ", nclx(data, 9, 16), "high dynamic range", ".avif")
    yield Kind("AVIF, nclx: reserved", nclx(data, 3, 13), "not known here", ".avif")
    yield Kind("JPEG 2000, 16 bits", saved(Image.new("I;16", (W, H), 999), "JPEG2000"), "16-bit", ".jp2")
    data = bytearray(saved(COLOUR, "JPEG2000"))
    at = data.index(b"colr")
    box = struct.pack(">I", 11 + len(srgb())) + b"colr\2\0\0" + srgb()
    head = data.index(b"jp2h")
    size = struct.unpack(">I", data[head - 4 : head])[0] + len(box) - 15
    told = bytes(data[: head - 4]) + struct.pack(">I", size) + bytes(data[head : at - 4]) + box + bytes(data[at + 11 :])
    yield Kind("JPEG 2000 with a profile", told, by_pillow(told), ".jp2", True)


def _gif_pnm() -> Iterator[Kind]:
    quantised = Image.fromarray(COLOUR).quantize(8)
    for interlace in (0, 1):
        data = saved(quantised, "GIF", interlace=interlace)
        yield Kind(f"GIF, interlace {interlace}", data, shown_of(quantised), ".gif")
    data = saved(quantised, "GIF", transparency=2)
    yield Kind("GIF, transparent", data, by_pillow(data), ".gif")
    yield Kind("GIF, animated", two_frames("GIF"), "2 frames", ".gif")
    words = {15: None, 100: None, 255: None, 256: "white is 256", 1000: "white is 1000", 65535: None}
    for (most, refusal), (letter, plain) in itertools.product(words.items(), ((5, 2), (6, 3))):
        few = np.round((GRAY if letter == 5 else COLOUR) / 255 * most).astype(int)
        head = f"{W} {H} # a comment\n{most}\n".encode()
        raw = few.astype("uint8" if most < 256 else ">u2").tobytes()
        listed = " ".join(map(str, few.ravel())).encode()
        for number, data in ((letter, raw), (plain, listed)):
            file = b"P%d\n" % number + head + data
            suffix = ".pgm" if letter == 5 else ".ppm"
            level = np.round(few / most * 255).astype("uint8") if most < 256 else few.astype("uint16")
            yield Kind(f"PNM {number}, white is {most}", file, refusal or shown(level), suffix)
    for number, data in ((1, " ".join(map(str, BITS.ravel())).encode()), (4, np.packbits(BITS, axis=1).tobytes())):
        yield Kind(f"PNM {number}", b"P%d %d %d\n" % (number, W, H) + data, shown(255 * (1 - BITS)), ".ppm")
    yield Kind("PFM", b"Pf %d %d -1.0\n" % (W, H) + GRAY.astype("<f4").tobytes(), "floating-point", ".ppm")


def _others() -> Iterator[Kind]:
    for compression in (None, "tga_rle"):
        for what, samples in (("gray", GRAY), ("gray with alpha", LA), ("RGB", COLOUR), ("RGBA", RGBA)):
            data = saved(samples, "TGA", compression=compression)
            yield Kind(f"TGA, {what}, {compression}", data, shown(samples), ".tga")
    data = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, W, H, 16, 0x20) + GRAY.astype("<u2").tobytes()
    yield Kind("TGA, 16 bits a pixel", data, by_pillow(data), ".tga")
    for what, samples in (("RGB", COLOUR), ("RGBA", RGBA)):
        yield Kind(f"QOI, {what}", saved(samples, "QOI"), shown(samples), ".qoi")
        yield Kind(f"SGI, {what}", saved(samples, "SGI"), shown(samples), ".sgi")
        yield Kind(f"SGI, {what}, 16 bits", saved(samples, "SGI", bpc=2), "16-bit", ".sgi")
        yield Kind(f"DDS, {what}", saved(samples, "DDS"), shown(samples), ".dds")
    icon = Image.fromarray(RGBA).resize((16, 16), 0)
    for name, option in (("PNG", "png"), ("bitmap", "bmp")):
        data = saved(icon, "ICO", sizes=[(16, 16)], bitmap_format=option)
        yield Kind(f"ICO, {name}", data, by_pillow(data), ".ico")
    data = saved(Image.fromarray(COLOUR), "PCX")
    yield Kind("PCX", data, shown(COLOUR), ".pcx")
    data = saved(Image.fromarray(BITS > 0), "XBM")
    yield Kind("XBM", data, by_pillow(data), ".xbm")
    data = saved(Image.fromarray(GRAY.astype("float32")), "SPIDER")
    yield Kind("SPIDER", data, "floating-point", ".spi")


# Pillow images in memory


def _memory() -> Iterator[Kind]:
    refused = {"I": "16-bit", "F": "floating-point", "CMYK": "CMYK", "YCbCr": "Y'CbCr", "LAB": "Lab", "HSV": "HSV",
               "La": "premultiplied", "RGBa": "premultiplied"}  # fmt: skip
    for mode in ("I;16", "I;16L", "I;16B", "I;16N"):
        yield Kind(f"Pillow, {mode}", Image.new(mode, (W, H), 999), shown(np.full((H, W), 999, "uint16")))
    for mode, words in refused.items():
        yield Kind(f"Pillow, {mode}", Image.new(mode, (W, H)), words)
    for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "PA", "RGBX"):
        picture = Image.fromarray(RGBA).convert("RGBA" if mode == "PA" else mode if mode != "LA" else "LA")
        picture = picture.convert("PA") if mode == "PA" else picture
        yield Kind(f"Pillow, {mode}", picture, shown_of(picture))
    levels: tuple[tuple[str, Any], ...] = (
        ("1", 255), ("L", int(GRAY[1, 1])), ("RGB", tuple(map(int, COLOUR[1, 1]))), ("P", 2),
        ("P", bytes((0, 99, 200))),
    )  # fmt: skip
    for mode, transparency in levels:
        picture = Image.fromarray(COLOUR if mode in ("RGB", "P") else GRAY if mode == "L" else BITS > 0)
        picture = picture.quantize(8) if mode == "P" else picture
        picture.info["transparency"] = transparency
        yield Kind(f"Pillow, {mode} with transparency {transparency!r}", picture, shown_of(picture))
    deep = Image.new("I;16", (W, H), 999)
    deep.info["transparency"] = 999
    yield Kind("Pillow, I;16 with transparency", deep, np.full((H, W, 4), (999, 999, 999, 0), "uint16"))
    for method, name in ((2, "quantised by octree"), (0, "quantised by median cut")):
        base = Image.fromarray(RGBA) if method == 2 else Image.fromarray(COLOUR)
        picture = base.quantize(8, method=method)
        yield Kind(f"Pillow, {name}", picture, shown_of(picture))
    photo = saved(np.arange(3 * H * W, dtype="uint8").reshape(H, W, 3), "PNG", exif=exif(6))
    made = {
        "transposed": lambda x: x.transpose(Image.Transpose.ROTATE_270),
        "resized": lambda x: x.resize((4, 2)),
        "cropped": lambda x: x.crop((1, 0, 4, 3)),
        "copied": lambda x: x.copy(),
        "converted": lambda x: x.convert("L"),
        "turned by ImageOps": lambda x: Image.fromarray(turned(np.asarray(x), 6)),
    }
    for name, make in made.items():
        picture = make(Image.open(io.BytesIO(photo)))
        yield Kind(f"Pillow, {name} from a turned photograph", picture, shown_of(picture))
    opened = Image.open(io.BytesIO(photo))
    yield Kind("Pillow, opened from a turned photograph", opened, turned(shown_of(Image.open(io.BytesIO(photo))), 6))


@cache
def all_kinds() -> tuple[Kind, ...]:
    """Return all kinds."""
    return tuple(kinds())
