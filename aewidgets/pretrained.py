"""Trained autoencoders kept and loaded: weights of half precision, with a card that says what they are. No training.

Weights are `.npz` files without pickles; beside each stands a `.json` card with its SHA-256, family, options, data,
licence, seed, command, recipe and the figures it reached.
"""

from __future__ import annotations

import hashlib
import json
import math
import zipfile
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.models.families import AUTOENCODERS
from aewidgets.writing import write_bytes, write_text

__all__ = ["PretrainedError", "autoencoder_cards", "load_autoencoder", "save_autoencoder", "start_from"]

MAX_BYTES = 64 * 2**20  # of weights, packed and unpacked
MAX_OPTION = 8192  # a number among a model's options, or a side of its pictures
MAX_CARD = 2**20  # bytes


class PretrainedError(ValueError):
    """Weights or a card that cannot be used; the message says why and what to do."""


def save_autoencoder(model: Autoencoder, path: Path | str, story: dict[str, Any]) -> dict[str, Any]:
    """Writes weights as float16 and, last, their card beside them.

    Args:
        model: trained.
        path: of the weights, ending in .npz; the card has the same name, ending in .json.
        story: what the card tells beside: data, licence, seed, command, recipe, figures ...

    Returns:
        The card.

    Raises:
        PretrainedError: for weights that are too large for float16, or a family that is not `aewidgets`' own.
    """
    if type(model) is not AUTOENCODERS.get(model.family):
        raise PretrainedError(f"expected one of the families {', '.join(AUTOENCODERS)}, got {type(model).__name__}")
    with np.errstate(over="ignore"):  # told below, by name
        arrays = {f"w{i:04d}": np.array(v.numpy()).astype("float16") for i, v in enumerate(model.weights)}
    for array, variable in zip(arrays.values(), model.weights, strict=True):
        if not np.isfinite(array).all():
            raise PretrainedError(f"{variable.path}: expected weights within float16's 65,504, got larger ones or NaN")
    packed = BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    data = packed.getvalue()
    config = {n: v for n, v in model.get_config().items() if n not in ("name", "trainable", "dtype")}
    card = {"family": model.family, "options": json.loads(json.dumps(config)), "describe": model.describe()}
    card |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), **story}
    path = Path(path)
    write_bytes(path, data)
    write_text(path.with_suffix(".json"), json.dumps(card, indent=1))
    return card


def load_autoencoder(name: str | Path) -> Autoencoder:
    """A trained model.

    Args:
        name: of one that is shipped, as `aewidgets models` lists them; or the path of a card, ending in .json.

    Raises:
        PretrainedError: for a name that is not known, and weights that are not those of the card.
        FileNotFoundError: for a path where no card is.
    """
    card_path = _card_path(name)
    card = _read_card(card_path)
    model = _build(card, card_path)
    data = _bounded(card_path.with_suffix(".npz"), MAX_BYTES)
    if (got := hashlib.sha256(data).hexdigest()) != card["sha256"]:
        raise PretrainedError(
            f"{card_path.with_suffix('.npz')}: SHA-256 {got[:12]}..., expected {str(card['sha256'])[:12]}...; "
            "get card and weights again, together"
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_BYTES:
            raise PretrainedError(f"{card_path}: expected at most {MAX_BYTES:,} bytes of weights, got {unpacked:,}")
        arrays = dict(np.load(BytesIO(data), allow_pickle=False))
        model.set_weights([arrays[key].astype("float32") for key in sorted(arrays)])
    except (zipfile.BadZipFile, ValueError) as error:
        raise PretrainedError(f"{card_path}: its weights do not fit the model that it names: {error}") from error
    return model


def autoencoder_cards() -> dict[str, dict[str, Any]]:
    """Cards of the models that are shipped, by name."""
    folder = _folder()
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return {path.stem: _read_card(path) for path in paths}


def start_from(model: Autoencoder, name: str | Path) -> str:
    """Gives a model the weights of a trained one of its family, where shapes fit; the others stay as they are.

    Args:
        model: is changed.
        name: as in `load_autoencoder`.

    Returns:
        What was taken, and what was not, in words.

    Raises:
        PretrainedError: for another family or depth, or where no kernel fits.
    """
    donor = load_autoencoder(name)
    if donor.family != model.family or len(donor.weights) != len(model.weights):
        raise PretrainedError(
            f"expected weights of a {model.family} autoencoder with {len(model.weights)} arrays, got {name}: "
            f"{donor.describe()}, with {len(donor.weights)}; build the model as the card says"
        )
    pairs = list(zip(model.weights, donor.weights, strict=True))
    fitting = [(mine, theirs) for mine, theirs in pairs if mine.shape == theirs.shape]
    if not any(len(mine.shape) > 1 for mine, _ in fitting):
        raise PretrainedError(f"no kernel of {name} ({donor.describe()}) fits {model.describe()}; shapes all differ")
    for mine, theirs in fitting:
        mine.assign(theirs.numpy())
    left = [mine.path for mine, theirs in pairs if mine.shape != theirs.shape]
    return f"{len(fitting)} of {len(pairs)} arrays from {name}" + (f"; new: {', '.join(left)}" if left else "")


def _folder() -> Path:
    return Path(str(resources.files("aewidgets") / "weights" / "autoencoders"))


def _card_path(name: str | Path) -> Path:
    if str(name).endswith(".json"):
        return Path(name)
    known = sorted(path.stem for path in _folder().glob("*.json")) if _folder().is_dir() else []
    if name not in known:
        names = ", ".join(known) or "none yet"
        raise PretrainedError(f"no autoencoder is called {str(name)!r}; names are {names}; or give a card's path")
    return _folder() / f"{name}.json"


def _bounded(path: Path, most: int) -> bytes:
    """The bytes of a file that is not larger than it may be."""
    if (size := path.stat().st_size) > most:
        raise PretrainedError(f"{path}: expected at most {most:,} bytes, got {size:,}")
    return path.read_bytes()


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(_bounded(path, MAX_CARD))
        if not isinstance(card, dict) or not {"family", "options", "sha256"} <= set(card):
            raise PretrainedError(f"{path}: expected a card of an autoencoder, with family, options and sha256")
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PretrainedError(f"{path}: expected JSON: {error}") from error
    return card


def _build(card: dict[str, Any], path: Path) -> Autoencoder:
    """The untrained model that a card names, unless its options would take too much memory."""
    family, options = card["family"], card["options"]
    if family not in AUTOENCODERS or not isinstance(options, dict):
        raise PretrainedError(f"{path}: expected one of the families {', '.join(AUTOENCODERS)}, got {family!r}")
    numbers = _numbers(options)
    if any(not math.isfinite(number) or abs(number) > MAX_OPTION for number in numbers) or len(numbers) > 64:
        raise PretrainedError(f"{path}: expected at most 64 numbers up to {MAX_OPTION:,} among its options")
    try:
        return AUTOENCODERS[family].from_config(options)
    except (TypeError, ValueError) as error:
        raise PretrainedError(f"{path}: its options make no {family} autoencoder: {error}") from error


def _numbers(tree: Any) -> list[float]:
    """All numbers in JSON."""
    if isinstance(tree, dict | list):
        return [n for item in (tree.values() if isinstance(tree, dict) else tree) for n in _numbers(item)]
    return [float(tree)] if isinstance(tree, int | float) else []
