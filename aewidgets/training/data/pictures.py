"""Pictures for training by crops: their digests, by which runs and parts are told apart. NumPy only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

__all__ = ["digest_of", "digest_of_all", "positions_of_shared"]


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
    """Return the positions of the images that are among the others too, pixel for pixel."""
    known = {digest_of(image) for image in others}
    return [position for position, image in enumerate(images) if digest_of(image) in known]
