"""Random crops of pictures. NumPy only."""

import numpy as np

__all__ = ["random_crop"]


def random_crop(image: np.ndarray, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Return a random view (height, width, ...) of a picture, in any of its eight orientations.

    The picture must be at least max(height, width) pixels high and wide.
    """
    if rng.integers(2):
        image = image.swapaxes(0, 1)
    i, j = rng.integers(image.shape[0] - height + 1), rng.integers(image.shape[1] - width + 1)
    x = image[i : i + height, j : j + width]
    return x[:: 1 - 2 * rng.integers(2), :: 1 - 2 * rng.integers(2)]
