"""Sets of images by name, from folders and from files, read one picture at a time. No Keras, no training splits.

A named set is looked for in the folder that AEWIDGETS_DATA names, then in the cache folder. Only Kodak is downloaded
when it is in neither; the others have to be put there by hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import overload

import numpy as np

from aewidgets.images.arrays import ImageError
from aewidgets.images.datasets import HELD_OUT, IMAGES, PHOTOGRAPHS, SCIKIT_LEARN, NamedImages
from aewidgets.images.downloads import cache_folder, fetch_picture, mirror_folder
from aewidgets.images.folders import folders_in, left_in, pictures_in
from aewidgets.images.reading import IMAGE_SUFFIXES, read_image
from aewidgets.system.extras import extras_in_words
from aewidgets.system.notices import counted, named, tell

__all__ = ["ImageSet", "bad_pictures", "find_images", "load_images"]

_NAMED = 5  # pictures that cannot be read, with the reason of each, in one error


class ImageSet(Sequence):
    """A sequence of (name, uint8 image), each image read when it is asked for.

    An item is read anew each time, so a set of any size takes the memory of one picture. Reading raises
    what `read_image` does; the other pictures can still be read.

    Args:
        entries: the name of each picture, and a function that reads it.
        source: name of the set, folder or file, for messages.
    """

    def __init__(self, entries: Iterable[tuple[str, Callable[[], np.ndarray]]], source: str):
        self._entries = tuple(entries)
        self.source = source

    def each(self, skip_bad: bool = False) -> Iterator[tuple[str, np.ndarray]]:
        """Yield name and image of every picture that can be read, then say which cannot.

        Args:
            skip_bad: leave out pictures that cannot be read, with a `Notice` that names them.

        Raises:
            ImageError: after the last picture, for those that cannot be read; the message names them, with the reasons.
        """
        reasons = []
        for name, read in self._entries:
            try:
                image = read()
            except (ValueError, OSError) as error:  # ImageError is a ValueError
                reasons.append(str(error))
            else:
                yield name, image
        bad_pictures(self.source, len(self), reasons, skip_bad)

    def read_all(self, skip_bad: bool = False) -> ImageSet:
        """Read every picture now, and return a set that holds them in memory; arguments and errors as in `each`."""
        return ImageSet([(name, partial(_same, image)) for name, image in self.each(skip_bad)], self.source)

    def hold_out(self, share: int = 8, most: int = 12) -> tuple[ImageSet, ImageSet]:
        """Divide the set into one to learn from and one to judge by.

        Args:
            share: one picture in `share` is held out, evenly spread; at least one.
            most: the largest number of pictures to hold out.

        Raises:
            ValueError: for fewer than two pictures.
        """
        if len(self) < 2:
            raise ValueError(f"{self.source}: holding pictures out needs at least 2, got {len(self)}")
        count = min(most, max(1, len(self) // share))
        held = {(2 * i + 1) * len(self) // (2 * count) for i in range(count)}
        return self.select(i for i in range(len(self)) if i not in held), self.select(sorted(held))

    def select(self, positions: Iterable[int]) -> ImageSet:
        """Return the set of the pictures at these positions."""
        return ImageSet((self._entries[position] for position in positions), self.source)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the pictures, in order."""
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


def bad_pictures(source: str, count: int, reasons: Sequence[str], skip_bad: bool) -> None:
    """Refuse pictures that cannot be read, or say that they are left out.

    Args:
        source: name of the set, folder or file.
        count: number of all its pictures.
        reasons: a sentence for each that cannot be read, with its path.
        skip_bad: leave them out with a `Notice`.

    Raises:
        ImageError: unless `skip_bad`, or where no picture is left; does nothing without reasons.
    """
    if not reasons:
        return
    more = f"; and {len(reasons) - _NAMED} more" if len(reasons) > _NAMED else ""
    text = f"{source}: {len(reasons)} of {count} pictures cannot be read: {'; '.join(reasons[:_NAMED])}{more}"
    if not skip_bad or len(reasons) == count:
        raise ImageError(f"{text}. Mend them, or leave them out: --skip-bad, in Python skip_bad=True")
    tell(f"{text}. They are left out")


def _same(image: np.ndarray) -> np.ndarray:
    """Return an image that was read already."""
    return image


def load_images(
    source: str | os.PathLike | Iterable[str | os.PathLike], limit: int | None = None
) -> ImageSet:
    """Open a named set, a folder, a file or a list of files; pictures are read later, one at a time.

    Args:
        source: a name in `aewidgets.images.datasets.IMAGES`; or a folder, whose pictures are taken in natural order
            (2 before 10), without those of folders below, and without formats that cannot be read, which a `Notice`
            names; or a file; or files. Write `./name` for a folder that is named like a set.
        limit: the largest number of pictures; the first ones are taken.

    Raises:
        ValueError: for a name that is neither a set nor a path, a folder without pictures, or a bad limit.
        FileNotFoundError: for a named set that is not on this machine; the message says where to get it and put it.
        DownloadError: when Kodak has to be downloaded and cannot be.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit: expected at least 1 picture, got {limit}")
    if not isinstance(source, str | os.PathLike):
        files = [Path(path) for path in source]
        if not files:
            raise ValueError("expected at least one file, got an empty list")
        return _from_files(files, f"{len(files)} files")[:limit]
    if isinstance(source, str) and source in IMAGES:
        if source.startswith("bundled"):
            return ImageSet(_bundled(source), source)[:limit]
        return _from_files(find_images(source) or _fetched(IMAGES[source], limit), source)[:limit]
    path = Path(source)
    if path.is_dir():
        return _from_files(_taken(path), str(path))[:limit]
    if path.is_file():
        return _from_files([path], str(path))[:limit]
    near = get_close_matches(str(source), IMAGES, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"names are {', '.join(IMAGES)}"
    raise ValueError(f"{str(source)!r} is neither a data set nor a folder or file here; {hint}")


def _taken(folder: Path) -> list[Path]:
    """Return the pictures of a folder, and say which are left out."""
    files, below = pictures_in(folder), [path.name for path in folders_in(folder)]
    left = [left_in(folder), f"those of {counted(len(below), 'folder')} below ({named(below)})" if below else ""]
    words = "; ".join(part for part in left if part)
    if not files:
        found = f"; left out: {words}" if words else ""
        hint = ", give one of these folders" if below else ""
        raise ValueError(f"{folder}: no picture here with a suffix among {', '.join(IMAGE_SUFFIXES)}{found}{hint}")
    if words:
        tell(f"{folder}: {counted(len(files), 'picture')} taken; left out: {words}")
    return files


def find_images(name: str) -> list[Path]:
    """Return the files of a named set on this machine; [] where it is absent or incomplete."""
    dataset = IMAGES[name]
    for base in _bases():
        files = [file for folder in dataset.folders for file in pictures_in(base / folder)]
        if len(files) >= dataset.count:
            return files
    return []


def _bases() -> list[Path]:
    """Return the folders in which the folders of named sets are looked for."""
    mirror = mirror_folder()
    return [*([mirror] if mirror else []), cache_folder()]


def _fetched(dataset: NamedImages, limit: int | None) -> list[Path]:
    """Download Kodak, at most `limit` pictures; raise FileNotFoundError for any other set, and say what to do."""
    if dataset.name == "kodak":
        names = [f"kodim{number:02d}.png" for number in range(1, dataset.count + 1)][:limit]
        folder = cache_folder() / dataset.folders[0]
        return [
            fetch_picture(f"{dataset.address}/{name}", folder / name, sha256)
            for name, sha256 in zip(names, dataset.pixels, strict=False)
        ]
    places = " or ".join(str(base / folder) for base in _bases() for folder in dataset.folders)
    raise FileNotFoundError(
        f"the {dataset.count} pictures of {dataset.name!r} are not here; get them from {dataset.address} "
        f"(licence: {dataset.licence}) and put them into {places}, "
        "or set AEWIDGETS_DATA to the folder that holds it"
    )


def _from_files(files: list[Path], source: str) -> ImageSet:
    """Name files without suffix, with it where two names are equal, by whole paths where two still are."""
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
    """Return the names and readers of the photographs inside installed packages."""
    if name == "bundled-holdout":
        return [(n, partial(_from_scikit_image, n)) for n in (*HELD_OUT, "camera")]
    entries = [(n, partial(_from_scikit_image, n)) for n in PHOTOGRAPHS if n not in SCIKIT_LEARN]
    try:
        from sklearn.datasets import load_sample_image
    except ImportError:
        return entries
    return [*entries, *((n, partial(load_sample_image, f"{n}.jpg")) for n in SCIKIT_LEARN)]


def _from_scikit_image(name: str) -> np.ndarray:
    """Read a photograph that scikit-image ships."""
    with extras_in_words("a bundled photograph"):
        from skimage import data

    image = getattr(data, name)()
    return read_image(image[0] if name == "stereo_motorcycle" else image)  # the left picture of the pair
