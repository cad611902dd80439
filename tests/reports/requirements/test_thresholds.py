"""Thresholds compare as Python does, read only figures, and name the figure that is missing."""

import pytest

from aewidgets.reports.requirements.thresholds import Metric, Requirement, RequirementError

METRICS = {
    "psnr_db": 31.5, "worst": {"psnr_db": 28, "a b.png": {"bpp": 0.25}}, "sizes": [3, 4], "ok": True, "name": "photo",
    "none": None, "text": "30",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("psnr_db >= 30", True), ("psnr_db>=31.5", True), ("psnr_db > 31.5", False), ("psnr_db < 1e2", True),
        ("psnr_db <= 31.5", True), ("worst.psnr_db == 28", True), ("worst.psnr_db == 28.0", True),
        ("worst.psnr_db != 28", False), ('worst["a b.png"].bpp <= .25', True), ("worst['psnr_db'] < -3", False),
        ("sizes[0] == 3", True), ("sizes[-1] == 4", True), ("ok == true", True), ("ok != false", True),
        ('name == "photo"', True), ('name != "photo"', False), ("none == null", True), ("psnr_db != null", True),
    ],
)  # fmt: skip
def test_a_requirement_is_what_python_would_say(text: str, met: bool):
    outcome = Requirement.of(text).outcome(METRICS)
    assert (outcome.met, outcome.text) == (met, " ".join(text.split()))
    assert bool(outcome.reason) == (not met)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("psnr_dB >= 30", "did you mean psnr_db?"),
        ("worst.psnr >= 30", "did you mean psnr_db?"),
        ("zzz >= 30", "there are psnr_db, worst"),
        ("sizes[2] >= 0", "was not recorded"),
        ("sizes.first >= 0", "was not recorded"),
        ("psnr_db[0] >= 0", "was not recorded"),
        ("text >= 20", "not a number but a str"),
        ("ok >= 0", "not a number but a bool"),
        ("none >= 0", "not a number but a NoneType"),
    ],
)
def test_what_was_not_recorded_as_a_number_is_a_miss_and_says_so(text: str, reason: str):
    outcome = Requirement.of(text).outcome(METRICS)
    assert outcome.met is False and reason in outcome.reason


@pytest.mark.parametrize(
    ("text", "met"),
    [("psnr_db >= 30", True), ("psnr_db < 30", False), ("psnr_db != 30", True), ('psnr_db == "infinite"', True)],
)
def test_an_infinite_figure_is_more_than_any_number(text: str, met: bool):
    outcome = Requirement.of(text).outcome({"psnr_db": "infinite"})
    assert (outcome.met, outcome.value) == (met, "infinite")


def test_neither_a_boolean_nor_a_text_is_a_number():
    assert Requirement.of("ok == 1").outcome(METRICS).met is False
    assert Requirement.of("text == 30").outcome(METRICS).met is False
    assert Requirement.of("text != 30").outcome(METRICS).met is True


@pytest.mark.parametrize(
    "text",
    ["", "psnr_db", "psnr_db 30", "psnr_db >=", ">= 30", "psnr_db >= high", "psnr_db >= nan", "psnr_db >= 1e999",
     "psnr_db => 30", "psnr_db = 30", "psnr_db >= 30 and ok", "__import__('os') >= 1", "a..b > 1", "a[x] > 1",
     "a[] > 1", "a. > 1", ".a > 1", "a b > 1", "psnr_db >= true", 'psnr_db < "a"', "a > 1 > 0", "a == [1]",
     "x" * 600 + " > 1"],
)  # fmt: skip
def test_nonsense_is_refused_in_words(text: str):
    with pytest.raises(RequirementError, match="expected"):
        Requirement.of(text)


def test_names_are_paths_into_lists_and_dictionaries():
    assert Metric.of(" a.b[0]['c d'].e ").path == ("a", "b", 0, "c d", "e")
