"""A grid is checked as a whole before anything runs, with every error in one message, and cannot grow large."""

import pytest

from aewidgets.reports.execution.sources import load_notebook
from aewidgets.reports.sweeps.grids import MOST, GridError, points_of, read_grid

PARAMETERS = "quality: float = 50.0\neffort: int = 0\nflag: bool = False\n"


@pytest.fixture
def source(make_notebook):
    return load_notebook(make_notebook(PARAMETERS))


def values(text: str) -> list:
    return read_grid(text.encode())


def test_a_grid_is_every_combination_and_a_list_what_it_says():
    assert values("base: {c: 0}\ngrid: {a: [1, 2], b: [x, y]}") == [
        {"c": 0, "a": a, "b": b} for a in (1, 2) for b in ("x", "y")
    ]
    assert values("base: {c: 0, a: 1}\nlist: [{a: 5}, {b: 6}]") == [{"c": 0, "a": 5}, {"c": 0, "a": 1, "b": 6}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected `grid:"),
        ("[1, 2]", "expected `grid:"),
        ("grid: {a: [1]}\nlist: [{a: 1}]", "expected `grid:"),
        ("gird: {a: [1]}", "expected `grid:"),
        ("grid: {a: 1, b: []}", r"a: expected a list of values.*\n.*b: expected a list"),
        ("grid: {}", "expected names with a list"),
        ("base: {a: 1}\ngrid: {a: [1]}", "a is in base and in grid"),
        ("base: 5\nlist: [{a: 1}, 7]", r"base: expected names.*\n.*point 2: expected names"),
        ("list: []", "expected points"),
        ("grid: {1: [2]}", "expected names"),
        ("grid: {a: [1", "not YAML"),
        ("a: !!python/object/apply:os.system ['true']", "not YAML"),
        (f"list: [{', '.join(['{a: 1}'] * (MOST + 1))}]", "at most 10,000 points, got 10,001"),
        ("grid: {a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 0], b: *a, c: *a, d: *a, e: *a}", "got 100,000"),
        ("list:\n- &p {a: 1}\n- b: &q [*p, *p]\n" + "x" * 1_000_000, "at most 1,000,000 bytes"),
    ],
)
def test_what_is_no_grid_is_refused_in_words(text, words):
    with pytest.raises(GridError, match=words):
        values(text)


def test_a_small_file_cannot_become_a_large_one():
    bomb = "base:\n  v0: &v0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    bomb += "".join(f"  v{n}: &v{n} [{', '.join([f'*v{n - 1}'] * 10)}]\n" for n in range(1, 12))
    for text in (bomb + "list: [{a: 1}]", "base: &b {a: *b}\nlist: [{a: 1}]"):
        with pytest.raises(GridError, match="expected at most 200,000 values"):
            values(text)


def test_points_take_the_types_of_the_notebook_and_its_values_for_the_rest(source):
    (point, other), dropped = points_of(source, [{"quality": 10, "flag": "yes"}, {"effort": 3}])
    assert point.parameters == {"quality": 10.0, "effort": 0, "flag": True}
    assert isinstance(point.given["quality"], float)
    assert (other.number, other.parameters["effort"], dropped) == (2, 3, [])


def test_points_of_the_same_values_are_run_once_and_listed(source):
    points, dropped = points_of(source, [{}, {"quality": 50}, {"quality": 50.0, "effort": 0}, {"effort": 1}])
    assert ([point.number for point in points], dropped) == ([1, 4], [2, 3])


def test_all_that_a_notebook_does_not_take_is_listed_at_once(source):
    with pytest.raises(GridError) as caught:
        points_of(source, [{"quality": q, "efort": 1, "flag": "perhaps"} for q in ("high", 5, 6)])
    first, second, third = str(caught.value).splitlines()
    assert first.startswith("quality: expected") and first.endswith("(point 1)")
    assert "did you mean 'effort'?" in second and second.endswith("(every point)")
    assert third.startswith("flag: ")


def test_a_long_list_of_errors_is_cut(source):
    with pytest.raises(GridError, match="and 80 more"):
        points_of(source, [{f"name{n}": 1} for n in range(100)])


@pytest.mark.parametrize("value", ["{today-7d}", ["{monday}"], "{today-7}"])
def test_a_relative_date_is_refused_because_a_resumed_sweep_must_find_its_points(source, value):
    with pytest.raises(GridError, match="expected the date itself"):
        points_of(source, [{"image": value}])
