"""Folders of pictures in three parts, read one picture at a time and, when they are large, kept on disk. No Keras.

Every picture is decoded once, cropped and resized; its pixels go to the file of its part. Sets larger than `MEMORY`
stay in these files, in the cache folder, and are read from there batch by batch.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from aewidgets.images.arrays import to_rgb
from aewidgets.images.downloads import cache_folder
from aewidgets.images.reading import IMAGE_SUFFIXES, read_image
from aewidgets.images.sets import pictures_in
from aewidgets.system.writing import write_text
from aewidgets.training.data.parts import Part, keys_of

__all__ = ["MEMORY", "fit_to", "load_folder"]

MEMORY = 2**29  # bytes of pictures that are held in memory; larger sets stay on disk
PARTS = ("test", "validation", "train")


def fit_to(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Crop the middle of a uint8 picture (h, w) or (h, w, 3) to the aspect ratio asked for, and resize it (Lanczos)."""
    if image.shape[:2] == (height, width):
        return image
    fitted = ImageOps.fit(Image.fromarray(image), (width, height), Image.Resampling.LANCZOS)
    return np.asarray(fitted)


def load_folder(
    folder: Path, size: tuple[int, int] | None, shares: tuple[float, float], seed: int, memory: int = MEMORY
) -> tuple[dict[str, Part], tuple[str, ...]]:
    """Read the pictures of a folder in three parts, with the names of their classes.

    The part of a picture follows from a hash of its resized pixels: equal pictures are in one part, and a picture stays
    in its part when others are added.

    Args:
        folder: holds pictures; or folders of pictures, whose names are then the classes.
        size: (height, width) to crop and resize to; None for pictures that all have one size.
        shares: share of the test part and of the validation part.
        seed: seed of the hash; another one makes other parts.
        memory: bytes of pictures above which they stay on disk.

    Returns:
        The parts by the names in `PARTS`, memory maps for sets larger than `memory`; and the names of the classes.

    Raises:
        ImageError: for a picture that cannot be read; the message names it.
        ValueError: for a folder without pictures, pictures of several sizes without `size`, or an empty part.
    """
    inner = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    classes = () if pictures_in(folder) else tuple(entry.name for entry in inner if pictures_in(entry))
    entries = [(path, k) for k, name in enumerate(classes or ("",)) for path in pictures_in(folder / name)]
    if not entries:
        suffixes = ", ".join(IMAGE_SUFFIXES)
        raise ValueError(f"{folder}: no picture here or in its folders; expected files with a suffix among {suffixes}")
    first = read_image(entries[0][0])
    height, width = size or first.shape[:2]
    shape = (height, width, 3 if any(_in_colour(path) for path, _ in entries) else 1)
    if len(entries) * height * width * shape[2] > memory:
        place = cache_folder() / "folders" / _key(entries, shape, shares, seed)
        if not (place / "counts.json").exists():
            shutil.rmtree(place, ignore_errors=True)  # left over from an interrupted attempt
            place.mkdir(parents=True)
            _write(place, entries, size, shape, shares, seed)
        parts = _read(place, shape, folder)
    else:
        with tempfile.TemporaryDirectory() as name:
            _write(Path(name), entries, size, shape, shares, seed)
            mapped = _read(Path(name), shape, folder)
            parts = {part: Part(np.array(p.images), np.array(p.labels)) for part, p in mapped.items()}
            del mapped  # Windows cannot remove a file that is mapped
    if not classes:
        parts = {name: Part(part.images) for name, part in parts.items()}
    return parts, classes


def _in_colour(path: Path) -> bool:
    """Return whether a file's header says that it has colours; its pixels are not decoded."""
    with Image.open(path) as picture:
        return picture.mode not in ("1", "L", "LA")


def _key(entries: Sequence[tuple[Path, int]], *settings: object) -> str:
    """Return a key of the files, as they are now, and of the settings by which they are cut."""
    stats = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path, _ in entries]
    return hashlib.sha256(repr((stats, settings)).encode()).hexdigest()[:24]


def _write(place: Path, entries, size, shape, shares, seed) -> None:
    """Write a file of pixels and one of labels for each part; last, the number of pictures in each."""
    counts = dict.fromkeys(PARTS, 0)
    borders = np.cumsum(shares) * 2.0**64
    files = {part: ((place / f"{part}.pixels").open("wb"), (place / f"{part}.labels").open("wb")) for part in PARTS}
    try:
        for path, label in entries:
            image = read_image(path)
            if size is None and image.shape[:2] != shape[:2]:
                raise ValueError(
                    f"{path}: expected {shape[0]} x {shape[1]} pixels as in the first picture, got {image.shape[0]} x "
                    f"{image.shape[1]}; give a size that all are cropped and resized to"
                )
            image = fit_to(to_rgb(image) if shape[2] == 3 else image, *shape[:2]).reshape(shape)
            part = PARTS[int(np.searchsorted(borders, float(keys_of(image[None], seed)[0]), side="right"))]
            counts[part] += 1
            for file, data in zip(files[part], (image, np.array(label, "<i8")), strict=True):
                file.write(data.tobytes())
    finally:
        for pair in files.values():
            for file in pair:
                file.close()
    write_text(place / "counts.json", json.dumps(counts))


def _read(place: Path, shape: tuple[int, int, int], folder: Path) -> dict[str, Part]:
    """Open the parts as memory maps."""
    counts = json.loads((place / "counts.json").read_text(encoding="utf-8"))
    if not all(counts.values()):
        raise ValueError(
            f"{folder}: its {sum(counts.values())} pictures fall into parts of {counts}; expected some in each: "
            "give more pictures, or another seed"
        )
    return {
        part: Part(
            np.memmap(place / f"{part}.pixels", np.uint8, "r", shape=(counts[part], *shape)),
            np.memmap(place / f"{part}.labels", "<i8", "r", shape=(counts[part],)),
        )
        for part in PARTS
    }
