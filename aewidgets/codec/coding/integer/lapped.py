"""The orthonormal lapped block transform from which codecs start, as NumPy kernels. No Keras, no weights."""

import numpy as np

BLOCK = 16  # side of a transform block, pixels
MARGIN = 4  # pixels by which a block reaches into each neighbour
CELL = 8  # a picture is filtered in cells of 8 x 8 samples, 3 x 3 cells to a block with its margins
OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])  # orthonormal rows


def cosines(size: int, kind: int) -> np.ndarray:
    """Return the orthonormal DCT of type 2 or 4, (size, size), with basis functions as rows (Rao and Yip 1990)."""
    k, n = np.mgrid[:size, :size]
    if kind == 4:
        return np.sqrt(2 / size) * np.cos(np.pi * (2 * n + 1) * (2 * k + 1) / (4 * size))
    return np.sqrt(np.where(k, 2, 1) / size) * np.cos(np.pi * (2 * n + 1) * k / (2 * size))


def lapped_basis(size: int = BLOCK, margin: int = MARGIN) -> np.ndarray:
    """Return a type-II DCT behind orthonormal pre-filters over the block borders, (size, size + 2 * margin).

    It is the time-domain lapped transform (Tran, Liang, Tu 2003, IEEE Trans. SP 51(6), section III) in its orthonormal
    form: the rows of neighbouring blocks are orthonormal to each other, and at the edge of an image symmetric
    extension makes the pre-filter the identity.
    """
    flip, eye, zero = np.eye(margin)[::-1], np.eye(margin), np.zeros((margin, margin))
    butterfly = np.block([[eye, flip], [flip, -eye]]) / np.sqrt(2)
    rotation = flip @ cosines(margin, 2).T @ cosines(margin, 4) @ flip
    prefilter = butterfly @ np.block([[eye, zero], [zero, rotation]]) @ butterfly
    window = np.eye(size + 2 * margin)
    window[: 2 * margin, : 2 * margin] = prefilter
    window[-2 * margin :, -2 * margin :] = prefilter
    return cosines(size, 2) @ window[margin:-margin]


def transform_kernel(frequencies: list[tuple[int, int]]) -> np.ndarray:
    """Return the kernel of the transform over cells of 8 x 8 samples, float32 (3, 3, 64, len(frequencies)).

    Args:
        frequencies: (row, column) of each output channel's basis function.
    """
    basis = lapped_basis()
    n = basis.shape[1] // CELL
    planes = np.stack([np.outer(basis[u], basis[v]) for u, v in frequencies], axis=-1)
    planes = planes.reshape(n, CELL, n, CELL, -1).transpose(0, 2, 1, 3, 4)
    return planes.reshape(n, n, CELL * CELL, -1).astype("float32")
