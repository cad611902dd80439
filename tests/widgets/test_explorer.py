"""LatentExplorer without a browser: what it holds, what it is asked, what it answers, and what it takes along."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

import io

import traitlets
from linear_halves import Halves
from PIL import Image

from aewidgets.images.displays import REPORT_VARIABLE
from aewidgets.studies.latent.map import reconstruction_errors
from aewidgets.studies.latent.paths import neighbours
from aewidgets.widgets.latent_explorer.widget import LatentExplorer

SOON = 900  # seconds: only a hang takes as long
ANSWERED = ("about", "plane", "classes", "space", "decoder", "atlas", "anchors", "errors", "mixture", "error", "status")


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (90, 3, 4, 1)).astype("uint8")


@pytest.fixture
def explorer(images: np.ndarray) -> LatentExplorer:
    """Return a PCA with codes of five numbers; its decoder is not portable."""
    return LatentExplorer(Halves(), images, np.arange(90) % 3, ("oak", "ash", "elm"))


@pytest.fixture(scope="module")
def portable(images: np.ndarray) -> LatentExplorer:
    """A Keras model with codes of two numbers, whose decoder is portable."""
    from aewidgets.models.families import build_autoencoder

    return LatentExplorer(build_autoencoder("dense", (3, 4, 1), latent_dim=2, hidden=(6,)), images)


@pytest.fixture
def sent(explorer: LatentExplorer, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict, list]]:
    """Custom messages to the browser from now on."""
    kept: list[tuple[dict, list]] = []
    monkeypatch.setattr(explorer, "send", lambda content, buffers=None: kept.append((content, buffers or [])))
    return kept


def browser_asks(explorer: LatentExplorer, *buffers: bytes, **content: Any) -> None:
    """Hand over a message as the browser does."""
    explorer._receive(explorer, content, [memoryview(buffer) for buffer in buffers])


def pictures_of(content: dict, data: bytes, count: int) -> np.ndarray:
    """A sheet, taken apart."""
    sheet = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
    height, width, columns = content["height"], content["width"], content["columns"]
    at = [(k // columns * height, k % columns * width) for k in range(count)]
    return np.stack([sheet[y : y + height, x : x + width] for y, x in at])[..., None]


def test_places_are_sent_once_and_are_those_of_the_map(explorer: LatentExplorer):
    left, bottom, right, top = explorer.about["bounds"]
    whole = np.frombuffer(explorer.plane, "<u2").reshape(-1, 2) / 65535
    places = whole * [right - left, top - bottom] + [left, bottom]
    assert np.allclose(places, explorer.map.plane, atol=1e-4)
    assert len(explorer.plane) == 4 * 90


def test_classes_have_their_names_counts_and_middles(explorer: LatentExplorer):
    assert [(c["name"], c["count"]) for c in explorer.about["classes"]] == [("oak", 30), ("ash", 30), ("elm", 30)]
    assert np.frombuffer(explorer.classes, "u1").tolist() == (np.arange(90) % 3).tolist()
    assert np.allclose(explorer.about["classes"][1]["at"], np.median(explorer.map.plane[1::3], 0))


def test_embedded_pictures_are_exact_and_have_their_codes(explorer: LatentExplorer, images: np.ndarray):
    sent = explorer.anchors
    points = np.frombuffer(sent["points"], "<u4")
    assert points.tolist() == list(range(90))
    assert np.array_equal(pictures_of(sent, sent["sheet"], 90), images)
    codes = np.frombuffer(sent["codes"], "<f2").reshape(90, 5)
    assert np.allclose(codes, explorer.map.codes, atol=1e-3)


def test_a_decoder_that_is_not_portable_leaves_an_atlas_and_says_why(explorer: LatentExplorer):
    assert explorer.decoder["steps"] == []
    assert "stays in Python" in explorer.decoder["why"]
    assert (explorer.atlas["rows"], explorer.atlas["columns"]) == (20, 20)


def test_a_portable_decoder_needs_no_atlas(portable: LatentExplorer):
    assert portable.decoder["steps"][-1]["shape"] == [3, 4, 1]
    assert portable.decoder["why"] == ""
    assert portable.atlas == {}


def test_errors_and_gaussians_come_once_it_is_shown(explorer: LatentExplorer, images: np.ndarray):
    assert (explorer.errors, explorer.mixture) == ({}, {})
    explorer.show()
    assert explorer.wait(SOON)
    sent = explorer.errors
    found = sent["low"] + np.frombuffer(sent["bytes"], "<u2") / 65535 * (sent["high"] - sent["low"])
    assert np.allclose(found, reconstruction_errors(Halves(), images), atol=1e-4)
    weights = np.frombuffer(explorer.mixture["weights"], "<f4")
    assert np.isclose(weights.sum(), 1)
    assert len(explorer.mixture["roots"]) == 4 * len(weights) * 25


def test_a_selection_from_the_browser_is_a_tuple_in_python_and_is_heard(explorer: LatentExplorer):
    heard: list[tuple[int, ...]] = []
    explorer.on_select(heard.append)
    explorer.set_state({"selection": memoryview(np.array([7, 3, 88], "<u4").tobytes())})
    assert explorer.selection == (3, 7, 88)
    assert heard == [(3, 7, 88)]


@pytest.mark.parametrize("given", [[5, 2, 5], np.array([2, 5]), {2, 5}, np.isin(np.arange(90), [2, 5])])
def test_a_selection_from_python_may_be_all_that_numpy_indexes_by(explorer: LatentExplorer, given: Any):
    explorer.selection = given
    assert explorer.selection == (2, 5)
    assert bytes(explorer.get_state("selection")["selection"]) == np.array([2, 5], "<u4").tobytes()


@pytest.mark.parametrize("given", [[90], [-1], [0.5], "ash", 3, [[1, 2]]])
def test_what_selects_nothing_that_there_is_is_refused(explorer: LatentExplorer, given: Any):
    with pytest.raises(traitlets.TraitError, match=r"selection|whole numbers"):
        explorer.selection = given
    assert explorer.selection == ()


def test_selected_are_pictures_or_rows_of_the_table(images: np.ndarray):
    explorer = LatentExplorer(Halves(2), images, selection=[4, 9])
    assert np.array_equal(explorer.selected, images[[4, 9]])
    pandas = pytest.importorskip("pandas", reason="the table of this test is pandas'")
    frame = pandas.DataFrame({"name": [f"tree {n}" for n in range(90)]})
    linked = LatentExplorer(Halves(2), images, frame=frame, selection=[4, 9])
    assert linked.selected["name"].tolist() == ["tree 4", "tree 9"]


def test_notes_go_both_ways(explorer: LatentExplorer):
    explorer.notes = {3: "leans"}
    assert explorer.get_state("notes")["notes"] == {"3": "leans"}
    explorer.set_state({"notes": {"3": "leans", "12": "straight"}})
    assert explorer.notes == {3: "leans", 12: "straight"}
    with pytest.raises(traitlets.TraitError, match="0 to 89"):
        explorer.notes = {90: "nowhere"}


def test_the_code_is_what_is_decoded_at_the_position(explorer: LatentExplorer):
    explorer.position = tuple(explorer.map.plane[8].tolist())
    assert np.allclose(explorer.code, explorer.map.projection.to_codes(explorer.map.plane[8:9])[0], atol=1e-5)


def test_it_begins_in_the_middle_of_the_codes(explorer: LatentExplorer):
    assert np.allclose(explorer.code, explorer.map.codes.mean(0), atol=1e-4)


def test_pictures_and_codes_that_are_asked_for_are_those_of_the_points(
    explorer: LatentExplorer, sent: list, images: np.ndarray
):
    browser_asks(explorer, kind="details", number=4, points=[80, 2])
    ((content, (sheet, codes)),) = sent
    assert (content["kind"], content["number"]) == ("details", 4)
    assert np.array_equal(pictures_of(content, sheet, 2), images[[80, 2]])
    assert np.array_equal(np.frombuffer(codes, "<f4").reshape(2, 5), explorer.map.codes[[80, 2]])


def test_codes_are_decoded_by_the_model(explorer: LatentExplorer, sent: list):
    codes = np.array([[0, 0.5, 1, 0, 0], [1, 1, 1, 1, 1]], "<f4")
    browser_asks(explorer, codes.tobytes(), kind="decode", number=1)
    pictures = np.frombuffer(sent[0][1][0], "u1").reshape(2, 12)
    assert pictures[:, :5].tolist() == [[0, 128, 255, 0, 0], [255] * 5]


def test_neighbours_and_means_are_those_of_the_studies(explorer: LatentExplorer, sent: list):
    code = explorer.map.codes[7]
    browser_asks(explorer, code.tobytes(), kind="neighbours", number=1, count=4)
    browser_asks(explorer, np.array([1, 2], "<u4").tobytes(), kind="mean", number=2)
    assert sent[0][0]["points"] == neighbours(explorer.map.codes, code, 4).indices.tolist()
    assert np.allclose(np.frombuffer(sent[1][1][0], "<f4"), explorer.map.codes[1:3].mean(0))


def test_a_page_that_is_asked_for_is_sent(explorer: LatentExplorer, sent: list):
    browser_asks(explorer, kind="html", number=1)
    assert sent[0][1][0].startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("content", "buffers", "words"),
    [
        ({"kind": "details", "points": [90]}, [], "0 to 89"),
        ({"kind": "details", "points": [-1]}, [], "0 to 89"),
        ({"kind": "details", "points": "all"}, [], "numbers of points"),
        ({"kind": "details"}, [], "numbers of points"),
        ({"kind": "decode"}, [], "codes of 5"),
        ({"kind": "decode"}, [bytes(12)], "codes of 5"),
        ({"kind": "decode"}, [bytes(7)], "buffer"),
        ({"kind": "decode"}, [np.full(5, np.nan, "<f4").tobytes()], "finite"),
        ({"kind": "decode"}, [bytes(20 * 1001)], "codes of 5"),
        ({"kind": "mean"}, [np.array([7000], "<u4").tobytes()], "0 to 89"),
        ({"kind": "neighbours", "count": "many"}, [bytes(20)], "many"),
        ({"kind": "conjure"}, [], "conjure"),
    ],
)
def test_bad_messages_get_words_and_nobody_waits(
    explorer: LatentExplorer, sent: list, content: dict, buffers: list, words: str
):
    browser_asks(explorer, *buffers, number=9, **content)
    assert re.search(words, explorer.error)
    assert [c for c, _ in sent] == ([{"kind": "failed", "number": 9}] if content["kind"] != "conjure" else [])
    browser_asks(explorer, kind="dismiss")
    assert explorer.error == ""


@pytest.mark.parametrize("name", ANSWERED)
def test_answered_traits_refuse_writes(explorer: LatentExplorer, name: str):
    before = getattr(explorer, name)
    with pytest.raises(traitlets.TraitError):
        setattr(explorer, name, before)
    explorer.set_state({name: "forged"})
    assert getattr(explorer, name) == before


def test_settings_of_the_browser_that_cannot_be_get_words(explorer: LatentExplorer):
    explorer.set_state({"selection": memoryview(np.array([900], "<u4").tobytes())})
    assert "0 to 89" in explorer.error
    assert explorer.selection == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"labels": [1, 2]}, "labels: expected 90"),
        ({"labels": np.arange(90) + 7, "names": ("a", "b")}, "names: expected one for each"),
        ({"colour": "hue"}, "label, error, distance"),
        ({"colour": [1, 2]}, "colour: expected 90"),
        ({"colour": np.full(90, np.nan)}, "finite"),
        ({"projection": "lle"}, "auto, pca, umap, tsne"),
        ({"frame": [1, 2]}, "frame: expected 90 rows"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_words(images: np.ndarray, arguments: dict, words: str):
    with pytest.raises(ValueError, match=words):
        LatentExplorer(Halves(), images, **arguments)


def test_an_embedding_sends_no_plane_and_says_what_is_decoded(images: np.ndarray):
    explorer = LatentExplorer(Halves(), images, projection="tsne")
    assert explorer.space == {"centre": b"", "directions": b""}
    assert "the code of the nearest point" in explorer.about["projection"]["words"]
    assert (explorer.map.codes == explorer.code).all(1).any()


def test_values_to_colour_by_are_sent_with_their_scale(images: np.ndarray):
    explorer = LatentExplorer(Halves(), images, colour=np.linspace(-3, 5, 90))
    assert explorer.colour == "value"
    assert (explorer.values["low"], explorer.values["high"]) == (-3, 5)


def test_colour_pictures_and_floats_are_taken(images: np.ndarray):
    bright = np.random.default_rng(1).random((20, 3, 4, 3)).astype("float32")

    class Colours(Halves):
        def decode(self, codes: np.ndarray) -> np.ndarray:
            return np.repeat(super().decode(codes), 3, -1)

    explorer = LatentExplorer(Colours(2), bright)
    assert explorer.about["image"] == [3, 4, 3]
    assert (explorer.colour, explorer.about["classes"]) == ("error", [])


def test_codes_of_more_axes_are_laid_in_a_row_and_back(images: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    from aewidgets.models.families import build_autoencoder

    model = build_autoencoder("convolutional", (4, 8, 1), latent_channels=2, num_filters=4, levels=1)
    pictures = np.random.default_rng(0).random((12, 4, 8, 1)).astype("float32")
    explorer = LatentExplorer(model, pictures)
    assert explorer.map.codes.shape == (12, 16)
    assert explorer.decoder["steps"][0]["shape"] == [2, 4, 2]
    explorer.show()
    assert explorer.wait(SOON)
    assert explorer.error == ""


def test_interactive_output_is_a_view_with_a_picture(explorer: LatentExplorer):
    bundle = explorer._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert "90 codes" in bundle["text/html"]
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert picture.size == (920, 460)
    assert bundle["text/plain"] == "LatentExplorer(90 images, Halves)"


def data_of(text: str) -> dict:
    """The data inside a page."""
    found = re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))["traits"]


def test_an_exported_page_lives_and_fetches_nothing(portable: LatentExplorer, tmp_path: Path):
    portable.selection = [1, 2]
    text = portable.export_html(tmp_path / "x.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=(?![\"']?data:)", text)
    traits = data_of(text)
    assert traits["decoder"]["precision"] == "float16"
    assert "all 90 points, with their pictures" in traits["frozen"]
    assert base64.b64decode(traits["selection"]["$bytes"]) == np.array([1, 2], "<u4").tobytes()
    assert traits["errors"]["bytes"]
    assert traits["mixture"]["weights"]


def test_less_room_means_fewer_points_and_it_says_so(tmp_path: Path):
    many = np.random.default_rng(0).integers(0, 256, (30_000, 3, 4, 1)).astype("uint8")
    explorer = LatentExplorer(Halves(2), many, np.arange(30_000) % 2)
    whole = explorer._offline(3_000_000)["traits"]
    assert (whole["about"]["shown"], whole["indices"]) == (30_000, b"")
    less = explorer._offline(440_000)["traits"]
    assert less["about"]["shown"] < 30_000
    assert f"{less['about']['shown']:,} of 30,000 points, evenly drawn" in less["frozen"]
    indices = np.frombuffer(less["indices"], "<u4")
    assert np.ptp(np.diff(indices)) <= 1
    assert sum(c["here"] for c in less["about"]["classes"]) == len(indices)
    with pytest.raises(ValueError, match="room for 300 points"):
        explorer._offline(290_000)


def test_in_a_report_it_brings_its_own_life_along(portable: LatentExplorer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(REPORT_VARIABLE, "1")
    bundle = portable._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/html"].count("<script") == 3
    assert len(bundle["text/html"]) < portable.REPORT_BYTES


def test_names_are_text_wherever_they_are_shown(images: np.ndarray, tmp_path: Path):
    names = ("</script><script>alert(1)</script>",)
    explorer = LatentExplorer(Halves(2), images, np.zeros(90, int), names)
    assert "<script>alert" not in explorer.export_html(tmp_path / "x.html").read_text(encoding="utf-8")


def test_a_model_that_breaks_shows_its_error_in_the_widget(images: np.ndarray):
    class Broken(Halves):
        def decode(self, codes: np.ndarray) -> np.ndarray:
            if len(codes) == len(images):
                raise OSError("no room")
            return super().decode(codes)

    explorer = LatentExplorer(Broken(2), images)
    explorer.show()
    assert explorer.wait(SOON)
    assert explorer.error == "no room"


def test_importing_it_loads_no_keras():
    code = (
        "import sys, aewidgets.widgets.latent_explorer.widget;"
        " print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
