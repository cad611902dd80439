"""A trained codec made ready to ship: tables fitted to real symbols, weights and card written. No training.

The card beside the weights says what they are: SHA-256, configuration, data and licence, seed, command, figures.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from aewidgets.coding.constants import NUM_TABLES, QUALITY_MAX
from aewidgets.coding.latents import Quantiser
from aewidgets.coding.tables import MAX_REACH, fitted_tables, logistic_tables, pack_tables
from aewidgets.models.codec import FAMILIES, Codec
from aewidgets.models.export import to_arrays
from aewidgets.trained_codec import TrainedCodec
from aewidgets.writing import write_bytes
from aewidgets.zoo import pack_config, pack_weights

FACTORISED_GROUPS = (39, 56, 129, 320)  # channels per substream of the factorised family, as in the hyperprior's


def configuration(model: Codec) -> dict:
    """What `aewidgets.trained_codec.TrainedCodec` builds the model from, as JSON holds it."""
    config = {k: v for k, v in model.get_config().items() if k not in ("name", "cnn_dtype")}
    family = next(name for name, cls in FAMILIES.items() if type(model) is cls)
    return json.loads(json.dumps({"family": family, "groups": FACTORISED_GROUPS} | config))


class SymbolCounter:
    """A quantiser that counts how often each symbol comes with each table."""

    def __init__(self, quantise: Quantiser):
        self.quantise = quantise
        self.counts = np.zeros((NUM_TABLES, 2 * MAX_REACH + 1))

    def __call__(self, residual, index):
        symbols = self.quantise(residual, index)
        np.add.at(self.counts, (index, np.clip(symbols, -MAX_REACH, MAX_REACH) + MAX_REACH), 1)
        return symbols


def with_fitted_tables(model: Codec, images: Iterable[np.ndarray], qualities: int = 9, rounds: int = 2) -> TrainedCodec:
    """The codec with probability tables fitted to the symbols of pictures it was trained on.

    Args:
        model: trained.
        images: uint8 (h, w, 3).
        qualities: each picture is coded at one of so many, in turn, so that about all of them should come.
        rounds: the tables choose the quantiser's thresholds, so counting and fitting are repeated.
    """
    images, tables = list(images), logistic_tables()
    arrays = to_arrays(model)
    arrays |= {"config": pack_config(configuration(model)), "strength": np.array(model.strength, "float32")}

    def codec_with(tables):
        entries, lengths = pack_tables(tables)
        return TrainedCodec(arrays | {"tables/entries": entries, "tables/lengths": lengths}, b"\0\0\0\0")

    for _ in range(rounds):
        codec = codec_with(tables)
        counter = SymbolCounter(codec.quantise)
        for number, image in enumerate(images):
            codec.encode(image, QUALITY_MAX * (number % qualities) // (qualities - 1), counter)
        tables = fitted_tables(counter.counts)
    return codec_with(tables)


def write_release(codec: TrainedCodec, path: Path, story: dict) -> dict:
    """Writes `path` (.npz) and its card (.json, last), and returns the card.

    Args:
        codec: its arrays are stored; its fingerprint follows from them.
        path: ending in .npz.
        story: data, licence, seed, command, steps, seconds, figures ...: what the card tells.
    """
    data = pack_weights(codec.arrays)
    card = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), **story}
    for target, content in ((path, data), (path.with_suffix(".json"), json.dumps(card, indent=1).encode())):
        write_bytes(target, content)
    return card
