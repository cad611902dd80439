"""Notebooks run with whatever their rules allow, and refuse in words what they cannot use.

The edges are read from the rules; the tables below only keep runs short.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from notebook_cells import Shell, load, run, shell
from notebook_edges import edges_of, outside, runs
from PIL import Image

from aewidgets.codec.registry import codec_names
from aewidgets.reports.parameters.cell import ParameterError, checked, parameters_of
from aewidgets.restoration.corruptions import CORRUPTIONS

NOTEBOOKS = {
    path.stem: load(path) for path in sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
}
#: The parameter that takes pictures of a data set; `images`, of a few photographs, elsewhere.
PICTURES = {
    "00-from-layers": "own", "01-training": "data", "02-latent-space": "data", "02b-latent-directions": "data",
    "06-choosing-and-shrinking": "data",
    "07-explaining": "data",
}  # fmt: skip
CHEAP: dict[str, dict[str, Any]] = {
    "00-from-layers": {"passes": 2, "seeds": 3, "few": 20},
    "01-training": {"epochs": 1, "latent_dim": 2, "seeds": 2},
    "02-latent-space": {"epochs": 1, "latent_dim": 3, "samples": 30, "betas": [1.0], "seeds": 2},
    "03-denoising": {"steps": 10, "side": 32, "methods": ["nlm", "tv"], "levels": None, "limit": 1},
    "04-compression": {"qualities": [1, 100], "rungs": 2, "limit": 1, "slowest": 0, "train_steps": 0},
    "05-restoration": {"side": 64, "limit": 1},
    "02b-latent-directions": {
        "epochs": 1, "latent_dim": 3, "pair": [0, 1], "importance": 2, "betas": [1.0], "seeds": 2,
    },
    "06-choosing-and-shrinking": {"epochs": 3, "latent_dim": 2, "folds": 2, "seeds": 2, "tuning": 1, "limit": 40},
    "07-explaining": {"epochs": 1, "latent_dim": 3, "pictures": 2, "steps": 2, "seeds": 2},
    "08-your-own": {"limit": 1, "side": 16, "epochs": 1},
}
#: Stand for upper ends where rules have none.
MOST: dict[str, dict[str, float]] = {
    "00-from-layers": {"passes": 3, "seeds": 3},
    "01-training": {"size": 12, "epochs": 3, "latent_dim": 100, "seeds": 2},
    "02-latent-space": {"size": 12, "epochs": 2, "samples": 300, "seeds": 2},
    "03-denoising": {"steps": 12},
    "02b-latent-directions": {"size": 12, "epochs": 2, "pair": 1, "importance": 20, "seeds": 2},
    "06-choosing-and-shrinking": {"size": 12, "epochs": 3, "latent_dim": 40, "folds": 3, "seeds": 2, "tuning": 1},
    "07-explaining": {"size": 12, "epochs": 2, "picture": 1, "pictures": 3, "steps": 3, "seeds": 2},
    "08-your-own": {"epochs": 2},
}
#: Notebooks whose models take so few steps here that compiling them would take longer.
UNCOMPILED = ("01-training", "02-latent-space", "02b-latent-directions", "06-choosing-and-shrinking", "07-explaining")
#: Lists of codecs of which a part of the page has nothing to say.
CODECS = [["jpeg"], ["png"], ["learned", "png"], ["jpeg", "avif"], ["jpeg2000", "learned-factorised", "webp"],
          ["own_codecs:Halves", "jpeg"]]  # fmt: skip


def picture(height: int, width: int, channels: int, seed: int = 0) -> np.ndarray:
    """Return waves with a little noise, uint8 (height, width, channels), or (height, width) of one channel."""
    y, x = np.mgrid[:height, :width]
    waves = [127 + 60 * np.sin(x / 7 + k + seed) + 50 * np.cos(y / 9 - k) for k in range(channels)]
    noise = np.random.default_rng(seed).normal(0, 6, (height, width, channels))
    return np.clip(np.stack(waves, axis=-1) + noise, 0, 255).astype("uint8").squeeze(axis=2 if channels == 1 else ())


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return folders of photographs: in gray, colour, both, flat, tiny and transparent."""
    clear = picture(70, 90, 4)
    clear[..., 3] = np.arange(90)
    kinds = {
        "gray": [picture(70, 90, 1), picture(66, 65, 1, 1)],
        "colour": [picture(70, 90, 3), picture(72, 64, 3, 1)],
        "both": [picture(70, 90, 3), picture(66, 65, 1, 1)],
        "flat": [np.full((70, 64, 3), 128, "uint8"), np.zeros((64, 70), "uint8")],
        "tiny": [picture(5, 7, 3), picture(1, 1, 1)],
        "transparent": [clear],
    }
    base = tmp_path_factory.mktemp("pictures")
    return {kind: written(base / kind, images) for kind, images in kinds.items()}


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return folders that hold a folder of pictures for each of two labels: in gray, colour, tiny and transparent."""
    base = tmp_path_factory.mktemp("labelled")
    shapes = {"gray": (9, 8, 1), "colour": (8, 10, 3), "tiny": (1, 1, 3), "transparent": (8, 8, 4)}
    for kind, shape in shapes.items():
        for label in range(2):
            images = [picture(*shape, seed=50 * label + number) for number in range(20)]
            written(base / kind / f"label {label}", images)
    return {kind: base / kind for kind in shapes} | {"none": base / "gray" / "label 0"}


def written(folder: Path, images: list[np.ndarray]) -> Path:
    """Write pictures into a folder, and return it."""
    folder.mkdir(parents=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def run_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, str]]]:
    """Return a function that runs a notebook with parameters, and checks that nothing it shows is NaN."""
    tensorflow = pytest.importorskip("tensorflow")
    from ipywidgets import Widget

    monkeypatch.chdir(tmp_path)

    def go(made: Shell, stem: str, cells: Collection[str] | None = None, **values: Any) -> dict[str, str]:
        tensorflow.config.run_functions_eagerly(stem in UNCOMPILED)
        shown = run(made, NOTEBOOKS[stem], values, cells)
        assert {cell: text for cell, text in shown.items() if re.search(r"\bnan\b", text, re.IGNORECASE)} == {}
        return shown

    with shell(tmp_path / "ipython") as made:
        yield lambda stem, cells=None, **values: go(made, stem, cells, **values)
    tensorflow.config.run_functions_eagerly(False)
    Widget.close_all()


def cases() -> list[Any]:
    """Return the notebook and the parameters of every run at the edges, with the kind of its pictures."""
    found = []
    for stem, notebook in NOTEBOOKS.items():
        sets = runs(parameters_of(notebook), CHEAP.get(stem, {}), MOST.get(stem, {}))
        for number, values in enumerate(sets):
            kind = ("gray", "colour", "flat", "both")[number % (2 if stem in PICTURES else 4)]
            name = ("lowest", "highest")[number] if number < 2 else f"edges {number - 1}"
            found.append(pytest.param(stem, kind, fitting(values), id=f"{stem}, {name}"))
    return found


def fitting(values: dict[str, Any]) -> dict[str, Any]:
    """Return parameters that fit each other: strengths that the noise can have, and no projection that is not here."""
    if values.get("levels") and "corruption" in values:
        low, high = CORRUPTIONS[values["corruption"]].range
        values = values | {"levels": [min(max(level, low), high) for level in values["levels"]]}
    if values.get("projection") == "umap" and find_spec("umap") is None:
        values = values | {"projection": "tsne"}
    return values


#: What TensorFlow says of uncompiled steps, and what training says of codes that collapse, as those of one epoch may.
QUIET = pytest.mark.filterwarnings("ignore:Even though the:UserWarning", "ignore:.*collapsed onto the prior")


@pytest.mark.parametrize("stem", NOTEBOOKS)
def test_a_rule_takes_its_edges_and_refuses_what_lies_beyond(stem: str):
    parameters = parameters_of(NOTEBOOKS[stem])
    tried = 0
    for values in runs(parameters, {}, {}):
        assert checked(parameters, values) == values
        tried += len(values)
    assert tried >= len([p for p in parameters if edges_of(p)])
    for parameter in parameters:
        for value in outside(parameter):
            with pytest.raises(ParameterError, match=f"{parameter.name}: expected"):
                checked(parameters, {parameter.name: value})


@pytest.mark.parametrize("stem", NOTEBOOKS)
def test_numbers_have_a_lower_end_and_lists_a_least_length(stem: str):
    """Without one, a value that makes no sense would only fail in some cell."""
    for parameter in parameters_of(NOTEBOOKS[stem]):
        if {"int", "float"} & {*parameter.types, *parameter.items}:
            assert parameter.rule.low is not None, parameter.name
        if "list" in parameter.types:
            assert parameter.rule.fewest, parameter.name


@QUIET
@pytest.mark.slow
@pytest.mark.parametrize(("stem", "kind", "values"), cases())
def test_every_cell_runs_at_the_edges_of_every_rule(stem, kind, values, run_with, folders, labelled):
    source = labelled if stem in PICTURES else folders
    run_with(stem, **values | {PICTURES.get(stem, "images"): str(source[kind])})


@QUIET
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["flat", "tiny"])
def test_any_picture_can_be_compressed(kind: str, run_with, folders):
    run_with("04-compression", images=str(folders[kind]), **CHEAP["04-compression"] | {"limit": None})


@QUIET
@pytest.mark.slow
@pytest.mark.parametrize("codecs", CODECS, ids=" ".join)
def test_nothing_is_claimed_of_a_codec_that_is_not_in_the_list(codecs: list[str], run_with, folders):
    nothing_is_claimed_of_others(codecs, run_with, folders)


@QUIET
def test_jpeg_alone_has_nothing_to_be_held_against(run_with, folders):
    nothing_is_claimed_of_others(["jpeg"], run_with, folders)


def nothing_is_claimed_of_others(codecs: list[str], run_with, folders) -> None:
    """Run the page about codecs on a gray picture, and look for others in what it claims from the curves on."""
    shown = run_with("04-compression", images=str(folders["gray"]), limit=1, codecs=codecs, qualities=[1, 90], rungs=2)
    cells = [*shown]
    claims = "\n".join(shown[cell] for cell in cells[cells.index("study") :] if cell.startswith("claim-")).lower()
    others = {name for name in codec_names() if name not in codecs} - {"png"}
    if any(name.startswith("learned") for name in codecs):
        others -= {"learned"}  # "the learned codec" may be either
    words = {"learned": r"\blearned\b|network"}
    assert [name for name in sorted(others) if re.search(words.get(name, rf"\b{name}\b"), claims)] == []
    assert "aewidgets.compress keeps every sample of it: true" in claims


REFUSED = [
    ("00-from-layers", "transparent", {}, "has transparent pixels"),
    ("01-training", "transparent", {}, "has transparent pixels"),
    ("01-training", "gray", {"keep": "model.keras"}, "keep: expected a path ending in .npz, got 'model.keras'"),
    ("02-latent-space", "transparent", {}, "has transparent pixels"),
    ("02-latent-space", "tiny", {}, "at least 4 pixels a side"),
    ("02-latent-space", "none", {}, "expected pictures with labels, got none; put those of each label"),
    ("02b-latent-directions", "gray", {"pair": [0, 77]}, r"two different labels among \[0, 1\], got \[0, 77\]"),
    ("02b-latent-directions", "gray", {"pair": [1, 1]}, "two different labels"),
    ("02b-latent-directions", "none", {}, "expected pictures with labels, got none; put those of each label"),
    ("03-denoising", "transparent", {}, "has transparent pixels"),
    ("03-denoising", "tiny", {}, "at least 32 pixels a side, got 0, 7x5; 1, 1x1; leave the small ones out"),
    ("03-denoising", "gray", {"corruption": "speckle", "levels": [0.5, 2]}, "a number from 0 to 1, got 2"),
    ("03-denoising", "gray", {"methods": ["nlm", "wiener"]}, "methods: expected some of learned.* got wiener"),
    ("04-compression", "transparent", {}, "has transparent pixels"),
    ("04-compression", "gray", {"codecs": ["jpeg", "gif"]}, "no codec is called 'gif'; names are learned,"),
    ("05-restoration", "transparent", {}, "has transparent pixels"),
    ("05-restoration", "tiny", {}, "at least 64 pixels a side"),
    ("06-choosing-and-shrinking", "transparent", {}, "has transparent pixels"),
    ("07-explaining", "gray", {"picture": 77}, r"picture: expected less than \d+, got 77"),
    ("07-explaining", "none", {}, "expected pictures with labels, got none; put those of each label"),
    ("07-explaining", "tiny", {}, "at least 4 pixels a side"),
    ("08-your-own", "transparent", {}, "has transparent pixels"),
    ("08-your-own", "tiny", {"limit": None}, "at least 32 pixels a side, got smaller: 0, 1"),
]


@QUIET
@pytest.mark.parametrize(
    ("stem", "kind", "values", "words"),
    [pytest.param(*case, marks=[] if number in (6, 11) else pytest.mark.slow) for number, case in enumerate(REFUSED)],
)
def test_what_a_page_cannot_be_made_of_is_refused_in_words(stem, kind, values, words, run_with, folders, labelled):
    source = labelled if stem in PICTURES else folders
    given = values | {PICTURES.get(stem, "images"): str(source[kind])}
    with pytest.raises((ValueError, TypeError), match=words):
        run_with(stem, **given)


def own_pictures() -> dict[str, np.ndarray]:
    """Return pictures as people have them, at their oddest."""
    clear = picture(40, 50, 4)
    clear[..., 3] = np.linspace(0, 255, 50)
    return {
        "one pixel": np.zeros((1, 1, 3), "uint8"), "tiny": picture(5, 7, 3), "gray": picture(40, 50, 1),
        "flat": np.full((30, 40, 3), 128, "uint8"), "black": np.zeros((30, 40), "uint8"), "transparent": clear,
        "hidden": np.zeros((20, 20, 4), "uint8"),
    }  # fmt: skip


@QUIET
@pytest.mark.parametrize("stem", ["03-denoising", "05-restoration"])
def test_any_picture_of_ones_own_is_looked_at_and_measured_if_there_is_an_original(stem: str, run_with, tmp_path):
    """Only the cells that such a picture goes through are run."""
    cells = ("parameters", "imports", "imports-more", "imports-studies", "own")
    for number, (kind, image) in enumerate(own_pictures().items()):
        path = tmp_path / f"{kind}.png"
        Image.fromarray(image).save(path)
        original = str(path) if number % 2 else None
        shown = run_with(stem, cells, own=str(path), original=original)["own"]
        assert path.name in shown and "as it came" in shown
        figures = next(line for line in shown.splitlines() if line.startswith("as it came"))
        assert ("inf" in figures) == (original is not None), (kind, figures)
    shown = run_with(stem, cells, own=None)["own"]
    assert "no picture of yours was given: -p own" in shown


def test_03_and_05_say_the_same_of_a_picture_of_ones_own():
    """Two notebooks, one parameter: name, type, default and words."""
    declared = [{p.name: p for p in parameters_of(NOTEBOOKS[stem])} for stem in ("03-denoising", "05-restoration")]
    for name in ("own", "original"):
        first, second = (of[name] for of in declared)
        assert (first.types, first.default, first.comment) == (second.types, second.default, second.comment)


@QUIET
@pytest.mark.slow
@pytest.mark.skipif(find_spec("umap") is not None, reason="umap-learn is here")
def test_a_projection_that_is_not_installed_is_refused_before_anything_is_trained(run_with, labelled):
    with pytest.raises(ModuleNotFoundError, match="needs umap-learn"):
        run_with("02-latent-space", data=str(labelled["gray"]), projection="umap")
