"""Reading and writing of 8-bit images: files, bytes, Pillow images and arrays. No codecs, no models.

An image that was read is uint8, (H, W) for gray or (H, W, 3) for colour. A source that cannot become one without loss
is refused with an error that says what to do, never silently changed.
"""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from aewidgets.images.arrays import ImageError, samples_of, to_uint8
from aewidgets.images.colours import told_profile
from aewidgets.images.encoders import can_write, why_not
from aewidgets.images.frames import check_frame, file_and_frame, turn_to_frame
from aewidgets.images.headers import REFUSED_MODES, tags_of, trouble_in, trouble_in_tags
from aewidgets.images.inks import from_inks
from aewidgets.images.metadata import save_options
from aewidgets.images.whole_metadata import xmp_of
from aewidgets.system.notices import Notice, tell
from aewidgets.system.reading import bytes_of, is_open_file
from aewidgets.system.writing import write_bytes

__all__ = [
    "BARE",
    "IMAGE_SUFFIXES",
    "LOSSLESS_SUFFIXES",
    "MAX_PIXELS",
    "Opened",
    "check_size",
    "file_behind",
    "image_from_bytes",
    "image_of",
    "open_image",
    "png_bytes",
    "read_image",
    "write_image",
]

#: Suffixes of the files that `load_images` takes from a folder.
IMAGE_SUFFIXES = (
    ".png", ".webp", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".avif", ".jp2", ".gif", ".tga", ".jfif",
    ".jpe", ".apng", ".dib", ".pbm", ".pnm", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".qoi", ".pcx", ".ico",
)  # fmt: skip
#: Suffixes that `write_image` writes.
LOSSLESS_SUFFIXES = (".png", ".tif", ".tiff", ".webp", ".bmp", ".ppm", ".pgm")
#: Those of them that hold no alpha, colour profile and metadata, with Pillow's names of their formats.
BARE = {".bmp": "BMP", ".ppm": "PPM", ".pgm": "PPM"}
#: Largest height times width that is read by default, checked before decoding: a small file can hold a huge picture.
MAX_PIXELS = 100_000_000


class Opened(NamedTuple):
    """A picture as `open_image` returns it.

    Attributes:
        samples: uint8 (H, W), (H, W, 2), (H, W, 3) or (H, W, 4): gray or RGB, with alpha where there is one.
        name: name of the source in error messages.
        icc: the colour profile, in the file or made from what the file says of its colours; b"" without one, None
            where there is one that cannot be read.
        exif: the metadata as Pillow reads them, None for arrays.
        channel_axis: whether the source is a gray array with a channel axis, (H, W, 1), which the samples lack.
        dpi: the resolution where the format has it outside of the metadata, as Pillow reads it; else None.
        exif_bytes, xmp: the metadata as they are in the file; b"" where there are none.
    """

    samples: np.ndarray
    name: str
    icc: bytes | None = b""
    exif: Image.Exif | None = None
    channel_axis: bool = False
    dpi: Any = None
    exif_bytes: bytes = b""
    xmp: bytes = b""


def read_image(source: Any, *, max_pixels: int = MAX_PIXELS, frame: int | None = None) -> np.ndarray:
    """Read any picture as 8-bit gray or RGB.

    The EXIF orientation of a file is applied. Palettes become colours, one-bit pictures 0 and 255, and an alpha channel
    that is opaque everywhere is dropped: all of these are lossless. CMYK becomes sRGB through the profile in the file,
    which is not, as a `Notice` says.

    Args:
        source: a path, the bytes of a file, a file open for reading, a Pillow image, or an array of shape (H, W),
            (H, W, 1), (H, W, 3) or (H, W, 4): whole numbers from 0 to 255 of any type but uint16, bool, or floats in
            [0, 1]. A Pillow image that `Image.open` returned is that file, so its EXIF orientation is applied; one that
            was made of it, by `resize`, `transpose` or `copy`, is taken as it looks.
        max_pixels: the largest height times width that is accepted.
        frame: number of the frame of an animation or the page of a document, from 0; required where there are several.
            A path may end in it: "pages.tif[2]".

    Returns:
        uint8, (H, W) for gray or (H, W, 3) for RGB; always a copy.

    Raises:
        ImageError: for a file that is no picture or is damaged, transparent pixels, more than 8 bits, HDR, CMYK
            without a colour profile, Lab, several frames of which none is chosen, a frame that there is not, floats
            outside [0, 1], and pictures that are empty or too large.
        FileNotFoundError, PermissionError: from the file system.
    """
    return _without_alpha(open_image(source, max_pixels=max_pixels, frame=frame))


def image_from_bytes(
    data: bytes, name: str, max_pixels: int = MAX_PIXELS, formats: tuple[str, ...] | None = None
) -> np.ndarray:
    """Read the bytes of a file as `read_image` does.

    Args:
        data: the whole file.
        name: name of the file in error messages.
        max_pixels: as in `read_image`.
        formats: the accepted formats, by Pillow's names; any if None.
    """
    return _without_alpha(_from_bytes(data, name, max_pixels, formats))


def open_image(source: Any, *, max_pixels: int = MAX_PIXELS, frame: int | None = None) -> Opened:
    """Read a picture as `read_image` does, and keep its alpha channel, colour profile and metadata.

    A transparent colour or palette entry counts as alpha if a pixel has it. (H, W, 2) arrays are gray and alpha.
    """
    check_frame(frame)
    if isinstance(source, np.ndarray):
        return _from_numbers(source, max_pixels, frame)
    if isinstance(source, Image.Image):
        return _from_pillow_in_words(source, "the Pillow image", max_pixels, file_behind(source), frame)
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_bytes(bytes(source), "these bytes", max_pixels, frame=frame)
    if isinstance(source, str | os.PathLike):
        path, frame = file_and_frame(source, frame)
        return _from_bytes(bytes_of(path), str(source), max_pixels, frame=frame)
    if is_open_file(source):
        name = getattr(source, "name", None)
        try:
            data = bytes_of(source)
            return _from_bytes(data, name if isinstance(name, str) else "the open file", max_pixels, frame=frame)
        except TypeError as error:
            raise ImageError(str(error)) from error
    if hasattr(source, "__array__"):
        return _from_numbers(np.asarray(source), max_pixels, frame)
    raise ImageError(
        f"expected a path, bytes, an open file, a Pillow image or an array, got {type(source).__name__}; "
        "convert it with numpy.asarray first"
    )


def image_of(source: Any) -> np.ndarray:
    """Return arrays, and what becomes one, as they are, and any other picture as `read_image` reads it.

    For functions of an image that take floats outside [0, 1] too, which `read_image` refuses.
    """
    if isinstance(source, list | tuple) or (hasattr(source, "__array__") and not isinstance(source, Image.Image)):
        return np.asanyarray(source)  # a masked array stays one, which is refused elsewhere
    return read_image(source)


def _from_bytes(
    data: bytes, name: str, max_pixels: int, formats: tuple[str, ...] | None = None, frame: int | None = None
) -> Opened:
    """Open the bytes of a file; errors of Pillow become ImageError."""
    try:
        if trouble := trouble_in(data):
            raise ImageError(f"{name}: {trouble}")
        with warnings.catch_warnings():
            # Pillow warns of sizes below `max_pixels`, which is checked here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=formats)
        with picture:
            return _from_pillow(picture, name, max_pixels, data, frame)
    except (ImageError, MemoryError, Notice):
        raise
    except UnidentifiedImageError:
        if trouble := trouble_in_tags(tags) if (tags := tags_of(data)) else None:
            raise ImageError(f"{name}: {trouble}") from None
        wanted = " or ".join(formats) if formats else "a format that Pillow reads"
        raise ImageError(f"{name}: not a picture in {wanted} ({len(data)} bytes)") from None
    except Image.DecompressionBombError:
        raise ImageError(
            f"{name}: too many pixels even for Pillow; if you trust the file, "
            "raise PIL.Image.MAX_IMAGE_PIXELS and pass a larger max_pixels"
        ) from None
    except Exception as error:  # Pillow's plug-ins raise nearly anything on damaged bytes
        raise ImageError(f"{name}: the file is damaged or cut short ({error})") from error


def png_bytes(image: np.ndarray) -> bytes:
    """Encode a uint8 image, (H, W) or (H, W, 3), as a PNG file without metadata."""
    buffer = io.BytesIO()
    Image.fromarray(_plain(image)).save(buffer, "PNG")
    return buffer.getvalue()


def write_image(image: np.ndarray, path: str | os.PathLike, icc: bytes = b"", exif: bytes = b"") -> None:
    """Write a uint8 image in the lossless format that the suffix names; the file appears whole or not at all.

    Args:
        image: (H, W) or (H, W, 3), or with alpha (H, W, 2) or (H, W, 4).
        path: its suffix is .png, .tif, .tiff, .webp (written losslessly), .bmp, .ppm or .pgm.
        icc, exif: colour profile and metadata. Of metadata .bmp keeps the resolution.

    Raises:
        ImageError: for another suffix (a lossy format would change the image again), and in .bmp, .ppm and .pgm for
            pixels that are not opaque, a colour profile and, except in .bmp, metadata.
    """
    path = Path(path)
    write_bytes(path, image_bytes(image, path.suffix.lower(), icc, exif, name=str(path)))


def image_bytes(
    image: np.ndarray, suffix: str, icc: bytes = b"", exif: bytes = b"", *, name: str, xmp: bytes = b""
) -> memoryview:
    """Return the bytes of the file that `write_image` writes, in the format that a suffix names.

    Args:
        image, icc, exif: as in `write_image`.
        suffix: in small letters, such as ".png".
        name: name of the file, for error messages.
        xmp: XMP packet, b"" for none.

    Raises:
        ImageError: as `write_image` does.
    """
    formats = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}
    if suffix not in formats | BARE:
        raise ImageError(f"{name}: expected a suffix among {', '.join(formats | BARE)}; use .png if unsure")
    if not can_write((formats | BARE)[suffix]):
        raise ImageError(f"{name}: {why_not((formats | BARE)[suffix])}; or use .png")
    lost = [what for what, given in (("icc", icc), ("exif", exif if suffix != ".bmp" else b""), ("xmp", xmp)) if given]
    if lost and suffix in BARE:
        raise ImageError(f"{name}: {suffix} holds no {' and '.join(lost)}; leave them out, or write .png")
    # Level 3 takes half the time of Pillow's default of 6 for about as many bytes; at 6, writing the PNG would take a
    # third of the time of decoding a codec's file.
    how: dict[str, dict[str, Any]] = {".webp": {"lossless": True, "exact": True}, ".png": {"compress_level": 3}}
    options = how.get(suffix, {}) | save_options(exif, (formats | BARE)[suffix], xmp)
    if suffix in formats:
        options |= {"icc_profile": icc} if icc else {}
    elif image.ndim == 3 and image.shape[2] in (2, 4):
        image = _without_alpha(Opened(image, name), "write .png, which keeps them")
    picture = Image.fromarray(_from_array(image, image.size))  # what is in memory already may be as large as it is
    # Pillow writes some formats around Python's files, and then does not tell that a disk is full.
    buffer = io.BytesIO()
    picture.save(buffer, (formats | BARE)[suffix], **options)
    return buffer.getbuffer()


def _plain(image: np.ndarray) -> np.ndarray:
    """Return an array as uint8 gray or RGB."""
    return _without_alpha(Opened(_from_array(image, image.size), "the array"))


def _from_numbers(array: np.ndarray, max_pixels: int, frame: int | None) -> Opened:
    """Open an array."""
    if frame is not None:
        raise ImageError("frame: an array has no frames; index it instead")
    return Opened(_from_array(array, max_pixels), "the array", channel_axis=array.ndim == 3 and array.shape[2] == 1)


def _from_array(array: np.ndarray, max_pixels: int) -> np.ndarray:
    """Return an array as uint8 samples (H, W) or (H, W, 2 to 4), a copy."""
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 2, 3, 4)):
        hint = "; take one image of the batch" if array.ndim == 4 else ""
        if array.ndim == 3 and array.shape[0] in (1, 3, 4):
            hint = "; channels come last here: numpy.moveaxis(x, 0, -1)"
        raise ImageError(f"expected (H, W), or (H, W, channels) with 1 to 4 channels, got {array.shape}{hint}")
    check_size(array.shape[0], array.shape[1], "the array", max_pixels)
    array = samples_of(array)
    if array.dtype != np.uint8:
        array = to_uint8(array, noisy=False)
    return np.array(array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array, order="C")


def file_behind(picture: Image.Image) -> bytes | None:
    """Return the bytes of the file that `Image.open` returned a picture of; None for other pictures, or out of reach.

    Pillow's modes do not show what it dropped: the low bits of 16, colours told other than by a profile.
    """
    if not isinstance(picture, ImageFile.ImageFile) or picture.format == "AEW":
        return None
    try:
        if picture.filename:
            return Path(os.fsdecode(picture.filename)).read_bytes()
        if picture.fp is None or not picture.tile:  # read already
            return None
        at = picture.fp.tell()
        picture.fp.seek(0)
        try:
            return picture.fp.read()
        finally:
            picture.fp.seek(at)
    except (OSError, ValueError):
        return None


def _from_pillow_in_words(
    picture: Image.Image, name: str, max_pixels: int, data: bytes | None, frame: int | None
) -> Opened:
    """Convert a Pillow image, whose samples may still have to be read; errors of Pillow become ImageError."""
    if data and (trouble := trouble_in(data)):
        raise ImageError(f"{name}: {trouble}")
    try:
        return _from_pillow(picture, name, max_pixels, data, frame)
    except (ImageError, MemoryError, Notice):
        raise
    except Exception as error:  # Pillow's plug-ins raise nearly anything on damaged bytes
        raise ImageError(f"{name}: Pillow cannot convert it, or its file is damaged ({error})") from error


def _from_pillow(
    picture: Image.Image, name: str, max_pixels: int, data: bytes | None, frame: int | None
) -> Opened:
    """Convert a Pillow image, and what is known of its file, to samples, without loss or as a `Notice` says."""
    check_size(picture.height, picture.width, name, max_pixels)
    turn_to_frame(picture, frame, name)
    check_size(picture.height, picture.width, name, max_pixels)
    if trouble := trouble_in_tags(picture.tag_v2) if hasattr(picture, "tag_v2") else None:
        raise ImageError(f"{name}: {trouble}")
    exif, dpi, inks = picture.getexif(), picture.info.get("dpi"), picture.mode == "CMYK"
    icc = b"" if inks else told_profile(picture, data, name)
    info = picture.info  # of the file; of PNG there is more once its samples are read
    if isinstance(picture, ImageFile.ImageFile):  # others were made in memory, and are as they look
        picture = ImageOps.exif_transpose(picture)
        if data and data[:4] == b"\x89PNG" and data[24:26] in (b"\2\0", b"\4\0") and "transparency" in picture.info:
            # Pillow scales gray of 2 and 4 bits to 8, but not the level that is transparent
            picture.info["transparency"] *= 255 // (2 ** data[24] - 1)
    declared = picture.mode in _WITH_ALPHA and picture.has_transparency_data
    if declared:
        picture = picture.convert(_WITH_ALPHA[picture.mode])
    elif picture.mode in ("P", "PA"):
        picture = picture.convert("RGB" if picture.mode == "P" else "RGBA")
    if inks:
        picture = from_inks(picture, name)
        tell(f"{name}: converted from CMYK to sRGB through the profile in the file")
    if picture.mode in ("1", "RGBX"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    if picture.mode not in ("L", "LA", "RGB", "RGBA"):
        why = REFUSED_MODES.get(picture.mode, f"mode {picture.mode} is neither gray nor RGB")
        raise ImageError(f"{name}: {why}")
    if declared and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert(picture.mode[:-1])
    whole = info.get("exif")
    return Opened(
        np.array(picture), name, icc, exif, dpi=dpi, exif_bytes=whole if isinstance(whole, bytes) else b"",
        xmp=xmp_of(info),
    )  # fmt: skip


# Modes in which a file can declare one colour, or entries of a palette, transparent -> mode with alpha.
_WITH_ALPHA = {"1": "LA", "L": "LA", "RGB": "RGBA", "P": "RGBA"}


def _without_alpha(opened: Opened, advice: str = "flatten it on a background first") -> np.ndarray:
    """Return the samples without an alpha channel that is opaque; ImageError where it is not."""
    samples = opened.samples
    if samples.ndim == 2 or samples.shape[2] == 3:
        return samples
    if np.any(samples[..., -1] != 255):
        raise ImageError(f"{opened.name}: has transparent pixels, and only gray and RGB are kept; {advice}")
    return np.ascontiguousarray(samples[..., 0] if samples.shape[2] == 2 else samples[..., :3])


def check_size(height: int, width: int, name: str, max_pixels: int) -> None:
    """Raise ImageError for a picture without pixels, or with more than `max_pixels`."""
    if height < 1 or width < 1:
        raise ImageError(f"{name}: expected at least one pixel, got {height}x{width}")
    if height * width > max_pixels:
        raise ImageError(
            f"{name}: expected at most {max_pixels:,} pixels, got {height}x{width}; "
            "pass a larger max_pixels"
        )
