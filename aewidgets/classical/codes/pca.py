"""Principal components of many pictures, in bounded memory. NumPy and SciPy; no Keras."""

from __future__ import annotations

import math

import numpy as np

from aewidgets.classical.codes.code import Code, chunks_of

__all__ = ["PCA"]


class PCA(Code):
    """The linear code of least mean squared error: principal components, by the covariance's eigenvectors.

    The covariance is summed in chunks, so that memory is bounded by it: d**2 numbers for pictures of d, whatever
    their number.

    Args:
        latent_dim: numbers in a code.

    Attributes:
        mean: float32 (d,), of the pictures fitted on.
        components: float32 (latent_dim, d), orthonormal, those of the largest variance first.
        variances: float64 (latent_dim,), along them.
    """

    def __init__(self, latent_dim: int):
        if latent_dim < 1:
            raise ValueError(f"latent_dim: expected at least 1, got {latent_dim}")
        self.latent_dim = latent_dim

    def fit(self, images: np.ndarray) -> PCA:
        """Learns mean and components; returns itself.

        Raises:
            ValueError: for fewer pictures, or fewer numbers in one, than numbers in a code.
        """
        from scipy.linalg import eigh

        self._take_shape(images, max(2, self.latent_dim))
        size = math.prod(images.shape[1:])
        if size < self.latent_dim:
            raise ValueError(f"latent_dim: a picture of {size} numbers has no code of {self.latent_dim}")
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
        return (rows - self.mean) @ self.components.T

    def _decode_rows(self, codes):
        return codes @ self.components + self.mean

    def __repr__(self) -> str:
        return f"PCA({self.latent_dim})"
