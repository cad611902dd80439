"""Running a Keras model of one's own, of which nothing is known but that it takes images, on an image of any size."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from aewidgets.system.inference import outputs_of

__all__ = ["is_keras_model", "through_model"]

_MULTIPLES = (1, 2, 4, 8, 16, 32, 64)  # of sides, tried in turn
_TILES = 32  # tiles of a fixed size that are given to the model at once


def is_keras_model(thing: Any) -> bool:
    """Return whether an object is a Keras model. Keras is not imported: whoever has a model has imported it."""
    keras = sys.modules.get("keras")
    model = getattr(keras, "Model", None)
    return model is not None and isinstance(thing, model)


def through_model(model: Any, image: np.ndarray) -> np.ndarray:
    """Run a Keras model on an image.

    A model for one channel is given the channels of a colour image one by one. A model for three is given a gray image
    as three equal channels, and its result is averaged over them. Where the model cannot take the sides, as one that
    halves them three times cannot take 37 pixels, the image is continued by reflection to the next multiple of 2, 4,
    8, 16, 32 or 64, and the result cut. A model of a fixed size is run on overlapping tiles of that size, which are
    blended.

    Args:
        model: takes float32 (n, h, w, c), c of 1 or 3, in units of [0, 1]; returns the same shape.
        image: float32 (h, w) or (h, w, 3) in units of [0, 1].

    Returns:
        Array of the image's shape, not clipped.

    Raises:
        ValueError: for a model that takes something else, or returns another shape; what the model itself raises passes
            through.
    """
    sides, channels, batch = _input(model)
    planes = image[..., None] if image.ndim == 2 else image
    have = planes.shape[-1]
    if channels is not None and channels != have and {channels, have} != {1, 3}:
        raise ValueError(f"the model takes {channels} channels, and pictures have 1 or 3; wrap it in a function that "
                         "takes an image and returns one")  # fmt: skip
    if None in sides:

        def run(x: np.ndarray) -> np.ndarray:
            return _padded(model, x, sides)
    else:

        def run(x: np.ndarray) -> np.ndarray:
            return _in_tiles(model, x, sides, _TILES if batch is None else batch)

    if channels in (None, have):
        made = run(planes)
    elif channels == 1:
        made = np.concatenate([run(planes[..., c : c + 1]) for c in range(have)], axis=-1)
    else:
        made = run(np.repeat(planes, channels, axis=-1)).mean(axis=-1, keepdims=True)
    if made.shape != planes.shape:
        raise ValueError(f"expected {have} channels from the model, got {made.shape[-1]}")
    return made.reshape(image.shape)


def _input(model: Any) -> tuple[tuple[int | None, int | None], int | None, int | None]:
    """Return height and width, channels and images at once that a model takes; None for any, or where it is not known.

    Raises:
        ValueError: for a model that takes no images, or something beside them.
    """
    try:
        shape = model.input_shape
    except (AttributeError, ValueError):  # a subclass, or layers that no input has been given yet
        return (None, None), None, None
    if isinstance(shape, dict | list) or not all(side is None or isinstance(side, int) for side in shape):
        raise ValueError(f"expected a model with one input, the image, got inputs {shape}; wrap it in a function that "
                         "takes an image and returns one")  # fmt: skip
    if len(shape) != 4:
        raise ValueError(f"expected a model of images (batch, height, width, channels), this one takes {shape}; wrap "
                         "it in a function that takes an image and returns one")  # fmt: skip
    batch, height, width, channels = shape
    return (height, width), channels, batch


def _padded(model: Any, x: np.ndarray, sides: tuple[int | None, int | None]) -> np.ndarray:
    """Run a model on (h, w, c), continued to the smallest multiple whose size it returns."""
    height, width = x.shape[:2]
    failed: Exception | None = None
    got, tried = None, set[tuple[int, int]]()
    for multiple in _MULTIPLES:
        rows, columns = (
            fixed or -(-side // multiple) * multiple for side, fixed in zip((height, width), sides, strict=True)
        )
        if (rows, columns) in tried:
            continue
        if rows < height or columns < width:
            raise ValueError(f"the model takes {sides} pixels, None for any number, and the picture has "
                             f"{height} x {width}; cut it, or build the model for any size")  # fmt: skip
        tried.add((rows, columns))
        try:
            made = outputs_of(model, _continued(x, rows, columns)[None])
        except Exception as error:  # layers that halve cannot be joined again at odd sides, of whatever type that is
            failed = failed or error
            continue
        shape = getattr(made, "shape", None)
        if shape is not None and len(shape) == 4 and shape[:3] == (1, rows, columns):
            return made[0, :height, :width]
        got = got or (shape or type(made).__name__)
    if failed is not None and got is None:
        raise failed
    raise ValueError(f"expected from the model an image of the size it was given, 1 x {height} x {width}, got {got}")


def _in_tiles(model: Any, x: np.ndarray, sides: tuple[Any, Any], at_once: int) -> np.ndarray:
    """Run a model of a fixed size on overlapping tiles of (h, w, c), and blend them: most weight to the middles."""
    height, width = x.shape[:2]
    whole = _continued(x, *(max(have, side) for have, side in zip((height, width), sides, strict=True)))
    ramps = [np.minimum(np.arange(1, side + 1), np.arange(side, 0, -1)) for side in sides]
    weight = np.outer(*ramps).astype(np.float32)[..., None]
    corners = [(t, s) for t in _starts(whole.shape[0], sides[0]) for s in _starts(whole.shape[1], sides[1])]
    total, weights = None, np.zeros((*whole.shape[:2], 1), np.float32)
    cut = _cutter(whole, sides)
    for first in range(0, len(corners), at_once):
        some = corners[first : first + at_once]
        tiles = np.stack([cut(*corner) for corner in some] + [cut(*some[-1])] * (at_once - len(some)))
        made = outputs_of(model, tiles)
        shape = getattr(made, "shape", None)
        if shape is None or len(shape) != 4 or shape[:3] != tiles.shape[:3]:
            words = shape or type(made).__name__
            raise ValueError(f"expected from the model images of the size it was given, {tiles.shape[:3]}, got {words}")
        total = np.zeros((*whole.shape[:2], shape[3]), np.float32) if total is None else total
        for (top, left), tile in zip(some, made, strict=False):
            here = slice(top, top + sides[0]), slice(left, left + sides[1])
            total[here] += weight * tile
            weights[here] += weight
    assert total is not None  # an image has at least one pixel
    return (total / weights)[:height, :width]


def _cutter(whole: np.ndarray, sides: tuple[int, int]) -> Callable[[int, int], np.ndarray]:
    """Return a function of a corner that cuts a tile."""
    return lambda top, left: whole[top : top + sides[0], left : left + sides[1]]


def _starts(length: int, side: int) -> Iterator[int]:
    """Yield the starts of tiles that cover a length evenly, each over a quarter of the next one at least."""
    count = 1 + -(-(length - side) // max(1, side * 3 // 4))
    yield from (round(i * (length - side) / max(1, count - 1)) for i in range(count))


def _continued(x: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return an image continued by reflection below and to the right."""
    return np.pad(x, ((0, rows - x.shape[0]), (0, columns - x.shape[1]), (0, 0)), mode="symmetric")
