"""Pictures to the bytes of .aew files and back, in one call, with the shipped weights. Works by other modules alone.

Everything heavy is imported inside the functions, so that importing this needs neither weights nor Keras.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aewidgets.codec.coding.container import MAX_PIXELS, NO_MODEL, BitstreamError, parse, read_header
from aewidgets.codec.coding.quality import stored_quality

if TYPE_CHECKING:
    import numpy as np

    from aewidgets.codec.effort.symbols import EncodeOptions
    from aewidgets.codec.files.picture import Picture
    from aewidgets.codec.trained import Arrived, TrainedCodec

__all__ = ["compress", "compress_to", "decompress", "decompress_arriving", "open_aew", "thumbnail"]


def compress(
    image: Any,
    quality: float = 50,
    *,
    model: str = "photo",
    keep_metadata: bool = False,
    effort: int = 0,
    mask: Any = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> bytes:
    """Compress a picture with a learned codec; losslessly where that needs no more bytes.

    Args:
        image: a path, the bytes of a picture, a Pillow image, or an array, uint8 or float in [0, 1], gray or RGB,
            with or without alpha, which is kept exactly; see `aewidgets.codec.files.picture.read_picture` for what is refused.
            A file's colour profile is kept.
        quality: 1 to 100, continuous; about 0.1 to 2 bits per pixel on photographs.
        model: a name of `aewidgets models`, or the path of a card.
        keep_metadata: keep a file's EXIF entries too, those apart that could tell the place.
        effort: 0 (one forward pass) to 9; more looks longer for a file that is smaller at the same fidelity. The
            quality's own trade of bits for squared error never becomes worse; decoding takes no longer.
        mask: where the picture matters, of its size: a path, or an array, uint8 or float in [0, 1], 1 (white) where
            it does; see `aewidgets.images.masks`. Errors where it is black count an eighth, so that bits are saved there: the
            file becomes smaller. For a better picture where it is white ask for a higher quality, or use `compress_to`.
        progress: called with (done, total) while there is effort.
        stop: asked from time to time while there is effort; once it says True the best so far is taken.

    Returns:
        The bytes of a whole .aew file, which names the weights that decode it.

    Raises:
        ImageError, FileNotFoundError: when the picture cannot be taken.
        ValueError: for a quality, an effort or a model that does not exist, and a mask of another size.
    """
    from aewidgets.codec import zoo
    from aewidgets.codec.files.packing import Packer
    from aewidgets.codec.files.picture import read_picture

    stored = stored_quality(quality)
    picture = read_picture(image, keep_metadata=keep_metadata)
    return Packer(picture, zoo.load(model), choosing_for(picture, effort, mask, progress, stop)).pack(stored)


def choosing_for(
    picture: Picture,
    effort: int = 0,
    mask: Any = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> EncodeOptions:
    """What a picture's encoder is to do; arguments and errors as in `compress`."""
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
    effort: int = 0,
    mask: Any = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> bytes:
    """Compress a picture to a size or to a fidelity; exactly one of the three is given.

    Args:
        image: as in `compress`.
        num_bytes: the file has at most so many, and at least 98 % of them where the range of qualities allows it;
            a file that is lossless, or of quality 100, may be smaller.
        bpp: the same, in bits per pixel.
        psnr_db: of the decoded picture, met to 0.05 dB; over the pixels that are not wholly transparent. A
            lossless file is taken where it needs no more bytes.
        model, keep_metadata: as in `compress`.
        effort, mask, progress, stop: as in `compress`. With effort the quality is found by forward passes first; one
            or two refined encodings then meet the target as closely. Progress begins anew with each. The PSNR is
            that of the whole picture, whatever the mask.

    Raises:
        ImageError, FileNotFoundError: when the picture cannot be taken.
        aewidgets.codec.files.targets.TargetError: a ValueError, when no quality reaches the target; it says what can be reached.
    """
    from aewidgets.codec import zoo
    from aewidgets.codec.files.packing import Packer
    from aewidgets.codec.files.picture import read_picture
    from aewidgets.codec.files.targets import Target, search

    target = Target(num_bytes, bpp, psnr_db)
    picture = read_picture(image, keep_metadata=keep_metadata)
    return search(Packer(picture, zoo.load(model), choosing_for(picture, effort, mask, progress, stop)), target).data


def decompress(
    data: bytes, *, groups: int | None = None, max_pixels: int = MAX_PIXELS, model: str | None = None
) -> np.ndarray:
    """The picture in the bytes of an .aew file: uint8, of the shape that went into `compress`.

    Args:
        data: the whole file.
        groups: decode only the first so many groups of frequencies; the rest is predicted.
        max_pixels: larger pictures are refused before any memory is taken for them.
        model: the path of a card, for weights that are not in the package; by default the file says which it needs.

    Raises:
        BitstreamError: for bytes that are damaged, of another format or version, or made with weights that
            this installation does not have.
    """
    return open_aew(data, groups=groups, max_pixels=max_pixels, model=model).samples


def open_aew(
    data: bytes, *, groups: int | None = None, max_pixels: int = MAX_PIXELS, model: str | None = None
) -> Picture:
    """As `decompress`, with colour profile and metadata."""
    from aewidgets.codec.files.packing import unpack

    return unpack(data, lambda container: _codec(model, container.fingerprint), groups, max_pixels)


def _codec(model: str | None, fingerprint: bytes) -> TrainedCodec:
    """The codec of a card, where one is given, else the one that a file names."""
    from aewidgets.codec import zoo

    return zoo.load(model) if model else zoo.for_fingerprint(fingerprint)


def decompress_arriving(data: bytes, *, max_pixels: int = MAX_PIXELS, model: str | None = None) -> Arrived:
    """The picture in the beginning of an .aew file, as far as it is here; once all is, what `decompress` gives.

    Args:
        data: what has arrived, from the first byte on.
        max_pixels, model: as in `decompress`.

    Returns:
        The picture, how many groups of frequencies are in it, and of how many. Until the whole file is here its
        checksum cannot be verified, each group is by a check of its own, and alpha is missing.

    Raises:
        BitstreamError: when not even the first group is here; for bytes that are damaged, of another format ...
    """
    from aewidgets.codec.trained import Arrived

    try:
        container = parse(data, max_pixels)
    except BitstreamError:
        fingerprint = read_header(data, max_pixels).fingerprint
        if fingerprint == NO_MODEL:
            raise BitstreamError("this file is lossless and decodes when all of it is here: wait") from None
        return _codec(model, fingerprint).decompress_arriving(data, max_pixels)
    groups = max(1, len(container.streams))
    return Arrived(decompress(data, max_pixels=max_pixels, model=model), groups, groups)


def thumbnail(data: bytes, reduction: int = 8, *, max_pixels: int = MAX_PIXELS, model: str | None = None) -> np.ndarray:
    """A small picture out of an .aew file: of a lossy one the first group of frequencies is enough, and cheap.

    Args:
        data: the file, or the beginning of a lossy one.
        reduction: 4, 8 or 16: each pixel is the mean of so many by so many.
        max_pixels, model: as in `decompress`; the size is that of the whole picture.

    Returns:
        uint8 (ceil(H / reduction), ceil(W / reduction)) or (..., 3), without alpha.

    Raises:
        BitstreamError: as `decompress_arriving`.
    """
    import numpy as np

    fingerprint = read_header(data, max_pixels).fingerprint
    if fingerprint != NO_MODEL:
        return _codec(model, fingerprint).thumbnail(data, reduction, max_pixels)
    from PIL import Image

    if reduction not in (4, 8, 16):
        raise ValueError(f"reduction: expected 4, 8 or 16, got {reduction}")
    colour = open_aew(data, max_pixels=max_pixels).colour
    return np.asarray(Image.fromarray(colour).reduce(reduction))
