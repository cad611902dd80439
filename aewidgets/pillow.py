"""Pillow plug-in: after `import aewidgets.pillow`, `Image.open("x.aew")` and `image.save("x.aew", quality=50)`.

Opening reads header, profile and metadata; the samples are decoded when they are first needed, without Keras.
`Image.thumbnail` and `draft` decode a small picture from the first substream alone. With
`PIL.ImageFile.LOAD_TRUNCATED_IMAGES` a file that was cut short gives the picture as far as it goes. Saving takes
`quality` (1 to 100), `model`, `icc_profile` and `keep_metadata`. No coding here.
"""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

import numpy as np
from PIL import Image, ImageFile

from aewidgets.codec import zoo
from aewidgets.codec.coding.chunks import MAX_EXIF, MAX_ICC, inflate
from aewidgets.codec.coding.container import (
    ALPHA,
    EXIF,
    ICC,
    MAGIC,
    PICTURE,
    BitstreamError,
    Container,
    parse,
    read_header,
)
from aewidgets.codec.compression import compress, open_aew
from aewidgets.images.arrays import ImageError

__all__ = ["AewImageFile"]

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_REDUCTIONS = (16, 8, 4)
_NO_LIMIT = 1 << 40  # Pillow has its own, `Image.MAX_IMAGE_PIXELS`, and applies it to what is opened


class AewImageFile(ImageFile.ImageFile):
    """An .aew file as Pillow's lazy picture; its modes are L, LA, RGB and RGBA."""

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
        self._mode = "L" if header.gray and header.gray_axis != 3 else "RGB"
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
        for name, key, limit in ((ICC, "icc_profile", MAX_ICC), (EXIF, "exif", MAX_EXIF)):
            content = container.chunk(name)
            if content is not None:
                self.info[key] = inflate(content, limit, key)

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
            self.fp = BytesIO(samples.tobytes())
            self.tile = [ImageFile._Tile("raw", (0, 0, *self.size), 0, self.mode)]
            self._data = b""
        return super().load()

    def load_seek(self, pos: int) -> None:
        """Keep Pillow, by existing, from mapping the file, which does not hold the samples as they are."""

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
        return _MODES[channels]
    colour = "L" if container.gray and container.gray_axis != 3 else "RGB"
    return colour + ("A" if container.chunk(ALPHA) is not None else "")


def _accept(prefix: bytes) -> bool:
    """Return whether a file that starts so may be of this format."""
    return prefix.startswith(MAGIC)


def _save(image: Image.Image, fp: IO[bytes], filename: str | bytes) -> None:
    """Write a picture with the options that `Image.save` was given."""
    options = image.encoderinfo
    info = image.info
    if "icc_profile" in options:  # not in a copy, which is no longer the picture of a file, turned by its EXIF
        image.info = {**info, "icc_profile": options["icc_profile"] or b""}
    try:
        data = compress(
            image,
            options.get("quality", 50),
            model=options.get("model", "photo"),
            keep_metadata=options.get("keep_metadata", False),
        )
    except ImageError as error:
        raise OSError(f"cannot write this picture as AEW: {error}") from error
    finally:
        image.info = info
    fp.write(data)


Image.register_open(AewImageFile.format, AewImageFile, _accept)
Image.register_save(AewImageFile.format, _save)
Image.register_extension(AewImageFile.format, ".aew")
Image.register_mime(AewImageFile.format, "image/x-aew")
