"""Pictures for training by crops: which can be used, and digests by which runs and parts are told apart. No Keras."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from aewidgets.images.arrays import gray_axis, without_axis
from aewidgets.images.sets import ImageSet
from aewidgets.system.notices import named, tell

__all__ = ["digest_of", "digest_of_all", "positions_of_shared", "usable", "without"]


def digest_of(image: np.ndarray) -> bytes:
    """Return 16 bytes that follow from type, shape and samples of an image; equal images have equal digests.

    A gray image (h, w, 1) has the digest of (h, w).
    """
    image = image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image
    digest = hashlib.blake2b(f"{image.dtype} {image.shape}".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(image).tobytes())
    return digest.digest()


def digest_of_all(images: Iterable[np.ndarray]) -> dict[str, Any]:
    """Return number and digest of images in their order, as JSON holds them: what `run.json` keeps of a run's data."""
    digests = [digest_of(image) for image in images]
    return {"count": len(digests), "digest": hashlib.blake2b(b"".join(digests), digest_size=16).hexdigest()}


def positions_of_shared(images: Sequence[np.ndarray], others: Iterable[np.ndarray]) -> list[int]:
    """Return the positions of the images that are among the others too, pixel for pixel, gray ones also as colour."""
    def digest(image: np.ndarray) -> bytes:
        return digest_of(without_axis(image, gray_axis(image)))

    known = {digest(image) for image in others}
    return [position for position, image in enumerate(images) if digest(image) in known]


def usable(
    images: ImageSet, channels: int, least: int, skip_bad: bool = False
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the pictures of a set that can be trained on, and say in a `Notice` which are left out.

    Args:
        images: the set.
        channels: 3 leaves gray pictures out.
        least: the shorter side of a picture, in pixels, at least.
        skip_bad: leave out pictures that cannot be read.

    Raises:
        ImageError: after the last picture, for those that cannot be read; the message names them.
    """
    gray, small = [], []
    for name, image in images.each(skip_bad):
        if channels == 3 and image.ndim == 2:
            gray.append(name)
        elif min(image.shape[:2]) < least:
            small.append(name)
        else:
            yield name, image
    for left, what in ((gray, "gray"), (small, f"smaller than {least} x {least} pixels")):
        if left:
            tell(f"{images.source}: {len(left)} of {len(images)} pictures are {what} and left out ({named(left)})")


def without(images: ImageSet, others: Sequence[np.ndarray]) -> ImageSet:
    """Return the pictures of a set that are not among others, pixel for pixel, and say which are left out."""
    pictures = list(images)
    shared = set(positions_of_shared([image for _, image in pictures], others))
    if shared:
        copies = named([name for position, (name, _) in enumerate(pictures) if position in shared])
        tell(f"{images.source}: copies of pictures that are held out are not trained on ({copies})")
    return images.select(position for position in range(len(pictures)) if position not in shared)
