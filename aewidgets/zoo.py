"""Pretrained codecs: Keras transforms, integer networks and tables put together from one file of weights.

Weights are `.npz` files without pickles; beside each stands a `.json` card with its SHA-256, data, licence, seed,
command and the figures it reached. The fingerprint in every compressed file is the start of that SHA-256.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

import numpy as np

from aewidgets.choices import Choosing
from aewidgets.coding.constants import HYPER_STRIDE, LATENT_STRIDE, MEAN_STEPS, QUALITY_MAX
from aewidgets.coding.container import MAX_PIXELS, NO_MODEL, BitstreamError, Container, parse, parse_arriving
from aewidgets.coding.grids import cut, finer, tiles
from aewidgets.coding.latents import Encoded, Quantiser, decode_latents, encode_latents, trace_bits
from aewidgets.coding.synthesis import Synthesis
from aewidgets.coding.tables import unpack_tables
from aewidgets.coding.weights import networks_from

TILE = 48  # latent positions a side that are analysed at once: 768 x 768 pixels, about 150 MB of work
# Latents beyond its own that one depends on: two at 1/16 of the side, two residual ones at 1/8, three samples at 1/4,
# and two strided convolutions between them: 18 samples at 1/4, or 4.5 latents.
ANALYSIS_MARGIN = 5


def stored_quality(quality: float) -> int:
    """Quality 1 ... 100 -> 0 ... 65535, as files hold it.

    Raises:
        ValueError: outside 1 ... 100.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality: expected 1 (small) to 100 (good), got {quality}")
    return round((quality - 1) / 99 * QUALITY_MAX)


def user_quality(stored: int) -> float:
    """The inverse of `stored_quality`."""
    return 1 + 99 * stored / QUALITY_MAX


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
        arrays: weights, as `aewidgets.models.export.to_arrays` gives them, with the tables and the configuration.
        fingerprint: 4 bytes.
    """

    def __init__(self, arrays: dict[str, np.ndarray], fingerprint: bytes):
        self.arrays, self.fingerprint = arrays, fingerprint
        self.config = json.loads(arrays["config"].tobytes())
        self.groups = tuple(self.config["groups"])
        self.networks = networks_from(arrays, self.groups)
        self.tables = unpack_tables(arrays["tables/entries"], arrays["tables/lengths"])
        self.quantise = Quantiser(self.tables, float(arrays["strength"]))

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
        from aewidgets.models.codec import FAMILIES
        from aewidgets.models.export import load_arrays

        options = {k: v for k, v in self.config.items() if k not in ("family", "cnn_dtype")}
        options.setdefault("activation", "relu")  # cards that say nothing are from when there was nothing to say
        if distortion:
            options["distortion"] = distortion
        if self.config["family"] == "factorised":
            options.pop("groups")  # the Keras model has no groups: they only cut its channels into substreams
        else:
            options = {"passes": None, "dc_width": 0} | options
        model = FAMILIES[self.config["family"]](**options, cnn_dtype=cnn_dtype)
        model.build()
        load_arrays(model, self.arrays)
        return model

    @cached_property
    def _halves(self):
        from aewidgets.models.codec import Decoder, Encoder, HyperEncoder

        return Encoder(self.model), HyperEncoder(self.model), Decoder(self.model)

    def analyse(self, image: np.ndarray, quality: int, side: int = TILE) -> tuple[np.ndarray, np.ndarray | None]:
        """Pictures uint8 (h, w) or (h, w, 3), stored quality -> float32 latents and hyper-latents, in steps.

        Args:
            side: of a tile, latent positions, a multiple of 4; larger pictures are analysed tile by tile, each with
                as much around it as its latents depend on.
        """
        x = np.stack([image] * 3, axis=-1) if image.ndim == 2 else image
        if x.shape[0] % LATENT_STRIDE or x.shape[1] % LATENT_STRIDE:
            x = np.pad(x, ((0, -x.shape[0] % LATENT_STRIDE), (0, -x.shape[1] % LATENT_STRIDE), (0, 0)), mode="edge")
        level = np.array([quality / QUALITY_MAX], "float32")
        encoder, hyper_encoder, _ = self._halves

        def latents(region):
            part = x[finer(region, LATENT_STRIDE)][None].astype("float32") / 255.0
            return {k: np.asarray(v)[0] for k, v in encoder.predict_on_batch({"x": part, "quality": level}).items()}

        h, w = x.shape[0] // LATENT_STRIDE, x.shape[1] // LATENT_STRIDE
        if max(h, w) <= side + 2 * ANALYSIS_MARGIN:
            whole = latents((slice(0, h), slice(0, w)))
            return whole["y"], whole.get("z")
        y = np.empty((h, w, sum(self.groups)), "float32")
        for tile in tiles(h, w, side):
            region = tile.region(1, ANALYSIS_MARGIN)
            y[tile.region()] = cut(latents(region)["y"], region, tile.region())
        if self.config["family"] == "factorised":
            return y, None
        hz, wz = -(-h // HYPER_STRIDE), -(-w // HYPER_STRIDE)
        z = np.empty((hz, wz, self.config["hyper_channels"]), "float32")
        for tile in tiles(hz, wz, side // HYPER_STRIDE):
            region = tile.region(1, 1)  # an output sees three latents beyond its own four, on each side
            part = {"y": y[finer(region, HYPER_STRIDE)][None], "quality": level}
            z[tile.region()] = cut(np.asarray(hyper_encoder.predict_on_batch(part)["z"])[0], region, tile.region())
        return y, z

    @cached_property
    def refiner(self):
        """What improves latents, see `aewidgets.refinement`; it keeps a model of its own."""
        from aewidgets.refinement import Refiner

        return Refiner(self)

    def encode(
        self, image: np.ndarray, quality: int, quantise=None, measure: bool = False, choosing: Choosing | None = None
    ) -> Encoded:
        """Pictures uint8 (h, w) or (h, w, 3), stored quality -> substreams and what they hold, see `encode_latents`."""
        y, z = self.analyse(image, quality)
        if choosing is not None and not choosing.plain:
            y = self.refiner.refine(image, y, z, quality, choosing)
        return encode_latents(self.networks, self.tables, y, z, quality, quantise or self.quantise, measure)

    def container(self, image: np.ndarray, encoded: Encoded, quality: int) -> Container:
        """The file around what `encode` gave."""
        height, width = image.shape[:2]
        gray = image.ndim == 2
        return Container(self.fingerprint, height, width, quality, gray, encoded.streams, encoded.checks)

    def compress(self, image: np.ndarray, quality: float = 50, choosing: Choosing | None = None) -> bytes:
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
        return decode_latents(self.networks, self.tables, streams, checks, height, width, quality, predict=predict)

    def picture(self, y_hat: np.ndarray, symbols: np.ndarray, quality: int) -> np.ndarray:
        """Decoded latents -> uint8 (16 h, 16 w, 3), by NumPy alone."""
        return self.synthesis.picture(y_hat, symbols, quality)

    def picture_keras(self, y_hat: np.ndarray, symbols: np.ndarray, quality: int) -> np.ndarray:
        """The same by the Keras model, for comparison: equal but for values that fall between two levels."""
        x = self._halves[2].predict_on_batch(
            {
                "y_hat": y_hat[None].astype("float32") / MEAN_STEPS,
                "symbols": symbols[None].astype("float32"),
                "quality": np.array([quality / QUALITY_MAX], "float32"),
            }
        )
        return np.rint(np.clip(np.asarray(x)[0], 0, 1) * 255).astype("uint8")

    def decompress(self, data: bytes, groups: int | None = None, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """A whole .aew file -> uint8 (h, w) or (h, w, 3).

        Args:
            groups: decode only the first so many substreams; the rest take their predicted means.
            max_pixels: see `aewidgets.coding.container.parse`.

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
        bits = trace_bits(self.networks, self.tables, container.streams, *container.latent_shape, container.quality)
        return BitMap(bits, len(data) - sum(len(s) for s in container.streams))


def pack_weights(arrays: dict[str, np.ndarray]) -> bytes:
    """Arrays -> the bytes of an .npz file, the same bytes for the same arrays."""
    import zipfile

    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            part = BytesIO()
            np.lib.format.write_array(part, np.asarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(name + ".npy"), part.getvalue(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pack_config(config: dict) -> np.ndarray:
    """A model's configuration as an array of bytes, so that the fingerprint covers it."""
    return np.frombuffer(json.dumps(config).encode(), "uint8")


def load_weights(data: bytes) -> TrainedCodec:
    """The codec in the bytes of an .npz file."""
    with np.load(BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return TrainedCodec(arrays, hashlib.sha256(data).digest()[:4])


def _folder() -> Path:
    return Path(str(resources.files("aewidgets") / "weights"))


@lru_cache(maxsize=1)
def cards() -> dict[str, dict]:
    """Name -> card of every model in the package."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(_folder().glob("*.json"))}


def names() -> tuple[str, ...]:
    """Names that `load` takes."""
    return tuple(cards())


def card_path(name: str) -> Path:
    """The card of a model of the package, or the path of a card as it is.

    Raises:
        ValueError: for an unknown name.
    """
    if name.endswith(".json"):
        return Path(name)
    if name not in cards():
        raise ValueError(f"no model {name!r}: expected one of {', '.join(names())}, or the path of a card (.json)")
    return _folder() / f"{name}.json"


@lru_cache(maxsize=4)
def load(name: str = "photo") -> TrainedCodec:
    """A codec by name, its weights checked against the SHA-256 of its card; or by the path of its card.

    Raises:
        ValueError: for an unknown name, or weights that are not the card's.
    """
    path = card_path(name)
    card = json.loads(path.read_text())
    data = path.with_suffix(".npz").read_bytes()
    if hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise ValueError(f"{path.with_suffix('.npz')} is not the file its card describes: install aewidgets again")
    codec = load_weights(data)
    if name.endswith(".json"):
        _BY_PATH[codec.fingerprint] = codec
    return codec


_BY_PATH: WeakValueDictionary[bytes, TrainedCodec] = WeakValueDictionary()


def for_bytes(data: bytes) -> TrainedCodec:
    """The codec that wrote an .aew file.

    Raises:
        BitstreamError: for bytes that are no .aew file, or of a model that is not here.
    """
    return for_fingerprint(parse(data).fingerprint)


def for_fingerprint(fingerprint: bytes) -> TrainedCodec:
    """The codec whose files bear this fingerprint: one of the package, or one that was loaded by its card.

    Raises:
        BitstreamError: for one that is not here, or that of files without a model.
    """
    if fingerprint == NO_MODEL:
        raise BitstreamError("this file is lossless and needs no model: aewidgets.decompress reads it")
    name = name_of(fingerprint)
    if name is None and fingerprint in _BY_PATH:
        return _BY_PATH[fingerprint]
    if name is None:
        raise BitstreamError(
            f"written by model {fingerprint.hex()}, which is not in this aewidgets ({', '.join(names())}): "
            "another version has it; weights of your own are found once aewidgets.zoo.load has read their card"
        )
    return load(name)


def name_of(fingerprint: bytes) -> str | None:
    """Name of the model with this fingerprint, None when it is not in the package."""
    found = (name for name, card in cards().items() if card["sha256"].startswith(fingerprint.hex()))
    return next(found, None)
