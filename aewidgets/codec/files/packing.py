"""Pictures to whole .aew files and back, with alpha, colour profile and metadata, given a codec. No search, no disk.

A picture whose lossless coding is no larger than its lossy one is kept losslessly: single pixels, flat colours, most
drawings. One that the model's transform cannot show, because colours alternate from pixel to pixel, is kept
near-losslessly where that is worth its bytes at the quality asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from aewidgets.codec.coding.chunks import MAX_EXIF, MAX_ICC, MAX_XMP, deflate, inflate
from aewidgets.codec.coding.constants import QUALITY_MAX
from aewidgets.codec.coding.container import (
    ALPHA,
    EXIF,
    ICC,
    MAX_PIXELS,
    NO_MODEL,
    PICTURE,
    XMP,
    BitstreamError,
    Container,
    check_padding,
    parse,
)
from aewidgets.codec.coding.lagrangian import lmbda_of
from aewidgets.codec.coding.levels import Levels
from aewidgets.codec.effort.symbols import EncodeOptions
from aewidgets.codec.files.lossless import decode_lossless, encode_lossless, may_be_smaller
from aewidgets.codec.files.near_lossless import bound_at, within
from aewidgets.codec.files.picture import Picture, fill_hidden, picture_of
from aewidgets.images.arrays import gray_axis, without_axis

__all__ = ["Packer", "unpack"]

Chunks = tuple[tuple[bytes, bytes], ...]


class Packer:
    """Packer of one picture into files of any quality; work that does not depend on the quality is done once.

    Args:
        picture: the picture to pack.
        codec: an `aewidgets.codec.trained.TrainedCodec`; None where only lossless and near-lossless files are packed.
        options: encoder options; they are given to the codec where they ask for more than one forward pass.
    """

    def __init__(self, picture: Picture, codec: Any, options: EncodeOptions | None = None):
        self.picture, self.codec = picture, codec
        self.options = options or EncodeOptions()
        alpha = picture.alpha
        colour = picture.colour if alpha is None else fill_hidden(picture.colour, alpha)
        axis = gray_axis(colour)
        self.gray_axis = 1 if picture.channel_axis else axis or 0
        self.colour = without_axis(colour, axis)
        self.levels = Levels.of(self.colour, picture.depth)
        given = ((ICC, picture.icc), (EXIF, picture.exif), (XMP, picture.xmp))
        self.notes: Chunks = tuple((name, deflate(content)) for name, content in given if content)
        self.chunks = self.notes
        if alpha is not None:
            self.chunks = ((ALPHA, b"" if (alpha == picture.peak).all() else encode_lossless(alpha)), *self.notes)
        self._lossless: bytes | None = None

    @cached_property
    def _exact(self) -> np.ndarray:
        """Samples that a lossless file holds: those of the picture, with black under alpha 0."""
        picture = self.picture
        if picture.alpha is None:
            return picture.colour
        return np.where((picture.alpha > 0)[..., None], picture.samples, picture.colour.dtype.type(0))

    def lossy(self, quality: int, effort: int | None = None) -> tuple[bytes, Any]:
        """Return the bytes of a file coded by the model, and the result of the codec's `encode`.

        Args:
            quality: stored quality, 0 ... 65535.
            effort: effort of the encoder in place of that in the options; None leaves it.

        Raises:
            BitstreamError: for a picture so thin that decoding it would take far more memory than its size suggests.
        """
        options = self.options if effort is None else replace(self.options, effort=effort)
        height, width = self.colour.shape[:2]
        check_padding(height, width, max(MAX_PIXELS, height * width))
        further = {} if options.plain else {"options": options}
        encoded = self.codec.encode(self.colour, quality, levels=self.levels, **further)
        container = self.codec.container(self.colour, encoded, quality, self.levels)
        return replace(container, chunks=self.chunks, gray_axis=self.gray_axis).pack(), encoded

    def lossless(self) -> bytes:
        """Return the bytes of a lossless file: every sample is kept, but colours under alpha 0 become black."""
        if self._lossless is None:
            self._lossless = self._kept(self._exact, 0)
        return self._lossless

    def near_lossless(self, max_error: int) -> bytes:
        """Return the bytes of a file whose samples lie within `max_error` levels of those of the picture.

        The largest bound is that of `checked_max_error`. Alpha is exact, and colours under alpha 0 become black.
        Where a lossless file is no larger, it is that.
        """
        near = self._kept(within(self._exact, max_error, self.picture.depth), max_error)
        return self.lossless_within(len(near)) or near

    def _kept(self, samples: np.ndarray, max_error: int) -> bytes:
        """Return the bytes of a file that holds these samples exactly, and says how far from the picture's they are."""
        channels = 1 if samples.ndim == 2 else samples.shape[2]
        chunks = ((PICTURE, bytes([channels]) + encode_lossless(samples)), *self.notes)
        height, width = samples.shape[:2]
        axis, gray, depth = int(self.picture.channel_axis), self.picture.gray, self.picture.depth
        levels = Levels(depth, 0, self.picture.peak)
        return Container(NO_MODEL, height, width, max_error, gray, (), (), chunks, axis, levels).pack()

    def lossless_within(self, size: int) -> bytes | None:
        """Return a lossless file of at most `size` bytes, None where there is none or clearly no chance of one."""
        if self._lossless is None and not may_be_smaller(self._exact, size):
            return None
        return self.lossless() if len(self.lossless()) <= size else None

    def pack(self, quality: int) -> bytes:
        """Return a whole .aew file at a stored quality, 0 ... 65535.

        It is lossless where that takes no more bytes. It is near-lossless where the transform has no place for so much
        of the picture that bits + lambda * squared error, by which the model was trained, is lower that way. With
        weights on pixels, which only the model knows, it is not.
        """
        lossy, encoded = self.lossy(quality)
        if exact := self.lossless_within(len(lossy)):
            return exact
        pixels = self.colour.shape[0] * self.colour.shape[1]
        worth = lmbda_of(quality / QUALITY_MAX) * pixels / 8  # bytes for which one unit of squared error is saved
        if self.options.weight is not None:
            return lossy
        if worth * self.codec.unseen_error(self.levels.to_units(self.colour)) <= len(lossy):
            return lossy
        worth *= (255 / self.levels.span) ** 2  # from units of the transform to levels
        bound = bound_at(quality, self.levels)
        near = self.near_lossless(bound)
        error = self.squared_error(within(self.colour, bound, self.picture.depth))
        lost = self.squared_error(self.decoded(encoded, quality))
        return near if len(near) + worth * error < len(lossy) + worth * lost else lossy

    def decoded(self, encoded: Any, quality: int) -> np.ndarray:
        """Return the colours that a decoder will show of what `lossy` encoded, in levels, shaped as `colour`."""
        height, width = self.colour.shape[:2]
        shown = self.codec.picture(encoded.y_hat, encoded.symbols, quality, self.levels)[:height, :width]
        return np.rint(shown.mean(axis=-1)) if self.colour.ndim == 2 else shown

    def squared_error(self, shown: np.ndarray) -> float:
        """Return the mean squared error of colours, in levels, over pixels that are not wholly transparent."""
        error, alpha = (shown.astype("float32") - self.colour) ** 2, self.picture.alpha
        if alpha is not None and alpha.any():
            error = error[alpha > 0]
        return float(np.mean(error, dtype="float64"))


def unpack(
    data: bytes, codec_for: Callable[[Container], Any], groups: int | None = None, max_pixels: int = MAX_PIXELS
) -> Picture:
    """Return the picture in a whole .aew file.

    Args:
        data: the bytes of the file.
        codec_for: function that returns the codec of a file; called only where a codec is needed.
        groups: number of substreams to decode, from the first; None for all. Alpha is always whole.
        max_pixels: larger pictures are refused before memory is allocated for them.

    Raises:
        BitstreamError: for bytes that `Packer` did not write with that codec.
        ValueError: for a number of groups that the file does not have.
    """
    if groups is not None and not (isinstance(groups, int | np.integer) and groups >= 1):
        raise ValueError(f"groups: expected a whole number from 1 on, got {groups!r}")
    container = parse(data, max_pixels)
    if groups is not None and not container.lossless and not 1 <= groups <= len(container.streams):
        raise ValueError(f"groups: expected 1 to {len(container.streams)}, as many as this file has, got {groups}")
    icc = inflate(container.chunk(ICC) or _NOTHING, MAX_ICC, "colour profile")
    exif = inflate(container.chunk(EXIF) or _NOTHING, MAX_EXIF, "metadata")
    xmp = inflate(container.chunk(XMP) or _NOTHING, MAX_XMP, "XMP")
    size = container.height, container.width
    coded_alpha = container.chunk(ALPHA)
    if container.lossless:
        if coded_alpha is not None:
            raise BitstreamError("a lossless picture holds its own alpha, and this file has it twice: it is damaged")
        picture = replace(picture_of(_lossless_samples(container), icc, exif), depth=container.levels.depth)
        return replace(picture, channel_axis=container.gray_axis == 1, max_error=container.max_error, xmp=xmp)
    alpha = None
    if coded_alpha is not None:  # before the colours, because damage is then found with less work
        depth, opaque = container.levels.depth, np.full(size, container.levels.peak, container.levels.dtype)
        alpha = decode_lossless(coded_alpha, size, depth) if coded_alpha else opaque
    colour = codec_for(container).decode(container, groups)
    one = container.gray_axis == 1
    colour, depth = colour[..., 0] if one else colour, container.levels.depth
    return Picture(colour, alpha, icc, exif, channel_axis=one, xmp=xmp, depth=depth)


_NOTHING = deflate(b"")


def _lossless_samples(container: Container) -> np.ndarray:
    """Return the samples in a file's `Pict` chunk, uint8 or uint16 (H, W) or (H, W, channels)."""
    content = container.chunk(PICTURE) or b""
    channels = content[0] if content else 0
    if channels not in ((1, 2) if container.gray else (3, 4)):
        raise BitstreamError(f"a lossless picture of {channels} channels does not fit the header: the file is damaged")
    shape = container.height, container.width, channels
    return decode_lossless(content[1:], shape[:2] if channels == 1 else shape, container.levels.depth)
