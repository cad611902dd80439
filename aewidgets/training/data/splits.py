"""Data sets for training in three parts that share no picture, by name or from a folder. Trains nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from aewidgets.images.datasets import SPLITS, NamedSplits
from aewidgets.system.notices import counted, tell
from aewidgets.training.data.folders import fit_to, load_folder
from aewidgets.training.data.named import load_named
from aewidgets.training.data.parts import HeldOut, Part, Splits, keys_of, shares_of

__all__ = ["SPLITS", "HeldOut", "Part", "Splits", "load_splits"]

Size = tuple[int, int]


def load_splits(
    source: str | os.PathLike,
    *,
    size: int | Size | None = None,
    validation: float | None = None,
    limit: int | None = None,
    seed: int = 0,
    skip_bad: bool = False,
) -> Splits:
    """Load a data set in three parts: training, validation and held-out test pictures.

    Args:
        source: a name in `aewidgets.images.datasets.SPLITS`; or a folder of pictures, or of one folder of pictures per
            class. The part of a picture in a folder follows from its pixels, so that copies are in the same part. Or a
            folder of folders train, val and test (also training, valid, validation, testing, in any case), of pictures
            or classes: these are the parts, and one that is missing is set aside from train. A `Notice` says which
            folders were read as parts, and which pictures were left out.
        size: height and width, or one number for squares, that pictures are cropped and resized to; by default their
            own size, and 32 for patches.
        validation: number of training pictures that are set aside, or their share (below 1); a sixth by default, and
            an eighth of a folder.
        limit: the largest number of pictures in each part.
        seed: decides which pictures are set aside.
        skip_bad: leave out pictures of a folder that cannot be read; a `Notice` names them.

    Raises:
        ValueError: for a name that is neither known nor a folder, numbers out of range, or a folder with fewer than
            three different pictures.
        DownloadError: for a set that is not on this machine and cannot be fetched; the message says what to do.
        ImageError: for pictures of the folder that cannot be read; the message names them.

    Example:
        >>> load_splits("digits")
        Splits('digits', 1198 train, 240 validation, 359 held out, 8x8x1)
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit: expected at least 1 picture, got {limit}")
    if validation is not None and validation <= 0:
        raise ValueError(f"validation: expected a number or a share of pictures above 0, got {validation}")
    shape = (size, size) if isinstance(size, int) else size
    if shape and min(shape) < 1:
        raise ValueError(f"size: expected at least 1 pixel, got {size}")
    if str(source) in SPLITS:
        return _limited(_named(SPLITS[str(source)], shape, validation, seed), limit)
    folder = Path(source)
    if not folder.is_dir():
        near = get_close_matches(str(source), SPLITS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"names are {', '.join(SPLITS)}"
        raise ValueError(f"{str(source)!r} is neither a data set nor a folder here; {hint}")
    if validation is not None and validation >= 1:
        raise ValueError(f"validation: expected a share below 1 of a folder's pictures, got {validation}")
    parts, classes, note = load_folder(folder, shape, validation, seed, skip_bad)
    splits = Splits(
        str(source), parts["train"], parts["validation"], HeldOut(parts["test"]), classes, "yours", note
    )  # fmt: skip
    return _limited(_apart_in_words(splits) if note else splits, limit)


def _apart_in_words(splits: Splits) -> Splits:
    """Remove pictures that a folder has in several parts from all but the one that is held out the furthest."""
    _, valid, held = splits._keys
    if not splits.shared and not np.isin(valid, held).any():
        return splits  # what is on disk stays there
    try:
        apart = _apart(splits)
    except ValueError as error:
        raise ValueError(
            f"{splits.name}: all pictures of one part are in another part too; give other pictures"
        ) from error
    for name in ("train", "validation"):
        if copies := len(getattr(splits, name)) - len(getattr(apart, name)):
            told = f"{counted(copies, 'picture')} of the {name} part are in another part too, and left out of this one"
            tell(f"{splits.name}: {told}")
    return apart


def _named(known: NamedSplits, size: Size | None, validation: float | None, seed: int) -> Splits:
    """Load a named set, resized and divided."""
    share = known.validation if validation is None else validation
    train, aside, test, note = load_named(known, size, share, seed)
    if size and not known.sized:
        train, test = _resized(train, size), test and _resized(test, size)
    if test is None:
        held, rest = shares_of(keys_of(train.images, seed), (round(len(train) * known.test),))
        train, test = train.take(rest), train.take(held)
    if aside is None:
        count = round(len(train) * share) if share < 1 else int(share)
        chosen, rest = shares_of(keys_of(train.images, seed), (count,))
        train, aside = train.take(rest), train.take(chosen)
    return _apart(Splits(known.name, train, aside, HeldOut(test), known.classes, known.licence, note))


def _apart(splits: Splits) -> Splits:
    """Remove training pictures that are in another part too, and validation pictures that are held out too."""
    _, valid, held = splits._keys
    validation = np.flatnonzero(~np.isin(valid, held))
    train = np.flatnonzero(~np.isin(keys_of(splits.train.images), np.concatenate([held, valid])))
    return replace(splits, train=splits.train.take(train), validation=splits.validation.take(validation))


def _limited(splits: Splits, limit: int | None) -> Splits:
    """Keep at most `limit` pictures of each part."""
    if limit is None:
        return splits
    first = slice(limit)
    held = HeldOut(splits.test._part and splits.test._part.take(first))
    return replace(splits, train=splits.train.take(first), validation=splits.validation.take(first), test=held)


def _resized(part: Part, size: Size) -> Part:
    """Crop and resize the pictures of a part."""
    channels = part.images.shape[3]
    squeezed = part.images[..., 0] if channels == 1 else part.images
    images = np.stack([fit_to(image, *size) for image in squeezed])
    return Part(images.reshape(len(part), *size, channels), part.labels)
