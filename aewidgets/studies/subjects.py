"""Subjects: the pictures that studies and widgets look at, bundled, read from a file, or given as an array.

Compresses, corrupts and measures nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.codec.files.picture import fill_hidden, picture_of
from aewidgets.codec.registry import open_aew
from aewidgets.images.arrays import ImageError, with_alpha
from aewidgets.images.reading import open_image, read_image
from aewidgets.images.sets import load_images
from aewidgets.system.brief import shown_briefly

#: Largest height times width of a subject: what a screen and a pair of cores can handle while somebody waits.
MAX_PIXELS = 25_000_000


@shown_briefly
@dataclass(frozen=True)
class Subject:
    """Picture that a study or a widget looks at.

    Attributes:
        name: name for captions and file names.
        image: uint8, (H, W) or (H, W, 3); colours that alpha hides are smooth ones, as the codec fills them in.
        num_bytes: size that percentages refer to: that of the opened file, or one byte a sample without a file.
        source: description of those bytes, in words.
        alpha: uint8 (H, W), 255 for opaque; None for a picture without transparency.
    """

    name: str
    image: np.ndarray = field(repr=False, compare=False)
    num_bytes: int
    source: str = "8-bit samples"
    alpha: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def samples(self) -> np.ndarray:
        """Colour and alpha in one array: `image`, or uint8 (H, W, 2) or (H, W, 4) where there is alpha."""
        return with_alpha(self.image, self.alpha)


def bundled_names() -> tuple[str, ...]:
    """Return the names of the pictures that come with the packages, first those held out of all training."""
    held_out = load_images("bundled-holdout").names
    return (*held_out, *(name for name in load_images("bundled").names if name not in held_out))


def bundled_subject(name: str) -> Subject:
    """Open a picture that comes with the packages.

    Raises:
        ValueError: for a name that no bundled picture has.
    """
    for images in (load_images("bundled-holdout"), load_images("bundled")):
        if name in images.names:
            return open_subject(images[images.names.index(name)][1], name)
    raise ValueError(f"no bundled picture is called {name!r}: expected one of {', '.join(bundled_names())}")


def open_subject(source: Any, name: str | None = None, *, alpha: bool = False) -> Subject:
    """Open any picture that `aewidgets.read_image` takes, or the bytes or the path of an .aew file, as a subject.

    Args:
        source: a path, the bytes of a file, a Pillow image, an array, or a subject, which stays as it is.
        name: name for captions; by default that of the file, or "picture".
        alpha: whether a picture may be transparent, which whoever takes it then has to say.

    Raises:
        ImageError: for anything but a picture of 8 bits, for transparency unless `alpha`, and for a picture that is
            too large; it says what to do.
        BitstreamError: for a damaged .aew file.
        OSError: if a file cannot be read.
    """
    if isinstance(source, Subject):
        return source
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return open_subject(path.read_bytes(), name or path.name, alpha=alpha)
    if not isinstance(source, bytes | bytearray | memoryview):
        image, hidden = _read(source, alpha)
        return Subject(name or "picture", image, image.nbytes, alpha=hidden)
    data = bytes(source)
    name = name or "picture"
    if data[:3] == b"AEW":
        image, hidden = _read(open_aew(data, max_pixels=MAX_PIXELS).samples, alpha)
        words = f"8-bit samples, decoded from {name} ({len(data):,} bytes)"
        return Subject(name, image, image.nbytes, words, hidden)
    try:
        image, hidden = _read(data, alpha)
        return Subject(name, image, len(data), f"the file {name}", hidden)
    except ImageError as error:
        raise ImageError(str(error).replace("these bytes", name)) from None


def _read(source: Any, alpha: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """Read colours, and alpha where it may be there and hides anything."""
    if not alpha:
        return read_image(source, max_pixels=MAX_PIXELS), None
    picture = picture_of(open_image(source, max_pixels=MAX_PIXELS).samples)
    if picture.alpha is None or (picture.alpha == 255).all():
        return picture.colour, None
    return fill_hidden(picture.colour, picture.alpha), picture.alpha


@shown_briefly
@dataclass(frozen=True)
class Window:
    """Square of a picture: its upper left corner and its side, in pixels."""

    row: int
    column: int
    size: int

    def of(self, image: np.ndarray) -> np.ndarray:
        """Return the square of an image, as a view."""
        return image[self.row : self.row + self.size, self.column : self.column + self.size]


def square_sums(values: np.ndarray, size: int) -> np.ndarray:
    """Sum whole numbers, int64 (h, w) or (h, w, channels), over every square of `size` pixels and over channels.

    Returns:
        int64 (h - size + 1, w - size + 1), by the upper left corner of the square.
    """
    plane = values.sum(axis=2) if values.ndim == 3 else values
    sums = np.pad(plane.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    return sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
