"""Trained models kept and loaded: weights of half precision, with a card that says what they are. No training.

Weights are `.npz` files without pickles; beside each stands a `.json` card with its SHA-256, family, options, data,
licence, seed, command, recipe and the figures it reached.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import keras
import numpy as np

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.models.cards import PretrainedError, bounded, build_from, read_card
from aewidgets.models.families import AUTOENCODERS
from aewidgets.models.residual_denoiser import DENOISERS, ResidualDenoiser
from aewidgets.system.writing import write_bytes, write_text

__all__ = [
    "PretrainedError",
    "autoencoder_cards",
    "denoiser_card",
    "denoiser_cards",
    "load_autoencoder",
    "load_denoiser",
    "save_pretrained",
    "start_from",
]

#: Kind of model, which is the folder of its weights -> family -> class.
KINDS: dict[str, dict[str, Any]] = {"autoencoders": AUTOENCODERS, "denoisers": DENOISERS}

MAX_BYTES = 64 * 2**20  # of weights, packed and unpacked


def save_pretrained(model: keras.Model, path: Path | str, story: dict[str, Any]) -> dict[str, Any]:
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
    known = [family for families in KINDS.values() for family in families.values()]
    if type(model) not in known:
        names = ", ".join(family.__name__ for family in known)
        raise PretrainedError(f"expected one of the families {names}, got {type(model).__name__}")
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
    return _load(name, "autoencoders")


def load_denoiser(name: str | Path) -> ResidualDenoiser:
    """A trained denoiser or restorer; name and errors as in `load_autoencoder`."""
    return _load(name, "denoisers")


def autoencoder_cards() -> dict[str, dict[str, Any]]:
    """Cards of the autoencoders that are shipped, by name."""
    return _cards("autoencoders")


def denoiser_cards() -> dict[str, dict[str, Any]]:
    """Cards of the denoisers and restorers that are shipped, by name."""
    return _cards("denoisers")


def denoiser_card(name: str | Path) -> dict[str, Any]:
    """The card of one denoiser or restorer; name and errors as in `load_autoencoder`, the weights are not looked at."""
    return read_card(_card_path(name, "denoisers"))


def start_from(model: Autoencoder | ResidualDenoiser, name: str | Path) -> str:
    """Gives a model the weights of a trained one of its family, where shapes fit; the others stay as they are.

    Args:
        model: is changed.
        name: as in `load_autoencoder`.

    Returns:
        What was taken, and what was not, in words.

    Raises:
        PretrainedError: for another family or depth, or where no kernel fits.
    """
    donor = _load(name, next(kind for kind, families in KINDS.items() if model.family in families))
    if donor.family != model.family or len(donor.weights) != len(model.weights):
        raise PretrainedError(
            f"expected weights of the family {model.family} with {len(model.weights)} arrays, got {name}: "
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


def _load(name: str | Path, kind: str) -> Any:
    card_path = _card_path(name, kind)
    card = read_card(card_path)
    model = build_from(card, card_path, KINDS[kind])
    data = bounded(card_path.with_suffix(".npz"), MAX_BYTES)
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


def _cards(kind: str) -> dict[str, dict[str, Any]]:
    return {path.stem: read_card(path) for path in _shipped(kind)}


def _shipped(kind: str) -> list[Path]:
    """Paths of the cards of a kind."""
    folder = Path(str(resources.files("aewidgets") / "weights" / kind))
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def _card_path(name: str | Path, kind: str) -> Path:
    if str(name).endswith(".json"):
        return Path(name)
    known = {path.stem: path for path in _shipped(kind)}
    if name not in known:
        names = ", ".join(known) or "none yet"
        raise PretrainedError(f"no {kind[:-1]} is called {str(name)!r}; names are {names}; or give a card's path")
    return known[str(name)]
