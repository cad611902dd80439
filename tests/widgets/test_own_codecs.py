"""CompressionStudio on codecs of other people: they stand where a name does, and their faults are put into words."""

import re
import textwrap
import zlib
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

import traitlets
from own_codecs import Halves, MozLike

from aewidgets.codec.registry import get_codec
from aewidgets.studies.rate.operating_points import operating_point
from aewidgets.studies.subjects import open_subject
from aewidgets.widgets import CompressionStudio

SOON = 900  # seconds: only a hang takes as long


@pytest.fixture(autouse=True)
def _only_sides_have_curves(monkeypatch):
    """Measure the curves of both sides alone, as for a large picture."""
    monkeypatch.setattr("aewidgets.studies.rate.operating_points._LARGE", 0)


@pytest.fixture
def face(photo: np.ndarray) -> np.ndarray:
    """Return a photograph of 48 x 64 pixels."""
    return photo[:48, :64]


def shown(studio: CompressionStudio) -> CompressionStudio:
    """Return a studio after a browser has shown it and everything is answered."""
    studio.show()
    assert studio.wait(SOON)
    return studio


def names(choices: list[dict[str, Any]]) -> list[str]:
    return [choice["name"] for choice in choices]


def test_a_codec_of_ones_own_is_in_the_menu_the_curves_and_the_answers(face: np.ndarray):
    studio = shown(CompressionStudio(face, Halves(), "jpeg", (5, 50), name="face"))
    assert (studio.left, studio.right, studio.error) == ("halves", "jpeg", "")
    assert names(studio.choices)[-1] == "halves"
    assert {curve["codec"] for curve in studio.curves} == {"halves", "jpeg"}
    assert [quality for quality, *_ in studio.curves[-1]["points"]] == [1, 3, 5, 6]  # nothing is lost at 8
    assert studio.left_point["suffix"] == ".bin" and studio.left_file == studio.results.left.data
    assert studio.left_point["bytes"] == operating_point(open_subject(face), Halves(), 5).num_bytes
    assert "halves 5 | jpeg 50" in repr(studio)


def test_the_codec_that_the_documentation_shows_works(face: np.ndarray):
    (shown_there,) = re.findall(r"^( {8}class Halves:.*?)^ {8}Comp", CompressionStudio.__doc__ or "", re.M | re.S)
    given: dict[str, Any] = {"np": np, "zlib": zlib}
    exec(textwrap.dedent(shown_there), given)
    for image in (face, face[..., 0]):
        best = CompressionStudio(image, given["Halves"](), "jpeg", (8, 50)).results.left
        np.testing.assert_array_equal(best.image, image)


@pytest.mark.parametrize("by", ["size", "quality"])
def test_it_follows_and_is_followed(face: np.ndarray, by: str):
    studio = shown(CompressionStudio(face, "jpeg", MozLike(), 40, match=by))
    measure = {"size": "bytes", "quality": "psnr"}[by]
    assert studio.right_point[measure] == pytest.approx(studio.left_point[measure], rel=0.05)
    studio.set_state({"right_quality": 20.0, "_ask": {"number": 1, "draft": True}})
    assert studio.wait(SOON)
    assert studio.right_point["quality"] == 20 and studio.error == ""
    assert studio.left_point[measure] == pytest.approx(studio.right_point[measure], rel=0.3)


def test_a_side_takes_another_codec_later_and_the_menu_has_it(face: np.ndarray):
    studio = shown(CompressionStudio(face, "jpeg", "webp", (50, 50)))
    studio.left = Halves()
    assert studio.wait(SOON)
    assert (studio.left, studio.left_quality, studio.left_point["codec"]) == ("halves", 4, "halves")
    studio.left = "jpeg"
    studio.set_state({"left": "halves", "_ask": {"number": 2, "draft": False}})  # as from the menu
    assert studio.wait(SOON)
    assert studio.left_point["codec"] == "halves" and "halves" in names(studio.choices)


def test_a_page_without_a_kernel_holds_it(face: np.ndarray, tmp_path):
    studio = CompressionStudio(face, MozLike(), Halves(), (50, 5), name="face")
    page = studio.export_html(tmp_path / "face.html").read_text(encoding="utf-8")
    assert "<title>face: JPEG, Robidoux&#x27;s table and halves</title>" in page
    data = studio._offline(500_000)
    assert names(data["traits"]["choices"]) == ["original", "mozlike", "halves"]
    assert {curve["codec"] for curve in data["traits"]["curves"]} == {"mozlike", "halves"}
    files = [entry for entry in data["grid"] if entry["point"]["codec"] == "mozlike"]
    assert files and all(entry["file"][:2] == b"\xff\xd8" and entry["point"]["suffix"] == ".jpg" for entry in files)


def test_a_codec_without_a_choice_of_quality_has_no_slider(face: np.ndarray):
    class Whole(Halves):
        name, qualities = "whole", None

        def encode(self, image, quality):
            assert quality is None
            return super().encode(image, 8)

    studio = shown(CompressionStudio(face, Whole(), "jpeg"))
    assert (studio.choices[-1]["unit"], studio.left_quality, studio.left_point["exact"]) == ("", None, True)


def test_bytes_that_begin_as_ours_are_no_file_of_ours(face: np.ndarray):
    class Alike(Halves):
        name = "alike"

        def encode(self, image, quality):
            return b"AEW" + super().encode(image, quality)

        def decode(self, data):
            return super().decode(data[3:])

    studio = shown(CompressionStudio(face, Alike(), "jpeg", (5, 50)))
    assert (studio.error, studio.left_bits, studio.left_point["codec"]) == ("", {}, "alike")


class Wrong(Halves):
    """A codec that does one thing wrong."""

    name = "wrong"

    def __init__(self, part, does):
        setattr(self, part, does)


def fails(*given):
    raise RuntimeError("no such layer")


@pytest.mark.parametrize(
    ("part", "does", "words"),
    [
        ("encode", fails, r"wrong: encode of an image \(48, 64, 3\).* raised RuntimeError: no such layer"),
        ("decode", fails, "wrong: decode of .* bytes raised RuntimeError: no such layer"),
        ("encode", lambda image, quality: None, "wrong: expected bytes from encode, got None"),
        ("decode", lambda data: np.full((48, 64), np.nan), "wrong: decode returned no image.*NaN"),
        ("decode", lambda data: np.zeros((9, 9), "uint8"), r"from decode an image \(48, 64, 3\), got \(9, 9\)"),
    ],
)
def test_what_it_does_wrong_is_shown_in_words_and_the_other_side_goes_on(face, part, does, words):
    studio = shown(CompressionStudio(face, "jpeg", Wrong(part, does), (50, 4)))
    assert re.search(words, studio.error)
    assert studio.left_point["codec"] == "jpeg" and studio.right_point == {}
    with pytest.raises(ValueError, match=words):
        _ = studio.results
    with pytest.raises(ValueError, match=words):
        studio._offline(100_000)
    assert re.search(words, str(studio._repr_mimebundle_())) is None and re.search(words, studio.error)
    studio.right = "webp"
    assert studio.wait(SOON)
    assert studio.right_point["codec"] == "webp" and studio.error == ""


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        (Halves, r"call it, Halves\(\)"),
        (None.__class__, "call it"),
        (5, "expected the name of a codec or an object.*got int 5"),
        (object(), "expected the name of a codec or an object"),
        (Wrong("name", "jpeg"), "'jpeg' is a name of ours"),
        (Wrong("qualities", 7), "wrong: expected as qualities"),
        ("jpg", "did you mean 'jpeg'"),
    ],
)
def test_what_is_no_codec_is_refused_at_once(face: np.ndarray, codec: Any, words: str):
    with pytest.raises(traitlets.TraitError, match=words):
        CompressionStudio(face, codec, "jpeg")
    studio = CompressionStudio(face, "webp", "jpeg", (50, 50))
    with pytest.raises(traitlets.TraitError, match=words):
        studio.left = codec
    assert studio.left == "webp"


def test_two_codecs_of_one_name_are_refused_and_one_may_stand_on_both_sides(face: np.ndarray):
    mine = Halves()
    studio = CompressionStudio(face, mine, get_codec(mine), (2, 7))
    assert (studio.left, studio.right) == ("halves", "halves")
    with pytest.raises(traitlets.TraitError, match="another codec of this studio is called 'halves'"):
        studio.right = Halves()


def test_a_codec_comes_by_module_and_object_from_python_but_not_from_a_page(face: np.ndarray):
    studio = shown(CompressionStudio(face, "own_codecs:Halves", "jpeg", (5, 50)))
    assert studio.left_point["codec"] == "halves"
    studio.set_state({"right": "own_codecs:MozLike", "_ask": {"number": 3, "draft": False}})
    assert studio.right == "jpeg" and "a page may not import a codec" in studio.error


def test_one_of_ours_with_an_effort_is_a_codec_of_its_own(face: np.ndarray):
    studio = CompressionStudio(face, get_codec("learned", effort=1), get_codec("jpeg"), (50, 50))
    assert (studio.left, studio.right) == ("learned-effort-1", "jpeg")
    assert studio.choices[-1]["label"] == "Learned (hyperprior), effort 1"
