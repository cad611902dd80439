"""A trained codec: images to the bytes of `.aew` files and back, by one set of weights. Knows no names of weights.

Both run on NumPy alone. Keras is imported for what asks for it: effort, `halves`, training.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aewidgets.codec.coding.constants import NUM_KNOTS, QUALITY_MAX
from aewidgets.codec.coding.container import MAX_PIXELS, BitstreamError, Container, parse, parse_arriving
from aewidgets.codec.coding.entropy.tables import unpack_tables
from aewidgets.codec.coding.integer.analysis import Analysis
from aewidgets.codec.coding.integer.lapped import unseen_error
from aewidgets.codec.coding.integer.synthesis import Synthesis
from aewidgets.codec.coding.integer.weights import networks_from
from aewidgets.codec.coding.latents import Encoded, decode_latents, encode_latents, trace_bits
from aewidgets.codec.coding.levels import BYTES, Levels
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.codec.coding.trellis.coding_tables import CodingTables
from aewidgets.codec.coding.trellis.quantisers import FixedPath, Quantiser
from aewidgets.codec.coding.trellis.trellis import Trellis
from aewidgets.codec.effort.symbols import EncodeOptions
from aewidgets.images.arrays import gray_axis, with_axis, without_axis
from aewidgets.system.forks import check_not_forked

if TYPE_CHECKING:
    from aewidgets.codec.model.halves import Halves


@dataclass(frozen=True)
class BitMap:
    """The bits of a file, by place and substream.

    Args:
        bits: float64 (rows, columns, substreams), information content per latent position of 16 x 16 pixels; the first
            substream holds the hyper-latent, spread evenly over the positions it serves.
        header_bytes: bytes of the file that are in no substream.
    """

    bits: np.ndarray
    header_bytes: int


class Arrived(NamedTuple):
    """An image whose file may still be arriving.

    Args:
        picture: uint8 or uint16 (h, w), (h, w, 1) or (h, w, 3).
        groups: substreams that were decoded into it.
        of: substreams of the whole file.
    """

    picture: np.ndarray
    groups: int
    of: int


def _cropped(x: np.ndarray, container: Container, reduction: int = 1) -> np.ndarray:
    """Crop samples (16 h, 16 w, 3), or smaller by `reduction`, to the container's size and shape."""
    x = x[: -(-container.height // reduction), : -(-container.width // reduction)]
    if not container.gray:
        return x
    # In integers: for a large image floats would be the largest arrays of all
    total = x[..., 0].astype("uint16" if x.dtype == np.uint8 else "uint32")
    total += x[..., 1]
    total += x[..., 2]
    plane = ((total + 1) // 3).astype(x.dtype)
    return with_axis(plane, container.gray_axis)


class TrainedCodec:
    """A codec with real bytes: images to `.aew` files and back.

    Args:
        arrays: weights, as `aewidgets.codec.model.export.to_arrays` gives them, with tables, strengths and the
            configuration, as `aewidgets.codec.release` adds them.
        fingerprint: 4 bytes that name the weights in files.

    Raises:
        KeyError, ValueError: for arrays that are missing or of no codec.
    """

    def __init__(self, arrays: dict[str, np.ndarray], fingerprint: bytes):
        self.arrays, self.fingerprint = arrays, fingerprint
        self.config = json.loads(arrays["config"].tobytes())
        self.groups = tuple(self.config["groups"])
        self.networks = networks_from(arrays, self.groups)
        tables = unpack_tables(arrays["tables/entries"], arrays["tables/lengths"])
        self.coding_tables = CodingTables(tables, Trellis.of(arrays))

    def quantiser(self, quality: int, kind: type[Quantiser] = Quantiser) -> Quantiser:
        """Return the quantiser that chooses symbols at a stored quality, in one pass."""
        knots = np.linspace(0, QUALITY_MAX, NUM_KNOTS)
        strength = float(np.interp(quality, knots, self.arrays["strength"]))
        return kind(self.coding_tables.tables, strength, self.coding_tables.paths)

    @cached_property
    def analysis(self) -> Analysis:
        """Encoding transforms, on NumPy."""
        return Analysis(self.arrays, self.config)

    @cached_property
    def synthesis(self) -> Synthesis:
        """Decoding transforms, on NumPy."""
        return Synthesis(self.arrays, self.config)

    @cached_property
    def model(self):
        """Keras model with these weights."""
        return self.build_model()

    def build_model(self, cnn_dtype: str = "float32", distortion: str | None = None):
        """Build a new Keras model with these weights, which may be trained: the integer networks become float twins.

        Args:
            cnn_dtype: policy of the convolutional paths.
            distortion: "mse" or "ms-ssim", to train for another than before; None keeps it.

        Raises:
            RuntimeError: in a process forked from one that has used Keras.
        """
        from aewidgets.codec.model.codec import FAMILIES
        from aewidgets.codec.model.export import load_arrays

        check_not_forked()
        options = {k: v for k, v in self.config.items() if k not in ("family", "cnn_dtype")}
        if distortion:
            options["distortion"] = distortion
        if self.config["family"] == "factorised":
            options.pop("groups")  # the Keras model has no groups: they only cut its channels into substreams
        model = FAMILIES[self.config["family"]](**options, cnn_dtype=cnn_dtype)
        model.build()
        load_arrays(model, self.arrays)
        return model

    @cached_property
    def halves(self) -> Halves:
        """Halves of the Keras model, over NumPy arrays: what `analysis` and `synthesis` are compared with."""
        from aewidgets.codec.model.halves import Halves

        return Halves(self.model)

    @cached_property
    def refiner(self):
        """Refiner of latents, see `aewidgets.codec.effort.latents`; it keeps a model of its own."""
        from aewidgets.codec.effort.latents import Refiner

        return Refiner(self)

    def encode(
        self,
        image: np.ndarray,
        quality: int,
        quantise: Callable | None = None,
        measure: bool = False,
        options: EncodeOptions | None = None,
        levels: Levels = BYTES,
    ) -> Encoded:
        """Encode an image into substreams; errors as in `encode_latents`.

        Args:
            image: uint8 or uint16 (h, w), (h, w, 1) or (h, w, 3).
            quality: stored quality, 0 ... 65535.
            quantise: chooses the symbols instead of `quantiser`; not with options.
            measure: add up the information content of all symbols.
            options: effort and weights; None for one forward pass.
            levels: what the samples count.
        """
        image = without_axis(image, gray_axis(image))
        y, z = self.analysis.latents(image, quality, levels=levels)
        if options is not None and not options.plain:
            y = self.refiner.refine(levels.to_units(image), y, z, quality, options)
            quantise = self.quantiser(quality, FixedPath)
        quantise = quantise or self.quantiser(quality)
        return encode_latents(self.networks, self.coding_tables, y, z, quality, quantise, measure, reuse=True)

    def unseen_error(self, image: np.ndarray) -> float:
        """Return the mean squared error, in levels, by the finest frequencies for which these weights have no place.

        It is 0 for gray images, and large where neighbouring pixels alternate in colour, because it is chroma that
        lacks them.

        Args:
            image: uint8 or float32 (h, w) or (h, w, 3), in units of 1/255.
        """
        return 0.0 if image.ndim == 2 else unseen_error(image, self.config["statistics"]["frequencies"])

    def container(self, image: np.ndarray, encoded: Encoded, quality: int, levels: Levels = BYTES) -> Container:
        """Return the container, still without chunks, of an image that `encode` encoded.

        An image of three equal channels is gray, and decodes to three equal channels.
        """
        height, width = image.shape[:2]
        axis = gray_axis(image)
        streams, checks = encoded.streams, encoded.checks
        gray = axis is not None
        return Container(
            self.fingerprint, height, width, quality, gray, streams, checks, gray_axis=axis or 0, levels=levels
        )

    def compress(self, image: np.ndarray, quality: float = 50, options: EncodeOptions | None = None) -> bytes:
        """Return a whole .aew file of an image, uint8 (h, w), (h, w, 1) or (h, w, 3), at a quality from 1 to 100."""
        stored = stored_quality(quality)
        return self.container(image, self.encode(image, stored, options=options), stored).pack()

    def latents(
        self, container: Container, groups: int | None = None, predict: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """Decode latents (int32 multiples of 1/64) and their symbols, both (h, w, c).

        Args:
            container: the file.
            groups: decode only this number of substreams, from the first; None for all.
            predict: see `decode_latents`.

        Raises:
            BitstreamError: for a file that this model did not write.
        """
        if len(container.streams) != self.networks.streams:
            raise BitstreamError(f"{len(container.streams)} substreams: this model writes {self.networks.streams}")
        return self._latents(container, len(container.streams) if groups is None else groups, predict)

    def _latents(self, container, count, predict=True):
        """Decode the first `count` substreams of a file, which may be all that has arrived."""
        if container.fingerprint != self.fingerprint:
            raise BitstreamError(f"written by model {container.fingerprint.hex()}, this is {self.fingerprint.hex()}")
        height, width = container.latent_shape
        streams, checks, quality = container.streams[:count], container.checks, container.quality
        tables = self.coding_tables
        return decode_latents(self.networks, tables, streams, checks, height, width, quality, predict=predict)

    def picture(self, y_hat: np.ndarray, symbols: np.ndarray, quality: int, levels: Levels = BYTES) -> np.ndarray:
        """Return the image, uint8 or uint16 (16 h, 16 w, 3), of decoded latents, by NumPy alone."""
        return self.synthesis.picture(y_hat, symbols, quality, levels=levels)

    def decompress(self, data: bytes, groups: int | None = None, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """Return the image in a whole .aew file, of the shape that was encoded: (h, w), (h, w, 1) or (h, w, 3).

        It is uint8, or uint16 of more than 8 bits.

        Args:
            data: the file.
            groups: decode only this number of substreams, from the first; the rest take their predicted means.
            max_pixels: see `aewidgets.codec.coding.container.parse`.

        Raises:
            BitstreamError: for anything that this model did not write.
        """
        return self.decode(parse(data, max_pixels), groups)

    def decode(self, container: Container, groups: int | None = None) -> np.ndarray:
        """Return the image in a file that is parsed already; arguments and errors as in `decompress`."""
        y_hat, symbols = self.latents(container, groups)
        return _cropped(self.picture(y_hat, symbols, container.quality, container.levels), container)

    def decompress_arriving(self, data: bytes, max_pixels: int = MAX_PIXELS) -> Arrived:
        """Return the image in the beginning of an .aew file, as far as it has arrived.

        Each substream is verified by its symbols; the checksum of the file cannot be before all of it has arrived.

        Raises:
            BitstreamError: when not even the first substream has arrived; for anything that this model did not write.
        """
        container, streams = parse_arriving(data, max_pixels)
        if streams != self.networks.streams:
            raise BitstreamError(f"{streams} substreams: this model writes {self.networks.streams}")
        count = len(container.streams)
        y_hat, symbols = self._latents(container, count)
        picture = _cropped(self.picture(y_hat, symbols, container.quality, container.levels), container)
        return Arrived(picture, count, streams)

    def thumbnail(self, data: bytes, reduction: int = 8, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """Return a small image from the first substream of an .aew file, which may be all that has arrived.

        Args:
            data: the file, or its beginning.
            reduction: 4, 8 or 16: each pixel is the mean of a square of this side.
            max_pixels: of the whole image.

        Returns:
            uint8 or uint16 (ceil(h / reduction), ceil(w / reduction)) or (..., 3).

        Raises:
            BitstreamError: as `decompress_arriving`.
        """
        container, _ = parse_arriving(data, max_pixels)
        y_hat, symbols = self._latents(container, 1, predict=False)
        small = self.synthesis.thumbnail(y_hat, symbols, container.quality, reduction, levels=container.levels)
        return _cropped(small, container, reduction)

    def group_bytes(self, data: bytes) -> tuple[int, ...]:
        """Return the bytes of each substream of a file."""
        return tuple(len(s) for s in parse(data).streams)

    def bit_map(self, data: bytes) -> BitMap:
        """Return the bits of a file, by place and substream."""
        container = parse(data)
        shape, tables = container.latent_shape, self.coding_tables
        bits = trace_bits(self.networks, tables, container.streams, *shape, container.quality)
        return BitMap(bits, len(data) - sum(len(s) for s in container.streams))
