"""Named sets of images, folders and files, opened one picture at a time. No Keras, no training splits.

A named set is looked for in the folder that AEWIDGETS_DATA names, then in the cache folder; Kodak alone is
fetched when it is in neither, the others are yours to put there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import overload

import numpy as np

from aewidgets.images.downloads import KODAK_ADDRESS, KODAK_PIXELS, cache_folder, fetch_picture
from aewidgets.images.reading import IMAGE_SUFFIXES, read_image

__all__ = ["DATASETS", "DataSet", "ImageSet", "find_images", "load_images", "pictures_in"]

_HELD_OUT = ("chelsea", "coffee")


@dataclass(frozen=True)
class DataSet:
    """What is known of a named set.

    Attributes:
        name: as `load_images` takes it.
        content: what it holds.
        licence: as its source states it.
        use: what it may be used for here, so that figures stay honest.
        count: number of pictures.
        folders: where they lie below a data folder; empty for sets inside other packages.
        address: where a user gets them.
    """

    name: str
    content: str
    licence: str
    use: str
    count: int
    folders: tuple[str, ...] = ()
    address: str = ""


_REPORT_ONCE = "report once; never train or choose a model on it"
_DENOISING = "published denoising figures; never train or choose a model on it"
_BSDS = "https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html"
_CID22 = "https://cloudinary.com/labs/cid22"
_TESTSETS = "https://github.com/cszn/FFDNet/tree/master/testsets"

DATASETS: dict[str, DataSet] = {
    d.name: d
    for d in (
        DataSet(
            "bundled",
            "colour photographs that scikit-image ships, and two of scikit-learn's where it is installed",
            "public domain or CC0 as scikit-image states; scikit-learn's two CC BY 2.0",
            "anything but figures of record; chelsea and coffee are held out of training",
            10,
        ),
        DataSet(
            "bundled-holdout",
            "chelsea, coffee and camera (gray), which scikit-image ships",
            "public domain or CC0, as scikit-image states",
            "tests, demonstrations; never train on it",
            3,
        ),
        DataSet(
            "kodak", "Kodak photographs, 768x512", "released for unrestricted usage", _REPORT_ONCE, 24,
            ("kodak",), KODAK_ADDRESS,
        ),
        DataSet(
            "photos-train", "CID22 photographs, 512x512", "CC BY-SA 4.0", "training", 208,
            ("photos/train",), _CID22,
        ),
        DataSet(
            "photos-select", "CID22 photographs, 512x512", "CC BY-SA 4.0",
            "choosing models; never train on it", 41, ("photos/select",), _CID22,
        ),
        DataSet(
            "bsds500", "BSDS500 photographs, 481x321, JPEG", "research and education",
            "training only; halve their size first for codecs", 400, ("bsds500/train", "bsds500/test"), _BSDS,
        ),
        DataSet("set12", "Set12, gray", "none stated", _DENOISING, 12, ("set12",), _TESTSETS),
        DataSet("bsd68", "BSD68, gray, 481x321", "none stated", _DENOISING, 68, ("bsd68",), _TESTSETS),
        DataSet("cbsd68", "CBSD68, colour, 481x321", "none stated", _DENOISING, 68, ("cbsd68",), _TESTSETS),
    )
}  # fmt: skip


class ImageSet(Sequence):
    """Named pictures that are read when asked for, one at a time: a sequence of (name, uint8 image).

    An item is read anew each time, so a set of any size takes the memory of one picture. Reading raises
    what `read_image` does; the other pictures can still be read.
    """

    def __init__(self, entries: Iterable[tuple[str, Callable[[], np.ndarray]]], source: str):
        self._entries = tuple(entries)
        self.source = source

    def hold_out(self, share: int = 8, most: int = 12) -> tuple[ImageSet, ImageSet]:
        """Two sets: to learn from, and to judge by: one in `share` pictures, evenly spread, at least one.

        Raises:
            ValueError: for fewer than two pictures.
        """
        if len(self) < 2:
            raise ValueError(f"{self.source}: holding pictures out needs at least 2, got {len(self)}")
        count = min(most, max(1, len(self) // share))
        held = {(2 * i + 1) * len(self) // (2 * count) for i in range(count)}
        return (
            ImageSet((e for i, e in enumerate(self._entries) if i not in held), self.source),
            ImageSet((self._entries[i] for i in sorted(held)), self.source),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The pictures' names, in order."""
        return tuple(name for name, _ in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> tuple[str, np.ndarray]: ...
    @overload
    def __getitem__(self, index: slice) -> ImageSet: ...
    def __getitem__(self, index):
        if isinstance(index, slice):
            return ImageSet(self._entries[index], self.source)
        name, read = self._entries[index]
        return name, read()

    def __iter__(self) -> Iterator[tuple[str, np.ndarray]]:
        return ((name, read()) for name, read in self._entries)

    def __repr__(self) -> str:
        return f"ImageSet({self.source!r}, {len(self)} images)"


def load_images(
    source: str | os.PathLike | Iterable[str | os.PathLike], limit: int | None = None
) -> ImageSet:
    """Open a named set, a folder, a file or a list of files; no picture is read yet.

    Args:
        source: a name in `DATASETS`; or a folder, whose pictures are taken in natural order (2 before 10)
            without those of folders below; or a file; or files. A folder named like a set is `./name`.
        limit: take only the first so many.

    Raises:
        ValueError: for a name that is neither a set nor a path, a folder without pictures, or a bad limit.
        FileNotFoundError: for a named set that is not on this machine; says where to get it and put it.
        DownloadError: when Kodak is to be fetched and cannot be.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit: expected at least 1 picture, got {limit}")
    if not isinstance(source, str | os.PathLike):
        files = [Path(path) for path in source]
        if not files:
            raise ValueError("expected at least one file, got an empty list")
        return _of_files(files, f"{len(files)} files")[:limit]
    if isinstance(source, str) and source in DATASETS:
        if source.startswith("bundled"):
            return ImageSet(_bundled(source), source)[:limit]
        return _of_files(find_images(source) or _fetched(DATASETS[source], limit), source)[:limit]
    path = Path(source)
    if path.is_dir():
        files = pictures_in(path)
        if not files:
            raise ValueError(f"{path}: no picture here with a suffix among {', '.join(IMAGE_SUFFIXES)}")
        return _of_files(files, str(path))[:limit]
    if path.is_file():
        return _of_files([path], str(path))[:limit]
    near = get_close_matches(str(source), DATASETS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"names are {', '.join(DATASETS)}"
    raise ValueError(f"{str(source)!r} is neither a data set nor a folder or file here; {hint}")


def find_images(name: str) -> list[Path]:
    """The files of a named set on this machine; empty where it is not, or not whole."""
    dataset = DATASETS[name]
    for base in _bases():
        files = [file for folder in dataset.folders for file in pictures_in(base / folder)]
        if len(files) >= dataset.count:
            return files
    return []


def _bases() -> list[Path]:
    mirror = os.environ.get("AEWIDGETS_DATA")
    return [*([Path(mirror).expanduser()] if mirror else []), cache_folder()]


def _fetched(dataset: DataSet, limit: int | None) -> list[Path]:
    """Kodak from its public address, only as many pictures as are asked for; of other sets, what to do."""
    if dataset.name == "kodak":
        names = [f"kodim{number:02d}.png" for number in range(1, dataset.count + 1)][:limit]
        folder = cache_folder() / dataset.folders[0]
        return [
            fetch_picture(f"{KODAK_ADDRESS}/{name}", folder / name, sha256)
            for name, sha256 in zip(names, KODAK_PIXELS, strict=False)
        ]
    places = " or ".join(str(base / folder) for base in _bases() for folder in dataset.folders)
    raise FileNotFoundError(
        f"the {dataset.count} pictures of {dataset.name!r} are not here; get them from {dataset.address} "
        f"(licence: {dataset.licence}) and put them into {places}, "
        "or set AEWIDGETS_DATA to the folder that holds it"
    )


def pictures_in(folder: Path) -> list[Path]:
    """The files of a folder that are pictures by their names, in natural order (2 before 10); [] without a folder."""
    if not folder.is_dir():
        return []
    files = (p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith("."))
    return sorted(files, key=_natural)


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part or 0), part) if part.isdigit() else (0, part) for part in re.split(r"(\d+)", path.name)]


def _of_files(files: list[Path], source: str) -> ImageSet:
    """Files by their names without suffix, with it where that is ambiguous, by whole paths where that is."""
    for naming in (lambda p: p.stem, lambda p: p.name, str):
        names = [naming(path) for path in files]
        if len(set(names)) == len(names):
            break
    if source == "kodak":  # mirrors number them plainly; papers call them kodim01 to kodim24
        names = [f"kodim{int(name.removeprefix('kodim')):02d}" for name in names]
    return ImageSet(
        [(name, partial(read_image, path)) for name, path in zip(names, files, strict=True)], source
    )


def _bundled(name: str) -> Sequence[tuple[str, Callable[[], np.ndarray]]]:
    if name == "bundled-holdout":
        return [(n, partial(_from_scikit_image, n)) for n in (*_HELD_OUT, "camera")]
    names = ("astronaut", *_HELD_OUT, "rocket", "hubble_deep_field", "retina", "immunohistochemistry")
    entries = [(n, partial(_from_scikit_image, n)) for n in (*names, "stereo_motorcycle")]
    try:
        from sklearn.datasets import load_sample_image
    except ImportError:
        return entries
    return [*entries, *((n, partial(load_sample_image, f"{n}.jpg")) for n in ("china", "flower"))]


def _from_scikit_image(name: str) -> np.ndarray:
    from skimage import data

    image = getattr(data, name)()
    return read_image(image[0] if name == "stereo_motorcycle" else image)  # the left one of the pair
