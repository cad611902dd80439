"""Sparse coding of rows by orthogonal matching pursuit, and K-SVD updates of the atoms. Knows no images."""

from __future__ import annotations

import math
import warnings

import numpy as np

from aewidgets.classical.codes.code import CHUNK
from aewidgets.system.extras import extras_in_words

__all__ = ["cosine_atoms", "learn_atoms", "pursue", "unit"]

TWINS = 0.99  # two atoms with a larger inner product count as equal


def unit(atoms: np.ndarray) -> np.ndarray:
    """Scale atoms to length one; those of length zero stay zero."""
    return atoms / np.maximum(np.linalg.norm(atoms, axis=1, keepdims=True), 1e-8)


def pursue(
    rows: np.ndarray, atoms: np.ndarray, *, nonzeros: int | None = None, tolerance: float | None = None
) -> np.ndarray:
    """Code rows by orthogonal matching pursuit, limited by `nonzeros` or by `tolerance`.

    Args:
        rows: float32 (n, d).
        atoms: float32 (k, d), each of length one.
        nonzeros: largest number of atoms per row.
        tolerance: squared length of the residual at which a row's pursuit stops.

    Returns:
        Coefficients, float32 (n, k).
    """
    with extras_in_words("pursuit"):
        from sklearn.linear_model import orthogonal_mp_gram

    codes = np.zeros((len(rows), len(atoms)), "float32")
    lengths = np.einsum("nd,nd->n", rows, rows)
    nonzero = np.flatnonzero(lengths > max(tolerance or 0.0, 1e-8))  # pursuit never stops before its first atom
    gram = (atoms @ atoms.T).astype("float64")
    with warnings.catch_warnings():
        # scikit-learn warns of every row that fewer atoms represent exactly, which ends its pursuit early.
        warnings.filterwarnings("ignore", "[\\s\\S]*Orthogonal matching pursuit ended prematurely", RuntimeWarning)
        for start in range(0, len(nonzero), CHUNK):
            some = nonzero[start : start + CHUNK]
            correlations = (atoms @ rows[some].T).astype("float64")
            squares = None if tolerance is None else lengths[some].astype("float64")
            found = orthogonal_mp_gram(
                gram, correlations, n_nonzero_coefs=nonzeros, tol=tolerance, norms_squared=squares
            )
            codes[some] = found.reshape(len(atoms), -1).T
    return codes


def learn_atoms(
    rows: np.ndarray, atoms: np.ndarray, iterations: int, *, nonzeros: int | None = None, tolerance: float | None = None
) -> np.ndarray:
    """Return the atoms after `iterations` rounds of pursuit and updates; other arguments as in `pursue`."""
    for _ in range(iterations):
        codes = pursue(rows, atoms, nonzeros=nonzeros, tolerance=tolerance)
        atoms = _updated(rows, atoms, codes)
    return atoms


def _updated(rows: np.ndarray, atoms: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Update every atom and its coefficients by the best approximation of rank one; `codes` change in place."""
    atoms = atoms.copy()
    left = rows - codes @ atoms
    badness = np.einsum("nd,nd->n", left, left)
    for k in range(len(atoms)):
        users = np.flatnonzero(codes[:, k])
        twin = k > 0 and np.abs(atoms[:k] @ atoms[k]).max() > TWINS
        if not len(users) or twin:
            left[users] += codes[users, k, None] * atoms[k]
            codes[users, k] = 0.0
            worst = int(np.argmax(badness))
            badness[worst] = 0.0  # the next unused atom takes another row
            if rows[worst].any():
                atoms[k] = rows[worst] / np.linalg.norm(rows[worst])
            continue
        part = left[users] + codes[users, k, None] * atoms[k]
        atoms[k] = _leading(part)
        codes[users, k] = part @ atoms[k]
        left[users] = part - codes[users, k, None] * atoms[k]
    return atoms


def _leading(part: np.ndarray) -> np.ndarray:
    """Return the right singular vector (d,) of the largest singular value of (n, d), by the smaller Gram matrix."""
    with extras_in_words("the learning of a dictionary"):
        from scipy.linalg import eigh

    tall = part.shape[0] >= part.shape[1]
    gram = part.T @ part if tall else part @ part.T
    last = len(gram) - 1
    vector = eigh(gram, subset_by_index=[last, last], check_finite=False)[1][:, 0]
    vector = vector if tall else part.T @ vector
    return vector / max(float(np.linalg.norm(vector)), 1e-8)


def cosine_atoms(num_atoms: int, side: int) -> np.ndarray:
    """Return an overcomplete DCT, float32 (num_atoms, side**2): products of sampled cosines, the first atom constant.

    Raises:
        ValueError: for a number that is not a square.
    """
    count = math.isqrt(num_atoms)
    if count**2 != num_atoms:
        raise ValueError(f"num_atoms: denoising starts from a square of cosines, such as 256; got {num_atoms}")
    waves = np.cos(np.outer(np.arange(count), np.arange(side)) * np.pi / count)
    waves[1:] -= waves[1:].mean(axis=1, keepdims=True)
    return unit(np.kron(waves, waves)).astype("float32")
