"""Recurrent autoencoder: reads an image row by row or patch by patch into one code, and writes it again.

After Srivastava et al. 2015 (arXiv:1502.04681), with parts of one image in place of the frames of a video.
"""

import keras
from keras import layers

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.models.bodies import check_count, check_output, code_layer

__all__ = ["RecurrentAutoencoder"]

CELLS = {"gru": layers.GRU, "lstm": layers.LSTM}


@keras.saving.register_keras_serializable("aewidgets")
class RecurrentAutoencoder(Autoencoder):
    """Autoencoder that reads an image as a sequence; a recurrent network's last state gives the code.

    The decoder's network gets the code at every step, not its previous output, so that it writes all parts in one run.
    The encoder reads the parts in reverse and the decoder writes them in order, so that the part that was read last is
    written first; in the paper the decoder is the one that reverses them.

    Args:
        image_shape: (height, width, channels).
        latent_dim: length of a code.
        unit: "rows", or "patches" in reading order.
        patch: side of a patch in pixels, which divides both sides of the image.
        width: number of units of each network.
        cell: "gru" or "lstm".
        output: "sigmoid" or "linear".

    Raises:
        ValueError: for patches that do not tile the image.
    """

    family = "recurrent"

    def __init__(
        self,
        image_shape,
        latent_dim: int = 64,
        unit: str = "rows",
        patch: int = 4,
        width: int = 256,
        cell: str = "gru",
        output: str = "sigmoid",
        **kwargs,
    ):
        super().__init__(image_shape, **kwargs)
        check_count(patch=patch, width=width)
        check_output(output)
        if unit not in ("rows", "patches"):
            raise ValueError(f"unit: expected 'rows' or 'patches', got {unit!r}")
        if cell not in CELLS:
            raise ValueError(f"cell: expected one of {', '.join(CELLS)}, got {cell!r}")
        rows, columns, channels = (side or 0 for side in self.image_shape)
        if 0 in (rows, columns, channels):
            raise ValueError(f"image_shape: a sequence needs images of one known size, got {self.image_shape}")
        if unit == "patches" and (rows % patch or columns % patch):
            raise ValueError(f"patch: {patch} x {patch} pixels do not tile {rows} x {columns}; choose a common divisor")
        self.latent_dim, self.unit, self.patch = latent_dim, unit, patch
        self.width, self.cell, self.last = width, cell, output

        high, wide = (1, columns) if unit == "rows" else (patch, patch)
        blocks = (rows // high, high, columns // wide, wide, channels)  # axes: block row, row, block column, column
        steps, size = blocks[0] * blocks[2], high * wide * channels
        dtype = self.dtype_policy

        x = inputs = keras.Input(self.image_shape, name="x")
        x = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape(blocks)(x))
        x = CELLS[cell](width, go_backwards=True, dtype=dtype)(layers.Reshape((steps, size))(x))
        encoder = keras.Model(inputs, code_layer(latent_dim)(x), name="encoder")

        code = keras.Input((latent_dim,), name="code")
        x = CELLS[cell](width, return_sequences=True, dtype=dtype)(layers.RepeatVector(steps)(code))
        x = layers.Dense(size, dtype=dtype)(x)
        x = layers.Reshape((blocks[0], blocks[2], high, wide, channels))(x)
        x = layers.Reshape(self.image_shape)(layers.Permute((1, 3, 2, 4, 5))(x))
        decoder = keras.Model(code, layers.Activation(output, dtype="float32")(x), name="decoder")
        self._ready(encoder, decoder)

    def get_config(self):
        """Return the arguments of `__init__`, for saving."""
        return super().get_config() | {
            "latent_dim": self.latent_dim,
            "unit": self.unit,
            "patch": self.patch,
            "width": self.width,
            "cell": self.cell,
            "output": self.last,
        }
