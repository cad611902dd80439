"""Reading of the named data sets that `load_splits` divides. `aewidgets.images.datasets` says which there are.

Sets outside installed packages are looked for in the folder that AEWIDGETS_DATA names, then in Keras's own cache, to
which Keras downloads them. Pixels are checked, not files.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aewidgets.images.arrays import to_rgb
from aewidgets.images.datasets import HELD_OUT, PHOTOGRAPHS, NamedSplits
from aewidgets.images.downloads import DownloadError, mirror_folder
from aewidgets.images.sets import load_images
from aewidgets.system.extras import extras_in_words
from aewidgets.training.data.parts import Part

__all__ = ["Loaded", "load_named", "place_of"]

Size = tuple[int, int]
PATCH = (32, 32)
MOST_PATCHES = 256  # of one photograph, so that a large one does not fill the set


class Loaded(NamedTuple):
    """Pictures as their source divides them; `validation` and `test` are None where it does not."""

    train: Part
    validation: Part | None = None
    test: Part | None = None
    note: str = ""


def load_named(known: NamedSplits, size: Size | None, validation: float, seed: int) -> Loaded:
    """Read a named set, divided as its source divides it.

    Args:
        known: an entry of `aewidgets.images.datasets.SPLITS`.
        size: height and width, for a set that is cut to the size asked for.
        validation: share or number of the photographs set aside, for a set that is divided by photograph.
        seed: decides which photographs these are.

    Raises:
        DownloadError: for a set that is not on this machine and cannot be fetched, or holds other pictures than it did.
        ValueError: for a size or a share that leaves a part without pictures.
    """
    if known.files:
        return _official(known)
    if known.sized:
        return _patches(size, validation, seed)
    return _digits() if known.name == "digits" else _faces()


def place_of(known: NamedSplits) -> str | None:
    """Return where a set is on this machine, in words; None where Keras would have to fetch it."""
    if not known.files:
        return "inside installed packages"
    if found := _mirrored(known.files):
        return str(found[0].parent)
    folder = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    return str(folder) if (folder / known.kept).exists() else None


def _mirrored(files: tuple[str, ...]) -> tuple[Path, ...]:
    """Return these files in the folder that AEWIDGETS_DATA names; () unless all are there."""
    mirror = mirror_folder()
    paths = tuple(mirror / file for file in files) if mirror else ()
    return paths if all(path.is_file() for path in paths) else ()


def _official(known: NamedSplits) -> Loaded:
    """Read MNIST, Fashion-MNIST or CIFAR-10, with the test part that published figures are measured on."""
    name, note = known.name, ""
    if found := _mirrored(known.files):
        arrays = [dict(np.load(path, allow_pickle=False)) for path in found]
        if name == "cifar10":
            (x, y), (x_test, y_test) = ((a["x"], a["y"]) for a in arrays)
            note = f"first {len(x):,} of 50,000 training pictures, {len(x_test)} of 10,000 test pictures"
        else:
            (x, y), (x_test, y_test) = ((arrays[0][f"x_{p}"], arrays[0][f"y_{p}"]) for p in ("train", "test"))
        checked: tuple[np.ndarray, ...] = (x, x_test)
    else:
        (x, y), (x_test, y_test) = _from_keras(known)
        checked = (x[:4000],) if name == "cifar10" else (x, x_test)
    for pixels, expected in zip(checked, known.pixels, strict=False):
        if (got := hashlib.sha256(pixels.tobytes()).hexdigest()) != expected:
            raise DownloadError(
                f"{name}: these are not the pictures that were expected (SHA-256 of the pixels {got[:12]}..., "
                f"expected {expected[:12]}...); delete the file and load it again"
            )
    train, test = (
        Part(images.reshape(*images.shape[:3], -1), labels.reshape(-1).astype("int64"))
        for images, labels in ((x, y), (x_test, y_test))
    )
    return Loaded(train, None, test, note)


def _from_keras(known: NamedSplits):
    """Load a set from Keras's cache, which Keras fills from its own addresses."""
    import keras

    name = known.name
    try:
        return getattr(keras.datasets, name.replace("-", "_")).load_data()
    except Exception as error:  # Keras raises a bare Exception where an address cannot be reached
        raise DownloadError(
            f"{name} is not on this machine and could not be fetched ({error}); connect once, so that Keras "
            f"keeps it in ~/.keras/datasets, or set AEWIDGETS_DATA to a folder with {' and '.join(known.files)}; "
            "'digits', 'faces' and 'patches' need no download"
        ) from None  # the answer in words is enough


def _digits() -> Loaded:
    """Read the handwritten digits that scikit-learn ships."""
    with extras_in_words("the set 'digits'"):
        from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype("uint8")
    return Loaded(Part(images[..., None], digits.target.astype("int64")))


def _faces() -> Loaded:
    """Read the faces and other pictures that scikit-image ships."""
    with extras_in_words("the set 'faces'"):
        from skimage.data import lfw_subset

    return Loaded(Part(np.rint(lfw_subset() * 255).astype("uint8")[..., None], np.repeat([0, 1], 100)))


def _patches(size: Size | None, validation: float, seed: int) -> Loaded:
    """Cut photographs into patches beside one another; all patches of a photograph are in one part."""
    photographs = dict(load_images("bundled"))
    names = [name for name in photographs if name not in HELD_OUT]
    aside = max(1, round(validation * len(names) if validation < 1 else validation))
    if aside >= len(names):
        raise ValueError(f"validation: expected fewer than the {len(names)} photographs to learn from, got {aside}")
    chosen = np.random.default_rng(seed).permutation(names)
    train, valid, test = (
        _cut({name: photographs[name] for name in part}, *(size or PATCH))
        for part in (chosen[aside:], chosen[:aside], HELD_OUT)
    )
    return Loaded(train, valid, test)


def _cut(photographs: dict[str, np.ndarray], height: int, width: int) -> Part:
    """Cut at most `MOST_PATCHES` patches of each photograph, evenly spread; labels are indexes in `PHOTOGRAPHS`."""
    images, labels = [], []
    for name, photograph in photographs.items():
        rows, columns = photograph.shape[0] // height, photograph.shape[1] // width
        if not rows or not columns:
            raise ValueError(f"size: expected patches that fit into {name} {photograph.shape[:2]}, got {height, width}")
        whole = to_rgb(photograph)[: rows * height, : columns * width]
        cut = whole.reshape(rows, height, columns, width, 3).swapaxes(1, 2).reshape(-1, height, width, 3)
        cut = cut[:: -(-len(cut) // MOST_PATCHES)]
        images.append(cut)
        labels.append(np.full(len(cut), PHOTOGRAPHS.index(name)))
    return Part(np.concatenate(images), np.concatenate(labels))
