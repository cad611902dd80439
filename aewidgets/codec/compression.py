"""Pictures to the bytes of .aew files and back, in one call each, with the shipped weights. No algorithms of its own.

Everything heavy is imported inside the functions, so that importing this module needs neither weights nor Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aewidgets.codec.coding.container import (
    MAX_PIXELS,
    NO_MODEL,
    BitstreamError,
    Container,
    IncompleteError,
    parse,
    read_header,
)
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.system.reading import bytes_of

if TYPE_CHECKING:
    import numpy as np

    from aewidgets.codec.effort.symbols import EncodeOptions
    from aewidgets.codec.files.packing import Packer
    from aewidgets.codec.files.picture import Picture
    from aewidgets.codec.trained import Arrived, TrainedCodec

__all__ = ["compress", "compress_to", "decompress", "decompress_arriving", "open_aew",
           "pack_exactly", "refuse_beside", "thumbnail"]  # fmt: skip


def compress(
    image: Any,
    quality: float | None = None,
    *,
    lossless: bool = False,
    max_error: int | None = None,
    model: str = "photo",
    keep_metadata: bool = False,
    metadata: str | None = None,
    profile: str = "keep",
    effort: int = 0,
    mask: Any = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
    max_pixels: int = MAX_PIXELS,
    frame: int | None = None,
    bit_depth: int | None = None,
    to_8_bit: bool = False,
) -> bytes:
    """Compress a picture with a learned codec; losslessly where that needs no more bytes.

    Where colours alternate from pixel to pixel, as in mosaics of sensors and small coloured letters, the codec's
    transform cannot show the picture at any quality. It is then kept near-losslessly, if that is worth its bytes at
    the quality's own trade of bits for squared error. The file says so, and may be larger than a photograph's.

    Args:
        image: a path, the bytes of a picture, an open file, a Pillow image, or an array, whole numbers from 0 to 255,
            uint16 from 0 to 65535, or float in [0, 1], which is stored as 16 bits unless 8 keep all of it; gray or RGB,
            with or without alpha, which is kept exactly; see `aewidgets.read_image`, which says what is refused and
            which Pillow images are turned by their EXIF. A file's colour profile is kept, and one is made where the
            file tells its colours otherwise.
        quality: 1 to 100, continuous, 50 if None; about 0.1 to 2 bits per pixel, and at 100 a PSNR of 38 dB or more, on
            photographs.
        lossless: keep every sample exactly, but colours that nobody sees, under alpha 0, which become black. No model
            is needed; `quality`, `effort` and `mask` are not for it.
        max_error: keep every sample within this many levels, and alpha exactly: near-lossless. As `lossless` otherwise,
            and lossless where that needs no more bytes. From 1 to 16 levels of 8 bits, twice as many with each further
            bit, up to 4096 of 16 bits.
        model: a name of `aewidgets models`, or the path of a card.
        metadata: what is kept of a file's metadata: "none"; "safe", the scale and the EXIF entries that cannot reveal
            the place; "all", EXIF as it is, with place and thumbnail, and XMP. The orientation is applied.
        keep_metadata: True stands for "safe".
        profile: "keep" the colour profile; "drop" it, the samples being as they are; or convert the samples to "srgb",
            which rounds them to 8 bits once more, as a `Notice` says.
        effort: 0 (one forward pass, on NumPy) to 9; more looks longer for a file that is smaller at the same fidelity,
            which needs Keras and a backend. The quality's own trade of bits for squared error never becomes worse;
            decoding takes no longer.
        mask: of the picture's size, white where it matters: a path, or an array, uint8 or float in [0, 1], 1 is
            white; see `aewidgets.images.masks`. Errors where it is black count an eighth, so that bits are saved
            there: the file becomes smaller, and never near-lossless. For a better picture where it is white ask for a
            higher quality, or use `compress_to`.
        progress: called with (done, total) while latents are refined, which effort does.
        stop: called from time to time meanwhile; once it returns True the best so far is taken.
        max_pixels: larger pictures are refused before any memory is taken for them.
        frame: number of the frame of an animation or the page of a document, from 0; required where there are several.
        bit_depth: bits per sample, 9 to 16, where the picture's numbers use fewer than 16: 12 of many cameras. They say
            what white is in a PSNR, a `max_error` and in files; the samples stay as they are.
        to_8_bit: round more than 8 bits per sample to 8.

    More than 8 bits per sample are kept, and a quality then counts in the range that the picture's samples use: at 100
    the error is about 1/150 of the way from the darkest to the brightest one. `max_error` leads on from there.

    Returns:
        The bytes of a whole .aew file, which names the weights that decode it.

    Raises:
        ImageError, FileNotFoundError: when the picture cannot be read.
        ValueError: for a quality, an effort or a model that does not exist, for a mask of another size, for effort
            without Keras or a backend, where it says what to install, and for what is given beside `lossless` or
            `max_error`.
        RuntimeError: for effort in a process that was forked (multiprocessing's "fork") from one that has used Keras,
            where TensorFlow and JAX would wait for ever; it says what to do.
    """
    from aewidgets.codec import zoo
    from aewidgets.codec.files.packing import Packer
    from aewidgets.codec.files.picture import read_picture
    from aewidgets.images.metadata import chosen_metadata

    refuse_beside({"lossless": lossless or None, "max_error": max_error},
                  {"quality": quality, "effort": effort or None, "mask": mask})  # fmt: skip
    stored = stored_quality(50 if quality is None else quality)
    kept = chosen_metadata(metadata, keep_metadata)
    picture = read_picture(
        image, metadata=kept, profile=profile, max_pixels=max_pixels, frame=frame, bit_depth=bit_depth,
        to_8_bit=to_8_bit,
    )  # fmt: skip
    if lossless or max_error is not None:
        return pack_exactly(Packer(picture, None), max_error)
    return Packer(picture, zoo.load(model), encode_options(picture, effort, mask, progress, stop)).pack(stored)


def refuse_beside(exact: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Raise ValueError for settings that exclude each other, by name; None stands for one that is not given.

    Args:
        exact: what asks for a bound on every sample: `lossless` and `max_error`.
        given: what makes no difference beside them, because no model is used.
    """
    asked = [name for name, value in exact.items() if value is not None]
    unused = [*asked[1:], *(name for name, value in given.items() if value is not None)]
    if asked and unused:
        why = "nothing is lost" if asked[0] == "lossless" else "it bounds every sample without a model"
        raise ValueError(f"{asked[0]} and {', '.join(unused)} exclude each other: {why}; give one")


def pack_exactly(packer: Packer, max_error: int | None) -> bytes:
    """Return a lossless file, or given a bound one that is near-lossless; errors as in `compress`."""
    from aewidgets.codec.files.near_lossless import checked_max_error

    if max_error is None:
        return packer.lossless()
    return packer.near_lossless(checked_max_error(max_error, packer.picture.depth))


def encode_options(
    picture: Picture,
    effort: int = 0,
    mask: Any = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> EncodeOptions:
    """Return the options that a picture is encoded with; arguments and errors as in `compress`."""
    from aewidgets.codec.effort.symbols import EncodeOptions
    from aewidgets.images.masks import read_mask, weight_of

    weight = None if mask is None else weight_of(read_mask(mask, *picture.colour.shape[:2]))
    return EncodeOptions(effort, weight, progress, stop)


def compress_to(
    image: Any,
    *,
    num_bytes: int | None = None,
    bpp: float | None = None,
    psnr_db: float | None = None,
    model: str = "photo",
    keep_metadata: bool = False,
    metadata: str | None = None,
    profile: str = "keep",
    effort: int = 0,
    mask: Any = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
    max_pixels: int = MAX_PIXELS,
    frame: int | None = None,
    bit_depth: int | None = None,
    to_8_bit: bool = False,
) -> bytes:
    """Compress a picture to a size or to a fidelity; exactly one of the three targets is given.

    Args:
        image: as in `compress`.
        num_bytes: the most bytes that the file may have; it has at least 98 % of them where the range of qualities
            allows it. A file that is lossless, or of quality 100, may be smaller.
        bpp: that limit in bits per pixel.
        psnr_db: of the decoded picture, met to 0.05 dB; over the pixels that are not wholly transparent. A
            lossless file is taken where it needs no more bytes.
        model, keep_metadata, metadata, profile, max_pixels, frame, bit_depth, to_8_bit: as in `compress`. The PSNR of
            more than 8 bits is that of their own range: 65535 is white of 16.
        effort, mask, progress, stop: as in `compress`. With effort the quality is found by forward passes first; one
            or two refined encodings then meet the target as closely. Progress begins anew with each. The PSNR is
            that of the whole picture, whatever the mask.

    Returns:
        The bytes of a whole .aew file.

    Raises:
        ImageError, FileNotFoundError: when the picture cannot be read.
        TargetError: a ValueError, of `aewidgets.codec.files.targets`, when no quality reaches the target; it says what
            can be reached.
    """
    from aewidgets.codec import zoo
    from aewidgets.codec.files.packing import Packer
    from aewidgets.codec.files.picture import read_picture
    from aewidgets.codec.files.targets import Target, search
    from aewidgets.images.metadata import chosen_metadata

    target = Target(num_bytes, bpp, psnr_db)
    kept = chosen_metadata(metadata, keep_metadata)
    picture = read_picture(
        image, metadata=kept, profile=profile, max_pixels=max_pixels, frame=frame, bit_depth=bit_depth,
        to_8_bit=to_8_bit,
    )  # fmt: skip
    options = encode_options(picture, effort, mask, progress, stop)
    return search(Packer(picture, zoo.load(model), options), target).data


def decompress(
    data: Any,
    *,
    groups: int | None = None,
    max_pixels: int = MAX_PIXELS,
    model: str | None = None,
    to_8_bit: bool = False,
) -> np.ndarray:
    """Return the picture in the bytes of an .aew file, of the shape that went into `compress`: uint8, or uint16.

    Args:
        data: the whole file: its bytes, its path, or the file open for reading.
        groups: decode only this number of groups of frequencies, from the lowest; the rest is predicted. A lossless
            picture has no groups and is decoded whole.
        max_pixels: larger pictures are refused before any memory is taken for them.
        model: the path of a card, for weights that are not in the package; by default the file says which it needs.
        to_8_bit: round more than 8 bits per sample, which are uint16 otherwise, to 8.

    Raises:
        ImageError: for high dynamic range as 8 bits.
        BitstreamError: for bytes that are damaged, of another format or version, or made with weights that
            this installation does not have.
        TypeError: for anything but bytes, a path and an open file.
        OSError: from the file system.
    """
    from aewidgets.codec.files.picture import eight_bits

    picture = open_aew(data, groups=groups, max_pixels=max_pixels, model=model)
    return (eight_bits(picture, "the file") if to_8_bit else picture).samples


def open_aew(
    data: Any, *, groups: int | None = None, max_pixels: int = MAX_PIXELS, model: str | None = None
) -> Picture:
    """Return the picture in an .aew file with colour profile and metadata; arguments and errors as in `decompress`."""
    from aewidgets.codec.files.packing import unpack

    return unpack(bytes_of(data), lambda container: _codec(model, container.fingerprint), groups, max_pixels)


def _codec(model: str | None, fingerprint: bytes) -> TrainedCodec:
    """Return the codec of a card, where one is given, else the one that a file names."""
    from aewidgets.codec import zoo

    return zoo.load(model) if model else zoo.for_fingerprint(fingerprint)


def decompress_arriving(data: Any, *, max_pixels: int = MAX_PIXELS, model: str | None = None) -> Arrived:
    """Return the picture in the beginning of an .aew file, as far as it has arrived; at the end, as `decompress` does.

    Args:
        data: what has arrived, from the first byte on; as in `decompress`.
        max_pixels, model: as in `decompress`.

    Returns:
        The picture, the number of groups of frequencies in it, and that of the whole file. Until the whole file has
        arrived its checksum cannot be verified, but each group is by a check of its own; alpha is missing.

    Raises:
        IncompleteError: a BitstreamError, while not even the first group has arrived: wait. So do all beginnings of a
            good file, from no bytes on, that show no picture yet.
        BitstreamError: for bytes that are damaged, of another format ...; more of them will not help.
    """
    from aewidgets.codec.trained import Arrived

    data = bytes_of(data)
    container = _arrived(data, max_pixels)
    if container is None:
        fingerprint = read_header(data, max_pixels).fingerprint
        if fingerprint == NO_MODEL:
            raise IncompleteError("this file has no substreams and decodes when all of it has arrived: wait")
        return _codec(model, fingerprint).decompress_arriving(data, max_pixels)
    groups = max(1, len(container.streams))
    return Arrived(decompress(data, max_pixels=max_pixels, model=model), groups, groups)


def _arrived(data: bytes, max_pixels: int) -> Container | None:
    """Return the parsed file once all of it has arrived, None while it is a beginning.

    Raises:
        BitstreamError: for bytes that begin no .aew file, and for a whole file that is damaged.
    """
    try:
        return parse(data, max_pixels)
    except BitstreamError:
        header = read_header(data, max_pixels)
        if len(data) >= header.end and not header.chunks_follow:
            raise  # all of it is here
        return None


def thumbnail(data: Any, reduction: int = 8, *, max_pixels: int = MAX_PIXELS, model: str | None = None) -> np.ndarray:
    """Return a small image of the picture in an .aew file; of a lossy one the first group of frequencies is enough.

    Args:
        data: the file, or the beginning of a lossy one; as in `decompress`.
        reduction: 4, 8 or 16: each pixel is the mean of a square of this side.
        max_pixels, model: as in `decompress`; the size is that of the whole picture.

    Returns:
        uint8 or uint16 (ceil(H / reduction), ceil(W / reduction)) or (..., 3), without alpha.

    Raises:
        BitstreamError: as in `decompress_arriving`.
        ValueError: for another reduction.
    """
    import numpy as np

    data = bytes_of(data)
    fingerprint = read_header(data, max_pixels).fingerprint
    if fingerprint != NO_MODEL:
        return _codec(model, fingerprint).thumbnail(data, reduction, max_pixels)
    from PIL import Image

    if reduction not in (4, 8, 16):
        raise ValueError(f"reduction: expected 4, 8 or 16, got {reduction}")
    if _arrived(data, max_pixels) is None:
        raise IncompleteError("this file has no substreams and decodes when all of it has arrived: wait")
    picture = open_aew(data, max_pixels=max_pixels)
    if picture.depth == 8:
        return np.asarray(Image.fromarray(picture.colour).reduce(reduction))
    planes = np.moveaxis(np.atleast_3d(picture.colour), 2, 0).astype("float32")
    small = np.stack([np.asarray(Image.fromarray(plane).reduce(reduction)) for plane in planes], axis=-1)
    small = np.rint(small).astype("uint16")
    return small[..., 0] if picture.gray else small
