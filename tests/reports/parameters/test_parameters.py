"""Values are accepted as the parameters cell says; all others are refused in one message that lists them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

pytest.importorskip("IPython", reason="IPython comes with the lab and report extras")

from aewidgets.reports.parameters.cell import ParameterError, checked, declared_by, parameters_of
from aewidgets.reports.parameters.types import Word
from aewidgets.reports.parameters.yaml_values import yaml_value


def of(source: str):
    return parameters_of({"cells": [cell(source)]})


def cell(source: str, *tags: object) -> dict:
    return {"metadata": {"tags": list(tags) or ["parameters"]}, "source": source}


def notes_of(source: str) -> str:
    return "\n".join(declared_by({"cells": [cell(source)]}).notes)


CELL = """\
images: str | list[str] = "bundled"  # a set, or files
count: int = 3
sigma = 0.1  # noise level, image units: 0 to 1
steps: list[int] = [
    1,
    2,
]  # of the ladder
loud = True
limit: int | None = None
options = {"a": 1}
"""


def test_parameters_come_with_default_types_and_comment():
    found = {p.name: p for p in of(CELL)}
    assert found["images"].types == ("list", "str")
    assert (found["sigma"].default, found["sigma"].types) == (0.1, ("float",))
    assert found["sigma"].comment == "noise level, image units: 0 to 1"
    assert (found["steps"].default, found["steps"].comment) == ([1, 2], "of the ladder")
    assert found["limit"].types == ("int", "None")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("images", "kodak", "kodak"),
        ("images", "[a.png, b.png]", ["a.png", "b.png"]),
        ("count", "-5", -5),
        ("sigma", "1", 1.0),
        ("steps", "4,5", [4, 5]),
        ("loud", "false", False),  # papermill injects the text, which is true
        ("loud", "Yes", True),
        ("limit", "7", 7),
        ("limit", "none", None),
        ("options", "{b: 2}", {"b": 2}),
    ],
)
def test_text_is_read_as_the_parameters_type(name: str, text: str, value):
    fitted = checked(of(CELL), {name: text})[name]
    assert (fitted, type(fitted)) == (value, type(value))


def test_values_of_the_right_type_pass_and_integers_are_numbers():
    values = {"images": ["a"], "count": 2, "steps": (1,), "loud": False, "limit": None}
    assert checked(of(CELL), values) == values | {"steps": [1]}
    assert checked(of(CELL), {"sigma": 1}) == {"sigma": 1.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [("count", "abc"), ("count", "1.5"), ("count", True), ("loud", "maybe"), ("sigma", "x"), ("limit", "x"),
     ("steps", 3), ("images", 3), ("count", None)],
)  # fmt: skip
def test_values_of_another_type_are_refused(name: str, value):
    with pytest.raises(ParameterError, match=f"{name}: expected .* its default is"):
        checked(of(CELL), {name: value})


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ParameterError) as caught:
        checked(of(CELL), {"imges": "kodak", "count": "abc", "zzz": "1"})
    first, second, third = str(caught.value).splitlines()
    assert "did you mean 'images'?" in first
    assert "count: expected int" in second
    assert "it has images, count" in third


def test_a_notebook_without_the_cell_takes_nothing():
    assert parameters_of({"cells": [{"metadata": {}, "source": "a = 1"}]}) == ()
    with pytest.raises(ParameterError, match="it has none"):
        checked((), {"a": 1})


PAPERMILL_TAKES = """\
'''Settings of the report.'''
import os  # for the folder
%config InlineBackend.figure_format = 'retina'
hour: int = 60 * 60
rate = -1e-3
big = 1 << 4
double = 2 * big
colours = {1: "red"}
size = (3, 4)
low, high = 0, 10
home = os.getcwd()
kinds = {"a", "b"}
unset: str
image = None
side = None  # 8..512 px: of the crop
count = None  # type: int  how many
n = 1
n += 1
def helper(x): return x
"""


def test_the_cell_may_hold_what_papermill_takes():
    found = {p.name: p for p in of(PAPERMILL_TAKES)}
    known = {name: p.default for name, p in found.items() if not p.computed}
    assert known == {
        "hour": 3600, "rate": -0.001, "big": 16, "double": 32, "colours": {1: "red"}, "size": (3, 4), "low": 0,
        "high": 10, "image": None, "side": None, "count": None, "n": 2,
    }  # fmt: skip
    assert {name: p.computed for name, p in found.items() if p.computed} == {
        "home": "home = os.getcwd()", "kinds": 'kinds = {"a", "b"}', "unset": "unset: str"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("image", Word("cat.png"), "cat.png"), ("image", Word("3"), 3), ("image", Word("1e-3"), 0.001),
        ("image", Word("none"), None), ("image", Word("True"), True), ("image", Word("[1, a]"), [1, "a"]),
        ("image", Word("{1: a}"), {1: "a"}), ("image", Word("[a"), "[a"), ("image", Word("yes"), "yes"),
        ("image", "007", "007"), ("home", Word("/data"), "/data"), ("side", "9", 9), ("side", None, None),
        ("count", "7", 7), ("unset", "x", "x"), ("size", "5,6", (5, 6)), ("colours", "{2: blue}", {2: "blue"}),
        ("high", "7", 7), ("double", "7", 7), ("n", "5", 5),
    ],
)  # fmt: skip
def test_a_parameter_of_any_kind_can_be_given(name: str, given, value):
    taken = checked(of(PAPERMILL_TAKES), {name: given})[name]
    assert (taken, type(taken)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("big", "5", "big cannot be given: the parameters cell computes double from it (`double = 2 * big`)"),
        ("side", "4", "side: expected int or float or list of int or float or None in 8..512 px, got 4"),
        ("side", "big", "got 'big'"),
        ("count", "many", "count: expected int or None"),
    ],
)
def test_what_cannot_be_given_is_refused_and_the_notebook_is_not(name: str, given: str, words: str):
    with pytest.raises(ParameterError) as caught:
        checked(of(PAPERMILL_TAKES), {name: given})
    assert words in str(caught.value)


def test_a_value_that_others_are_computed_from_can_be_given_with_them():
    assert checked(of(PAPERMILL_TAKES), {"big": 5, "double": 10}) == {"big": 5, "double": 10}


def test_a_cell_that_is_no_python_is_refused():
    with pytest.raises(ParameterError, match="not Python"):
        of("a = ")


def test_several_such_cells_are_one():
    cells = [cell("a = 1"), cell("print(a)", "other"), cell("a = 2\nb = 3", " Parameters "), cell("a = 4", "x")]
    declared = declared_by({"cells": cells[:3]})
    assert {p.name: p.default for p in declared.parameters} == {"a": 2, "b": 3}
    with pytest.raises(ParameterError, match=r"a cannot be given: cell 2 uses it first"):
        checked(declared.parameters, {"a": 5})
    assert {p.name: p.default for p in parameters_of({"cells": cells})} == {"a": 4, "b": 3}


@pytest.mark.parametrize(
    ("below", "default", "said"),
    [
        (["n = 7", "print(n)"], 7, "sets it again"),
        (["print(n)", "n = 7"], 1, "sets it again"),
        (["for n in range(3): print(n)"], ..., "sets it again"),
        (["import numpy as n"], ..., "sets it again"),
        (["n = load()"], ..., "sets it again"),
        (["%%time\nn = 7"], 7, "sets it again"),
        (["if fast: n = 7"], 1, ""),
        (["n = int(n)", "n = 2 * n"], 1, ""),
        (["print(n)", "n = load(n)"], 1, ""),
        (["print(n)", "for n in range(3): pass"], 1, ""),
        (["squares = [n for n in range(3)]", "def f():\n    n = 3"], 1, ""),
        (["%%bash\nn=7"], 1, ""),
    ],
)
def test_a_parameter_that_a_cell_below_sets_again_cannot_be_given_and_the_record_tells_what_ran(
    below: list[str], default, said: str
):
    (parameter,) = parameters_of({"cells": [cell("n = 1"), *(cell(source, "x") for source in below)]})
    assert (... if parameter.computed else parameter.default) == default
    assert said in parameter.stuck and bool(said) == bool(parameter.stuck)
    if said:
        with pytest.raises(ParameterError, match="n cannot be given: cell"):
            checked([parameter], {"n": 5})


def test_a_cell_of_injected_parameters_holds_the_defaults():
    cells = [cell("n: int = 1  # 1..9\nm = 2"), cell("n = 5\nrun = 'x'", "injected-parameters"), cell("print(n)", "x")]
    declared = declared_by({"cells": cells})
    assert {p.name: p.default for p in declared.parameters} == {"n": 5, "m": 2, "run": "x"}
    assert declared.injected == ("n", "run") and "n = 5, run = 'x'" in declared.notes[0]
    with pytest.raises(ParameterError, match=r"n: expected int in 1\.\.9, got 10"):
        checked(declared.parameters, {"n": 10})


@pytest.mark.parametrize("tags", [None, "parameters", [None, 3, "parameters"], {"parameters": 1}, 7])
def test_odd_tags_are_read_as_far_as_they_are_texts(tags):
    found = parameters_of(
        {"cells": [{"metadata": {"tags": tags}, "source": "n = 1"}, {"metadata": None, "source": ""}]}
    )
    assert len(found) == ("parameters" in tags if isinstance(tags, str | list) else 0)


RULES = """\
quality: float = 50.0  # 1..100: of the codec
sigma = 0.1  # 0..: noise level, image units
shift: int = 0  # -2.5 .. 2.5 pixels: to the right
side: int | None = None  # 8..512 px: of the crop; None for all
width = 3.5  # [mm] of the lens
method: str = "nlm"  # one of nlm, tv, "a b" or wavelet: how noise is removed
order: int = 2  # one of 1, 2, 4
steps: list[float] = [1, 2]  # 0..10: of the ladder
kinds: list[str] = ["a"]  # one of a, b: of pictures
mode: 'Literal["fast", "best"] | None' = "fast"  # how
either: Literal["auto"] | int = "auto"  # 1..9: threads
anchor: int | str = "first"  # ..5: number or word
rungs: list[float] | None = None  # 1.. items in 0..9: of a ladder; None for all
pair: list[int] = [3, 8]  # 2 items in 0..: labels
few: list[str] = ["a"]  # 1..2 items, one of a, b or c: of pictures
names: list[str] | None = None  # 0..2 items: of files
"""


def test_rules_come_with_range_choices_unit_and_help():
    found = {p.name: p for p in of(RULES)}
    assert {name: (p.rule.text, p.rule.unit, p.rule.help) for name, p in found.items()} == {
        "quality": ("1..100", "", "of the codec"),
        "sigma": ("0..", "", "noise level, image units"),
        "shift": ("-2.5..2.5 pixels", "pixels", "to the right"),
        "side": ("8..512 px", "px", "of the crop; None for all"),
        "width": ("", "mm", "of the lens"),
        "method": ("one of 'nlm', 'tv', 'a b', 'wavelet'", "", "how noise is removed"),
        "order": ("one of 1, 2, 4", "", ""),
        "steps": ("0..10", "", "of the ladder"),
        "kinds": ("one of 'a', 'b'", "", "of pictures"),
        "mode": ("one of 'fast', 'best'", "", "how"),
        "either": ("one of 'auto'", "", "threads"),
        "anchor": ("..5", "", "number or word"),
        "rungs": ("0..9", "", "of a ladder; None for all"),
        "pair": ("0..", "", "labels"),
        "few": ("one of 'a', 'b', 'c'", "", "of pictures"),
        "names": ("", "", "of files"),
    }
    assert {name: p.rule.items for name, p in found.items() if p.rule.items} == {
        "rungs": "at least 1 item", "pair": "2 items", "few": "1 to 2 items", "names": "0 to 2 items",
    }  # fmt: skip
    assert found["mode"].types == ("None", "str") and found["either"].types == ("int", "str")
    assert found["steps"].items == ("float",) and found["steps"].default == [1.0, 2.0]


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("quality", "1", 1.0), ("quality", 100, 100.0), ("sigma", "1e9", 1e9), ("shift", "-2", -2),
        ("side", "none", None), ("side", "8", 8), ("method", "a b", "a b"), ("order", "4", 4),
        ("steps", "0,10", [0.0, 10.0]), ("steps", [], []),
        ("kinds", "a,b,a", ["a", "b", "a"]), ("mode", "none", None), ("mode", "best", "best"), ("either", "9", 9),
        ("either", "auto", "auto"), ("anchor", "5", 5), ("anchor", "last", "last"),
        ("rungs", "none", None), ("rungs", "0,9", [0.0, 9.0]),
        ("rungs", [5], [5.0]), ("pair", "0, 0", [0, 0]), ("few", "c", ["c"]), ("few", "a,b", ["a", "b"]),
        ("names", "None", None), ("names", "none of these", ["none of these"]), ("names", "", []),
    ],
)  # fmt: skip
def test_ends_and_choices_are_taken(name: str, value, taken):
    assert checked(of(RULES), {name: value}) == {name: taken}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("quality", "0.99", "expected float in 1..100, got 0.99; its default is 50.0"),
        ("quality", 101, "got 101.0"),
        ("quality", "nan", "got 'nan'"),
        ("quality", float("inf"), "got inf"),
        ("sigma", -0.1, "expected float in 0.., got -0.1"),
        ("side", "513", "expected int or None in 8..512 px, got 513; its default is None"),
        ("method", "wavelt", "got 'wavelt', did you mean 'wavelet'?"),
        ("order", "3", "expected int, one of 1, 2, 4, got 3"),
        ("steps", "1,11", "expected list of float in 0..10, got 11.0 in it"),
        ("steps", "1,x", "got '1,x'"),
        ("steps", [1, "2x"], "expected list of float"),
        ("kinds", "a,c", "got 'c'"),
        ("mode", "slow", "expected None or str, one of 'fast', 'best', got 'slow'"),
        ("either", "0", "got 0"),
        ("either", "aut", "did you mean 'auto'?"),
        ("anchor", "6", "got 6"),
        ("rungs", "", "expected list of float or None in 0..9; at least 1 item, got 0 items; its default is None"),
        ("rungs", "1,10", "got 10.0 in it"),
        ("pair", "3", "expected list of int in 0..; 2 items, got 1 item"),
        ("few", "a,b,c", "got 3 items"),
        ("few", "a,d", "got 'd' in it"),
        ("names", "a,b,c", "0 to 2 items, got 3 items"),
    ],
)
def test_what_a_rule_does_not_take_is_refused(name: str, value, words: str):
    with pytest.raises(ParameterError) as caught:
        checked(of(RULES), {name: value})
    assert words in str(caught.value) and str(caught.value).startswith(f"{name}: ")


@pytest.mark.parametrize(
    "comment",
    ["of the learned codec, 1 to 100", "one of the codecs", "one of them, or all of them: it depends", "... and so on",
     "a family: \"dense\", or \"recurrent\"", "noise level: 0 to 1", "1 to 100", "0.5 is enough",
     "20 or so, 1..100", "2 itemsets", "10 items or so", ""],
)  # fmt: skip
def test_other_comments_are_help_and_nothing_more(comment: str):
    (parameter,) = of(f"x: str = 'y'  # {comment}")
    assert (parameter.rule.text, parameter.rule.unit, parameter.rule.help) == ("", "", comment)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 500  # 1..100: of it", "says int in 1..100, but its own default is 500"),
        ("x: list[int] = [1, 7]  # 1..5", "its own default is 7 in it"),
        ("x = 'c'  # one of a, b", "its own default is 'c'"),
        ("x: Literal['a'] = 'b'", "its own default is 'b'"),
        ("x: list[int] = ['a']", "its own default is"),
        ("x: list[int] = [1]  # 2 items: of it", "its own default is 1 item"),
        ("x = 3  # 5..1: of it", "from a smaller to a greater"),
        ("x = 3  # 1..100, of it", "expected a range such as"),
        ("x = 7  # 5..20, odd", "read as help"),
        ("x = 3  # 10..20 files", "read as help"),
        ("x = 'a'  # 10..20 files", "only beside numbers"),
        ("x = 'a'  # 1..100: of it", "only beside numbers"),
        ("x = 1  # one of a, b", "expected choices of type int"),
        ("x = 'a'  # one of them, as it is", "expected choices such as"),
        ("x = 1  # 2 items: of it", "a number of items only beside lists"),
        ("x: list[int] = [1]  # 3..2 items", "from a smaller to a greater number of items"),
        ("x: list[int] = [1]  # 1 item in a box", "a range or choices"),
    ],
)
def test_a_comment_that_is_no_rule_is_help_and_the_notebook_says_so(source: str, words: str):
    (parameter,) = of(source)
    assert words in notes_of(source)
    assert not parameter.comment or (parameter.rule.help == parameter.comment) == ("read as help" in notes_of(source))


@pytest.mark.parametrize("comment", ["../set12", "../../x: y", "[0, 1]", "1.", "a one of a kind"])
def test_comments_that_look_like_nothing_are_help_without_a_word(comment: str):
    assert notes_of(f"x = 'y'  # {comment}") == ""
    assert of(f"x = 'y'  # {comment}")[0].rule.help == comment


@pytest.mark.parametrize(
    "comment",
    ["one of a, b and c", "one of a, b, and c", "one of a, b, or c.", "One of: a, b, c", "one of (a, b or c): how",
     "one of [a, b, c]", "one of a | b | c", "choices: a, b, c", "one of 'a', \"b\" and c"],
)  # fmt: skip
def test_choices_are_read_however_they_are_written(comment: str):
    assert of(f"x = 'a'  # {comment}")[0].rule.choices == ("a", "b", "c")


def test_a_rule_may_end_in_a_full_stop():
    assert of("x = 5  # 1..10.")[0].rule.high == 10
    assert of("x = 5  # one of 1, 5.")[0].rule.choices == (1, 5)


def test_texts_stay_texts_in_lists_of_texts_and_commas_in_quotes_do_not_part():
    parameters = of("names: list[str] = ['a']\nsizes: list[int] = [1]")
    assert checked(parameters, {"names": "on, 12 ,no"}) == {"names": ["on", "12", "no"]}
    assert checked(parameters, {"names": "['a, b', c]", "sizes": ""}) == {"names": ["a, b", "c"], "sizes": []}


@pytest.mark.parametrize(
    "text",
    ["[" * 5000, "&a [*a]", "&a [1]\n" * 3, "[2026-13-01]", "{a: 1, a: 2}", "!!python/object:os.system x", "{1: 2}",
     "&a [x,x,x,x,x,x,x,x,x]\n", "x" * 200_000],
)  # fmt: skip
def test_hostile_yaml_is_refused_and_nothing_else_happens(text: str):
    with pytest.raises(ParameterError, match="expected"):
        checked(of("options = {'a': 1}"), {"options": text})
    with pytest.raises(ParameterError, match="expected"):
        checked(of("steps: list[int] = [1]"), {"steps": text})


def test_a_small_text_cannot_become_a_large_value():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(ParameterError, match="expected dict"):
        checked(of("options = {'a': 1}"), {"options": "\n".join(rows)})


class Method(Enum):
    NLM = "nlm"


class Name(str, Enum):  # noqa: UP042 -- as people wrote it before StrEnum
    NLM = "nlm"


PLAIN = "n = 1\nx = 0.5\ns = 'a'\nb = True\nsizes: list[int] = [1]\nd = {'a': 1}\nany = None"


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("n", np.int64(3), 3), ("n", np.uint8(3), 3), ("x", np.float32(0.25), 0.25), ("x", np.float64(2), 2.0),
        ("x", np.int8(2), 2.0), ("b", np.True_, True), ("s", np.str_("y"), "y"), ("sizes", np.arange(3), [0, 1, 2]),
        ("sizes", (np.int64(1), 2), [1, 2]), ("sizes", range(2), [0, 1]), ("sizes", {2, 1}, [1, 2]),
        ("n", np.array(4), 4), ("s", Path("a") / "b", str(Path("a") / "b")), ("s", date(2026, 1, 2), "2026-01-02"),
        ("s", datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00+00:00"), ("s", Method.NLM, "nlm"),
        ("s", Name.NLM, "nlm"), ("x", Decimal("0.1"), 0.1), ("n", Decimal(3), 3), ("s", Decimal("1.10"), "1.10"),
        ("x", Fraction(1, 4), 0.25), ("s", UUID(int=1), str(UUID(int=1))),
        ("d", {"p": Path("x"), "q": [np.int8(1)]}, {"p": "x", "q": [1]}),
        ("any", np.array([[1, 2]]), [[1, 2]]), ("any", Path("x"), "x"), ("any", {1: np.float64(2)}, {1: 2.0}),
        ("any", date(2026, 1, 2), "2026-01-02"), ("any", Method.NLM, "nlm"), ("any", Decimal("1.5"), 1.5),
    ],
)  # fmt: skip
def test_values_that_stand_for_plain_ones_are_taken_as_these(name: str, value, taken):
    found = checked(of(PLAIN), {name: value})[name]
    assert (found, type(found)) == (taken, type(taken))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("any", object()), ("any", b"x"), ("any", np.zeros(20_000)), ("any", float("nan")), ("any", np.float32("inf")),
        ("any", {1: 2, "1": 3}), ("n", np.float64(0.5)), ("n", np.datetime64("NaT")),
        ("sizes", {"a": 1}), ("any", {(1, 2): 3}), ("any", [[[1]] * 200] * 200), ("x", Decimal("NaN")),
        ("x", 1 + 2j), ("d", {1: 2}),
    ],
)  # fmt: skip
def test_values_that_json_cannot_hold_are_refused_in_words(name: str, value):
    with pytest.raises(ParameterError, match=rf"{name}: expected .* got "):
        checked(of(PLAIN), {name: value})


def test_a_number_that_python_does_not_write_is_refused_in_words():
    with pytest.raises(ParameterError, match="n: expected int, got a value of type int that cannot be written"):
        checked(of(PLAIN), {"n": 10**5000})


def test_yaml_is_read_as_people_mean_it():
    text = "[1e-3, 007, 12:30, 2026-01-01, 0x10, 1_000, .5, -3, yes, ~]"
    assert yaml_value(text) == [0.001, "007", "12:30", "2026-01-01", 16, 1000, 0.5, -3, True, None]
    assert yaml_value(b"a: &x {b: 1}\nc: {<<: *x, b: 2}") == {"a": {"b": 1}, "c": {"b": 2}}
    for wrong in ("a: 1\na: 2", "[", "{a: {b: 1, b: 2}}", "{[1]: 2}", "!!python/object:os.system x"):
        with pytest.raises(ValueError, match=r"\w"):
            yaml_value(wrong)
