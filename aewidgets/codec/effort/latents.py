"""Effort at encoding: the latents of one image improved by gradients through a frozen codec. No bytes, no files.

The transform is nearly orthonormal, so that the second derivative of the distortion by a latent is known beforehand:
2 / 3 * lmbda * step**2 bits. That makes two things exact which gradient descent on a relaxed quantiser (Yang, Bamler
and Mandt 2020, arXiv:2006.04240) has to find by trial: how far a gradient reaches, and what a symbol may cost. Each
pass chooses all symbols with the real tables, decodes, and moves the latents towards decoded - gradient / curvature.
That is a proximal Newton step; its gradient is that of the distortion and of the bits of other symbols, whose contexts
see this one. On photos-select eight passes were worth more than four hundred steps of gradient descent.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from aewidgets.codec.coding.constants import HYPER_STRIDE, LATENT_STRIDE, MEAN_STEPS, QUALITY_MAX
from aewidgets.codec.coding.integer.grids import finer, tiles
from aewidgets.codec.coding.lagrangian import curvature, lmbda_of
from aewidgets.codec.coding.latents import encode_latents
from aewidgets.codec.effort.symbols import EncodeOptions, choose_symbols

if TYPE_CHECKING:
    from aewidgets.codec.effort.window import RefinedWindow

__all__ = ["PASSES_OF_EFFORT", "Refiner"]

PASSES_OF_EFFORT = (0, 2, 3, 4, 6, 8, 11, 15, 20, 27)  # of effort 0 ... 9
WINDOW, MARGIN = 64, 8  # side of a window in latents, and the part of it that is context for the inner latents
_LEAST_WEIGHT = 1 / 64  # of a position in the choice of its symbols: no error is free
_FURTHEST = 1.0  # quantiser steps that a latent moves in one pass at most, should a curvature be wrong
_SHAPES = 4  # of windows whose compiled step is kept: a large image has no more


class Refiner:
    """Refiner of latents for one codec; it keeps the compiled steps.

    Args:
        codec: an `aewidgets.codec.trained.TrainedCodec`.
    """

    def __init__(self, codec: Any):
        self.codec = codec
        self._steps: OrderedDict[tuple[int, int], RefinedWindow] = OrderedDict()

    @cached_property
    def model(self) -> Any:
        """Keras model of the codec, frozen; built once gradients are wanted."""
        model = self.codec.build_model()
        model.trainable = False
        return model

    def _step(self, height, width):
        """Return the compiled step of a window's shape."""
        from aewidgets.codec.effort.window import RefinedWindow  # here: without gradients nothing needs Keras

        if (height, width) not in self._steps:
            self._steps[height, width] = RefinedWindow(self.model, height, width).make_ready()
            if len(self._steps) > _SHAPES:
                self._steps.popitem(last=False)
        self._steps.move_to_end((height, width))
        return self._steps[height, width]

    def curvature(self, quality: int) -> np.ndarray:
        """Return the curvature, (c,) in bits per squared quantiser step, where every pixel counts fully."""
        return curvature(quality / QUALITY_MAX, self.codec.analysis.steps(quality))

    def refine(
        self,
        image: np.ndarray,
        y: np.ndarray,
        z: np.ndarray | None,
        quality: int,
        options: EncodeOptions,
    ) -> np.ndarray:
        """Return better latents, never worse than those given in bits + lmbda * 255**2 * (weighted) squared error.

        Args:
            image: uint8 (H, W) or (H, W, 3).
            y, z: of the analysis, in steps.
            quality: 0 ... 65535.
            options: effort and weights. At effort 0 symbols are chosen once, without gradients, which makes a
                difference only where there is a weight.

        Returns:
            float32 as `y`, on decoded values: `aewidgets.codec.coding.trellis.quantisers.FixedPath` leaves them.
        """
        weight = options.weight
        x, pixels = _padded(image, weight, y.shape[:2])
        place = pixels.reshape(y.shape[0], LATENT_STRIDE, y.shape[1], LATENT_STRIDE).mean(axis=(1, 3))
        place = np.maximum(place, _LEAST_WEIGHT)
        by_channel = self.curvature(quality)

        def chosen(latents):
            return choose_symbols(self.codec, latents, z, quality, by_channel, place)

        if weight is None:
            quantise = self.codec.quantiser(quality)
            plain = encode_latents(self.codec.networks, self.codec.coding_tables, y, z, quality, quantise, True)
            assert plain.ideal_bits is not None
            best = plain.y_hat, plain.symbols, plain.ideal_bits
        else:
            y_hat, symbols, _, bits = chosen(y)
            best = y_hat, symbols, bits
        if not options.effort:
            return _latents(best[0])
        found = self._search(x, pixels, y, quality, place, by_channel, chosen, options)
        if found is not None and self._cost(x, pixels, quality, *found) < self._cost(x, pixels, quality, *best):
            best = found
        return _latents(best[0])

    def _search(self, x, pixels, y, quality, place, by_channel, chosen, options):
        """Return decoded latents, symbols and bits of the best pass; None where none came to its end."""
        passes, progress, stop = PASSES_OF_EFFORT[options.effort], options.progress, options.stop
        windows = list(_windows(*y.shape[:2]))
        latents, best, least = y.copy(), None, np.inf
        for number in range(passes):
            y_hat, symbols, z_hat, bits = chosen(latents)
            cost, rate = bits, _rate_of_move(number, passes)
            for done, (inside, region) in enumerate(windows):
                if stop is not None and stop():
                    return best
                distortion, moved = self._move(
                    x, pixels, latents[region], y_hat, symbols, z_hat, quality, place, by_channel, region, inside, rate
                )
                own = tuple(slice(i.start - r.start, i.stop - r.start) for i, r in zip(inside, region, strict=True))
                move = np.nan_to_num((moved - latents[region])[own], nan=0.0)
                latents[inside] += np.clip(move, -_FURTHEST, _FURTHEST)
                cost += distortion
                if progress is not None:
                    progress(number * len(windows) + done + 1, passes * len(windows))
            if cost < least:
                best, least = (y_hat, symbols, bits), cost
        return best

    def _move(self, x, pixels, latents, y_hat, symbols, z_hat, quality, place, by_channel, region, inside, rate):
        """Return the distortion inside a window, in bits, and the window's latents after one step."""
        step = self._step(*latents.shape[:2])
        fine = finer(region, LATENT_STRIDE)
        counted = np.zeros(pixels.shape, "float32")[fine]
        top, left = (LATENT_STRIDE * (i.start - r.start) for i, r in zip(inside, region, strict=True))
        height, width = (LATENT_STRIDE * (i.stop - i.start) for i in inside)
        counted[top : top + height, left : left + width] = 1
        inputs = {
            "x": x[fine].astype("float32") / 255,
            "weight": pixels[fine][..., None],
            "inside": counted[..., None],
            "y_hat": y_hat[region].astype("float32") / MEAN_STEPS,
            "symbols": symbols[region].astype("float32"),
            "curvature": (place[region][..., None] * by_channel).astype("float32"),
            "quality": np.array([quality / QUALITY_MAX], "float32"),
        }
        if z_hat is not None:
            coarse = tuple(slice(s.start // HYPER_STRIDE, -(-s.stop // HYPER_STRIDE)) for s in region)
            inputs["z_hat"] = z_hat[coarse]
        return step.move(inputs, latents, rate)

    def _cost(self, x, pixels, quality, y_hat, symbols, bits):
        """Return the true loss, in bits: that of the image which a decoder shows."""
        shown = self.codec.picture(y_hat, symbols, quality)
        total = sum(
            float((pixels[rows, :, None] * (shown[rows].astype("float32") - x[rows]) ** 2).sum(dtype="float64"))
            for rows in (slice(first, first + 256) for first in range(0, len(x), 256))
        )
        return bits + lmbda_of(quality / QUALITY_MAX) * total / 3


def _rate_of_move(number, passes):
    """Return the share of the way to its aim that a pass moves: ever less, because all latents move at once."""
    return 0.5 * (1 - number / passes)


def _latents(y_hat):
    """Return decoded latents, int32 multiples of 1/64, as float32 in steps."""
    return y_hat.astype("float32") / MEAN_STEPS


def _padded(image, weight, shape):
    """Pad image (uint8) and weights (float32) to whole latents by repeated samples of weight 0."""
    x = np.stack([image] * 3, axis=-1) if image.ndim == 2 else image
    more = [(0, n * LATENT_STRIDE - have) for n, have in zip(shape, image.shape[:2], strict=True)]
    weight = np.ones(image.shape[:2], "float32") if weight is None else np.asarray(weight, "float32")
    return np.pad(x, [*more, (0, 0)], mode="edge"), np.pad(weight, more)


def _windows(height: int, width: int):
    """Yield (inside, region): parts of the grid, and each with as much around it as its latents depend on.

    Regions start at multiples of four, where hyper-latents and passes do. They have few shapes, because the step of
    each shape is compiled.
    """
    if max(height, width) <= WINDOW:
        whole = slice(0, height), slice(0, width)
        yield whole, whole
        return
    for tile in tiles(height, width, WINDOW - 2 * MARGIN):
        inside = tile.region()
        yield inside, tuple(_around(s, n) for s, n in zip(inside, (height, width), strict=True))


def _around(inside, length):
    """Return the region of a window along one axis."""
    last = max(0, length - WINDOW)
    start = min(max(0, inside.start - MARGIN), last + -last % HYPER_STRIDE)
    return slice(start, min(length, start + WINDOW))
