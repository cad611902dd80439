"""DenoiseStudio without a browser: what is asked is answered, once, with the study's figures, or in words."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

import traitlets

from aewidgets.images.displays import REPORT_VARIABLE
from aewidgets.images.reading import png_bytes, read_image, write_image
from aewidgets.restoration.corruptions import CORRUPTIONS
from aewidgets.studies.restoration.corrupted import corrupt_subject
from aewidgets.studies.restoration.levels import levels_of
from aewidgets.studies.restoration.points import denoise_point
from aewidgets.widgets import DenoiseStudio

pytestmark = pytest.mark.long

SOON = 900  # seconds: only a hang takes as long
ANSWERED = ("subject", "original", "given", "noise", "left_point", "right_picture", "tried", "differ", "curve", "error")


@pytest.fixture
def picture(photo: np.ndarray) -> np.ndarray:
    return photo[:36, :40]


@pytest.fixture
def studio(picture: np.ndarray) -> DenoiseStudio:
    """Total variation against wavelets at noise level 25."""
    return DenoiseStudio(picture, "gaussian", 25, "tv", "wavelet", name="face")


@pytest.fixture
def shown(studio: DenoiseStudio) -> DenoiseStudio:
    """Return the studio after a browser has shown it and everything is answered."""
    studio.show()
    assert studio.wait(SOON)
    assert studio.error == ""
    return studio


def browser_sends(studio: DenoiseStudio, **state: Any) -> None:
    """Set traits as a message of the browser does."""
    studio.set_state(state)
    assert studio.wait(SOON)


def test_nothing_is_made_before_it_is_shown(studio: DenoiseStudio):
    studio.strength = 40
    assert not studio._worker.busy
    assert (studio.left_point, studio.given, len(studio._cache)) == ({}, b"", 0)


def test_what_a_message_sets_together_is_one_question(shown: DenoiseStudio, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(shown._worker, "ask", asked.append)
    shown.set_state({"corruption": "poisson", "left": "tv", "right": "nlm", "_ask": {"number": 1, "draft": False}})
    [(number, question)] = asked
    assert (number, question.setting[0], question.methods) == (1, "poisson", (shown.left, shown.right))


def test_answers_are_the_figures_of_the_study(shown: DenoiseStudio, picture: np.ndarray):
    corrupted = corrupt_subject(picture, "gaussian", 25, 0)
    for side, method in (("left", "tv"), ("right", "wavelet")):
        point, sent = denoise_point(corrupted, method), getattr(shown, f"{side}_point")
        assert (sent["method"], sent["psnr"], sent["ssim"]) == (method, point.psnr_db, point.ssim)
        assert sent["seconds"] > 0
        np.testing.assert_array_equal(read_image(getattr(shown, f"{side}_picture")), point.image)
    np.testing.assert_array_equal(read_image(shown.given), corrupted.shown)
    np.testing.assert_array_equal(read_image(shown.original), picture)
    assert (shown.noise["given"], shown.noise["estimated"]) == (25, corrupted.estimated)
    results = shown.results
    np.testing.assert_array_equal(shown.result, denoise_point(corrupted, "wavelet").image)
    assert [p.method for p in results.tried][-1] == "noisy"
    assert shown.differ == [[w.column, w.row, w.size] for w in results.differ]


def test_curves_of_both_sides_and_the_input_are_measured_when_there_is_time(shown: DenoiseStudio):
    assert {line["method"] for line in shown.curve} == {"tv", "wavelet", "noisy"}
    for line in shown.curve:
        assert [at for at, _ in line["points"]] == list(levels_of("gaussian"))
    assert shown.status["busy"] is False


def test_a_drag_sends_a_quick_picture_and_its_end_a_whole_one(shown: DenoiseStudio):
    browser_sends(shown, strength=40.0, _ask={"number": 7, "draft": True})
    assert (shown.answered, shown.noise["strength"]) == (7, 40)
    assert shown.noise["media"] == "image/jpeg"
    assert shown.right_point["preview"] is True  # wavelets are quick
    browser_sends(shown, strength=41.0, _ask={"number": 8, "draft": False})
    assert shown.noise["media"] == "image/png"
    assert (shown.left_point["strength"], shown.left_point["preview"]) == (41, False)


def test_a_slow_method_waits_for_the_end_of_a_drag(shown: DenoiseStudio):
    shown._cache._seconds["tv"] = 5.0
    browser_sends(shown, strength=40.0, _ask={"number": 7, "draft": True})
    assert (shown.left_point["strength"], shown.right_point["strength"]) == (25, 40)


def test_all_methods_are_tried_but_for_those_that_take_minutes(shown: DenoiseStudio):
    assert {p["method"] for p in shown.tried} == {"noisy", "tv", "wavelet"}
    shown._message("try-all", {}, [])
    assert shown.wait(SOON)
    able = {c["name"] for c in shown.choices if c["does"] and not c["slow"]}
    assert {p["method"] for p in shown.tried} == able | {"noisy"}
    assert "ksvd" not in able
    psnrs = [p["psnr"] for p in shown.tried]
    assert psnrs == sorted(psnrs, reverse=True)
    assert "original" not in {p["method"] for p in shown.tried}


def test_trying_stops_when_it_is_cancelled(shown: DenoiseStudio):
    shown.try_all()
    shown.cancel()
    assert shown.wait(SOON)
    assert shown.status["text"] == "stopped"
    assert not shown._trying


@pytest.mark.parametrize("corruption", ["poisson", "jpeg", "motion", "holes"])
def test_another_corruption_has_its_own_strength_and_methods(shown: DenoiseStudio, corruption: str):
    browser_sends(shown, corruption=corruption, _ask={"number": 9, "draft": False})
    assert shown.error == ""
    assert shown.strength == CORRUPTIONS[corruption].default
    able = [c["name"] for c in shown.choices]
    assert {shown.left, shown.right} <= set(able)
    assert shown.right_point["method"] == shown.right not in ("noisy", "original")
    assert np.isfinite(shown.right_point["psnr"])


def test_no_strength_is_the_default(shown: DenoiseStudio):
    shown.strength = None
    assert shown.strength == 25


def test_a_corruption_and_a_strength_that_come_together_stay_together(shown: DenoiseStudio):
    browser_sends(shown, corruption="speckle", strength=0.3)
    assert (shown.corruption, shown.strength, shown.noise["strength"]) == ("speckle", 0.3, 0.3)


def test_a_picture_as_it_is_has_no_original_and_no_figures(shown: DenoiseStudio, picture: np.ndarray):
    shown.left = "original"
    browser_sends(shown, corruption="as-is")
    assert (shown.strength, shown.left, shown.noise["reference"]) == (None, "noisy", False)
    assert shown.noise["estimated"] is not None
    assert (shown.right_point["psnr"], shown.right_point["ssim"], shown.curve) == (None, None, [])
    np.testing.assert_array_equal(read_image(shown.given), picture)


def test_other_noise_comes_of_another_seed(shown: DenoiseStudio):
    before = shown.given
    browser_sends(shown, seed=1)
    assert shown.given != before
    browser_sends(shown, seed=0)
    assert shown.given == before


def test_what_a_method_cannot_do_is_said_and_the_other_side_is_answered(shown: DenoiseStudio):
    browser_sends(shown, corruption="missing", strength=1.0, left="noisy", right="biharmonic")
    assert "Biharmonic inpainting: " in shown.error
    assert "expected known pixels" in shown.error
    assert shown.right_point["failed"] is True
    assert shown.left_point["method"] == "noisy"
    browser_sends(shown, strength=0.2)
    assert (shown.error, shown.right_point["failed"]) == ("", False)


def test_what_the_browser_may_not_set_stays(shown: DenoiseStudio):
    before = {name: getattr(shown, name) for name in ANSWERED}
    shown.set_state({name: type(value)() for name, value in before.items()})
    assert {name: getattr(shown, name) for name in ANSWERED} == before


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"strength": 300.0}, "from 0 to 255, got 300"),
        ({"corruption": "rain"}, "expected one of gaussian"),
        ({"right": "wiener"}, "right: expected for gaussian one of original, "),
        ({"seed": -1}, "seed"),
        ({"view": "round"}, "view"),
    ],
)
def test_what_is_out_of_range_is_refused_in_words(shown: DenoiseStudio, state: dict[str, Any], words: str):
    before = {name: getattr(shown, name) for name in shown.ASKED}
    browser_sends(shown, **state)
    assert words in shown.error
    assert {name: getattr(shown, name) for name in shown.ASKED} == before
    with pytest.raises(traitlets.TraitError):
        setattr(shown, *next(iter(state.items())))


def test_another_picture_takes_the_place_of_the_one_that_was_there(shown: DenoiseStudio, tmp_path: Path, photo):
    write_image(photo[:50, :40, 1], tmp_path / "gray.png")
    shown.look_at(tmp_path / "gray.png")
    assert shown.wait(SOON)
    assert (shown.subject["name"], shown.subject["width"]) == ("gray.png", 40)
    np.testing.assert_array_equal(read_image(shown.original), photo[:50, :40, 1])
    data = png_bytes(photo[:30, :48])
    part = {"kind": "upload", "name": "up.png", "size": len(data), "offset": 0, "crc": zlib.crc32(data)}
    shown._receive(shown, part, [memoryview(data)])
    assert shown.wait(SOON)
    assert (shown.subject["name"], shown.error) == ("up.png", "")
    assert read_image(shown.right_picture).shape == (30, 48, 3)
    shown._receive(shown, {"kind": "path", "path": "../x.png"}, [])
    assert "expected a path below" in shown.error


def test_the_right_side_begins_with_the_first_method_that_is_able(picture: np.ndarray):
    studio = DenoiseStudio(picture, "blur", name="face")
    assert (studio.left, studio.right) == ("noisy", next(c["name"] for c in studio.choices if c["does"]))
    assert repr(studio) == f"DenoiseStudio('face', blur 1.6, noisy | {studio.right})"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("rain",), "unknown corruption 'rain'"), (("gaussian", -1), "from 0 to 255"), (("jpeg", 200), "from 1 to 95")],
)
def test_a_constructor_says_what_is_wrong(picture: np.ndarray, arguments: tuple, words: str):
    with pytest.raises(ValueError, match=words):
        DenoiseStudio(picture, *arguments)
    with pytest.raises(traitlets.TraitError, match="expected for gaussian"):
        DenoiseStudio(picture, right="wiener")


def test_observers_hear_of_answers(shown: DenoiseStudio):
    heard = []
    shown.observe(lambda change: heard.append(change["new"]["psnr"]), "right_point")
    browser_sends(shown, strength=10.0)
    assert heard[-1] == shown.results.right.psnr_db


# Where there is no kernel


@pytest.mark.parametrize(("corruption", "levels"), [("gaussian", 5), ("jpeg", 5), ("as-is", 1)])
def test_a_page_without_a_kernel_has_results_at_a_few_strengths(picture: np.ndarray, corruption: str, levels: int):
    studio = DenoiseStudio(picture, corruption, name="face", right="tv")
    data = studio._offline(1_000_000)
    assert len(data["levels"]) == levels
    strengths = [level["strength"] for level in data["levels"]]
    assert studio.strength in strengths
    assert strengths == sorted(strengths, key=lambda s: s or 0)
    here = data["levels"][strengths.index(studio.strength)]
    corrupted = corrupt_subject(picture, corruption, studio.strength)  # small enough to be embedded whole
    points = {p["method"]: p for p in here["points"]}
    assert [p["method"] for p in here["points"]][-1] == "noisy" or corruption != "gaussian"
    assert points["tv"]["psnr"] == denoise_point(corrupted, "tv").psnr_db
    assert set(here["pictures"]) == {c["name"] for c in data["traits"]["choices"] if c["does"]}
    assert "No kernel" in data["traits"]["frozen"]
    assert bool(data["traits"]["original"]) == (corruption != "as-is")
    lines = {line["method"]: line["points"] for line in data["traits"]["curve"]}
    assert [at for at, _ in lines.get("tv", [])] == ([] if corruption == "as-is" else strengths)


def test_a_page_is_as_small_as_is_asked(tmp_path: Path):
    from skimage.data import chelsea

    studio = DenoiseStudio(chelsea()[:200, :200], right="tv", left="wavelet", name="cat")
    page = studio.export_html(tmp_path / "x.html", max_bytes=250_000).read_text(encoding="utf-8")
    module = len(json.dumps(DenoiseStudio._esm))
    assert len(page) - module < 450_000  # the still picture and the host come on top
    assert "the middle" in page
    assert "https://" not in page.split("<script")[0]


def test_reports_get_a_page_that_lives_and_notebooks_a_view(studio: DenoiseStudio, monkeypatch):
    bundle = studio._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "image/png", "text/plain"} <= set(bundle)
    assert "noise level 25 of 255" in bundle["text/html"]
    assert bundle["text/plain"] == repr(studio)
    monkeypatch.setenv(REPORT_VARIABLE, "1")
    report = studio._repr_mimebundle_()
    assert set(report) == {"text/plain", "text/html"}
    assert "aewidgets-offline" in report["text/html"]
