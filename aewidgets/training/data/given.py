"""Pictures of somebody's own to train on: arrays, data sets of TensorFlow and torch, folders. Trains nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np

from aewidgets.images.arrays import samples_of, unit_floats
from aewidgets.training.data.parts import HeldOut, Part, Splits, keys_of, shares_of
from aewidgets.training.data.splits import load_splits

__all__ = ["VALIDATION", "splits_of"]

VALIDATION = 1 / 6  # of the pictures, where nobody says otherwise
MOST = 2**32  # bytes of pictures that are read into memory
Shape = tuple[int | None, ...]


def splits_of(data: Any, image_shape: Shape | None = None, validation: Any = None, seed: int = 0) -> Splits:
    """Return pictures in the parts that training takes, without test pictures where nobody gave any.

    Args:
        data: `Splits`, returned unchanged; the path of a folder of pictures or a name, see `load_splits`; an array or
            tensor of pictures (n, h, w), (n, h, w, c) or (n, c, h, w); or what yields such batches, or single
            pictures: a `tf.data.Dataset`, a torch `DataLoader`, a `keras.utils.PyDataset`, a list. Those are read
            once, into memory, 4 GiB at most. Values: uint8, uint16 from 0 to 65535, or floats in [0, 1].
        image_shape: (height, width, channels) that the model takes; None where it does not say.
        validation: validation pictures, in any of the forms of `data` but `Splits`; or the share (below 1) or number
            of the pictures to set aside, a sixth where None. Which these are follows from the pixels, so that equal
            pictures are in one part.
        seed: another seed sets others aside.

    Raises:
        ValueError: for labels where pictures are expected, other shapes and values, no pictures, data without an end,
            and pictures that are all equal.
        TypeError: for objects of other kinds.
    """
    if isinstance(data, Splits):
        if validation is not None:
            raise ValueError("validation: the data are divided already; leave it out")
        return data
    share = _share(validation)
    if isinstance(data, str | os.PathLike):
        if share is None and validation is not None:
            raise ValueError("validation: expected a share or a number of a folder's pictures, got pictures")
        size = None if image_shape is None or None in image_shape[:2] else (image_shape[0], image_shape[1])
        return load_splits(data, size=size, validation=share, seed=seed)  # type: ignore[arg-type]
    images = pictures_of(data, image_shape, "data")
    if share is None and validation is not None:
        held = pictures_of(validation, image_shape or images.shape[1:], "validation")
        return _splits(images, held)
    share = VALIDATION if share is None else share
    count = max(1, round(share * len(images))) if share < 1 else int(share)
    if count >= len(images):
        raise ValueError(f"validation: expected fewer than the {len(images)} pictures to train on, got {count}")
    try:
        chosen, rest = shares_of(keys_of(images, seed), (count,))
    except ValueError:
        raise ValueError(
            f"data: expected at least two different pictures, to set some aside for validation, got {len(images)} "
            "that are all equal"
        ) from None
    return _splits(images[rest], images[chosen])


def _splits(train: np.ndarray, validation: np.ndarray) -> Splits:
    """Return two parts, in the wider of their types."""
    if train.dtype != validation.dtype:
        train, validation = Part(train).floats(), Part(validation).floats()
    return Splits("your pictures", Part(train), Part(validation), HeldOut(None), (), "yours")


def _share(validation: Any) -> float | int | None:
    """Return a share or a number of pictures, None for anything else.

    Raises:
        ValueError: for a number that is neither.
    """
    if isinstance(validation, bool) or not isinstance(validation, Real):
        return None
    share = float(validation)
    if not share > 0 or (share >= 1 and int(share) != share):
        raise ValueError(f"validation: expected a share between 0 and 1 or a number of pictures, got {validation!r}")
    return int(share) if share >= 1 else float(share)


def pictures_of(data: Any, image_shape: Shape | None, what: str) -> np.ndarray:
    """Return all pictures as one array, uint8, uint16 or float32 (n, h, w, c).

    Raises:
        ValueError, TypeError: as `splits_of`.
    """
    if isinstance(data, np.ndarray) or _is_tensor(data):
        return _pictures(_array(data), image_shape, what)
    if isinstance(data, tuple):
        raise ValueError(
            f"{what}: expected pictures alone, got a tuple of {len(data)}; the pictures themselves are the target, and "
            "validation pictures are given by name: train(model, x, validation=x_val)"
        )
    if isinstance(data, str | bytes | Mapping) or not isinstance(data, Iterable | _Indexed):
        raise TypeError(
            f"{what}: expected an array of pictures (n, height, width, channels), a tf.data.Dataset, a DataLoader of "
            f"torch or a folder, got {type(data).__name__}"
        )
    found: list[np.ndarray] = []
    size = 0
    for element in _elements(data, what):
        images = _pictures(_array(_alone(element, what)), image_shape, what)
        if found and images.shape[1:] != found[0].shape[1:]:
            raise ValueError(f"{what}: expected pictures of one shape, got {found[0].shape[1:]} and {images.shape[1:]}")
        found.append(images)
        size += images.nbytes
        if size > MOST:
            raise ValueError(
                f"{what}: more than {MOST / 2**30:.0f} GiB of pictures, or no end of them, after "
                f"{sum(map(len, found)):,}; give a part of them, dataset.take(n), or a folder, which is read as needed"
            )
    if not found:
        raise ValueError(f"{what}: expected pictures, got none")
    if len({images.dtype for images in found}) > 1:
        found = [Part(images).floats() for images in found]
    return np.concatenate(found)


class _Indexed:
    """Anything that Keras' `PyDataset` is: batches by number."""

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return hasattr(other, "__len__") and hasattr(other, "__getitem__")


def _is_tensor(data: Any) -> bool:
    """Return whether something is a tensor of a library, or another array that NumPy takes."""
    return hasattr(data, "__array__") and hasattr(data, "shape") and hasattr(data, "dtype")


def _array(values: Any) -> np.ndarray:
    if hasattr(values, "detach"):  # torch's, which may be on a device and in a graph
        values = values.detach().cpu()
    return np.asarray(values)


def _elements(data: Any, what: str) -> Iterator[Any]:
    """Yield batches or pictures.

    Raises:
        ValueError: for a data set of TensorFlow that has no end, and for exceptions of the data themselves, chained.
    """
    if hasattr(data, "element_spec") and hasattr(data, "cardinality") and int(data.cardinality()) == -1:
        raise ValueError(f"{what}: the dataset repeats for ever; leave .repeat() out, or take(n) of it")
    if hasattr(data, "num_batches") and hasattr(data, "__getitem__") and not isinstance(data, list):  # PyDataset
        if data.num_batches is None:
            raise ValueError(f"{what}: the PyDataset has no end: num_batches is None")
        yield from (data[number] for number in range(data.num_batches))
        return
    iterator = iter(data)
    while True:
        try:
            element = next(iterator)
        except StopIteration:
            return
        except Exception as error:
            raise ValueError(f"{what}: reading it fails: {type(error).__name__}: {error}") from error
        yield element


def _alone(element: Any, what: str) -> Any:
    """Return the pictures of an element: of (x,), and of (x, x).

    Raises:
        ValueError: for labels and other targets beside the pictures, and for dictionaries.
    """
    if isinstance(element, Mapping):
        raise ValueError(
            f"{what}: expected pictures, got dictionaries with {', '.join(map(str, element))}; take the pictures out: "
            "dataset.map(lambda d: d['image'])"
        )
    if not isinstance(element, list | tuple):
        return element
    if len(element) == 1:
        return element[0]
    first, second = (_array(one) for one in element[:2])
    if len(element) == 2 and first.shape == second.shape and np.array_equal(first, second):
        return first
    if first.shape != second.shape:
        raise ValueError(
            f"{what}: got labels where pictures are expected: beside pictures {first.shape} values {second.shape}; the "
            "pictures are their own target: dataset.map(lambda x, y: x), or [x for x, y in loader]"
        )
    raise ValueError(
        f"{what}: got pairs of different pictures {first.shape}; `train` teaches a model to return its input: give "
        "pictures alone, or fit the pairs by Keras, model.fit(pairs, callbacks=[TrainingMonitor()])"
    )


def _pictures(found: np.ndarray, image_shape: Shape | None, what: str) -> np.ndarray:
    """Return an array as pictures of a shape, uint8, uint16 or float32 (n, h, w, c)."""
    if not found.size:
        raise ValueError(f"{what}: expected pictures, got none: shape {found.shape}")
    if found.ndim < 2 or (found.ndim == 2 and found.shape[1] == 1):
        raise ValueError(
            f"{what}: got values of shape {found.shape}, such as labels, where pictures (n, height, width, channels) "
            "are expected"
        )
    shaped = _shaped(found, image_shape)
    if shaped is None:
        sides = ("height", "width", "1 or 3") if image_shape is None else image_shape
        expected = ", ".join("any" if side is None else str(side) for side in sides)
        raise ValueError(
            f"{what}: expected pictures (n, {expected}), got {found.shape}; resize or crop them, or build the model "
            "for their shape"
        )
    return _valued(shaped, what)


def _shaped(found: np.ndarray, image_shape: Shape | None) -> np.ndarray | None:
    """Return (n, h, w, c) of what fits a model's shape: with channels last, first or none, or a single picture."""
    if found.ndim == 3:
        forms = [found[..., None], found[None]]  # gray pictures; one picture
    elif found.ndim == 4:
        forms = [found, np.moveaxis(found, 1, -1)]
    else:
        return None
    for form in forms:
        shape = form.shape[1:]
        wanted = image_shape or (None, None, shape[2] if shape[2] in (1, 3) else -1)
        if shape[2] in (1, 3) and all(want in (None, got) for want, got in zip(wanted, shape, strict=True)):
            return form
    return None


def _valued(images: np.ndarray, what: str) -> np.ndarray:
    """Return pictures as uint8, uint16 or finite float32 in [0, 1].

    Raises:
        ValueError: for other values.
    """
    if images.dtype == np.uint16:
        if images.max() <= 255:
            raise ValueError(
                f"{what}: got uint16 without a value above 255, of 65535: give x.astype('uint8') if 255 is white"
            )
        return np.ascontiguousarray(images)
    try:
        samples = samples_of(images)
        made = samples if samples.dtype == np.uint8 else np.clip(unit_floats(samples), 0, 1)
    except ValueError as error:  # an ImageError, which does not say whose pictures
        raise ValueError(f"{what}: {error}") from error
    return np.ascontiguousarray(made)
