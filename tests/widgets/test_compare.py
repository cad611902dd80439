"""ImageCompare without a browser: what it takes, what it answers, and what a page without a kernel holds."""

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets
from PIL import Image

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from aewidgets.images.displays import REPORT_VARIABLE
from aewidgets.images.metrics import psnr
from aewidgets.images.sets import load_images
from aewidgets.widgets import ImageCompare
from aewidgets.widgets.base.room import html_bytes

SOON = 60  # seconds: only a hang takes as long


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A photograph of 200 x 240 pixels."""
    return dict(load_images("bundled-holdout"))["chelsea"][50:250, 100:340]


def jpeg(image: np.ndarray, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


@pytest.fixture
def three(photo: np.ndarray) -> ImageCompare:
    return ImageCompare(photo, jpeg(photo, 10), jpeg(photo, 60), names=["photo", "low", "high"])


def shown(widget: ImageCompare) -> ImageCompare:
    """Begin as a page does, and wait for all that follows."""
    widget._receive(widget, {"kind": "shown"}, [])
    assert widget.wait(SOON)
    return widget


def test_a_page_gets_the_pictures_and_the_figures_of_all_pairs(three: ImageCompare, photo: np.ndarray):
    shown(three)
    assert [np.asarray(Image.open(io.BytesIO(png))).shape for png in three.pictures] == [photo.shape] * 3
    assert (np.asarray(Image.open(io.BytesIO(three.pictures[0]))) == photo).all()
    assert [f["pair"] for f in three.figures] == [[0, 1], [0, 2], [1, 2]]
    low = np.asarray(Image.open(io.BytesIO(three.pictures[1])))
    assert three.figures[0]["psnr"] == psnr(photo, low)
    assert three.error == "" and three.status == {"busy": False, "done": 0, "total": 0, "text": ""}


def test_results_follow_the_settings(three: ImageCompare):
    first = three.results
    assert (first.reference.name, first.left.name, first.right.name) == ("photo", "photo", "low")
    assert first.left_figures is None and first.right_figures == first.between
    three.left, three.reference = "high", "low"
    then = three.results
    assert then.right_figures is None and then.left_figures == then.between
    assert then.left_figures.psnr_db > first.right_figures.psnr_db
    assert [(f.first, f.second) for f in three.table()] == [("photo", "low"), ("photo", "high"), ("low", "high")]


FORMS: dict[str, Any] = {
    "arguments": lambda a, b: ImageCompare(a, b),
    "list": lambda a, b: ImageCompare([a, b]),
    "dictionary": lambda a, b: ImageCompare({"picture 1": a, "picture 2": b}),
    "array": lambda a, b: ImageCompare(np.stack([a, b])),
    "floats": lambda a, b: ImageCompare(a / 255, b / 255),
    "Pillow": lambda a, b: ImageCompare(Image.fromarray(a), Image.fromarray(b)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_giving_pictures_gives_the_same(photo: np.ndarray, form: str):
    made = FORMS[form](photo, 255 - photo)
    assert made.names == ["picture 1", "picture 2"]
    assert made.results.between.psnr_db == psnr(photo, 255 - photo)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA"])
def test_a_pillow_image_of_any_mode_is_taken(photo: np.ndarray, mode: str):
    other = Image.fromarray(255 - photo).convert(mode)
    assert math.isfinite(ImageCompare(photo, other).results.between.psnr_db)


def test_files_have_their_names_and_equal_names_get_numbers(photo: np.ndarray, tmp_path: Path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.fromarray(photo).save(tmp_path / folder / "x.png")
    made = ImageCompare(tmp_path / "a" / "x.png", str(tmp_path / "b" / "x.png"))
    assert made.names == ["x.png", "x.png (2)"]
    assert math.isinf(made.results.between.psnr_db)


WRONG: dict[str, tuple[Any, str]] = {
    "none": (lambda p: ImageCompare(), r"expected two pictures, or up to 16, got 0: ImageCompare\(a, b\)"),
    "one": (lambda p: ImageCompare(p), "got 1"),
    "seventeen": (lambda p: ImageCompare([p] * 17), "got 17"),
    "no picture": (lambda p: ImageCompare(p, None), "picture 2: .*got NoneType"),
    "nan": (lambda p: ImageCompare(p, np.full((200, 240), np.nan)), "picture 2: .*NaN"),
    "no file": (lambda p: ImageCompare(p, b"nothing"), "picture 2: .*not a picture"),
    "size": (lambda p: ImageCompare(p, p[:, :100, :][:150].T.copy()[0]), "picture 2: expected the 240 × 200 pixels"),
    "few names": (lambda p: ImageCompare(p, p, names=["a"]), "names: expected one for each of 2 pictures, got 1"),
    "text": (lambda p: ImageCompare(p, p, names="ab"), "names: expected a list of texts"),
    "names twice": (lambda p: ImageCompare({"a": p, "b": p}, names=["a", "b"]), "whose keys are the names"),
    "number": (lambda p: ImageCompare(p, p, left=2), "left: expected a name, or a number from 0 to 1, got 2"),
    "background": (lambda p: ImageCompare(p, p, background="clear"), "background: expected a colour"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused_in_words(photo: np.ndarray, case: str):
    make, words = WRONG[case]
    with pytest.raises(ValueError, match=words):
        make(photo)


def test_a_name_that_no_picture_has_is_refused(three: ImageCompare, photo: np.ndarray):
    with pytest.raises(traitlets.TraitError, match="right: expected one of photo, low, high; got 'medium'"):
        three.right = "medium"
    with pytest.raises(traitlets.TraitError, match="reference: expected one of"):
        ImageCompare(photo, photo, reference="a")
    three.set_state({"right": "medium"})
    assert "expected one of photo, low, high" in three.error and three.right == "low"


def test_a_picture_is_added_and_shown_and_one_that_does_not_fit_is_refused(three: ImageCompare, photo: np.ndarray):
    shown(three)
    three.look_at(photo[10:, 20:], "part")
    assert (three.names, three.right) == (["photo", "low", "high", "part"], "part")
    assert three.wait(SOON)
    assert len(three.pictures) == 4 and len(three.figures) == 6
    assert math.isinf(three.results.right_figures.psnr_db)
    assert (three.subject["width"], three.subject["height"]) == (220, 190)
    with pytest.raises(ValueError, match="camera"):
        three.look_at("camera")
    three._receive(three, {"kind": "bundled", "name": "camera"}, [])
    assert "camera: expected the 240 × 200 pixels of photo" in three.error
    assert len(three.names) == 4


def test_what_was_done_is_said_in_the_page_and_in_its_words(photo: np.ndarray):
    made = ImageCompare(photo, photo[::2, ::2], names=["whole", "half"])
    words = "resized from 120 × 100 to 240 × 200 (Lanczos)"
    assert made.notes == ["", words]
    bundle = made._repr_mimebundle_()
    assert f"half: {words}" in bundle["text/html"]
    assert bundle["text/plain"] == "ImageCompare('whole' | 'half', 2 pictures, reference 'whole')"


def test_a_report_holds_pictures_and_figures_and_large_ones_are_cut(three: ImageCompare, photo: np.ndarray):
    whole = three._offline(3_000_000)["traits"]
    assert whole["crop"] is None and len(whole["figures"]) == 3 and whole["media"] == "image/webp"
    assert (np.asarray(Image.open(io.BytesIO(whole["pictures"][0])).convert("RGB")) == photo).all()
    small = three._offline(150_000)["traits"]
    column, row, width, height = small["crop"]
    kept = np.asarray(Image.open(io.BytesIO(small["pictures"][0])).convert("RGB"))
    assert (kept == photo[row : row + height, column : column + width]).all()
    assert small["figures"] == whole["figures"] and f"{width} × {height} pixels of 240 × 200" in small["frozen"]
    assert html_bytes(small) < 150_000 < html_bytes(whole)


def test_a_report_has_a_still_and_the_live_widget(
    three: ImageCompare, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv(REPORT_VARIABLE, "1")
    bundle = three._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" not in bundle and "aewidgets-offline" in bundle["text/html"]
    page = three.export_html(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<title>photo and low</title>" in page
