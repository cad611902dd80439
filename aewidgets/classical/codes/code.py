"""Base class of the classical codes: images as rows of values, checks of shapes, reconstruction error. No fitting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

CHUNK = 2048  # images that are converted to floats at the same time


def chunks_of(images: np.ndarray) -> Iterator[np.ndarray]:
    """Yield images as rows, float32 (up to CHUNK, values of an image) in [0, 1], in order."""
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK]
        scale = {np.dtype("uint8"): 1 / 255, np.dtype("uint16"): 1 / 65535}.get(part.dtype, 1.0)
        yield np.asarray(part, "float32").reshape(len(part), -1) * np.float32(scale)


class Code:
    """Base class of PCA and K-SVD: encode, decode and measure the error; a subclass fits and transforms rows."""

    image_shape: tuple[int, ...] | None = None

    def _take_shape(self, images: np.ndarray, least: int) -> None:
        """Remember the shape of images to fit on; ValueError unless there are at least `least`."""
        if images.ndim != 4 or len(images) < least:
            raise ValueError(
                f"images: expected at least {least} of shape (n, height, width, channels), got {images.shape}; "
                "fit on more images, or ask for a smaller code"
            )
        self.image_shape = images.shape[1:]

    def _check(self, images: np.ndarray) -> None:
        """Raise ValueError before `fit`, and for images of another shape."""
        if self.image_shape is None:
            raise ValueError(f"{type(self).__name__} is not fitted; call fit(images) first")
        if images.shape[1:] != self.image_shape:
            raise ValueError(f"images: expected (n, {', '.join(map(str, self.image_shape))}), got {images.shape}")

    def _encode_rows(self, rows: np.ndarray) -> np.ndarray:
        """Encode rows (n, d) as codes."""
        raise NotImplementedError

    def _decode_rows(self, codes: np.ndarray) -> np.ndarray:
        """Decode codes as rows (n, d)."""
        raise NotImplementedError

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Encode images (n, height, width, channels) as codes, float32 (n, code length).

        Raises:
            ValueError: before `fit`, or for images of another shape.
        """
        self._check(images)
        return np.concatenate([self._encode_rows(rows) for rows in chunks_of(images)])

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Decode codes as images, float32 (n, height, width, channels), which may leave [0, 1]."""
        if self.image_shape is None:
            raise ValueError(f"{type(self).__name__} is not fitted; call fit(images) first")
        return self._decode_rows(np.asarray(codes, "float32")).reshape(len(codes), *self.image_shape)

    def error(self, images: np.ndarray) -> float:
        """Return the mean squared error of the reconstructions of images, values in [0, 1]."""
        self._check(images)
        total = sum(
            float(np.sum(np.square(self._decode_rows(self._encode_rows(rows)) - rows), dtype="float64"))
            for rows in chunks_of(images)
        )
        return total / images.size
