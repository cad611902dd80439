"""Pictures: samples with alpha, colour profile and metadata; reading and writing them. No coding.

Metadata are kept only on request: those that tell no place, by `aewidgets.images.metadata`, or all of them, by
`aewidgets.images.whole_metadata`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.codec.coding.chunks import MAX_EXIF, MAX_ICC, MAX_XMP
from aewidgets.codec.coding.levels import peak_of
from aewidgets.images.arrays import ImageError, to_eight_bits, with_alpha
from aewidgets.images.colours import WITHOUT_PROFILE, kept_profile
from aewidgets.images.deep import DeepPicture, camera_left_out, deep_bytes
from aewidgets.images.deep_sources import deep_of, read_once
from aewidgets.images.metadata import chosen_metadata, has_scale, kept_entries
from aewidgets.images.profiles import codes_in
from aewidgets.images.reading import BARE, MAX_PIXELS, Opened, image_bytes, open_image
from aewidgets.images.srgb import to_srgb
from aewidgets.images.whole_metadata import kept_whole, kept_xmp, told_in
from aewidgets.system.notices import tell
from aewidgets.system.writing import write_bytes

__all__ = [
    "PROFILES",
    "Picture",
    "eight_bits",
    "fill_hidden",
    "in_srgb",
    "left_out",
    "picture_bytes",
    "picture_of",
    "read_picture",
    "write_picture",
]

#: What becomes of a colour profile: it is kept, left out with the samples as they are, or used to convert them to sRGB.
PROFILES = ("keep", "drop", "srgb")


@dataclass(frozen=True, eq=False)
class Picture:
    """An image with what belongs to it.

    Attributes:
        colour: uint8 (H, W) or (H, W, 3); uint16 for more than 8 bits per sample.
        alpha: (H, W) of the same type, its largest number for opaque; None where there is no alpha.
        icc: bytes of the colour profile, b"" for none, which means sRGB.
        exif: metadata as EXIF bytes, b"" for none.
        channel_axis: whether the samples of a gray picture without alpha have an axis of one channel, (H, W, 1).
        scale_lost: whether the file told a scale that was not asked for, and is not in `exif`.
        max_error: largest difference of a sample from the one that was compressed, in levels; None where no bound is
            known.
        xmp: XMP packet, b"" for none.
        depth: bits per sample, 8 to 16.
    """

    colour: np.ndarray
    alpha: np.ndarray | None = None
    icc: bytes = b""
    exif: bytes = b""
    channel_axis: bool = False
    scale_lost: bool = False
    max_error: int | None = None
    xmp: bytes = b""
    depth: int = 8

    @property
    def peak(self) -> int:
        """Largest sample."""
        return peak_of(self.depth)

    @property
    def lossless(self) -> bool:
        """True where these are exactly the samples that were compressed."""
        return self.max_error == 0

    @property
    def gray(self) -> bool:
        """True where there is one colour sample per pixel."""
        return self.colour.ndim == 2

    @property
    def samples(self) -> np.ndarray:
        """Colour and alpha in one array, uint8 or uint16 (H, W), or (H, W, channels) with 1 to 4 channels."""
        if self.alpha is not None:
            return with_alpha(self.colour, self.alpha)
        return self.colour[..., None] if self.channel_axis else self.colour


def picture_of(samples: np.ndarray, icc: bytes = b"", exif: bytes = b"") -> Picture:
    """Return the picture of samples in one array, as `Picture.samples` gives them."""
    if samples.ndim == 2 or samples.shape[2] == 3:
        return Picture(samples, None, icc, exif)
    if samples.shape[2] == 1:
        return Picture(np.ascontiguousarray(samples[..., 0]), None, icc, exif, channel_axis=True)
    colour = samples[..., 0] if samples.shape[2] == 2 else samples[..., :3]
    colour, alpha = np.ascontiguousarray(colour), np.ascontiguousarray(samples[..., -1])
    return Picture(colour, alpha, icc, exif)


def read_picture(
    source: Any,
    *,
    metadata: str = "none",
    profile: str = "keep",
    max_pixels: int = MAX_PIXELS,
    frame: int | None = None,
    bit_depth: int | None = None,
    to_8_bit: bool = False,
) -> Picture:
    """Read any picture that `aewidgets.images.reading.open_image` takes, and those of more than 8 bits.

    These are files of `aewidgets.images.deep`, Pillow's 16-bit gray, arrays of uint16, and floats in [0, 1], which
    become 16 bits, as a `Notice` says, unless they are multiples of 1/255.

    Args:
        source: a path, bytes, an open file, a Pillow image or an array; or a picture, which stays as it is.
        metadata: "none"; "safe" for the scale, and those EXIF entries that do not reveal the place; "all" for EXIF as
            it is, and XMP, but for the orientation, which is applied.
        profile: "keep"; "drop" for none, the samples being as they are; "srgb" for samples converted to sRGB, which a
            `Notice` says.
        max_pixels: largest height times width.
        bit_depth: bits per sample, 9 to 16, where the source has room for more: 12 of a camera's in a file of 16.
        to_8_bit: whether more than 8 bits become 8, rounded.
        frame: number of the frame, as in `open_image`.

    Raises:
        ImageError: as `aewidgets.images.reading.read_image` does, except for transparency; for a profile above 1 MB,
            and for metadata that are to be kept and are unreadable, above 64 kB, or above 1 MB of XMP.
        ValueError: for another choice.
    """
    if isinstance(source, Picture):
        return source
    chosen_metadata(metadata)
    if profile not in PROFILES:
        raise ValueError(f"profile: expected one of {', '.join(PROFILES)}, got {profile!r}")
    source, frame = read_once(source, frame)
    kept = "keep" if to_8_bit else profile
    if deep := deep_of(
        source, bit_depth, to_8_bit, metadata=metadata, profile=kept, max_pixels=max_pixels, frame=frame
    ):
        return _of_deep(*deep, profile, metadata, to_8_bit)
    opened = open_image(source, max_pixels=max_pixels, frame=frame)
    picture = picture_of(opened.samples)
    icc = b""
    if profile == "keep":
        icc = kept_profile(opened.icc, picture.gray, opened.name)
    elif profile == "srgb":
        if opened.icc is None:
            raise ImageError(f"{opened.name}: its colour profile is damaged; {WITHOUT_PROFILE}")
        picture = in_srgb(replace(picture, icc=opened.icc), opened.name)
    _check_profile(icc, opened.name)
    exif, xmp = _kept(opened, metadata)
    _check_metadata(exif, xmp, opened.name, metadata)
    lost = metadata == "none" and has_scale(opened.exif, opened.dpi)
    return replace(
        picture, icc=icc, exif=exif, xmp=xmp, channel_axis=opened.channel_axis and picture.gray, scale_lost=lost
    )


def _check_profile(icc: bytes, name: str) -> None:
    """Raise ImageError for a profile that is too long."""
    if len(icc) > MAX_ICC:
        raise ImageError(
            f"{name}: a colour profile of {len(icc):,} bytes, at most {MAX_ICC:,} are kept; "
            "convert the picture to sRGB, as --to-srgb and profile='srgb' do"
        )


def _check_metadata(exif: bytes, xmp: bytes, name: str, metadata: str) -> None:
    """Raise ImageError for metadata that are too long."""
    for data, most, what in ((exif, MAX_EXIF, "metadata"), (xmp, MAX_XMP, "XMP")):
        if len(data) > most:
            advice = "keep those that are safe, or none" if metadata == "all" else "compress it without them"
            raise ImageError(f"{name}: expected at most {most:,} bytes of {what}, got {len(data):,}; {advice}")


def _of_deep(deep: DeepPicture, name: str, profile: str, metadata: str, to_8_bit: bool) -> Picture:
    """Return the picture of one with more than 8 bits; of 8 bits on request, and with "srgb" then converted."""
    _check_profile(deep.icc, name)
    _check_metadata(deep.exif, deep.xmp, name, metadata)
    picture = replace(
        picture_of(deep.samples, deep.icc, deep.exif), xmp=deep.xmp, scale_lost=deep.scale_lost, depth=deep.depth,
        channel_axis=deep.samples.shape[2:] == (1,),
    )  # fmt: skip
    if not to_8_bit:
        return picture
    picture = eight_bits(picture, name)
    return in_srgb(picture, name) if profile == "srgb" else replace(picture, icc=b"") if profile == "drop" else picture


def eight_bits(picture: Picture, name: str) -> Picture:
    """Return a picture with its samples rounded to 8 bits, where it has more.

    Raises:
        ImageError: for high dynamic range, which 8 bits do not hold.
    """
    if picture.depth == 8:
        return picture
    if codes_in(picture.icc):
        raise ImageError(f"{name}: high dynamic range, which 8 bits do not hold; keep its bits, or map its tones first")
    alpha = None if picture.alpha is None else to_eight_bits(picture.alpha, picture.depth)
    colour = to_eight_bits(picture.colour, picture.depth)
    return replace(picture, colour=colour, alpha=alpha, depth=8, max_error=None)


def in_srgb(picture: Picture, name: str) -> Picture:
    """Return a picture converted to sRGB through its profile, and without one; a `Notice` says so.

    Raises:
        ImageError: as `aewidgets.images.srgb.to_srgb` does; `name` is the picture's in its words.
    """
    if picture.icc[16:20] not in (b"GRAY", b"RGB "):  # none, or one that the samples were converted from
        return replace(picture, icc=b"")
    colour = to_srgb(picture.colour, picture.icc, name)
    tell(f"{name}: converted to sRGB through its colour profile, rounded to 8 bits")
    return replace(picture, colour=colour, icc=b"")


def write_picture(picture: Picture, path: str | os.PathLike) -> None:
    """Write a picture as `aewidgets.images.reading.write_image` does, without what its format does not hold.

    `left_out` says what that is.
    """
    write_bytes(Path(path), picture_bytes(picture, Path(path).suffix.lower(), name=str(path)))


def picture_bytes(picture: Picture, suffix: str, *, name: str) -> memoryview:
    """Return the bytes of the file that `write_picture` writes; arguments as in `image_bytes`."""
    if picture.depth > 8:
        return deep_bytes(_as_deep(picture), suffix, name=name)
    icc = b"" if suffix in BARE else picture.icc
    exif = picture.exif if suffix == ".bmp" or suffix not in BARE else b""
    xmp = b"" if suffix in BARE else picture.xmp
    return image_bytes(picture.samples, suffix, icc, exif, name=name, xmp=xmp)


def left_out(picture: Picture, path: str | os.PathLike) -> str:
    """Return what `write_picture` leaves out at a path whose format does not hold it, in words; "" for nothing."""
    suffix = Path(path).suffix.lower()
    if picture.depth > 8:
        return camera_left_out(_as_deep(picture), path)
    parts = (("colour profile", picture.icc), ("metadata", picture.exif or picture.xmp))
    lost = [word for word, there in parts if there and suffix in BARE]
    if suffix in (".tif", ".tiff") and "a thumbnail" in told_in(picture.exif, b""):
        lost = ["thumbnail"]
    return f"without its {' and '.join(lost)}, which {suffix} does not hold" if lost else ""


def _as_deep(picture: Picture) -> DeepPicture:
    """Return a picture of more than 8 bits as `aewidgets.images.deep` has it."""
    return DeepPicture(picture.samples, picture.icc, picture.exif, xmp=picture.xmp, depth=picture.depth)


def _kept(opened: Opened, metadata: str) -> tuple[bytes, bytes]:
    """Return the metadata of a picture that are kept, as EXIF bytes and XMP; errors as in `read_picture`."""
    if metadata == "none" or opened.exif is None:
        return b"", b""
    if metadata == "safe":
        exif, xmp = kept_entries(opened.exif, opened.name, opened.dpi), b""
    else:
        exif, xmp = kept_whole(opened.exif, opened.exif_bytes, opened.name, opened.dpi), kept_xmp(opened.xmp)
        if b"HasExtendedXMP" in xmp:
            tell(f"{opened.name}: the part of its XMP that a JPEG extends beyond 64 kB is left out")
    return exif, xmp


def fill_hidden(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Replace the colours of pixels with alpha 0, which cannot be seen, by smooth ones that take hardly any bits.

    Push-pull (Gortler et al. 1996, section 3.4): visible pixels are averaged on ever coarser grids, then each hole
    takes the colour of the next coarser grid. A picture that is hidden everywhere becomes mid gray.

    Args:
        colour: uint8 or uint16 (H, W) or (H, W, 3).
        alpha: uint8 or uint16 (H, W).

    Returns:
        the type and shape of `colour`, unchanged where alpha is above 0.
    """
    visible = alpha > 0
    if visible.all():
        return colour
    if not visible.any():
        return np.full_like(colour, np.iinfo(colour.dtype).max // 2 + 1)
    planes = colour[..., None] if colour.ndim == 2 else colour
    filled = [np.rint(_pulled(planes[..., c].astype("float32"), visible)) for c in range(planes.shape[2])]
    out = np.where(visible[..., None], planes, np.stack(filled, axis=-1).astype(colour.dtype))
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
