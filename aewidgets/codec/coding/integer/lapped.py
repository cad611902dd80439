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


def unseen_error(image: np.ndarray, frequencies: list[list[tuple[int, int]]], rows: int = 64) -> float:
    """Return the mean squared error, in levels, that a codec makes because it keeps not all of the finest frequencies.

    The finest are the highest quarter in either direction, of which photographs have next to nothing. A block DCT
    without overlap stands for the transform, and of a tall image every n-th row of blocks for all of them.

    Args:
        image: uint8 (H, W, 3), of at least one pixel; edges are repeated to whole blocks.
        frequencies: for each of the three colours the (row, column) of those that are kept.
        rows: largest number of rows of blocks that are looked at.
    """
    stride = -(-image.shape[0] // (BLOCK * rows))
    picked = np.concatenate([image[top : top + BLOCK] for top in range(0, image.shape[0], BLOCK * stride)])
    picked = np.pad(picked, ((0, -len(picked) % BLOCK), (0, -picked.shape[1] % BLOCK), (0, 0)), mode="edge")
    height, width = picked.shape[:2]
    basis, total = cosines(BLOCK, 2).astype("float32"), 0.0
    for colour, kept in enumerate(frequencies):
        lost = np.ones((BLOCK, BLOCK), bool)
        lost[: BLOCK * 3 // 4, : BLOCK * 3 // 4] = False
        lost[tuple(np.transpose(kept))] = False
        if lost.any():
            plane = picked @ OPPONENT[colour].astype("float32")
            blocks = plane.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).swapaxes(1, 2)
            total += float(np.square((basis @ blocks @ basis.T)[..., lost]).sum(dtype="float64"))
    return total / picked.size
