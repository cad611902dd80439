"""A trained codec: pictures to the bytes of `.aew` files and back, by one set of weights. Which there are: `zoo`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aewidgets.codec.coding.constants import NUM_KNOTS, QUALITY_MAX
from aewidgets.codec.coding.container import MAX_PIXELS, BitstreamError, Container, parse, parse_arriving
from aewidgets.codec.coding.entropy.tables import unpack_tables
from aewidgets.codec.coding.integer.synthesis import Synthesis
from aewidgets.codec.coding.integer.weights import networks_from
from aewidgets.codec.coding.latents import Encoded, decode_latents, encode_latents, trace_bits
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.codec.coding.trellis.alphabet import CodingTables
from aewidgets.codec.coding.trellis.quantisers import FixedPath, Quantiser
from aewidgets.codec.coding.trellis.trellis import Trellis
from aewidgets.codec.effort.symbols import EncodeOptions

if TYPE_CHECKING:
    from aewidgets.codec.model.halves import Halves


@dataclass(frozen=True)
class BitMap:
    """Where the bits of a file go.

    Args:
        bits: float64 (rows, columns, substreams), information content per latent position of 16 x 16 pixels; the first
            substream holds the hyper-latent, spread evenly over the positions it serves.
        header_bytes: of the file, beside the substreams.
    """

    bits: np.ndarray
    header_bytes: int


class Arrived(NamedTuple):
    """A picture of which not all may be there yet.

    Args:
        picture: uint8 (h, w) or (h, w, 3).
        groups: substreams that are in it.
        of: substreams of the whole file.
    """

    picture: np.ndarray
    groups: int
    of: int


def _cropped(x: np.ndarray, container: Container, reduction: int = 1) -> np.ndarray:
    """uint8 (16 h, 16 w, 3), or smaller by `reduction`, -> the container's size and number of samples."""
    x = x[: -(-container.height // reduction), : -(-container.width // reduction)]
    if not container.gray:
        return x
    # In integers: floats of a whole large picture would be its largest arrays
    total = x[..., 0].astype("uint16")
    total += x[..., 1]
    total += x[..., 2]
    return ((total + 1) // 3).astype("uint8")


class TrainedCodec:
    """A codec with real bytes: pictures to `.aew` files and back.

    Args:
        arrays: weights, as `aewidgets.codec.model.export.to_arrays` gives them, with the tables and the configuration.
        fingerprint: 4 bytes.
    """

    def __init__(self, arrays: dict[str, np.ndarray], fingerprint: bytes):
        self.arrays, self.fingerprint = arrays, fingerprint
        self.config = json.loads(arrays["config"].tobytes())
        self.groups = tuple(self.config["groups"])
        self.networks = networks_from(arrays, self.groups)
        tables = unpack_tables(arrays["tables/entries"], arrays["tables/lengths"])
        self.alphabet = CodingTables(tables, Trellis.of(arrays))

    def quantiser(self, quality: int, kind: type[Quantiser] = Quantiser) -> Quantiser:
        """What chooses symbols at a stored quality, in one pass."""
        knots = np.linspace(0, QUALITY_MAX, NUM_KNOTS)
        strength = float(np.interp(quality, knots, self.arrays["strength"]))
        return kind(self.alphabet.tables, strength, self.alphabet.paths)

    @cached_property
    def synthesis(self) -> Synthesis:
        """The decoding transforms."""
        return Synthesis(self.arrays, self.config)

    @cached_property
    def model(self):
        """The Keras model, with these weights."""
        return self.build_model()

    def build_model(self, cnn_dtype: str = "float32", distortion: str | None = None):
        """A Keras model of its own with these weights, to be trained on: the integer networks become float twins.

        Args:
            cnn_dtype: policy of the convolutional paths.
            distortion: "mse" or "ms-ssim" to train for another than before.
        """
        from aewidgets.codec.model.codec import FAMILIES
        from aewidgets.codec.model.export import load_arrays

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
        """The Keras model's halves over arrays."""
        from aewidgets.codec.model.halves import Halves

        return Halves(self.model)

    @cached_property
    def refiner(self):
        """What improves latents, see `aewidgets.codec.effort.latents`; it keeps a model of its own."""
        from aewidgets.codec.effort.latents import Refiner

        return Refiner(self)

    def encode(
        self, image: np.ndarray, quality: int, quantise=None, measure: bool = False, choosing: EncodeOptions | None = None
    ) -> Encoded:
        """Pictures uint8 (h, w) or (h, w, 3), stored quality -> substreams and what they hold, see `encode_latents`."""
        y, z = self.halves.latents(image, quality)
        if choosing is not None and not choosing.plain:
            y = self.refiner.refine(image, y, z, quality, choosing)
            quantise = self.quantiser(quality, FixedPath)
        return encode_latents(self.networks, self.alphabet, y, z, quality, quantise or self.quantiser(quality), measure)

    def container(self, image: np.ndarray, encoded: Encoded, quality: int) -> Container:
        """The file around what `encode` gave."""
        height, width = image.shape[:2]
        gray = image.ndim == 2
        return Container(self.fingerprint, height, width, quality, gray, encoded.streams, encoded.checks)

    def compress(self, image: np.ndarray, quality: float = 50, choosing: EncodeOptions | None = None) -> bytes:
        """uint8 (h, w) or (h, w, 3), quality 1 ... 100 -> a whole .aew file."""
        stored = stored_quality(quality)
        return self.container(image, self.encode(image, stored, choosing=choosing), stored).pack()

    def latents(
        self, container: Container, groups: int | None = None, predict: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """Decoded latents (int32 multiples of 1/64) and symbols, both (h, w, c), of all or the first substreams."""
        if len(container.streams) != self.networks.streams:
            raise BitstreamError(f"{len(container.streams)} substreams: this model writes {self.networks.streams}")
        return self._latents(container, len(container.streams) if groups is None else groups, predict)

    def _latents(self, container, count, predict=True):
        if container.fingerprint != self.fingerprint:
            raise BitstreamError(f"written by model {container.fingerprint.hex()}, this is {self.fingerprint.hex()}")
        height, width = container.latent_shape
        streams, checks, quality = container.streams[:count], container.checks, container.quality
        return decode_latents(self.networks, self.alphabet, streams, checks, height, width, quality, predict=predict)

    def picture(self, y_hat: np.ndarray, symbols: np.ndarray, quality: int) -> np.ndarray:
        """Decoded latents -> uint8 (16 h, 16 w, 3), by NumPy alone."""
        return self.synthesis.picture(y_hat, symbols, quality)

    def decompress(self, data: bytes, groups: int | None = None, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """A whole .aew file -> uint8 (h, w) or (h, w, 3).

        Args:
            groups: decode only the first so many substreams; the rest take their predicted means.
            max_pixels: see `aewidgets.codec.coding.container.parse`.

        Raises:
            BitstreamError: for anything that this model did not write.
        """
        return self.decode(parse(data, max_pixels), groups)

    def decode(self, container: Container, groups: int | None = None) -> np.ndarray:
        """The same of a file that is parsed already."""
        y_hat, symbols = self.latents(container, groups)
        return _cropped(self.picture(y_hat, symbols, container.quality), container)

    def decompress_arriving(self, data: bytes, max_pixels: int = MAX_PIXELS) -> Arrived:
        """The beginning of an .aew file -> the picture as far as it has arrived.

        Each substream is verified by its symbols; the checksum of the file cannot be, before all of it is here.

        Raises:
            BitstreamError: when not even the first substream is here; for anything that this model did not write.
        """
        container, streams = parse_arriving(data, max_pixels)
        if streams != self.networks.streams:
            raise BitstreamError(f"{streams} substreams: this model writes {self.networks.streams}")
        count = len(container.streams)
        y_hat, symbols = self._latents(container, count)
        picture = _cropped(self.picture(y_hat, symbols, container.quality), container)
        return Arrived(picture, count, streams)

    def thumbnail(self, data: bytes, reduction: int = 8, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """A small picture from the first substream of an .aew file, which may be all of it that is here.

        Args:
            data: the file, or its beginning.
            reduction: 4, 8 or 16: each pixel is the mean of so many by so many.
            max_pixels: of the whole picture.

        Returns:
            uint8 (ceil(h / reduction), ceil(w / reduction)) or (..., 3).

        Raises:
            BitstreamError: as `decompress_arriving`.
        """
        container, _ = parse_arriving(data, max_pixels)
        y_hat, symbols = self._latents(container, 1, predict=False)
        small = self.synthesis.thumbnail(y_hat, symbols, container.quality, reduction)
        return _cropped(small, container, reduction)

    def group_bytes(self, data: bytes) -> tuple[int, ...]:
        """Bytes of each substream of a file."""
        return tuple(len(s) for s in parse(data).streams)

    def bit_map(self, data: bytes) -> BitMap:
        """Where the bits of a file go."""
        container = parse(data)
        bits = trace_bits(self.networks, self.alphabet, container.streams, *container.latent_shape, container.quality)
        return BitMap(bits, len(data) - sum(len(s) for s in container.streams))
