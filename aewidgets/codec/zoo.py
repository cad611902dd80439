"""Pretrained codecs: by name, by the path of a card, and by the fingerprint in a file. No training.

The fingerprint in every compressed file is the start of the SHA-256 of the weights that wrote it, so that a file finds
its decoder by itself.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from aewidgets.codec.coding.container import NO_MODEL, BitstreamError, parse
from aewidgets.codec.trained import TrainedCodec
from aewidgets.system.cards import ShippedCards, read_weights, unpack_weights

CODECS = ShippedCards("", "model")
FINGERPRINT_BYTES = 4


def load_weights(data: bytes) -> TrainedCodec:
    """Return the codec in the bytes of an .npz file, which needs no card."""
    return TrainedCodec(unpack_weights(data), hashlib.sha256(data).digest()[:FINGERPRINT_BYTES])


@lru_cache(maxsize=1)
def cards() -> dict[str, dict[str, Any]]:
    """Return the card of every codec in the package, by name."""
    return CODECS.read_all()


def names() -> tuple[str, ...]:
    """Return the names that `load` takes."""
    return tuple(cards())


def card_path(name: str) -> Path:
    """Return the path of a shipped codec's card, or the path of a card as it is given.

    Raises:
        PretrainedError: a ValueError, for an unknown name.
    """
    return CODECS.find(name)


@lru_cache(maxsize=4)
def load(name: str = "photo") -> TrainedCodec:
    """Load a codec, its weights checked against the SHA-256 of its card.

    Args:
        name: of `names`, or the path of a card, ending in .json.

    Raises:
        PretrainedError: a ValueError, for an unknown name, and for weights that are not the card's.
        FileNotFoundError: for a path where no card is.
    """
    path = card_path(name)
    card = CODECS.read(path)
    codec = TrainedCodec(read_weights(path, card), bytes.fromhex(card["sha256"])[:FINGERPRINT_BYTES])
    if name.endswith(".json"):
        _BY_PATH[codec.fingerprint] = codec
    return codec


#: Codecs that were loaded by the path of a card, as long as somebody uses them: they can read their own files.
_BY_PATH: WeakValueDictionary[bytes, TrainedCodec] = WeakValueDictionary()


def for_bytes(data: bytes) -> TrainedCodec:
    """Return the codec that wrote an .aew file.

    Raises:
        BitstreamError: for bytes that are no .aew file, or of a model that is not here.
    """
    return for_fingerprint(parse(data).fingerprint)


def for_fingerprint(fingerprint: bytes) -> TrainedCodec:
    """Return the codec with a fingerprint: one of the package, or one that was loaded by the path of its card.

    Raises:
        BitstreamError: for one that is not here, and for the fingerprint of lossless files, which need no model.
    """
    if fingerprint == NO_MODEL:
        raise BitstreamError("this file needs no model: aewidgets.decompress reads it")
    name = name_of(fingerprint)
    if name is None and fingerprint in _BY_PATH:
        return _BY_PATH[fingerprint]
    if name is None:
        raise BitstreamError(
            f"written by model {fingerprint.hex()}, which is not in this aewidgets ({', '.join(names())}): "
            "another version has it; for weights of your own give the path of their card: decompress(data, model=CARD)"
        )
    return load(name)


def name_of(fingerprint: bytes) -> str | None:
    """Return the name of the shipped codec with a fingerprint, None where there is none."""
    found = (name for name, card in cards().items() if card["sha256"].startswith(fingerprint.hex()))
    return next(found, None)
