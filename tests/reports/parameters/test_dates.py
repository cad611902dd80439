"""Relative dates become dates, the same text gives the same series, and other braces stay as they are."""

from datetime import date, timedelta

import pytest

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.reports.parameters.dates import expanded, has_dates, mended
from aewidgets.reports.parameters.parameter import ParameterError
from aewidgets.reports.parameters.types import Word

MONDAY = date(2026, 11, 30)


def of(value: object, today: date = MONDAY) -> object:
    return expanded({"x": value}, today).values["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{today}", "2026-11-30"),
        ("{today-7d}", "2026-11-23"),
        ("{today+1d}", "2026-12-01"),
        ("{today-2w}", "2026-11-16"),
        ("{monday}", "2026-11-30"),
        ("{tuesday}", "2026-11-24"),
        ("{sunday+1w}", "2026-12-06"),
        ("data-{today-30d}.csv", "data-2026-10-31.csv"),
        ("{monday-1w},{monday}", "2026-11-23,2026-11-30"),
        ("{since: {today}}", "{since: 2026-11-30}"),
        ("{{today}}", "{today}"),
        ("{{today-7d}}/x", "{today-7d}/x"),
        (["{today}", 3, {"a": "{today-1d}"}], ["2026-11-30", 3, {"a": "2026-11-29"}]),
        (("{today}", None), ("2026-11-30", None)),
    ],
)
def test_words_in_braces_become_dates(text: object, expected: object):
    assert of(text) == expected and has_dates(text)


@pytest.mark.parametrize(
    "value",
    ["{name}", "{}", "{a: 1}", "{today: 1}", "{0:03d}.png", "{x-1}", "{n+3d}", "\\frac{a}{b}", "{quality-7d}", "today",
     "{today", "{today, x}", 3, 2.5, None, ["{}"], {"{today}": "x"}],
)  # fmt: skip
def test_other_braces_are_left_alone(value: object):
    assert of(value) == value and not has_dates(value)
    assert expanded({"x": value}, MONDAY).written == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{today-7}", "expected a date such as {today}, {today-7d} or {monday-1w}, got {today-7}"),
        ("{today-7m}", "got {today-7m}"),
        ("{Today}", "did you mean today?"),
        ("{tody-7d}", "did you mean today?"),
        ("{mondey-1w}", "did you mean monday?"),
        ("{ today }", "got { today }"),
        ("{today-99999w}", "expected a date such as"),
        (["fine", "{today-7}"], "got {today-7}"),
    ],
)
def test_what_looks_like_a_date_and_is_none_is_refused_by_name(text: object, words: str):
    with pytest.raises(ParameterError) as error:
        expanded({"since": text, "fine": "{today}"}, MONDAY)
    assert str(error.value).startswith("since: ") and words in str(error.value)
    assert has_dates(text)


def test_every_day_of_two_weeks_a_weekday_is_the_latest_one_that_is_not_after_it():
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    for day in (MONDAY + timedelta(n) for n in range(14)):
        for number, name in enumerate(names):
            found = date.fromisoformat(str(of(f"{{{name}}}", day)))
            assert found.weekday() == number and timedelta() <= day - found < timedelta(7)


def test_both_forms_are_returned_and_words_of_a_command_line_stay_such():
    found = expanded({"since": Word("{today-7d}"), "n": 3}, MONDAY)
    assert found.values == {"since": "2026-11-23", "n": 3} and isinstance(found.values["since"], Word)
    assert found.written == {"since": "{today-7d}"}


def test_a_date_without_quotes_in_yaml_is_read_as_one_and_mappings_stay():
    given = {
        "a": {"today-7d": None},
        "b": {"today": 1},
        "c": {"name": None},
        "d": [{"monday": None}],
        "e": {"today-x": 0},
    }
    assert mended(given) == {**given, "a": "{today-7d}", "d": ["{monday}"]}
