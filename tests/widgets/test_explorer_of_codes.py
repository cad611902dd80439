"""LatentExplorer over codes of any origin: what needs no decoder works without; tables, selections, links."""

import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")
pandas = pytest.importorskip("pandas", reason="the tables of these tests are pandas'")

import traitlets  # noqa: E402

from aewidgets.widgets import LatentExplorer  # noqa: E402

SOON = 900  # seconds: only a hang takes as long
RNG = np.random.default_rng(0)
CODES = RNG.normal(size=(120, 6)).astype("float32")
KINDS = np.array(["oak", "ash", "elm"], object)[np.arange(120) % 3]
IMAGES = RNG.random((120, 4, 5)).astype("float32")
FRAME = pandas.DataFrame(
    {
        "height": np.where(np.arange(120) % 10, np.arange(120.0), np.nan),
        "kind": KINDS,
        "day": pandas.Timestamp("2024-01-01") + pandas.to_timedelta(np.arange(120), unit="D"),
        "file": [f"scan-{k}.png" for k in range(120)],
    },
    index=[f"row {k}" for k in range(120)],
)
# What differs between two explorers of the same points only by what they are of.
SAME = ("plane", "classes", "space", "distances", "columns")


def traits_of(explorer: LatentExplorer) -> dict[str, Any]:
    return {name: getattr(explorer, name) for name in SAME} | {"classes of": explorer.about["classes"]}


def shown(explorer: LatentExplorer) -> LatentExplorer:
    """Return an explorer after all that it does by itself once a page shows it."""
    explorer.show()
    assert explorer.wait(SOON)
    return explorer


def test_every_source_of_codes_gives_the_same_page():
    torch = pytest.importorskip("torch", reason="comes with the torch extra")
    wanted = traits_of(LatentExplorer(CODES, labels=KINDS))
    for form in (CODES.astype("float64"), CODES.tolist(), torch.tensor(CODES)):
        assert traits_of(LatentExplorer(form, labels=list(KINDS))) == wanted


@pytest.mark.parametrize("images", [None, IMAGES])
def test_all_that_needs_no_decoder_works_without(images: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    explorer = shown(LatentExplorer(CODES, images, KINDS, frame=FRAME))
    assert (explorer.error, explorer.mixture, explorer.errors, explorer.atlas) == ("", {}, {}, {})
    assert "without a decoder" in explorer.decoder["why"]
    assert "decoded" not in explorer.about["projection"]["words"]
    sent: list[tuple[dict, list]] = []
    monkeypatch.setattr(explorer, "send", lambda content, buffers=None: sent.append((content, buffers or [])))
    for content, buffer in (
        ({"kind": "details", "points": [3, 5]}, b""),
        ({"kind": "neighbours", "count": 4}, CODES[7].tobytes()),
        ({"kind": "mean"}, np.array([1, 2], "<u4").tobytes()),
        ({"kind": "search", "text": "ash"}, b""),
        ({"kind": "html"}, b""),
    ):
        explorer._receive(explorer, {**content, "number": 1}, [memoryview(buffer)])
        assert explorer.error == ""
    assert sent[0][0]["texts"] == [["scan-3.png"], ["scan-5.png"]]
    assert bool(sent[0][1][0]) == (images is not None)
    assert sent[1][0]["points"][0] == 7
    assert np.frombuffer(sent[3][1][0], "<u4").tolist() == np.flatnonzero(KINDS == "ash").tolist()
    explorer._receive(explorer, {"kind": "decode", "number": 2}, [memoryview(CODES[0].tobytes())])
    assert "without a decoder" in explorer.error
    explorer.notes = {3: "here"}
    explorer.export_html(tmp_path / "x.html")
    traits = explorer._offline(3_000_000)["traits"]
    assert traits["texts"][5] == ["scan-5.png"]
    assert traits["frozen"].startswith("No kernel: all 120 points")
    assert "decoder" not in traits["frozen"]
    assert "image/png" in explorer._repr_mimebundle_()


def test_a_decoder_without_images_decodes_and_measures_no_errors():
    explorer = shown(LatentExplorer(CODES, decoder=lambda codes: np.clip(codes.reshape(-1, 2, 3), 0, 1)))
    assert (explorer.error, explorer.errors) == ("", {})
    assert explorer.mixture["weights"]
    assert explorer.about["image"] == [2, 3, 1]
    assert explorer.atlas["rows"] == 20


def test_texts_are_labels_and_missing_ones_a_class():
    labels = [None, *KINDS[1:]]
    explorer = LatentExplorer(CODES, labels=labels)
    assert [(one["name"], one["count"]) for one in explorer.about["classes"]] == [
        ("ash", 40), ("elm", 40), ("oak", 39), ("missing", 1)
    ]  # fmt: skip
    assert explorer.colour == "label"


def test_labels_may_be_a_column():
    explorer = LatentExplorer(CODES, frame=FRAME, labels="kind")
    assert explorer.classes == LatentExplorer(CODES, labels=KINDS).classes
    with pytest.raises(ValueError, match=r"a column of frame .*'height'.* got 'hue'"):
        LatentExplorer(CODES, frame=FRAME, labels="hue")


def test_points_are_coloured_by_any_column():
    explorer = LatentExplorer(CODES, frame=FRAME)
    assert explorer.colour == "kind"
    height, kind, day = explorer.columns
    assert [one["label"] for one in explorer.columns] == ["height", "kind", "day"]
    whole = np.frombuffer(height["bytes"], "<u2")
    values = height["low"] + whole / height["most"] * (height["high"] - height["low"])
    values[whole > height["most"]] = np.nan
    assert np.allclose(values, FRAME["height"], atol=2e-3, equal_nan=True)
    assert [one["name"] for one in kind["classes"]] == ["ash", "elm", "oak"]
    assert (day["kind"], day["days"]) == ("date", True)
    for name in ("height", "day", "none"):
        explorer.colour = name
        assert explorer._still()[0].startswith(b"\x89PNG")
    for name, words in (("hue", "label, error, distance.*height, kind, day"), ("file", "nearly every point")):
        with pytest.raises(traitlets.TraitError, match=words):
            explorer.colour = name
        with pytest.raises(ValueError, match=words):
            LatentExplorer(CODES, frame=FRAME, colour=name)


def test_a_table_of_codes_is_its_own_frame():
    table = pandas.DataFrame(CODES, columns=list("abcdef"))
    explorer = LatentExplorer(table)
    explorer.select(table.query("a > 1"))
    assert explorer.selected.equals(table.query("a > 1"))
    assert explorer.colour == "a"


@pytest.mark.parametrize(
    "rows",
    [
        FRAME.query("height > 100"),
        FRAME.query("height > 100").sample(frac=1, random_state=0),
        FRAME.query("height > 100").index,
        FRAME["height"] > 100,
        (FRAME["height"] > 100).sample(frac=1, random_state=0),
        (FRAME["height"] > 100).to_numpy(),
        [k for k in range(101, 120) if k % 10],
    ],
)
def test_rows_that_are_selected_come_back(rows: Any):
    explorer = LatentExplorer(CODES, frame=FRAME)
    heard: list[tuple[int, ...]] = []
    explorer.on_select(heard.append)
    explorer.select(rows)
    assert explorer.selected.equals(FRAME.query("height > 100"))
    assert heard == [tuple(k for k in range(101, 120) if k % 10)]
    explorer.select(None)
    assert explorer.selection == ()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (pandas.DataFrame({"a": [1]}, index=["row 500"]), "no row 'row 500'"),
        (np.ones(7, bool), "120 times True or False"),
        ((FRAME["height"] > 100).astype("boolean").mask(FRAME["height"].isna()), "fillna"),
        ([200], "0 to 119"),
        ("oak", "whole numbers"),
    ],
)
def test_rows_that_there_are_not_are_refused_in_words(rows: Any, words: str):
    with pytest.raises((ValueError, traitlets.TraitError), match=words):
        LatentExplorer(CODES, frame=FRAME).select(rows)


def test_rows_need_a_table_whose_index_names_each_once():
    with pytest.raises(ValueError, match="give the table as frame="):
        LatentExplorer(CODES).select(FRAME)
    twice = FRAME.set_axis(["same"] * 120)
    with pytest.raises(ValueError, match="reset_index"):
        LatentExplorer(CODES, frame=twice).select(twice.head())


def test_selected_without_a_table_are_images_or_codes():
    assert np.array_equal(LatentExplorer(CODES, IMAGES, selection=[4, 9]).selected[..., 0], IMAGES[[4, 9]])
    assert np.array_equal(LatentExplorer(CODES, selection=[4, 9]).selected, CODES[[4, 9]])


def test_linked_explorers_agree_whoever_selects():
    first, second, third = (LatentExplorer(CODES[:, :k]) for k in (2, 3, 4))
    second.selection = [7]
    second.link(third)
    first.link(second)
    assert first.linked == second.linked == third.linked != ""
    for explorer in (first, second, third):
        explorer.set_state({"selection": memoryview(np.array([explorer.map.codes.shape[1]], "<u4").tobytes())})
        assert first.selection == second.selection == third.selection == (explorer.map.codes.shape[1],)
    first.unlink()
    first.selection = [99]
    assert (second.selection, first.linked) == ((4,), "")
    third.selection = [5]
    assert second.selection == (5,)


def test_linked_explorers_are_exported_into_one_page(tmp_path: Path):
    first, second = LatentExplorer(CODES), LatentExplorer(CODES[:, :2])
    first.link(second)
    text = first.export_html(tmp_path / "x.html").read_text(encoding="utf-8")
    assert text.count('<div class="aewidgets-offline">') == 2
    assert text.count(first.linked) == 2
    first.unlink()
    assert first._body(2_000_000).count('<div class="aewidgets-offline">') == 1


def test_only_explorers_of_the_same_points_are_linked():
    explorer = LatentExplorer(CODES)
    with pytest.raises(ValueError, match="got 120 and 119"):
        explorer.link(LatentExplorer(CODES[1:]))
    with pytest.raises(ValueError, match="itself"):
        explorer.link(explorer)
    with pytest.raises(TypeError, match="got str"):
        explorer.link("another")  # type: ignore[arg-type]
    assert explorer.linked == ""


def test_a_closed_explorer_is_let_go_by_those_it_was_linked_with():
    first, second = LatentExplorer(CODES), LatentExplorer(CODES)
    first.link(second)
    gone = weakref.ref(second)
    second.close()
    del second
    gc.collect()
    assert gone() is None
    assert first.linked == ""


@pytest.mark.parametrize("count", [255, 256, 257, 1000])
def test_classes_of_any_number_keep_their_points(count: int):
    labels = np.arange(1200) % count
    explorer = LatentExplorer(RNG.normal(size=(1200, 2)), labels=labels)
    width = "u1" if count <= 256 else "<u2"
    assert np.frombuffer(explorer.classes, width).tolist() == labels.tolist()
    assert sum(one["count"] for one in explorer.about["classes"]) == 1200
    assert explorer._still()[0].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "codes",
    [np.zeros((50, 3)), np.zeros((50, 1)), np.repeat(CODES[:1], 50, 0), CODES[[0, 1]], 1e6 + 1e3 * CODES],
)
def test_equal_few_and_large_codes_have_a_page(codes: np.ndarray):
    brightness = lambda given: np.full((len(given), 2, 2), 0.5)  # noqa: E731
    explorer = shown(LatentExplorer(codes, labels=["one"] * len(codes), colour=np.ones(len(codes)), decoder=brightness))
    assert explorer.error == ""
    assert explorer.values["low"] == explorer.values["high"] == 1
    packed = np.frombuffer(explorer.anchors["codes"], "<f2" if explorer.anchors["type"] == "float16" else "<f4")
    spread = codes.std(0).max() + 1e-6
    assert np.abs(packed.reshape(codes.shape) - codes).max() <= max(0.01 * spread, 1e-6 * np.abs(codes).max())
    assert explorer._offline(2_000_000)["traits"]["about"]["shown"] == len(codes)


def test_seventy_thousand_points_with_a_table_fit_into_a_page():
    count = 70_000
    frame = pandas.DataFrame({
        "kind": np.array(["a", "b"], object)[np.arange(count) % 2],
        **{f"number {k}": RNG.normal(size=count) for k in range(20)},
        "file": [f"a rather long name of a file {k}.png" for k in range(count)],
    })  # fmt: skip
    explorer = LatentExplorer(RNG.normal(size=(count, 2)), frame=frame)
    assert explorer.about["left_out"] == [f"number {k}" for k in range(13, 20)]
    assert sum(len(one["bytes"]) for one in explorer.columns) <= 2_000_000
    traits = explorer._offline(3_000_000)["traits"]
    assert "texts of single points were left out" in traits["frozen"]
    explorer.select(explorer.find("file 699"))
    assert len(explorer.selection) == 111


def test_its_words_say_what_it_is_of(tmp_path: Path):
    explorer = LatentExplorer(CODES, IMAGES)
    assert repr(explorer) == "LatentExplorer(120 images, codes of 6 latent dimensions)"
    text = explorer.export_html(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<title>Map of 120 images: codes of 6 latent dimensions</title>" in text
