"""Pretrained codecs by name, by card and by what wrote a file; and the bytes that weights are kept in.

Weights are `.npz` files without pickles; beside each stands a `.json` card with its SHA-256, data, licence, seed,
command and the figures it reached. The fingerprint in every compressed file is the start of that SHA-256.
"""

import hashlib
import json
from functools import lru_cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np

from aewidgets.codec.coding.container import NO_MODEL, BitstreamError, parse
from aewidgets.codec.trained import TrainedCodec


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
            "another version has it; weights of your own are found once aewidgets.codec.zoo.load has read their card"
        )
    return load(name)


def name_of(fingerprint: bytes) -> str | None:
    """Name of the model with this fingerprint, None when it is not in the package."""
    found = (name for name, card in cards().items() if card["sha256"].startswith(fingerprint.hex()))
    return next(found, None)
