"""Rows of a rate-distortion study: pictures through codecs at every quality, here or in other processes.

Compares nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from aewidgets.codec.registry import Codec
from aewidgets.images.arrays import to_rgb
from aewidgets.images.metrics import bits_per_pixel, psnr, similarity
from aewidgets.studies.rate.curves import Failure, Measurement, Quality
from aewidgets.studies.rate.equal_size import decoded_like

__all__ = ["Ladders", "NamedImages", "Progress", "Spread", "elsewhere", "here"]

NamedImages = Sequence[tuple[str, np.ndarray]]
Progress = Callable[[int, int, str], None]
#: Calls a function for every item, in any process, and yields (item, result or None, error or None) as they end.
Spread = Callable[[Callable[[Any], Any], Any], Iterator[tuple[Any, Any, Exception | None]]]
Rows = dict[tuple[str, Quality], Measurement]


@dataclass(frozen=True)
class Ladders:
    """Codecs of a study, and the qualities at which each is measured, by name."""

    codecs: tuple[Codec, ...]
    qualities: Mapping[str, tuple[Quality, ...]]

    @property
    def files(self) -> int:
        """Number of files that are made of one picture."""
        return sum(map(len, self.qualities.values()))

    def rows(
        self, name: str, image: np.ndarray, warm: set[tuple], step: Callable[[int, str], None] | None = None
    ) -> Rows:
        """Measure one picture through all codecs at all qualities.

        Args:
            name, image: the picture, uint8.
            warm: codecs that have been warmed up; this set grows.
            step: called with (files made of this picture, what is next).
        """
        found: Rows = {}
        for codec in self.codecs:
            _warm_up(codec, image, self.qualities[codec.name][0], warm)
            for quality in self.qualities[codec.name]:
                if step:
                    step(len(found), f"{name}, {codec.label}")
                found[codec.name, quality] = _measured(name, image, codec, quality)
        return found


def here(
    images: NamedImages, ladders: Ladders, progress: Progress | None = None
) -> Iterator[tuple[int, Rows | Failure]]:
    """Measure every picture in this process: yield its index and its rows, or its failure, in order."""
    warm: set[tuple] = set()
    for index in range(len(images)):
        step = partial(_step, progress, index * ladders.files, ladders.files * len(images)) if progress else None
        name = _name(images, index)
        try:
            name, image = images[index]
            yield index, ladders.rows(name, image, warm, step)
        except (ValueError, OSError) as error:
            yield index, Failure(name, str(error), error)


class _Picture(NamedTuple):
    place: int
    name: str
    image: np.ndarray


def elsewhere(
    images: NamedImages, ladders: Ladders, spread: Spread, progress: Progress | None = None
) -> Iterator[tuple[int, Rows | Failure]]:
    """Measure pictures in other processes: yield index and rows, or failure, in the order in which they end.

    Pictures are read here and sent, so that no worker needs their files.
    """
    unread: list[tuple[int, Failure]] = []

    def pictures() -> Iterator[_Picture]:
        for index in range(len(images)):
            name = _name(images, index)
            try:
                yield _Picture(index, *images[index])
            except (ValueError, OSError) as error:
                unread.append((index, Failure(name, str(error))))

    outcomes = spread(partial(_rows_of, ladders=ladders), pictures())
    for done, (picture, rows, error) in enumerate(outcomes, 1):
        if progress:
            progress(done * ladders.files, ladders.files * len(images), picture.name)
        if error is not None and not isinstance(error, ValueError | OSError | RuntimeError):
            raise error
        yield picture.place, rows if error is None else Failure(picture.name, str(error), error)
    yield from unread


_WARM: set[tuple] = set()  # codecs that this worker has warmed up


def _rows_of(picture: _Picture, ladders: Ladders) -> Rows:
    return ladders.rows(picture.name, picture.image, _WARM)


def _step(progress: Progress, before: int, total: int, made: int, following: str) -> None:
    progress(before + made, total, following)


def _name(images: NamedImages, index: int) -> str:
    """Return the name of a picture without reading it."""
    known = getattr(images, "names", None)
    return known[index] if known else f"image {index + 1}"


def _warm_up(codec: Codec, image: np.ndarray, quality: Quality, warm: set[tuple]) -> None:
    """Use a codec once before it is timed: first use loads models and plug-ins, and traces networks for a new size."""
    key = (codec.name, image.shape if hasattr(codec, "ideal_bits") else None)
    if key not in warm:
        codec.decompress(codec.compress(image, quality))
        warm.add(key)


def _measured(name: str, image: np.ndarray, codec: Codec, quality: Quality) -> Measurement:
    start = time.perf_counter()
    data = codec.compress(image, quality)
    middle = time.perf_counter()
    decoded = decoded_like(image, codec, data)
    end = time.perf_counter()
    decoded = _like(decoded, image)
    height, width = image.shape[:2]
    ideal_bits = getattr(codec, "ideal_bits", None)
    return Measurement(
        name,
        len(data),
        bits_per_pixel(len(data), height, width),
        ideal_bits(data) / (height * width) if ideal_bits else None,
        float(psnr(image, decoded)),
        *similarity(image, decoded),
        encode_s=middle - start,
        decode_s=end - middle,
    )


def _like(decoded: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Convert gray to colour or back, for formats that know only one of the two."""
    if decoded.ndim == image.ndim:
        return decoded
    return to_rgb(decoded) if image.ndim == 3 else np.asarray(Image.fromarray(decoded).convert("L"))
