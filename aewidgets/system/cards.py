"""Cards of trained weights: read, checked, written and listed, with the weights beside them. Knows no kind of model.

Weights are kept in two files of one name. `NAME.npz` holds arrays without pickles. `NAME.json`, the card, describes
them: SHA-256, size in bytes, family, data and licences, seed, command, chain, and the figures that were reached. Both
may come from anybody, so sizes are bounded before anything is unpacked.

The chain is the list of all training runs behind the weights, oldest first. Each has its command, and from the second
on the SHA-256 of the weights that it started from, which are those of the run before it: give `--from` the path of their
card. A `note` says what is not known of a run, or what its code lacked.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.system.writing import write_bytes, write_text

__all__ = [
    "PretrainedError",
    "ShippedCards",
    "chain_of",
    "pack_weights",
    "read_card",
    "read_weights",
    "unpack_weights",
    "write_weights",
]

MAX_CARD = 2**20  # bytes
MAX_WEIGHTS = 64 * 2**20  # bytes, packed and unpacked


class PretrainedError(ValueError):
    """Weights or a card that cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class ShippedCards:
    """The cards of one kind of model that are part of the package.

    Args:
        folder: below `aewidgets/weights`; "" is that folder itself.
        noun: what a model of this kind is called in messages.
        needs: entries that a card of this kind must have.
    """

    folder: str
    noun: str
    needs: frozenset[str] = frozenset({"sha256"})

    def paths(self) -> dict[str, Path]:
        """Return the path of each card, by the name of its model."""
        folder = Path(str(resources.files("aewidgets") / "weights" / self.folder))
        return {path.stem: path for path in sorted(folder.glob("*.json"))}

    def read_all(self) -> dict[str, dict[str, Any]]:
        """Return each card, by the name of its model."""
        return {name: self.read(path) for name, path in self.paths().items()}

    def read(self, path: Path) -> dict[str, Any]:
        """Return the card at a path; errors as in `read_card`."""
        return read_card(path, self.needs)

    def find(self, name: str | Path) -> Path:
        """Return the path of a shipped model's card, or of any card as it is given.

        Args:
            name: of a shipped model; or the path of a card, ending in .json, which need not exist.

        Raises:
            PretrainedError: for a name that no shipped model has.
        """
        if str(name).endswith(".json"):
            return Path(name)
        known = self.paths()
        if name not in known:
            names = ", ".join(known) or "none yet"
            raise PretrainedError(
                f"no {self.noun} is called {str(name)!r}; names are {names}; or give the path of a card (.json)"
            )
        return known[str(name)]


def read_card(path: Path, needs: frozenset[str] = frozenset({"sha256"})) -> dict[str, Any]:
    """Read the card of some weights.

    Args:
        path: of the card.
        needs: entries that it must have.

    Raises:
        PretrainedError: for a file that is too large, that is not JSON, or that lacks an entry.
        FileNotFoundError: where no file is.
    """
    try:
        card = json.loads(_bounded(path, MAX_CARD))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PretrainedError(f"{path}: expected JSON: {error}") from error
    if not isinstance(card, dict) or not needs <= set(card):
        raise PretrainedError(f"{path}: expected a card of a model, with {', '.join(sorted(needs))}")
    return card


def read_weights(path: Path, card: dict[str, Any]) -> dict[str, np.ndarray]:
    """Read the arrays beside a card, after a check that their SHA-256 is the card's.

    Args:
        path: of the card.
        card: what `read_card` returned for it.

    Raises:
        PretrainedError: for weights that are not the card's, too large, or no arrays.
        FileNotFoundError: where no weights are.
    """
    weights = path.with_suffix(".npz")
    data = _bounded(weights, MAX_WEIGHTS)
    if (got := hashlib.sha256(data).hexdigest()) != card["sha256"]:
        raise PretrainedError(
            f"{weights} is not the file its card describes: SHA-256 {got[:12]}..., expected "
            f"{str(card['sha256'])[:12]}...; get card and weights again, together, or install aewidgets again"
        )
    try:
        return unpack_weights(data)
    except PretrainedError as error:
        raise PretrainedError(f"{weights}: {error}") from error


def write_weights(path: Path, arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> dict[str, Any]:
    """Write weights and, last, their card beside them; return the card.

    Args:
        path: of the weights, ending in .npz; the card has the same name, ending in .json.
        arrays: by name.
        facts: what the card says beside SHA-256 and size: family, data, licence, seed, command, figures; and as
            `chain` that of the weights that training started from, which this run is added to.
    """
    data = pack_weights(arrays)
    card = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), **facts}
    if "command" in facts:
        before = list(facts.get("chain", ()))
        start = {"start_sha256": before[-1]["sha256"]} if before else {}
        card["chain"] = [*before, {**_run_of(card), **start}]
    write_bytes(path, data)
    write_text(path.with_suffix(".json"), json.dumps(card, indent=1))
    return card


def chain_of(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the training runs behind the weights of a card, oldest first, with the command of each.

    A card without a chain, of weights that were trained in one run, gives that run; one that holds no command, none.
    """
    if "chain" in card:
        return list(card["chain"])
    return [_run_of(card)] if "command" in card else []


def _run_of(card: dict[str, Any]) -> dict[str, Any]:
    """Return what a chain says of the run that a card is of."""
    return {name: card[name] for name in ("command", "seconds", "date", "sha256") if name in card}


def pack_weights(arrays: dict[str, np.ndarray]) -> bytes:
    """Return the bytes of an .npz file: the same bytes for the same arrays."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            part = BytesIO()
            np.lib.format.write_array(part, np.asarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(name + ".npy"), part.getvalue(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack_weights(data: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of an .npz file, by name; pickles are refused.

    Raises:
        PretrainedError: for bytes that are no such file, or that would unpack to more than 64 MB.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked <= MAX_WEIGHTS:
            with np.load(BytesIO(data), allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise PretrainedError(f"expected an .npz file of arrays without pickles: {error}") from error
    raise PretrainedError(f"expected at most {MAX_WEIGHTS:,} bytes of unpacked weights, got {unpacked:,}")


def _bounded(path: Path, most: int) -> bytes:
    """Return the bytes of a file, or refuse it unread if it has more than `most`."""
    if (size := path.stat().st_size) > most:
        raise PretrainedError(f"{path}: expected at most {most:,} bytes, got {size:,}")
    return path.read_bytes()
