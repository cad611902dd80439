"""Pillow plug-in: after `import aewidgets.pillow`, `Image.open("x.aew")` and `image.save("x.aew", quality=50)`.

Opening reads header, profile and metadata; the samples are decoded when they are first needed, without Keras.
`Image.thumbnail` and `draft` decode a small picture from the first substream alone. With
`PIL.ImageFile.LOAD_TRUNCATED_IMAGES` a file that was cut short gives the picture as far as it goes. No coding here.

Saving takes what `aewidgets.compress` and `aewidgets.compress_to` take: `quality` (1 to 100; 50 if nothing is given) or
one of `num_bytes`, `bpp`, `psnr_db`, `max_error` and `lossless=True`; `model`, `effort`, `mask`, `progress`, `stop`,
`frame`, `metadata`, `keep_metadata`, `profile`, `bit_depth` and `to_8_bit`. Further, as in Pillow's own formats
`icc_profile`, `exif` (less the place, unless with `metadata="all"`), `xmp` and `dpi`. Settings of other formats'
encoders, such as `optimize`, have no effect, and a warning says so; any other option is refused.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from io import BytesIO
from typing import IO, Any

import numpy as np
from PIL import Image, ImageFile, ImageOps

from aewidgets.codec import zoo
from aewidgets.codec.coding.chunks import MAX_EXIF, MAX_ICC, MAX_XMP, inflate
from aewidgets.codec.coding.container import (
    ALPHA,
    EXIF,
    ICC,
    MAGIC,
    PICTURE,
    XMP,
    BitstreamError,
    Container,
    Header,
    parse,
    read_header,
)
from aewidgets.codec.compression import compress, compress_to, open_aew, pack_exactly, refuse_beside
from aewidgets.codec.files.packing import Packer
from aewidgets.codec.files.picture import Picture, in_srgb, read_picture
from aewidgets.images.arrays import ImageError, to_eight_bits
from aewidgets.images.metadata import chosen_metadata, dpi_of, with_resolution
from aewidgets.images.whole_metadata import kept_xmp
from aewidgets.system.notices import tell

__all__ = ["AewImageFile"]

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_REDUCTIONS = (16, 8, 4)
_GPS, _ORIENTATION = 0x8825, 0x0112
_TARGETS = ("num_bytes", "bpp", "psnr_db")
_GOALS = ("quality", *_TARGETS)
_OF_THE_MODEL = ("model", "effort", "mask", "progress", "stop")
_TRAVELLING = {"metadata", "keep_metadata", "profile", "exif", "icc_profile", "xmp", "dpi"}
_DEEP = {"bit_depth", "to_8_bit"}
_OPTIONS = {*_GOALS, *_OF_THE_MODEL, "lossless", "max_error", "frame", *_TRAVELLING, *_DEEP}
#: Settings of other formats' encoders, which callers give to all formats alike.
_OF_OTHERS = {
    "optimize", "progressive", "progression", "smooth", "subsampling", "qtables", "streamtype", "keep_rgb",
    "restart_marker_blocks", "restart_marker_rows", "comment", "compress_level", "compress_type", "dictionary", "bits",
    "pnginfo", "method", "exact", "alpha_quality", "minimize_size", "allow_mixed", "kmin", "kmax", "speed", "codec",
    "range", "max_threads", "autotiling", "tile_rows", "tile_cols", "alpha_premultiplied", "advanced", "compression",
    "tiffinfo", "big_tiff", "strip_size", "duration", "loop", "disposal", "blend", "interlace", "background",
}  # fmt: skip
_NO_LIMIT = 1 << 40  # Pillow has its own, `Image.MAX_IMAGE_PIXELS`, and applies it to what is opened


class AewImageFile(ImageFile.ImageFile):
    """An .aew file as Pillow's lazy picture; its modes are L, LA, RGB and RGBA, and I;16 for gray of more than 8 bits.

    Pillow has no mode for colour or alpha of more than 8 bits: they are rounded to 8, and a `Notice` says so.
    """

    format = "AEW"
    format_description = "aewidgets learned codec"

    def _open(self) -> None:
        assert self.fp is not None
        self._data = self.fp.read()
        try:
            header = read_header(self._data, _NO_LIMIT)
        except BitstreamError as error:
            raise SyntaxError(str(error)) from error  # as Pillow's own formats do for a header that is none
        self._size = header.width, header.height
        self._mode, self._depth = _colour_mode(header), header.levels.depth
        self._reduction = 1
        self._container: Container | None = None
        self._damage = ""
        try:
            self._container = parse(self._data, _NO_LIMIT)
            self._mode = _mode(self._container)
            self._read_info(self._container)
        except BitstreamError as error:  # raised when the samples are needed, as Pillow's own formats do
            self._damage = str(error)
        # Replaced by the samples in `load`; until then it says that there is something to load.
        self.tile = [ImageFile._Tile("raw", (0, 0, *self.size), 0, self.mode)]

    def _read_info(self, container: Container) -> None:
        """Put colour profile and metadata where Pillow has them."""
        for name, key, limit in ((ICC, "icc_profile", MAX_ICC), (EXIF, "exif", MAX_EXIF), (XMP, "xmp", MAX_XMP)):
            content = container.chunk(name)
            if content is not None:
                self.info[key] = inflate(content, limit, key)
        if dpi := dpi_of(self.info.get("exif", b"")):
            self.info["dpi"] = dpi

    def verify(self) -> None:
        """Verify the checksum over every byte.

        Raises:
            OSError: when the file is damaged or was cut short; the message says how.
        """
        if self._damage:
            raise OSError(self._damage)
        super().verify()

    def draft(self, mode: str | None, size: tuple[int, int] | None) -> tuple[str, tuple[int, int, float, float]] | None:
        """Make `load` decode a small picture, no smaller than `size`; see `PIL.Image.Image.draft`."""
        if not self.tile or self._reduction > 1 or size is None or self._container is None:
            return None
        if self._container.lossless or self._container.chunk(ALPHA) is not None:
            return None
        width, height = self.size
        fits = [r for r in _REDUCTIONS if width >= r * size[0] and height >= r * size[1]]
        if not fits:
            return None
        self._reduction = fits[0]
        self._size = -(-width // fits[0]), -(-height // fits[0])
        return self.mode, (0, 0, width / fits[0], height / fits[0])

    def load(self) -> Any:
        """Decode the samples, the first time.

        Raises:
            OSError: when the file is damaged or was cut short, or of a model that is not here; the message says which.
        """
        if self.tile and self._im is None:
            try:
                samples = self._samples()
            except BitstreamError as error:
                raise OSError(str(error)) from error
            if self.fp and self._exclusive_fp:
                self.fp.close()
            self.fp = BytesIO((samples if self.mode == "I;16" else self._in_8_bits(samples)).tobytes())
            self.tile = [ImageFile._Tile("raw", (0, 0, *self.size), 0, self.mode)]
            self._data = b""
        return super().load()

    def load_seek(self, pos: int) -> None:
        """Keep Pillow, by existing, from mapping the file, which does not hold the samples as they are."""

    def _in_8_bits(self, samples: np.ndarray) -> np.ndarray:
        """Return samples as uint8; a `Notice` says where that loses some of their bits."""
        if samples.dtype == np.uint8:
            return samples
        name = os.fsdecode(self.filename) if self.filename else "the .aew file"
        tell(f"{name}: {self._depth} bits per sample rounded to 8, for which alone Pillow has modes")
        return to_eight_bits(samples, self._depth)

    def _samples(self) -> np.ndarray:
        """Decode the file, as far as it goes and no larger than drafted."""
        if self._container is None:
            if not ImageFile.LOAD_TRUNCATED_IMAGES:
                raise BitstreamError(self._damage)
            fingerprint = read_header(self._data, _NO_LIMIT).fingerprint
            return zoo.for_fingerprint(fingerprint).decompress_arriving(self._data, _NO_LIMIT).picture
        if self._reduction > 1:
            codec = zoo.for_fingerprint(self._container.fingerprint)
            return codec.thumbnail(self._data, self._reduction, _NO_LIMIT)
        return open_aew(self._data, max_pixels=_NO_LIMIT).samples


def _mode(container: Container) -> str:
    """Return Pillow's mode of the picture in a file."""
    if container.lossless:
        channels = (container.chunk(PICTURE) or b"\0")[0]
        if channels not in _MODES:
            raise BitstreamError(f"a lossless picture of {channels} channels: the file is damaged")
        return "I;16" if channels == 1 and container.levels.depth > 8 else _MODES[channels]
    colour, alpha = _colour_mode(container), container.chunk(ALPHA) is not None
    return ("LA" if colour == "I;16" else colour + "A") if alpha else colour


def _colour_mode(head: Header | Container) -> str:
    """Return Pillow's mode of the colours in a file that is coded by a model."""
    if not head.gray or head.gray_axis == 3:
        return "RGB"
    return "I;16" if head.levels.depth > 8 else "L"


def _accept(prefix: bytes) -> bool:
    """Return whether a file that starts so may be of this format."""
    return prefix.startswith(MAGIC)


def _save(image: Image.Image, fp: IO[bytes], filename: str | bytes) -> None:
    """Write a picture with the options that `Image.save` was given.

    Raises:
        TypeError: for an option that is not known.
        ValueError: for options that exclude each other, values out of range, and what an .aew file cannot hold.
        OSError: for a picture that cannot be written.
    """
    options = _checked(image.encoderinfo)
    try:
        fp.write(_encoded(_picture(image, options), options))
    except ImageError as error:
        raise OSError(f"cannot write this picture as AEW: {error}") from error


def _save_all(image: Image.Image, fp: IO[bytes], filename: str | bytes) -> None:
    """Write a picture of one frame; refuse several, which an .aew file does not hold."""
    several = getattr(image, "n_frames", 1) > 1 and image.encoderinfo.get("frame") is None
    if several or image.encoderinfo.get("append_images"):
        raise ValueError(
            "save_all, append_images: an .aew file holds one picture; choose a frame, as frame=0 does and --frame 0 in "
            "a command, or save each by itself"
        )
    image.encoderinfo.pop("append_images", None)
    _save(image, fp, filename)


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that have an effect; warn of those of other formats, and refuse all others."""
    options = {name: value for name, value in given.items() if value is not None}
    for name in [name for name in options if name in _OF_OTHERS]:
        warnings.warn(f"{name} has no effect in an .aew file; leave it out", UserWarning, stacklevel=4)
        del options[name]
    for name in ("append_images", "append", "transparency"):
        if not options.get(name, True):
            del options[name]
        elif name in options:
            raise ValueError(f"{name}: an .aew file does not hold this; leave it out, or choose another format")
    for name in options:
        if name not in _OPTIONS:
            near = get_close_matches(name, _OPTIONS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected some of {', '.join(sorted(_OPTIONS))}"
            raise TypeError(f"unknown option {name!r} for an .aew file; {hint}")
    goals = [name for name in _GOALS if name in options]
    exact = {"lossless": options.get("lossless") or None, "max_error": options.get("max_error")}
    refuse_beside(exact, {name: options.get(name) for name in (*_GOALS, *_OF_THE_MODEL)})
    if len(goals) > 1:
        raise ValueError(f"{' and '.join(goals)} exclude each other; give one")
    return options


def _picture(image: Image.Image, options: dict[str, Any]) -> Picture:
    """Take from the options what belongs to the picture, and return the picture with it."""
    icc, exif, xmp, dpi = (options.pop(name, None) for name in ("icc_profile", "exif", "xmp", "dpi"))
    metadata, profile = options.pop("metadata", None), options.pop("profile", "keep")
    keep, frame, info = options.pop("keep_metadata", False), options.pop("frame", None), image.info
    chosen = chosen_metadata(metadata, keep)
    if xmp and chosen == "safe":
        raise ValueError("xmp and metadata='safe' exclude each other: XMP may tell the place; give one")
    if icc and profile == "drop":
        raise ValueError("icc_profile and profile='drop' exclude each other; give one")
    reading: dict[str, Any] = {"metadata": chosen, "profile": profile, "max_pixels": _NO_LIMIT}
    deep = {name: options.pop(name) for name in _DEEP if name in options}
    if exif is not None:  # of the file, only its XMP; and its samples are read again below
        reading["metadata"] = "all" if chosen == "all" else "none"
        reading["profile"] = "keep" if profile == "srgb" else profile
    if icc is not None:  # not in a copy, which would no longer be the picture of a file
        image.info = {**info, "icc_profile": icc}
    try:
        picture = read_picture(image, frame=frame, **reading, **deep)
    finally:
        image.info = info
    if exif is not None:  # only now: a copy hides further frames, and what else is refused
        exif = exif.tobytes() if isinstance(exif, Image.Exif) else bytes(exif)
        kept = "none" if not exif else "all" if chosen == "all" else "safe"
        copy = _with_exif(image, exif, chosen == "all")
        turned = read_picture(copy, metadata=kept, max_pixels=_NO_LIMIT, profile="drop", **deep)
        picture = replace(turned, icc=picture.icc, xmp=picture.xmp)
        picture = in_srgb(picture, "the Pillow image") if profile == "srgb" else picture
    if xmp is not None:
        picture = replace(picture, xmp=_checked_xmp(xmp))
    return picture if dpi is None else replace(picture, exif=with_resolution(picture.exif, dpi))


def _checked_xmp(xmp: Any) -> bytes:
    """Return an XMP packet that was given, without an orientation, of which a warning tells.

    Raises:
        ValueError: for a packet that is too long, and for what is none.
    """
    if not isinstance(xmp, str | bytes | bytearray):
        raise ValueError(f"xmp: expected bytes or a text, got {type(xmp).__name__}")
    given = xmp.encode() if isinstance(xmp, str) else bytes(xmp)
    if len(given) > MAX_XMP:
        raise ValueError(f"xmp: expected at most {MAX_XMP:,} bytes, got {len(given):,}")
    kept = kept_xmp(given)
    if kept != given:
        warnings.warn("xmp: its orientation is left out; the picture is saved as it looks", UserWarning, stacklevel=5)
    return kept


def _with_exif(image: Image.Image, exif: bytes, place: bool) -> Image.Image:
    """Return a copy of an image that has these metadata and is turned upright, as viewers of other formats show it."""
    entries = Image.Exif()
    entries.load(exif)
    if _GPS in entries and not place:
        warnings.warn("exif: the place is left out; metadata='all' keeps it", UserWarning, stacklevel=5)
    if _ORIENTATION not in entries and isinstance(image, ImageFile.ImageFile):
        image = ImageOps.exif_transpose(image)  # by the metadata of its file
    copy = image.copy()
    for name in ("xmp", "XML:com.adobe.xmp", "Raw profile type exif"):  # further places of an orientation
        copy.info.pop(name, None)
    copy.info["exif"] = exif
    return ImageOps.exif_transpose(copy).copy()


def _encoded(picture: Picture, options: dict[str, Any]) -> bytes:
    """Return the bytes of the file."""
    lossless, max_error = options.pop("lossless", False), options.pop("max_error", None)
    if lossless or max_error is not None:
        return pack_exactly(Packer(picture, None), max_error)
    if any(name in options for name in _TARGETS):
        return compress_to(picture, **options)
    return compress(picture, **options)


Image.register_open(AewImageFile.format, AewImageFile, _accept)
Image.register_save(AewImageFile.format, _save)
Image.register_save_all(AewImageFile.format, _save_all)
Image.register_extension(AewImageFile.format, ".aew")
Image.register_mime(AewImageFile.format, "image/x-aew")
