"""One interface to every codec, learned or from Pillow: encode an image to file bytes, decode it again. No metrics.

Classical codecs come from the wheels of Pillow and, for JPEG XL, imagecodecs, so that the same bytes are made
everywhere. Every file holds one image and nothing else (no metadata, no colour profile), and all of its bytes count.
Learned codecs are loaded on first use; they need Keras for effort alone.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import PurePath
from typing import Any, NamedTuple, Protocol

import numpy as np
from PIL import Image

from aewidgets.codec.classical import ClassicalCodec, Quality
from aewidgets.codec.compression import compress, compress_to, decompress, open_aew
from aewidgets.codec.effort.symbols import EncodeOptions
from aewidgets.codec.jpeg_xl import JpegXLCodec
from aewidgets.codec.own import OwnCodec, load_own, own_codec
from aewidgets.images.encoders import can_write, why_not
from aewidgets.images.reading import image_from_bytes, read_image
from aewidgets.system.brief import shown_briefly
from aewidgets.system.reading import bytes_of

__all__ = [
    "ClassicalCodec",
    "Codec",
    "CodecsHere",
    "JpegXLCodec",
    "LearnedCodec",
    "OwnCodec",
    "PillowCodec",
    "available_codecs",
    "codec_names",
    "compress",
    "compress_to",
    "decompress",
    "get_codec",
    "open_aew",
]


class Codec(Protocol):
    """The interface to a codec: encode an image to the bytes of a whole file, decode it again.

    Attributes:
        name: as `get_codec` and the command line take it.
        label: for legends and tables.
        qualities: the ladder that curves are measured at, in the codec's own unit, as its documentation states it;
            (None,) for a codec without a quality.
    """

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def qualities(self) -> tuple[Quality, ...]: ...

    def compress(self, image: np.ndarray, quality: Quality) -> bytes:
        """Return the bytes of a whole file that holds an image.

        Args:
            image: uint8, (H, W) or (H, W, 3).
            quality: in the codec's own unit; None for a codec without a quality.

        Raises:
            ValueError: for a quality that the codec does not have.
        """

    def decompress(self, data: bytes) -> np.ndarray:
        """Return the image in a file, uint8; (H, W, 3) also for gray where the format knows colour only.

        Args:
            data: bytes of a whole file, as `compress` returns them.

        Raises:
            ValueError: for bytes that are no such file, or a damaged one.
        """


@dataclass(frozen=True)
class PillowCodec(ClassicalCodec):
    """A classical codec of Pillow, with the interface of `Codec`.

    Attributes:
        name, label, qualities, unit, limits, whole: as in `ClassicalCodec`.
        format: Pillow's name of the file format.
        options: returns the arguments of Pillow's `save` for (quality, whether the image is gray).
    """

    format: str
    options: Callable[[Any, bool], dict[str, Any]]

    def missing(self) -> str:
        """Return what Pillow was built without, and what to do, as `ClassicalCodec.missing` does."""
        return "" if can_write(self.format) else why_not(self.format)

    def compress(self, image: np.ndarray, quality: Quality) -> bytes:
        """Return the bytes of a file, as `Codec.compress` does.

        Raises:
            ValueError: for a quality outside `limits`, for any at all if the codec has none, and where Pillow was built
                without the format.
        """
        self.check(quality)
        self.require()
        buffer = io.BytesIO()
        picture = Image.fromarray(read_image(image))
        picture.save(buffer, self.format, **self.options(quality, picture.mode == "L"))
        return buffer.getvalue()

    def __reduce_ex__(self, protocol):
        """Pickle a known codec by its name: the functions among its options cannot be pickled."""
        return (get_codec, (self.name,)) if _CODECS.get(self.name) is self else super().__reduce_ex__(protocol)

    def decompress(self, data: bytes) -> np.ndarray:
        """Return the image in a file, as `Codec.decompress` does.

        Raises:
            ImageError: a ValueError, for bytes that are no such file, or a damaged one.
        """
        self.require()
        return image_from_bytes(bytes_of(data), self.name, formats=(self.format,))


@dataclass(frozen=True)
class LearnedCodec:
    """A pretrained codec with the interface of `Codec`, loaded when it is first used.

    Its qualities run from 1 to 100, continuously.

    Attributes:
        name, label, qualities: as in `Codec`.
        model: its name in the zoo, or the path of its card.
        effort: 0 ... 9, see `aewidgets.compress`.
    """

    name: str
    label: str
    qualities: tuple[Quality, ...]
    model: str
    effort: int = 0

    def compress(self, image: np.ndarray, quality: Quality) -> bytes:
        """Return the bytes of an .aew file, as `Codec.compress` does."""
        return self._loaded().compress(read_image(image), quality, EncodeOptions(self.effort))

    def decompress(self, data: bytes) -> np.ndarray:
        """Return the image in an .aew file, as `Codec.decompress` does.

        Raises:
            BitstreamError: a ValueError, also for files of other weights, which `decompress` of this module decodes.
        """
        return self._loaded().decompress(bytes_of(data))

    def ideal_bits(self, data: bytes) -> float:
        """Return the information content, in bits, of the symbols in a file: its size without the header."""
        return float(self._loaded().bit_map(data).bits.sum())

    def at_effort(self, effort: int) -> LearnedCodec:
        """Return this codec with another effort, named after it where it is above 0: learned-effort-5.

        Raises:
            ValueError: for an effort other than 0 ... 9.
        """
        EncodeOptions(effort)  # refuses it now, not at the first picture
        if effort == self.effort:
            return self
        return replace(self, name=f"{self.name}-effort-{effort}", label=f"{self.label}, effort {effort}", effort=effort)

    def _loaded(self) -> Any:
        """Return the trained codec; the zoo keeps the last few."""
        from aewidgets.codec import zoo

        return zoo.load(self.model)


def _avif(name: str, setting: str, speed: int, **advanced: str) -> PillowCodec:
    """Return AVIF at one speed, with options of libaom; `setting` says so in its label."""

    # More threads make other files, and how many there are depends on the machine.
    def options(quality: float, gray: bool) -> dict[str, Any]:
        subsampling = "4:0:0" if gray else "4:4:4"
        return {
            "quality": int(quality),
            "speed": speed,
            "subsampling": subsampling,
            "max_threads": 1,
            "advanced": advanced,
        }

    ladder = tuple(range(10, 100, 10))
    return PillowCodec(
        name, f"AVIF ({setting})", ladder, "libavif's quality", _QUALITY_0_TO_100, "AVIF", options, whole=True
    )


def _jxl(name: str, effort: int) -> JpegXLCodec:
    """Return JPEG XL at one effort."""
    ladder = (5, 20, 35, 50, 65, 75, 85, 90, 95)
    return JpegXLCodec(name, f"JPEG XL (effort {effort})", ladder, "libjxl's quality", _QUALITY_0_TO_100, effort)


_QUALITY_1_TO_100, _QUALITY_0_TO_100 = (1, 100), (0, 100)
_CLASSICAL: tuple[PillowCodec | JpegXLCodec, ...] = (
    PillowCodec(
        "jpeg",
        "JPEG (optimised, progressive)",
        tuple(range(5, 100, 5)),
        "libjpeg's quality",
        _QUALITY_1_TO_100,
        "JPEG",
        lambda quality, gray: {"quality": int(quality), "optimize": True, "progressive": True},
        whole=True,
    ),
    PillowCodec(
        "jpeg2000",
        "JPEG 2000",
        (150, 100, 80, 60, 40, 30, 20, 15, 10, 5),
        "a compression ratio, to 8 bits a sample,",
        (1, 1000),
        "JPEG2000",
        # The 9/7 wavelet and the colour transform: Pillow's defaults (5/3, none) cost 2 dB on Kodak.
        lambda quality, gray: {
            "quality_mode": "rates",
            "quality_layers": [quality],
            "irreversible": True,
            "mct": 0 if gray else 1,
        },
    ),
    PillowCodec(
        "webp",
        "WebP (method 6)",
        tuple(range(5, 100, 10)),
        "libwebp's quality",
        _QUALITY_0_TO_100,
        "WEBP",
        lambda quality, gray: {"quality": quality, "method": 6},
    ),
    _avif("avif", "speed 6, 4:4:4", 6),
    _jxl("jxl", 7),
    PillowCodec(
        "png",
        "PNG (optimised, lossless)",
        (None,),
        "none",
        (0, 0),
        "PNG",
        lambda quality, gray: {"optimize": True},
    ),
)
#: Other settings, most of them slow, seconds a picture: measured where they are named, in no menu.
_SLOW: tuple[PillowCodec | JpegXLCodec, ...] = (
    _avif("avif-speed-0", "speed 0, 4:4:4", 0),
    # From 1.4 on libavif tunes for the eye unless it is asked for something else, and PSNR is what curves show.
    _avif("avif-psnr", "speed 0, 4:4:4, tuned for PSNR", 0, tune="psnr"),
    _avif("avif-psnr-speed-6", "speed 6, 4:4:4, tuned for PSNR", 6, tune="psnr"),
    _jxl("jxl-effort-9", 9),
)
_LADDER = (1, 12, 23, 34, 45, 56, 67, 78, 89, 100)
_LEARNED = (
    LearnedCodec("learned", "learned (hyperprior)", _LADDER, "photo"),
    LearnedCodec("learned-factorised", "learned (factorised prior)", _LADDER, "photo-factorised"),
)
_CODECS: dict[str, LearnedCodec | PillowCodec | JpegXLCodec] = {
    codec.name: codec for codec in (*_LEARNED, *_CLASSICAL, *_SLOW)
}


#: A codec with the interface of `Codec`, as `get_codec` returns it.
AnyCodec = LearnedCodec | PillowCodec | JpegXLCodec | OwnCodec
#: What a studio shows beside codecs has this name.
_NO_CODEC = "original"


@shown_briefly
class CodecsHere(NamedTuple):
    """Codecs that can be used here, and those that cannot.

    Attributes:
        codecs: codecs that work, in the order in which they were asked for.
        left_out: name -> why the codec does not work here, and what to do, in words.
    """

    codecs: tuple[AnyCodec, ...]
    left_out: dict[str, str]


def codec_names(learned: bool = True, slow: bool = False) -> tuple[str, ...]:
    """Return the names that `get_codec` takes here.

    Left out are JPEG XL without imagecodecs, and formats that Pillow was built without; `available_codecs` says why.

    Args:
        learned: with the learned codecs, which take longer.
        slow: with the slowest settings of AVIF and JPEG XL, at seconds a picture.
    """
    codecs = (*(_LEARNED if learned else ()), *_CLASSICAL, *(_SLOW if slow else ()))
    return tuple(c.name for c in codecs if isinstance(c, LearnedCodec) or not c.missing())


def available_codecs(wanted: Iterable[Any] | None = None) -> CodecsHere:
    """Return those of some codecs that can be used here, and words for those of ours that cannot.

    Args:
        wanted: what `get_codec` takes; all but the slow ones if None. What comes twice counts once.

    Raises:
        ValueError: as `get_codec`, but not for a codec that Pillow or imagecodecs was built without, unless no other is
            left; and for two codecs of one name.
    """
    known = {c.name: c for c in (*_LEARNED, *_CLASSICAL)}
    codecs: dict[str, AnyCodec] = {}
    left_out: dict[str, str] = {}
    for one in known if wanted is None else wanted:
        ours = _CODECS.get(one) if isinstance(one, str) else None
        if isinstance(ours, ClassicalCodec) and (lack := ours.missing()):
            left_out[ours.name] = lack
            continue
        codec = get_codec(one)
        if codecs.setdefault(codec.name, codec) != codec:
            raise ValueError(f"two codecs are called {codec.name!r}; give one of them another name")
    if not codecs:
        reasons = "; ".join(f"{name}: {lack}" for name, lack in left_out.items())
        raise ValueError(f"expected at least one codec that can be used here, got none ({reasons or 'none was named'})")
    return CodecsHere(tuple(codecs.values()), left_out)


def get_codec(name: Any, *, effort: int = 0) -> AnyCodec:
    """Return a codec by its name, a learned one by the path of its card, or one of your own.

    A codec of your own is any object with these five; it needs no base class. Every place that takes the name of a
    codec takes such an object too: this function, `aewidgets.rate_distortion`, `aewidgets.widgets.CompressionStudio`,
    and as MODULE:OBJECT the command `aewidgets rd --codec` and the parameter `codecs` of notebook 04::

        class Halves:
            name = "halves"         # another than ours
            qualities = (1, 8)      # of the smallest file and of the largest; None for no choice of quality
            unit = "bits a sample"  # what the quality means

            def encode(self, image, quality): ...  # returns bytes

            def decode(self, data): ...            # returns the image

    `encode` gets a copy of the image, uint8 (H, W) or (H, W, 3), and a quality: an int where both qualities are, else a
    float, and None where they are None. It returns bytes, a bytearray or a memoryview, of which all are counted.
    `decode` gets these bytes alone and returns an image of the same height and width: uint8, or float in [0, 1], as an
    array, as what becomes one, or as a Pillow image. Three more are used where the object has them: `label`, for menus
    and legends, `suffix` of its files (".bin"), and `gray = False`, with which gray images come as three equal
    channels. Its own errors are shown by type and message, and are the causes of ours.

    Args:
        name: one of `codec_names`, slow ones too; the path of a card (.json, as training writes it); "module:object" or
            "folder/file.py:object", which is imported, from the current folder too, and called where it is a class; or
            an object as above.
        effort: 0 ... 9 of a learned codec, see `aewidgets.compress`; above 0 it is part of its name: learned-effort-5.

    Raises:
        ValueError: for any other name, an effort that the codec does not have, a codec that Pillow or imagecodecs was
            built without, and an object that lacks a part, has one of a wrong form, or has the name of a codec of ours.
    """
    if effort:
        codec = get_codec(name)
        if not isinstance(codec, LearnedCodec):
            raise ValueError(f"{codec.name}: only learned codecs have an effort, got {effort}")
        return codec.at_effort(effort)
    if isinstance(name, AnyCodec):
        return name
    if not isinstance(name, str):
        return _of_own(own_codec(name))
    if name.endswith(".json"):
        stem = PurePath(name).stem
        return LearnedCodec(stem, f"learned ({stem})", _LADDER, name)
    if ":" in name:
        loaded = load_own(name)
        return loaded if isinstance(loaded, LearnedCodec | PillowCodec | JpegXLCodec) else _of_own(loaded)
    if name not in _CODECS:
        near = get_close_matches(name, _CODECS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"names are {', '.join(_CODECS)}"
        raise ValueError(f"no codec is called {name!r}; {hint}")
    found = _CODECS[name]
    if isinstance(found, ClassicalCodec):
        found.require()
    return found


def _of_own(codec: Any) -> OwnCodec:
    """Return a codec of one's own that has a name of its own."""
    codec = codec if isinstance(codec, OwnCodec) else own_codec(codec)
    if codec.name in _CODECS or codec.name == _NO_CODEC:
        raise ValueError(f"{codec.name!r} is a name of ours; give your codec another one, such as 'my-{codec.name}'")
    return codec
