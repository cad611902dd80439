"""Trained autoencoders, denoisers and restorers, kept and loaded: half-precision or shrunken weights, with a card.

`aewidgets.system.cards` knows what a card is; here a card becomes a model. Beside what every card has, these have the
options of the model, its description and its recipe.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.models.families import AUTOENCODERS
from aewidgets.models.residual_denoiser import DENOISERS, ResidualDenoiser
from aewidgets.models.shrinking.shrink import Shrunk
from aewidgets.models.shrinking.stored import array_names, restored
from aewidgets.system.cards import PretrainedError, ShippedCards, read_weights, write_weights
from aewidgets.system.forks import check_not_forked

__all__ = [
    "PretrainedError",
    "any_card",
    "autoencoder_card",
    "autoencoder_cards",
    "denoiser_card",
    "denoiser_cards",
    "load_any",
    "load_autoencoder",
    "load_denoiser",
    "save_pretrained",
    "save_shrunk",
    "start_from",
]

_NEEDS = frozenset({"family", "options", "sha256"})
_AUTOENCODER_CARDS = ShippedCards("autoencoders", "autoencoder", _NEEDS)
_DENOISER_CARDS = ShippedCards("denoisers", "denoiser", _NEEDS)

MAX_OPTION = 8192  # a number among a model's options, or a side of its images
MAX_OPTIONS = 64  # numbers


def save_pretrained(model: keras.Model, path: Path | str, story: dict[str, Any]) -> dict[str, Any]:
    """Write weights as float16 and, last, their card beside them.

    Args:
        model: trained.
        path: of the weights, ending in .npz; the card has the same name, ending in .json.
        story: what else the card says: data, licence, seed, command, recipe, figures ...

    Returns:
        The card.

    Raises:
        PretrainedError: for weights that are too large for float16, or a family that is not `aewidgets`' own.
    """
    facts = _facts_of(model)
    with np.errstate(over="ignore"):  # refused below, by name
        arrays = {f"w{i:04d}": np.array(v.numpy()).astype("float16") for i, v in enumerate(model.weights)}
    for array, variable in zip(arrays.values(), model.weights, strict=True):
        if not np.isfinite(array).all():
            raise PretrainedError(f"{variable.path}: expected weights within float16's 65,504, got larger ones or NaN")
    return write_weights(Path(path), arrays, facts | story)


def save_shrunk(shrunk: Shrunk, path: Path | str, story: dict[str, Any]) -> dict[str, Any]:
    """Write shrunken weights, integers as integers, and their card, which `load_autoencoder` or `load_denoiser` reads.

    Args:
        shrunk: what `aewidgets.shrink` returned; path and story as in `save_pretrained`.

    Returns:
        The card; its `shrunk` says what was done to the weights.

    Raises:
        PretrainedError: for a family that is not `aewidgets`' own.
    """
    facts = _facts_of(shrunk.model) | {"shrunk": shrunk.to}
    return write_weights(Path(path), shrunk.arrays, facts | story)


def _facts_of(model: Any) -> dict[str, Any]:
    """Return what a card says of a model itself: its family, its options, and both in words."""
    known = [*AUTOENCODERS.values(), *DENOISERS.values()]
    if type(model) not in known:
        names = ", ".join(family.__name__ for family in known)
        raise PretrainedError(f"expected one of the families {names}, got {type(model).__name__}")
    config = {n: v for n, v in model.get_config().items() if n not in ("name", "trainable", "dtype")}
    return {"family": model.family, "options": json.loads(json.dumps(config)), "describe": model.describe()}


def load_autoencoder(name: str | Path) -> Autoencoder:
    """Load a trained autoencoder.

    Args:
        name: of one that is shipped, as `aewidgets models` lists them; or the path of a card, ending in .json.

    Raises:
        PretrainedError: for a name that is not known, and weights that are not those of the card.
        FileNotFoundError: for a path where no card is.
    """
    return _load(name, _AUTOENCODER_CARDS, AUTOENCODERS)


def load_denoiser(name: str | Path) -> ResidualDenoiser:
    """Load a trained denoiser or restorer; name and errors as in `load_autoencoder`."""
    return _load(name, _DENOISER_CARDS, DENOISERS)


def load_any(name: str | Path) -> Autoencoder | ResidualDenoiser:
    """Load a trained autoencoder, denoiser or restorer; name and errors as in `load_autoencoder`."""
    return load_denoiser(name) if any_card(name)["family"] in DENOISERS else load_autoencoder(name)


def any_card(name: str | Path) -> dict[str, Any]:
    """Read the card of an autoencoder, denoiser or restorer, not its weights; errors as in `load_autoencoder`."""
    if str(name).endswith(".json") or name in _AUTOENCODER_CARDS.paths():
        return autoencoder_card(name)
    if name in (denoisers := _DENOISER_CARDS.paths()):
        return denoiser_card(name)
    names = ", ".join([*_AUTOENCODER_CARDS.paths(), *denoisers])
    raise PretrainedError(
        f"no autoencoder or denoiser is called {str(name)!r}; names are {names}; or give the path of a card (.json)"
    )


def autoencoder_card(name: str | Path) -> dict[str, Any]:
    """Read the card of one autoencoder, not its weights; name and errors as in `load_autoencoder`."""
    return _AUTOENCODER_CARDS.read(_AUTOENCODER_CARDS.find(name))


def autoencoder_cards() -> dict[str, dict[str, Any]]:
    """Return the cards of the autoencoders that are shipped, by name."""
    return _AUTOENCODER_CARDS.read_all()


def denoiser_cards() -> dict[str, dict[str, Any]]:
    """Return the cards of the denoisers and restorers that are shipped, by name."""
    return _DENOISER_CARDS.read_all()


def denoiser_card(name: str | Path) -> dict[str, Any]:
    """Read the card of one denoiser or restorer, not its weights; name and errors as in `load_autoencoder`."""
    return _DENOISER_CARDS.read(_DENOISER_CARDS.find(name))


def start_from(model: Autoencoder | ResidualDenoiser, name: str | Path) -> str:
    """Give a model the weights of a trained one of its family, where shapes fit; the others stay as they are.

    Args:
        model: is changed.
        name: as in `load_autoencoder`.

    Returns:
        A sentence that says which arrays were taken, and which were not.

    Raises:
        PretrainedError: for another family or depth, or where no kernel fits.
    """
    donor = load_denoiser(name) if model.family in DENOISERS else load_autoencoder(name)
    mine, theirs = (_networks_of(m) for m in (model, donor))
    if donor.family != model.family or len(theirs) != len(mine):
        raise PretrainedError(
            f"expected weights of the family {model.family} with {len(mine)} arrays, got {name}: "
            f"{donor.describe()}, with {len(theirs)}; build the model as the card says"
        )
    pairs = list(zip(mine, theirs, strict=True))
    fitting = [(new, old) for new, old in pairs if new.shape == old.shape]
    if not any(len(new.shape) > 1 for new, _ in fitting):
        raise PretrainedError(f"no kernel of {name} ({donor.describe()}) fits {model.describe()}; shapes all differ")
    for new, old in fitting:
        new.assign(old.numpy())
    model.started_from = donor.started_from
    left = [new.path for new, old in pairs if new.shape != old.shape]
    return f"{len(fitting)} of {len(pairs)} arrays from {name}" + (f"; new: {', '.join(left)}" if left else "")


def _load(name: str | Path, shipped: ShippedCards, families: dict[str, Any]) -> Any:
    """Return the model of a card, with its weights."""
    path = shipped.find(name)
    card = shipped.read(path)
    model = _build(card, path, families)
    arrays = read_weights(path, card)
    weights, late = model.weights, _statistics_of(model)
    count = len(array_names(arrays))
    if 0 < len(weights) - count <= len(late):  # kept by a version that had fewer statistics of training
        weights = _without(weights, late[count - len(weights) :])
    try:
        for variable, value in zip(weights, restored(arrays, [v.shape for v in weights]), strict=True):
            variable.assign(value)
    except ValueError as error:
        raise PretrainedError(f"{path}: its weights do not fit the model that it names: {error}") from error
    model.started_from = str(card["sha256"])  # decides a training run as much as its settings do
    return model


def _statistics_of(model: Any) -> list:
    """Return the variables of a model that its training finds beside the weights of its networks."""
    return model.statistics if isinstance(model, Autoencoder) else []


def _networks_of(model: Any) -> list:
    """Return the weights of a model's networks; statistics of its training are found anew by another."""
    return _without(model.weights, _statistics_of(model))


def _without(variables: list, left_out: list) -> list:
    """Return variables but for some of them, which are told by identity: `==` of two variables is a tensor."""
    return [v for v in variables if all(v is not one for one in left_out)]


def _build(card: dict[str, Any], path: Path, families: dict[str, Any]) -> Any:
    """Return the untrained model that a card names, unless its options would take too much memory."""
    family, options = card["family"], card["options"]
    if family not in families or not isinstance(options, dict):
        raise PretrainedError(f"{path}: expected one of the families {', '.join(families)}, got {family!r}")
    numbers = _numbers_in(options)
    if any(not math.isfinite(n) or abs(n) > MAX_OPTION for n in numbers) or len(numbers) > MAX_OPTIONS:
        raise PretrainedError(f"{path}: expected at most {MAX_OPTIONS} numbers up to {MAX_OPTION:,} among its options")
    check_not_forked()
    try:
        return families[family].from_config(options)
    except (TypeError, ValueError) as error:
        raise PretrainedError(f"{path}: its options make no {family} model: {error}") from error


def _numbers_in(tree: Any) -> list[float]:
    """Return all numbers in parsed JSON."""
    if isinstance(tree, dict | list):
        return [n for item in (tree.values() if isinstance(tree, dict) else tree) for n in _numbers_in(item)]
    return [float(tree)] if isinstance(tree, int | float) else []
