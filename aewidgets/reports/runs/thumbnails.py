"""Makes thumbnails of images in an executed notebook, small enough for a line of the index. Runs nothing.

Cells may have displayed anything, so formats, sizes and pixels are limited, and an image that Pillow refuses is
skipped.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

__all__ = ["FORMATS", "MOST_PIXELS", "displayed", "thumbnail_of", "thumbnails_of"]

#: Pixels of the largest image that is opened, and the formats that are read.
MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_SIDE, _MOST_BYTES, _TRIED = 160, 6_000, 12
_PLAIN_TO_SEE = 48  # pixels of a side
_LEFT_OUT = re.compile(r"(remove|hide|exclude)[-_](cell|output)")
_KINDS = ("image/png", "image/jpeg", "image/webp", "image/gif")
_IN_HTML = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,([A-Za-z0-9+/=\s]+)")


def thumbnail_of(notebook: bytes) -> str | None:
    """Return the first image of a notebook as a WebP data URI; None if no image can be read.

    The WebP has at most 160 pixels a side and 6,000 bytes. Of an image that is shown in pieces the first piece is used.

    Args:
        notebook: bytes of an executed .ipynb file. Images that cells displayed count, and those in displayed HTML.
    """
    for number, (_, data) in enumerate(displayed(notebook)):
        if number == _TRIED:
            break
        if (small := _small(data)) is not None:
            return _uri(small)
    return None


def thumbnails_of(notebook: Mapping[str, Any], most: int) -> list[tuple[str, str]]:
    """Return the first image of each of the first cells that have one, with the cell's id, as a WebP data URI.

    An image comes once, and images of less than 48 pixels a side do not count. Cells that a page leaves out, by their
    tags, are passed over.

    Args:
        notebook: an executed notebook, nbformat 4.
        most: how many images there are at most.
    """
    found: dict[str, str] = {}
    for number, cell in enumerate(_of(notebook, "cells", list)):
        name, tags = _of(cell, "id", str), _of(_of(cell, "metadata", dict), "tags", list)
        if not name or any(isinstance(tag, str) and _LEFT_OUT.match(tag) for tag in tags) or len(found) == most:
            continue
        for _, data in islice(_images(cell, str(number)), _TRIED):
            small = _small(data, _PLAIN_TO_SEE)
            if small is not None and _uri(small) not in found.values():
                found[name] = _uri(small)
                break
    return list(found.items())


def _uri(small: bytes) -> str:
    """Return a WebP as a data URI."""
    return f"data:image/webp;base64,{base64.b64encode(small).decode()}"


def displayed(notebook: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes of displayed images, in the order of the page, each with its cell's id, or number without one.

    Args:
        notebook: bytes of an executed .ipynb file; one that is no JSON displayed nothing.
    """
    try:
        document = json.loads(notebook)
    except (ValueError, RecursionError):
        return
    for index, cell in enumerate(_of(document, "cells", list)):
        yield from _images(cell, str(index))


def _images(cell: Any, number: str) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes of the images that one cell displayed, each with the cell's id, or its number without one."""
    name = cell.get("id") if isinstance(cell, dict) else None
    for output in _of(cell, "outputs", list):
        data = _of(output, "data", dict)
        found = [_joined(data[kind]) for kind in _KINDS if kind in data]
        found += [match.group(1) for match in _IN_HTML.finditer(_joined(data.get("text/html", "")))]
        for text in found:
            try:
                yield name if isinstance(name, str) else number, base64.b64decode(text)
            except (binascii.Error, ValueError):
                continue


def _of(value: Any, name: str, kind: type) -> Any:
    """Return the value of a dictionary under a name, or an empty one of that type if it is anything else."""
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, kind) else kind()


def _joined(text: Any) -> str:
    """Return text as one string; nbformat stores long texts as lists of lines."""
    if isinstance(text, list):
        return "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else ""


def _small(data: bytes, least: int = 8) -> bytes | None:
    """Return an image as a small WebP; None if it cannot be read or written, is too large or small, or does not fit."""
    from PIL import Image

    from aewidgets.images.encoders import can_write

    if not can_write("WEBP"):
        return None
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            # Icons and rules in displayed HTML are not results of a run.
            if image.width * image.height > MOST_PIXELS or min(image.size) < least:
                return None
            image.draft("RGB", (2 * _SIDE, 2 * _SIDE))
            opaque = _on_white(image)
    except Exception:  # Pillow's readers raise a dozen kinds of error on damaged files
        return None
    opaque.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    for quality in (70, 50, 30, 10):
        target = io.BytesIO()
        opaque.save(target, "WEBP", quality=quality, method=4)
        if target.tell() <= _MOST_BYTES:
            return target.getvalue()
    return None


def _on_white(image: Any) -> Any:
    """Return an image as RGB, on white where it is transparent, since plots are made to be seen on white."""
    from PIL import Image

    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    with_alpha = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", with_alpha.size, "white"), with_alpha).convert("RGB")
