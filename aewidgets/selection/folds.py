"""Folds of cross-validation cut by picture: equal and nearly equal pictures are in one fold. Trains nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from sklearn.model_selection import BaseCrossValidator

from aewidgets.selection.pictures import images_of
from aewidgets.training.data.parts import keys_of

__all__ = ["PictureKFold", "groups_of"]

TOLERANCE = 4.0  # of 255; MNIST, `digits` and CIFAR-10 have no two pictures this near, Fashion-MNIST has 12 groups
_CELLS = 4  # blocks a side of the thumbnails by which pairs are found
_CHUNK = 256  # pictures that are held against all others at once: thousands of near copies have millions of pairs
_PAIRS = 2048  # that are compared at once


class PictureKFold(BaseCrossValidator):
    """K folds for scikit-learn's `cv=`, by hashes of pixels: a picture's fold does not depend on its place.

    Pictures whose pixels differ by little are copies of one another: where one is trained on, a score on the other
    says nothing. Each group of such pictures is wholly in one fold. Groups are ordered by a seeded hash of their pixels
    and cut into folds of about equal size.

    Args:
        n_splits: number of folds, at least 2.
        tolerance: root of the mean squared difference of two pictures' values, 0 to 255, up to which they are near
            duplicates; 0 groups equal pictures alone.
        seed: seed of the hash.

    Raises:
        ValueError: for fewer than 2 folds or a negative tolerance; in `split`, for other arrays than pictures, or fewer
            groups than folds.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1), "uint8")
        >>> folds = list(PictureKFold(3).split(np.concatenate([images, images])))
        >>> all(set(test % 6).isdisjoint(set(train % 6)) for train, test in folds)
        True
    """

    def __init__(self, n_splits: int = 5, *, tolerance: float = TOLERANCE, seed: int = 0):
        self.n_splits, self.tolerance, self.seed = n_splits, tolerance, seed
        for name, kind, least, words in (
            ("n_splits", Integral, 2, "at least 2 folds"), ("tolerance", Real, 0, "a number, 0 or more"),
            ("seed", Integral, -math.inf, "a whole number"),
        ):  # fmt: skip
            value = getattr(self, name)
            if not isinstance(value, kind) or not least <= float(value) < math.inf:
                raise ValueError(f"{name}: expected {words}, got {value!r}")

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds; the arguments are ignored."""
        return self.n_splits

    def _iter_test_indices(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[np.ndarray]:
        """Yield the indexes of the pictures of each fold."""
        fold = self.folds_of(X)
        for number in range(self.n_splits):
            yield np.flatnonzero(fold == number)

    def folds_of(self, images: Any) -> np.ndarray:
        """Return the number of each picture's fold, from 0, int64 (n,).

        Args:
            images: uint8 (n, h, w, c), or a list of pictures.

        Raises:
            ValueError: for other arrays than pictures, or fewer groups of near duplicates than folds.
        """
        images = images_of(images)
        group = groups_of(images, self.tolerance)
        keys = keys_of(images, self.seed)
        first = np.full(group.max() + 1, np.iinfo("uint64").max, "uint64")
        np.minimum.at(first, group, keys)
        if len(first) < self.n_splits:
            raise ValueError(
                f"expected at least {self.n_splits} different pictures for {self.n_splits} folds, got {len(images)} "
                f"pictures in {len(first)} groups of near duplicates; lower the tolerance or the number of folds"
            )
        order, sizes = np.argsort(first, kind="stable"), np.bincount(group)
        middles = np.cumsum(sizes[order]) - sizes[order] / 2
        cut = np.minimum(middles * self.n_splits // len(images), self.n_splits - 1).astype("int64")
        if len(np.unique(cut)) < self.n_splits:  # a large group: by number of groups, so that no fold is empty
            cut = np.arange(len(order)) * self.n_splits // len(order)
        fold = np.empty(len(first), "int64")
        fold[order] = cut
        return fold[group]


def groups_of(images: np.ndarray, tolerance: float = TOLERANCE) -> np.ndarray:
    """Return the number of each picture's group of near duplicates, from 0, int64 (n,).

    Two pictures are in one group if a chain of pictures joins them in which neighbours differ by at most `tolerance`,
    as in `PictureKFold`. Means over blocks differ by no more than the pixels do, so that no pair is missed by looking
    at small thumbnails first.

    Args:
        images: uint8 (n, h, w, c).
        tolerance: root of the mean squared difference, 0 to 255.
    """
    _, first, same = np.unique(keys_of(images), return_index=True, return_inverse=True)
    if not tolerance or len(first) == 1:
        return same.astype("int64")
    thumbnails = np.stack([_thumbnail(images[index]) for index in first])
    tree, everyone = cKDTree(thumbnails), np.arange(len(first))
    group = everyone
    for start in range(0, len(first), _CHUNK):
        chunk = cKDTree(thumbnails[start : start + _CHUNK])
        # RMS over blocks is RMS over pixels at most; blocks of unequal sizes are weighted in `_thumbnail`.
        found = chunk.sparse_distance_matrix(tree, tolerance * (1 + 1e-6), output_type="coo_matrix")
        pairs = np.stack([found.row + start, found.col], axis=1)
        pairs = pairs[(pairs[:, 0] < pairs[:, 1]) & (group[pairs[:, 0]] != group[pairs[:, 1]])]
        near = [_differ_by(images, first, pairs[at : at + _PAIRS]) <= tolerance for at in range(0, len(pairs), _PAIRS)]
        if near and np.concatenate(near).any():
            joined = pairs[np.concatenate(near)]
            firsts = np.unique(group, return_index=True)[1]  # one picture of each group so far
            ends = np.concatenate([joined[:, 0], everyone]), np.concatenate([joined[:, 1], firsts[group]])
            graph = coo_array((np.ones(len(ends[0]), bool), ends), shape=(len(first), len(first)))
            group = connected_components(graph, directed=False)[1]
    return group.astype("int64")[same]


def _thumbnail(image: np.ndarray) -> np.ndarray:
    """Return the means of blocks of (h, w, c), each times the root of its share of the values, flat float64."""
    rows = np.linspace(0, image.shape[0], min(_CELLS, image.shape[0]) + 1).astype(int)
    columns = np.linspace(0, image.shape[1], min(_CELLS, image.shape[1]) + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(image.astype("float64"), rows[:-1], 0), columns[:-1], 1)
    counts = (np.diff(rows)[:, None] * np.diff(columns))[..., None] * np.ones(image.shape[2])
    return (sums / counts * np.sqrt(counts / image.size)).ravel()


def _differ_by(images: np.ndarray, first: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return the root of the mean squared difference of each pair (k, 2) of indexes in `first`."""
    one, two = (images[first[pairs[:, side]]].astype("float32") for side in (0, 1))
    return np.sqrt(np.square(one - two).mean(axis=(1, 2, 3)))
