"""JPEG XL by libjxl, from the wheel of imagecodecs, which is optional: pip install 'aewidgets[jxl]'."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.util import find_spec

import numpy as np

from aewidgets.codec.classical import ClassicalCodec, Quality
from aewidgets.images.reading import ImageError, read_image
from aewidgets.system.reading import bytes_of

__all__ = ["JpegXLCodec"]

_MAGIC = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")  # a bare codestream, and one in a container


@dataclass(frozen=True)
class JpegXLCodec(ClassicalCodec):
    """JPEG XL with the interface of `aewidgets.codec.registry.Codec`.

    The quality is libjxl's, which stands for a distance as the eye sees it (`JxlEncoderDistanceFromQuality`): 90 is a
    distance of 1, which is about where a difference becomes visible. libjxl has no setting for PSNR.

    Attributes:
        name, label, qualities, unit, limits, whole: as in `ClassicalCodec`.
        effort: 1 to 10, fast to slow, of which 7 is libjxl's default.
    """

    effort: int

    def missing(self) -> str:
        """Return what is missing, and what to do; does not import imagecodecs, which takes a second."""
        package = find_spec("imagecodecs")
        if package is None:
            return "JPEG XL needs imagecodecs; install it: pip install 'aewidgets[jxl]'"
        if PathFinder.find_spec("imagecodecs._jpegxl", package.submodule_search_locations) is None:
            return "imagecodecs was built here without JPEG XL; its wheels have it: pip install 'aewidgets[jxl]'"
        return ""

    def compress(self, image: np.ndarray, quality: Quality) -> bytes:
        """Return the bytes of a file, as `Codec.compress` does.

        Raises:
            ValueError: for a quality outside `limits`, and without imagecodecs.
        """
        self.check(quality)
        self.require()
        import imagecodecs

        samples = np.ascontiguousarray(read_image(image))
        # One thread, as for AVIF; a distance, because imagecodecs takes a level of 100 for lossless.
        wanted = distance(float(quality or 0))
        return bytes(imagecodecs.jpegxl_encode(samples, distance=wanted, effort=self.effort, numthreads=1))

    def decompress(self, data: bytes) -> np.ndarray:
        """Return the image in a file, as `Codec.decompress` does.

        Raises:
            ImageError: a ValueError, for bytes that are no such file, or a damaged one.
        """
        self.require()
        import imagecodecs

        data = bytes_of(data)
        if not data.startswith(_MAGIC):
            raise ImageError(f"{self.name}: not a picture: {len(data)} bytes that do not begin as JPEG XL")
        try:
            return np.asarray(imagecodecs.jpegxl_decode(data, numthreads=1))
        except (imagecodecs.JpegxlError, ValueError, RuntimeError) as error:
            raise ImageError(f"{self.name}: the file is damaged, or was cut short: {error}") from error


def distance(quality: float) -> float:
    """Return libjxl's distance for a quality from 0 to 100, as `JxlEncoderDistanceFromQuality` computes it."""
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality**2 - 23 / 20 * quality + 25
