"""Pictures: samples with alpha, colour profile and metadata; reading and writing them. No coding.

Metadata are kept only on request, and then only entries on a list, see `aewidgets.images.metadata`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.codec.coding.chunks import MAX_EXIF, MAX_ICC
from aewidgets.images.arrays import ImageError, with_alpha
from aewidgets.images.colours import kept_profile
from aewidgets.images.metadata import has_scale, kept_entries
from aewidgets.images.reading import BARE, MAX_PIXELS, Opened, image_bytes, open_image
from aewidgets.system.writing import write_bytes

__all__ = ["Picture", "fill_hidden", "left_out", "picture_bytes", "picture_of", "read_picture", "write_picture"]


@dataclass(frozen=True, eq=False)
class Picture:
    """An image with what belongs to it.

    Attributes:
        colour: uint8 (H, W) or (H, W, 3).
        alpha: uint8 (H, W), 255 for opaque; None where there is no alpha.
        icc: bytes of the colour profile, b"" for none, which means sRGB.
        exif: metadata as EXIF bytes, b"" for none.
        lossless: whether these are exactly the samples that were compressed.
        channel_axis: whether the samples of a gray picture without alpha have an axis of one channel, (H, W, 1).
        scale_lost: whether the file told a scale that was not asked for, and is not in `exif`.
        max_error: largest difference of a sample from the one that was compressed, in levels; None where no bound is
            known.
    """

    colour: np.ndarray
    alpha: np.ndarray | None = None
    icc: bytes = b""
    exif: bytes = b""
    lossless: bool = False
    channel_axis: bool = False
    scale_lost: bool = False
    max_error: int | None = None

    @property
    def gray(self) -> bool:
        """True where there is one colour sample per pixel."""
        return self.colour.ndim == 2

    @property
    def samples(self) -> np.ndarray:
        """Colour and alpha in one array, uint8 (H, W), or (H, W, channels) with 1 to 4 channels."""
        if self.alpha is not None:
            return with_alpha(self.colour, self.alpha)
        return self.colour[..., None] if self.channel_axis else self.colour


def picture_of(samples: np.ndarray, icc: bytes = b"", exif: bytes = b"", lossless: bool = False) -> Picture:
    """Return the picture of samples in one array, as `Picture.samples` gives them."""
    if samples.ndim == 2 or samples.shape[2] == 3:
        return Picture(samples, None, icc, exif, lossless)
    colour = samples[..., 0] if samples.shape[2] == 2 else samples[..., :3]
    colour, alpha = np.ascontiguousarray(colour), np.ascontiguousarray(samples[..., -1])
    return Picture(colour, alpha, icc, exif, lossless)


def read_picture(
    source: Any, *, keep_metadata: bool = False, max_pixels: int = MAX_PIXELS, frame: int | None = None
) -> Picture:
    """Read any picture that `aewidgets.images.reading.open_image` takes.

    Args:
        source: a path, bytes, an open file, a Pillow image or an array; or a picture, which stays as it is.
        keep_metadata: whether to keep the scale, and those EXIF entries that do not reveal the place.
        max_pixels: largest height times width.
        frame: number of the frame, as in `open_image`.

    Raises:
        ImageError: as `aewidgets.images.reading.read_image` does, except for transparency; for a profile above 1 MB,
            and for metadata that are to be kept and are unreadable or above 64 kB.
    """
    if isinstance(source, Picture):
        return source
    opened = open_image(source, max_pixels=max_pixels, frame=frame)
    picture = picture_of(opened.samples)
    icc = kept_profile(opened.icc, picture.gray, opened.name)
    if len(icc) > MAX_ICC:
        raise ImageError(
            f"{opened.name}: a colour profile of {len(icc):,} bytes, at most {MAX_ICC:,} are kept; "
            "convert the picture to sRGB first"
        )
    exif = _kept(opened) if keep_metadata else b""
    lost = not keep_metadata and has_scale(opened.exif, opened.dpi)
    return Picture(picture.colour, picture.alpha, icc, exif, channel_axis=opened.channel_axis, scale_lost=lost)


def write_picture(picture: Picture, path: str | os.PathLike) -> None:
    """Write a picture as `aewidgets.images.reading.write_image` does, without what its format does not hold.

    `left_out` says what that is.
    """
    write_bytes(Path(path), picture_bytes(picture, Path(path).suffix.lower(), name=str(path)))


def picture_bytes(picture: Picture, suffix: str, *, name: str) -> memoryview:
    """Return the bytes of the file that `write_picture` writes; arguments as in `image_bytes`."""
    icc = b"" if suffix in BARE else picture.icc
    exif = picture.exif if suffix == ".bmp" or suffix not in BARE else b""
    return image_bytes(picture.samples, suffix, icc, exif, name=name)


def left_out(picture: Picture, path: str | os.PathLike) -> str:
    """Return what `write_picture` leaves out at a path whose format does not hold it, in words; "" for nothing."""
    suffix = Path(path).suffix.lower()
    lost = [word for word, there in (("colour profile", picture.icc), ("metadata", picture.exif)) if there]
    return f"without its {' and '.join(lost)}, which {suffix} does not hold" if lost and suffix in BARE else ""


def _kept(opened: Opened) -> bytes:
    """Return the metadata of a picture that may be kept, as EXIF bytes; errors as in `read_picture`."""
    data = kept_entries(opened.exif, opened.name, opened.dpi) if opened.exif is not None else b""
    if len(data) > MAX_EXIF:
        raise ImageError(
            f"{opened.name}: expected at most {MAX_EXIF:,} bytes of metadata, got {len(data):,}; compress it without "
            "them"
        )
    return data


def fill_hidden(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Replace the colours of pixels with alpha 0, which cannot be seen, by smooth ones that take hardly any bits.

    Push-pull (Gortler et al. 1996, section 3.4): visible pixels are averaged on ever coarser grids, then each hole
    takes the colour of the next coarser grid. A picture that is hidden everywhere becomes mid gray.

    Args:
        colour: uint8 (H, W) or (H, W, 3).
        alpha: uint8 (H, W).

    Returns:
        uint8 of the shape of `colour`, unchanged where alpha is above 0.
    """
    visible = alpha > 0
    if visible.all():
        return colour
    if not visible.any():
        return np.full_like(colour, 128)
    planes = colour[..., None] if colour.ndim == 2 else colour
    filled = [np.rint(_pulled(planes[..., c].astype("float32"), visible)) for c in range(planes.shape[2])]
    out = np.where(visible[..., None], planes, np.stack(filled, axis=-1).astype("uint8"))
    return out[..., 0] if colour.ndim == 2 else out


def _pulled(plane: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return a plane, float32 (H, W), whose pixels of weight 0 are filled from coarser grids."""
    if weight.all():
        return plane
    h, w = plane.shape
    even = ((0, h % 2), (0, w % 2))
    weights = np.pad(weight.astype("float32"), even)
    values = np.pad(plane, even) * weights
    count = weights.reshape(weights.shape[0] // 2, 2, -1, 2).sum(axis=(1, 3))
    total = values.reshape(weights.shape[0] // 2, 2, -1, 2).sum(axis=(1, 3))
    coarse = _pulled(total / np.maximum(count, 1), count > 0)
    soft = _doubled(_doubled(coarse, 0), 1)[:h, :w]
    return np.where(weight, plane, soft)


def _doubled(x: np.ndarray, axis: int) -> np.ndarray:
    """Double the number of samples along an axis by linear interpolation: 3/4 of the nearest and 1/4 of the next."""
    x = np.moveaxis(x, axis, 0)
    before, after = np.concatenate([x[:1], x[:-1]]), np.concatenate([x[1:], x[-1:]])
    out = np.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], axis=1).reshape(2 * len(x), *x.shape[1:])
    return np.moveaxis(out, 0, axis)
