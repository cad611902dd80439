"""Decoded latents to images: what `aewidgets.codec.model.codec.Codec.synthesise` does, in NumPy. No Keras, no bytes.

Letters and numbers are those of that method. Floats are used, so that a sample may differ by 1 of 255 between machines
where its value falls between two, and of 16 bits by a few of 65535; everything that decoding depends on is computed in
integers elsewhere. Images are
made tile by tile: a tile is computed with all that its pixels depend on around it, and then cut, so that its borders
can be neither seen nor measured.
"""

import numpy as np

from aewidgets.codec.coding.constants import LATENT_STRIDE, MEAN_STEPS
from aewidgets.codec.coding.integer.grids import cut, depth_to_space, finer, space_to_depth, tiles
from aewidgets.codec.coding.integer.lapped import CELL, MARGIN, OPPONENT
from aewidgets.codec.coding.integer.layers import FloatWeights, Layer, Stack, knot_weights, reach, run
from aewidgets.codec.coding.integer.threads import single_thread
from aewidgets.codec.coding.levels import BYTES, Levels

TILE = 64  # side of a tile in latent positions: 1024 x 1024 pixels, about 120 MB of memory


def fold(x: np.ndarray, margin: int) -> np.ndarray:
    """Add each margin of (h, w, c), mirrored, to the samples inside it, and drop it.

    It is `aewidgets.codec.model.ops.fold_edges`; `x` is changed in place.
    """
    m = margin
    for axis in (0, 1):
        x = np.moveaxis(x, axis, 0)
        x[m : 2 * m] += x[:m][::-1]
        x[-2 * m : -m] += x[-m:][::-1]
        x = np.moveaxis(x[m:-m], 0, axis)
    return x


def to_picture(x: np.ndarray, levels: Levels = BYTES) -> np.ndarray:
    """Convert opponent colours of 4 x 4 pixels per position, (h, w, 48), in units of 1/255, to samples (4 h, 4 w, 3).

    The samples are uint8, or for more than 8 bits uint16.
    """
    h, w, _ = x.shape
    # One product turns (colour, row, column) into (row, column, RGB): mixing colours on the last axis would be slow.
    mix = np.einsum("cr,pq->cpqr", OPPONENT, np.eye(16)).reshape(48, 48).astype("float32")
    y = x.reshape(h * w, 48) @ mix
    y += 127.5
    return levels.from_units(y).reshape(h, w, 4, 4, 3).transpose(0, 2, 1, 3, 4).reshape(4 * h, 4 * w, 3)


class Synthesis:
    """Decoding transforms of one codec.

    Args:
        arrays: as `aewidgets.codec.model.export.to_arrays` gives them.
        config: as `aewidgets.codec.release.configuration` gives it.

    Raises:
        KeyError: when arrays are missing.
    """

    def __init__(self, arrays: dict[str, np.ndarray], config: dict):
        self._weights = FloatWeights(arrays, config)
        self.typical = self._weights.typical()
        self.depth = int(config["depth"])
        # For each colour: its channels, in the order of its basis functions, and these functions.
        self.colours, self.bases = self._weights.transform("synthesis")

    def stacks(self, quality: int) -> tuple[Stack, Stack, Stack]:
        """Return the stacks of the convolutional path at 1/16, 1/8 and 1/4 of the image's side, at a stored quality."""
        w, knots = self._weights, knot_weights(quality)
        sixteenth = (
            w.conv("g_s_16/0", active=True),
            w.gain("g_s_16/1", knots),
            w.residual("g_s_16/2"),
            w.conv("g_s_16/3"),
        )
        eighth = (w.residual("g_s_8/0"), w.gain("g_s_8/1", knots), w.conv("g_s_8/2"))
        quarter: list[Layer] = [w.conv("g_s_4/0", active=True), w.gain("g_s_4/1", knots)]
        for number in range(2, 2 + 2 * self.depth, 2):
            quarter += [w.residual(f"g_s_4/{number}"), w.gain(f"g_s_4/{number + 1}", knots)]
        return sixteenth, eighth, (*quarter, w.conv(f"g_s_4/{2 + 2 * self.depth}"))

    def coefficients(self, y_hat: np.ndarray, symbols: np.ndarray, quality: int) -> np.ndarray:
        """Return the transform's coefficients, float32 (h, w, c) in units of 1/255.

        Args:
            y_hat: decoded latents, int32 (h, w, c) multiples of 1/64.
            symbols: their symbols, (h, w, c), of which the signs matter.
            quality: stored quality, 0 ... 65535.
        """
        knots = knot_weights(quality)
        step = self._weights.steps(knots)
        offset = (knots @ self._weights.array("offset")) * step
        y = y_hat.astype("float32")
        y *= step / np.float32(MEAN_STEPS)
        y -= np.sign(symbols).astype("float32") * offset
        return y

    def linear(self, y: np.ndarray, side: int = CELL) -> np.ndarray:
        """Transform coefficients to opponent colours (2 h side, 2 w side, 3), zero-centred, in units of 1/255.

        Args:
            y: coefficients, float32 (h, w, c).
            side: samples along the side of a cell of 8 x 8 pixels; 2 gives means of 4 x 4 pixels.
        """
        h, w, _ = y.shape
        part = CELL // side
        margin = MARGIN // part
        planes = []
        for channels, basis in zip(self.colours, self.bases, strict=True):
            kernel = basis.reshape(3, 3, side, part, side, part, -1).mean(axis=(3, 5)).reshape(9 * side * side, -1)
            blocks = (y[..., channels].reshape(h * w, -1) @ kernel.T).reshape(h, w, 3, 3, side * side)
            cells = np.zeros((2 * h + 1, 2 * w + 1, side * side), "float32")
            for i in range(3):
                for j in range(3):
                    cells[i : i + 2 * h : 2, j : j + 2 * w : 2] += blocks[:, :, i, j]
            planes.append(depth_to_space(cells, side))
        return fold(np.concatenate(planes, axis=-1), margin)

    def picture(
        self, y_hat: np.ndarray, symbols: np.ndarray, quality: int, side: int = TILE, levels: Levels = BYTES
    ) -> np.ndarray:
        """Return the image of decoded latents, uint8 or uint16 (16 h, 16 w, 3).

        Args:
            y_hat: decoded latents, int32 (h, w, c) multiples of 1/64.
            symbols: their symbols, (h, w, c).
            quality: stored quality, 0 ... 65535.
            side: side of a tile, in latent positions.
            levels: what the samples count.
        """
        sixteenth, eighth, quarter = self.stacks(quality)
        # Margins that a tile needs, in samples of each scale, from the image down to the latents.
        at_4 = reach(quarter)
        at_8 = -(-at_4 // 2) + reach(eighth)
        at_16 = -(-at_8 // 2) + reach(sixteenth)
        h, w, _ = y_hat.shape
        out = np.empty((LATENT_STRIDE * h, LATENT_STRIDE * w, 3), levels.dtype)
        with single_thread():
            for tile in tiles(h, w, side):
                latents, eighths, quarters = tile.region(1, at_16), tile.region(2, at_8), tile.region(4, at_4)
                y = self.coefficients(y_hat[latents], symbols[latents], quality)
                linear = cut(self.linear(y), finer(latents, 4), quarters, 4)
                x = depth_to_space(run(sixteenth, y / self.typical), 2)
                x = depth_to_space(run(eighth, cut(x, finer(latents, 2), eighths)), 2)
                x = cut(x, finer(eighths, 2), quarters)
                linear = space_to_depth(linear, 4)
                x = run(quarter, np.concatenate([linear / np.float32(64), x], axis=-1))
                x += linear
                out[tile.region(LATENT_STRIDE)] = to_picture(cut(x, quarters, tile.region(4)), levels)
        return out

    def thumbnail(
        self, y_hat: np.ndarray, symbols: np.ndarray, quality: int, reduction: int = 8, side: int = TILE,
        levels: Levels = BYTES,
    ) -> np.ndarray:  # fmt: skip
        """Return a small image, made by the linear path alone: each pixel is the mean of a square of the image's.

        Args:
            y_hat, symbols, quality: as in `picture`; high frequencies hardly matter and may be zero.
            reduction: 4, 8 or 16, the side of the squares in pixels.
            side: side of a tile, in latent positions.
            levels: what the samples count.

        Returns:
            uint8 or uint16 (16 h / reduction, 16 w / reduction, 3).

        Raises:
            ValueError: for another reduction.
        """
        if reduction not in (4, 8, 16):
            raise ValueError(f"reduction: expected 4, 8 or 16, got {reduction}")
        h, w, _ = y_hat.shape
        out = np.empty((LATENT_STRIDE // reduction * h, LATENT_STRIDE // reduction * w, 3), levels.dtype)
        with single_thread():
            for tile in tiles(h, w, side):
                latents = tile.region(1, 1)
                x = self.linear(self.coefficients(y_hat[latents], symbols[latents], quality), 2)
                x = cut(x, latents, tile.region(), 4)
                n = reduction // 4
                x = x.reshape(x.shape[0] // n, n, x.shape[1] // n, n, 3).mean(axis=(1, 3)) @ OPPONENT + 127.5
                out[tile.region(LATENT_STRIDE // reduction)] = levels.from_units(x)
        return out
