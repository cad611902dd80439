"""Parts of a data set: training, validation and held-out pictures, and division by their pixels. Loads nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from aewidgets.system.brief import shown_briefly

_TYPES = (np.uint8, np.uint16, np.float32)

__all__ = ["HeldOut", "Part", "Splits", "keys_of", "shares_of"]


@shown_briefly
@dataclass(frozen=True, eq=False)
class Part:
    """One part of a data set.

    Attributes:
        images: (n, h, w, c), c = 1 or 3: uint8, uint16 from 0 to 65535, or float32 in [0, 1]; may be a memory map,
            which is read only as far as it is used.
        labels: int64 (n,), or None.

    Raises:
        ValueError: for images of another shape or type, no images, or another number of labels.
    """

    images: np.ndarray
    labels: np.ndarray | None = None

    def __post_init__(self) -> None:
        images = self.images
        if images.ndim != 4 or images.dtype not in _TYPES or images.shape[3] not in (1, 3) or not images.size:
            raise ValueError(
                "expected pictures of shape (n, h, w, 1) or (n, h, w, 3), uint8, uint16, or float32 in [0, 1], got "
                f"{images.dtype} {images.shape}"
            )
        if images.dtype == np.float32 and not (images.min() >= 0 and images.max() <= 1):  # NaN is refused as well
            raise ValueError(f"expected floats in [0, 1], got {images.min():g} to {images.max():g}")
        if self.labels is not None and self.labels.shape != images.shape[:1]:
            raise ValueError(f"expected one label for each of {len(images)} pictures, got shape {self.labels.shape}")

    def __len__(self) -> int:
        return len(self.images)

    def floats(self, indices: Any = slice(None)) -> np.ndarray:
        """Return pictures as models take them: float32 in [0, 1], (k, h, w, c).

        Args:
            indices: a slice, or indexes of pictures in any order; all pictures by default.
        """
        images = self.images[indices]
        if images.dtype == np.float32:
            return images
        return np.divide(images, np.float32(np.iinfo(images.dtype).max), dtype="float32")

    def take(self, indices: Any) -> Part:
        """Return some of the pictures, by a slice or by their indexes, as a part."""
        return Part(self.images[indices], None if self.labels is None else self.labels[indices])


class HeldOut:
    """Test pictures that can be opened, which is counted, but not indexed, looped over or made an array of.

    Args:
        part: the pictures; None where there are none.

    Attributes:
        opened: number of times that they were opened.
    """

    def __init__(self, part: Part | None):
        self._part = part
        self.opened = 0

    def open(self) -> Part:
        """Return the pictures, and count this in `opened`: a choice made by test pictures makes them training data.

        Raises:
            ValueError: where there are none.
        """
        if self._part is None:
            raise ValueError("there are no test pictures: the data were given as training and validation pictures")
        self.opened += 1
        return self._part

    def __len__(self) -> int:
        return 0 if self._part is None else len(self._part)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        """Raise TypeError: the pictures are held out."""
        raise TypeError(
            "the test pictures are held out: use the validation part, or .open() them, which is counted"
        )

    __getitem__ = __iter__ = __array__ = _refuse

    def __repr__(self) -> str:
        return f"HeldOut({len(self)} pictures, opened {self.opened} times)"


@dataclass(frozen=True, eq=False)
class Splits:
    """A data set in three parts that share no picture.

    Attributes:
        name: name of the set, or the path of a folder.
        train: pictures that weights are fitted to.
        validation: pictures for early stopping, for the best weights, and for choices made by people.
        test: held-out pictures, for the final figure.
        classes: names of the labels, in their order; empty without labels.
        licence: licence as the source of the pictures states it.
        note: difference from the published set of that name, usually "".

    Raises:
        ValueError: where pictures of the parts differ in shape.
    """

    name: str
    train: Part
    validation: Part
    test: HeldOut
    classes: tuple[str, ...] = ()
    licence: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        shapes = {part.images.shape[1:] for part in self._parts}
        if len(shapes) > 1:
            raise ValueError(f"{self.name}: expected pictures of one shape in all parts, got {sorted(shapes)}")

    @property
    def _parts(self) -> tuple[Part, ...]:
        """The parts that there are."""
        held = self.test._part
        return (self.train, self.validation) if held is None else (self.train, self.validation, held)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every picture."""
        height, width, channels = self.train.images.shape[1:]
        return height, width, channels

    @property
    def title(self) -> str:
        """Name of the set, with the note if there is one."""
        return f"{self.name} ({self.note})" if self.note else self.name

    @cached_property
    def shared(self) -> int:
        """Number of training pictures that are also validation or test pictures, pixel for pixel; 0 as it should be.

        Computing it reads every picture once, one at a time.
        """
        train, *others = self._keys
        return int(np.isin(train, np.concatenate(others)).sum())

    @cached_property
    def fingerprint(self) -> str:
        """Identifier of the set in 16 hexadecimal digits, made of every picture of each part, in order."""
        digest = hashlib.blake2b(digest_size=8)
        for part, keys in zip(self._parts, self._keys, strict=True):
            digest.update(repr(part.images.shape).encode())
            digest.update(keys.tobytes())
        return digest.hexdigest()

    @cached_property
    def _keys(self) -> tuple[np.ndarray, ...]:
        """Hashes of the pictures of each part, from `keys_of`."""
        return tuple(keys_of(part.images) for part in self._parts)

    def __repr__(self) -> str:
        h, w, c = self.image_shape
        sizes = f"{len(self.train)} train, {len(self.validation)} validation, {len(self.test)} held out"
        return f"Splits({self.title!r}, {sizes}, {h}x{w}x{c})"


def keys_of(images: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return a hash of the pixels of each picture, uint64 (n,); equal pictures have equal hashes.

    Args:
        images: (n, h, w, c) of any type; read one at a time.
        seed: seed of the hash.
    """
    salt = seed.to_bytes(8, "little", signed=True)
    found = (hashlib.blake2b(image.tobytes(), digest_size=8, key=salt).digest() for image in images)
    return np.frombuffer(b"".join(found), "<u8")


def shares_of(keys: np.ndarray, counts: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """Divide pictures into parts by their keys.

    Equal pictures go to the same part: a part is a little larger than `counts` says where its end would fall between
    equal ones.

    Args:
        keys: uint64 (n,), from `keys_of`.
        counts: number of pictures in each part but the last, which gets the others.

    Returns:
        Ascending indexes of the pictures of each part, len(counts) + 1 arrays.

    Raises:
        ValueError: where a part would be empty.
    """
    order = np.argsort(keys, kind="stable")
    ends = [0]
    for count in counts:
        end = ends[-1] + count
        while 0 < end < len(keys) and keys[order[end]] == keys[order[end - 1]]:
            end += 1
        ends.append(end)
    parts = [np.sort(order[a:b]) for a, b in zip(ends, [*ends[1:], len(keys)], strict=True)]
    if any(len(part) == 0 for part in parts):
        raise ValueError(f"expected pictures for {len(parts)} parts, got {len(keys)} for {counts} and the others")
    return tuple(parts)
