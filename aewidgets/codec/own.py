"""Codecs of one's own: any object that encodes and decodes, with every answer checked. Knows no codec of ours.

`aewidgets.get_codec` documents what such an object has; it needs no base class and nothing of this package.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.codec.classical import ClassicalCodec, Quality
from aewidgets.images.arrays import ImageError, samples_of, to_rgb, to_uint8
from aewidgets.images.reading import read_image
from aewidgets.system.brief import shown_briefly
from aewidgets.system.objects import load_object, raised, whole_text
from aewidgets.system.reading import bytes_of

__all__ = ["OwnCodec", "load_own", "own_codec"]

_POINTS, _STEPS = 9, 400  # of the ladder of a curve; of a search in a continuous range
_NEEDED = ("name", "qualities", "encode", "decode")
_PROTOCOL = "a codec of one's own has name, qualities, unit, encode(image, quality) and decode(data)"
_LONGEST_NAME = 60
_SUFFIX = re.compile(r"\.[A-Za-z0-9.]{1,12}\Z")


@shown_briefly
@dataclass(frozen=True, eq=False)
class OwnCodec(ClassicalCodec):
    """An object that encodes and decodes, with the interface of `aewidgets.codec.registry.Codec`.

    Attributes:
        name, label, qualities, unit, limits, whole: as in `ClassicalCodec`; the ladder runs from the smallest file to
            the largest, which for a ratio or a step is from high numbers to low ones.
        theirs: the object.
        suffix: suffix of the names of its files, such as ".bin".
        gray: whether it takes gray images; else they are handed to it as three equal channels.
        given: text that `load_own` loaded it by; "" for an object that was given itself.
    """

    theirs: Any = field(repr=False)
    suffix: str
    gray: bool
    given: str = ""

    def compress(self, image: np.ndarray, quality: Quality) -> bytes:
        """Return the bytes of a whole file, as `Codec.compress` does.

        Raises:
            ValueError: for a quality outside of the range, for what is no bytes, and for any error of the object's own,
                which is the cause.
        """
        self.check(quality)
        samples = np.ascontiguousarray(read_image(image))
        if samples.ndim == 2 and not self.gray:
            samples = to_rgb(samples)
        number = None if quality is None else int(quality) if self.whole else float(quality)
        try:
            data = self.theirs.encode(samples, number)
        except Exception as error:
            hint = "; give it `gray = False` if it takes colour alone" if samples.ndim == 2 else ""
            shape, asked = samples.shape, "" if number is None else f" at quality {number:g}"
            raise ValueError(
                f"{self.name}: encode of an image {shape}, uint8,{asked} raised {raised(error)}{hint}"
            ) from error
        if not isinstance(data, bytes | bytearray | memoryview):
            raise ValueError(f"{self.name}: expected bytes from encode, got {_kind(data)}")
        if not len(data):
            raise ValueError(f"{self.name}: expected bytes from encode, got none of them: a file of 0 bytes is no file")
        return bytes(data)

    def decompress(self, data: bytes) -> np.ndarray:
        """Return the image in a file, uint8 (H, W) or (H, W, 3), as `Codec.decompress` does.

        Raises:
            ValueError: for what is no image, and for any error of the object's own, which is the cause.
        """
        data = bytes_of(data)
        try:
            found = self.theirs.decode(data)
        except Exception as error:
            raise ValueError(f"{self.name}: decode of {len(data):,} bytes raised {raised(error)}") from error
        try:
            if isinstance(found, Image.Image):
                return read_image(found)
            array = np.asanyarray(found)
        except Exception as error:
            raise ValueError(f"{self.name}: decode returned {_kind(found)}: {raised(error)}") from error
        return self._image(array, found)

    def _image(self, array: np.ndarray, found: Any) -> np.ndarray:
        """Return what was decoded as uint8 (H, W) or (H, W, 3)."""
        wanted = "expected from decode an image (H, W) or (H, W, 3), uint8 or float in [0, 1]"
        if array.dtype.kind not in "biuf" or not array.ndim:
            raise ValueError(f"{self.name}: {wanted}, got {_kind(found)}")
        if array.ndim == 3 and array.shape[2] == 1:
            array = array[..., 0]
        if array.ndim not in (2, 3) or array.size == 0 or (array.ndim == 3 and array.shape[2] != 3):
            raise ValueError(f"{self.name}: {wanted}, got an array {array.shape}{_hint(array.shape)}")
        try:
            samples = samples_of(array)
            return to_uint8(samples, noisy=False) if samples.dtype != np.uint8 else np.array(samples)
        except ImageError as error:
            raise ValueError(f"{self.name}: decode returned no image: {error}") from error

    def steps(self) -> Sequence[float]:
        """Return qualities from the smallest file to the largest, close enough to each other for a search."""
        low, high = (q for q in (self.qualities[0], self.qualities[-1]) if q is not None)
        if self.whole:
            return range(int(low), int(high) + (1 if high > low else -1), 1 if high > low else -1)
        return np.linspace(low, high, _STEPS).tolist()

    def check_sendable(self) -> None:
        """Check that the codec can be sent to other processes.

        Raises:
            ValueError: where it cannot; the message says why and what to do.
        """
        from aewidgets.system.spreading import check_sendable  # here: decoding starts faster without it

        try:
            check_sendable(self)
        except Exception as error:
            raise ValueError(
                f"{self.name}: cannot be sent to other processes ({raised(error)}); measure it in this one, without "
                "`spread` or --scheduler, or give it as MODULE:OBJECT"
            ) from error

    def __eq__(self, other: object) -> bool:
        """Return whether two codecs are one object of somebody's."""
        return isinstance(other, OwnCodec) and self.theirs is other.theirs

    def __hash__(self) -> int:
        return id(self.theirs)

    def __reduce__(self) -> Any:
        """Pickle a codec that was loaded by a text by that text, any other one with its object."""
        return (load_own, (self.given,)) if self.given else super().__reduce__()


def load_own(text: str) -> Any:
    """Load a codec by "module:object" or "folder/file.py:object"; a class, or a function that makes one, is called.

    Returns:
        An `OwnCodec`, or a codec of ours where the object is one.

    Raises:
        ValueError: as `aewidgets.system.objects.load_object` and `own_codec`, and where the call fails.
    """
    found = load_object(text)
    if isinstance(found, type) or (callable(found) and not hasattr(found, "encode")):
        try:
            found = found()
        except Exception as error:
            raise ValueError(f"{text}: calling it without arguments raised {raised(error)}") from error
    try:
        return found if _is_ours(found) else own_codec(found, whole_text(text))
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from error


def _is_ours(found: Any) -> bool:
    """Return whether an object has the interface of `Codec`, which `get_codec` then looks at."""
    return hasattr(found, "compress") and not hasattr(found, "encode")


def own_codec(theirs: Any, given: str = "") -> OwnCodec:
    """Return an object with the interface of a codec.

    Args:
        theirs: an object as `aewidgets.get_codec` describes it.
        given: text that it was loaded by.

    Raises:
        ValueError: for an object without a part of the protocol, or with one of a wrong form.
    """
    kind = type(theirs).__name__
    if isinstance(theirs, type):
        raise ValueError(f"expected a codec, got the class {theirs.__name__}: call it, {theirs.__name__}()")
    missing = [part for part in _NEEDED if not _has(theirs, part)]
    if len(missing) >= len(_NEEDED) - 1:
        raise ValueError(f"expected the name of a codec or an object: {_PROTOCOL}; got {_kind(theirs)}")
    if missing:
        raise ValueError(f"{_PROTOCOL}; this {kind} has no {' and no '.join(missing)}")
    name = _name(theirs.name, kind)
    for part in ("encode", "decode"):
        if not callable(getattr(theirs, part)):
            raise ValueError(f"{name}: expected a method {part}, got {_kind(getattr(theirs, part))}")
    ends = _ends(theirs.qualities, name)
    unit = getattr(theirs, "unit", "")
    if not isinstance(unit, str) or (ends is not None and not unit.strip()):
        raise ValueError(f"{name}: expected as unit what the quality means, such as 'quality' or 'step', got {unit!r}")
    label, suffix = getattr(theirs, "label", name), getattr(theirs, "suffix", ".bin")
    gray = getattr(theirs, "gray", True)
    if not isinstance(label, str) or not label.strip():
        raise ValueError(f"{name}: expected as label, if there is one, a text for legends, got {label!r}")
    if not isinstance(suffix, str) or not _SUFFIX.match(suffix):
        raise ValueError(f"{name}: expected as suffix, if there is one, a text such as '.bin', got {suffix!r}")
    if not isinstance(gray, bool):
        raise ValueError(f"{name}: expected as gray, if there is one, True or False, got {gray!r}")
    if ends is None:
        return OwnCodec(name, label, (None,), unit, (0, 0), theirs, suffix, gray, given)
    low, high = ends
    whole = isinstance(low, int)
    limits, ladder = (min(ends), max(ends)), _ladder(low, high, whole)
    return OwnCodec(name, label, ladder, unit, limits, theirs, suffix, gray, given, whole=whole)


def _has(theirs: Any, part: str) -> bool:
    """Return whether an object has an attribute; an error while it is read, as of a property, is put into words."""
    try:
        return hasattr(theirs, part)
    except Exception as error:
        raise ValueError(f"{type(theirs).__name__}: reading its {part} raised {raised(error)}") from error


def _name(name: Any, kind: str) -> str:
    """Return a name that a menu, a file name and a command line can hold."""
    wanted = f"{kind}: expected as name a text of at most {_LONGEST_NAME} characters, such as 'mine'"
    if not isinstance(name, str):
        raise ValueError(f"{wanted}, got {_kind(name)}")
    if not name or name != name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ValueError(f"{wanted}, got {name!r}")
    if any(sign in name for sign in "/\\:=") or name.endswith(".json"):
        raise ValueError(f"{wanted}, without / \\ : = and not ending in .json, which mean other things; got {name!r}")
    return name


def _ends(qualities: Any, name: str) -> tuple[int, int] | tuple[float, float] | None:
    """Return the qualities of the smallest file and the largest; None for a codec without a choice of quality."""
    if qualities is None:
        return None
    wanted = f"{name}: expected as qualities two different numbers, (low, high), or None for no choice of quality"
    try:
        ends: tuple[Any, ...] = tuple(qualities)
    except TypeError:
        raise ValueError(f"{wanted}; got {_kind(qualities)}") from None
    if len(ends) != 2 or not all(map(_is_number, ends)) or ends[0] == ends[1]:
        raise ValueError(f"{wanted}; got {qualities!r}")
    if all(isinstance(end, numbers.Integral) for end in ends):
        return int(ends[0]), int(ends[1])
    return float(ends[0]), float(ends[1])


def _is_number(value: Any) -> bool:
    """Return whether something is a finite number, of Python or of NumPy."""
    return isinstance(value, numbers.Real) and value is not True and value is not False and math.isfinite(value)


def _ladder(low: float, high: float, whole: bool) -> tuple[float, ...]:
    """Return qualities for a curve, both ends among them, from the smallest file to the largest."""
    count = min(_POINTS, abs(int(high) - int(low)) + 1) if whole else _POINTS
    inner = np.linspace(low, high, count)[1:-1]
    between = [round(float(q)) if whole else float(f"{q:.6g}") for q in inner]
    return tuple(dict.fromkeys((low, *between, high)))


def _kind(value: Any) -> str:
    """Return what something is, in words: None, or its type and where it is short its value."""
    if value is None:
        return "None"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"an array {tuple(value.shape)} of {value.dtype}"
    text = repr(value) if isinstance(value, str | int | float) else ""
    return f"{type(value).__name__} {text}" if 0 < len(text) <= 40 else f"an object of type {type(value).__name__}"


def _hint(shape: tuple[int, ...]) -> str:
    """Return what may be wrong with a shape."""
    if len(shape) == 4 and shape[0] == 1:
        return "; a batch of one has an axis too many: return x[0]"
    if len(shape) == 3 and shape[0] in (1, 3):
        return "; channels come last here: return numpy.moveaxis(x, 0, 2)"
    if len(shape) == 3 and shape[2] in (2, 4):
        return "; return the colours without alpha"
    return ""
