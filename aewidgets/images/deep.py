"""Reading and writing of pictures with 16 bits per sample: gray PNG, gray and colour TIFF. `reading` has the others."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image, ImageOps

from aewidgets.images.arrays import ImageError
from aewidgets.images.colours import kept_profile, told_profile
from aewidgets.images.frames import check_frame_of
from aewidgets.images.metadata import has_camera_entries, has_scale, kept_entries, save_options, tiff_options
from aewidgets.images.reading import MAX_PIXELS, check_size
from aewidgets.images.whole_metadata import kept_whole, kept_xmp, xmp_of
from aewidgets.system.writing import write_bytes

__all__ = ["DEEP_SUFFIXES", "DeepPicture", "camera_left_out", "is_deep", "read_deep", "write_deep"]

DEEP_SUFFIXES = (".png", ".tif", ".tiff")
_GRAY = ("I;16", "I;16B", "I;16L", "I;16N")
_ICC, _XMP = 34675, 700  # TIFF tags of the colour profile and of XMP
_STRAIGHT_ALPHA = 2  # TIFF's extra sample that is alpha with which the colours are not multiplied
_PLAIN = ("minisblack", "rgb")  # TIFF's words for gray and colour whose samples are light


@dataclass(frozen=True, eq=False)
class DeepPicture:
    """A picture with 16 bits per sample.

    Attributes:
        samples: uint16 (h, w), (h, w, 2), (h, w, 3) or (h, w, 4): gray or RGB, with alpha where there is one.
        icc: colour profile, b"" for none.
        exif: metadata as EXIF bytes, b"" for none.
        scale_lost: whether the file told a scale that was not asked for, and is not in `exif`.
        xmp: XMP packet, b"" for none.
    """

    samples: np.ndarray
    icc: bytes = b""
    exif: bytes = b""
    scale_lost: bool = False
    xmp: bytes = b""

    @property
    def colour(self) -> np.ndarray:
        """Samples without alpha, float32 (h, w) or (h, w, 3) in [0, 1]."""
        kept = self.samples[..., 0] if self.samples.shape[2:] == (2,) else self.samples[..., :3]
        return (self.samples if self.samples.ndim == 2 else kept).astype(np.float32) / 65535

    def with_colour(self, colour: np.ndarray) -> DeepPicture:
        """Return the picture with other samples, given as `colour` is and clipped to [0, 1]; alpha and icc stay."""
        values = np.rint(np.clip(colour, 0, 1) * np.float32(65535)).astype(np.uint16)
        if self.samples.ndim == 3 and self.samples.shape[2] in (2, 4):
            values = np.dstack([values, self.samples[..., -1]])
        return replace(self, samples=values)


def is_deep(data: bytes) -> bool:
    """Return whether the bytes of a file are a PNG or TIFF with 16 bits per sample."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return data[24:25] == b"\x10"  # IHDR's bit depth
    if data[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return False
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page: Any = file.pages[0]
            return page.dtype == np.uint16 and page.bitspersample == 16  # and not 12 in 16
    except Exception:  # damaged bytes raise nearly anything; reading them as a picture says what is wrong
        return False


def read_deep(
    data: bytes,
    name: str,
    *,
    metadata: str = "none",
    profile: str = "keep",
    max_pixels: int = MAX_PIXELS,
    frame: int | None = None,
) -> DeepPicture:
    """Read a picture with 16 bits per sample.

    Args:
        data: bytes of a file for which `is_deep` is True.
        name: name of the file in error messages.
        metadata: "none", "safe" or "all", as `aewidgets.compress` has them.
        profile: "keep", or "drop" for none, the samples being as they are.
        max_pixels: the largest height times width.
        frame: number of the page, from 0; required where there are several.

    Raises:
        ImageError: for damaged files, several pages of which none is chosen, pictures that are too large, colour PNG,
            which Pillow would reduce to 8 bits, TIFF that is neither gray nor RGB, and profile "srgb".
    """
    if profile == "srgb":
        raise ImageError(
            f"{name}: 16 bits a sample, and sRGB is made of 8 bits here; keep the profile, or convert the picture first"
        )
    try:
        if data[:4] == b"\x89PNG":
            check_frame_of(1, frame, name)
            picture = _from_png(data, name, max_pixels, profile)
        else:
            picture = _from_tiff(data, name, max_pixels, profile, frame)
    except (ImageError, MemoryError):
        raise
    except Exception as error:
        raise ImageError(f"{name}: the file is damaged or cannot be read ({error})") from error
    exif, info = _metadata(data)
    dpi = info.get("dpi")
    if metadata == "safe":
        return replace(picture, exif=kept_entries(exif, name, dpi))
    if metadata == "all":
        whole = kept_whole(exif, info.get("exif", b""), name, dpi)
        return replace(picture, exif=whole, xmp=kept_xmp(xmp_of(info)))
    return replace(picture, scale_lost=has_scale(exif, dpi))


def _metadata(data: bytes) -> tuple[Image.Exif, dict[Any, Any]]:
    """Return the metadata of a file, as Pillow reads them, and what it knows of it beside them.

    A TIFF file is itself laid out as EXIF is, so that no format of samples which Pillow does not know is in the way.
    """
    exif = Image.Exif()
    if data[:4] == b"\x89PNG":
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            picture.load()  # some stand behind the samples
            return picture.getexif(), picture.info
    with suppress(Exception):  # BigTIFF, and damage that does not touch the samples
        exif.load(data)
    return exif, {"xmp": exif.get(_XMP)}


def write_deep(picture: DeepPicture, path: str | os.PathLike) -> None:
    """Write PNG (gray without alpha) or TIFF, by the suffix; the file appears whole or not at all.

    A TIFF keeps of the metadata what is not in the camera's own directory.

    Raises:
        ImageError: for another suffix, and for colour or alpha as PNG.
    """
    write_bytes(Path(path), deep_bytes(picture, Path(path).suffix.lower(), name=str(path)))


def deep_bytes(picture: DeepPicture, suffix: str, *, name: str) -> memoryview:
    """Return the bytes of the file that `write_deep` writes, in the format of a suffix; `name` is for messages."""
    if suffix not in DEEP_SUFFIXES:
        raise ImageError(f"{name}: 16 bits are kept in {', '.join(DEEP_SUFFIXES)}; choose one of them")
    if suffix == ".png" and picture.samples.ndim > 2:
        raise ImageError(f"{name}: 16-bit PNG is written for gray without alpha only; choose .tif")
    packed = io.BytesIO()  # tifffile needs a file whose name is a str
    if suffix == ".png":
        options = save_options(picture.exif, "PNG", picture.xmp)
        Image.fromarray(picture.samples).save(packed, "PNG", icc_profile=picture.icc or None, **options)
    else:
        alpha = picture.samples.ndim == 3 and picture.samples.shape[2] in (2, 4)
        colour = picture.samples.ndim == 3 and picture.samples.shape[2] > 2
        tifffile.imwrite(
            packed, picture.samples, photometric=_PLAIN[colour], extrasamples=["unassalpha"] if alpha else None,
            planarconfig="contig" if picture.samples.ndim == 3 else None, iccprofile=picture.icc or None,
            compression="zlib", metadata=None, software=False, **tiff_options(picture.exif, picture.xmp),
        )  # fmt: skip
    return packed.getbuffer()


def camera_left_out(picture: DeepPicture, path: str | os.PathLike) -> str:
    """Return what `write_deep` leaves out at a path, in words; "" for nothing."""
    if Path(path).suffix.lower() == ".png" or not has_camera_entries(picture.exif):
        return ""
    return "without the camera's settings and the place, which are not written into 16-bit TIFF"


def _from_png(data: bytes, name: str, max_pixels: int, profile: str) -> DeepPicture:
    """Read a gray 16-bit PNG without alpha, its EXIF orientation applied."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
        check_size(picture.height, picture.width, name, max_pixels)
        if picture.mode not in _GRAY:
            raise ImageError(f"{name}: 16-bit PNG is read where it is gray without alpha; save it as 16-bit TIFF first")
        icc = b"" if profile == "drop" else kept_profile(told_profile(picture, data, name), True, name)
        return DeepPicture(np.array(ImageOps.exif_transpose(picture)).astype(np.uint16), icc)


def _from_tiff(data: bytes, name: str, max_pixels: int, profile: str, frame: int | None) -> DeepPicture:
    """Read a page of a gray or RGB 16-bit TIFF."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        check_frame_of(len(file.pages), frame, name)
        page: Any = file.pages[frame or 0].aspage()
        if page.dtype != np.uint16:
            raise ImageError(f"{name}: the page has samples of type {page.dtype}, and its first 16 bits; save it alone")
        check_size(page.imagelength, page.imagewidth, name, max_pixels)
        kind = page.photometric.name.lower()
        channels = page.samplesperpixel
        if kind not in _PLAIN or channels not in ((1, 2) if kind == "minisblack" else (3, 4)):
            raise ImageError(f"{name}: a 16-bit TIFF of kind {kind} with {channels} samples; convert it to gray or RGB")
        if page.tags.get("Orientation") is not None and page.tags["Orientation"].value != 1:
            raise ImageError(f"{name}: a 16-bit TIFF that is stored turned; turn it upright first")
        if any(extra != _STRAIGHT_ALPHA for extra in page.extrasamples):
            raise ImageError(f"{name}: a channel beside its colours that is no straight alpha; remove it first")
        samples = page.asarray()
        if channels > 1 and page.planarconfig.name.lower() == "separate":
            samples = np.moveaxis(samples, 0, -1)
        icc = None if profile == "drop" else page.tags.get(_ICC)
        kept = kept_profile(bytes(icc.value) if icc is not None else b"", channels < 3, name)
        return DeepPicture(np.ascontiguousarray(samples), kept)
