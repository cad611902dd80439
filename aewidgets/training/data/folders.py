"""Folders of pictures in three parts, read one picture at a time and, when they are large, kept on disk. No Keras.

Every picture is decoded once, cropped and resized; its pixels go to the file of its part. Sets larger than `MEMORY`
stay in these files, in the cache folder, and are read from there batch by batch.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from aewidgets.images.arrays import ImageError, to_rgb
from aewidgets.images.deep import is_deep, read_deep
from aewidgets.images.downloads import cache_folder
from aewidgets.images.reading import read_image
from aewidgets.images.sets import bad_pictures
from aewidgets.system.writing import write_text
from aewidgets.training.data.listing import PARTS, Entry, Listing, listing_of
from aewidgets.training.data.parts import Part, keys_of

__all__ = ["MEMORY", "fit_to", "load_folder"]

MEMORY = 2**29  # bytes of pictures that are held in memory; larger sets stay on disk
_FORM = 2  # of the files that are kept on disk


def fit_to(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Crop the middle of a picture (h, w) or (h, w, 3) to the aspect ratio asked for, and resize it (Lanczos).

    The picture is uint8 or uint16, and stays so.
    """
    if image.shape[:2] == (height, width):
        return image
    if image.dtype == np.uint16:  # Pillow resizes 16 bits as single planes of floats alone
        planes = np.atleast_3d(image).astype("float32")
        made = [ImageOps.fit(Image.fromarray(planes[..., c]), (width, height), Image.Resampling.LANCZOS)
                for c in range(planes.shape[2])]  # fmt: skip
        whole = np.clip(np.rint(np.stack([np.asarray(plane) for plane in made], -1)), 0, 65535).astype("uint16")
        return whole[..., 0] if image.ndim == 2 else whole
    fitted = ImageOps.fit(Image.fromarray(image), (width, height), Image.Resampling.LANCZOS)
    return np.asarray(fitted)


def load_folder(
    folder: Path,
    size: tuple[int, int] | None,
    validation: float | None,
    seed: int,
    skip_bad: bool = False,
    memory: int = MEMORY,
) -> tuple[dict[str, Part], tuple[str, ...], str]:
    """Read the pictures of a folder in three parts, with the names of their classes.

    Where folders are not named like parts, the part of a picture follows from a hash of its resized pixels: equal
    pictures are in one part, and a picture stays in its part when others are added. Where a part would be empty by
    chance, as in sets of a dozen pictures, it is given a picture of the largest part.

    Args:
        folder: holds pictures; or folders of pictures, whose names are then the classes; or folders named like parts,
            see `aewidgets.training.data.listing`.
        size: (height, width) to crop and resize to; None for pictures that all have one size.
        validation: share of the validation part, an eighth when None, as that of the test part; for folders that name
            no such parts.
        seed: seed of the hash; another one makes other parts.
        skip_bad: leave out pictures that cannot be read, with a `Notice`.
        memory: bytes of pictures above which they stay on disk.

    Returns:
        The parts by the names in `PARTS`, memory maps for sets larger than `memory`; the names of the classes; and a
        note for `Splits`. Where a picture has 16 bits a sample, all are uint16, and bytes are multiplied by 257.

    Raises:
        ImageError: for pictures that cannot be read; the message names them.
        ValueError: for a folder without pictures or with parts and classes beside one another, pictures of several
            sizes without `size`, fewer than three different pictures, or a validation share where the folder has a
            validation part.
    """
    listing = listing_of(folder)
    if validation is not None and "validation" in listing.given:
        raise ValueError(f"validation: {folder} has a folder of these pictures; leave the share out, got {validation}")
    asked = {"test": 1 / 8, "validation": validation or 1 / 8}
    shares = [0 if part in listing.given else share for part, share in asked.items()]
    entries, classes, note = listing
    height, width = size or _first_size(entries)
    shape = (height, width, 3 if any(_in_colour(entry.path) for entry in entries) else 1)
    kind = np.dtype("uint16" if any(_is_deep(entry.path) for entry in entries) else "uint8")
    if len(entries) * height * width * shape[2] * kind.itemsize > memory:
        deep = ("uint16",) if kind.itemsize == 2 else ()
        place = cache_folder() / "folders" / _key(entries, shape, tuple(shares), seed, size is None, _FORM, *deep)
        if not (place / "counts.json").exists():
            shutil.rmtree(place, ignore_errors=True)  # left over from an interrupted attempt
            place.mkdir(parents=True)
            _write(place, listing, size, shape, kind, shares, seed)
        parts = _read(place, shape, kind, folder, len(entries), skip_bad)
    else:
        with tempfile.TemporaryDirectory() as name:
            _write(Path(name), listing, size, shape, kind, shares, seed)
            mapped = _read(Path(name), shape, kind, folder, len(entries), skip_bad)
            parts = {part: Part(np.array(p.images), np.array(p.labels)) for part, p in mapped.items()}
            del mapped  # Windows cannot remove a file that is mapped
    if not classes:
        parts = {name: Part(part.images) for name, part in parts.items()}
    return parts, classes, note


def _first_size(entries: Sequence[Entry]) -> tuple[int, int]:
    """Return height and width of the first picture that can be read; (1, 1) where none can, which is refused later."""
    for entry in entries:
        try:
            height, width = _read_picture(entry.path, np.dtype("uint16")).shape[:2]
        except (ValueError, OSError):
            continue
        return height, width
    return 1, 1


def _is_deep(path: Path) -> bool:
    """Return whether a file is a PNG or TIFF of 16 bits a sample."""
    suffix = path.suffix.lower()
    if suffix not in (".png", ".tif", ".tiff"):
        return False
    try:
        with path.open("rb") as file:
            return is_deep(file.read(32 if suffix == ".png" else -1))
    except OSError:  # refused later, in words
        return False


def _read_picture(path: Path, kind: np.dtype) -> np.ndarray:
    """Read a picture (h, w) or (h, w, 3) as uint8, or as uint16, where bytes are multiplied by 257.

    Raises:
        ImageError: for a picture that cannot be read, and for one of 16 bits with transparent pixels.
    """
    if kind != np.uint16 or not _is_deep(path):
        image = read_image(path)
        return image if kind == np.uint8 else image.astype("uint16") * np.uint16(257)
    samples = read_deep(path.read_bytes(), str(path)).samples
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        if samples[..., -1].min() < 65535:
            raise ImageError(f"{path}: has transparent pixels, which have no value; remove the alpha channel first")
        samples = samples[..., 0] if samples.shape[2] == 2 else samples[..., :3]
    return samples


def _in_colour(path: Path) -> bool:
    """Return whether a file's header says that it has colours; its pixels are not decoded."""
    if _is_deep(path):
        try:
            return read_deep(path.read_bytes(), str(path)).colour.ndim == 3
        except ValueError:  # refused later, in words
            return False
    try:
        with Image.open(path) as picture:
            return picture.mode not in ("1", "L", "LA")
    except (OSError, ValueError, SyntaxError):  # refused later, in words
        return False


def _key(entries: Sequence[Entry], *settings: object) -> str:
    """Return a key of the files, as they are now, and of the settings by which they are cut."""
    stats = []
    for path, label, part in entries:
        found = path.stat() if path.exists() else None  # None for a link to nothing, which cannot be read
        stats.append((str(path.resolve()), label, part, found and (found.st_size, found.st_mtime_ns)))
    return hashlib.sha256(repr((stats, settings)).encode()).hexdigest()[:24]


def _write(place: Path, listing: Listing, size, shape, kind, shares, seed) -> None:
    """Write a file of pixels and one of labels for each part; last, how many pictures each has and which are bad."""
    moved: dict[int, str] = {}
    try:
        keys, reasons = _write_parts(place, listing.entries, size, shape, kind, shares, seed, moved)
        if moved := _moved(keys, listing.given):
            keys, reasons = _write_parts(place, listing.entries, size, shape, kind, shares, seed, moved)
    except OSError as error:
        if error.filename is None:  # as that of a full disk
            raise OSError(error.errno, error.strerror, str(place)) from error
        raise
    counts = {part: len(keys[part]) for part in PARTS}
    write_text(place / "counts.json", json.dumps({"counts": counts, "bad": reasons}))


def _write_parts(
    place: Path, entries: Sequence[Entry], size, shape, kind, shares, seed: int, moved: Mapping[int, str]
) -> tuple[dict[str, list[int]], list[str]]:
    """Write the files of all parts, and return the keys of the pictures in each, and why others cannot be read.

    Args:
        place: folder of the files.
        entries: the pictures.
        size: size to crop and resize to, or None.
        shape: shape of every picture.
        kind: type of its samples, uint8 or uint16.
        shares: shares of the test and validation parts.
        seed: seed of the keys.
        moved: parts of pictures, by their keys, where they are not those that follow from the keys.
    """
    keys: dict[str, list[int]] = {part: [] for part in PARTS}
    reasons = []
    borders = np.cumsum(shares) * 2.0**64
    with ExitStack() as opened:  # closes every file, also where closing one fails because the disk is full
        files = {
            part: [opened.enter_context((place / f"{part}.{kind}").open("wb")) for kind in ("pixels", "labels")]
            for part in PARTS
        }
        for path, label, part in entries:
            try:
                image = _read_picture(path, kind)
            except (ValueError, OSError) as error:  # ImageError is a ValueError
                reasons.append(str(error))
                continue
            if size is None and image.shape[:2] != shape[:2]:
                raise ValueError(
                    f"{path}: expected {shape[0]} x {shape[1]} pixels as in the first picture, got {image.shape[0]} x "
                    f"{image.shape[1]}; give a size that all are cropped and resized to"
                )
            image = fit_to(to_rgb(image) if shape[2] == 3 else image, *shape[:2]).reshape(shape)
            key = int(keys_of(image[None], seed)[0])
            part = part or moved.get(key) or PARTS[int(np.searchsorted(borders, float(key), side="right"))]
            keys[part].append(key)
            for file, data in zip(files[part], (image, np.array(label, "<i8")), strict=True):
                file.write(data.tobytes())
    return keys, reasons


def _moved(keys: Mapping[str, Sequence[int]], given: set[str]) -> dict[int, str]:
    """Return other parts for as few pictures as leaves no part empty, by their keys; {} where none is, or none can be.

    The part with the most different pictures gives the one of the lowest key; parts that have folders give none.
    """
    moved: dict[int, str] = {}
    free = {part: set(keys[part]) for part in PARTS if part not in given}
    for part in (part for part in free if not free[part]):
        donor = max(free, key=lambda name: len(free[name]))
        if len(free[donor]) < 2:
            return {}
        lowest = min(free[donor])
        free[donor].remove(lowest)
        free[part].add(lowest)
        moved[lowest] = part
    return moved


def _read(
    place: Path, shape: tuple[int, int, int], kind: np.dtype, folder: Path, count: int, skip_bad: bool
) -> dict[str, Part]:
    """Open the parts as memory maps, unless pictures cannot be read and are not to be left out."""
    written = json.loads((place / "counts.json").read_text(encoding="utf-8"))
    counts = written["counts"]
    bad_pictures(str(folder), count, written["bad"], skip_bad)
    if not all(counts.values()):
        raise ValueError(
            f"{folder}: its {sum(counts.values())} pictures fall into parts of {counts}; expected some in each: "
            "give at least three different pictures to set parts aside from, and some in each folder that is a part"
        )
    return {
        part: Part(
            np.memmap(place / f"{part}.pixels", kind, "r", shape=(counts[part], *shape)),
            np.memmap(place / f"{part}.labels", "<i8", "r", shape=(counts[part],)),
        )
        for part in PARTS
    }
