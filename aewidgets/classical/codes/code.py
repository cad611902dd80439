"""What the baselines share: pictures as rows of numbers, shapes that are checked, errors. No fitting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

CHUNK = 2048  # pictures that are floats at the same time


def chunks_of(images: np.ndarray) -> Iterator[np.ndarray]:
    """float32 (up to CHUNK, numbers of a picture) in [0, 1], in order."""
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK]
        scale = 1 / 255 if part.dtype == np.uint8 else 1.0
        yield np.asarray(part, "float32").reshape(len(part), -1) * np.float32(scale)


class Code:
    """What PCA and K-SVD share: fitted or not, shapes, error."""

    image_shape: tuple[int, ...] | None = None

    def _take_shape(self, images: np.ndarray, least: int) -> None:
        if images.ndim != 4 or len(images) < least:
            raise ValueError(
                f"images: expected at least {least} of shape (n, height, width, channels), got {images.shape}; "
                "fit on more pictures, or ask for a smaller code"
            )
        self.image_shape = images.shape[1:]

    def _check(self, images: np.ndarray) -> None:
        if self.image_shape is None:
            raise ValueError(f"{type(self).__name__} is not fitted; call fit(images) first")
        if images.shape[1:] != self.image_shape:
            raise ValueError(f"images: expected (n, {', '.join(map(str, self.image_shape))}), got {images.shape}")

    def _encode_rows(self, rows: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _decode_rows(self, codes: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def encode(self, images: np.ndarray) -> np.ndarray:
        """float32 (n, numbers in a code).

        Raises:
            ValueError: before `fit`, or for pictures of another shape.
        """
        self._check(images)
        return np.concatenate([self._encode_rows(rows) for rows in chunks_of(images)])

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """float32 pictures (n, height, width, channels) of codes; they may leave [0, 1]."""
        if self.image_shape is None:
            raise ValueError(f"{type(self).__name__} is not fitted; call fit(images) first")
        return self._decode_rows(np.asarray(codes, "float32")).reshape(len(codes), *self.image_shape)

    def error(self, images: np.ndarray) -> float:
        """Mean squared error of reconstructions, values in [0, 1]."""
        self._check(images)
        total = sum(
            float(np.sum(np.square(self._decode_rows(self._encode_rows(rows)) - rows), dtype="float64"))
            for rows in chunks_of(images)
        )
        return total / images.size
