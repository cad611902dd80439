"""Bytes of near-lossless files at three bounds, on photos-select beside other formats: near_lossless.md.

A bound is the largest error of any sample, in levels of 255. JPEG-LS and WebP's near-lossless mode have one. PNG has
none, and is given the samples that an .aew file would hold. JPEG XL has none either: the coarsest of 13 distances
counts at which its PSNR is that of the .aew file, if there is one and it needs fewer bytes than the lossless mode; how
far its samples then are off is said.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import io
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

from aewidgets.codec.compression import compress, decompress
from aewidgets.codec.files.near_lossless import within
from aewidgets.images.metrics import bits_per_pixel, psnr
from aewidgets.images.sets import load_images

BOUNDS = (1, 2, 4)
DISTANCES = (3.0, 2.0, 1.4, 1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05, 0.03)
_WEBP = {0: 100, 1: 80, 2: 60, 4: 40}  # bound -> near_lossless: samples lose 0, 1, 2, 3 bits
_CONFIG, _PICTURE = (0, 8, 92), (0, 8, 12, 96, 104)  # offsets of the fields that are set, in libwebp 1's structs
_ABI = 0x020F

Coded = tuple[int, np.ndarray]


def aew(image: np.ndarray, bound: int) -> Coded:
    """Encode by this package."""
    data = compress(image, max_error=bound) if bound else compress(image, lossless=True)
    return len(data), decompress(data)


def png(image: np.ndarray, bound: int) -> Coded:
    """Encode the samples of the .aew file as PNG."""
    shown, buffer = within(image, bound), io.BytesIO()
    Image.fromarray(shown).save(buffer, "PNG", optimize=True)
    return len(buffer.getvalue()), shown


def jpeg_ls(image: np.ndarray, bound: int) -> Coded:
    """Encode by JPEG-LS, NEAR = bound."""
    data = imagecodecs.jpegls_encode(image, level=bound)
    return len(data), imagecodecs.jpegls_decode(data)


def jpeg_xl(image: np.ndarray, bound: int) -> Coded:
    """Encode by JPEG XL, effort 7, at the coarsest distance with the PSNR of samples within the bound, or lossless."""
    exact = imagecodecs.jpegxl_encode(image, lossless=True, effort=7)
    for distance in DISTANCES if bound else ():
        data = imagecodecs.jpegxl_encode(image, distance=distance, effort=7)
        shown = imagecodecs.jpegxl_decode(data)
        if len(data) < len(exact) and psnr(image, shown) >= psnr(image, within(image, bound)):
            return len(data), shown
    return len(exact), image


def webp_near_lossless() -> Callable[[np.ndarray, int], Coded] | None:
    """Return an encoder by WebP's near-lossless mode, which Pillow does not offer; None without libwebp."""
    name = ctypes.util.find_library("webp")
    if name is None:
        return None
    library = ctypes.CDLL(name)

    def encode(image: np.ndarray, bound: int) -> Coded:
        config, picture, writer = (ctypes.create_string_buffer(512) for _ in range(3))
        assert library.WebPConfigInitInternal(config, 0, ctypes.c_float(75), _ABI)
        for offset, value in zip(_CONFIG, (1, 4, _WEBP[bound]), strict=True):
            ctypes.c_int.from_buffer(config, offset).value = value
        assert library.WebPPictureInitInternal(picture, _ABI)
        height, width = image.shape[:2]
        for offset, value in zip(_PICTURE, (1, width, height), strict=False):
            ctypes.c_int.from_buffer(picture, offset).value = value
        samples = np.ascontiguousarray(image)
        assert library.WebPPictureImportRGB(picture, samples.ctypes.data_as(ctypes.c_char_p), 3 * width)
        library.WebPMemoryWriterInit(writer)
        write = ctypes.cast(library.WebPMemoryWrite, ctypes.c_void_p).value
        ctypes.c_void_p.from_buffer(picture, _PICTURE[3]).value = write
        ctypes.c_void_p.from_buffer(picture, _PICTURE[4]).value = ctypes.addressof(writer)
        assert library.WebPEncode(config, picture)
        start, size = (kind.from_buffer(writer, at).value for kind, at in ((ctypes.c_void_p, 0), (ctypes.c_size_t, 8)))
        data = ctypes.string_at(start, size)
        library.WebPMemoryWriterClear(writer)
        library.WebPPictureFree(picture)
        return size, np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    return encode


def table(images: list[np.ndarray]) -> str:
    """Return the table in Markdown: means over pictures."""
    codecs = {".aew": aew, "PNG of the same samples": png, "WebP, near-lossless": webp_near_lossless(),
              "JPEG-LS": jpeg_ls, "JPEG XL of the same PSNR": jpeg_xl}  # fmt: skip
    rows = []
    for name, code in codecs.items():
        if code is None:
            continue
        cells = []
        for bound in (0, *BOUNDS):
            found = [code(image, bound) for image in images]
            errors = [shown.astype("float64") - image for image, (_, shown) in zip(images, found, strict=True)]
            worst = max(int(np.abs(error).max()) for error in errors)
            assert worst <= bound or code is jpeg_xl, f"{name} at {bound}: {worst}"
            cells.append(f"{np.mean([bits_per_pixel(size, *shown.shape[:2]) for size, shown in found]):.3f}")
            if bound:
                squared = np.mean([np.square(error).mean() for error in errors])
                beyond = f", off by up to {worst}" if worst > bound else ""
                cells[-1] += f" ({10 * np.log10(255**2 / squared):.1f} dB{beyond})"
        rows.append(f"| {name} | {' | '.join(cells)} |")
        print(rows[-1], flush=True)
    heads = [f"within {bound}" for bound in BOUNDS]
    return "\n".join(["| format | lossless | " + " | ".join(heads) + " |", "| --- " * (len(BOUNDS) + 2) + "|", *rows])


def main() -> None:
    """Measure, and write near_lossless.md."""
    images = [image for _, image in load_images("photos-select")]
    text = (
        "# Near-lossless files\n\nBy `python -m benchmarks near_lossless`: mean bits per pixel, and PSNR of the mean "
        f"squared error, over the\n{len(images)} photographs of photos-select.\n"
        f"{(__doc__ or '').partition(chr(10))[2]}\n{table(images)}\n"
    )
    (Path(__file__).parent / "near_lossless.md").write_text(text, encoding="utf-8")
