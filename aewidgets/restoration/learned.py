"""Pictures through the trained denoisers and restorers, tile by tile. No classical methods, no training."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from aewidgets.images.tiles import TILE, in_tiles

__all__ = ["is_shipped", "shipped", "through_network", "through_orientations"]


def is_shipped(name: str) -> bool:
    """Whether a denoiser of this name comes with the package: its card is looked for, and Keras is not imported."""
    return (resources.files("aewidgets") / "weights" / "denoisers" / f"{name}.json").is_file()


@cache
def shipped(name: str) -> Any:
    """A denoiser that is shipped, loaded once."""
    from aewidgets.models.pretrained import load_denoiser  # imports Keras: seconds that classical methods need not wait

    return load_denoiser(name)


def through_network(
    network: Any,
    image: np.ndarray,
    maps: np.ndarray,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """A picture through a network, in memory that does not grow with it but for the result.

    Args:
        network: an `aewidgets.models.residual_denoiser.ResidualDenoiser`. One for colour takes gray pictures too.
        image: float32 (h, w) or (h, w, 3) in units of [0, 1].
        maps: float32 (h, w, k), what the network is told beside.
        tile: side of the pieces, a multiple of the network's.
        progress: called with (pieces done, pieces).
        stop: asked before each piece; KeyboardInterrupt is raised when it says so.

    Returns:
        float32 of the image's shape, not clipped.
    """
    channels = network.channels
    planes = image[..., None] if image.ndim == 2 else image
    both = np.concatenate([np.broadcast_to(planes, (*planes.shape[:2], channels)), maps], axis=-1)

    def of_tile(x: np.ndarray) -> np.ndarray:
        return network.restored(x[..., :channels], x[..., channels:])

    out = in_tiles(of_tile, both, network.multiple, network.reach, tile, progress, stop)
    return out.mean(axis=-1) if image.ndim == 2 else out


def through_orientations(
    network: Any,
    image: np.ndarray,
    maps: np.ndarray,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """The mean of what a network makes of the eight orientations of a picture; arguments as in `through_network`."""
    total = np.zeros(image.shape, np.float32)
    for number in range(8):

        def told(done: int, pieces: int, number: int = number) -> None:
            if progress:
                progress(number * pieces + done, 8 * pieces)

        x, m = (_turned(part, number) for part in (image, maps))
        total += _turned(through_network(network, x, m, tile, told, stop), number, back=True)
    return total / 8


def _turned(image: np.ndarray, number: int, back: bool = False) -> np.ndarray:
    """Orientation 0 to 7 of a picture, or the picture of an orientation."""
    if back:
        image = image[:, ::-1] if number > 3 else image
        return np.rot90(image, -(number % 4))
    image = np.rot90(image, number % 4)
    return image[:, ::-1] if number > 3 else image
