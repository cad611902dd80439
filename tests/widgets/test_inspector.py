"""ModelInspector without a browser: what it is asked, what it answers, what it refuses, and what it takes along."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

import traitlets
from each_widget import PICTURES

from aewidgets.images.displays import REPORT_VARIABLE
from aewidgets.studies import Target, deletion, explain, layer_activations, randomisation, summarise_layers
from aewidgets.widgets import ModelInspector
from aewidgets.widgets.model_inspector import views
from aewidgets.widgets.model_inspector.cache import InspectorCache

SOON = 900  # seconds: only a hang takes as long
ANSWERED = ("about", "shown", "original", "reconstruction", "activations", "maps", "checks", "surrogate", "error")
METHODS = ["grad-cam", "gradient", "integrated gradients", "lrp-epsilon"]
LABELS = np.arange(30) % 3


def convolutional():
    """A functional model as somebody else builds it: convolutions, no biases, a code that is a vector."""
    import keras

    keras.utils.set_random_seed(5)
    layers = keras.layers
    inputs = x = keras.Input((3, 4, 1))
    x = layers.Conv2D(3, 3, padding="same", use_bias=False, activation="relu", name="seen")(x)
    x = layers.Conv2D(4, 3, padding="same", use_bias=False, name="again")(x)
    x = layers.Dense(5, use_bias=False, name="bottleneck")(layers.Flatten()(x))
    x = layers.Reshape((3, 4, 1))(layers.Dense(12, use_bias=False)(x))
    return keras.Model(inputs, x)


@pytest.fixture(scope="module")
def model():
    return convolutional()


@pytest.fixture
def inspector(model) -> ModelInspector:
    """Labels are known, and nothing has been asked."""
    return ModelInspector(model, PICTURES, LABELS, Target.code_unit(2), names=("oak", "ash", "elm"))


@pytest.fixture(scope="module")
def answered(model) -> ModelInspector:
    """All has been answered and checked."""
    made = ModelInspector(model, PICTURES, LABELS, Target.code_unit(2))
    made.show()
    assert made.wait(SOON)
    assert made.error == ""
    return made


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks take seconds, and are left out where a test is about something else."""
    monkeypatch.setattr(InspectorCache, "missing_checks", lambda *asked: iter(()))


def browser_sets(inspector: ModelInspector, **traits: Any) -> None:
    """Set traits as the browser does, with a question of the next number."""
    number = inspector._ask.get("number", 0) + 1
    inspector.set_state({**traits, "_ask": {"number": number, "draft": False}})


def unpacked(message: dict[str, Any]) -> np.ndarray:
    """A map as the browser sees it."""
    values = np.frombuffer(message["bytes"], "i1").reshape(message["height"], message["width"])
    return values / 127 * message["top"]


def test_layers_are_those_of_the_study_with_the_code_among_them(inspector: ModelInspector):
    own = summarise_layers(inspector.model)
    assert [one["name"] for one in inspector.about["layers"]] == [one.name for one in own]
    assert [one["parameters"] for one in inspector.about["layers"]] == [one.parameters for one in own]
    assert [one["name"] for one in inspector.about["layers"] if one["code"]] == ["encoder/bottleneck"]


def test_nothing_is_computed_before_it_is_shown(inspector: ModelInspector):
    assert (inspector.maps, inspector.checks, inspector.surrogate, inspector.original) == ({}, {}, {}, b"")


def test_maps_are_those_of_the_study_up_to_their_clipping(answered: ModelInspector):
    assert [one["name"] for one in answered.maps["methods"]] == METHODS
    for one in answered.maps["methods"]:
        own = explain(answered.model, PICTURES[0], Target.code_unit(2), one["name"], steps=32)
        assert np.allclose(unpacked(one), np.clip(own.maps[0], -one["top"], one["top"]), atol=one["top"] / 200)
    assert answered.maps["value"] == pytest.approx(float(answered.model.encode(PICTURES[:1])[0, 2]), rel=1e-5)


def test_lrp_conserves_in_a_model_without_biases_and_says_so(answered: ModelInspector):
    lrp = answered.maps["methods"][-1]
    assert lrp["error"] < 1
    assert lrp["sum"] == pytest.approx(lrp["explained"], rel=1e-2)
    assert answered.checks["lrp-epsilon"]["sum"]["passes"] is True


def test_checks_are_those_of_the_studies(answered: ModelInspector):
    images = PICTURES[np.unique(np.linspace(0, 29, 8).round().astype(int))]
    maps = explain(answered.model, images, Target.code_unit(2), "gradient", steps=32)
    own = deletion(answered.model, images, maps)
    got = answered.checks["gradient"]["deletion"]
    assert (got["passes"], got["reason"]) == (own.verdict.passes, own.verdict.reason)
    assert got["map"][0] == pytest.approx(np.sign(own.by_map[:, 0]) @ own.by_map[:, 0] / np.abs(own.by_map[:, 0]).sum())
    few = PICTURES[np.unique(np.linspace(0, 29, 4).round().astype(int))]
    random = randomisation(answered.model, few, Target.code_unit(2), "gradient", draws=1, steps=8)
    assert answered.checks["gradient"]["randomisation"]["agreement"] == pytest.approx(random.means.tolist())


def test_each_method_has_each_check(answered: ModelInspector):
    assert list(answered.checks) == METHODS
    assert all(set(of) == {"sum", "deletion", "randomisation"} for of in answered.checks.values())


def test_activations_are_those_of_the_study_up_to_their_rounding(answered: ModelInspector):
    own = layer_activations(answered.model, PICTURES[0])
    sent = answered.activations["encoder/seen"]
    shape = sent["height"], sent["width"], sent["channels"]
    got = np.frombuffer(sent["bytes"], "i1").reshape(shape) / 127 * sent["top"]
    assert np.allclose(got, own["encoder/seen"], atol=sent["top"] / 200)
    assert [name for name in own if name != "image"] == list(answered.activations)


@pytest.mark.parametrize(
    ("shape", "most", "sent"),
    [
        ((64, 48, 4), 1024, (16, 12, 4)),  # fewer pixels rather than one channel
        ((8, 8, 200), 16_384, (8, 8, 64)),
        ((5, 7), 64, (5, 7, 1)),
        ((64, 64, 9), 64, (4, 4, 4)),
        ((1808,), 1024, (1, 1, 1024)),
    ],
)
def test_what_is_sent_of_a_layer_has_room_and_says_where_it_is_from(
    shape: tuple[int, ...], most: int, sent: tuple[int, ...]
):
    made = np.random.default_rng(0).normal(size=shape).astype("float32")
    got = views.activations({"image": made, "layer": made}, most)
    assert list(got) == ["layer"]
    one = got["layer"]
    assert (one["height"], one["width"], one["channels"]) == sent
    values = np.frombuffer(one["bytes"], "i1").reshape(sent) / 127 * one["top"]
    whole = made if made.ndim == 3 else made.reshape(*shape, 1) if made.ndim == 2 else made.reshape(1, 1, -1)
    assert np.allclose(values, whole[:: one["step"], :: one["step"], : sent[2]], atol=one["top"] / 200)


@pytest.mark.usefixtures("unchecked")
def test_another_picture_and_target_of_the_browser_are_answered(inspector: ModelInspector):
    inspector.show()
    browser_sets(inspector, picture=4, target={"kind": "error at a place", "layer": "", "at": [2, 1]})
    assert inspector.wait(SOON)
    assert (inspector.error, inspector.shown, inspector.answered) == ("", 4, 1)
    assert inspector.target == Target.error_at(2, 1)
    assert inspector.maps["words"] == "squared error at row, column 2, 1"
    made = inspector.model.decode(inspector.model.encode(PICTURES[4:5]))[0, 2, 1, 0]
    assert inspector.maps["value"] == pytest.approx(float((made - PICTURES[4, 2, 1, 0] / 255) ** 2), rel=1e-4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": {"kind": "code unit", "layer": "", "at": [5]}},
        {"target": {"kind": "layer unit", "layer": "nowhere", "at": [0]}},
        {"target": {"kind": "code unit", "at": ["0"]}},
        {"target": {"kind": "code unit", "at": [True]}},
        {"target": {"kind": "of the soul", "layer": "", "at": [1]}},
        {"target": [1]},
        {"target": None},
        {"picture": 30},
        {"picture": -1},
        {"picture": "0"},
        {"rule": "of thumb"},
        {"method": "by heart"},
        {"layer": "nowhere"},
        {"surrogate_size": 1_000_000},
    ],
    ids=str,
)
def test_what_is_not_there_is_refused_in_words_and_changes_nothing(inspector: ModelInspector, wrong: dict[str, Any]):
    before = {name: getattr(inspector, name) for name in inspector.ASKED}
    browser_sets(inspector, **wrong)
    assert next(iter(wrong)) in inspector.error
    assert "expected" in inspector.error or "should not be" in inspector.error
    assert {name: getattr(inspector, name) for name in inspector.ASKED} == before


def test_results_are_what_is_shown(answered: ModelInspector):
    found = answered.results
    assert (found.picture, found.target, list(found.maps)) == (0, Target.code_unit(2), METHODS)
    assert found.value == answered.maps["value"]
    assert {m: {n: v.passes for n, v in of.items()} for m, of in found.verdicts.items()} == {
        m: {n: check["passes"] for n, check in of.items()} for m, of in answered.checks.items()
    }
    assert found.surrogate is not None
    assert found.surrogate.fidelity == answered.surrogate["fidelity"]


def test_where_grad_cam_has_no_map_it_says_why(inspector: ModelInspector):
    inspector.target = Target.layer_unit("encoder/seen", [0, 0, 0])
    inspector.show()
    assert inspector.wait(SOON)
    first, *others = inspector.maps["methods"]
    assert (first["name"], first["why"]) == ("grad-cam", "no convolution's map leads to this target")
    assert [one["why"] for one in others] == [""] * 3
    assert inspector.checks["grad-cam"] == {}


@pytest.mark.parametrize("rule", ["gamma", "alpha-beta", "z-box"])
@pytest.mark.usefixtures("unchecked")
def test_another_rule_is_another_map(inspector: ModelInspector, rule: str):
    inspector.rule = rule
    inspector.show()
    assert inspector.wait(SOON)
    assert (inspector.error, inspector.maps["methods"][-1]["name"]) == ("", f"lrp-{rule}")


@pytest.mark.usefixtures("unchecked")
def test_a_surrogate_of_a_unit_of_the_code_leaves_this_unit_out(inspector: ModelInspector):
    inspector.surrogate_of, inspector.surrogate_kind = "target", "linear"
    inspector.show()
    assert inspector.wait(SOON)
    assert inspector.surrogate["why"] == ""
    assert 2 not in inspector.surrogate["units"]
    assert inspector.surrogate["pictures"] == [20, 10]


def test_a_surrogate_of_labels_has_their_names_and_is_held_against_a_constant(answered: ModelInspector):
    found = answered.surrogate
    assert (found["of"], found["labels"], found["measure"]) == ("labels", [0, 1, 2], "accuracy")
    assert found["constant"] < 0.6
    assert {"fidelity", "reason", "passes", "leaves"} <= set(found)


def test_one_picture_has_maps_and_checks_but_no_surrogate(model):
    one = ModelInspector(model, PICTURES[:1], target=Target.whole_error())
    one.show()
    assert one.wait(SOON)
    assert one.error == ""
    assert "six pictures at least" in one.surrogate["why"]
    assert [one.checks[method]["deletion"]["passes"] in (True, False) for method in METHODS] == [True] * 4


@pytest.mark.parametrize(("side", "checked"), [(8, 8), (256, 2), (2000, 2)])
def test_of_large_pictures_fewer_are_checked(side: int, checked: int):
    images = np.broadcast_to(np.zeros((1, 1, 1, 3), "uint8"), (50, side, side, 3))
    cache = InspectorCache(None, images, None)
    assert cache.checked == checked


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("count", [5, 6])
def test_a_surrogate_needs_six_pictures(model, count: int):
    few = ModelInspector(model, PICTURES[:count])
    few.show()
    assert few.wait(SOON)
    assert (few.surrogate["why"] == "") == (count == 6)


@pytest.mark.usefixtures("unchecked")
def test_without_labels_a_surrogate_of_them_is_refused_in_words(model):
    plain = ModelInspector(model, PICTURES, surrogate_of="labels")
    plain.show()
    assert plain.wait(SOON)
    assert "was given none" in plain.surrogate["why"]


def test_the_first_target_is_the_unit_that_varies_most(model):
    codes = ModelInspector(model, PICTURES).model.encode(PICTURES)
    assert ModelInspector(model, PICTURES).target == Target.code_unit(int(codes.var(0).argmax()))


def test_answered_traits_refuse_writes(inspector: ModelInspector):
    for name in ANSWERED:
        with pytest.raises(traitlets.TraitError):
            setattr(inspector, name, getattr(inspector, name))


def test_pictures_without_a_last_axis_are_gray(model):
    assert ModelInspector(model, PICTURES[..., 0]).about["shape"] == [3, 4, 1]


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        (PICTURES.astype("float32"), "put keras.layers.Rescaling"),
        (PICTURES.astype("float32") / 127 - 1, r"values from -1 to 1"),
        (PICTURES[:0], "expected"),
        (PICTURES[0, ..., 0], "expected"),
        (PICTURES[:, :2], "resize the pictures"),
        (np.full((2, 3, 4, 1), np.nan), "values from nan"),
        (np.array([["a"]]), "expected"),
    ],
    ids=["0 to 255", "-1 to 1", "none", "two axes", "another size", "no numbers", "texts"],
)
def test_pictures_that_cannot_be_taken_are_refused_in_words(model, pictures: np.ndarray, words: str):
    with pytest.raises(ValueError, match=words):
        ModelInspector(model, pictures)


@pytest.mark.parametrize("labels", [[1, 2], np.full(30, 0.5), np.zeros((30, 2), int)])
def test_labels_that_do_not_fit_are_refused_in_words(model, labels: Any):
    with pytest.raises(ValueError, match="labels: expected 30 whole numbers"):
        ModelInspector(model, PICTURES, labels)


def test_names_that_do_not_fit_are_refused_in_words(model):
    with pytest.raises(ValueError, match="names: expected one for each label up to 2, got 2"):
        ModelInspector(model, PICTURES, LABELS, names=("oak", "ash"))


def test_a_target_that_is_not_there_is_refused_by_python_too(model):
    with pytest.raises(traitlets.TraitError, match="target: expected an index"):
        ModelInspector(model, PICTURES, target=Target.code_unit(5))


def data_of(page: str) -> dict[str, Any]:
    """The data inside a page, bytes as bytes."""
    text = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[0]
    return json.loads(text, object_hook=lambda o: base64.b64decode(o["$bytes"]) if "$bytes" in o else o)


def test_a_page_holds_all_maps_and_checks_of_what_it_offers(answered: ModelInspector, tmp_path: Path):
    data = data_of(answered.export_html(tmp_path / "x.html").read_text(encoding="utf-8"))
    offered = data["traits"]["offered"]
    kinds = [target["kind"] for target in offered["targets"]]
    assert (offered["pictures"][0], kinds) == (0, ["code unit", "whole error"])
    wanted = {(n, kind) for n in offered["pictures"] for kind in kinds}
    assert {(one["picture"], one["target"]["kind"]) for one in data["maps"]} == wanted
    assert [one["picture"] for one in data["pictures"]] == offered["pictures"]
    assert all(set(of) == {"sum", "deletion", "randomisation"} for of in data["checks"][0]["checks"].values())
    assert data["maps"][0]["methods"] == answered.maps["methods"]
    assert f"{len(offered['pictures'])} of 30 pictures" in data["traits"]["frozen"]


def test_less_room_takes_fewer_pictures_and_none_is_refused(answered: ModelInspector, tmp_path: Path):
    whole, less = (len(data_of(answered._upgraded(size))["pictures"]) for size in (3_000_000, 30_000))
    assert whole > less >= 1
    with pytest.raises(ValueError, match="expected room for one picture"):
        answered.export_html(tmp_path / "x.html", max_bytes=1000)


def test_in_a_report_it_is_html_alone(answered: ModelInspector, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(REPORT_VARIABLE, "1")
    bundle = answered._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "aewidgets-offline" in bundle["text/html"]
    assert bundle["text/plain"].startswith("ModelInspector(30 pictures, Functional: its code is the output of bott")


def test_the_still_picture_is_described(answered: ModelInspector):
    png, words = answered._still()
    assert png.startswith(b"\x89PNG")
    assert "unit 2 of the code = " in words
