"""Effort at encoding: the latents of one picture improved by gradients through a frozen codec. No bytes, no files.

The transform is nearly orthonormal, so that the second derivative of the distortion by a latent is known beforehand:
2 / 3 * lmbda * step**2 bits. That makes two things exact which gradient descent on a relaxed quantiser (Yang, Bamler
and Mandt 2020, arXiv:2006.04240) has to feel its way to: how far a gradient reaches, and what a symbol may cost. Each
pass chooses all symbols with the real tables, decodes, and moves the latents towards decoded - gradient / curvature: a
proximal Newton step, whose gradient is that of the distortion and of what the symbols tell the contexts of others. On
photos-select eight passes were worth more than four hundred steps of the former.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from keras import ops

from aewidgets.codec.coding.constants import HYPER_STRIDE, LATENT_STRIDE, MEAN_STEPS, QUALITY_MAX
from aewidgets.codec.coding.integer.grids import finer, tiles
from aewidgets.codec.coding.latents import encode_latents
from aewidgets.codec.effort.symbols import EncodeOptions, choose_symbols
from aewidgets.codec.effort.window import RefinedWindow
from aewidgets.codec.model.codec import curvature, lmbda_of
from aewidgets.codec.model.densities import knot_weights

__all__ = ["PASSES_OF_EFFORT", "Refiner"]

PASSES_OF_EFFORT = (0, 2, 3, 4, 6, 8, 11, 15, 20, 27)  # of effort 0 ... 9
WINDOW, MARGIN = 64, 8  # latents a side worked on at once, and those of them that are there for their neighbours
_LEAST_WEIGHT = 1 / 64  # of a place in the choice of its symbols: none is free
_FURTHEST = 1.0  # steps that a latent moves in one pass: where curvatures are not what they should be, none runs away
_SHAPES = 4  # of windows whose compiled step is kept: a large picture has no more


class Refiner:
    """Improves the latents of pictures for one codec; keeps what is compiled.

    Args:
        codec: an `aewidgets.codec.trained.TrainedCodec`.
    """

    def __init__(self, codec: Any):
        self.codec = codec
        self.model = codec.build_model()
        self.model.trainable = False
        self._steps: OrderedDict[tuple[int, int], RefinedWindow] = OrderedDict()

    def _step(self, height, width):
        if (height, width) not in self._steps:
            self._steps[height, width] = RefinedWindow(self.model, height, width).make_ready()
            if len(self._steps) > _SHAPES:
                self._steps.popitem(last=False)
        self._steps.move_to_end((height, width))
        return self._steps[height, width]

    def curvature(self, quality: int) -> np.ndarray:
        """(c,) bits per squared quantiser step, where every pixel counts fully."""
        level = np.array([quality / QUALITY_MAX], "float32")
        steps = ops.convert_to_numpy(self.model.steps(knot_weights(ops.convert_to_tensor(level)))).ravel()
        return curvature(quality / QUALITY_MAX, steps)

    def refine(
        self,
        image: np.ndarray,
        y: np.ndarray,
        z: np.ndarray | None,
        quality: int,
        choosing: EncodeOptions,
    ) -> np.ndarray:
        """Better latents, never worse than those given in bits + lmbda * 255**2 * (weighted) squared error.

        Args:
            image: uint8 (H, W) or (H, W, 3).
            y, z: of the analysis, in steps.
            quality: 0 ... 65535.
            choosing: effort and weights. At effort 0 symbols are chosen once, without gradients: only where there is
                a weight is that anything new.

        Returns:
            float32 as `y`, on decoded values, which `aewidgets.codec.coding.trellis.quantisers.FixedPath` leaves as they are.
        """
        weight = choosing.weight
        x, pixels = _padded(image, weight, y.shape[:2])
        place = pixels.reshape(y.shape[0], LATENT_STRIDE, y.shape[1], LATENT_STRIDE).mean(axis=(1, 3))
        place = np.maximum(place, _LEAST_WEIGHT)
        by_channel = self.curvature(quality)

        def chosen(latents):
            return choose_symbols(self.codec, latents, z, quality, by_channel, place)

        if weight is None:
            quantise = self.codec.quantiser(quality)
            plain = encode_latents(self.codec.networks, self.codec.alphabet, y, z, quality, quantise, True)
            assert plain.ideal_bits is not None
            best = plain.y_hat, plain.symbols, plain.ideal_bits
        else:
            y_hat, symbols, _, bits = chosen(y)
            best = y_hat, symbols, bits
        if not choosing.effort:
            return _latents(best[0])
        found = self._search(x, pixels, y, quality, place, by_channel, chosen, choosing)
        if found is not None and self._cost(x, pixels, quality, *found) < self._cost(x, pixels, quality, *best):
            best = found
        return _latents(best[0])

    def _search(self, x, pixels, y, quality, place, by_channel, chosen, choosing):
        """Decoded latents, symbols and bits of the best pass; None where not one came to its end."""
        passes, progress, stop = PASSES_OF_EFFORT[choosing.effort], choosing.progress, choosing.stop
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
        step = self._step(*latents.shape[:2])
        root = np.sqrt(place[region][..., None] * by_channel).astype("float32")
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
            "curvature": root**2,
        }
        if z_hat is not None:
            coarse = tuple(slice(s.start // HYPER_STRIDE, -(-s.stop // HYPER_STRIDE)) for s in region)
            inputs["z_hat"] = z_hat[coarse]
        batch = {name: value[None] for name, value in inputs.items()}
        batch["quality"] = np.array([quality / QUALITY_MAX], "float32")
        step.scaled.assign((latents * root)[None])
        step.optimizer.learning_rate = rate
        step.reset_metrics()
        result = step.train_on_batch(batch, np.zeros((1, 2), "float32"), return_dict=True)
        return float(result["distortion"]), ops.convert_to_numpy(step.scaled)[0] / root

    def _cost(self, x, pixels, quality, y_hat, symbols, bits):
        """The true loss, in bits: of the picture that a decoder shows."""
        shown = self.codec.picture(y_hat, symbols, quality)
        total = sum(
            float((pixels[rows, :, None] * (shown[rows].astype("float32") - x[rows]) ** 2).sum(dtype="float64"))
            for rows in (slice(first, first + 256) for first in range(0, len(x), 256))
        )
        return bits + lmbda_of(quality / QUALITY_MAX) * total / 3


def _rate_of_move(number, passes):
    """Share of the way to each pass's aim: less and less, for all latents move at once."""
    return 0.5 * (1 - number / passes)


def _latents(y_hat):
    return y_hat.astype("float32") / MEAN_STEPS


def _padded(image, weight, shape):
    """Picture uint8 and weights float32 of whole latents: repeated samples at the end, which count for nothing."""
    x = np.stack([image] * 3, axis=-1) if image.ndim == 2 else image
    more = [(0, n * LATENT_STRIDE - have) for n, have in zip(shape, image.shape[:2], strict=True)]
    weight = np.ones(image.shape[:2], "float32") if weight is None else np.asarray(weight, "float32")
    return np.pad(x, [*more, (0, 0)], mode="edge"), np.pad(weight, more)


def _windows(height: int, width: int):
    """(inside, region): parts of the grid, and as much around each as its latents depend on.

    Regions start at multiples of four, where hyper-latents and passes do, and are of few shapes, for each is compiled.
    """
    if max(height, width) <= WINDOW:
        whole = slice(0, height), slice(0, width)
        yield whole, whole
        return
    for tile in tiles(height, width, WINDOW - 2 * MARGIN):
        inside = tile.region()
        yield inside, tuple(_around(s, n) for s, n in zip(inside, (height, width), strict=True))


def _around(inside, length):
    last = max(0, length - WINDOW)
    start = min(max(0, inside.start - MARGIN), last + -last % HYPER_STRIDE)
    return slice(start, min(length, start + WINDOW))
