"""Transparent pictures in both studios: colours are compared or restored, transparency stays and is said."""

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from aewidgets.codec.files.picture import fill_hidden
from aewidgets.images.reading import read_image
from aewidgets.studies.rate.operating_points import operating_point
from aewidgets.studies.restoration.corrupted import corrupt_subject, middle
from aewidgets.studies.restoration.points import denoise_point
from aewidgets.studies.subjects import Subject, open_subject
from aewidgets.widgets import CompressionStudio, DenoiseStudio

SOON = 900  # seconds: only a hang takes as long
COLOUR = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype("uint8")
ALPHA = np.repeat(np.linspace(0, 255, 32).astype("uint8")[None], 24, axis=0)
ALPHA[:, :8] = 0
RGBA = np.dstack([COLOUR, ALPHA])
LA = np.dstack([COLOUR[..., 0], ALPHA])


def as_file(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def palette() -> tuple[bytes, np.ndarray]:
    """Return a file with a palette, one colour of which is transparent, and its alpha."""
    image = Image.fromarray(COLOUR).quantize(8)
    return as_file(image, transparency=3), np.where(np.asarray(image) == 3, 0, 255).astype("uint8")


SOURCES = {
    "RGBA array": (RGBA, ALPHA),
    "LA array": (LA, ALPHA),
    "RGBA file": (as_file(Image.fromarray(RGBA)), ALPHA),
    "Pillow LA": (Image.fromarray(LA), ALPHA),
    "palette": palette(),
}


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def page_data(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found.group(1))


@pytest.mark.parametrize("source", SOURCES)
def test_a_subject_keeps_alpha_beside_its_colours(source: str):
    picture, alpha = SOURCES[source]
    subject = open_subject(picture, alpha=True)
    np.testing.assert_array_equal(subject.alpha, alpha)
    assert subject.samples.shape[2] == (2 if "LA" in source else 4)
    np.testing.assert_array_equal(subject.image, fill_hidden(subject.image, alpha))
    part = middle(subject, 100)
    assert part.alpha is not None and part.alpha.shape == part.image.shape[:2]
    with pytest.raises(ValueError, match="transparen"):
        open_subject(picture)


def test_what_is_opaque_everywhere_has_no_alpha():
    subject = open_subject(np.dstack([COLOUR, np.full_like(ALPHA, 255)]), alpha=True)
    assert subject.alpha is None
    np.testing.assert_array_equal(subject.image, COLOUR)


@pytest.mark.parametrize("source", SOURCES)
def test_codecs_are_compared_on_the_colours(source: str):
    picture, alpha = SOURCES[source]
    studio = CompressionStudio(picture, "jpeg", "png", (50, None))
    assert "transparent: codecs are compared on its colours" in studio.subject["source"]
    assert studio.subject["transparent"] is True
    np.testing.assert_array_equal(decoded(studio.alpha)[..., 1], alpha)
    colours = Subject("x", studio.results.subject.image, 1)
    assert studio.results.left.num_bytes == operating_point(colours, "jpeg", 50).num_bytes


@pytest.mark.parametrize("source", SOURCES)
def test_colours_are_restored_and_alpha_is_as_it_was(source: str):
    picture, alpha = SOURCES[source]
    studio = DenoiseStudio(picture, "gaussian", 25, "noisy", "median")
    assert "its transparency stays as it is" in studio.subject["source"]
    colour = open_subject(picture, alpha=True).image
    restored = denoise_point(corrupt_subject(colour, "gaussian", 25, 0), "median").image
    np.testing.assert_array_equal(studio.result, np.dstack([restored, alpha]))


def test_pages_show_it_and_their_pictures_have_it(tmp_path: Path):
    studio = DenoiseStudio(RGBA, "gaussian", 25, "noisy", "median")
    studio.show()
    assert studio.wait(SOON)
    for sent in (studio.given, studio.original, studio.right_picture):
        np.testing.assert_array_equal(decoded(sent)[..., 3], ALPHA)
    studio.set_state({"strength": 30.0, "_ask": {"number": 1, "draft": True}})
    assert studio.wait(SOON)
    np.testing.assert_array_equal(decoded(studio.given)[..., 3], ALPHA)


def test_another_picture_brings_its_own():
    studio = CompressionStudio(RGBA, "jpeg", "png", (50, None))
    studio.look_at(COLOUR)
    assert (studio.alpha, studio.subject["transparent"]) == (b"", False)
    assert "transparent" not in studio.subject["source"]
    studio.look_at(LA)
    assert studio.subject["transparent"] is True
    assert DenoiseStudio(COLOUR, right="median").result.shape == COLOUR.shape


def test_the_still_picture_shows_a_checkerboard():
    clear = np.zeros((40, 40, 4), "uint8")
    clear[0, 0] = 255
    png, _ = CompressionStudio(clear, "png", "original")._still()
    assert {232, 190} <= set(np.unique(read_image(png)[4:16, 4:16]))


@pytest.mark.slow
def test_an_exported_comparison_has_it_too(tmp_path: Path):
    compared = CompressionStudio(RGBA, "jpeg", "webp", (50, 50)).export_html(tmp_path / "c.html", max_bytes=200_000)
    traits = page_data(compared)["traits"]
    np.testing.assert_array_equal(decoded(base64.b64decode(traits["alpha"]["$bytes"]))[..., 1], ALPHA)
    assert traits["subject"]["transparent"] is True


def test_an_exported_restoration_has_it_too(tmp_path: Path):
    studio = DenoiseStudio(RGBA, "low-contrast", None, "noisy", "gamma")
    data = page_data(studio.export_html(tmp_path / "d.html", max_bytes=200_000))
    assert data["traits"]["subject"]["transparent"] is True
    for level in data["levels"]:
        for sent in (level["given"], level["pictures"]["gamma"], data["traits"]["original"]):
            np.testing.assert_array_equal(decoded(base64.b64decode(sent["$bytes"]))[..., 3], ALPHA)
