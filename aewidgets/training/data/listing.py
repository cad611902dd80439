"""Which pictures of a folder make a data set, their classes and their parts, by the names of folders. Decodes nothing.

Three forms are known: pictures; one folder of pictures for each class; and one folder for each part (train, val, test
and other spellings), which holds pictures or folders of classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from aewidgets.images.folders import folders_in, left_in, pictures_in
from aewidgets.images.reading import IMAGE_SUFFIXES
from aewidgets.system.notices import counted, named, tell

__all__ = ["PARTS", "Entry", "Listing", "listing_of"]

PARTS = ("test", "validation", "train")
_SPELLINGS = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation", "validation": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip


class Entry(NamedTuple):
    """A picture of a data set.

    Attributes:
        path: its file.
        label: index of its class.
        part: the part that its folder names; "" where its pixels decide.
    """

    path: Path
    label: int = 0
    part: str = ""


class Listing(NamedTuple):
    """The pictures of a folder.

    Attributes:
        entries: in natural order, by class or by part.
        classes: names of the classes; () without.
        note: how the folder names the parts; "" where it does not.
    """

    entries: list[Entry]
    classes: tuple[str, ...] = ()
    note: str = ""

    @property
    def given(self) -> set[str]:
        """Names of the parts that have folders of their own."""
        return {entry.part for entry in self.entries} - {""}


def listing_of(folder: Path) -> Listing:
    """Return the pictures of a folder, with a `Notice` for what is left out and for folders that are taken for parts.

    Two or more folders with pictures are classes, and pictures beside them are left out. A single folder is a class
    where no picture lies beside it, and is left out otherwise. Folders whose names are spellings of train, validation
    and test, in any case, are parts.

    Raises:
        ValueError: for a folder without pictures; for parts beside classes; and for parts without one to train on.
    """
    splits = [path for path in _folders(folder) if path.name.lower() in _SPELLINGS and _is_set(path)]
    if splits:
        return _by_parts(folder, splits)
    pictures, classes = _classes(folder)
    if not pictures:
        left = left_in(folder)
        raise ValueError(
            f"{folder}: no picture here or in its folders; expected files with a suffix among "
            f"{', '.join(IMAGE_SUFFIXES)}" + (f"; found {left}" if left else "")
        )
    return Listing([Entry(path, classes.index(name) if classes else 0) for path, name in pictures], classes)


def _by_parts(folder: Path, splits: Sequence[Path]) -> Listing:
    """Return the pictures of a folder whose folders are parts."""
    others = [path.name for path in folders_in(folder) if path not in splits]
    names = [path.name for path in splits]
    if others:
        raise ValueError(
            f"{folder} holds folders named like parts ({named(names)}) and others with pictures ({named(others)}), "
            "which could be classes: move the classes into the parts, as in train/cat, or rename the folders"
        )
    parts = [_SPELLINGS[path.name.lower()] for path in splits]
    if "train" not in parts:
        raise ValueError(f"{folder} holds {named(names)} and no folder train: put the pictures to train on into one")
    _tell_left(folder, pictures_in(folder), "beside the folders of the parts")
    found = [(part, *_classes(path)) for part, path in zip(parts, splits, strict=True)]
    with_classes = [classes for _, _, classes in found if classes]
    labelled = len(with_classes) == len(found)
    classes = tuple(sorted({name for names in with_classes for name in names})) if labelled else ()
    if with_classes and not labelled:
        tell(f"{folder}: some of {named(names)} have folders of classes and some have none; classes are left out")
    entries = [
        Entry(path, classes.index(name) if classes else 0, part)
        for part, pictures, _ in found
        for path, name in pictures
    ]
    missing = [part for part in ("validation", "test") if part not in parts]
    uses = {"train": "trained on", "validation": "validation", "test": "held out"}
    words = ", ".join(f"{path.name}/ is {uses[part]}" for path, part in zip(splits, parts, strict=True))
    aside = f"; {' and '.join(missing)} pictures are set aside from {names[parts.index('train')]}/" if missing else ""
    tell(f"{folder}: its folders are read as parts: {words}{aside}")
    if missing:  # what is set aside, and what stays, is decided by the pixels
        entries = [entry._replace(part="") if entry.part == "train" else entry for entry in entries]
    return Listing(entries, classes, f"parts by its folders {', '.join(names)}")


def _classes(folder: Path) -> tuple[list[tuple[Path, str]], tuple[str, ...]]:
    """Return the pictures of a folder with the names of their classes, and these names; say what is left out."""
    loose, inner = pictures_in(folder), sorted(folders_in(folder))
    names = ", ".join(f"{path.name}/" for path in inner[:3])
    if loose and len(inner) < 2:
        if inner:
            tell(f"{folder}: its own pictures are taken, {len(loose)}; those of its folder {names} are left out")
        _tell_left(folder, [], "")
        return [(path, "") for path in loose], ()
    if inner:
        _tell_left(folder, loose, f"beside the folders {names}{'...' if len(inner) > 3 else ''}, which are classes")
    for path in inner:
        _tell_left(path, [], "")
        if below := folders_in(path):
            tell(f"{path}: pictures of its folders are left out: {named([each.name for each in below])}")
    return [(path, each.name) for each in inner for path in pictures_in(each)], tuple(each.name for each in inner)


def _tell_left(folder: Path, loose: Sequence[Path], where: str) -> None:
    """Say which pictures of a folder are left out, and which of its files are not read."""
    beside = f"{counted(len(loose), 'picture')} {where} ({named([path.name for path in loose])})" if loose else ""
    if words := "; ".join(word for word in (beside, left_in(folder)) if word):
        tell(f"{folder}: left out: {words}")


def _folders(folder: Path) -> list[Path]:
    """Return the visible folders of a folder, in the order of their names."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _is_set(folder: Path) -> bool:
    """Return whether a folder holds pictures, or folders of pictures."""
    return bool(pictures_in(folder) or folders_in(folder))
