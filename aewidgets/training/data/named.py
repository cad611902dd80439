"""The data sets that `aewidgets.training.data.splits` knows by name: where they are, what they hold, their checksums.

Sets that are no part of an installed package are looked for in the folder that AEWIDGETS_DATA names, then in Keras's
own cache, to which Keras fetches them. Pixels are checked, not files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aewidgets.images.arrays import to_rgb
from aewidgets.images.downloads import DownloadError
from aewidgets.images.sets import load_images
from aewidgets.training.data.parts import Part

__all__ = ["SPLITS", "Loaded", "NamedSplits"]

Size = tuple[int, int]
TEST_PHOTOGRAPHS = ("chelsea", "coffee")
PATCH = (32, 32)
MOST_PATCHES = 256  # of one photograph, so that no large one makes up the set


class Loaded(NamedTuple):
    """Pictures as a source divides them; `validation` and `test` are None where it does not."""

    train: Part
    validation: Part | None = None
    test: Part | None = None
    note: str = ""


@dataclass(frozen=True)
class NamedSplits:
    """What is known of a set that `load_splits` knows by name.

    Attributes:
        name: as `load_splits` takes it.
        content: what it holds.
        licence: as its source states it.
        classes: names of its labels.
        load: reads it: a function of the size asked for or None, the share for validation, and the seed.
        sized: whether `load` heeds the size, so that nothing is resized.
        test: share of the pictures that is held out, of a set without a test part.
        validation: share of the training pictures.
        files: where the mirror has it: all that is needed; empty for sets in installed packages.
    """

    name: str
    content: str
    licence: str
    classes: tuple[str, ...]
    load: Callable[[Size | None, float, int], Loaded]
    sized: bool = False
    test: float = 0
    validation: float = 1 / 6
    files: tuple[str, ...] = ()

    @property
    def place(self) -> str | None:
        """Where it is on this machine, in words; None where Keras would have to fetch it."""
        if not self.files:
            return "inside installed packages"
        if found := mirrored(self.files):
            return str(found[0].parent)
        folder = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
        cached = {"mnist": "mnist.npz", "fashion-mnist": "fashion-mnist", "cifar10": "cifar-10-batches-py-target"}
        return str(folder) if (folder / cached[self.name]).exists() else None


def mirrored(files: tuple[str, ...]) -> tuple[Path, ...]:
    """These files in the folder that AEWIDGETS_DATA names; empty where they are not all there."""
    mirror = os.environ.get("AEWIDGETS_DATA")
    paths = tuple(Path(mirror).expanduser() / file for file in files) if mirror else ()
    return paths if all(path.is_file() for path in paths) else ()


# SHA-256 of the pixels: all training pictures, all test pictures; of CIFAR-10 the first 4,000 training pictures, since
# Keras checks the archive of all of them, and the 249 test pictures of the mirror.
PIXELS = {
    "mnist": (
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    ),
    "fashion-mnist": (
        "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
        "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
    ),
    "cifar10": (
        "bac45b45504ed1289a3f437be4bfbefece248abbc094a428a0b4dfab00e776ae",
        "9efc4efe6329ecab397fa9045a4372734724973746008b487c9661fa07043731",
    ),
}



FILES = {
    "mnist": ("mnist/mnist.npz",),
    "fashion-mnist": ("fashion_mnist/fashion_mnist.npz",),
    "cifar10": ("cifar10/train4000.npz", "cifar10/test249.npz"),
}


def _official(name: str, *_: object) -> Loaded:
    """MNIST, Fashion-MNIST or CIFAR-10, with the test part that figures are published on."""
    note = ""
    if found := mirrored(FILES[name]):
        arrays = [dict(np.load(path, allow_pickle=False)) for path in found]
        if name == "cifar10":
            (x, y), (x_test, y_test) = ((a["x"], a["y"]) for a in arrays)
            note = f"first {len(x):,} of 50,000 training pictures, {len(x_test)} of 10,000 test pictures"
        else:
            (x, y), (x_test, y_test) = ((arrays[0][f"x_{p}"], arrays[0][f"y_{p}"]) for p in ("train", "test"))
        checked: tuple[np.ndarray, ...] = (x, x_test)
    else:
        (x, y), (x_test, y_test) = _from_keras(name)
        checked = (x[:4000],) if name == "cifar10" else (x, x_test)
    for pixels, expected in zip(checked, PIXELS[name], strict=False):
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


def _from_keras(name: str):
    """From Keras's cache, which it fills from its own addresses."""
    import keras

    try:
        return getattr(keras.datasets, name.replace("-", "_")).load_data()
    except Exception as error:  # Keras raises a bare Exception where an address cannot be reached
        raise DownloadError(
            f"{name} is not on this machine and could not be fetched ({error}); connect once, so that Keras "
            f"keeps it in ~/.keras/datasets, or set AEWIDGETS_DATA to a folder with {' and '.join(FILES[name])}; "
            "'digits', 'faces' and 'patches' need no download"
        ) from None  # the answer in words is enough


def _digits(*_: object) -> Loaded:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype("uint8")
    return Loaded(Part(images[..., None], digits.target.astype("int64")))


def _faces(*_: object) -> Loaded:
    from skimage.data import lfw_subset

    return Loaded(Part(np.rint(lfw_subset() * 255).astype("uint8")[..., None], np.repeat([0, 1], 100)))


def _patches(size: Size | None, validation: float, seed: int) -> Loaded:
    """Photographs cut into patches beside one another; all patches of a photograph are in one part."""
    photographs = dict(load_images("bundled"))
    names = [name for name in photographs if name not in TEST_PHOTOGRAPHS]
    aside = max(1, round(validation * len(names) if validation < 1 else validation))
    if aside >= len(names):
        raise ValueError(f"validation: expected fewer than the {len(names)} photographs to learn from, got {aside}")
    chosen = np.random.default_rng(seed).permutation(names)
    train, valid, test = (
        _cut({name: photographs[name] for name in part}, *(size or PATCH))
        for part in (chosen[aside:], chosen[:aside], TEST_PHOTOGRAPHS)
    )
    return Loaded(train, valid, test)


def _cut(photographs: dict[str, np.ndarray], height: int, width: int) -> Part:
    """Patches of photographs, at most `MOST_PATCHES` of each, evenly spread; labels are places in `PHOTOGRAPHS`."""
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


_DIGITS = tuple("0123456789")
_FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
_CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PHOTOGRAPHS = (
    "astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "retina", "immunohistochemistry",
    "stereo_motorcycle", "china", "flower",
)  # fmt: skip

SPLITS: dict[str, NamedSplits] = {
    s.name: s
    for s in (
        NamedSplits(
            "digits", "1,797 handwritten digits, 8x8 gray, which scikit-learn ships", "CC BY 4.0 (UCI)", _DIGITS,
            _digits, test=1 / 5,
        ),
        NamedSplits(
            "faces", "100 faces and 100 other pictures, 25x25 gray, which scikit-image ships",
            "public photographs of the news, as scikit-image has them", ("face", "other"), _faces, test=1 / 5,
        ),
        NamedSplits(
            "patches", "patches of ten photographs, colour, divided by photograph; chelsea and coffee are held out",
            "public domain or CC0 as scikit-image states; scikit-learn's two CC BY 2.0", PHOTOGRAPHS, _patches,
            sized=True,
        ),
        NamedSplits(
            "mnist", "70,000 handwritten digits, 28x28 gray", "none stated", _DIGITS, partial(_official, "mnist"),
            files=FILES["mnist"],
        ),
        NamedSplits(
            "fashion-mnist", "70,000 pictures of clothes, 28x28 gray", "MIT", _FASHION,
            partial(_official, "fashion-mnist"), files=FILES["fashion-mnist"],
        ),
        NamedSplits(
            "cifar10", "60,000 photographs of ten things, 32x32 colour", "none stated", _CIFAR,
            partial(_official, "cifar10"), files=FILES["cifar10"],
        ),
    )
}  # fmt: skip
