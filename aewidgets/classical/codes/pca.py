"""Principal component analysis of many images in bounded memory. NumPy and SciPy; no Keras."""

from __future__ import annotations

import math

import numpy as np

from aewidgets.classical.codes.code import Code, chunks_of
from aewidgets.system.extras import extras_in_words

__all__ = ["PCA"]


class PCA(Code):
    """Linear code with the least mean squared error: the leading eigenvectors of the covariance.

    The covariance is summed over chunks of images: it takes d**2 values for images of d values, however many
    images there are.

    Args:
        latent_dim: length of a code.

    Attributes:
        mean: mean of the fitted images, float32 (d,).
        components: float32 (latent_dim, d), orthonormal, those of the largest variance first.
        variances: variance along each component, float64 (latent_dim,).
    """

    def __init__(self, latent_dim: int):
        if latent_dim < 1:
            raise ValueError(f"latent_dim: expected at least 1, got {latent_dim}")
        self.latent_dim = latent_dim

    def fit(self, images: np.ndarray) -> PCA:
        """Learn mean and components, and return this object.

        Raises:
            ValueError: for fewer images, or smaller ones, than a code is long.
        """
        with extras_in_words("PCA"):
            from scipy.linalg import eigh

        self._take_shape(images, max(2, self.latent_dim))
        size = math.prod(images.shape[1:])
        if size < self.latent_dim:
            raise ValueError(f"latent_dim: expected at most the {size} values of an image, got {self.latent_dim}")
        mean = sum(rows.sum(axis=0, dtype="float64") for rows in chunks_of(images)) / len(images)
        self.mean = np.asarray(mean, "float32")
        covariance = np.zeros((size, size))
        for rows in chunks_of(images):
            centred = rows - self.mean
            covariance += centred.T @ centred
        values, vectors = eigh(
            covariance / len(images), subset_by_index=[size - self.latent_dim, size - 1], overwrite_a=True
        )
        self.variances = values[::-1].copy()
        self.components = np.ascontiguousarray(vectors.T[::-1], "float32")
        return self

    def _encode_rows(self, rows):
        """Encode rows (n, d) as codes (n, latent_dim)."""
        return (rows - self.mean) @ self.components.T

    def _decode_rows(self, codes):
        """Decode codes as rows (n, d)."""
        return codes @ self.components + self.mean

    def __repr__(self) -> str:
        return f"PCA({self.latent_dim})"
