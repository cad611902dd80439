"""CompressionStudio without a browser: what is asked is answered, once, with the study's figures, or in words."""

import json
import re
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

import traitlets

import aewidgets
from aewidgets.codec.registry import codec_names
from aewidgets.images.displays import REPORT_VARIABLE
from aewidgets.images.reading import read_image, write_image
from aewidgets.studies.rate.operating_points import judged, operating_point
from aewidgets.studies.subjects import open_subject
from aewidgets.widgets import CompressionStudio

pytestmark = pytest.mark.long

SOON = 900  # seconds: only a hang takes as long
ANSWERED = ("left_point", "left_picture", "left_file", "left_bits", "curves", "status", "error", "answered", "subject")


@pytest.fixture
def studio(photo: np.ndarray) -> CompressionStudio:
    """JPEG against WebP on a photograph of 64 x 96 pixels, both qualities free."""
    return CompressionStudio(photo[:64, :96], "jpeg", "webp", (50, 50), name="face")


@pytest.fixture
def shown(studio: CompressionStudio) -> CompressionStudio:
    """Return the studio after a browser has shown it and everything is answered."""
    studio.show()
    assert studio.wait(SOON)
    return studio


@pytest.fixture
def updates(shown: CompressionStudio, monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Names of the traits in each message to the browser from now on."""
    sent: list[set[str]] = []

    def keep(message: dict[str, Any], buffers: Any = None) -> None:
        if message["method"] == "update":
            sent.append({*message["state"], *(path[0] for path in message["buffer_paths"])})

    monkeypatch.setattr(shown, "_send", keep)
    return sent


def browser_sends(studio: CompressionStudio, **state: Any) -> None:
    """Set traits as a message of the browser does."""
    studio.set_state(state)
    assert studio.wait(SOON)


def uploaded(name: str, data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    """The message of a file that fits into one part."""
    size = len(data)
    return {"kind": "upload", "name": name, "size": size, "offset": 0, "crc": zlib.crc32(data)}, [memoryview(data)]


def test_nothing_is_made_before_it_is_shown(studio: CompressionStudio):
    studio.left_quality = 20
    assert not studio._worker.busy
    assert (studio.left_point, studio.left_picture, len(studio._cache)) == ({}, b"", 0)


def test_answers_are_the_figures_of_the_study(shown: CompressionStudio, photo: np.ndarray):
    subject = open_subject(photo[:64, :96], "face")
    for side, codec in (("left", "jpeg"), ("right", "webp")):
        point = judged(subject, operating_point(subject, codec, 50))
        sent = getattr(shown, f"{side}_point")
        assert (sent["bytes"], sent["psnr"], sent["ssim"]) == (point.num_bytes, point.psnr_db, point.ssim)
        assert getattr(shown, f"{side}_picture") == point.data
        assert getattr(shown.results, side) == point
    assert shown.error == ""


def test_one_message_for_a_quality_that_was_moved(shown: CompressionStudio, updates: list[set[str]]):
    browser_sends(shown, left_quality=30.0, _ask={"number": 7, "draft": True})
    (answer,) = (names for names in updates if "left_point" in names)
    assert answer >= {"left_point", "left_picture", "answered"}
    assert "right_point" not in answer
    assert shown.answered == 7


def test_a_drag_is_answered_without_ssim_and_its_end_with_it(shown: CompressionStudio):
    browser_sends(shown, left_quality=30.0, _ask={"number": 1, "draft": True})
    assert (shown.left_point["preview"], shown.left_point["ssim"]) == (True, None)
    browser_sends(shown, left_quality=30.0, _ask={"number": 2, "draft": False})
    assert shown.left_point["preview"] is False
    assert shown.left_point["ssim"] == pytest.approx(shown.results.left.ssim)


def test_no_lossy_picture_of_another_codec_is_left_at_rest(shown: CompressionStudio):
    browser_sends(shown, left="jpeg2000", _ask={"number": 1, "draft": True})
    assert shown.left_point["media"] == "image/jpeg"
    browser_sends(shown, _ask={"number": 2, "draft": False})
    assert shown.left_point["media"] == "image/png"
    assert np.array_equal(read_image(shown.left_picture), shown.results.left.image)
    assert shown.left_file == shown.results.left.data


def test_what_a_message_sets_together_is_one_question(shown: CompressionStudio, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(shown._worker, "ask", asked.append)
    shown.set_state({"left": "webp", "right": "png", "match": "off", "_ask": {"number": 1, "draft": False}})
    [(number, question)] = asked
    assert (number, question.codecs, question.match) == (1, ("webp", "png"), "off")
    assert question.qualities == (shown.left_quality, shown.right_quality)


def test_a_refused_question_is_answered_and_taken_back(shown: CompressionStudio, updates: list[set[str]]):
    before = shown.left_quality
    browser_sends(shown, left_quality=5000.0, _ask={"number": 1, "draft": False})
    assert "expected" in shown.error and "got 5000" in shown.error
    assert (shown.answered, shown.left_quality) == (1, before)
    assert any("left_quality" in names for names in updates)


@pytest.mark.parametrize("name", ANSWERED)
def test_answered_traits_refuse_writes(studio: CompressionStudio, name: str):
    before = getattr(studio, name)
    with pytest.raises(traitlets.TraitError):
        setattr(studio, name, before)
    studio.set_state({name: "forged"})
    assert getattr(studio, name) == before


def test_the_other_side_follows_in_size_and_says_which_quality_that_was(shown: CompressionStudio):
    browser_sends(shown, match="size", left_quality=80.0, _ask={"number": 1, "draft": False})
    sizes = shown.left_point["bytes"], shown.right_point["bytes"]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.06)
    assert shown.right_quality == shown.right_point["quality"]
    assert shown.left_quality == 80


@pytest.mark.parametrize("by", ["size", "quality"])
def test_the_other_side_follows_during_a_drag_as_the_nearest_point_known(
    shown: CompressionStudio, updates: list[set[str]], by: str, monkeypatch: pytest.MonkeyPatch
):
    """The message that answers the drag has it, hence no file is encoded: all known points are those of the curves."""
    monkeypatch.setattr(shown, "_closer", lambda question: {})
    (webp,) = (curve["points"] for curve in shown.curves if curve["codec"] == "webp")
    figure, column, scale = ("bytes", 3, np.log) if by == "size" else ("psnr", 2, float)
    for quality in (90.0, 12.0):
        browser_sends(shown, match=by, left_quality=quality, _ask={"number": 1, "draft": True})
        left, right = shown.left_point, shown.right_point
        least = min(abs(scale(point[column]) - scale(left[figure])) for point in webp)
        assert abs(scale(right[figure]) - scale(left[figure])) == pytest.approx(least)
        assert (right["preview"], right["quality"]) == (True, shown.right_quality)
    answers = [names for names in updates if "left_point" in names]
    assert len(answers) == 2
    assert all(names >= {"right_point", "right_picture", "right_quality"} for names in answers)


def test_while_a_drag_pauses_the_other_side_comes_closer_with_one_encoding(shown: CompressionStudio):
    browser_sends(shown, match="size", left_quality=83.0, _ask={"number": 1, "draft": True})
    assert shown.right_point["bytes"] == pytest.approx(shown.left_point["bytes"], rel=0.1)
    assert shown.right_point["preview"] is True
    made = len(shown._cache)
    browser_sends(shown, left_quality=83.0, _ask={"number": 2, "draft": False})
    assert (shown.left_point["preview"], shown.right_point["preview"]) == (False, False)
    assert len(shown._cache) <= made + 1  # what the search tries is not kept, only what it finds


def test_a_large_picture_is_shown_before_its_ssim_is_known(
    studio: CompressionStudio, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("aewidgets.widgets.compression_studio.cache._LARGE", 1)
    seen: list[tuple[bool, bool]] = []
    studio.observe(lambda change: seen.append((change["new"]["ssim"] is None, change["new"]["preview"])), "left_point")
    studio.show()
    assert studio.wait(SOON)
    assert seen == [(True, False), (False, False)]
    assert studio.right_point["ssim"] == pytest.approx(studio.results.right.ssim)


def test_the_cache_has_a_bound_in_bytes(photo: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("aewidgets.widgets.compression_studio.cache._KEPT", 6 * photo[:64, :96].nbytes)
    studio = CompressionStudio(photo[:64, :96], "jpeg", "webp", (50, 50))
    studio.show()
    assert studio.wait(SOON)
    assert len(studio._cache) == 5  # with their files, six are more


def test_the_side_moved_last_leads(shown: CompressionStudio):
    browser_sends(shown, match="quality", right_quality=80.0, _ask={"number": 1, "draft": False})
    assert shown.right_quality == 80
    assert shown.left_point["psnr"] == pytest.approx(shown.right_point["psnr"], abs=0.5)


def test_a_codec_that_is_chosen_begins_at_its_usual_quality_or_follows(shown: CompressionStudio):
    shown.left = "jpeg2000"
    assert shown.wait(SOON)
    assert shown.left_quality == 30
    shown.match = "size"
    shown.right = "avif"
    assert shown.wait(SOON)
    assert shown.left_quality == 30
    assert shown.right_point["bytes"] == pytest.approx(shown.left_point["bytes"], rel=0.1)


def test_a_point_of_the_curves_is_a_codec_and_a_quality_together(shown: CompressionStudio):
    browser_sends(shown, right="avif", right_quality=90.0, _ask={"number": 1, "draft": False})
    assert (shown.right_point["codec"], shown.right_point["quality"]) == ("avif", 90)


def test_curves_of_this_picture_come_after_the_answer(shown: CompressionStudio):
    found = {curve["codec"]: curve["points"] for curve in shown.curves}
    optional = {"jxl"} & set(codec_names())
    assert set(found) == {"learned", "learned-factorised", "jpeg", "jpeg2000", "webp", "avif", *optional}
    quality, bpp, psnr_db, num_bytes = found["jpeg"][4]
    point = operating_point(shown.results.subject, "jpeg", quality)
    assert (bpp, psnr_db, num_bytes) == (point.bpp, point.psnr_db, point.num_bytes)


def test_header_and_payload_make_the_file(photo: np.ndarray):
    studio = CompressionStudio(photo, "learned", "original", 40)
    studio.show()
    assert studio.wait(SOON)
    bits = studio.left_bits
    assert bits["header"] + sum(bits["groups"]) == studio.left_point["bytes"] == len(studio.left_file)
    assert len(bits["positions"]) == 4 * bits["rows"] * bits["columns"] * len(bits["groups"])
    assert studio.right_bits == {}
    assert studio.right_point["exact"] is True


def test_results_follow_what_is_set_and_are_frozen(studio: CompressionStudio):
    first = studio.results
    studio.left_quality = 10
    assert studio.results.left.num_bytes < first.left.num_bytes
    with pytest.raises(AttributeError):
        first.left = None  # type: ignore[misc]


def test_settings_that_do_not_exist_are_refused_in_words(studio: CompressionStudio):
    with pytest.raises(traitlets.TraitError, match="did you mean 'jpeg'"):
        studio.left = "jpg"
    with pytest.raises(traitlets.TraitError, match="1 to 100, got 200"):
        studio.left_quality = 200
    with pytest.raises(ValueError, match="pair"):
        CompressionStudio(np.zeros((8, 8), "uint8"), quality=(1, 2, 3))


def test_the_browser_hears_what_it_may_not_ask(shown: CompressionStudio):
    browser_sends(shown, left="x", _ask={"number": 1, "draft": False})
    assert "no codec is called 'x'" in shown.error
    assert shown.left == "jpeg"


@pytest.mark.parametrize(
    ("content", "buffers", "words"),
    [
        (*uploaded("x.png", b"no picture"), r"x\.png"),
        (*uploaded("x.aew", b"AEW\x01" + bytes(40)), r"\w+ \w+"),
        ({"kind": "upload", "name": "x.png"}, [], "upload"),
        ({"kind": "upload", "name": "x.png", "size": 64_000_001, "offset": 0}, [memoryview(b"x")], "look_at"),
        ({"kind": "bundled", "name": "../secret"}, [], "secret"),
        ({"kind": "path", "path": "../../etc/passwd"}, [], "below"),
        ({"kind": "path", "path": "/etc/passwd"}, [], "below"),
        ({"kind": "path", "path": "missing.png"}, [], "missing"),
        ({"kind": "conjure"}, [], "conjure"),
        ({}, [], "None"),
    ],
)
def test_bad_files_and_bad_messages_get_words_and_change_nothing(
    studio: CompressionStudio, content: dict, buffers: list, words: str
):
    studio._receive(studio, content, buffers)
    assert re.search(words, studio.error)
    assert studio.subject["name"] == "face"
    studio._receive(studio, {"kind": "dismiss"}, [])
    assert studio.error == ""


def test_a_picture_that_is_opened_is_looked_at(shown: CompressionStudio, photo: np.ndarray, tmp_path: Path):
    write_image(photo[:80, :80], tmp_path / "other.png")
    data = (tmp_path / "other.png").read_bytes()
    shown._receive(shown, *uploaded("C:/x/other.png", data))
    assert shown.wait(SOON)
    assert (shown.subject["name"], shown.subject["width"], shown.subject["bytes"]) == ("other.png", 80, len(data))
    assert np.array_equal(read_image(shown.original), photo[:80, :80])
    assert read_image(shown.left_picture).shape == (80, 80, 3)


def test_an_aew_file_is_opened_and_a_path_below_the_working_folder(
    shown: CompressionStudio, photo: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("face.aew").write_bytes(aewidgets.compress(photo[:64, :64], 50))
    shown._receive(shown, {"kind": "path", "path": "face.aew"}, [])
    assert shown.wait(SOON)
    assert shown.error == ""
    assert "decoded from face.aew" in shown.subject["source"]


def test_a_transparent_picture_that_is_opened_is_compared_on_its_colours(
    studio: CompressionStudio, photo: np.ndarray, tmp_path: Path
):
    write_image(np.dstack([photo, photo[..., 0]]), tmp_path / "clear.png")
    data = (tmp_path / "clear.png").read_bytes()
    studio._receive(studio, *uploaded("clear.png", data))
    assert studio.error == ""
    assert "transparent" in studio.subject["source"]
    assert studio.alpha


def test_stopping_ends_the_further_work(studio: CompressionStudio):
    begun = threading.Event()
    studio.observe(lambda change: change["new"]["total"] and begun.set(), "status")
    studio.show()
    assert begun.wait(SOON)
    studio.cancel()
    assert studio.wait(SOON)
    assert studio.status == {"busy": False, "done": 0, "total": 0, "text": "stopped"}
    assert len(studio.curves) < 6
    studio.left_quality = 30
    assert studio.wait(SOON)
    assert studio.status["text"] == ""


def test_observers_hear_of_answers(shown: CompressionStudio):
    heard = []
    shown.observe(lambda change: heard.append(change["new"]["bytes"]), "left_point")
    shown.left_quality = 15
    assert shown.wait(SOON)
    assert heard == [shown.results.left.num_bytes]


def test_it_is_a_widget_like_any_other(shown: CompressionStudio):
    ipywidgets = pytest.importorskip("ipywidgets")
    slider = ipywidgets.FloatSlider(min=1, max=100, value=50)
    ipywidgets.link((slider, "value"), (shown, "left_quality"))
    box = ipywidgets.HBox([slider, shown], layout={"width": "600px"})
    ipywidgets.jslink((slider, "value"), (shown, "right_quality"))
    slider.value = 33
    assert shown.wait(SOON)
    assert (shown.left_quality, box.children[1]) == (33, shown)


def test_its_name_is_the_same_in_every_run(photo: np.ndarray):
    made = [repr(CompressionStudio(photo, "jpeg", "original", 50, name="face")) for _ in range(2)]
    assert made == ["CompressionStudio('face', jpeg 50 | original)"] * 2


def test_interactive_output_is_a_view_with_pictures_for_those_who_cannot_show_it(studio: CompressionStudio):
    bundle = studio._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == studio.model_id
    assert bundle["text/html"].count("<img") == 1
    assert "bytes" in bundle["text/html"]
    assert len(bundle["image/png"]) > 1000
    assert bundle["text/plain"] == repr(studio)


def test_in_a_report_it_brings_its_own_life_along(studio: CompressionStudio, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(REPORT_VARIABLE, "1")
    bundle = studio._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/html"].count("<img") == 1
    assert bundle["text/html"].count("<script") == 3
    assert len(bundle["text/html"]) < studio.REPORT_BYTES + 600_000


def test_a_picture_that_breaks_shows_its_error_in_the_widget(
    studio: CompressionStudio, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: Any) -> None:
        raise OSError("no space <left>")

    monkeypatch.setattr("aewidgets.widgets.compression_studio.cache.operating_point", broken)
    bundle = studio._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert studio.error == "no space <left>"
    monkeypatch.setenv(REPORT_VARIABLE, "1")
    assert "no space &lt;left&gt;" in studio._repr_mimebundle_()["text/html"]


def test_an_exported_page_holds_everything_in_three_megabytes(studio: CompressionStudio, tmp_path: Path):
    path = studio.export_html(tmp_path / "studio.html")
    text = path.read_text(encoding="utf-8")
    assert len(text) < 3.3e6
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=(?![\"']?data:)", text)
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL).group(1))
    assert {entry["point"]["codec"] for entry in data["grid"]} >= {"original", "jpeg", "webp", "avif", "learned"}
    assert "No kernel" in data["traits"]["frozen"]
    assert data["traits"]["crop"] == [0, 0, 96, 64]


def test_names_are_text_wherever_they_are_shown(photo: np.ndarray, tmp_path: Path):
    studio = CompressionStudio(photo[:32, :32], "jpeg", "webp", (50, 50), name="</script><script>alert(1)</script>")
    text = studio.export_html(tmp_path / "x.html", max_bytes=200_000).read_text(encoding="utf-8")
    assert "<script>alert" not in text


def test_importing_the_widgets_loads_no_keras():
    code = "import sys, aewidgets.widgets; print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
