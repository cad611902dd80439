"""What the parameters cell says is what is taken; everything else is refused in words, all at once."""

import pytest

from aewidgets.reports.parameters import ParameterError, checked, parameters_of


def of(source: str):
    return parameters_of({"cells": [{"metadata": {"tags": ["parameters"]}, "source": source}]})


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


@pytest.mark.parametrize("source", ["a = b", "a = 1 + n", "print(1)", "a, b = 1, 2", "a: int"])
def test_only_literals_may_stand_there(source: str):
    with pytest.raises(ParameterError, match="may hold only"):
        of(source)


def test_a_cell_that_is_no_python_is_refused():
    with pytest.raises(ParameterError, match="not Python"):
        of("a = ")


def test_two_such_cells_are_refused():
    cell = {"metadata": {"tags": ["parameters"]}, "source": "a = 1"}
    with pytest.raises(ParameterError, match="found 2"):
        parameters_of({"cells": [cell, cell]})
