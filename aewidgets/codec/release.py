"""A trained codec made ready to ship: tables fitted to real symbols, weights and card written. No training.

The card beside the weights says what they are, see `aewidgets.system.cards`.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.codec.coding.constants import NUM_KNOTS, NUM_TABLES, QUALITY_MAX
from aewidgets.codec.coding.entropy.tables import MAX_REACH, fitted_tables, logistic_tables, pack_tables
from aewidgets.codec.coding.lagrangian import curvature
from aewidgets.codec.coding.trellis.levels import LevelCounter, fitted_trellis
from aewidgets.codec.coding.trellis.quantisers import Quantiser
from aewidgets.codec.model.codec import FAMILIES, Codec, HyperpriorCodec
from aewidgets.codec.model.export import to_arrays
from aewidgets.codec.trained import TrainedCodec
from aewidgets.system.cards import write_weights

#: Channels of each substream of the factorised family; the hyperprior's groups, its first four in one.
FACTORISED_GROUPS = (39, 56, 129, 320)


def configuration(model: Codec) -> dict[str, Any]:
    """Return what `aewidgets.codec.trained.TrainedCodec` builds a model from, as JSON holds it."""
    config = {k: v for k, v in model.get_config().items() if k not in ("name", "cnn_dtype")}
    family = next(name for name, cls in FAMILIES.items() if type(model) is cls)
    return json.loads(json.dumps({"family": family, "groups": FACTORISED_GROUPS} | config))


def pack_config(config: dict[str, Any]) -> np.ndarray:
    """Return a configuration as an array of bytes, uint8 (n,), kept among the weights: the fingerprint covers it."""
    return np.frombuffer(json.dumps(config).encode(), "uint8")


def strengths(model: Codec, log_step: np.ndarray) -> np.ndarray:
    """Return the strength that `Quantiser` takes, at each knot of quality, float32 (NUM_KNOTS,).

    In theory it is one over the curvature of the distortion. With contexts, which see decoded values, 0.8 over it is
    best on photos-select at every quality, within 0.05 % of bits + lmbda * 255**2 * mse, and for paths through a
    trellis, too (0.64 costs 0.4 %, 1.2 costs 0.3 %). One strength a quality is enough: to tell channels apart by their
    steps gains nothing. There is no theory for MS-SSIM: there it is the model's own.

    Args:
        model: says whether there are contexts, and what it was trained for.
        log_step: (NUM_KNOTS, c), the logarithms of its quantiser steps, as `to_arrays` gives them.
    """
    if model.distortion != "mse":
        return np.full(NUM_KNOTS, model.strength, "float32")
    share = 0.8 if isinstance(model, HyperpriorCodec) else 1.0
    by_channel = curvature(np.linspace(0, 1, NUM_KNOTS)[:, None], np.exp(log_step.astype("float64")))
    return (share / np.median(by_channel, axis=1)).astype("float32")


class SymbolCounter:
    """Counter of symbols by table, and of the levels of paths, that the quantisers around it choose.

    Attributes:
        counts: float64 (NUM_TABLES, 2 * MAX_REACH + 1), by table and symbol; the outermost count all beyond, too.
        levels: of paths through a trellis.
    """

    def __init__(self) -> None:
        self.counts = np.zeros((NUM_TABLES, 2 * MAX_REACH + 1))
        self.levels = LevelCounter()

    def around(self, quantise: Quantiser) -> "_Counted":
        """Return a quantiser that chooses as `quantise` does, and is counted."""
        return _Counted(quantise, self)


class _Counted:
    """A quantiser whose symbols and levels a `SymbolCounter` counts."""

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
    """Return the codec of a model, its probability tables fitted to the symbols of images it was trained on.

    Args:
        model: trained.
        images: uint8 (h, w, 3).
        qualities: number of qualities; each image is coded at one of them, in turn, so give many images for each.
        rounds: the tables choose the quantiser's thresholds and paths, so counting and fitting are repeated; only the
            last time with all images, before with every fourth.
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


def write_release(codec: TrainedCodec, path: Path, story: dict[str, Any]) -> dict[str, Any]:
    """Write `path` (.npz) and its card (.json, last), and return the card.

    Args:
        codec: its arrays are stored; its fingerprint follows from them.
        path: ending in .npz.
        story: what else the card says: data, licence, seed, command, steps, seconds, figures ...
    """
    return write_weights(path, codec.arrays, story)
