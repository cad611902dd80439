"""Results are shown in a line or two, whatever they hold."""

import dataclasses
import html
import inspect
import typing

import numpy as np
import pytest

import aewidgets
import aewidgets.studies
from aewidgets.studies import FittedPicture, Target, compare_pair, summarise_layers
from aewidgets.system.brief import LONGEST, brief, shown_briefly
from aewidgets.training.fitting.records import Recipe, Record


def results():
    """Return the dataclasses and named tuples among the public names, their functions' results, and their fields."""
    found = {}

    def add(kind):
        for part in typing.get_args(kind):
            add(part)
        if not inspect.isclass(kind) or kind in found or not kind.__module__.startswith("aewidgets"):
            return
        if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
            found[kind] = None
            for each in hints(kind).values():
                add(each)

    for module in (aewidgets, aewidgets.studies):
        for name in module.PUBLIC:
            public = getattr(module, name)
            add(public if inspect.isclass(public) else hints(public).get("return"))
    return list(found)


def hints(thing):
    """Return annotations as types; some need names that are imported for type checkers alone."""
    import numpy

    try:
        return typing.get_type_hints(thing, localns={"np": numpy})
    except NameError:
        return {}


def filled(kind, value):
    """Return an instance whose every field has this value, without the checks of its constructor."""
    if hasattr(kind, "_fields"):
        return kind(*[value] * len(kind._fields))
    made = object.__new__(kind)
    for field in dataclasses.fields(kind):
        object.__setattr__(made, field.name, value)
    return made


RESULTS = results()
LARGE = [
    np.zeros((300, 300)), np.zeros(7), tuple(range(999)), ["word" * 9] * 9, "word" * 999, {"a" * 99: "b" * 99},
    tuple([np.zeros(9)] * 9), None, 1.23456789e-9, 12,
]  # fmt: skip


def test_the_results_of_public_functions_are_known():
    names = {kind.__name__ for kind in RESULTS}
    assert {"Restored", "Corrupted", "RateDistortion", "Record", "Splits", "Part", "OperatingPoint"} <= names


@pytest.mark.parametrize("kind", [each for each in RESULTS if each.__repr__ is brief], ids=lambda kind: kind.__name__)
def test_a_result_is_shown_in_a_line_or_two(kind):
    for value in LARGE:
        text = repr(filled(kind, value))
        assert len(text) <= LONGEST and text.startswith(f"{kind.__name__}(") and text.endswith(")")


def test_other_texts_are_of_types_that_hold_nothing_large():
    own = {kind.__name__ for kind in RESULTS if kind.__repr__ is not brief}
    assert own == {
        "Branch", "JpegXLCodec", "LatentMap", "LayerSummary", "LearnedCodec", "PairFigures", "PillowCodec", "Recipe",
        "Record", "Runtime", "SelfSupervisedRun", "Shrunk", "Splits", "Target", "Verdict",
    }  # fmt: skip
    shown = [Recipe(augment=("flip", "shift", "brightness")), *map(aewidgets.get_codec, ("jpeg", "learned"))]
    shown += [aewidgets.SelfSupervisedRun(), aewidgets.load_splits("digits"), aewidgets.load_images("bundled")]
    model = aewidgets.build_autoencoder("dense", (28, 28, 1), latent_dim=16)
    shown += [*summarise_layers(model), aewidgets.shrink(model, "int8"), Target.code_unit(3)]
    pair = [FittedPicture(name, np.zeros((200, 200), "uint8")) for name in ("one", "two")]
    shown.append(compare_pair(*pair))
    assert all(len(repr(each)) <= LONGEST for each in shown)


def test_small_values_are_shown_whole():
    @shown_briefly
    @dataclasses.dataclass
    class Result:
        name: str
        error: float
        size: tuple[int, ...]
        inner: object
        picture: object

    shown = repr(Result("a", 0.123456789, (3, 4), Recipe(), np.zeros((2, 3), "uint8")))
    assert shown == "Result(name='a', error=0.12346, size=(3, 4), inner=Recipe(...), picture=uint8 (2, 3))"


def record(epochs, **change):
    entries = tuple(
        {"epoch": n, "loss": 0.5, "validation": {"loss": 0.4, "error": 0.1 / n}, "learning_rate": 1e-3, "seconds": 1.0}
        for n in range(1, epochs + 1)
    )
    about = {"model": "<b>dense</b>", "data": "digits", "best": epochs, "reason": "finished"}
    return Record(Recipe(), **about | change, epochs=entries, seconds=2.0, references={"PCA, 4 <numbers>": 0.05})


@pytest.mark.parametrize("epochs", [0, 1, 16, 300])
def test_a_run_is_a_line_and_a_table(epochs):
    run = record(epochs, best=epochs // 2 or epochs)
    assert len(repr(run)) <= LONGEST and "\n" not in repr(run)
    page = run._repr_html_()
    assert page.count("<tr>") == 1 + min(epochs, 17)
    assert "<b>" not in page and html.escape("<b>dense</b>") in page and "4 &lt;numbers&gt;: 0.05000" in page
    assert page.count("(kept)") == (epochs > 0)
    assert "1 unit is &lt;idle&gt;." in record(epochs, notes=("1 unit is <idle>",))._repr_html_()
    assert len(page) < 8000
    long = record(epochs, model="m" * 999, data="d" * 999)
    assert len(repr(long)) <= LONGEST
