"""Pairs the pictures that two runs displayed, as data URIs for a page. Reads no run.

Cells may have displayed anything, so each is opened by Pillow first, and formats, sizes and the whole are limited.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aewidgets.reports.runs.thumbnails import FORMATS, MOST_PIXELS

__all__ = ["Pair", "Shown", "pairs_of"]

_WHOLE, _ALL = 1_500_000, 24_000_000  # bytes of a picture that is kept as it is, and of all on the page
_SIDE = 1_200  # pixels of the longer side of a copy


class Shown(NamedTuple):
    """A picture on a page: a data URI, its size in pixels, and whether the page shows a smaller copy."""

    uri: str
    width: int
    height: int
    smaller: bool


class Pair(NamedTuple):
    """The pictures that stand at one place in two runs; None where a run has none there."""

    before: Shown | None
    after: Shown | None


def pairs_of(before: Sequence[tuple[str, bytes]], after: Sequence[tuple[str, bytes]]) -> tuple[list[Pair], int]:
    """Return the pictures of two runs in pairs, and how many pairs are left out because there is no room.

    A pair is the n-th picture of the cell with the same id. A picture that Pillow does not read counts as none.

    Args:
        before: pictures of the first run, each with its cell's id, in order.
        after: pictures of the second.
    """
    one, two = _placed(before), _placed(after)
    places = list(dict.fromkeys([*one, *two]))
    found: list[Pair] = []
    room = _ALL
    for number, place in enumerate(places):
        pair = Pair(_shown(one.get(place)), _shown(two.get(place)))
        room -= sum(len(side.uri) for side in pair if side)
        if room < 0:
            return found, len(places) - number
        if pair.before or pair.after:
            found.append(pair)
    return found, 0


def _placed(pictures: Iterable[tuple[str, bytes]]) -> dict[tuple[str, int], bytes]:
    """Return pictures by the id of their cell and their number in it."""
    found: dict[tuple[str, int], bytes] = {}
    counts: dict[str, int] = {}
    for cell, data in pictures:
        counts[cell] = counts.get(cell, -1) + 1
        found[cell, counts[cell]] = data
    return found


def _shown(data: bytes | None) -> Shown | None:
    """Return a picture for the page, byte for byte if it is small enough; None if it cannot be read."""
    from PIL import Image

    if data is None:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                return None
            image.load()
            kind = str(image.format).lower()
            if len(data) <= _WHOLE:
                return Shown(_uri(kind, data), width, height, False)
            copy = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    except Exception:  # Pillow's readers raise a dozen kinds of error on damaged files
        return None
    copy.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    copy.save(target, "PNG")
    return Shown(_uri("png", target.getvalue()), width, height, True)


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
