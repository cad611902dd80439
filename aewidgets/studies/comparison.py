"""Given pictures beside each other: brought to one size where that is sound, and measured pair by pair. No codec."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageColor

from aewidgets.images.arrays import ImageError, to_gray, to_rgb
from aewidgets.images.metrics import psnr, similarity
from aewidgets.studies.subjects import Subject
from aewidgets.system.brief import shown_briefly
from aewidgets.system.extras import extras_in_words

__all__ = ["FittedPicture", "PairFigures", "compare_pair", "fit_pictures"]

_FINE_BLUR, _COARSE_BLUR = 1.5, 4.0  # sigmas in pixels: detail between them tells a part from another picture
_COARSE = 250_000  # pixels of the larger picture in the first search for a part
_FINE = 384  # pixels a side of the middle by which a place is found to the pixel
_FEW = 8  # pixels a side below which nothing can be found
_PLACES = 5  # of the first search that are looked at closely


@shown_briefly
@dataclass(frozen=True)
class FittedPicture:
    """A picture as it is compared.

    Attributes:
        name: its name.
        image: uint8 (H, W) or (H, W, 3), of one height and width for all that are compared.
        note: what was done to it, in words; empty if nothing was.
    """

    name: str
    image: np.ndarray = field(repr=False, compare=False)
    note: str = ""


@dataclass(frozen=True)
class PairFigures:
    """How close two pictures are. All three figures are the same whichever of both is the reference.

    Attributes:
        first, second: names.
        psnr_db: peak signal-to-noise ratio in dB, infinite for equal pictures.
        ssim: structural similarity; None below 11 pixels a side.
        ms_ssim: the same over five scales; None below 176 pixels a side.
    """

    first: str
    second: str
    psnr_db: float
    ssim: float | None
    ms_ssim: float | None


class _Box(NamedTuple):
    """Part of the first picture, in its pixels, that another one covers."""

    column: int
    row: int
    width: int
    height: int


def compare_pair(first: FittedPicture, second: FittedPicture) -> PairFigures:
    """Measure two pictures of one size against each other; gray beside colour counts as three equal colours.

    Raises:
        ValueError: for two sizes.
    """
    a, b = first.image, second.image
    if a.ndim != b.ndim:
        a, b = to_rgb(a), to_rgb(b)
    return PairFigures(first.name, second.name, float(psnr(a, b)), *similarity(a, b))


def fit_pictures(pictures: Sequence[Subject], background: str = "white") -> tuple[FittedPicture, ...]:
    """Bring pictures to the size of the first one, where that is sound.

    A picture of the same proportions is resized (Lanczos). Of one that lies inside the first, or the first inside it,
    the place is found by the correlation of brightness and judged by that of its details (`needed_correlation`), and
    all pictures are cut to the part that they share.

    Args:
        pictures: the pictures.
        background: colour that transparent ones are laid on, as Pillow names colours.

    Returns:
        One for each, in their order.

    Raises:
        ImageError: for sizes that fit in neither way; the message says what to do.
        ValueError: for an unknown colour.
    """
    try:
        colour = ImageColor.getrgb(background)[:3]
    except (ValueError, AttributeError) as error:
        raise ValueError(f"background: expected a colour such as 'white' or '#808080', got {background!r}") from error
    laid = [_laid(picture, colour) for picture in pictures]
    placed = [(image, _whole(image), "") for image in laid[:1]]
    for picture, image in zip(pictures[1:], laid[1:], strict=True):
        placed.append(_placed(laid[0], pictures[0].name, image, picture.name))
    left, top = (max(box[axis] for _, box, _ in placed) for axis in (0, 1))
    right, bottom = (min(box[axis] + box[axis + 2] for _, box, _ in placed) for axis in (0, 1))
    if right <= left or bottom <= top:
        raise ImageError(
            f"{', '.join(p.name for p in pictures)}: parts of {pictures[0].name} that have no pixel in common; "
            "compare them two by two"
        )
    common = right - left, bottom - top
    made = []
    for picture, (image, box, note) in zip(pictures, placed, strict=True):
        cut = image[top - box.row : bottom - box.row, left - box.column : right - box.column]
        if cut.shape != image.shape and not note:
            note = f"cut from {_size(image)} to the {common[0]} × {common[1]} pixels that all share"
        if picture.alpha is not None:
            note = "; ".join(filter(None, (note, f"transparent, laid on {background}")))
        made.append(FittedPicture(picture.name, np.ascontiguousarray(cut), note))
    return tuple(made)


def _laid(picture: Subject, colour: tuple[int, ...]) -> np.ndarray:
    """Lay a picture on a colour where it is transparent; gray stays gray on gray."""
    if picture.alpha is None:
        return picture.image
    gray = picture.image.ndim == 2 and len(set(colour)) == 1
    image = picture.image if gray else to_rgb(picture.image)
    below = np.asarray(colour[:1] if gray else colour, "float32")
    share = picture.alpha.astype("float32") / 255
    share = share if gray else share[..., None]
    return np.rint(share * image + (1 - share) * below).astype("uint8")


def _whole(image: np.ndarray) -> _Box:
    return _Box(0, 0, image.shape[1], image.shape[0])


def _size(image: np.ndarray) -> str:
    return f"{image.shape[1]} × {image.shape[0]}"


def _placed(first: np.ndarray, first_name: str, image: np.ndarray, name: str) -> tuple[np.ndarray, _Box, str]:
    """Return a picture in the first one's scale, the part of it that it covers, and what was done, in words."""
    (height, width), (h, w) = first.shape[:2], image.shape[:2]
    if (h, w) == (height, width):
        return image, _whole(first), ""
    scaled = None
    if abs(h - w * height / width) <= 1 or abs(w - h * width / height) <= 1:
        scaled = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))
    inside, around = h <= height and w <= width, h >= height and w >= width
    part = _part(first, image) if inside else _part(image, first) if around else None
    if part is not None and part[2] >= needed_correlation(min(h, height), min(w, width)) and (
        scaled is None or part[2] > _likeness(first, scaled)
    ):
        row, column, _ = part
        if inside:
            words = f"{_size(image)} pixels of {first_name}, from column {column}, row {row} on"
            return image, _Box(column, row, w, h), f"{words}; all are cut to that part"
        cut = image[row : row + height, column : column + width]
        where = f"{first_name} lies in it from column {column}, row {row} on"
        return cut, _whole(first), f"cut from {_size(image)}: {where}"
    if scaled is not None:
        return scaled, _whole(first), f"resized from {_size(image)} to {_size(first)} (Lanczos)"
    advice = "turn it: numpy.rot90(image)" if (w, h) == (height, width) else (
        f"cut or resize one of them first, with Pillow: image.crop(...), image.resize(({width}, {height}))"
    )  # fmt: skip
    raise ImageError(
        f"{name}: expected the {_size(first)} pixels of {first_name}, the same proportions, or a part of it; got "
        f"{_size(image)}, which is neither, as far as can be found; {advice}"
    )


def _part(whole: np.ndarray, part: np.ndarray) -> tuple[int, int, float] | None:
    """Return row and column at which a picture lies in a larger one, and how well; None for one without any detail."""
    with extras_in_words("the comparison"):
        from skimage.feature import match_template

    a, b = to_gray(whole).astype("float32"), to_gray(part).astype("float32")
    if min(b.shape) < _FEW or b.std() < 1:
        return None
    step = max(1, min(math.isqrt(a.size // _COARSE), min(b.shape) // _FEW))
    small_a, small_b = _reduced(a, step), _reduced(b, step)
    if small_b.std() < 1e-3:
        return None
    found = match_template(small_a, small_b)
    best = None
    for _ in range(_PLACES):
        y, x = np.unravel_index(int(found.argmax()), found.shape)
        found[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] = -1
        row, column = _refined(a, b, int(y) * step, int(x) * step, step)
        score = _likeness(a[row : row + b.shape[0], column : column + b.shape[1]], b)
        if best is None or score > best[2]:
            best = row, column, score
        if best[2] > 0.999:
            break
    return best


def _refined(a: np.ndarray, b: np.ndarray, row: int, column: int, reach: int) -> tuple[int, int]:
    """Return the place near (row, column) at which `b` lies in `a`, by the middle of `b`."""
    with extras_in_words("the comparison"):
        from skimage.feature import match_template

    last = a.shape[0] - b.shape[0], a.shape[1] - b.shape[1]
    top, left = max(0, min(row, last[0]) - reach), max(0, min(column, last[1]) - reach)
    bottom, right = min(last[0], row + reach), min(last[1], column + reach)
    y, x = (max(0, (side - _FINE) // 2) for side in b.shape)
    middle = b[y : y + _FINE, x : x + _FINE]
    if middle.std() < 1e-3:
        return min(row, last[0]), min(column, last[1])
    h, w = middle.shape
    found = match_template(a[top + y : bottom + y + h, left + x : right + x + w], middle)
    dy, dx = np.unravel_index(int(found.argmax()), found.shape)
    return top + int(dy), left + int(dx)


def _reduced(plane: np.ndarray, step: int) -> np.ndarray:
    """Return the means of squares of `step` pixels."""
    h, w = (side // step * step for side in plane.shape)
    return plane[:h, :w].reshape(h // step, step, w // step, step).mean(axis=(1, 3))


def needed_correlation(height: int, width: int) -> float:
    """Return the least correlation of details at which a picture of this size counts as part of another one.

    The fewer pixels, the more like are two pictures by chance.
    """
    return min(0.9, max(0.2, 40 / math.sqrt(height * width)))


def _likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Return the correlation of the details of two images of one size; 0 where one has none."""
    with extras_in_words("the comparison"):
        from skimage.filters import gaussian

    planes = (to_gray(image).astype("float32") for image in (a, b))
    x, y = (gaussian(plane, _FINE_BLUR) - gaussian(plane, _COARSE_BLUR) for plane in planes)
    x, y = x - x.mean(), y - y.mean()
    spread = math.sqrt(float((x * x).sum(dtype="float64") * (y * y).sum(dtype="float64")))
    return float((x * y).sum(dtype="float64")) / spread if spread > 1e-6 * x.size else 0.0
