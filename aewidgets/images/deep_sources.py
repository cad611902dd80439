"""Pictures of more than 8 bits per sample, whatever they are given as: files, Pillow images, arrays. Decodes none."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.images.arrays import ImageError, unit_floats
from aewidgets.images.colours import kept_profile, told_profile
from aewidgets.images.deep import NO_SRGB, DeepPicture, checked_depth, is_deep, read_deep
from aewidgets.images.frames import check_frame, file_and_frame
from aewidgets.images.reading import check_size, file_behind
from aewidgets.system.notices import tell
from aewidgets.system.reading import bytes_of, is_open_file

__all__ = ["deep_of", "read_once"]

_GRAY = ("I;16", "I;16B", "I;16L", "I;16N")  # Pillow's modes of 16 bits
_TOLERANCE = 0.0025  # in levels of 255: what float32 and a little arithmetic leave of a multiple of 1/255


def read_once(source: Any, frame: int | None) -> tuple[Any, int | None]:
    """Return a picture with its file in memory, so that it can be looked at twice: a pipe is read only once.

    Args:
        source: as in `aewidgets.images.reading.open_image`.
        frame: the frame that is asked for, None for none.

    Returns:
        A file in memory with the name of the one that was given; what is no file as it is; and the frame, which the
        name of a file may choose.
    """
    if isinstance(source, str | os.PathLike):
        check_frame(frame)
        path, frame = file_and_frame(source, frame)
        return _named(bytes_of(path), str(source)), frame
    if is_open_file(source) and not isinstance(source, Image.Image | io.BytesIO):
        try:
            name = getattr(source, "name", None)
            return _named(bytes_of(source), name if isinstance(name, str) else "the open file"), frame
        except TypeError as error:
            raise ImageError(str(error)) from error
    return source, frame


def _named(data: bytes, name: str) -> io.BytesIO:
    """Return bytes as a file with a name."""
    file = io.BytesIO(data)
    file.name = name
    return file


def deep_of(
    source: Any, bit_depth: int | None, to_8_bit: bool, *, metadata: str, profile: str, max_pixels: int,
    frame: int | None,
) -> tuple[DeepPicture, str] | None:  # fmt: skip
    """Return a picture of more than 8 bits and its name in messages; None where the source has no more than 8.

    Args:
        source: as `read_once` returns it.
        bit_depth: bits per sample, where the source has room for more; None for all.
        to_8_bit: whether 8 bits are wanted, so that floats need no more.
        metadata, profile, max_pixels, frame: as in `aewidgets.images.deep.read_deep`.

    Raises:
        ImageError: as `read_deep`, and for a source of 8 bits of which `bit_depth` says more.
        ValueError: for a `bit_depth` other than 9 to 16.
    """
    how: dict[str, Any] = {"metadata": metadata, "profile": profile, "max_pixels": max_pixels, "frame": frame}
    found = None
    if isinstance(source, Image.Image):
        data = file_behind(source)
        if data is not None and is_deep(data):
            found = read_deep(data, "the Pillow image", **how, bit_depth=bit_depth), "the Pillow image"
        elif source.mode in _GRAY and data is None:
            found = _of_pillow(source, profile, bit_depth, max_pixels), "the Pillow image"
    elif isinstance(source, bytes | bytearray | memoryview | io.BytesIO):
        data = bytes(source) if not isinstance(source, io.BytesIO) else source.getvalue()
        name = getattr(source, "name", "the open file" if isinstance(source, io.BytesIO) else "these bytes")
        if is_deep(data):
            check_frame(frame)
            found = read_deep(data, name, **how, bit_depth=bit_depth), name
    elif isinstance(source, np.ndarray) or hasattr(source, "__array__"):
        picture = _of_array(np.asanyarray(source), bit_depth, to_8_bit, max_pixels, frame)
        found = None if picture is None else (picture, "the array")
    if found is None and bit_depth is not None:
        checked_depth(np.zeros(1, "uint8"), bit_depth, "")
        raise ImageError(f"bit_depth={bit_depth}: the picture has no more than 8 bits per sample; leave it out")
    return found


def _of_pillow(image: Image.Image, profile: str, bit_depth: int | None, max_pixels: int) -> DeepPicture:
    """Return a Pillow image of 16-bit gray that was made in memory."""
    name = "the Pillow image"
    check_size(image.height, image.width, name, max_pixels)
    samples = np.array(image).astype("uint16")
    clear = image.info.get("transparency")
    if isinstance(clear, int) and (hit := samples == clear).any():
        samples = np.dstack([samples, np.where(hit, 0, 65535).astype("uint16")])
    if profile == "srgb" and image.info.get("icc_profile"):
        raise ImageError(f"{name}: {NO_SRGB}")
    icc = b"" if profile == "drop" else kept_profile(told_profile(image, None, name), True, name)
    return DeepPicture(samples, icc, depth=16 if bit_depth is None else checked_depth(samples, bit_depth, name))


def _of_array(
    array: np.ndarray, bit_depth: int | None, to_8_bit: bool, max_pixels: int, frame: int | None
) -> DeepPicture | None:
    """Return an array of more than 8 bits; None for one that `aewidgets.images.reading` takes, or refuses."""
    good = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 2, 3, 4))
    if not good or not array.size or frame is not None or np.ma.is_masked(array):
        return None
    check_size(array.shape[0], array.shape[1], "the array", max_pixels)
    array = np.asarray(array)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            return None
        values = unit_floats(array) if to_8_bit or bit_depth is None else None
        if values is not None and (to_8_bit or _are_eight_bits(values)):
            return None
        depth = 16 if bit_depth is None else checked_depth(np.zeros(1, "uint8"), bit_depth, "the array")
        unit_floats(array)
        peak = (1 << depth) - 1
        tell(f"the array: floats in [0, 1], stored as {depth} bits per sample")
        return DeepPicture(np.clip(np.rint(np.asarray(array, "float64") * peak), 0, peak).astype("uint16"), depth=depth)
    wide = array.dtype.kind == "u" and array.dtype.itemsize == 2
    if not wide and (bit_depth is None or array.dtype.kind not in "iu" or array.dtype == np.uint8):
        return None
    if not wide and int(array.min()) < 0:
        raise ImageError(f"expected whole numbers from 0 on, got {int(array.min())}")
    depth = 16 if bit_depth is None else checked_depth(array, bit_depth, "the array")
    return DeepPicture(np.array(array, "uint16", order="C"), depth=depth)


def _are_eight_bits(values: np.ndarray) -> bool:
    """Return whether floats in [0, 1] are multiples of 1/255, so that 8 bits keep all of them."""
    levels = values * np.float32(255)
    return bool(np.abs(levels - np.rint(levels)).max() < _TOLERANCE)
