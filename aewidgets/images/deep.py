"""Reading and writing of pictures with more than 8 bits per sample: PNG, TIFF, PPM, PGM. `reading` has the others."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.images.arrays import ImageError
from aewidgets.images.colours import kept_profile, told_profile
from aewidgets.images.deep_png import png_of, samples_of_png
from aewidgets.images.deep_pnm import depth_of_pnm, pnm_of, samples_of_pnm, size_of_pnm
from aewidgets.images.frames import check_frame_of
from aewidgets.images.metadata import has_camera_entries, has_scale, kept_entries, save_options, tiff_options
from aewidgets.images.reading import MAX_PIXELS, check_size
from aewidgets.images.whole_metadata import kept_whole, kept_xmp, xmp_of
from aewidgets.system.writing import write_bytes

__all__ = ["DEEP_SUFFIXES", "DeepPicture", "camera_left_out", "is_deep", "read_deep", "write_deep"]

DEEP_SUFFIXES = (".png", ".tif", ".tiff", ".ppm", ".pgm")
#: Why samples of more than 8 bits are not converted to sRGB.
NO_SRGB = (
    "more than 8 bits a sample, and sRGB is made of 8 bits here; add --to-8-bit (to_8_bit=True), keep the profile, or "
    "convert the picture first"
)
_BARE = (".ppm", ".pgm")
_ICC, _XMP = 34675, 700  # TIFF tags of the colour profile and of XMP
_STRAIGHT_ALPHA = 2  # TIFF's extra sample that is alpha with which the colours are not multiplied
_PLAIN = ("minisblack", "rgb")  # TIFF's words for gray and colour whose samples are light


@dataclass(frozen=True, eq=False)
class DeepPicture:
    """A picture with 9 to 16 bits per sample.

    Attributes:
        samples: uint16 (h, w), (h, w, 2), (h, w, 3) or (h, w, 4): gray or RGB, with alpha where there is one.
        depth: bits per sample.
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
    depth: int = 16

    @property
    def peak(self) -> int:
        """Largest sample."""
        return (1 << self.depth) - 1

    @property
    def colour(self) -> np.ndarray:
        """Samples without alpha, float32 (h, w) or (h, w, 3) in [0, 1]."""
        kept = self.samples[..., 0] if self.samples.shape[2:] == (2,) else self.samples[..., :3]
        return (self.samples if self.samples.ndim == 2 else kept).astype(np.float32) / self.peak

    def with_colour(self, colour: np.ndarray) -> DeepPicture:
        """Return the picture with other samples, given as `colour` is and clipped to [0, 1]; alpha and icc stay."""
        values = np.rint(np.clip(colour, 0, 1) * np.float32(self.peak)).astype(np.uint16)
        if self.samples.ndim == 3 and self.samples.shape[2] in (2, 4):
            values = np.dstack([values, self.samples[..., -1]])
        return replace(self, samples=values)


def is_deep(data: bytes) -> bool:
    """Return whether a file's bytes are a PNG or TIFF with 16 bits per sample, or a PPM or PGM with more than 8."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return data[24:25] == b"\x10"  # IHDR's bit depth
    if data[:1] == b"P":
        return (depth_of_pnm(data) or 0) > 8
    if data[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return False
    import tifffile  # here: reading and writing .aew files does without

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
    bit_depth: int | None = None,
) -> DeepPicture:
    """Read a picture with more than 8 bits per sample.

    Args:
        data: bytes of a file for which `is_deep` is True.
        name: name of the file in error messages.
        metadata: "none", "safe" or "all", as `aewidgets.compress` has them.
        profile: "keep", or "drop" for none, the samples being as they are.
        max_pixels: the largest height times width.
        frame: number of the page, from 0; required where there are several.
        bit_depth: bits per sample that the numbers in the file have, such as 12 of a camera's in a file of 16; None for
            as many as the file says.

    Raises:
        ImageError: for damaged files, several pages of which none is chosen, pictures that are too large, TIFF that is
            neither gray nor RGB, samples beyond `bit_depth`, and profile "srgb".
    """
    if profile == "srgb":
        raise ImageError(f"{name}: {NO_SRGB}")
    try:
        if data[:1] == b"P":
            check_frame_of(1, frame, name)
            check_size(*size_of_pnm(data), name, max_pixels)
            picture = DeepPicture(samples_of_pnm(data, name), depth=depth_of_pnm(data) or 16)
        elif data[:4] == b"\x89PNG":
            check_frame_of(1, frame, name)
            picture = _from_png(data, name, max_pixels, profile)
        else:
            picture = _from_tiff(data, name, max_pixels, profile, frame)
    except (ImageError, MemoryError):
        raise
    except Exception as error:
        raise ImageError(f"{name}: the file is damaged or cannot be read ({error})") from error
    if bit_depth is not None:
        picture = replace(picture, depth=checked_depth(picture.samples, bit_depth, name))
    exif, info = _metadata(data)
    dpi = info.get("dpi")
    if metadata == "safe":
        return replace(picture, exif=kept_entries(exif, name, dpi))
    if metadata == "all":
        whole = kept_whole(exif, info.get("exif", b""), name, dpi)
        return replace(picture, exif=whole, xmp=kept_xmp(xmp_of(info)))
    return replace(picture, scale_lost=has_scale(exif, dpi))


def checked_depth(samples: np.ndarray, depth: Any, name: str) -> int:
    """Return the number of bits that samples are said to have.

    Raises:
        ValueError: for another number than 9 to 16.
        ImageError: for samples that need more.
    """
    if isinstance(depth, bool) or depth not in range(9, 17):
        raise ValueError(f"bit_depth: expected a whole number of bits from 9 to 16, got {depth!r}")
    most = int(samples.max(initial=0))
    if most >= 1 << depth:
        words = f"has samples up to {most}, and {depth} bits count to {(1 << depth) - 1}; give more bits"
        raise ImageError(f"{name}: {words}")
    return int(depth)


def _metadata(data: bytes) -> tuple[Image.Exif, dict[Any, Any]]:
    """Return the metadata of a file, as Pillow reads them, and what it knows of it beside them.

    A TIFF file is itself laid out as EXIF is, so that no format of samples which Pillow does not know is in the way.
    """
    exif = Image.Exif()
    if data[:4] == b"\x89PNG":
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            picture.load()  # some stand behind the samples
            return picture.getexif(), picture.info
    if data[:1] == b"P":  # PPM and PGM have none
        return exif, {}
    with suppress(Exception):  # BigTIFF, and damage that does not touch the samples
        exif.load(data)
    return exif, {"xmp": exif.get(_XMP)}


def write_deep(picture: DeepPicture, path: str | os.PathLike) -> None:
    """Write PNG, TIFF, PPM or PGM, by the suffix; the file appears whole or not at all.

    A TIFF keeps of the metadata what is not in the camera's own directory, PPM and PGM keep none and no profile.

    Raises:
        ImageError: for another suffix, and in PPM and PGM for pixels that are not opaque.
    """
    write_bytes(Path(path), deep_bytes(picture, Path(path).suffix.lower(), name=str(path)))


def deep_bytes(picture: DeepPicture, suffix: str, *, name: str) -> memoryview:
    """Return the bytes of the file that `write_deep` writes, in the format of a suffix; `name` is for messages."""
    if suffix not in DEEP_SUFFIXES:
        raise ImageError(
            f"{name}: more than 8 bits are kept in {', '.join(DEEP_SUFFIXES)}; choose one of them, or --to-8-bit"
        )
    samples = picture.samples
    alpha, colour = samples.shape[2:] in ((2,), (4,)), samples.shape[2:] in ((3,), (4,))
    if suffix in _BARE:
        if alpha and (samples[..., -1] != picture.peak).any():
            raise ImageError(f"{name}: has transparent pixels, which {suffix} does not hold; write .png or .tif")
        opaque = samples[..., :-1] if alpha else samples
        return pnm_of(opaque if colour else opaque.reshape(opaque.shape[:2]), picture.depth)
    if samples.shape[2:] == (1,):
        samples = samples[..., 0]
    if suffix == ".png":
        return png_of(samples, picture.icc, save_options(picture.exif, "PNG", picture.xmp))
    import tifffile

    packed = io.BytesIO()  # tifffile needs a file whose name is a str
    tifffile.imwrite(
        packed, samples, photometric=_PLAIN[colour], extrasamples=["unassalpha"] if alpha else None,
        planarconfig="contig" if samples.ndim == 3 else None, iccprofile=picture.icc or None,
        compression="zlib", metadata=None, software=False, **tiff_options(picture.exif, picture.xmp),
    )  # fmt: skip
    return packed.getbuffer()


def camera_left_out(picture: DeepPicture, path: str | os.PathLike) -> str:
    """Return what `write_deep` leaves out at a path, in words; "" for nothing."""
    suffix = Path(path).suffix.lower()
    if suffix in _BARE:
        parts = (("colour profile", picture.icc), ("metadata", picture.exif or picture.xmp))
        lost = [word for word, there in parts if there]
        return f"without its {' and '.join(lost)}, which {suffix} does not hold" if lost else ""
    if suffix == ".png" or not has_camera_entries(picture.exif):
        return ""
    return "without the camera's settings and the place, which are not written into 16-bit TIFF"


def _from_png(data: bytes, name: str, max_pixels: int, profile: str) -> DeepPicture:
    """Read a 16-bit PNG, its EXIF orientation applied."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
        check_size(picture.height, picture.width, name, max_pixels)
        icc = None if profile == "drop" else told_profile(picture, data, name)
    samples = samples_of_png(data)
    gray = samples.ndim == 2 or samples.shape[2] == 2
    return DeepPicture(samples, b"" if profile == "drop" else kept_profile(icc, gray, name))


def _from_tiff(data: bytes, name: str, max_pixels: int, profile: str, frame: int | None) -> DeepPicture:
    """Read a page of a gray or RGB 16-bit TIFF."""
    import tifffile

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
