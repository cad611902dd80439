"""Images in and out of files and arrays, 0-255 and 0-1, padding and cropping. No codecs, no models.

A decoded image is uint8, (H, W) for gray or (H, W, 3) for colour; whatever cannot become one without loss is
refused in words rather than quietly changed.
"""

from __future__ import annotations

import io
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

__all__ = [
    "IMAGE_SUFFIXES",
    "ImageError",
    "crop",
    "image_from_bytes",
    "pad_to_multiple",
    "png_bytes",
    "read_image",
    "to_float",
    "to_rgb",
    "to_uint8",
    "write_image",
]

#: What `load_images` takes from a folder.
IMAGE_SUFFIXES = (".png", ".webp", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".avif", ".jp2")
#: A picture above this is refused before its pixels are decoded: a small file can hold a very large one.
MAX_PIXELS = 100_000_000


class ImageError(ValueError):
    """An image that cannot be taken as 8-bit gray or RGB; the message says why and what to do."""


def read_image(source: Any, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Any picture as 8-bit gray or RGB.

    A file's EXIF orientation is applied. Palettes become colours, one-bit pictures 0 and 255, and an alpha
    channel that is opaque everywhere is dropped: none of these loses anything. Of AVIF and colour JPEG 2000
    with more than 8 bits, Pillow's decoders give 8 and do not tell: these alone pass unnoticed.

    Args:
        source: a path, the bytes of a file, a Pillow image, or an array: uint8 or bool, or float in [0, 1],
            of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4).
        max_pixels: the largest height times width that is taken.

    Returns:
        uint8, (H, W) for gray or (H, W, 3) for RGB; always a copy of its own.

    Raises:
        ImageError: for a file that is no picture or is damaged, transparent pixels, 16-bit samples, CMYK and
            Lab (whose conversion needs a colour profile and loses something), several frames, floats outside
            [0, 1], and pictures that are empty or too large.
        FileNotFoundError, PermissionError: as they come from the file system.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, max_pixels)
    if isinstance(source, Image.Image):
        return _from_pillow(source, "the Pillow image", max_pixels)
    if isinstance(source, bytes | bytearray | memoryview):
        return image_from_bytes(bytes(source), "these bytes", max_pixels)
    if isinstance(source, str | os.PathLike):
        return image_from_bytes(Path(source).read_bytes(), str(source), max_pixels)
    if hasattr(source, "__array__"):
        return _from_array(np.asarray(source), max_pixels)
    raise ImageError(
        f"expected a path, bytes, a Pillow image or an array, got {type(source).__name__}; "
        "convert it with numpy.asarray first"
    )


def image_from_bytes(
    data: bytes, name: str, max_pixels: int = MAX_PIXELS, formats: tuple[str, ...] | None = None
) -> np.ndarray:
    """As `read_image`, for the bytes of a file.

    Args:
        data: the whole file.
        name: what its error messages call it.
        max_pixels: as in `read_image`.
        formats: the only formats that are taken, by Pillow's names; any if None.
    """
    try:
        with warnings.catch_warnings():
            # Pillow's own limit warns below ours, which refuses in words.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=formats)
        with picture:
            return _from_pillow(picture, name, max_pixels)
    except (ImageError, MemoryError):
        raise
    except UnidentifiedImageError:
        wanted = " or ".join(formats) if formats else "a format that Pillow reads"
        raise ImageError(f"{name}: not a picture in {wanted} ({len(data)} bytes)") from None
    except Image.DecompressionBombError:
        raise ImageError(
            f"{name}: too many pixels even for Pillow; if you trust the file, "
            "raise PIL.Image.MAX_IMAGE_PIXELS and pass a larger max_pixels"
        ) from None
    except Exception as error:  # on damaged bytes, Pillow's plug-ins raise nearly anything
        raise ImageError(f"{name}: the file is damaged or cut short ({error})") from error


def to_rgb(image: np.ndarray) -> np.ndarray:
    """Gray (H, W) as RGB (H, W, 3) with three equal channels; RGB as it is."""
    if image.ndim == 2:
        return np.repeat(image[..., None], 3, axis=2)
    if image.ndim == 3 and image.shape[2] == 3:
        return image
    raise ImageError(f"expected (H, W) or (H, W, 3), got {image.shape}; read_image gives one of these")


def to_float(image: np.ndarray) -> np.ndarray:
    """uint8 0 to 255 as float32 in [0, 1]."""
    if image.dtype != np.uint8:
        raise ImageError(f"expected uint8 from 0 to 255, got {image.dtype}")
    return image.astype(np.float32) / np.float32(255)


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Floats in [0, 1] as uint8: times 255, rounded half to even; what lies outside is clipped.

    Raises:
        ImageError: when a value is NaN or infinite, which no pixel can stand for.
    """
    if not np.all(np.isfinite(image)):
        raise ImageError("expected finite numbers, got NaN or infinity among the pixels")
    return np.clip(np.rint(np.asarray(image, dtype=np.float64) * 255), 0, 255).astype(np.uint8)


def pad_to_multiple(image: np.ndarray, multiple: int) -> np.ndarray:
    """Extend bottom and right by the last row and column until both sides divide by `multiple`.

    Args:
        image: (H, W) or (H, W, C), of any type.
        multiple: at least 1.

    Returns:
        The image itself where nothing is missing; `crop` with the first size undoes it.
    """
    if multiple < 1:
        raise ValueError(f"expected a multiple of at least 1, got {multiple}")
    missing = [(0, -side % multiple) for side in image.shape[:2]] + [(0, 0)] * (image.ndim - 2)
    return np.pad(image, missing, mode="edge") if any(m[1] for m in missing) else image


def crop(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """The top left `height` x `width` of an image: a view."""
    if not (0 < height <= image.shape[0] and 0 < width <= image.shape[1]):
        raise ValueError(f"cannot cut {height}x{width} out of {image.shape[0]}x{image.shape[1]}")
    return image[:height, :width]


def png_bytes(image: np.ndarray) -> bytes:
    """A uint8 image, (H, W) or (H, W, 3), as the bytes of a PNG file without metadata."""
    buffer = io.BytesIO()
    Image.fromarray(_from_array(image, MAX_PIXELS)).save(buffer, "PNG")
    return buffer.getvalue()


def write_image(image: np.ndarray, path: str | os.PathLike) -> None:
    """Write a uint8 image in the lossless format that the suffix names; the file appears whole or not at all.

    Raises:
        ImageError: for any suffix but .png, .tif, .tiff, .bmp, .ppm, .pgm and .webp (written losslessly): a
            decoded picture that is compressed once more would no longer be what was decoded.
    """
    path = Path(path)
    formats = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".bmp": "BMP", ".webp": "WEBP"}
    formats |= {".ppm": "PPM", ".pgm": "PPM"}
    if path.suffix.lower() not in formats:
        raise ImageError(f"{path}: expected a suffix among {', '.join(formats)}; use .png if unsure")
    name = formats[path.suffix.lower()]
    options: dict[str, Any] = {"lossless": True, "exact": True} if name == "WEBP" else {}
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            Image.fromarray(_from_array(image, MAX_PIXELS)).save(file, name, **options)
        Path(temporary).chmod(0o644)  # mkstemp makes files that only their owner may read
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _from_array(array: np.ndarray, max_pixels: int) -> np.ndarray:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        hint = "; take one image of the batch" if array.ndim == 4 else ""
        raise ImageError(f"expected (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), got {array.shape}{hint}")
    _check_size(array.shape[0], array.shape[1], "the array", max_pixels)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    elif np.issubdtype(array.dtype, np.floating):
        if not np.all((array >= 0) & (array <= 1)):
            raise ImageError(
                f"expected floats in [0, 1], got {np.min(array):g} to {np.max(array):g}; "
                "divide by 255, or clip"
            )
        array = to_uint8(array)
    elif array.dtype != np.uint8:
        raise ImageError(
            f"expected uint8, or floats in [0, 1], got {array.dtype}; 8 bits are all that is kept, "
            "so scale it yourself, for example (x / x.max() * 255).round().astype('uint8')"
        )
    if array.ndim == 3 and array.shape[2] == 4:
        _check_opaque(array[..., 3], "the array")
        array = array[..., :3]
    return np.array(array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array, order="C")


def _from_pillow(picture: Image.Image, name: str, max_pixels: int) -> np.ndarray:
    _check_size(picture.height, picture.width, name, max_pixels)
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and picture.format != "MPO":  # the further pictures of an MPO are previews or other views
        raise ImageError(f"{name}: holds {frames} frames or pages; save the one you want by itself")
    if _holds_16_bits(picture):
        raise ImageError(f"{name}: {_REFUSED['I;16']}")
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in _WITH_ALPHA and "transparency" in picture.info:
        picture = picture.convert(_WITH_ALPHA[picture.mode])
    elif picture.mode in ("P", "PA"):
        picture = picture.convert("RGB" if picture.mode == "P" else "RGBA")
    if picture.mode in ("LA", "RGBA"):
        _check_opaque(np.asarray(picture.getchannel("A")), name)
        picture = picture.convert(picture.mode[:-1])
    if picture.mode in ("1", "RGBX"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    if picture.mode not in ("L", "RGB"):
        raise ImageError(
            f"{name}: {_REFUSED.get(picture.mode, f'mode {picture.mode} is neither gray nor RGB')}"
        )
    return np.array(picture)


# Formats that declare one colour, or entries of a palette, transparent.
_WITH_ALPHA = {"1": "LA", "L": "LA", "RGB": "RGBA", "P": "RGBA"}
_REFUSED = dict.fromkeys(
    ("I;16", "I;16B", "I;16L", "I;16N", "I"),
    "16-bit samples, of which only 8 bits would be kept; convert it to 8 bits first",
) | {
    "F": "floating-point samples; scale them to 8 bits first",
    "CMYK": "CMYK, whose way to RGB needs a colour profile; convert it to RGB first",
    "La": "premultiplied alpha; flatten it on a background first",
    "RGBa": "premultiplied alpha; flatten it on a background first",
    "YCbCr": "Y'CbCr samples; convert it to RGB first (Pillow: image.convert('RGB'))",
    "LAB": "Lab colours; convert it to RGB first",
    "HSV": "HSV samples; convert it to RGB first (Pillow: image.convert('RGB'))",
}


def _holds_16_bits(picture: Image.Image) -> bool:
    """Whether Pillow would quietly drop the low 8 bits: it opens 16-bit colour PNG, TIFF and PPM as "RGB"."""
    for tile in getattr(picture, "tile", ()):
        values = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if any(isinstance(v, str) and ";16" in v for v in values):
            return True
        if tile[0].startswith("ppm") and any(isinstance(v, int) and v > 255 for v in values):
            return True
    return False


def _check_opaque(alpha: np.ndarray, name: str) -> None:
    if np.any(alpha != 255):
        raise ImageError(
            f"{name}: has transparent pixels, and only gray and RGB are kept; "
            "flatten it on a background first"
        )


def _check_size(height: int, width: int, name: str, max_pixels: int) -> None:
    if height < 1 or width < 1:
        raise ImageError(f"{name}: expected at least one pixel, got {height}x{width}")
    if height * width > max_pixels:
        raise ImageError(
            f"{name}: {height}x{width} is more than the {max_pixels:,} pixels that are taken; "
            "pass a larger max_pixels"
        )
