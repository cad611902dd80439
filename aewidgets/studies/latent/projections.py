"""Codes on a plane and back: as they are, by PCA, UMAP or t-SNE. NumPy and scikit-learn; no models, no widgets."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from aewidgets.system.extras import extras_in_words

__all__ = ["PROJECTIONS", "Direct", "Linear", "Nearest", "Projection", "project"]

#: Names that `project` takes.
PROJECTIONS = ("auto", "pca", "umap", "tsne")


class Projection(Protocol):
    """Projection of codes to a plane, and back.

    Attributes:
        name: "direct", "pca", "umap" or "tsne".
        words: description for readers: what the plane shows, and what is decoded where there is no point.
    """

    name: str
    words: str

    def to_plane(self, codes: np.ndarray) -> np.ndarray:
        """Return places, float32 (n, 2), for codes (n, d)."""

    def to_codes(self, plane: np.ndarray) -> np.ndarray:
        """Return codes, float32 (n, d), for places (n, 2)."""


class Linear:
    """Linear projection: a plane through the codes, spanned by two directions about a centre.

    Attributes:
        centre: float32 (d,).
        directions: float32 (2, d), of length one and at right angles.
    """

    name = "pca"

    def __init__(self, centre: np.ndarray, directions: np.ndarray, share: float):
        self.centre = np.asarray(centre, "float32")
        self.directions = np.asarray(directions, "float32")
        self.words = (
            f"The two directions in which the codes differ most (PCA): {share:.0%} of their variance. What is decoded "
            "is this plane; points lie at a distance from it."
        )

    def to_plane(self, codes: np.ndarray) -> np.ndarray:
        """See `Projection`."""
        return (np.asarray(codes, "float32") - self.centre) @ self.directions.T

    def to_codes(self, plane: np.ndarray) -> np.ndarray:
        """See `Projection`."""
        return self.centre + np.asarray(plane, "float32") @ self.directions


class Direct(Linear):
    """Identity: codes of two numbers, or of one, are places themselves."""

    name = "direct"

    def __init__(self, size: int):
        super().__init__(np.zeros(size), np.eye(2, size), 1.0)
        self.words = "The two latent dimensions, as they are." if size == 2 else "The one latent dimension, as it is."


class Nearest:
    """Places that an embedding gave to codes; a place stands for the code of the nearest point.

    Args:
        name: name of the embedding.
        codes: embedded codes, (n, d).
        plane: their places, (n, 2).
    """

    def __init__(self, name: str, codes: np.ndarray, plane: np.ndarray):
        with extras_in_words("the map"):
            from sklearn.neighbors import NearestNeighbors

        self.name = name
        self.words = (
            f"{'UMAP' if name == 'umap' else 't-SNE'} keeps neighbours together; it has no inverse. What is decoded "
            "at a place is the code of the nearest point."
        )
        self._codes, self._plane = np.asarray(codes, "float32"), np.asarray(plane, "float32")
        self._by_code = NearestNeighbors(n_neighbors=1).fit(self._codes)
        self._by_place = NearestNeighbors(n_neighbors=1).fit(self._plane)

    def to_plane(self, codes: np.ndarray) -> np.ndarray:
        """See `Projection`: the place of the nearest embedded code."""
        return self._plane[self._by_code.kneighbors(codes, return_distance=False)[:, 0]]

    def to_codes(self, plane: np.ndarray) -> np.ndarray:
        """See `Projection`: the code of the nearest point."""
        return self._codes[self._by_place.kneighbors(plane, return_distance=False)[:, 0]]


def project(codes: np.ndarray, method: str = "auto", seed: int = 0) -> tuple[np.ndarray, Projection]:
    """Lay codes out on a plane.

    Args:
        codes: float (n, d), at least two.
        method: "auto" (codes of one or two numbers as they are, others by PCA), "pca", "umap" or "tsne".
        seed: seed of UMAP and t-SNE.

    Returns:
        Places, float32 (n, 2), and the projection to the plane and back.

    Raises:
        ValueError: for another method or shape, and for "umap" of fewer than four codes.
        ExtraError: without what it needs, umap-learn for "umap" and otherwise scikit-learn.
    """
    if method not in PROJECTIONS:
        raise ValueError(f"projection: expected one of {', '.join(PROJECTIONS)}, got {method!r}")
    codes = np.asarray(codes, "float32")
    if codes.ndim != 2 or len(codes) < 2 or not codes.shape[1]:
        raise ValueError(f"codes: expected (n, d) with two codes at least, got {codes.shape}")
    if not np.isfinite(codes).all():
        raise ValueError("codes: expected finite numbers; the encoder gave infinity or NaN, train it anew")
    if codes.shape[1] <= 2 and method in ("auto", "pca"):
        direct = Direct(codes.shape[1])
        return direct.to_plane(codes), direct
    if method in ("auto", "pca"):
        with extras_in_words("the map"):
            from sklearn.decomposition import PCA

        # This solver needs no seed, and is fast for codes of few numbers.
        with np.errstate(invalid="ignore"):  # equal codes have no variance
            pca = PCA(2, svd_solver="covariance_eigh").fit(codes)
        linear = Linear(pca.mean_, pca.components_, float(np.nan_to_num(pca.explained_variance_ratio_.sum())))
        return linear.to_plane(codes), linear
    if method == "umap" and len(codes) < 4:
        raise ValueError(f"projection 'umap': expected four codes at least, got {len(codes)}; use 'pca'")
    plane = np.asarray(_embedding(method, len(codes), seed).fit_transform(codes), "float32")
    return plane, Nearest(method, codes, plane)


def _embedding(method: str, count: int, seed: int):
    """Make an embedding that is not fitted yet."""
    if method == "tsne":
        with extras_in_words("the map"):
            from sklearn.manifold import TSNE

        return TSNE(2, perplexity=min(30.0, (count - 1) / 3), init="pca", random_state=seed)
    with extras_in_words("projection 'umap'"):
        from umap import UMAP
    return UMAP(n_components=2, n_neighbors=min(15, count - 1), random_state=seed, n_jobs=1)
