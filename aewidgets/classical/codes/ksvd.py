"""Dictionaries learnt on images or on the patches of one, and denoising with them. `pursuit` has the arithmetic."""

from __future__ import annotations

import numpy as np

from aewidgets.classical.codes.code import CHUNK, Code, chunks_of
from aewidgets.classical.codes.pursuit import cosine_atoms, learn_atoms, pursue, unit

__all__ = ["KSVD"]


class KSVD(Code):
    """Sparse code over a learnt dictionary (Aharon, Elad and Bruckstein 2006, doi:10.1109/TSP.2006.881199).

    Codes come from orthogonal matching pursuit. Each atom becomes the best approximation of rank one to the residuals,
    without that atom, of the images that use it. An atom that is unused, or nearly equal to another one, is replaced
    by the image with the largest residual. Unlike in the paper, the mean image is subtracted first.

    Args:
        num_atoms: number of atoms; also the length of a code, most of it zeros.
        nonzeros: largest number of atoms that one image may use.
        iterations: number of rounds of coding and updating.
        seed: chooses the images that the dictionary starts from.

    Attributes:
        mean: mean of the fitted images, float32 (d,).
        atoms: the dictionary, float32 (num_atoms, d), each row of length one.
    """

    def __init__(self, num_atoms: int = 256, nonzeros: int = 8, iterations: int = 10, seed: int = 0):
        if not 1 <= nonzeros <= num_atoms:
            raise ValueError(f"nonzeros: expected 1 to num_atoms = {num_atoms}, got {nonzeros}")
        self.num_atoms, self.nonzeros, self.iterations, self.seed = num_atoms, nonzeros, iterations, seed

    def fit(self, images: np.ndarray) -> KSVD:
        """Learn mean and atoms, and return this object. Holds all images as float32, and their codes, in memory.

        Raises:
            ValueError: for fewer images than atoms.
        """
        self._take_shape(images, self.num_atoms)
        rows = np.concatenate(list(chunks_of(images)))
        self.mean = rows.mean(axis=0)
        rows -= self.mean
        start = np.random.default_rng(self.seed).choice(len(rows), self.num_atoms, replace=False)
        self.atoms = learn_atoms(rows, unit(rows[start]), self.iterations, nonzeros=self.nonzeros)
        return self

    def denoise(self, image: np.ndarray, sigma: float, *, side: int = 8) -> np.ndarray:
        """Denoise an image with a dictionary learnt on its own patches.

        Elad and Aharon 2006 (doi:10.1109/TIP.2006.881969): overlapping patches without their means are coded by as few
        atoms as leave less than (1.15 sigma)**2 per pixel, and averaged, with 30 / (255 sigma) of the noisy image. The
        dictionary starts from an overcomplete DCT and is learnt on at most 20,000 patches; that of `fit` is not used.

        Args:
            image: float (height, width), 1 is white, with noise.
            sigma: standard deviation of the noise, in the image's units.
            side: side of the patches in pixels.

        Returns:
            float32 (height, width), not clipped.

        Raises:
            ValueError: for another shape, a sigma that is not positive, or a `num_atoms` that is not a square.
        """
        if image.ndim != 2 or min(image.shape) < side:
            raise ValueError(f"image: expected (height, width) of at least {side} pixels a side, got {image.shape}")
        if not sigma > 0:
            raise ValueError(f"sigma: expected a number above 0 in the image's units, got {sigma}")
        image = np.asarray(image, "float32")
        patches = np.lib.stride_tricks.sliding_window_view(image, (side, side))
        rows = patches.reshape(-1, side * side).copy()
        means = rows.mean(axis=1, keepdims=True)
        rows -= means
        tolerance = side * side * (1.15 * sigma) ** 2
        some = np.random.default_rng(self.seed).permutation(len(rows))[:20_000]
        atoms = learn_atoms(rows[some], cosine_atoms(self.num_atoms, side), self.iterations, tolerance=tolerance)
        share = 30 / (255 * sigma)
        total, weight = share * image, np.full_like(image, share)
        for start in range(0, len(rows), CHUNK):
            part = slice(start, start + CHUNK)
            restored = pursue(rows[part], atoms, tolerance=tolerance) @ atoms + means[part]
            top, left = np.divmod(np.arange(start, start + len(restored)), patches.shape[1])
            for offset in range(side * side):
                down, across = divmod(offset, side)
                # One pixel of each patch: no two patches of a chunk have it in the same place.
                total[top + down, left + across] += restored[:, offset]
                weight[top + down, left + across] += 1
        return total / weight

    def _encode_rows(self, rows):
        """Encode rows (n, d) by matching pursuit, float32 (n, num_atoms)."""
        return pursue(rows - self.mean, self.atoms, nonzeros=self.nonzeros)

    def _decode_rows(self, codes):
        """Decode codes as rows (n, d)."""
        return codes @ self.atoms + self.mean

    def __repr__(self) -> str:
        return f"KSVD(num_atoms={self.num_atoms}, nonzeros={self.nonzeros})"
