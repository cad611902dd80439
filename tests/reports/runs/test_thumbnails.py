"""A thumbnail is small, shows the first image that can be read, and is never made of a harmful one."""

import base64
import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from run_folders import notebook, png

from aewidgets.reports.runs.thumbnails import thumbnail_of


def made_of(*pictures: bytes) -> Image.Image | None:
    return opened(thumbnail_of(json.dumps(notebook(*pictures)).encode()))


def opened(uri: str | None) -> Image.Image | None:
    if uri is None:
        return None
    head, _, data = uri.partition(",")
    assert head == "data:image/webp;base64"
    assert len(base64.b64decode(data)) <= 6_000
    return Image.open(io.BytesIO(base64.b64decode(data)), formats=["WEBP"]).convert("RGB")


def shown(kind: str, data: object) -> bytes:
    """Return a notebook whose one output holds this data."""
    document = notebook(b"")
    document["cells"][0]["outputs"][0]["data"] = {kind: data}
    return json.dumps(document).encode()


def saved(image: Image.Image, form: str = "PNG") -> bytes:
    target = io.BytesIO()
    image.save(target, form)
    return target.getvalue()


@pytest.mark.parametrize(
    ("size", "expected"), [((240, 180), (160, 120)), ((100, 1000), (16, 160)), ((40, 30), (40, 30))]
)
def test_the_longer_side_is_160_pixels_at_most_and_small_pictures_stay(size: tuple[int, int], expected: tuple):
    image = made_of(png(1, size))
    assert image is not None and image.size == expected


def test_it_looks_like_the_first_picture():
    image = made_of(png(1), png(2))
    assert image is not None
    wanted = Image.open(io.BytesIO(png(1))).resize(image.size, Image.Resampling.LANCZOS)
    assert np.abs(np.asarray(image, float) - np.asarray(wanted, float)).mean() < 6


def test_noise_fits_too():
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    assert made_of(saved(Image.fromarray(noise))) is not None


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_formats_that_notebooks_hold_are_read(form: str):
    kind = f"image/{form.lower()}"
    assert opened(thumbnail_of(shown(kind, base64.b64encode(saved(Image.new("RGB", (50, 40), "red"), form)).decode())))


def test_a_picture_inside_html_counts_and_so_do_lines_of_base64():
    text = base64.encodebytes(png()).decode()
    inside = f'<div><img alt="x" src="data:image/png;base64,{text.replace(chr(10), "")}"></div>'
    assert opened(thumbnail_of(shown("text/html", inside)))
    assert opened(thumbnail_of(shown("image/png", text.splitlines(keepends=True))))


def test_a_clear_background_becomes_white():
    image = made_of(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0))))
    assert image is not None and min(image.getpixel((20, 20))) > 250


def bomb() -> bytes:
    """Return a small PNG whose header claims 60,000 x 60,000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")
    packed = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize(
    "bad", [b"", b"no picture", png()[:200], bomb(), saved(Image.new("RGB", (3, 3))), b"%!PS-Adobe-3.0 EPSF-3.0\n"]
)
def test_what_is_no_picture_is_passed_over(bad: bytes):
    assert made_of(bad) is None
    assert made_of(bad, png()) is not None


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"cells": 3}', b'{"cells": [3, {"outputs": [1, {"data": {"image/png": 5}}]}]}',
             b'{"a":' * 100_000]
)  # fmt: skip
def test_a_notebook_that_is_none_has_no_thumbnail(data: bytes):
    assert thumbnail_of(data) is None
