"""A trained codec made ready to ship: tables fitted to real symbols, weights and card written. No training.

The card beside the weights says what they are: SHA-256, configuration, data and licence, seed, command, figures.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from aewidgets.codec.coding.constants import NUM_KNOTS, NUM_TABLES, QUALITY_MAX
from aewidgets.codec.coding.entropy.tables import MAX_REACH, fitted_tables, logistic_tables, pack_tables
from aewidgets.codec.coding.trellis.levels import LevelCounter, fitted_trellis
from aewidgets.codec.coding.trellis.quantisers import Quantiser
from aewidgets.codec.model.codec import FAMILIES, Codec, HyperpriorCodec, curvature
from aewidgets.codec.model.export import to_arrays
from aewidgets.codec.trained import TrainedCodec
from aewidgets.codec.zoo import pack_config, pack_weights
from aewidgets.system.writing import write_bytes

FACTORISED_GROUPS = (39, 56, 129, 320)  # channels per substream of the factorised family, as in the hyperprior's


def configuration(model: Codec) -> dict:
    """What `aewidgets.codec.trained.TrainedCodec` builds the model from, as JSON holds it."""
    config = {k: v for k, v in model.get_config().items() if k not in ("name", "cnn_dtype")}
    family = next(name for name, cls in FAMILIES.items() if type(model) is cls)
    return json.loads(json.dumps({"family": family, "groups": FACTORISED_GROUPS} | config))


def strengths(model: Codec, log_step: np.ndarray) -> np.ndarray:
    """(NUM_KNOTS,) what `Quantiser` takes, at each knot of quality.

    In theory one over the curvature of the distortion; with contexts, which see decoded values, 0.8 over it is best on
    photos-select at every quality, within 0.05 % of bits + lmbda * 255**2 * mse, and for paths through a trellis, too
    (0.64 costs 0.4 %, 1.2 costs 0.3 %). One number a quality: to tell channels apart by their steps is worth nothing.
    No theory for MS-SSIM: there it is the model's own.

    Args:
        model: says whether there are contexts, and what it was trained for.
        log_step: (NUM_KNOTS, c) its quantiser steps, of its arrays.
    """
    if model.distortion != "mse":
        return np.full(NUM_KNOTS, model.strength, "float32")
    share = 0.8 if isinstance(model, HyperpriorCodec) else 1.0
    by_channel = curvature(np.linspace(0, 1, NUM_KNOTS)[:, None], np.exp(log_step.astype("float64")))
    return (share / np.median(by_channel, axis=1)).astype("float32")


class SymbolCounter:
    """Quantisers that count how often each symbol comes with each table, and each level of a path."""

    def __init__(self) -> None:
        self.counts = np.zeros((NUM_TABLES, 2 * MAX_REACH + 1))
        self.levels = LevelCounter()

    def around(self, quantise: Quantiser) -> "_Counted":
        """The same quantiser, counted."""
        return _Counted(quantise, self)


class _Counted:
    def __init__(self, quantise, counter):
        self.quantise, self.counter = quantise, counter

    def __call__(self, residual, index):
        symbols = self.quantise(residual, index)
        np.add.at(self.counter.counts, (index, np.clip(symbols, -MAX_REACH, MAX_REACH) + MAX_REACH), 1)
        return symbols

    def path(self, residual, index):
        levels, states = self.quantise.path(residual, index)
        self.counter.levels.count(levels, states, index)
        return levels, states


def with_fitted_tables(model: Codec, images: Iterable[np.ndarray], qualities: int = 9, rounds: int = 3) -> TrainedCodec:
    """The codec with probability tables fitted to the symbols of pictures it was trained on.

    Args:
        model: trained.
        images: uint8 (h, w, 3).
        qualities: each picture is coded at one of so many, in turn, so that about all of them should come.
        rounds: the tables choose the quantiser's thresholds and paths, so counting and fitting are repeated; only the
            last time with all pictures, before with every fourth.
    """
    images, tables, trellis = list(images), logistic_tables(), fitted_trellis()
    arrays = to_arrays(model)
    arrays |= {"config": pack_config(configuration(model)), "strength": strengths(model, arrays["log_step"])}

    def codec_with(tables, trellis):
        entries, lengths = pack_tables(tables)
        both = {"tables/entries": entries, "tables/lengths": lengths} | trellis.arrays()
        return TrainedCodec(arrays | both, b"\0\0\0\0")

    for count in range(1, rounds + 1):
        codec = codec_with(tables, trellis)
        counter = SymbolCounter()
        for number, image in enumerate(images[:: 1 if count == rounds else 4]):
            quality = QUALITY_MAX * (number % qualities) // (qualities - 1)
            codec.encode(image, quality, counter.around(codec.quantiser(quality)))
        tables, trellis = fitted_tables(counter.counts), fitted_trellis(counter.levels)
    return codec_with(tables, trellis)


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
