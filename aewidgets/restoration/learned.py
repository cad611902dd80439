"""Running trained denoisers and restorers on images, tile by tile. No classical methods, no training."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from aewidgets.images.tiles import TILE, in_tiles

__all__ = ["BLIND", "EIGHT", "LEARNED", "NETWORKS", "is_shipped", "shipped", "through_network", "through_orientations"]

LEARNED = "learned"  # the network, given what is known of the noise or damage
BLIND = "blind"  # the denoising network without the noise level
EIGHT = "learned-8"  # the mean of the denoising network's results for the eight orientations of the image
NETWORKS = (LEARNED, BLIND, EIGHT)


def is_shipped(name: str) -> bool:
    """Return whether a denoiser of this name comes with the package, by its card and without importing Keras."""
    return (resources.files("aewidgets") / "weights" / "denoisers" / f"{name}.json").is_file()


@cache
def shipped(name: str) -> Any:
    """Return a shipped denoiser by its name, loaded once."""
    from aewidgets.models.pretrained import load_denoiser  # imports Keras: seconds that classical methods do not need

    return load_denoiser(name)


def through_network(
    network: Any,
    image: np.ndarray,
    maps: np.ndarray,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Run a network on an image, in memory that grows with the image only by the result.

    Args:
        network: an `aewidgets.models.residual_denoiser.ResidualDenoiser`; one for colour takes gray images too.
        image: float32 (h, w) or (h, w, 3) in units of [0, 1].
        maps: the network's further inputs, float32 (h, w, k).
        tile: side of the tiles in pixels, a multiple of the network's `multiple`.
        progress: called with (tiles done, tiles).
        stop: called before each tile; if it returns True, KeyboardInterrupt is raised.

    Returns:
        float32 of the image's shape, not clipped.
    """
    channels = network.channels
    planes = image[..., None] if image.ndim == 2 else image
    both = np.concatenate([np.broadcast_to(planes, (*planes.shape[:2], channels)), maps], axis=-1)

    def run_tile(x: np.ndarray) -> np.ndarray:
        return network.restored(x[..., :channels], x[..., channels:])

    out = in_tiles(run_tile, both, network.multiple, network.reach, tile, progress, stop)
    return out.mean(axis=-1) if image.ndim == 2 else out


def through_orientations(
    network: Any,
    image: np.ndarray,
    maps: np.ndarray,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Run a network on the eight orientations of an image and average; arguments as in `through_network`."""
    total = np.zeros(image.shape, np.float32)
    for number in range(8):

        def report(done: int, tiles: int, number: int = number) -> None:
            if progress:
                progress(number * tiles + done, 8 * tiles)

        x, m = (_turned(part, number) for part in (image, maps))
        total += _turned(through_network(network, x, m, tile, report, stop), number, back=True)
    return total / 8


def _turned(image: np.ndarray, number: int, back: bool = False) -> np.ndarray:
    """Return orientation 0 to 7 of an image, or turn that orientation back."""
    if back:
        image = image[:, ::-1] if number > 3 else image
        return np.rot90(image, -(number % 4))
    image = np.rot90(image, number % 4)
    return image[:, ::-1] if number > 3 else image
